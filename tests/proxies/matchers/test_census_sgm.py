"""Our semi-global matching on census codes: against its plain definition, scipy, and pairs known by construction."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

import plain_matching as plain
from known_pairs import shifted_pair, square_pair, texture
from wilddepth.proxies.matched import View, Volume, without_islands
from wilddepth.proxies.matchers.census import census_codes, hamming_costs
from wilddepth.proxies.matchers.census_sgm import CensusSGMSettings, match_census_sgm
from wilddepth.proxies.matchers.select import disparities
from wilddepth.proxies.matchers.sweep import gathered, penalties

SMALL = CensusSGMSettings(num_disparities=24, subpixel="none")
SIZES = [(9, 13), (1, 17), (7, 1), (1, 1), (6, 40), (5, 8)]
"""Odd and even, one row, one column, wider and narrower than the search."""


def grey(height, width, seed=0, levels=256):
    return np.random.default_rng(seed).integers(0, levels, (height, width), dtype=np.uint8)


@pytest.mark.parametrize("window", [(5, 5), (7, 7), (7, 9), (3, 3), (9, 9), (1, 3)])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lowest", [0, -4, 3])
def test_costs_count_the_differing_bits(size, window, lowest):
    first, second = grey(*size, 1, 6), grey(*size, 2, 6)
    ours = hamming_costs(census_codes(first, *window), census_codes(second, *window), lowest, 11, threads=2)
    expected = plain.hamming(plain.census(first, *window), plain.census(second, *window), lowest, 11)
    np.testing.assert_array_equal(ours, expected)


def test_codes_at_a_zero_border_are_zero():
    codes = census_codes(grey(9, 12), 5, 5, border="zero")[0]
    assert codes[2:-2, 2:-2].any(axis=None)
    codes[2:-2, 2:-2] = 0
    assert not codes.any()
    assert not census_codes(grey(3, 12), 5, 5, border="zero").any()


@pytest.mark.parametrize("p2", [40, 700], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("adapt", [False, True])
@pytest.mark.parametrize("directions", [4, 8])
@pytest.mark.parametrize("size", SIZES)
def test_sums_of_path_costs_are_those_of_the_definition(size, directions, adapt, p2):
    costs = np.random.default_rng(3).integers(0, 25, (*size, 10), dtype=np.uint8)
    image = grey(*size)
    expected = plain.gathered(costs, image, 7, p2, directions, adapt)
    for threads in (1, 2):
        ours = gathered(costs, image, 7, penalties(7, p2, adapt=adapt), directions, 24, threads)
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("p2", [223, 224], ids=["8 bits", "16 bits"])
def test_the_largest_path_costs_do_not_overflow(p2):
    # Two neighbours that want disparities far apart: every path pays all it can.
    costs = np.full((2, 4, 40), 24, np.uint8)
    costs[:, ::2, 0] = costs[:, 1::2, 39] = 0
    expected = plain.gathered(costs, grey(2, 4), 8, p2, 8, adapt=False)
    np.testing.assert_array_equal(gathered(costs, grey(2, 4), 8, penalties(8, p2, adapt=False), 8, 24), expected)


def test_one_disparity_is_a_search_too():
    costs = np.random.default_rng(3).integers(0, 25, (4, 5, 1), dtype=np.uint8)
    np.testing.assert_array_equal(
        gathered(costs, grey(4, 5), 8, penalties(8, 90, adapt=False), 8, 24), 8 * costs.astype(int)
    )
    assert (disparities(Volume(costs, 0), "parabola")[0] == 0).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("subpixel", ["none", "parabola", "equiangular"])
@pytest.mark.parametrize("uniqueness", [0, 20])
@pytest.mark.parametrize("lowest", [0, -4, 3])
def test_both_maps_take_the_smallest_cost(kind, subpixel, uniqueness, lowest):
    for size in SIZES:
        costs = np.random.default_rng(5).integers(0, 60, (*size, 11)).astype(kind)
        if kind is np.float32:
            costs[np.random.default_rng(6).random(costs.shape) < 0.3] = np.inf
            costs[0, 0] = np.inf
        left, right = disparities(Volume(costs, lowest), subpixel, uniqueness, threads=2)
        np.testing.assert_allclose(left, plain.chosen(costs, lowest, subpixel, uniqueness), rtol=1e-6)
        theirs = plain.chosen(plain.of_right(costs, lowest), lowest, subpixel, uniqueness)
        np.testing.assert_allclose(right, theirs, rtol=1e-6)


def test_curves_find_the_lowest_point_of_their_own_kind():
    at = np.arange(9, dtype=np.float32)
    parabola, lines = (at - 4.3) ** 2, np.abs(at - 4.3)
    volume = Volume(np.stack([parabola, lines])[:, None].astype(np.float32), 0)
    assert disparities(volume, "parabola")[0][0, 0] == pytest.approx(4.3, abs=1e-6)
    assert disparities(volume, "equiangular")[0][1, 0] == pytest.approx(4.3, abs=1e-6)


@pytest.mark.parametrize("window", [(5, 5), (7, 7), (7, 9)])
@pytest.mark.parametrize("directions", [4, 8])
@pytest.mark.parametrize("subpixel", ["none", "parabola", "equiangular"])
def test_whole_pixel_shift_is_found_in_both_views(window, directions, subpixel):
    settings = replace(SMALL, window_height=window[0], window_width=window[1], directions=directions, subpixel=subpixel)
    matched = match_census_sgm(*shifted_pair(7), settings)
    # Noise that differs from pixel to pixel has no smooth costs between whole disparities.
    slack = 0.0 if subpixel == "none" else 0.5
    for checked in (matched.left.checked(1.0)[4:-4, 12:-4], matched.right.checked(1.0)[4:-4, 4:-12]):
        np.testing.assert_allclose(checked, 7, atol=slack)
        assert abs(checked.mean() - 7) < 0.02


def test_negative_disparity_is_found_when_it_is_searched():
    matched = match_census_sgm(*shifted_pair(-9), replace(SMALL, min_disparity=-16))
    np.testing.assert_allclose(matched.left.checked(1.0)[4:-4, 4:-12], -9)


def test_occluded_band_fails_the_left_right_check():
    matched = match_census_sgm(*square_pair(), SMALL)
    checked = matched.left.checked(1.0)
    assert np.isnan(checked[22:42, 46:58]).mean() > 0.95
    np.testing.assert_allclose(checked[22:42, 66:94], 20)
    np.testing.assert_allclose(checked[4:10, 20:-4], 4)
    assert np.isnan(matched.right.checked(1.0)[22:42, 82:94]).mean() > 0.95


def test_gain_and_offset_between_the_views_are_survived():
    left, right = shifted_pair(7, channels=1)
    darker = np.rint(right * 0.7 + 20).astype(np.uint8)
    checked = match_census_sgm(left, darker, SMALL).left.checked(1.0)
    assert np.mean(checked[4:-4, 12:-4] == 7) > 0.97


def test_larger_penalty_at_edges_only_is_a_switch():
    pair = square_pair()
    plainly, adapted = (
        match_census_sgm(*pair, replace(SMALL, adapt_p2=adapt), volumes=True) for adapt in (False, True)
    )
    np.testing.assert_array_equal(adapted.cost.costs, plainly.cost.costs)
    assert adapted.aggregated.costs.mean() < 0.9 * plainly.aggregated.costs.mean()


def test_uniqueness_drops_what_has_a_rival():
    blank = np.full((20, 30, 1), 90, np.uint8)
    assert np.isnan(match_census_sgm(blank, blank, replace(SMALL, uniqueness=5)).left.disparity).all()
    matched = match_census_sgm(*shifted_pair(7), replace(SMALL, uniqueness=5))
    np.testing.assert_array_equal(matched.left.disparity[4:-4, 30:-4], 7)


def test_volumes_are_given_only_when_asked_for():
    pair = shifted_pair(5, 12, 30)
    matched = match_census_sgm(*pair, SMALL, volumes=True)
    assert matched.cost.costs.shape == matched.aggregated.costs.shape == (12, 30, 24)
    assert (matched.cost.costs.dtype, matched.aggregated.costs.dtype) == (np.uint8, np.uint16)
    np.testing.assert_array_equal(matched.cost.costs[:, 5:, 5][4:-4, 4:-4], 0)
    assert match_census_sgm(*pair, SMALL).aggregated is None


def test_identical_views_cost_nothing_at_no_disparity():
    left, _ = shifted_pair(5)
    assert not match_census_sgm(left, left, SMALL, volumes=True).cost.costs[..., 0].any()


def test_plain_views_have_the_smallest_disparity():
    blank = np.full((20, 30, 1), 90, np.uint8)
    assert (match_census_sgm(blank, blank, SMALL).left.disparity == 0).all()


@pytest.mark.parametrize("size", SIZES)
def test_any_size_is_matched(size):
    left, right = grey(*size, 1)[..., None], grey(*size, 2)[..., None]
    matched = match_census_sgm(left, right, SMALL)
    assert matched.left.disparity.shape == matched.right.difference.shape == size


def test_two_threads_give_the_same_to_the_bit():
    one, two = (match_census_sgm(*square_pair(), SMALL, volumes=True, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.aggregated.costs, two.aggregated.costs)
    np.testing.assert_array_equal(one.left.disparity, two.left.disparity)
    np.testing.assert_array_equal(one.right.difference, two.right.difference)


def test_islands_are_those_that_scipy_finds():
    rng = np.random.default_rng(0)
    levels = rng.choice([3.0, 3.5, 9.0, np.nan], (40, 50)).astype(np.float32)
    difference = np.where(rng.random((40, 50)) < 0.1, np.inf, 0).astype(np.float32)
    view = View(levels, difference)
    found = without_islands(view, 1.0, 6, 1.0)
    expected, agreed = levels.copy(), view.checked(1.0)
    for level in ((3.0, 3.5), (9.0,)):  # 3 and 3.5 belong together, 9 does not
        islands, number = ndimage.label(np.isin(agreed, level))
        sizes = ndimage.sum_labels(np.ones_like(levels), islands, np.arange(number + 1))
        expected[(islands > 0) & (sizes[islands] <= 6)] = np.nan
    np.testing.assert_array_equal(found.disparity, expected)
    assert np.isnan(found.disparity).sum() > np.isnan(levels).sum() + 50
    assert without_islands(view, 1.0, 0, 1.0) is view


def test_islands_are_removed_on_request():
    pair = square_pair()
    island = replace(SMALL, speckle_window=2000)
    assert np.isfinite(match_census_sgm(*pair, SMALL).left.disparity[22:42, 66:94]).all()
    assert np.isnan(match_census_sgm(*pair, island).left.disparity[22:42, 66:94]).all()


def test_costs_say_where_the_match_is_inside():
    inside = Volume(np.zeros((1, 4, 3), np.uint8), -1, 0.5).inside()
    np.testing.assert_array_equal(inside, [[1, 1, 0], [1, 1, 1], [1, 1, 1], [0, 1, 1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window_height": 4}, "odd sides"),
        ({"window_width": -3}, "odd sides"),
        ({"window_height": 1, "window_width": 1}, "neighbour"),
        ({"window_height": 17, "window_width": 17}, "at most 255"),
        ({"p1": 0}, "0 < p1"),
        ({"p1": 123}, "0 < p1"),
        ({"p2": 5000}, "overflows"),
        ({"num_disparities": 0}, "num_disparities"),
        ({"num_disparities": 100000}, "num_disparities"),
        ({"min_disparity": -100000}, "min_disparity"),
        ({"uniqueness": 100}, "uniqueness"),
        ({"lr_threshold": 0.0}, "lr_threshold"),
        ({"lr_threshold": float("nan")}, "lr_threshold"),
        ({"speckle_window": -1}, "speckle_window"),
        ({"speckle_range": 0.0}, "speckle_range"),
    ],
)
def test_absurd_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_views_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        match_census_sgm(texture(16, 32), texture(16, 34), SMALL)


def test_empty_views_are_refused():
    empty = np.zeros((0, 8, 1), np.uint8)
    with pytest.raises(ValueError, match="empty"):
        match_census_sgm(empty, empty, SMALL)
