"""Semi-global matching on pairs whose disparity is known by construction."""

from dataclasses import replace

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from known_pairs import shifted_pair, square_pair, texture
from wilddepth.proxies.sgm import MatcherSettings, left_right_difference, match_pair, mirror, structure_channels

SMALL = MatcherSettings(num_disparities=32)


@pytest.mark.parametrize("images", ["grey", "colour", "structure"])
@pytest.mark.parametrize("mode", ["sgbm", "hh", "3way", "hh4"])
def test_whole_pixel_shift_is_found_in_both_views(mode, images):
    matched = match_pair(*shifted_pair(7), replace(SMALL, mode=mode, images=images))
    np.testing.assert_array_equal(matched.left.checked(1.0)[4:-4, 12:-4], 7)
    np.testing.assert_array_equal(matched.right.checked(1.0)[4:-4, 4:-12], 7)


def test_one_grey_channel_is_matched_like_its_copies():
    left, right = shifted_pair(5, channels=1)
    one = match_pair(left, right, SMALL)
    three = match_pair(left.repeat(3, axis=2), right.repeat(3, axis=2), SMALL)
    np.testing.assert_array_equal(one.left.disparity, three.left.disparity)


def test_one_grey_channel_can_be_matched_as_colour():
    matched = match_pair(*shifted_pair(5, channels=1), replace(SMALL, images="colour"))
    np.testing.assert_array_equal(matched.left.checked(1.0)[4:-4, 12:-4], 5)


def test_negative_disparity_is_found_when_it_is_searched():
    settings = replace(SMALL, min_disparity=-16)
    matched = match_pair(*shifted_pair(-9), settings)
    np.testing.assert_array_equal(matched.left.checked(1.0)[4:-4, 4:-12], -9)
    np.testing.assert_array_equal(matched.right.checked(1.0)[4:-4, 12:-4], -9)


def test_near_surface_is_found_up_to_the_border():
    without = match_pair(*shifted_pair(7), replace(SMALL, extend_border=False))
    matched = match_pair(*shifted_pair(7), SMALL)
    assert np.isnan(without.left.disparity[:, :31]).all()
    np.testing.assert_allclose(matched.left.disparity[4:-4, 7:31], 7, atol=0.25)


def test_occluded_band_fails_the_left_right_check():
    matched = match_pair(*square_pair(), SMALL)
    checked = matched.left.checked(1.0)
    # 16 columns of wall left of the square are hidden in the right view; right of it in the left view.
    assert np.isnan(checked[22:42, 46:58]).mean() > 0.95
    np.testing.assert_array_equal(checked[22:42, 66:94], 20)
    np.testing.assert_array_equal(checked[4:10, 20:-4], 4)
    assert np.isnan(matched.right.checked(1.0)[22:42, 82:94]).mean() > 0.95


def test_views_agree_where_both_are_checked():
    matched = match_pair(*square_pair(), SMALL)
    left, right = matched.left.checked(1.0), matched.right.checked(1.0)
    rows, columns = np.nonzero(np.isfinite(left))
    there = right[rows, np.rint(columns - left[rows, columns]).astype(int)]
    assert rows.size > 0.6 * left.size
    assert np.mean(np.abs(there - left[rows, columns]) <= 1) > 0.98


def test_gain_and_offset_between_the_views_are_survived():
    left, right = shifted_pair(7, channels=1)
    darker = np.rint(right * 0.7 + 20).astype(np.uint8)
    checked = match_pair(left, darker, SMALL).left.checked(1.0)
    assert np.mean(checked[4:-4, 12:-4] == 7) > 0.97


def test_matching_repeats_exactly():
    first, second = (match_pair(*square_pair(), SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.left.disparity, second.left.disparity)
    np.testing.assert_array_equal(first.right.difference, second.right.difference)


def test_mirrored_pair_gives_mirrored_views():
    left, right = square_pair()
    matched, swapped = match_pair(left, right, SMALL), match_pair(mirror(right), mirror(left), SMALL)
    np.testing.assert_array_equal(matched.right.disparity, mirror(swapped.left.disparity))
    np.testing.assert_array_equal(matched.right.difference, mirror(swapped.left.difference))


def test_difference_is_interpolated_on_a_slope_and_not_across_an_edge():
    slope = np.tile(np.arange(12, dtype=np.float32) * 0.5, (1, 1))  # right disparity x / 2
    left = np.full((1, 12), 2.5, np.float32)
    np.testing.assert_allclose(left_right_difference(left, slope)[0, 8], 0.25)  # at 5.5: 2.75
    edge = np.where(np.arange(12) < 6, 0, 10).astype(np.float32)[None]
    np.testing.assert_allclose(left_right_difference(left, edge)[0, 8], 2.5)  # never the mixture 5


def test_difference_is_infinite_where_nothing_can_be_compared():
    left = np.array([[3, np.nan, 1, -2, 2.5]], np.float32)
    right = np.array([[0, np.nan, 0, 0, 0]], np.float32)
    difference = left_right_difference(left, right)[0]
    assert np.isinf(difference[:4]).all()  # leaves the view, has no value, meets no value, leaves at the other end
    assert difference[4] == 2.5  # one of both columns is missing: the other one decides


def test_structure_channels_show_rows_and_forget_gain():
    plain = np.full((20, 20), 90, np.uint8)
    np.testing.assert_array_equal(structure_channels(plain)[..., 1:], 128)
    rows = np.repeat(np.arange(0, 200, 10, dtype=np.uint8)[:, None], 20, axis=1)
    np.testing.assert_array_equal(structure_channels(rows)[1:-1, :, 1], 128 + 40)  # 8 x 10 grey levels / 2
    grey = texture(40, 40, channels=1)[..., 0]
    half = structure_channels(grey // 2)[..., 2].astype(int)
    assert np.abs(half - structure_channels(grey)[..., 2]).max() <= 5


def test_islands_are_removed_on_request():
    left, right = square_pair()
    island = replace(SMALL, speckle_window=2000, speckle_range=1)
    assert np.isfinite(match_pair(left, right, SMALL).left.disparity[22:42, 66:94]).all()
    assert np.isnan(match_pair(left, right, island).left.disparity[22:42, 66:94]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"block": 4}, "odd"),
        ({"block": 0}, "odd"),
        ({"num_disparities": 40}, "multiple of 16"),
        ({"num_disparities": 0}, "multiple of 16"),
        ({"p1": 0}, "0 < p1 < p2"),
        ({"p1": 96}, "0 < p1 < p2"),
        ({"block": 11, "p2": 96}, "16-bit"),
        ({"prefilter_cap": 64}, "1..63"),
        ({"lr_threshold": 0.0}, "lr_threshold"),
    ],
)
def test_settings_that_opencv_would_misread_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_views_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        match_pair(texture(16, 32), texture(16, 34), SMALL)


def test_float_images_are_refused():
    with pytest.raises(TypeCheckError):
        match_pair(texture(16, 32) / 255.0, texture(16, 32) / 255.0, SMALL)
