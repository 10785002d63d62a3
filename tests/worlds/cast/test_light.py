"""Shadows, lamps, sky and samples of ray-cast scenes against closed forms."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import solids
from solids import DARK, EVEN, GREY, HERE, RIG, body, box, plane, pose, scene

pytest.importorskip("embreex")

from wilddepth.worlds.cast.bodies import Bodies
from wilddepth.worlds.cast.exposure import toned
from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.lens import lens_of, untiled
from wilddepth.worlds.cast.scene import Lamp, Light, Material, Pattern, Scene, Sun
from wilddepth.worlds.cast.stage import Stage

WALL = pose((0, 0, 5))


def light_of(scene: Scene, samples: int = 1, *, camera: np.ndarray = HERE) -> np.ndarray:
    """Linear light (h w 3) of the left view."""
    lens = lens_of(RIG, camera, right=False, samples=samples)
    bodies = Bodies(scene.bodies)
    seen = Stage(scene, bodies, bodies.at(0.0), camera).seen(lens, RIG.height, RIG.width, samples)
    return untiled(seen.light, RIG.height, RIG.width)


def points_on(at: np.ndarray) -> np.ndarray:
    """Points (h w 3) at which pixel centres see `plane`."""
    _, direction = solids.rays()
    return direction * solids.depth_of_plane(at)[..., None]


def test_the_shadow_of_a_box_lies_where_geometry_says():
    sun, size, place = np.array([0.6, -0.5, -0.9]), np.array([1.2, 0.8, 0.01]), np.array([0.4, -0.3, 4.2])
    light = light_of(scene(body(plane(), WALL), body(box(size), pose(place)), sun=sun))
    wall = points_on(WALL)
    crossing = wall + sun * ((place[2] - wall[..., 2]) / sun[2])[..., None]
    inward = (size[:2] / 2 - np.abs(crossing - place)[..., :2]).min(axis=-1)
    on_box = (size[:2] / 2 - np.abs(wall * place[2] / 5 - place)[..., :2]).min(axis=-1) > -0.03
    facing = 0.5 * -sun[2] / np.linalg.norm(sun)
    sunny, shady = ~on_box & (inward < -0.02), ~on_box & (inward > 0.02)
    assert shady.sum() > 100
    assert (light[shady] == 0).all()
    np.testing.assert_allclose(light[sunny], facing, rtol=1e-5)


def test_faces_turned_away_from_the_sun_get_none():
    assert not light_of(scene(body(plane(), WALL), sun=(0, 0, 1))).any()


@pytest.mark.parametrize("carried", [False, True])
def test_light_of_a_lamp_falls_with_the_square_of_the_distance(carried):
    camera = pose((0.3, 0.1, 0.5))
    lamp = Lamp((0.5, -0.2, 3.0), (2.0, 3.0, 4.0), carried=carried)
    lit = Light(None, *[solids.BLACK] * 3, 0.0, lamps=0.5)
    light = light_of(scene(body(plane(), WALL), lamps=[lamp], light=lit), camera=camera)
    origin, direction = solids.rays(camera=camera)
    wall = origin + direction * solids.depth_of_plane(WALL, camera=camera)[..., None]
    to_lamp = np.array(lamp.position) + carried * camera[:3, 3] - wall
    distance = np.linalg.norm(to_lamp, axis=-1)
    expected = 0.5 * 0.5 * -to_lamp[..., 2] / distance**3
    np.testing.assert_allclose(light, expected[..., None] * np.array(lamp.colour), rtol=1e-4)


def test_a_lamp_with_a_cone_lights_only_what_lies_in_it():
    lamp = Lamp((0.0, 0.0, 2.0), (5.0, 5.0, 5.0), direction=(0.0, 0.0, 1.0), cone=20.0)
    lit = Light(None, *[solids.BLACK] * 3, 0.0, lamps=1.0)
    light = light_of(scene(body(plane(), WALL), lamps=[lamp], light=lit))[..., 0]
    wall = points_on(WALL)
    angle = np.degrees(np.arctan2(np.hypot(wall[..., 0], wall[..., 1]), 3.0))
    assert (light[angle > 20.01] == 0).all()
    assert (light[angle < 19.5] > 0).all()
    inner = angle < 14
    np.testing.assert_allclose(light[inner], 2.5 * np.cos(np.radians(angle[inner])) ** 3 / 9, rtol=1e-4)


@pytest.mark.parametrize("shadows", [False, True])
def test_only_lamps_that_are_asked_to_throw_shadows(shadows):
    lamp = Lamp((1.0, 0.0, 3.0), (5.0, 5.0, 5.0), shadows=shadows)
    lit = Light(None, *[solids.BLACK] * 3, 0.0, lamps=1.0)
    things = body(plane(), WALL), body(box((0.5, 0.5, 0.01)), pose((1.0, 0, 4.0)))
    light = light_of(scene(*things, lamps=[lamp], light=lit))[..., 0]
    wall = points_on(WALL)
    on_box = np.abs(wall * 0.8 - (1, 0, 4))[..., :2].max(axis=-1) < 0.27
    # Twice as far from the lamp as the box, its shadow is twice as large.
    reach = np.abs(wall - (1, 0, 5))[..., :2].max(axis=-1)
    inside, outside = ~on_box & (reach < 0.48), ~on_box & (reach > 0.52)
    assert inside.sum() > 20
    assert (light[outside] > 0).all()
    assert ((light[inside] == 0) == shadows).all()


def test_lamps_are_out_by_day():
    assert not light_of(scene(body(plane(), WALL), lamps=[Lamp((0.0, 0.0, 1.0), (9.0, 9.0, 9.0))], light=DARK)).any()


def test_a_picture_is_the_mean_of_its_samples():
    edge = pose((500 + 0.05 * (50.25 - RIG.centre_x), 0, 5))  # at column 50.25: two of four samples of that pixel
    light = light_of(scene(body(plane(), edge, solids.BRIGHT), light=DARK), 2)[..., 0]
    column = np.broadcast_to(np.arange(RIG.width), light.shape)
    np.testing.assert_allclose(light, np.where(column > 50, 1.0, np.where(column == 50, 0.5, 0.0)), atol=1e-6)


def test_glowing_panes_are_few_and_only_on_walls():
    facade = Material(Pattern.WINDOWS, ((0.3, 0.3, 0.3), (0.5, 0.5, 0.5), (0.9, 0.8, 0.6)), size=0.8, glow=2.0)
    light = light_of(scene(body(plane(), WALL, facade), light=DARK))
    assert 0.02 < (light[..., 0] > 0).mean() < 0.5
    roof = light_of(scene(body(plane(), pose((0, 1.2, 3), pitch=-1.5), facade), light=DARK))
    assert roof[points_on(pose((0, 1.2, 3), pitch=-1.5))[..., 2] > 0].size
    ground = body(box((1000, 0.2, 1000)), pose((0, 1.3, 0)), facade)
    assert not light_of(scene(ground, light=DARK)).any()


def test_gloss_mirrors_the_sun_where_geometry_says():
    polished = Material(colours=(solids.BLACK,) * 3, gloss=1.0, shininess=400.0)
    sun = np.array([0.15, -0.1, -1.0])
    light = light_of(scene(body(plane(), WALL, polished), sun=sun))[..., 0]
    row, column = np.unravel_index(light.argmax(), light.shape)
    # Where light is mirrored, the normal lies halfway between the directions to the sun and to the camera.
    seen = np.array([(column - RIG.centre_x) / RIG.focal_x, (row - RIG.centre_y) / RIG.focal_y, 1.0])
    half = sun / np.linalg.norm(sun) - seen / np.linalg.norm(seen)
    assert np.degrees(np.arccos(-half[2] / np.linalg.norm(half))) < 0.5


def test_wet_ground_is_darker_and_mirrors_the_sky():
    ground = body(box((1000, 1, 1000)), pose((0, 1.7, 0)), Material(colours=((0.4, 0.4, 0.4),) * 3))
    dry, soaked = (light_of(scene(ground, sun=(0, -1, -1), wetness=wetness))[-10:] for wetness in (0.0, 1.0))
    assert soaked.mean() < 0.6 * dry.mean()
    light = Light(None, solids.WHITE, solids.WHITE, solids.BLACK, 0.0)
    dry, soaked = (light_of(scene(ground, light=light, wetness=wetness))[-10:] for wetness in (0.0, 1.0))
    assert soaked.mean() > 1.1 * dry.mean()
    upright = [light_of(scene(body(plane(), WALL), light=light, wetness=wetness)) for wetness in (0.0, 1.0)]
    np.testing.assert_array_equal(*upright)


def test_the_sky_goes_from_the_horizon_to_the_zenith_around_the_sun():
    sun = np.array([0.0, -0.1, 1.0]) / np.hypot(0.1, 1.0)
    light = Light(Sun((*sun,), (1.0, 1.0, 1.0)), (0.1, 0.2, 0.9), (0.8, 0.8, 0.8), solids.BLACK, clouds=0.0)
    sky = light_of(scene(light=light))
    row, column = np.unravel_index(sky[..., 0].argmax(), sky.shape[:2])
    np.testing.assert_allclose((column, row), solids.project(sun), atol=1.0)
    redness = sky[:20, :20, 0] / sky[:20, :20, 2]
    assert (np.diff(redness, axis=0) > 0).all()


def test_clouds_cover_as_much_as_they_are_told():
    def changed(clouds: float) -> float:
        clear = Light(None, (0.1, 0.2, 0.9), (0.8, 0.8, 0.8), solids.BLACK, clouds=0.0)
        cloudy = Light(None, (0.1, 0.2, 0.9), (0.8, 0.8, 0.8), solids.BLACK, clouds=clouds)
        up = pose(pitch=0.5)
        pictures = [light_of(scene(light=light), camera=up) for light in (clear, cloudy)]
        return float((np.abs(pictures[0] - pictures[1]).max(axis=-1) > 0.02).mean())

    assert changed(0.1) < changed(0.4) < changed(0.8)
    assert changed(0.9) > 0.9


def test_the_same_light_has_the_same_tone_in_every_view_and_frame():
    sunny = Light(Sun((0.0, -0.6, -0.8), (2.0, 2.0, 2.0)))
    caster = Caster(scene(body(plane(), WALL), light=sunny))
    first, later = caster.frame(RIG, HERE), caster.frame(RIG, pose((0.1, 0, 0.3)), 2.0)
    values = np.concatenate([view.image.ravel() for view in (first.left, first.right, later.left)])
    assert np.ptp(values.reshape(-1, 3), axis=0).max() < 1e-6
    assert 0.3 < values.mean() < 0.7


@pytest.mark.parametrize("strength", [1e-3, 1.0, 50.0])
def test_day_and_night_come_out_well_exposed(strength):
    light = Light(None, *[(strength,) * 3] * 3, 0.0)
    image = Caster(scene(body(plane(), WALL), light=light)).frame(RIG, HERE).left.image
    assert 0.35 < image.mean() < 0.65


def test_a_chosen_exposure_is_used():
    image = Caster(scene(body(plane(), WALL), light=EVEN), exposure=2.0).frame(RIG, HERE).left.image
    np.testing.assert_allclose(image, toned(np.full((1, 1, 3), 0.5, np.float32), 2.0)[0, 0, 0], atol=1e-6)


def test_the_tone_curve_rises_from_black_to_white():
    light = np.geomspace(1e-6, 1e3, 200, dtype=np.float32)
    tones = toned(np.stack([light] * 3, axis=-1), 1.0)
    tone = tones[:, 0]
    assert (tones == tone[:, None]).all()
    assert tone.dtype == np.float32
    assert (np.diff(tone) >= 0).all()
    assert (np.diff(tone[light < 3]) > 0).all()
    assert tone[0] < 1e-4
    assert tone[-1] == pytest.approx(1.0)
    assert tone.max() <= 1.0


def test_colours_keep_their_order_and_lose_some_of_their_purity():
    red, green, blue = toned(np.array([[0.3, 0.2, 0.0]], np.float32), 1.0)[0]
    assert red > green > blue > 0


DIGEST = """
import hashlib
import solids
from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.scene import Light, Sun
light = Light(Sun((0.48, -0.6, -0.64), (2.0, 2.0, 2.0)))
wall = solids.body(solids.plane(), solids.pose((0, 0, 5)), solids.RICH)
ball = solids.body(solids.sphere(1.0, 3), solids.Moves(solids.pose((0, 0, 3)), (1, 0, 0)), solids.RICH)
caster = Caster(solids.scene(wall, ball, light=light))
frame = caster.frame(solids.RIG, solids.HERE, samples=2, after=(solids.pose((0, 0, 1)), 1.0))
views = frame.left, frame.right
arrays = [getattr(view, name) for view in views for name in ("image", "depth", "disparity", "surface")]
arrays += [frame.occluded, frame.right_occluded, frame.flow, frame.flow_occluded]
digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
"""


def test_the_same_scene_gives_the_same_bits_in_another_process():
    found: dict[str, str] = {}
    exec(DIGEST, found)
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{DIGEST}\nprint(digest)"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert other.stdout.strip() == found["digest"]


# What stands around

AROUND = Light(None, (0.2, 0.3, 0.6), (0.7, 0.7, 0.8), (0.16, 0.15, 0.13), 0.5, seed=7, surroundings=0.5)
POLISHED = Material(colours=(solids.BLACK,) * 3, gloss=1.0)


def both_views(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Linear light of the left and of the right view."""
    bodies = Bodies(scene.bodies)
    stage = Stage(scene, bodies, bodies.at(0.0), HERE)
    lenses = [lens_of(RIG, HERE, right=right, samples=1) for right in (False, True)]
    left, right = (untiled(stage.seen(lens, RIG.height, RIG.width, 1).light, RIG.height, RIG.width) for lens in lenses)
    return left, right


def test_a_mirror_shows_its_surroundings_endlessly_far_away():
    left, right = both_views(scene(body(plane(), WALL, POLISHED), light=AROUND))
    # The wall has a disparity of 10 px; what it mirrors has none.
    np.testing.assert_allclose(left, right, rtol=1e-6)
    assert np.abs(left[:, 10:] - right[:, :-10]).mean() > 0.1 * left.mean()


def test_surroundings_are_as_high_as_they_are_said_to_be():
    none, low, high = (
        light_of(scene(body(plane(), WALL, POLISHED), light=replace(AROUND, surroundings=height)))
        for height in (1e-6, 0.05, 0.15)
    )
    _, direction = solids.rays()
    rise = -direction[..., 1] / np.hypot(direction[..., 0], direction[..., 2])
    for seen, height in ((low, 0.05), (high, 0.15)):
        changed = (seen != none).any(axis=-1)
        # The noise of the skyline has a standard deviation of 0.6 heights.
        assert not changed[rise < 0].any()
        assert not changed[rise > 3.5 * height].any()
        assert changed[(rise > 0) & (rise < height)].mean() > 0.3  # this part of the skyline is low
    assert (high != none).any(axis=-1).mean() > 1.5 * (low != none).any(axis=-1).mean()


def test_what_is_not_polished_mirrors_nothing():
    pictures = [
        light_of(scene(body(plane(), WALL, GREY), light=replace(AROUND, surroundings=height))) for height in (0.0, 0.5)
    ]
    np.testing.assert_array_equal(*pictures)
