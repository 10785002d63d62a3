"""Sparsification areas in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.metrics.confidence import area_under_error_rate, best_area_under_error_rate, sparsification


def spread(outliers, count):
    """`count` pixels with `outliers` wrong ones first."""
    return np.arange(count) < outliers


def test_the_best_order_reaches_the_closed_form():
    wrong = spread(20_000, 100_000)
    area = area_under_error_rate(wrong, 1.0 - wrong)
    assert best_area_under_error_rate(0.2) == pytest.approx(0.2 + 0.8 * math.log(0.8))
    assert area > best_area_under_error_rate(0.2)  # ties among the wrong pixels fall in expectation
    assert area == pytest.approx(best_area_under_error_rate(0.2), abs=1e-4)


def test_the_worst_order_is_the_mirror_of_the_best():
    wrong = spread(20_000, 100_000)
    area = area_under_error_rate(wrong, wrong.astype(np.float64))
    assert area == pytest.approx(0.2 - 0.2 * math.log(0.2), abs=1e-4)  # 1 up to 0.2, then 0.2 / density


def test_a_constant_confidence_gives_the_error_rate():
    assert area_under_error_rate(spread(3, 10), np.full(10, 0.7)) == pytest.approx(0.3)


def test_four_pixels_by_hand():
    wrong = np.array([False, True, False, True])
    confidence = np.array([0.9, 0.8, 0.7, 0.1])
    assert area_under_error_rate(wrong, confidence) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)


def test_the_order_of_equal_confidences_in_memory_does_not_matter():
    wrong, confidence = np.array([True, False, False, True]), np.array([0.5, 0.5, 0.9, 0.5])
    flipped = area_under_error_rate(wrong[::-1], confidence[::-1])
    assert area_under_error_rate(wrong, confidence) == pytest.approx(flipped)


def test_no_pixels_have_no_area():
    assert math.isnan(area_under_error_rate(np.zeros(0, dtype=bool), np.zeros(0)))
    areas = sparsification(np.zeros(0), np.zeros(0))
    assert math.isnan(areas.ause)
    assert math.isnan(areas.aurg)


def test_ends_of_the_closed_form():
    assert best_area_under_error_rate(0.0) == 0.0
    assert best_area_under_error_rate(1.0) == 1.0


@pytest.mark.parametrize("rate", [-0.1, 1.5, 20.0])
def test_an_error_rate_in_percent_is_refused(rate):
    with pytest.raises(ValueError, match="divide percent by 100"):
        best_area_under_error_rate(rate)


def test_a_perfect_uncertainty_has_no_ause_and_gains_what_the_ramp_says():
    error = np.arange(10_000) / 10_000  # what is left at density k is k / 2: area 1/4, against 1/2 for random order
    areas = sparsification(error, error)
    assert areas.ause == 0.0
    assert areas.aurg == pytest.approx(0.25, abs=1e-3)


def test_a_reversed_uncertainty_loses_what_the_ramp_says():
    error = np.arange(10_000) / 10_000  # what is left at density k is 1 - k / 2: area 3/4, but for the closing 0
    areas = sparsification(error, -error)
    closing = 0.5 / 50  # the last trapezoid falls from 1 to 0
    assert areas.ause == pytest.approx(0.5 - closing, abs=1e-3)
    assert areas.aurg == pytest.approx(-0.25 + closing, abs=1e-3)


def test_a_constant_uncertainty_keeps_everything_until_the_end():
    error = np.array([1.0, 3.0])
    areas = sparsification(error, np.zeros(2))
    assert areas.aurg == pytest.approx(2.0 * 0.5 / 50)


def test_root_mean_square_curve():
    areas = sparsification(np.array([3.0, 4.0]), np.zeros(2), reduce="rms", intervals=1)
    assert areas.aurg == pytest.approx(math.sqrt(12.5) / 2)


def test_errors_of_zero_and_one_are_taken_away_in_the_order_of_what_made_them():
    deviation = np.linspace(0, 1, 1000)
    wrong = (deviation > 0.9).astype(np.float64)
    assert sparsification(wrong, deviation, best=deviation).ause == 0.0
    assert sparsification(wrong, deviation).ause < -1e-4  # ties kept together are not the best order


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=80))
def test_no_confidence_beats_the_closed_form(pixels):
    wrong = np.array([each[0] for each in pixels])
    confidence = np.array([each[1] for each in pixels], dtype=np.float64)
    best = best_area_under_error_rate(wrong.mean())
    assert area_under_error_rate(wrong, confidence) >= best - 1e-12
