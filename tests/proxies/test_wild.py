"""Labels that measures agree on: which pixels, how many, and that they tell right from wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.errors import ConfigError
from wilddepth.proxies.matchings import disparities, matched
from wilddepth.proxies.measures.catalog import MEASURES
from wilddepth.proxies.measures.matching import Matching, MissingPartError
from wilddepth.proxies.wild import (
    NEGATIVE,
    POSITIVE,
    UNKNOWN,
    VOTES,
    WildSettings,
    largest,
    second_opinion,
    wild_labels,
)
from wilddepth.worlds.catalog import render

EVERYWHERE = np.ones((1, 10), bool)


def test_the_largest_part_of_the_known_pixels():
    values = np.arange(10, dtype=np.float32)[None]
    assert largest(values, EVERYWHERE, 0.3).tolist() == [7 * [False] + 3 * [True]]
    known = values % 2 == 0
    assert np.flatnonzero(largest(values, known, 0.4)).tolist() == [6, 8]


def test_equal_values_stay_together():
    values = np.array([[0, 0, 0, 0, 0, 1, 1, 1, 2, 2]], np.float32)
    assert np.flatnonzero(largest(values, EVERYWHERE, 0.4)).tolist() == [8, 9]
    assert not largest(np.zeros((1, 10), np.float32), EVERYWHERE, 0.4).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=4, max_size=60), st.floats(0.05, 0.5))
def test_never_more_than_the_fraction_and_never_worse_than_what_is_left(values, fraction):
    row = np.array([values], np.float32)
    chosen = largest(row, np.ones_like(row, bool), fraction)
    assert chosen.sum() <= fraction * row.size
    assert not chosen.any() or row[chosen].min() > row[~chosen].max()


def scene(name="census-box"):
    sample, truth = render("flat-flying", 3, 0, 128, 256)
    wrong = np.abs(matched(sample, name, 48)[0].disparity - truth.disparity[0, 0].numpy()) > 3
    return matched(sample, name, 48)[0], wrong


@pytest.mark.parametrize("name", ["census-box", "census-sgm"])
def test_labels_tell_right_from_wrong_on_a_rendered_pair(name):
    m, wrong = scene(name)
    labels = wild_labels(m)
    assert set(np.unique(labels)) == {POSITIVE, NEGATIVE, UNKNOWN}
    assert wrong[labels == POSITIVE].mean() < wrong.mean() / 2
    assert wrong[labels == NEGATIVE].mean() > 2 * wrong.mean()


def test_positive_pixels_satisfy_every_measure_and_negative_ones_none():
    m = scene()[0]
    labels = wild_labels(m, WildSettings(fraction=0.3))
    for name in ("lrc", "uc"):
        assert (MEASURES[name].value(m)[labels == POSITIVE] == 1).all()
    for name in ("dbl", "med"):
        assert (MEASURES[name].value(m)[labels == POSITIVE] == 1).all()
    apkr = MEASURES["apkr"].value(m)
    assert apkr[labels == POSITIVE].min() >= np.quantile(apkr, 0.7) - 1e-6
    below = (labels == NEGATIVE) & (m.disparity > 0.5)
    assert (MEASURES["lrc"].value(m)[below] == 0).all()
    assert apkr[below].max() <= np.quantile(apkr, 0.3) + 1e-6


def test_disparity_0_is_wrong_only_where_the_search_begins_there():
    m = scene()[0]
    zero = m.disparity == 0
    assert zero.any()
    assert (wild_labels(m)[zero] == NEGATIVE).all()
    lower = Matching(m.disparity, m.right_disparity, m.volume, m.left, m.right, lowest=-1, unit=m.unit)
    assert (wild_labels(lower)[zero] == POSITIVE).any() or (wild_labels(lower)[zero] == UNKNOWN).any()
    kept = wild_labels(m, WildSettings(zero_is_wrong=False))
    assert (kept[zero] != NEGATIVE).any()


def test_unknown_disparities_have_no_label():
    m = scene()[0]
    holes = m.disparity.copy()
    holes[10:20, 30:60] = np.nan
    labels = wild_labels(Matching(holes, m.right_disparity, m.volume, m.left, m.right, unit=m.unit))
    assert (labels[10:20, 30:60] == UNKNOWN).all()


def test_other_measures_can_vote():
    own = WildSettings(positive=("da", "ds"), negative=("da",))
    m, wrong = scene()
    labels = wild_labels(Matching(m.disparity), own)
    assert wrong[labels == POSITIVE].mean() < wrong.mean() / 2 < wrong[labels == NEGATIVE].mean()
    assert set(np.unique(labels)) == {POSITIVE, NEGATIVE, UNKNOWN}


@pytest.mark.parametrize("fraction", [0.0, 0.6, -0.1])
def test_a_fraction_that_makes_no_sense_is_refused(fraction):
    with pytest.raises(ConfigError, match="fraction"):
        WildSettings(fraction=fraction)


def test_unknown_and_no_measures_are_refused():
    with pytest.raises(ConfigError, match="did you mean 'apkr'"):
        WildSettings(positive=("apkrr",))
    with pytest.raises(ConfigError, match="at least one measure"):
        WildSettings(negative=())


def test_a_missing_volume_is_named():
    with pytest.raises(MissingPartError, match="volume"):
        wild_labels(Matching(np.zeros((8, 8), np.float32), np.zeros((8, 8), np.float32)))


def test_an_unknown_matcher_is_refused():
    sample = render("flat-flying", 3, 0, 64, 96)[0]
    with pytest.raises(ConfigError, match="unknown matcher 'census-sgn'; did you mean 'census-sgm'"):
        matched(sample, "census-sgn", 16)


def test_a_second_opinion_confirms_what_is_near_or_far_and_leaves_the_rest_open():
    labels = np.array([[POSITIVE, POSITIVE, POSITIVE, NEGATIVE, NEGATIVE, NEGATIVE, UNKNOWN]], np.int8)
    other = np.array([[10.5, 12, np.nan, 10.5, 14, np.nan, 10]], np.float32)
    found = second_opinion(labels, Matching(np.full((1, 7), 10, np.float32)), other)
    assert found.dtype == np.int8
    assert found.tolist() == [[POSITIVE, UNKNOWN, UNKNOWN, UNKNOWN, NEGATIVE, UNKNOWN, UNKNOWN]]


@pytest.mark.parametrize("name, second", [("census-box", "census-sgm"), ("census-sgm", "opencv-sgm")])
def test_another_matcher_makes_labels_purer(name, second):
    sample, truth = render("flat-flying", 3, 0, 128, 256)
    m = matched(sample, name, 48)[0]
    wrong = np.abs(m.disparity - truth.disparity[0, 0].numpy()) > 3
    votes = wild_labels(m, VOTES["views"])
    confirmed = second_opinion(votes, m, disparities(sample, second, 48)[0])
    for kind, share in ((POSITIVE, ~wrong), (NEGATIVE, wrong)):
        assert share[confirmed == kind].mean() > share[votes == kind].mean()
        assert (confirmed == kind).mean() > 0.03
