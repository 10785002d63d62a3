"""Per-image formulas, by hand and by property."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wilddepth.metrics import disparity
from wilddepth.metrics.protocols import PROTOCOLS, protocol

KITTI = protocol("kitti2015")


def f32(*values):
    return np.array(values, dtype=np.float32)


def maps(high=250.0):
    """Two float32 rows of equal length, in quarters of a px so that differences are exact."""
    step = st.integers(1, int(high * 4)).map(lambda value: value / 4)
    return st.integers(1, 60).flatmap(
        lambda size: st.tuples(*(arrays.arrays(np.float32, size, elements=step) for _ in range(2)))
    )


def test_error_is_absolute_and_infinite_where_nothing_is_predicted():
    error = disparity.absolute_error(f32(3, 7, math.nan, math.inf, -math.inf), f32(5, 5, 5, 5, 5))
    assert error.tolist() == [2, 2, math.inf, math.inf, math.inf]


def test_d1_needs_both_more_than_three_px_and_more_than_five_percent():
    truth = f32(10, 10, 10, 80, 80, 80)
    error = f32(2.75, 3, 3.25, 3.25, 3.75, 4.25)  # 5 % of 80 px are 4 px
    assert disparity.outliers(error, truth, KITTI).tolist() == [False, False, True, False, False, True]


def test_an_exact_five_percent_tie_counts_in_32_bits_and_not_in_64():
    error, truth = f32(4, 5), f32(80, 100)
    assert disparity.outliers(error, truth, KITTI).tolist() == [True, True]
    assert disparity.outliers(error, truth, replace(KITTI, outlier_quotient="float64")).tolist() == [False, False]


def test_monodepth_counts_at_three_px_and_at_five_percent():
    error, truth = f32(3, 4, 3), f32(20, 80, 80)
    assert disparity.outliers(error, truth, protocol("monodepth")).tolist() == [True, True, False]


def test_tpami_counts_at_five_percent_but_not_at_three_px():
    error, truth = f32(3, 4), f32(20, 80)
    assert disparity.outliers(error, truth, protocol("tpami")).tolist() == [False, True]


def test_without_the_relative_test_d1_is_bad3():
    error, truth = f32(3, 3.25, 9), f32(10, 200, 1000)
    rule = replace(KITTI, outlier_relative=0.0)
    assert disparity.outliers(error, truth, rule).tolist() == [False, True, True]


def test_truth_of_zero_px_makes_every_error_above_three_px_an_outlier():
    assert disparity.outliers(f32(4, 0), f32(0, 0), KITTI).tolist() == [True, False]


def test_the_share_of_a_negative_truth_is_taken_of_its_size():
    assert disparity.outliers(f32(5, 5), f32(-10, -200), KITTI).tolist() == [True, False]


def test_bad_x_is_strict_and_counts_missing_predictions():
    error = f32(0.5, 1, 1.5, math.inf)
    assert disparity.bad(error, 1.0) == 50.0
    assert disparity.bad(error, 0.5) == 75.0


def test_mean_and_root_mean_square_are_over_estimated_pixels():
    error = f32(3, 4, math.inf)
    assert disparity.mean_error(error) == 3.5
    assert disparity.root_mean_square(error) == pytest.approx(math.sqrt(12.5), rel=1e-12)


def test_quantiles_take_the_error_at_the_rounded_down_index():
    error = f32(*range(10))[::-1].copy()
    assert disparity.quantiles(error) == {"a50": 5.0, "a90": 9.0, "a95": 9.0, "a99": 9.0}
    assert disparity.quantiles(f32(2, math.inf)) == dict.fromkeys(disparity.QUANTILES, 2.0)


def test_no_pixels_give_nan():
    nothing = f32()
    assert math.isnan(disparity.bad(nothing, 3.0))
    assert math.isnan(disparity.mean_error(nothing))
    assert math.isnan(disparity.root_mean_square(nothing))
    assert all(math.isnan(value) for value in disparity.quantiles(nothing).values())


def test_pixels_without_any_estimate_give_infinite_errors_and_only_bad_pixels():
    missing = f32(math.inf, math.inf)
    assert disparity.bad(missing, 5.0) == 100.0
    assert disparity.mean_error(missing) == disparity.root_mean_square(missing) == math.inf
    assert set(disparity.quantiles(missing).values()) == {math.inf}


@settings(max_examples=60, deadline=None)
@given(maps())
def test_d1_is_part_of_bad3(pair):
    prediction, truth = pair
    error = disparity.absolute_error(prediction, truth)
    outliers = disparity.outliers(error, truth, KITTI)
    assert not (outliers & ~(error > 3)).any()
    assert disparity.percent(outliers) <= disparity.bad(error, 3.0)


@settings(max_examples=60, deadline=None)
@given(maps(high=60.0))
def test_d1_is_bad3_up_to_sixty_px(pair):
    prediction, truth = pair
    error = disparity.absolute_error(prediction, truth)
    assert disparity.percent(disparity.outliers(error, truth, KITTI)) == disparity.bad(error, 3.0)


@settings(max_examples=50, deadline=None)
@given(maps(), st.sampled_from(sorted(PROTOCOLS)))
def test_bad_x_falls_with_x_and_the_errors_are_ordered(pair, name):
    error = disparity.absolute_error(*pair)
    shares = [disparity.bad(error, threshold) for threshold in disparity.BAD_PX]
    assert shares == sorted(shares, reverse=True)
    assert disparity.mean_error(error) <= disparity.root_mean_square(error) * (1 + 1e-12)
    values = list(disparity.quantiles(error).values())
    assert values == sorted(values)
    assert not disparity.outliers(error * 0, pair[1], PROTOCOLS[name]).any()
