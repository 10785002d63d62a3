from functools import cache, partial

import numpy as np
import pytest

from wilddepth.worlds.cast.motion import Along, Line, Swing
from wilddepth.worlds.cast.scene import Body, Scene
from wilddepth.worlds.cast.scenes.cities import build_city_a, build_city_b
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.drives import build_lead_car, build_open_road
from wilddepth.worlds.cast.scenes.looks import SEEDS
from wilddepth.worlds.cast.scenes.nature import build_nature
from wilddepth.worlds.cast.scenes.street import build_street, build_street_night_rain
from wilddepth.worlds.cast.trace import Rays, rays, solid

BUILDERS = {
    "street": build_street,
    "open-road": build_open_road,
    "lead-car": build_lead_car,
    "city-a": build_city_a,
    "city-b": build_city_b,
    "street-night-rain": build_street_night_rain,
    "nature": build_nature,
}
KINDS = {
    "street": {"road", "kerb", "pavement", "building", "tree", "car", "person", "pole", "sign", "fence", "bush"},
    "open-road": {"road", "grass", "tree", "fence", "pole"},
    "lead-car": {"road", "grass", "car"},
    "city-a": {"road", "kerb", "pavement", "building", "tree", "car", "person", "pole", "sign", "grass"},
    "city-b": {"road", "pavement", "building", "person", "pole", "washing", "pot"},
    "street-night-rain": {"road", "building", "car", "person", "pole", "sign", "tree"},
    "nature": {"ground", "path", "tree", "bush", "rock", "grass", "log", "water"},
}
FLOORS = {"road", "kerb", "pavement", "grass", "ground", "path"}
SEEDS_TRIED = range(2)
every_world = pytest.mark.parametrize("name", BUILDERS)


@cache
def build(name: str, seed: int, length: float | None = None) -> Scene:
    choices = {} if length is None else {"length": length}
    return BUILDERS[name](np.random.default_rng(seed), **choices)


def in_world(body: Body, time: float = 0.0) -> np.ndarray:
    pose = body.motion.pose(time)
    return body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]


def tracer_of(bodies: list[Body]) -> Rays:
    starts = np.cumsum([0, *(len(body.mesh.vertices) for body in bodies)])
    faces = [body.mesh.faces + start for body, start in zip(bodies, starts[:-1], strict=True)]
    everything = np.concatenate([in_world(body) for body in bodies]), np.concatenate(faces)
    return rays([solid(everything, 0)], [0])


def test_every_scene_is_the_same_for_the_same_generator_and_another_for_another():
    for name in BUILDERS:
        first, again, other = build(name, 0), BUILDERS[name](np.random.default_rng(0)), build(name, 1)
        assert len(first.bodies) == len(again.bodies)
        for one, two in zip(first.bodies, again.bodies, strict=True):
            np.testing.assert_array_equal(one.mesh.vertices, two.mesh.vertices)
            np.testing.assert_array_equal(one.motion.pose(1.3), two.motion.pose(1.3))
            assert list(one.materials) == list(two.materials)
        assert first.light == again.light
        assert list(first.lamps) == list(again.lamps)
        assert not np.array_equal(first.route.points, other.route.points) or first.light != other.light


def test_what_was_built_before_does_not_change_a_scene():
    alone = build("street", 0)
    build("lead-car", 1)
    again = build_street(np.random.default_rng(0))
    for one, two in zip(alone.bodies, again.bodies, strict=True):
        np.testing.assert_array_equal(one.mesh.vertices, two.mesh.vertices)


@every_world
def test_meshes_are_sound(name):
    for seed in SEEDS_TRIED:
        for body in build(name, seed).bodies:
            mesh = body.mesh
            assert np.isfinite(mesh.vertices).all()
            assert mesh.faces.dtype == np.int32
            assert mesh.faces.min() >= 0
            assert mesh.faces.max() < len(mesh.vertices)
            if body.material_of is not None:
                assert len(body.material_of) == len(mesh.faces)
                assert body.material_of.min() >= 0
                assert body.material_of.max() < len(body.materials)


@every_world
def test_materials_are_reflectances_and_sizes_are_positive(name):
    for seed in SEEDS_TRIED:
        for material in {m for body in build(name, seed).bodies for m in body.materials}:
            assert all(0 <= value <= 1 for colour in material.colours for value in colour)
            assert all(0 <= value <= 1 for value in (material.contrast, material.grain, material.gloss))
            assert material.size > 0
            assert material.grain_size > 0
            assert material.glow >= 0


@every_world
def test_triangles_stay_within_the_budget(name):
    counts = [sum(len(body.mesh.faces) for body in build(name, seed).bodies) for seed in SEEDS_TRIED]
    assert np.mean(counts) < 50_000
    assert max(counts) < 60_000
    assert min(counts) > 5_000


@every_world
def test_a_world_has_the_kinds_of_things_it_promises(name):
    kinds = [{body.kind for body in build(name, seed).bodies} for seed in range(3)]
    assert KINDS[name] <= set.union(*kinds)


def beams(scene: Scene, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Rays (n 3) that fill the free room around the route: along it, and across it at every metre."""
    line, sway = Line(scene.route.points), scene.route.sway
    s = np.arange(0, line.length - 1.0, 1.0)
    across, up = np.linspace(-sway, sway, 5), np.linspace(low, high, 7)
    grid = np.stack(np.meshgrid(s, across, up, indexing="ij"), -1).reshape(-1, 3)

    def raised(distance: np.ndarray, offset: np.ndarray, height: np.ndarray) -> np.ndarray:
        return line.beside(distance, offset) - np.stack([0 * height, height, 0 * height], -1)

    start, end = raised(grid[:, 0], grid[:, 1], grid[:, 2]), raised(grid[:, 0] + 1.0, grid[:, 1], grid[:, 2])
    left = raised(grid[:, 0], 0 * grid[:, 1] - sway, grid[:, 2])
    right = raised(grid[:, 0], 0 * grid[:, 1] + sway, grid[:, 2])
    origins, ends = np.concatenate([start, left]), np.concatenate([end, right])
    return origins.astype(np.float32), (ends - origins).astype(np.float32)


@every_world
@pytest.mark.parametrize(("seed", "length"), [(0, None), (1, None), (2, 60.0)])
def test_nothing_stands_in_the_way_of_the_camera(name, seed, length):
    scene = build(name, seed, length)
    origins, along = beams(scene, 0.35, max(2.5, scene.route.high))
    still = [body for body in scene.bodies if not body.moving]
    hit = tracer_of(still).blocked(origins, along, 1.0)
    assert not hit.any(), origins[hit][:3]


def test_the_check_of_the_way_finds_what_stands_in_it():
    scene = build("street", 0)
    x, y, z = scene.route.points[5]
    post = build("street", 1).bodies[-1].mesh
    blocked = Body(post.__class__(post.vertices - post.vertices.mean(0) + (x, y - 1.2, z), post.faces), [])
    origins, along = beams(scene, 0.35, 2.5)
    assert tracer_of([blocked]).blocked(origins, along, 1.0).any()


@every_world
def test_what_moves_keeps_its_distance_from_the_camera(name):
    for seed, length in ((0, None), (2, 60.0)):
        scene = build(name, seed, length)
        line = Line(scene.route.points)
        moving = [body for body in scene.bodies if body.moving]
        for time in np.linspace(0, min(10.0, line.length / scene.route.speed), 6):
            camera = line.position(scene.route.speed * time)
            for body in moving:
                away = in_world(body, float(time)) - camera
                assert np.hypot(away[:, 0], away[:, 2]).min() > 0.9, (seed, time, body.kind)


@every_world
def test_vehicles_and_people_stand_on_the_ground(name):
    for seed in SEEDS_TRIED:
        scene = build(name, seed)
        floor = tracer_of([body for body in scene.bodies if body.kind in FLOORS])
        for body in scene.bodies:
            if body.kind not in {"car", "person", "cyclist"} or isinstance(body.motion, Swing):
                continue
            points = in_world(body)
            lowest = points[points[:, 1].argmax()]
            origin = np.array([[lowest[0], lowest[1] - 3.0, lowest[2]]], np.float32)
            face, far = floor.nearest(origin, np.array([[0, 1, 0]], np.float32))
            gap = float(far[0]) - 3.0
            is_trunk = body.kind == "person" and body.moving
            is_shell = body.kind == "car" and body.moving
            assert face[0] >= 0
            assert (-0.12 < gap < 0.12) or (is_trunk and gap < 1.0) or (is_shell and gap < 0.65), (seed, body.kind, gap)


@every_world
def test_nothing_that_stands_floats(name):
    for seed in SEEDS_TRIED:
        scene = build(name, seed)
        floor = tracer_of([body for body in scene.bodies if body.kind in FLOORS])
        for body in scene.bodies:
            if body.kind not in {"tree", "building", "sign", "bin", "bench", "rock", "log", "barrel", "crate"}:
                continue
            if name == "city-b" and body.kind == "building" and body.mesh.vertices[:, 1].max() < 1.0:
                continue
            points = in_world(body)
            lowest = points[points[:, 1].argmax()]
            origin = np.array([[lowest[0], lowest[1] - 4.0, lowest[2]]], np.float32)
            face, far = floor.nearest(origin, np.array([[0, 1, 0]], np.float32))
            assert face[0] < 0 or far[0] - 4.0 < 0.25, (seed, body.kind, far)


def test_limbs_of_walkers_stay_attached_and_their_feet_near_the_ground():
    found = 0
    for seed in range(3):
        scene = build("street", seed)
        people = [b for b in scene.bodies if b.kind == "person" and isinstance(b.motion, Along)]
        for trunk in people:
            limbs = [b for b in scene.bodies if isinstance(b.motion, Swing) and _root(b) is trunk.motion]
            assert len(limbs) == 6
            found += 1
            for time in np.linspace(0, 2, 9):
                foot = trunk.motion.pose(time)[:3, 3]
                low = [in_world(limb, float(time))[:, 1].max() for limb in limbs]
                assert -0.12 < max(low) - foot[1] < 0.12
                for limb in limbs:
                    gap = np.linalg.norm(limb.motion.pose(float(time))[:3, 3] - foot)
                    assert gap < 1.7
    assert found >= 2


def _root(body: Body) -> object:
    motion = body.motion
    while isinstance(motion, Swing):
        motion = motion.parent
    return motion


@pytest.mark.parametrize("gap", [8.0, 20.0])
def test_the_lead_car_stays_near_its_gap(gap):
    for seed in range(2):
        scene = build_lead_car(np.random.default_rng(seed), gap=gap, length=100.0)
        line = Line(scene.route.points)
        shells = [b for b in scene.bodies if isinstance(b.motion, Along) and b.foreground and b.motion.speed > 0]
        assert len(shells) == 1
        for time in np.linspace(0, min(10.0, line.length / scene.route.speed), 11):
            camera, heading = line.position(scene.route.speed * time), line.direction(scene.route.speed * time)
            ahead = (in_world(shells[0], float(time)) - camera) @ heading
            assert ahead.min() == pytest.approx(gap, abs=0.06 * gap + 0.8)


def test_an_open_road_has_no_cars_and_nobody_on_it():
    for seed in range(3):
        assert not {"car", "person", "cyclist"} & {body.kind for body in build("open-road", seed).bodies}


def test_held_out_worlds_share_no_piece_of_stuff_with_the_others():
    seeds = {
        name: {m.seed for seed in range(3) for body in build(name, seed).bodies for m in body.materials}
        for name in BUILDERS
    }
    for name in ("street-night-rain", "nature"):
        assert min(seeds[name]) >= SEEDS
        assert all(not seeds[name] & seeds[other] for other in ("street", "open-road", "lead-car", "city-a", "city-b"))


def test_streets_by_night_are_wet_and_lit():
    for seed in range(3):
        scene = build("street-night-rain", seed)
        assert scene.wetness >= 0.6
        assert scene.light.lamps == 1
        assert sum(lamp.carried for lamp in scene.lamps) == 2
        assert sum(not lamp.carried for lamp in scene.lamps) >= 3
        assert any(m.glow > 0 for body in scene.bodies for m in body.materials)


def test_by_day_nothing_glows():
    assert not any(m.glow > 0 for body in build("street", 2).bodies for m in body.materials)


@every_world
def test_cars_are_what_is_scored_apart(name):
    for body in build(name, 1).bodies:
        assert body.foreground == (body.kind == "car")


def test_a_street_follows_its_bends_and_slopes():
    for seed in range(10):
        points = Course(np.random.default_rng(seed), 200.0).route(1.7, 10.0).points
        steps = np.diff(points, axis=0)
        assert np.abs(steps[:, 1] / np.linalg.norm(steps[:, [0, 2]], axis=1)).max() < 0.04
        heading = np.unwrap(np.arctan2(steps[:, 0], steps[:, 2]))
        assert np.abs(np.diff(heading) / 2.0).max() < 1 / 100


@pytest.mark.parametrize("style", ["town", "suburb"])
def test_the_style_of_a_street_can_be_chosen(style):
    kinds = set.union(*({b.kind for b in build_street(np.random.default_rng(k), style=style).bodies} for k in range(2)))
    assert ("fence" in kinds) == (style == "suburb")


@pytest.mark.parametrize("builder", [partial(build_nature, style="rocks"), partial(build_open_road, style="highway")])
def test_speed_and_length_of_the_route_can_be_chosen(builder):
    route = builder(np.random.default_rng(0), length=50.0, speed=4.0).route
    assert route.speed == 4.0
    assert 49 < np.linalg.norm(np.diff(route.points, axis=0), axis=1).sum() < 60
