"""Block matching and the census-and-box matcher beyond their golden numbers: sizes, cameras, filters, refusals."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from known_pairs import shifted_pair, square_pair, texture
from wilddepth.proxies.matchers.block import BlockSettings, match_block
from wilddepth.proxies.matchers.box import box_sums
from wilddepth.proxies.matchers.census_box import CensusBoxSettings, match_census_box

BLOCK = BlockSettings(window=5, num_disparities=24)
BOX = CensusBoxSettings(num_disparities=24)
SIZES = [(9, 13), (1, 17), (7, 1), (1, 1), (6, 40), (5, 8)]


@pytest.mark.parametrize("likeness", ["sad", "ssd", "zncc"])
def test_whole_pixel_shift_is_found_in_both_views(likeness):
    matched = match_block(*shifted_pair(7), replace(BLOCK, likeness=likeness, subpixel="none"))
    np.testing.assert_array_equal(matched.left.checked(1.0)[4:-4, 12:-4], 7)
    np.testing.assert_array_equal(matched.right.checked(1.0)[4:-4, 4:-12], 7)


def test_codes_alone_find_nearly_all_of_it():
    # A pixel brighter than all its neighbours has the same code as another such pixel.
    settings = replace(BLOCK, likeness="census", window=9, subpixel="none")
    found = match_block(*shifted_pair(7), settings).left.disparity[4:-4, 16:-8]
    assert 0.98 < np.mean(found == 7) < 1


def test_correlation_survives_gain_and_offset():
    left, right = shifted_pair(7, channels=1)
    darker = np.rint(right * 0.3 + 150).astype(np.uint8)
    found = match_block(left, darker, replace(BLOCK, subpixel="none"), volumes=True)
    assert np.mean(found.left.disparity[4:-4, 32:-4] == 7) > 0.999
    assert found.cost.costs[4:-4, 32:-4, 7].max() < 0.01  # rounding to grey levels


def test_a_window_without_texture_correlates_with_nothing():
    blank = np.full((12, 20, 1), 90, np.uint8)
    costs = match_block(blank, blank, BLOCK, volumes=True).cost.costs
    assert set(np.unique(costs)) == {np.float32(1), np.float32(np.inf)}


def test_a_border_of_half_a_window_has_no_disparity():
    found = match_block(*shifted_pair(7), BLOCK).left.disparity
    assert np.isnan(found[:2]).all()
    assert np.isnan(found[-2:]).all()
    assert np.isnan(found[:, :2]).all()
    assert np.isfinite(found[2:-2, 2:-2]).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("side", [1, 3, 7, 15])
@pytest.mark.parametrize("size", SIZES)
def test_sums_over_a_box_are_those_of_opencv(size, side, kind):
    costs = np.random.default_rng(0).integers(0, np.iinfo(kind).max + 1, (*size, 3)).astype(kind)
    for threads in (1, 3):
        ours = box_sums(costs, side, threads)
        for k in range(3):
            layer = costs[..., k].astype(np.float64)
            expected = cv2.boxFilter(layer, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
            np.testing.assert_array_equal(ours[..., k], expected)


@pytest.mark.parametrize("size", SIZES)
def test_any_size_is_matched(size):
    left, right = texture(*size, seed=1), texture(*size, seed=2)
    for likeness in ("sad", "ssd", "zncc", "census"):
        found = match_block(left, right, replace(BLOCK, likeness=likeness, min_disparity=-3))
        assert found.right.disparity.shape == size
    assert match_census_box(left, right, replace(BOX, min_disparity=-3)).right.disparity.shape == size


@pytest.mark.parametrize(("match", "settings"), [(match_block, BLOCK), (match_census_box, BOX)])
def test_islands_are_removed_on_request(match, settings):
    pair = square_pair()
    assert np.isfinite(match(*pair, settings).left.disparity[22:42, 66:94]).all()
    assert np.isnan(match(*pair, replace(settings, speckle_window=2000)).left.disparity[22:42, 66:94]).all()


@pytest.mark.parametrize(
    ("settings", "change", "message"),
    [
        (BLOCK, {"window": 4}, "window must be odd"),
        (BLOCK, {"window": 17}, "window must be odd"),
        (BLOCK, {"window": 1}, "no correlation"),
        (BLOCK, {"likeness": "census", "window": 1}, "neighbour"),
        (BLOCK, {"num_disparities": 0}, "num_disparities"),
        (BLOCK, {"uniqueness": -1}, "uniqueness"),
        (BLOCK, {"lr_threshold": 0.0}, "lr_threshold"),
        (BOX, {"window": 4}, "odd sides"),
        (BOX, {"box": 2}, "box must be odd"),
        (BOX, {"box": 17}, "box must be odd"),
        (BOX, {"num_disparities": 0}, "num_disparities"),
        (BOX, {"speckle_range": 0.0}, "speckle_range"),
    ],
)
def test_absurd_settings_are_refused(settings, change, message):
    with pytest.raises(ValueError, match=message):
        replace(settings, **change)


@pytest.mark.parametrize(("match", "settings"), [(match_block, BLOCK), (match_census_box, BOX)])
def test_views_of_different_size_are_refused(match, settings):
    with pytest.raises(ValueError, match="differ in size"):
        match(texture(16, 32), texture(16, 34), settings)
