"""Rigs by name: fields of view and disparities that such cameras have, at any size."""

import math
from dataclasses import replace

import numpy as np
import pytest

from wilddepth.errors import ConfigError
from wilddepth.worlds.cast.rigs import LARGEST_DISPARITY, LARGEST_VERTICAL_FIELD, RIGS, draw_rig, fitted, rig_preset

SIZES = [(192, 640), (256, 512), (480, 640), (64, 96)]
every_rig = pytest.mark.parametrize("name", RIGS)


def field(focal: float, side: int) -> float:
    return 2 * math.degrees(math.atan(side / (2 * focal)))


@every_rig
@pytest.mark.parametrize("height, width", SIZES)
def test_fields_of_view_and_baselines_stay_in_their_ranges_at_every_size(name: str, height: int, width: int):
    preset = RIGS[name]
    for seed in range(50):
        rig = draw_rig(preset, np.random.default_rng(seed), height, width)
        assert (rig.height, rig.width) == (height, width)
        assert 30 * 0.99 < field(rig.focal_x, width) <= field(preset.focal[0] * width, width) + 1e-9
        assert field(rig.focal_x, height) <= LARGEST_VERTICAL_FIELD + 1e-9
        assert abs(rig.focal_y / rig.focal_x - 1) <= 0.005
        assert preset.baseline[0] <= rig.baseline <= preset.baseline[1]
        assert rig.right_centre_x == rig.centre_x
        assert abs(rig.centre_x - (width - 1) / 2) <= preset.centre * width
        assert abs(rig.centre_y - (height - 1) / 2) <= preset.centre * height


def test_the_kitti_rig_has_the_focal_length_of_kitti():
    rig = draw_rig(RIGS["kitti"], np.random.default_rng(0), 375, 1242)
    assert rig.focal_x == pytest.approx(721.5, rel=0.01)
    assert rig.baseline == pytest.approx(0.54, abs=0.01)


def test_the_same_random_numbers_give_the_same_rig_at_another_size():
    small, large = (draw_rig(RIGS["any"], np.random.default_rng(5), 192 * k, 640 * k) for k in (1, 2))
    assert large.focal_x == pytest.approx(2 * small.focal_x)
    assert large.baseline == small.baseline
    assert (large.centre_x + 0.5) == pytest.approx(2 * (small.centre_x + 0.5))


def test_training_rigs_show_many_focal_lengths_and_baselines():
    rigs = [draw_rig(RIGS["any"], np.random.default_rng(seed), 192, 640) for seed in range(300)]
    focal, baseline = (np.array([getattr(rig, name) for rig in rigs]) for name in ("focal_x", "baseline"))
    assert focal.max() / focal.min() > 2.4
    assert baseline.max() / baseline.min() > 50


@every_rig
@pytest.mark.parametrize("nearest", [0.3, 2.0, 30.0])
def test_a_fitted_baseline_keeps_disparities_within_reach(name: str, nearest: float):
    preset, depth = RIGS[name], np.linspace(nearest, 20 * nearest, 600).reshape(20, 30)
    for seed in range(40):
        rig = draw_rig(preset, np.random.default_rng(seed), 192, 640)
        made = fitted(rig, preset, depth, np.random.default_rng(seed + 1000))
        doffs = made.right_centre_x - made.centre_x
        disparity = made.focal_x * made.baseline / depth - doffs
        assert disparity.min() > 0
        assert doffs >= 0
        assert replace(made, baseline=rig.baseline, right_centre_x=rig.centre_x) == rig
        if preset.near is None:
            assert made.baseline == rig.baseline
        else:
            assert made.baseline <= preset.baseline[1]
            assert np.quantile(disparity, 0.97) <= LARGEST_DISPARITY * 640 + 1e-6


def test_principal_points_differ_in_half_of_the_rigs_that_may():
    depth = np.linspace(1, 5, 600).reshape(20, 30)
    for name, expected in (("indoor", 0.5), ("kitti", 0.0)):
        preset = RIGS[name]
        rigs = [
            fitted(
                draw_rig(preset, np.random.default_rng(seed), 192, 640), preset, depth, np.random.default_rng(seed + 1)
            )
            for seed in range(200)
        ]
        share = np.mean([rig.right_centre_x != rig.centre_x for rig in rigs])
        assert share == pytest.approx(expected, abs=0.12)


def test_the_right_camera_stays_in_the_room_there_is_or_away_from_what_is_near():
    preset, depth = replace(RIGS["any"], near=(0.29, 0.3), focal=(0.5, 0.51)), np.full((4, 4), 2.0)
    rig = draw_rig(preset, np.random.default_rng(0), 192, 640)
    tight, wide = (fitted(rig, preset, depth, np.random.default_rng(1), room=room) for room in (0.1, 0.9))
    assert tight.baseline == pytest.approx(0.6)
    assert 0.6 < wide.baseline <= 0.9


def test_an_unknown_rig_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match=r"unknown rig 'kity'; .*kitti"):
        rig_preset("kity")
