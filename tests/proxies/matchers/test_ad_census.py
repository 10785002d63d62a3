"""AD-Census, stage by stage against plain definitions, and its switches."""

from dataclasses import replace

import numpy as np
import pytest

import plain_matching as plain
from known_pairs import shifted_pair, square_pair, texture
from wilddepth.proxies.matchers.ad_census import ADCensusSettings, match_ad_census
from wilddepth.proxies.matchers.ad_cost import ONE, first_costs
from wilddepth.proxies.matchers.cross import LONGEST_ARM, arms_of, averaged, pixels
from wilddepth.proxies.matchers.scanline import optimised

SMALL = ADCensusSettings(num_disparities=24)
FEW_VOTES = replace(SMALL, vote_count=1, vote_share=0.3, arm_colour=80, arm_colour_strict=60)
"""Supports are small in noise."""
SIZES = [(8, 11), (1, 13), (9, 1), (1, 1), (5, 7)]
LENGTHS, COLOURS = (6, 3), (60, 20)


def picture(size, seed=0):
    """Smooth enough for arms of all lengths."""
    rng = np.random.default_rng(seed)
    return np.clip(128 + np.cumsum(rng.integers(-25, 26, (*size, 3)), axis=1), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("lowest", [0, -3, 2])
@pytest.mark.parametrize("size", SIZES)
def test_first_costs_are_those_of_the_definition(size, lowest):
    left, right = picture(size, 1), picture(size, 2)
    ours = first_costs(left, right, "both", (10.0, 30.0), (7, 9), (lowest, 9), threads=2)
    expected = plain.ad_census_costs(left, right, (10, 30), (7, 9), lowest, 9)
    np.testing.assert_allclose(ours / ONE, expected, atol=1e-5)


def test_either_term_can_be_left_out():
    left, right = picture((6, 20), 1), picture((6, 20), 2)
    both, colour, census = (
        first_costs(left, right, terms, (10.0, 30.0), (5, 5), (0, 1)) for terms in ("both", "colour", "census")
    )
    np.testing.assert_array_equal(colour + census, both)
    assert colour.any()
    assert census.any()


@pytest.mark.parametrize("size", SIZES)
def test_arms_end_at_edges_at_their_length_and_at_the_border(size):
    image = picture(size)
    np.testing.assert_array_equal(arms_of(image, LENGTHS, COLOURS), plain.arms(image, LENGTHS, COLOURS))


def test_arms_of_a_plain_picture_reach_the_border_or_their_length():
    arms = arms_of(np.full((9, 90, 3), 7, np.uint8), (34, 17), (20, 6))
    np.testing.assert_array_equal(arms[0, :, 0], range(9))
    np.testing.assert_array_equal(arms[2, 0], np.minimum(np.arange(90), 33))
    np.testing.assert_array_equal(arms[3, 0], np.minimum(np.arange(90)[::-1], 33))


@pytest.mark.parametrize("rounds", range(6))
@pytest.mark.parametrize("size", SIZES)
def test_costs_are_averaged_over_supports(size, rounds):
    arms = arms_of(picture(size), LENGTHS, COLOURS)
    costs = np.random.default_rng(0).random((*size, 5)) * 2
    expected = plain.averaged(costs, arms.astype(int), rounds)
    ours = np.rint(costs * ONE).astype(np.int32)
    averaged(ours, arms, rounds, threads=2)
    np.testing.assert_allclose(ours / ONE, expected, atol=2e-5)


def test_supports_are_counted():
    arms = arms_of(picture((9, 12)), LENGTHS, COLOURS)
    for rows_first in (True, False):
        counted = [
            [len(plain.support(arms.astype(int), y, x, rows_first=rows_first)) for x in range(12)] for y in range(9)
        ]
        np.testing.assert_array_equal(pixels(arms, rows_first=rows_first), counted)


def test_the_largest_sums_do_not_overflow():
    # The largest costs on the largest supports, far enough along for running sums to wrap round several times.
    costs = np.full((80, 200, 1), 2 * ONE, np.int32)
    averaged(costs, arms_of(np.zeros((80, 200, 3), np.uint8), (LONGEST_ARM, 17), (20, 6)), 2)
    assert abs(costs - 2 * ONE).max() <= 1


@pytest.mark.parametrize("lowest", [0, -3, 2])
@pytest.mark.parametrize("size", SIZES)
def test_scanlines_follow_their_recursion(size, lowest):
    left, right = picture(size, 1), picture(size, 2)
    costs = np.random.default_rng(0).random((*size, 7)) * 2
    expected = plain.optimised(costs, left, right, (1.0, 3.0), 15, lowest)
    whole = np.rint(costs * ONE).astype(np.int32)
    for threads in (1, 2):
        ours = optimised(whole, left, right, (ONE, 3 * ONE), 15, lowest, threads)
        np.testing.assert_allclose(ours / ONE, expected, atol=1e-4 * (sum(size)))


def test_shift_is_found_in_both_views():
    matched = match_ad_census(*shifted_pair(7), SMALL)
    np.testing.assert_allclose(matched.left.checked(1.0)[4:-4, 12:-4], 7, atol=0.3)
    np.testing.assert_allclose(matched.right.checked(1.0)[4:-4, 4:-12], 7, atol=0.3)


def test_hidden_band_is_filled_from_the_wall():
    matched = match_ad_census(*square_pair(), SMALL)
    assert np.median(np.abs(matched.left.disparity[22:42, 46:58] - 4)) < 1
    np.testing.assert_allclose(matched.left.disparity[22:42, 66:94], 20, atol=0.5)
    assert matched.left.valid.all()
    assert matched.right.valid.all()


SWITCHES = [
    {"terms": "colour"},
    {"terms": "census"},
    {"aggregations": 0},
    {"scanlines": False},
    {"check": False},
    {"votes": 0},
    {"occlusion": "intersection"},
    {"interpolate": False},
    {"adjust": False},
    {"subpixel": "none"},
    {"median": False},
]


@pytest.fixture(scope="module")
def noisy_pair():
    """Noise beside plain areas, and a hidden band: every stage has something to do."""
    left, right = square_pair()
    noise = np.random.default_rng(0).normal(0, 12, (2, *left.shape))
    left, right = (
        np.clip(0.5 * view + n, 0, 255).astype(np.uint8) for view, n in zip((left, right), noise, strict=True)
    )
    left[:, 20:40] = right[:, 16:36] = 90
    return left, right


@pytest.mark.parametrize("switch", SWITCHES, ids=str)
def test_every_stage_is_a_switch(noisy_pair, switch):
    whole, without = (match_ad_census(*noisy_pair, settings) for settings in (FEW_VOTES, replace(FEW_VOTES, **switch)))
    assert not np.array_equal(whole.left.disparity, without.left.disparity, equal_nan=True)
    near = without.left.disparity[22:42, 66:94]
    assert np.nanmedian(np.abs(near - 20)) < 1


def test_without_interpolation_outliers_have_no_disparity(noisy_pair):
    found = match_ad_census(*noisy_pair, replace(SMALL, votes=0, interpolate=False)).left.disparity
    assert 0.05 < np.isnan(found).mean() < 0.6


@pytest.mark.parametrize("threads", [2, 5])
def test_more_threads_give_the_same_to_the_bit(noisy_pair, threads):
    one, more = (match_ad_census(*noisy_pair, SMALL, volumes=True, threads=number) for number in (1, threads))
    np.testing.assert_array_equal(one.aggregated.costs, more.aggregated.costs)
    np.testing.assert_array_equal(one.left.disparity, more.left.disparity)
    np.testing.assert_array_equal(one.right.disparity, more.right.disparity)


def test_volumes_are_comparable_and_given_when_asked_for():
    pair = shifted_pair(5, 12, 30)
    matched = match_ad_census(*pair, SMALL, volumes=True)
    for volume in (matched.cost, matched.aggregated):
        values = volume.values()
        assert values.shape == (12, 30, 24)
        assert values.min() >= 0
        assert values.max() <= 1
    assert match_ad_census(*pair, SMALL).cost is None


@pytest.mark.parametrize("size", SIZES)
def test_any_size_is_matched(size):
    matched = match_ad_census(picture(size, 1), picture(size, 2), SMALL)
    assert matched.left.disparity.shape == matched.right.difference.shape == size


def test_plain_views_give_a_plain_map():
    blank = np.full((20, 30, 1), 90, np.uint8)
    assert (match_ad_census(blank, blank, SMALL).left.disparity == 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window_height": 4}, "odd sides"),
        ({"num_disparities": 0}, "num_disparities"),
        ({"lr_threshold": -1.0}, "lr_threshold"),
        ({"colour_scale": 0.0}, "scales"),
        ({"census_scale": float("inf")}, "scales"),
        ({"arm": 0}, "arm must"),
        ({"arm": 35}, "overflow"),
        ({"aggregations": -1}, "aggregations"),
        ({"votes": 1000}, "votes"),
        ({"arm_strict": -1}, "arm_strict"),
        ({"arm_colour": -1}, "arm_colour"),
        ({"edge_colour": -1}, "edge_colour"),
        ({"vote_count": -1}, "vote_count"),
        ({"p1": 0.0}, "p1"),
        ({"p1": 4.0}, "p1"),
        ({"p2": 1000.0}, "p2"),
        ({"vote_share": 1.5}, "vote_share"),
        ({"speckle_window": -1}, "speckle_window"),
    ],
)
def test_absurd_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_views_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        match_ad_census(texture(16, 32), texture(16, 34), SMALL)
