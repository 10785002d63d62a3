"""Ways of cameras: rigid, smooth, where the scene has room, at the speed that is stated."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from wilddepth.worlds.cast.path import HABITS, CameraPath, Line, camera_path
from wilddepth.worlds.cast.scene import Route

POINTS = np.array([[0, 0, 0], [0.5, -0.1, 10], [3, -0.3, 22], [9, -0.2, 33], [18, 0, 40], [30, 0, 42.0]])
ROUTE = Route(points=POINTS, speed=8.0, low=1.2, high=2.0, sway=0.6)
every_style = pytest.mark.parametrize("style", HABITS)


def way(style: str, *, seed: int = 3, route: Route = ROUTE, **more: float) -> CameraPath:
    return camera_path(route, np.random.default_rng(seed), style, **more)  # type: ignore[arg-type]


def times(path: CameraPath, step: float, margin: float = 0.3) -> np.ndarray:
    return np.arange(-margin, path.duration + margin, step)


def test_the_line_is_the_natural_cubic_spline_through_its_points():
    line = Line(POINTS)
    oracle = CubicSpline(line.knots, POINTS, bc_type="natural")
    fine = np.linspace(0, line.knots[-1], 20001)
    arcs = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(oracle(fine), axis=0), axis=1))])
    assert line.length == pytest.approx(arcs[-1], rel=1e-7)
    for u, arc in zip(fine[::500], arcs[::500], strict=True):
        np.testing.assert_allclose(line.at(arc), oracle(u), atol=1e-5)


def test_the_line_is_travelled_metre_by_metre():
    line = Line(POINTS)
    travelled = np.linspace(-3, line.length + 3, 900)
    places = np.array([line.at(s) for s in travelled])
    speed = np.linalg.norm(np.diff(places, axis=0), axis=1) / np.diff(travelled)
    np.testing.assert_allclose(speed, 1, atol=2e-5)


def test_a_line_of_one_place_is_refused():
    for points in (POINTS[:1], np.array([[0, 0, 0], [0, 0, 0.0]])):
        with pytest.raises(ValueError, match="two points or more"):
            Line(points)


@every_style
def test_poses_are_rigid(style: str):
    path = way(style)
    for time in times(path, 0.37):
        pose = path.pose(time)
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
        assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
        assert pose[3].tolist() == [0, 0, 0, 1]


@every_style
@pytest.mark.parametrize("gaze", [None, (12.0, -1.0, 60.0)], ids=["along", "gaze"])
def test_position_and_orientation_have_continuous_second_derivatives(style: str, gaze: tuple[float, float, float]):
    """Where they had none, the change of the acceleration between two times would not shrink with the time between."""
    path = way(style, route=Route(POINTS, 8.0, 1.2, 2.0, 0.6, gaze))
    # around every point of the route, where the pieces of the spline meet
    knots = path.line.arcs / path.speed
    jumps = []
    for step in (4e-3, 1e-3):
        worst = 0.0
        for knot in knots:
            poses = np.array([path.pose(knot + k * step)[:3].ravel() for k in range(-3, 4)])
            acceleration = np.diff(poses, n=2, axis=0) / step**2
            worst = max(worst, float(np.abs(np.diff(acceleration, axis=0)).max()))
        jumps.append(worst)
    assert jumps[1] < 0.4 * jumps[0] + 1e-3


@every_style
def test_both_cameras_stay_where_the_scene_has_room(style: str):
    for seed in range(6):
        path = way(style, seed=seed, baseline=0.5)
        line = path.line
        for time in np.linspace(0, path.duration, 60):
            pose = path.pose(time)
            middle = line.at(path.speed * time)
            ahead = line.at(path.speed * time + 1) - line.at(path.speed * time - 1)
            right = np.array([ahead[2], 0, -ahead[0]]) / np.hypot(ahead[2], ahead[0])
            assert 1.2 - 1e-9 <= middle[1] - pose[1, 3] <= 2.0 + 1e-9
            for place in (pose[:3, 3], pose[:3, 3] + 0.5 * pose[:3, 0]):
                assert abs((place - middle) @ right) <= 0.6 + 1e-3
                assert 1.2 - 0.03 <= middle[1] - place[1] <= 2.0 + 0.03


@every_style
def test_a_rig_wider_than_the_free_room_stands_in_its_middle(style: str):
    path = way(style, route=Route(POINTS, 8.0, 1.2, 1.2, 0.0), baseline=0.5)
    for time in (0.0, 2.0, 4.0):
        middle = path.line.at(path.speed * time)
        centre = (path.pose(time) @ [0.25, 0, 0, 1])[:3]
        assert np.linalg.norm((centre - middle)[[0, 2]]) < 0.03
        assert path.pose(time)[1, 3] == pytest.approx(middle[1] - 1.2)


def test_a_car_goes_at_the_speed_of_the_route():
    path = way("car")
    assert path.speed == 8.0
    assert path.duration == pytest.approx(path.line.length / 8)
    moments = np.linspace(0, path.duration, 400)
    places = np.array([path.pose(time)[:3, 3] for time in moments])
    speed = np.linalg.norm(np.diff(places, axis=0), axis=1) / np.diff(moments)
    assert np.median(speed) == pytest.approx(8, rel=0.02)
    assert abs(speed / 8 - 1).max() < 0.1


def test_a_clip_longer_than_the_route_is_driven_slower():
    path = way("car", seconds=20.0)
    assert path.speed == pytest.approx(path.line.length / 20)
    assert path.duration == pytest.approx(20)


def test_a_camera_that_stays_has_no_end():
    path = way("tripod", route=Route(POINTS, 0.0, 1.0, 1.0))
    assert path.duration == np.inf
    np.testing.assert_array_equal(path.pose(0.0), path.pose(7.0))


def test_cameras_look_along_the_line_or_at_what_they_are_told():
    path = way("tripod", route=Route(np.array([[0, 0, 0], [0, 0, 50.0]]), 5.0, 1.0, 1.0))
    forward = path.pose(1.0)[:3, 2]
    assert forward[2] > 0.99
    assert 0 <= forward[1] <= np.sin(np.radians(4.01))  # down at most
    gaze = np.array([4.0, -0.5, 20.0])
    looking = way("tripod", route=Route(np.array([[0, 0, 0], [0, 0, 50.0]]), 5.0, 1.0, 1.0, gaze=tuple(gaze)))
    pose = looking.pose(2.0)
    towards = gaze - pose[:3, 3]
    np.testing.assert_allclose(pose[:3, 2], towards / np.linalg.norm(towards), atol=1e-9)
    assert abs(pose[1, 0]) < 1e-12  # no roll


def test_hands_shake_more_than_cars_and_every_seed_is_another_way():
    straight = Route(np.array([[0, 0, 0], [0, 0, 100.0]]), 5.0, 1.0, 2.0, 0.5)

    def turning(style: str) -> float:
        path = way(style, route=straight)
        ahead = np.array([path.pose(time)[:3, 2] for time in np.linspace(0, 15, 300)])
        return float(np.linalg.norm(np.diff(ahead, axis=0), axis=1).mean())

    assert turning("handheld") > 2 * turning("car") > 0
    one, same, other = (way("car", seed=seed).pose(0.0) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)
