"""Solid textures: bounded, of a stable mean at every distance, and the same from everywhere."""

from dataclasses import replace

import numpy as np
import pytest

from solids import RIG, body, box, pose, scene
from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.kernel import kernel
from wilddepth.worlds.cast.looks import looks_of
from wilddepth.worlds.cast.noise import clouds, noise, noise_table
from wilddepth.worlds.cast.pattern import reflectance
from wilddepth.worlds.cast.scene import Material, Pattern

COLOURS = ((0.2, 0.3, 0.4), (0.5, 0.45, 0.4), (0.35, 0.6, 0.3))
TEXTURED = [pattern for pattern in Pattern if pattern is not Pattern.PLAIN]
SIZE = 0.5
FINE, COARSE = 1e-3, 40.0
"""Footprints, m: everything is seen, nothing is."""


@kernel
def _painted(looks, table, points, footprint, out):  # type: ignore[no-untyped-def]
    for i in range(len(points)):
        x, y, z = points[i]
        out[i] = reflectance(looks.ctypes.data, table, x, y, z, 0.0, 0.0, 1.0, footprint)


@kernel
def _sampled(table, points, footprint, octaves, out):  # type: ignore[no-untyped-def]
    for i in range(len(points)):
        x, y, z = points[i]
        out[i, 0] = noise(table, x, y, z)
        out[i, 1] = clouds(table, x, y, z, footprint, octaves, 0.8)[0]


def painted(material: Material, points: np.ndarray, footprint: float) -> np.ndarray:
    """Colours (n 3) of points on a wall that faces along Z."""
    out = np.empty((len(points), 3))
    _painted(looks_of([material]), noise_table().ctypes.data, points, footprint, out)
    return out


def wall(count: int = 30_000) -> np.ndarray:
    return np.random.default_rng(1).uniform(-40, 40, (count, 3)) * (1, 1, 0)


def look(pattern: Pattern, **more: object) -> Material:
    return replace(Material(pattern, COLOURS, size=SIZE, seed=5), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("pattern", TEXTURED)
def test_a_texture_fades_into_its_mean(pattern):
    near, far = painted(look(pattern), wall(), FINE), painted(look(pattern), wall(), COARSE)
    assert near.min() >= 0
    assert near.max() <= 1
    assert near.std(axis=0).max() > 0.03
    assert far.std(axis=0).max() < 1e-3
    np.testing.assert_allclose(near.mean(axis=0), far.mean(axis=0), atol=0.05)


@pytest.mark.parametrize("pattern", TEXTURED)
def test_detail_fades_step_by_step(pattern):
    deviations = [painted(look(pattern), wall(), footprint).std() for footprint in np.geomspace(FINE, COARSE, 12)]
    assert max(np.diff(deviations)) < 0.1 * deviations[0]


@pytest.mark.parametrize("pattern", TEXTURED)
def test_without_contrast_only_the_mean_colour_is_left(pattern):
    colours = painted(look(pattern, contrast=0.0), wall(100), FINE)
    np.testing.assert_allclose(colours, np.broadcast_to(np.mean(COLOURS, axis=0), colours.shape), atol=1e-12)


@pytest.mark.parametrize("pattern", TEXTURED)
def test_another_seed_is_another_piece_of_the_same_stuff(pattern):
    one, other = painted(look(pattern), wall(), FINE), painted(look(pattern, seed=6), wall(), FINE)
    assert (one == painted(look(pattern), wall(), FINE)).all()
    np.testing.assert_allclose(one.mean(axis=0), other.mean(axis=0), atol=0.03)
    if pattern not in (Pattern.CHECKER, Pattern.STRIPES, Pattern.WEAVE):  # they have nothing random
        assert np.abs(one - other).mean() > 0.005


def test_plain_is_the_first_colour():
    assert (painted(look(Pattern.PLAIN), wall(10), FINE) == COLOURS[0]).all()


def test_grains_are_weaker_the_more_of_them_lie_in_a_pixel():
    widths = 0.02 * 2.0 ** np.arange(-2, 7)
    deviations = [painted(look(Pattern.PLAIN, grain=0.1), wall(), width).std(axis=0)[0] for width in widths]
    assert deviations[0] == pytest.approx(0.1 * COLOURS[0][0], rel=0.1)
    # In inverse proportion to the width, as with grains that lie at random.
    np.testing.assert_allclose(np.divide(deviations[3:-1], deviations[4:]), 2.0, rtol=0.25)


def test_grain_changes_brightness_by_its_amount():
    plain, grained = (painted(look(Pattern.PLAIN, grain=grain), wall(), FINE) for grain in (0.0, 0.1))
    ratio = grained / plain
    np.testing.assert_allclose(ratio.mean(), 1.0, atol=5e-3)
    np.testing.assert_allclose(ratio.std(), 0.1, rtol=0.1)
    np.testing.assert_allclose(painted(look(Pattern.PLAIN, grain=0.1), wall(), COARSE), plain, rtol=1e-3)


def test_noise_is_no_shorter_than_its_wavelength_in_any_direction():
    line, across = np.linspace(0, 100, 4096, endpoint=False), np.random.default_rng(2).uniform(0, 16, (40, 3))
    frequency = np.fft.rfftfreq(len(line), line[1])
    for direction in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0.64, 0.48)):
        points, out = across[:, None] + line[:, None] * np.array(direction), np.empty((40 * len(line), 2))
        _sampled(noise_table().ctypes.data, points.reshape(-1, 3), 0.0, 1, out)
        values = out[:, 0].reshape(40, -1)
        assert abs(values.std() - 1) < 0.1
        assert abs(values.mean()) < 0.1
        # Waves that run across a line look longer on it.
        power = (np.abs(np.fft.rfft(values, axis=1)) ** 2).sum(axis=0)
        assert power[frequency > 1.7].sum() < 0.02 * power.sum()
        assert power[(frequency > 0.3) & (frequency < 1.3)].sum() > 0.5 * power.sum()


def test_clouds_add_shorter_waves_that_a_wide_footprint_cannot_see():
    points, values = np.random.default_rng(1).uniform(-40, 40, (30_000, 3)), []
    for footprint in (0.0, 0.5 / 8, 0.5, 2.0):
        out = np.empty((len(points), 2))
        _sampled(noise_table().ctypes.data, points, footprint, 6, out)
        values.append(out[:, 1].std())
    assert abs(values[0] - 1) < 0.1
    assert values[0] > 1.1 * values[1] > 1.1 * values[2] > values[3] == 0


@pytest.mark.parametrize("pattern", list(Pattern))
def test_a_body_that_moves_with_the_camera_looks_the_same(pattern):
    pytest.importorskip("embreex")
    thing = box((2.0, 1.5, 1.0))
    pictures = []
    for at in (pose(), pose((30, 0, -50), yaw=1.0, pitch=0.2)):
        material = look(pattern, grain=0.2)
        caster = Caster(scene(body(thing, at @ pose((0.1, 0, 3), yaw=0.5), material)), exposure=0.5)
        pictures.append(caster.frame(RIG, at, occlusion=False).left)
    assert (pictures[0].surface == 1).mean() > 0.2
    on_thing = (pictures[0].surface == 1) & (pictures[1].surface == 1)
    assert (np.abs(pictures[0].image - pictures[1].image)[on_thing] < 1e-3).mean() > 0.999
