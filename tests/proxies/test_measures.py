"""Every confidence measure: closed forms on hand-made curves, fast against plain, one sign, refusals."""

import math
from functools import cache

import cv2
import numpy as np
import pytest
from jaxtyping import TypeCheckError

import plain_measures
from known_pairs import shifted_pair
from wilddepth.errors import ConfigError
from wilddepth.metrics.confidence import area_under_error_rate
from wilddepth.proxies.matchings import match, matched
from wilddepth.proxies.measures.catalog import MEASURES, all_confidences, measure
from wilddepth.proxies.measures.matching import Matching, MissingPartError
from wilddepth.worlds.catalog import render

PARTS = ("right_disparity", "volume", "left", "right")


def curve_matching(*costs, unit=1.0, dtype=np.float32):
    """One pixel with this cost curve, matched by it."""
    volume = np.array(costs, dtype)[None, None]
    return Matching(volume.argmin(-1).astype(np.float32), volume=volume, unit=unit)


def value(name, matching):
    return float(MEASURES[name].value(matching)[0, 0])


W_CURVE = (0.6, 0.2, 0.5, 0.3, 0.4)
"""Least 0.2 at 1; second 0.3 at 3, which is the rival too; sum 2."""
V_CURVE = (0.5, 0.3, 0.1, 0.2, 0.4)
"""Least 0.1 at 2; second 0.2 beside it; no other local minimum."""


@pytest.mark.parametrize(
    "name, expected",
    [
        ("msm", -0.2),
        ("lc", (0.6 - 0.2) / 480),
        ("cur", 0.6 + 0.5 - 0.4),
        ("pkr", 0.4 / 0.3),
        ("pkrn", 0.4 / 0.3),
        ("mm", 0.1),
        ("mmn", 0.1),
        ("nmm", math.exp(0.1 / 8)),
        ("nmmn", math.exp(0.1 / 8)),
        ("wmn", 0.1 / 2),
        ("wmnn", 0.1 / 2),
        ("noi", -2),
        ("dam", -2),
        ("apkr", 0.31 / 0.21),
        ("lmn", 1),
        ("mlm", math.exp(-0.2 / 8) / sum(math.exp(-c / 8) for c in W_CURVE)),
        ("aml", 1 / sum(math.exp(-((c - 0.2) ** 2) / 8) for c in W_CURVE)),
        ("per", -sum(math.exp(-(((c - 0.2) / 0.25) ** 2)) for c in (0.6, 0.5, 0.3, 0.4))),
    ],
)
def test_a_curve_with_two_minima(name, expected):
    assert value(name, curve_matching(*W_CURVE)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "name, expected", [("mm", 0.1), ("pkr", 0.3 / 0.2), ("noi", -1), ("dam", -1), ("wmn", 0.1 / 1.5)]
)
def test_a_curve_with_one_minimum_has_its_second_cost_for_a_rival(name, expected):
    assert value(name, curve_matching(*V_CURVE)) == pytest.approx(expected, rel=1e-5)


FLAT = {"msm": -0.5, "mlm": 0.25, "aml": 0.25, "nem": -2, "noi": -4, "per": -3, "dam": -1}
FLAT |= dict.fromkeys(("lc", "cur", "mm", "mmn", "wmn", "wmnn"), 0.0)
FLAT |= dict.fromkeys(("pkr", "pkrn", "apkr", "apkrn", "nmm", "nmmn"), 1.0)


@pytest.mark.parametrize("name, expected", FLAT.items())
def test_a_flat_curve_is_sure_of_nothing(name, expected):
    assert value(name, curve_matching(0.5, 0.5, 0.5, 0.5)) == pytest.approx(expected, abs=1e-6)


def test_a_curve_of_zeros_has_no_margin():
    assert value("wmn", curve_matching(0, 0, 0)) == value("wmnn", curve_matching(0, 0, 0)) == 0


def test_neighbours_are_mirrored_at_the_ends_of_the_range():
    assert value("cur", curve_matching(0.1, 0.4, 0.9)) == pytest.approx(2 * (0.4 - 0.1))
    assert value("lc", curve_matching(0.9, 0.4, 0.1)) == pytest.approx(0.3 / 480)


def test_entropy_is_0_for_one_disparity_alone_and_all_bits_for_none():
    assert value("nem", curve_matching(0.0, 100.0, 100.0, 100.0)) == pytest.approx(0, abs=1e-6)
    assert value("nem", curve_matching(*8 * [0.5])) == pytest.approx(-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_costs_are_counted_in_their_unit(dtype):
    whole = curve_matching(60, 20, 50, 30, 40, unit=0.01, dtype=dtype)
    for name in plain_measures.CURVE_MEASURES:
        assert value(name, whole) == pytest.approx(value(name, curve_matching(*W_CURVE)), rel=1e-5), name


def test_infinite_costs_are_the_largest_finite_one():
    far = curve_matching(0.6, 0.2, 0.5, 0.3, np.inf)
    assert value("wmn", far) == pytest.approx(0.1 / (0.6 + 0.2 + 0.5 + 0.3 + 0.6))
    assert np.isfinite(list(all_confidences(far).values())).all()


def test_pixels_that_want_one_right_pixel():
    """Columns 2, 3, 4 want column 1 at disparities 1, 2, 3: the middle one costs least, the last one is nearest."""
    disparity = np.array([[0, 5, 1, 2, 3]], np.float32)
    volume = np.full((1, 5, 4), 0.9, np.float32)
    volume[0, [2, 3, 4], [1, 2, 3]] = 0.3, 0.1, 0.2
    m = Matching(disparity, volume=volume)
    assert MEASURES["uc"].value(m).tolist() == [[1, 0, 0, 1, 0]]
    assert MEASURES["acc"].value(m).tolist() == [[1, 0, 0, 0, 0]]
    volume[0, 4, 3] = 0.05
    assert MEASURES["acc"].value(Matching(disparity, volume=volume)).tolist() == [[1, 0, 0, 0, 1]]


def test_views_agree_to_three_pixels_and_only_inside():
    m = Matching(np.array([[1, 2, 2, 2]], np.float32), np.array([[5, 6, 0, 0]], np.float32))
    assert MEASURES["lrc"].value(m).tolist() == [[0, 0, 1, 0]]  # -1 and 0 px: outside, 2 against 5, against 6


def test_a_ramp_of_disparity_and_a_step():
    ramp = np.tile(np.arange(20, dtype=np.float32) * 0.5, (20, 1))
    m = Matching(ramp)
    assert MEASURES["dvm"].value(m)[10, 10] == pytest.approx(-8 * 0.5)
    assert MEASURES["da"].value(m)[10, 10] == pytest.approx(
        3 / 11
    )  # half a pixel a column: itself and one on each side
    step = Matching(np.where(np.arange(40) < 20, 3, 9).astype(np.float32)[None].repeat(30, axis=0))
    assert MEASURES["ds"].value(step)[15, 5] == pytest.approx(math.log(121))
    assert MEASURES["ds"].value(step)[15, 19] == pytest.approx(math.log(121 / 2))
    assert MEASURES["med"].value(step)[15].tolist() == 40 * [1]


def test_an_outlier_is_far_from_its_median():
    disparity = np.full((30, 30), 7, np.float32)
    disparity[12, 12] = 11
    assert MEASURES["med"].value(Matching(disparity))[12, 12] == 0
    disparity[12, 12] = 10
    assert MEASURES["med"].value(Matching(disparity))[12, 12] == 1


def test_distances_to_borders_and_edges():
    disparity = np.where(np.arange(60) < 30, 0, 200).astype(np.float32)[None].repeat(40, axis=0)
    m = Matching(disparity, volume=np.zeros((40, 60, 16), np.uint8), left=disparity.astype(np.uint8))
    assert MEASURES["db"].value(m)[20, [0, 5, 59]].tolist() == [0, 5, 0]
    assert MEASURES["dbl"].value(m)[0, [14, 15]].tolist() == [0, 1]
    edge = np.flatnonzero(MEASURES["dtd"].value(m)[20] == 0)
    assert 29 <= edge.min() <= edge.max() <= 30
    assert MEASURES["dtd"].value(m)[20, 50] == pytest.approx(50 - edge.max())
    assert MEASURES["dte"].value(m)[20, 50] == pytest.approx(edge.max() - 50)
    nothing = Matching(np.zeros((3, 4), np.float32))
    assert MEASURES["dtd"].value(nothing).tolist() == np.full((3, 4), 5.0).tolist()  # the diagonal


def test_gradient_counts_both_signs():
    left = np.array([[0, 0, 100, 100, 40]], np.uint8)
    assert MEASURES["hgm"].value(Matching(np.zeros((1, 5), np.float32), left=left)).tolist() == [[0, 100, 100, 60, 0]]


def test_a_match_of_another_brightness_is_perfect_without_its_mean():
    left, right = (view[..., 0] // 2 for view in shifted_pair(3, channels=1))
    m = Matching(np.full(left.shape, 3, np.float32), left=left, right=right + np.uint8(40))
    found = MEASURES["zsad"].value(m)
    assert np.isnan(found[:, :3]).all()
    np.testing.assert_allclose(found[:, 5:-3], 0, atol=1e-3)


@cache
def small_matching(kind):
    """A noisy pair in which much is matched wrongly, as each kind of volume."""
    left, right = (view[:18, :34, 0].copy() for view in shifted_pair(4, channels=1))
    right[:9] = np.random.default_rng(5).integers(0, 256, right[:9].shape, dtype=np.uint8)
    m = match(left[..., None], right[..., None], "census-box", 0, 12)
    if kind == "float32":
        return Matching(m.disparity, m.right_disparity, m.volume * np.float32(m.unit), left, right)
    if kind == "uint8":
        volume = (m.volume // 8).astype(np.uint8)
        return Matching(volume.argmin(-1).astype(np.float32), m.right_disparity, volume, left, right, unit=8 / 600)
    holes = m.disparity + np.float32(0.25)
    holes[3:5, 20:22] = np.nan
    return Matching(holes, m.right_disparity, m.volume, left, right, unit=m.unit)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("name", plain_measures.CURVE_MEASURES)
def test_measures_of_one_curve_are_those_written_out(name, kind):
    m = small_matching(kind)
    expected = plain_measures.each_curve(m, plain_measures.CURVE_MEASURES[name])
    np.testing.assert_allclose(MEASURES[name].value(m), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("name", plain_measures.OTHER_MEASURES)
def test_measures_of_neighbourhoods_are_those_written_out(name, kind):
    m = small_matching(kind)
    expected, known = plain_measures.OTHER_MEASURES[name](m), np.isfinite(m.disparity)
    if name == "med":  # the oracle has no median of unknown values
        known &= ~cv2.dilate((~known).astype(np.uint8), np.ones((11, 11), np.uint8)).astype(bool)
    np.testing.assert_allclose(MEASURES[name].value(m)[known], expected[known], rtol=1e-4, atol=1e-5)


def test_every_measure_is_held_against_one_written_out_or_a_closed_form():
    own = {"lrc", "dvm", "dtd", "db", "dbl", "hgm", "dte"}
    assert set(MEASURES) == own | set(plain_measures.CURVE_MEASURES) | set(plain_measures.OTHER_MEASURES)


@cache
def rendered():
    """A matched scene with little noise, and which of its pixels are wrong."""
    sample, truth = render("flat-flying", 3, 0, 128, 256)
    m = matched(sample, "census-box", 48)[0]
    known = truth.valid[0, 0].numpy()
    return m, known, np.abs(m.disparity - truth.disparity[0, 0].numpy()) > 3


FOOLED_BY_NOISE = {"lc", "cur", "dts", "lmn"}
"""Census codes of noise differ sharply from one pixel to the next: these take that for a good match."""


@cache
def plain_wall():
    """A textured scene at 6 px around a wall without any texture, on which the first disparity searched wins."""
    left, right = (view[..., 0].copy() for view in shifted_pair(6, 64, 128, channels=1))
    left[16:48, 46:106], right[16:48, 40:100] = 90, 90
    m = match(left[..., None], right[..., None], "census-box", 0, 24)
    return m, np.arange(128)[None].repeat(64, axis=0) >= 24, np.abs(m.disparity - 6) > 3


@pytest.mark.parametrize("name", MEASURES)
def test_larger_is_surer(name):
    m, known, wrong = plain_wall() if name in FOOLED_BY_NOISE else rendered()
    area = area_under_error_rate(wrong[known], MEASURES[name].confidence(m)[known].astype(np.float64))
    assert 0.05 < wrong[known].mean() < 0.5
    assert area < wrong[known].mean()


@pytest.mark.parametrize("name", MEASURES)
def test_confidence_lies_in_0_to_1_in_the_order_of_the_value(name):
    m = rendered()[0]
    found, values = MEASURES[name].confidence(m), MEASURES[name].value(m)
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    known = np.isfinite(values)
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(found[known][order]) >= -1e-6).all()
    assert set(np.unique(found)) <= {0, 1} or not MEASURES[name].binary


@pytest.mark.parametrize("depth", [3, 24, 100, 191])
def test_rounding_of_flat_curves_does_not_leave_the_range(depth):
    """Sums over a flat curve were a rounding error too large, and its confidence below 0."""
    volume = np.random.default_rng(depth).random((9, 9, 1), dtype=np.float32).repeat(depth, axis=2)
    for name, confidence in all_confidences(Matching(np.zeros((9, 9), np.float32), volume=volume)).items():
        assert confidence.min() >= 0, name


def test_an_unknown_disparity_is_never_sure():
    m = small_matching("uint16")
    for name, confidence in all_confidences(m).items():
        assert (confidence[~m.known] == 0).all(), name


def test_measures_of_what_there_is():
    names = set(all_confidences(Matching(np.zeros((20, 20), np.float32))))
    assert names == {name for name, each in MEASURES.items() if not each.needs}
    assert {"med", "da", "ds", "dvm"} <= names


@pytest.mark.parametrize("name", [name for name, each in MEASURES.items() if each.needs])
def test_a_missing_part_is_named(name):
    with pytest.raises(MissingPartError, match=f"needs the .*{MEASURES[name].needs[0]}"):
        MEASURES[name].confidence(Matching(np.zeros((20, 20), np.float32)))


def test_an_unknown_measure_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'apkr'"):
        measure("apker")


@pytest.mark.parametrize(
    "more, message",
    [
        ({"volume": np.zeros((4, 5, 8), np.uint8)}, r"volume is \(4, 5\)|Type-check error"),
        ({"volume": np.zeros((4, 6, 2), np.uint8)}, "search at least 3"),
        ({"unit": 0.0}, "unit"),
    ],
)
def test_parts_that_do_not_fit_are_refused(more, message):
    with pytest.raises((ValueError, TypeCheckError), match=message):
        Matching(np.zeros((4, 6), np.float32), **more)


def test_a_window_that_is_too_large_is_refused():
    from wilddepth.proxies.measures.from_volume import average_peak_ratio

    with pytest.raises(ValueError, match="at most 15"):
        average_peak_ratio(small_matching("uint16"), radius=16)
