"""Rooms, tables, flying things, blank and repetitive places: geometry, budgets, what repeats with a seed."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
import trimesh

from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.scene import Body, Pattern, Rig, Route, Scene
from wilddepth.worlds.cast.scenes import plain, repetitive
from wilddepth.worlds.cast.scenes.assembly import Group, Parts, Plan, along, in_the_way
from wilddepth.worlds.cast.scenes.finishes import HELD_OUT_SEEDS, Finishes
from wilddepth.worlds.cast.scenes.flying import CLEAR, Drift, build_flying
from wilddepth.worlds.cast.scenes.furniture import bed, chair, office_chair, sofa, table
from wilddepth.worlds.cast.scenes.indoor import build_indoor
from wilddepth.worlds.cast.scenes.plain import build_low_texture
from wilddepth.worlds.cast.scenes.repeat_kit import PALETTES, kit
from wilddepth.worlds.cast.scenes.repetitive import build_repetitive
from wilddepth.worlds.cast.scenes.room import Opening, cut, room
from wilddepth.worlds.cast.scenes.room_kinds import KINDS
from wilddepth.worlds.cast.scenes.storage import cupboard, desk, fridge, kitchen, shelf, sideboard
from wilddepth.worlds.cast.scenes.tabletop import build_tabletop
from wilddepth.worlds.cast.scenes.things import TOYS, floor_lamp, plant
from wilddepth.worlds.cast.shapes import place, standing_box

BUILDERS = {
    "indoor": build_indoor,
    "flying": build_flying,
    "tabletop": build_tabletop,
    "low-texture": build_low_texture,
    "repetitive": build_repetitive,
}
TRAINING = [name for name in BUILDERS if name != "repetitive"]
SEED_COUNT = 6


@cache
def scene(name: str, seed: int) -> Scene:
    return BUILDERS[name](np.random.default_rng(seed))


def scenes(name: str) -> Iterator[Scene]:
    return (scene(name, seed) for seed in range(SEED_COUNT))


def corners(body: Body, time: float = 0.0) -> np.ndarray:
    pose = body.motion.pose(time)
    return (body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3])[body.mesh.faces]


def cameras(route: Route) -> np.ndarray:
    """Places at the rim and in the middle of where a camera may be."""
    line = along(np.asarray(route.points), 0.2)
    step = route.points[-1] - route.points[0]
    side = np.array((step[2], 0, -step[0])) / np.hypot(step[0], step[2]) * route.sway
    return np.concatenate([line + k * side - (0, height, 0) for k in (-1, 0, 1) for height in (route.low, route.high)])


def gap(scene: Scene, time: float) -> float:
    """Least distance between a camera and any surface, m, by trimesh; 1 where it is more."""
    solid, places, least = np.concatenate([corners(body, time) for body in scene.bodies]), cameras(scene.route), 1.0
    low, high = solid.min(1), solid.max(1)
    for at in places:
        near = (np.maximum(np.maximum(low - at, at - high), 0) ** 2).sum(1) < 0.4**2
        if near.any():
            closest = trimesh.triangles.closest_point(solid[near], np.tile(at, (near.sum(), 1)))
            least = min(least, float(np.linalg.norm(closest - at, axis=1).min()))
    return least


@pytest.mark.parametrize("name", BUILDERS)
def test_the_same_generator_gives_the_same_scene(name):
    for seed in range(3):
        one, two = scene(name, seed), BUILDERS[name](np.random.default_rng(seed))
        assert len(one.bodies) == len(two.bodies)
        for first, second in zip(one.bodies, two.bodies, strict=True):
            np.testing.assert_array_equal(corners(first, 0.7), corners(second, 0.7))
            assert list(first.materials) == list(second.materials)
            np.testing.assert_array_equal(first.material_of, second.material_of)
        assert one.light == two.light
        assert one.lamps == two.lamps
        np.testing.assert_array_equal(one.route.points, two.route.points)


@pytest.mark.parametrize("name", BUILDERS)
def test_another_seed_gives_another_scene(name):
    totals = {float(np.concatenate([corners(body) for body in each.bodies]).sum()) for each in scenes(name)}
    assert len(totals) == SEED_COUNT


@pytest.mark.parametrize("name", BUILDERS)
def test_scenes_keep_to_thirty_thousand_triangles(name):
    counts = [sum(len(body.mesh.faces) for body in each.bodies) for each in scenes(name)]
    assert max(counts) <= 30_000
    assert min(counts) > 50


@pytest.mark.parametrize("name", BUILDERS)
def test_every_mesh_is_sound(name):
    for each in scenes(name):
        for body in each.bodies:
            assert np.isfinite(body.mesh.vertices).all()
            assert body.mesh.faces.min() >= 0
            assert body.mesh.faces.max() < len(body.mesh.vertices)
            solid = corners(body)
            area = np.linalg.norm(np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0]), axis=1)
            assert (area > 1e-12).mean() > 0.99, body.kind
            rotation = body.motion.pose(0.4)[:3, :3]
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize("name", BUILDERS)
def test_every_material_is_within_its_ranges(name):
    for each in scenes(name):
        for body in each.bodies:
            if body.material_of is not None:
                assert len(body.material_of) == len(body.mesh.faces)
                assert 0 <= body.material_of.min() <= body.material_of.max() < len(body.materials)
            for look in body.materials:
                values = [*np.ravel(look.colours), look.contrast, look.gloss]
                assert 0 <= min(values) <= max(values) <= 1
                assert min(look.size, look.grain_size, look.shininess) > 0
                assert min(look.glow, look.grain) >= 0
                assert np.isfinite([look.size, look.grain, look.grain_size, look.shininess, look.glow]).all()


@pytest.mark.parametrize("name", BUILDERS)
def test_a_camera_on_the_route_never_comes_near_anything(name):
    for seed in range(4):
        for time in (0.0, 40.7):
            assert gap(scene(name, seed), time) > 0.15, (seed, time)


def test_the_guard_of_the_route_sees_a_body_that_is_put_in_its_way():
    original = scene("indoor", 0)
    middle = original.route.points.mean(0)
    post = Parts("post").add(standing_box(0.1, 2.0, 0.1), Finishes(np.random.default_rng(0)).wood())
    blocked = Scene([*original.bodies, *Group().put(post).bodies(place(*middle))], original.light, original.route)
    assert gap(blocked, 0.0) < 0.15


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_rooms_of_each_kind_hold_what_names_them(kind):
    wanted = {"living room": "sofa", "bedroom": "bed", "kitchen": "kitchen", "study": "desk", "dining room": "table"}
    found = [
        {body.kind for body in build_indoor(np.random.default_rng(seed), kind).bodies} for seed in range(SEED_COUNT)
    ]
    assert sum(wanted[kind] in kinds for kinds in found) >= SEED_COUNT - 1
    assert all({"floor", "ceiling", "wall"} <= kinds for kinds in found)


HANGS = {
    "floor",
    "wall",
    "ceiling",
    "window",
    "blinds",
    "curtain",
    "door",
    "garden",
    "picture",
    "radiator",
    "cable",
    "wire",
}


def held(body: Body, solid: list[np.ndarray], number: int) -> bool:
    """Whether the foot of a body lies on the floor or on a level face of another body below it."""
    points = corners(body).reshape(-1, 3)
    foot = points[:, 1].max()
    below = points[points[:, 1] > foot - 0.02][:, [0, 2]].mean(0)
    for other, faces in enumerate(solid):
        level = (np.ptp(faces[:, :, 1], axis=1) < 1e-6) & (np.abs(faces[:, 0, 1] - foot) < 3e-3)
        low, high = faces[level].min(1)[:, [0, 2]], faces[level].max(1)[:, [0, 2]]
        if other != number and ((low <= below + 1e-6) & (high >= below - 1e-6)).all(1).any():
            return True
    return False


@pytest.mark.parametrize("name", ["indoor", "tabletop"])
def test_everything_stands_on_the_floor_or_on_something_level(name):
    stood = 0
    for each in scenes(name):
        solid = [corners(body) for body in each.bodies]
        roof = min(
            faces[..., 1].min() for body, faces in zip(each.bodies, solid, strict=True) if body.kind == "ceiling"
        )
        for number, body in enumerate(each.bodies):
            top = solid[number][..., 1].min()
            if body.kind in HANGS or top == pytest.approx(roof, abs=1e-6):  # pendants hang from the ceiling
                continue
            wall_unit = body.kind == "cupboard" and solid[number][..., 1].max() < -1.3
            assert wall_unit or held(body, solid, number), body.kind
            stood += 1
    assert stood > 10 * SEED_COUNT


def test_furniture_stays_within_its_room():
    for each in scenes("indoor"):
        floor = next(corners(body).reshape(-1, 3) for body in each.bodies if body.kind == "floor")
        for body in each.bodies:
            if body.kind in ("wall", "garden", "window", "door", "blinds"):
                continue
            points = corners(body).reshape(-1, 3)
            assert (points.min(0)[[0, 2]] >= floor.min(0)[[0, 2]] - 0.01).all(), body.kind
            assert (points.max(0)[[0, 2]] <= floor.max(0)[[0, 2]] + 0.01).all(), body.kind


def test_a_wall_is_cut_where_its_openings_are():
    place_ = room(4.0, 6.0, 2.5)
    wall = place_.walls[0]
    assert wall.pierce(Opening(-1.0, 0.0, 0.9, 2.1))
    assert wall.pierce(Opening(0.5, 1.4, 0.0, 2.0, door=True))
    assert not wall.pierce(Opening(-0.5, 0.4, 0.9, 2.1))  # overlaps the window
    assert not wall.pierce(Opening(-2.5, -1.5, 0.9, 2.1))  # reaches past the corner
    face, rims = cut(wall)
    solid = face.vertices[face.faces]
    area = np.linalg.norm(np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx(4 * 2.5 - 1.0 * 1.2 - 0.9 * 2.0)
    assert rims is not None
    assert len(rims.faces) == 2 * 4 * 2


def test_flying_things_keep_off_the_camera_for_all_times():
    checked = 0
    for each in scenes("flying"):
        line = along(each.route.points, 0.05)
        for body in each.bodies:
            if not isinstance(body.motion, Drift):
                continue
            radius = np.linalg.norm(body.mesh.vertices, axis=1).max()
            for time in np.linspace(0, 300, 40):
                at = body.motion.pose(time)[:3, 3]
                clamped = np.clip(at[1], line[:, 1] - each.route.high, line[:, 1] - each.route.low)
                away = np.linalg.norm(np.stack((at[0] - line[:, 0], at[1] - clamped, at[2] - line[:, 2]), 1), axis=1)
                assert away.min() > radius + each.route.sway + 0.9 * CLEAR
            checked += 1
    assert checked > 5 * SEED_COUNT


def test_a_drift_goes_to_and_fro_and_turns_at_its_rate():
    drift = Drift(place(1, 2, 3), (0.5, 0, 0), period=4.0, axis=(0, 1, 0), spin=np.pi / 2)
    np.testing.assert_allclose(drift.pose(0.0)[:3, 3], (1, 2, 3))
    np.testing.assert_allclose(drift.pose(1.0)[:3, 3], (1.5, 2, 3))
    np.testing.assert_allclose(drift.pose(3.0)[:3, 3], (0.5, 2, 3), atol=1e-12)
    np.testing.assert_allclose(drift.pose(1.0)[:3, 2], (1, 0, 0), atol=1e-12)  # its Z axis after a quarter turn


MAKERS = {
    "table": lambda f: table(f, 1.2, 0.8, 0.75),
    "chair": chair,
    "office chair": office_chair,
    "sofa": lambda f: sofa(f, 3),
    "bed": bed,
    "shelf": lambda f: shelf(f, 1.2, 1.8),
    "cupboard": lambda f: cupboard(f, 1.0, 1.8, 0.5),
    "sideboard": lambda f: sideboard(f, screen=True),
    "desk": desk,
    "kitchen": lambda f: kitchen(f, 2.4),
    "fridge": fridge,
    "plant": lambda f: plant(f, 1.2),
    "lamp": floor_lamp,
    **{make.__name__: lambda f, make=make: make(f, 0.15) for make in TOYS},
}


@pytest.mark.parametrize("name", MAKERS)
def test_things_stand_with_their_foot_on_the_ground(name):
    for seed in range(8):
        thing = MAKERS[name](Finishes(np.random.default_rng(seed)))
        box = (thing if isinstance(thing, Group) else Group().put(thing)).bounds()
        assert box[1][1] == pytest.approx(0.0, abs=2e-3), seed
        assert -2.3 < box[0][1] < -0.005
        assert (np.abs(box[:, [0, 2]]) < 2.5).all()


def test_a_plan_refuses_what_is_taken_outside_or_in_the_way():
    route = Route(np.array([(0.0, 0, 0.5), (0, 0, 2.0)]), 1.0, low=1.0, high=1.6, sway=0.2)
    plan = Plan((-2, -2.5, 0), (2, 0.01, 5), route, clear=0.3)
    box = np.array([(1.0, -1.0, 3.0), (1.5, 0.0, 3.5)])
    assert plan.free(box)
    plan.take(box)
    assert not plan.free(np.add(box, (0.3, 0, 0)))
    assert plan.free(np.add(box, (-1.0, 0, 0)))
    assert not plan.free(np.add(box, (0.6, 0, 0)))  # through the wall
    assert not plan.free(np.add(box, (-1.0, 0, -2.0)))  # across the route
    assert in_the_way(np.array([(0.4, -1.2, 1.0), (0.5, 0, 1.1)]), route, 0.3)
    assert not in_the_way(np.array([(0.6, -1.2, 1.0), (0.7, 0, 1.1)]), route, 0.3)
    assert not in_the_way(np.array([(-0.1, -0.6, 1.0), (0.1, 0, 1.1)]), route, 0.3)  # low enough to look over


@pytest.mark.parametrize("build", [build_indoor, build_low_texture, build_repetitive])
def test_an_unknown_kind_is_refused_with_the_kinds_there_are(build):
    with pytest.raises(ValueError, match="there are"):
        build(np.random.default_rng(0), "attic")


def test_held_out_scenes_share_no_texture_with_training_scenes():
    def seeds(name: str) -> set[int]:
        looks = (look for each in scenes(name) for body in each.bodies for look in body.materials)
        return {look.seed for look in looks if look.pattern != Pattern.PLAIN}

    held_out, training = seeds("repetitive"), set().union(*map(seeds, TRAINING))
    assert len(held_out) > 50
    assert min(held_out) >= HELD_OUT_SEEDS
    assert max(training) < HELD_OUT_SEEDS / 2


def test_held_out_scenes_have_palettes_of_their_own():
    own = {colour for palette in PALETTES for colour in palette}
    maker = kit(np.random.default_rng(4))
    drawn = {maker.colour((0.9, 1.0), (0.9, 1.0)) for _ in range(200)}
    assert drawn == own
    training = {
        colour
        for name in TRAINING
        for each in scenes(name)
        for body in each.bodies
        for look in body.materials
        for colour in look.colours
    }
    assert not own & training


@pytest.mark.parametrize("kind", [*plain.KINDS, *repetitive.KINDS])
def test_every_kind_of_blank_and_repetitive_place_can_be_asked_for(kind):
    build = build_low_texture if kind in plain.KINDS else build_repetitive
    assert len(build(np.random.default_rng(1), kind).bodies) >= 3


def picture(each: Scene) -> tuple[np.ndarray, np.ndarray]:
    """A small left picture from the middle of the route, and its disparity at a width of 640 px."""
    route = each.route
    at = route.points.mean(0) - (0, (route.low + route.high) / 2, 0)
    ahead = (np.array(route.gaze) if route.gaze is not None else route.points[-1]) - at
    if route.gaze is None:
        ahead[1] = 0
    z = ahead / np.linalg.norm(ahead)
    x = np.cross((0, 1, 0), z) / np.linalg.norm(np.cross((0, 1, 0), z))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = np.stack((x, np.cross(z, x), z), 1), at
    view = Caster(each).frame(Rig(128, 128, 79.5, 47.5, 79.5, 0.12, 96, 160), pose, samples=1).left
    return view.image, view.disparity * 4


@cache
def pictures(name: str) -> list[tuple[np.ndarray, np.ndarray]]:
    return [picture(scene(name, seed)) for seed in range(4)]


@pytest.mark.parametrize("name", BUILDERS)
def test_disparities_suit_stereo(name):
    disparity = np.stack([values for _, values in pictures(name)])
    assert disparity.max() < 200
    assert np.percentile(disparity, 90) > 8
    assert np.ptp(np.percentile(disparity, (5, 95), axis=(1, 2)), axis=0).min() > 2


def test_low_texture_pictures_have_less_than_half_the_edges_of_others():
    def changes(name: str) -> float:
        return float(np.mean([(np.abs(np.diff(image.mean(2), axis=1)) > 0.02).mean() for image, _ in pictures(name)]))

    assert changes("low-texture") < 0.5 * min(changes("indoor"), changes("flying"), changes("tabletop"))
