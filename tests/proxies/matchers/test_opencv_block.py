"""OpenCV's block matching on pairs whose disparity is known by construction."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from known_pairs import shifted_pair, square_pair, texture
from wilddepth.proxies.matchers.opencv_block import OpenCVBlockSettings, match_opencv_block

SMALL = OpenCVBlockSettings(block=9, num_disparities=32)


@pytest.mark.parametrize("prefilter", ["sobel", "response"])
def test_whole_pixel_shift_is_found_in_both_views(prefilter):
    matched = match_opencv_block(*shifted_pair(7), replace(SMALL, prefilter=prefilter))
    np.testing.assert_allclose(matched.left.checked(1.0)[6:-6, 16:-8], 7, atol=0.125)
    np.testing.assert_allclose(matched.right.checked(1.0)[6:-6, 8:-16], 7, atol=0.125)


def test_negative_disparity_is_found_when_it_is_searched():
    matched = match_opencv_block(*shifted_pair(-9), replace(SMALL, min_disparity=-16))
    np.testing.assert_allclose(matched.left.checked(1.0)[6:-6, 8:-20], -9, atol=0.125)


def test_it_is_opencv_where_the_border_is_not_extended():
    left, right = square_pair()
    grey = [cv2.cvtColor(view, cv2.COLOR_RGB2GRAY) for view in (left, right)]
    theirs = cv2.StereoBM_create(32, 9)
    theirs.setTextureThreshold(10)
    theirs.setUniquenessRatio(15)
    theirs.setPreFilterType(cv2.STEREO_BM_PREFILTER_XSOBEL)
    expected = theirs.compute(*grey).astype(np.float32) / 16
    found = match_opencv_block(left, right, replace(SMALL, extend_border=False)).left.disparity
    np.testing.assert_array_equal(found, np.where(expected >= 0, expected, np.nan))


def test_plain_views_have_no_disparity():
    blank = np.full((30, 40, 1), 90, np.uint8)
    assert np.isnan(match_opencv_block(blank, blank, SMALL).left.disparity).all()


def test_islands_and_rivals_are_removed_on_request():
    pair = square_pair()
    found, without = (
        match_opencv_block(*pair, replace(SMALL, speckle_window=window)).left.disparity for window in (0, 2000)
    )
    assert np.isfinite(found[24:40, 70:90]).all()
    assert np.isnan(without[24:40, 70:90]).all()
    strict = match_opencv_block(*pair, replace(SMALL, uniqueness=60)).left.disparity
    assert np.isnan(strict).sum() > np.isnan(found).sum()


@pytest.mark.parametrize("size", [(12, 15), (10, 200), (40, 11)])
def test_views_narrower_than_the_search_are_matched(size):
    left, right = texture(*size, seed=1), texture(*size, seed=2)
    assert match_opencv_block(left, right, replace(SMALL, num_disparities=64)).right.disparity.shape == size


@pytest.mark.parametrize("size", [(9, 40), (1, 1)])
def test_views_smaller_than_the_block_are_refused(size):
    with pytest.raises(ValueError, match="does not fit"):
        match_opencv_block(texture(*size), texture(*size), SMALL)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"block": 4}, "block must be odd"),
        ({"block": 3}, "block must be odd"),
        ({"prefilter_size": 6}, "prefilter_size must be odd"),
        ({"prefilter_cap": 64}, "prefilter_cap"),
        ({"num_disparities": 20}, "multiple of 16"),
        ({"num_disparities": 0}, "num_disparities"),
        ({"texture": -1}, "texture"),
        ({"uniqueness": 100}, "uniqueness"),
        ({"lr_threshold": 0.0}, "lr_threshold"),
        ({"speckle_window": -1}, "speckle_window"),
    ],
)
def test_absurd_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_views_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        match_opencv_block(texture(16, 32), texture(16, 34), SMALL)
