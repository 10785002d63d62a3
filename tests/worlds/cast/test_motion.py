from math import pi

import numpy as np
import pytest

from wilddepth.worlds.cast.motion import Along, Glide, Line, Spin, Swing
from wilddepth.worlds.cast.shapes import place

BEND = np.stack([20 * np.sin(np.linspace(0, 1, 60)), np.zeros(60), 40 * np.linspace(0, 1, 60)], -1)


def test_gliding_goes_straight_on_while_it_spins():
    motion = Glide(place(1, 2, 3), (0.5, 0, 1), (0, 1, 0), pi / 2)
    np.testing.assert_allclose(motion.pose(2)[:3, 3], (2, 2, 5))
    np.testing.assert_allclose(motion.pose(1)[:3, 2], (1, 0, 0), atol=1e-12)


def test_a_limb_stays_on_its_hinge_at_all_times():
    parent = Along(Line(BEND), 1.4)
    limb = Swing(parent, (0.1, -0.9, 0), (1, 0, 0), 0.5, 1.1, 0.2)
    for time in np.linspace(0, 10, 23):
        np.testing.assert_allclose(limb.pose(time)[:3, 3], (parent.pose(time) @ (0.1, -0.9, 0, 1))[:3])


def test_a_swing_reaches_its_amplitude_and_comes_back():
    swing = Swing(axis=(0, 1, 0), amplitude=0.4, period=2, rest=0.1)
    np.testing.assert_allclose(swing.pose(0.5), place(yaw=0.5), atol=1e-12)
    np.testing.assert_allclose(swing.pose(1.5), place(yaw=-0.3), atol=1e-12)
    np.testing.assert_allclose(swing.pose(2.0), swing.pose(0), atol=1e-12)


def test_a_wheel_turns_at_its_rate():
    np.testing.assert_allclose(Spin(axis=(0, 1, 0), rate=2.0).pose(0.25), place(yaw=0.5), atol=1e-12)


def test_a_line_is_measured_by_the_way_along_it():
    line = Line(np.array([[0, 0, 0], [0, 0, 3], [4, 0, 3.0]]))
    assert line.length == pytest.approx(7)
    np.testing.assert_allclose(line.position(np.array([1.0, 5.0])), [(0, 0, 1), (2, 0, 3)])


def test_a_line_goes_straight_on_at_both_ends():
    line = Line(np.array([[0, 0, 0], [0, 0, 3.0]]))
    np.testing.assert_allclose(line.position(np.array([-2.0, 5.0])), [(0, 0, -2), (0, 0, 5)])
    np.testing.assert_allclose(line.beside(-2.0, 1.5), (1.5, 0, -2))


def test_a_line_of_one_place_is_refused():
    with pytest.raises(ValueError, match="two points"):
        Line(np.zeros((3, 3)))


@pytest.mark.parametrize("speed", [7.0, -7.0])
def test_what_goes_along_a_line_faces_where_it_goes(speed):
    motion = Along(Line(BEND), speed, start=20.0, offset=1.5)
    for time in np.linspace(0, 1.5, 5):
        step = motion.pose(time + 1e-4)[:3, 3] - motion.pose(time - 1e-4)[:3, 3]
        np.testing.assert_allclose(step / np.linalg.norm(step), motion.pose(time)[:3, 2], atol=0.02)


def test_what_climbs_points_up_the_slope_both_ways():
    slope = Line(np.array([[0, 0, 0], [0, -3, 4.0]]))
    np.testing.assert_allclose(Along(slope, 1).pose(0)[:3, 2], (0, -0.6, 0.8), atol=1e-12)
    np.testing.assert_allclose(Along(slope, -1).pose(0)[:3, 2], (0, 0.6, -0.8), atol=1e-12)


def test_poses_are_rigid():
    motions = [Glide(place(yaw=0.3), (1, 0, 0), (1, 1, 0), 2), Spin(Swing(Along(Line(BEND), 3, wave=0.3)))]
    for motion in motions:
        matrix = motion.pose(1.7)
        np.testing.assert_allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-12)
        assert np.linalg.det(matrix) == pytest.approx(1)
