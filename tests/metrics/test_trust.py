"""Calibration and the row of a confidence, in closed form."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.errors import SampleError
from wilddepth.metrics.calibration import pooled, reliability, rising_curve
from wilddepth.metrics.confidence import area_under_error_rate
from wilddepth.metrics.score import Score, score
from wilddepth.metrics.trust import TRUST, joined_reliability, plain_curve, trust_row
from wilddepth.prediction import Prediction, Quantity
from wilddepth.truth import Truth


def test_area_in_steps_takes_only_those_densities():
    wrong, confidence = np.array([False, True, False, True]), np.array([0.9, 0.8, 0.7, 0.1])
    assert area_under_error_rate(wrong, confidence, steps=2) == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert area_under_error_rate(wrong, confidence, steps=4) == pytest.approx(area_under_error_rate(wrong, confidence))


def test_area_in_percent_comes_close_to_that_of_every_pixel():
    rng = np.random.default_rng(0)
    confidence = rng.random(50_000)
    wrong = rng.random(50_000) > confidence
    whole = area_under_error_rate(wrong, confidence)
    assert area_under_error_rate(wrong, confidence, steps=100) == pytest.approx(whole, abs=5e-3)
    assert area_under_error_rate(wrong, confidence, steps=100) != whole


def test_more_steps_than_pixels_are_whole_pixels():
    assert area_under_error_rate(np.array([True]), np.array([0.5]), steps=100) == 1.0


def test_a_confidence_that_means_what_it_says_has_no_calibration_error():
    confidence = np.repeat([0.1, 0.9], 10)
    right = np.array([True] + 9 * [False] + 9 * [True] + [False])
    assert reliability(confidence, right).error == pytest.approx(0.0, abs=1e-12)


def test_calibration_error_is_the_mean_distance_of_the_bins():
    curve = reliability(np.array([0.95, 0.95, 0.05, 0.05]), np.array([True, False, False, False]), bins=10)
    assert curve.error == pytest.approx((0.45 + 0.05) / 2)
    assert curve.pixels[[0, 9]].tolist() == [2, 2]
    assert math.isnan(curve.right[5])


def test_confidence_1_falls_into_the_last_bin():
    assert reliability(np.array([1.0, 0.0]), np.array([True, False])).pixels[[0, -1]].tolist() == [1, 1]


def test_no_pixels_have_no_calibration_error():
    assert math.isnan(reliability(np.zeros(0), np.zeros(0, bool)).error)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_a_confidence_outside_its_range_is_refused(value):
    with pytest.raises(ValueError, match=r"is in 0\.\.1"):
        reliability(np.array([value]), np.array([True]))


def test_curves_of_two_images_join_to_that_of_all_pixels():
    rng = np.random.default_rng(1)
    confidence, right = rng.random(1000), rng.random(1000) < 0.5
    joined = joined_reliability(
        [None, reliability(confidence[:300], right[:300]), reliability(confidence[300:], right[300:])]
    )
    whole = reliability(confidence, right)
    np.testing.assert_allclose(joined.right, whole.right)
    assert joined.error == pytest.approx(whole.error)
    assert joined_reliability([None]) is None


def test_a_curve_as_plain_values_is_in_percent():
    told = plain_curve(reliability(np.array([1.0, 1.0]), np.array([True, False]), bins=2))
    assert told == {"ece": 50.0, "confidence": [None, 100.0], "right": [None, 50.0], "pixels": [0, 2]}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), min_size=1, max_size=30))
def test_pooled_values_never_fall_and_keep_their_mean(pairs):
    values, weights = (np.array(column) for column in zip(*pairs, strict=True))
    found = pooled(values, weights)
    assert (np.diff(found) >= -1e-12).all()
    assert np.average(found, weights=weights) == pytest.approx(np.average(values, weights=weights))


def test_pooling_is_isotonic_regression():
    np.testing.assert_allclose(pooled(np.array([1.0, 3.0, 2.0, 4.0]), np.array([1, 1, 3, 1])), [1, 2.25, 2.25, 4])


def test_a_calibration_curve_recovers_the_probabilities_behind_scores():
    rng = np.random.default_rng(2)
    probability = rng.uniform(0.02, 0.98, 200_000)
    right = rng.random(200_000) < probability
    score_ = 3 * np.log(probability / (1 - probability)) + 5  # another scale and offset than a logit's
    curve = rising_curve(score_, right)
    found = 1 / (1 + np.exp(-np.interp(score_, curve.knots, curve.calibrated)))
    assert np.abs(found - probability).mean() < 0.01
    assert (np.diff(curve.calibrated) > 0).all()


def test_a_calibration_curve_rises_where_shares_do_not():
    curve = rising_curve(np.arange(320.0), np.ones(320, bool))
    assert (np.diff(curve.calibrated) > 0).all()


def test_too_few_or_equal_scores_are_not_calibrated():
    with pytest.raises(ValueError, match="too few"):
        rising_curve(np.arange(10.0), np.ones(10, bool))
    with pytest.raises(ValueError, match="hardly differ"):
        rising_curve(np.zeros(100), np.ones(100, bool))


def test_a_row_in_closed_form():
    error = np.array([0, 0, 4, 4], np.float32)
    row = trust_row(error, np.array([1, 1, 0, 0], np.float32))
    assert row["auc"] == pytest.approx(100 * (0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert row["auc_best"] == pytest.approx(100 * (0.5 + 0.5 * math.log(0.5)))
    assert row["ause"] == pytest.approx(0.0)
    assert row["ece"] == pytest.approx(0.0)
    worst = trust_row(error, np.array([0, 0, 1, 1], np.float32))
    assert worst["ece"] == pytest.approx(100.0)
    assert worst["ause"] > 0 > worst["aurg"]


def test_no_scored_pixels_give_nan():
    assert all(math.isnan(value) for value in trust_row(np.zeros(0, np.float32), np.zeros(0, np.float32)).values())


def truth_and(prediction, confidence):
    values, sure = (torch.tensor(rows)[None, None] for rows in (prediction, confidence))
    truth = Truth(disparity=torch.full_like(values, 10.0), valid=torch.ones_like(values, dtype=torch.bool))
    return Prediction(values, Quantity.DISPARITY_PX, confidence=sure), truth


def test_a_score_speaks_of_confidence_only_where_there_is_one():
    prediction, truth = truth_and([[10.0, 20.0]], [[1.0, 0.0]])
    found = score("default", prediction, truth)
    assert found.images[0]["auc"] == pytest.approx(100 * (0 + 0.5) / 2)
    assert found.reliability is not None
    assert found.as_json()["reliability"]["ece"] == 0.0
    without = score("default", prediction.disparity(), truth)
    assert without.reliability is None
    assert not {*TRUST} & {*without.images[0]}
    assert "reliability" not in without.as_json()


def test_a_missing_prediction_is_wrong_and_never_sure():
    prediction, truth = truth_and([[10.0, float("nan")]], [[0.5, 1.0]])
    row = score("default", prediction, truth).images[0]
    assert row["auc"] == pytest.approx(100 * (0 + 0.5) / 2)
    assert row["ece"] == pytest.approx(100 * (0.5 + 0.0) / 2)
    assert row["ause"] == pytest.approx(0.0)


def test_joined_scores_join_their_curves():
    parts = [score("default", *truth_and([[10.0, 20.0]], [[1.0, sure]])) for sure in (0.0, 1.0)]
    joined = Score.joined(parts)
    assert joined.reliability.pixels.sum() == 4
    assert joined.mean["ece"] == pytest.approx((0 + 50) / 2)


@pytest.mark.parametrize("sure", [[[0.5, 255.0]], [[-0.1, 0.5]]])
def test_a_confidence_of_another_scale_is_refused(sure):
    with pytest.raises(SampleError, match="rescale"):
        score("default", *truth_and([[10.0, 20.0]], sure))
