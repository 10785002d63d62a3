"""Scoring a batch: which pixels, what is missing, one row per image and their mean."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from wilddepth import metrics
from wilddepth.errors import ConfigError, MissingView, SampleError
from wilddepth.metrics import Score, score
from wilddepth.metrics.protocols import PROTOCOLS
from wilddepth.prediction import Prediction, Quantity
from wilddepth.protocol import Protocol
from wilddepth.truth import Truth

SKIP = Protocol("own", missing="skip")


def tensor(*rows):
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def truth_of(disparity, **more):
    return Truth(disparity=disparity, valid=torch.ones_like(disparity, dtype=torch.bool), **more)


def row_of(protocol, prediction, truth):
    return score(protocol, prediction, truth).images[0]


def test_a_known_image():
    truth = truth_of(tensor([10, 10], [100, 100]))
    row = row_of("default", tensor([10, 14], [104, 110]), truth)  # 4 px are 40 % of 10 and 4 % of 100
    assert row["d1_all"] == 50.0
    assert (row["bad1"], row["bad3"], row["bad4"], row["bad5"]) == (75.0, 75.0, 25.0, 25.0)
    assert row["epe"] == 4.5
    assert row["rmse"] == pytest.approx(math.sqrt((16 + 16 + 100) / 4))
    assert (row["density"], row["valid_pixels"], row["scored_pixels"]) == (100.0, 4.0, 4.0)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_perfect_prediction_has_no_errors(name):
    truth = truth_of(torch.rand(2, 1, 5, 7) * 200 + 1)
    for row in score(name, truth.disparity, truth).images:
        errors = {key: value for key, value in row.items() if not key.endswith("pixels") and key != "density"}
        assert set(errors.values()) == {0.0}
        assert row["density"] == 100.0


def test_predictions_of_every_kind_score_alike():
    values, truth = torch.rand(1, 1, 4, 6) * 9, truth_of(torch.rand(1, 1, 4, 6) * 9)
    kinds = [
        values,
        values[0, 0],
        values.numpy(),
        values[0, 0].numpy(),
        values.clone().requires_grad_(),
        values[0, 0].numpy().astype(np.float64),
        Prediction(values, Quantity.DISPARITY_PX),
    ]
    scores = [score("default", kind, truth) for kind in kinds]
    assert all(each == scores[0] for each in scores[1:])


def test_each_image_of_a_batch_is_scored_as_if_alone():
    values, truth = torch.rand(3, 1, 4, 6) * 9, truth_of(torch.rand(3, 1, 4, 6) * 9)
    alone = [score("default", values[i : i + 1], truth_of(truth.disparity[i : i + 1])) for i in range(3)]
    assert Score.joined(alone) == score("default", values, truth)


def test_a_missing_prediction_is_an_outlier_by_default():
    row = row_of("default", tensor([5, math.nan, math.inf, 5]), truth_of(tensor([5, 5, 5, 6])))
    assert (row["d1_all"], row["bad3"], row["density"], row["scored_pixels"]) == (50.0, 50.0, 50.0, 4.0)
    assert row["epe"] == 0.5


def test_a_missing_prediction_is_not_scored_under_skip():
    row = row_of(SKIP, tensor([5, math.nan, math.inf, 9]), truth_of(tensor([5, 5, 5, 5])))
    assert (row["d1_all"], row["density"], row["scored_pixels"], row["valid_pixels"]) == (50.0, 50.0, 2.0, 4.0)


def test_a_missing_prediction_is_filled_from_the_background_of_its_row_under_kitti():
    row = row_of("kitti2015", tensor([20, math.nan, 5, 5]), truth_of(tensor([20, 20, 5, 5])))
    assert (row["d1_all"], row["density"], row["scored_pixels"]) == (25.0, 75.0, 4.0)
    assert row["epe"] == 15 / 4


def test_a_negative_prediction_is_missing_under_kitti_only():
    truth = truth_of(tensor([2, 2]))
    assert row_of("kitti2015", tensor([-1, 2]), truth)["density"] == 50.0
    assert row_of("default", tensor([-1, 2]), truth)["density"] == 100.0


def test_negative_truth_is_scored_by_default_and_not_under_kitti():
    truth = truth_of(tensor([-6, 4]))  # unequal principal points
    assert row_of("default", tensor([-6, 4]), truth)["valid_pixels"] == 2.0
    assert row_of("kitti2015", tensor([-6, 4]), truth)["valid_pixels"] == 1.0


def test_the_range_of_truth_leaves_out_its_ends():
    rule = Protocol("own", min_disparity=2.0, max_disparity=5.0)
    truth = truth_of(tensor([1, 2, 3, 4, 5, 6]))
    assert row_of(rule, truth.disparity, truth)["valid_pixels"] == 2.0


def test_truth_that_is_not_finite_is_never_scored():
    truth = truth_of(tensor([1, math.inf, math.nan]))
    assert row_of("default", tensor([1, 1, 1]), truth)["valid_pixels"] == 1.0


def test_the_visible_mask_leaves_out_occluded_pixels():
    truth = truth_of(tensor([5, 5]), occluded=torch.tensor([[[[True, False]]]]))
    prediction = tensor([50, 5])
    assert row_of("kitti2015", prediction, truth)["d1_all"] == 50.0
    assert row_of("kitti2015-noc", prediction, truth)["d1_all"] == 0.0


def test_only_the_central_window_is_scored():
    rule = Protocol("own", crop="centre 2x3")
    truth = truth_of(torch.ones(1, 1, 5, 6))
    prediction = torch.full((1, 1, 5, 6), 100.0)
    prediction[..., 1:3, 1:4] = 1.0  # an odd rest goes below and to the right
    row = row_of(rule, prediction, truth)
    assert (row["valid_pixels"], row["bad1"]) == (6.0, 0.0)


def test_an_image_smaller_than_the_window_is_scored_whole():
    truth = truth_of(torch.ones(1, 1, 4, 6))
    assert row_of(Protocol("own", crop="centre 2x100"), truth.disparity, truth)["valid_pixels"] == 12.0


def test_foreground_is_scored_apart_where_truth_tells_it():
    truth = truth_of(tensor([5, 5, 5, 5]), foreground=torch.tensor([[[[True, False, False, False]]]]))
    row = row_of("kitti2015", tensor([50, 50, 5, 5]), truth)
    assert (row["d1_fg"], row["d1_bg"]) == (100.0, pytest.approx(100 / 3))
    assert (row["scored_fg"], row["scored_bg"]) == (1.0, 3.0)
    assert "d1_fg" not in row_of("kitti2015", tensor([5]), truth_of(tensor([5])))


def test_middlebury_clips_rounds_and_enlarges():
    rule = replace(PROTOCOLS["middlebury"], clip_disparity=10.0, round_disparity=True)
    truth = truth_of(torch.tensor([[2.0, 2, 10, 10], [2, 2, 10, 10]])[None, None])
    row = row_of(rule, tensor([0.75, 80]), truth)  # 2 x 0.75 = 1.5, rounded away from zero; 160 clipped to 10
    assert (row["bad0.5"], row["scored_pixels"]) == (0.0, 8.0)


def test_middlebury_clips_negative_predictions_to_zero():
    rule = replace(PROTOCOLS["middlebury"], clip_disparity=10.0)
    assert row_of(rule, tensor([-4, 12]), truth_of(tensor([0, 10])))["bad0.5"] == 0.0
    assert row_of("middlebury", tensor([-4, 12]), truth_of(tensor([0, 10])))["bad0.5"] == 100.0


def test_negative_halves_round_away_from_zero():
    rule = Protocol("own", round_disparity=True)
    row = row_of(rule, tensor([-0.5, 0.5, -1.25]), truth_of(tensor([-1, 1, -1])))
    assert row["epe"] == 0.0


def test_the_largest_number_below_a_half_rounds_down():
    below = float(np.nextafter(np.float32(0.5), np.float32(0)))
    row = row_of(Protocol("own", round_disparity=True), tensor([below]), truth_of(tensor([0])))
    assert row["epe"] == 0.0


def test_a_prediction_of_another_size_is_refused():
    with pytest.raises(SampleError, match=r"prediction is 1x2 but the truth is 2x4, .* 'default'"):
        score("default", tensor([1, 1]), truth_of(torch.ones(1, 1, 2, 4)))


def test_an_enlargement_that_middlebury_does_not_know_is_refused():
    with pytest.raises(SampleError, match=r"1x1 but the truth is 3x3"):
        score("middlebury", tensor([1]), truth_of(torch.ones(1, 1, 3, 3)))


def test_another_number_of_images_is_refused():
    with pytest.raises(ValueError, match="2 predictions for 1 images"):
        score("default", torch.ones(2, 1, 2, 2), truth_of(torch.ones(1, 1, 2, 2)))


def test_truth_without_disparity_is_refused():
    with pytest.raises(SampleError, match="holds no disparity"):
        score("default", tensor([1]), Truth(valid=torch.ones(1, 1, 1, 1, dtype=torch.bool), depth=tensor([1])))


def test_a_prediction_of_depth_is_refused():
    with pytest.raises(MissingView, match="depth, m"):
        score("default", Prediction(tensor([1]), Quantity.DEPTH_M), truth_of(tensor([1])))


def test_an_unknown_protocol_is_refused():
    with pytest.raises(ConfigError, match="unknown protocol 'd1'"):
        score("d1", tensor([1]), truth_of(tensor([1])))


def test_shapes_are_checked():
    with pytest.raises(TypeCheckError):
        score("default", torch.ones(1, 2, 2), truth_of(torch.ones(1, 1, 2, 2)))


def test_an_image_without_any_valid_pixel_is_nan_and_does_not_count_in_the_mean():
    truth = truth_of(torch.full((2, 1, 2, 2), 5.0))
    truth.valid[0] = False
    result = score("default", torch.full((2, 1, 2, 2), 9.0), truth)
    empty = {key: value for key, value in result.images[0].items() if not key.endswith("pixels")}
    assert all(math.isnan(value) for value in empty.values())
    assert result.images[0]["valid_pixels"] == 0.0
    assert (result.mean["d1_all"], result.mean["epe"]) == (100.0, 4.0)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_no_protocol_makes_a_number_of_an_image_without_valid_pixels(name):
    truth = Truth(disparity=torch.ones(1, 1, 2, 2), valid=torch.zeros(1, 1, 2, 2, dtype=torch.bool))
    result = score(name, torch.ones(1, 1, 2, 2), truth)
    assert all(math.isnan(value) for value in result.mean.values())


def test_an_image_without_any_prediction_is_wholly_bad_under_every_way_to_treat_holes():
    truth = truth_of(tensor([9, 9]))
    for missing in ("outlier", "skip", "background"):
        row = row_of(Protocol("own", missing=missing), tensor([math.nan, math.nan]), truth)
        assert (row["d1_all"], row["bad5"], row["density"], row["scored_pixels"]) == (100.0, 100.0, 0.0, 2.0)


def test_scores_of_different_protocols_are_not_joined():
    truth = truth_of(tensor([5]))
    parts = [score(name, truth.disparity, truth) for name in ("default", "kitti2015")]
    with pytest.raises(ConfigError, match="cannot share a table"):
        Score.joined(parts)


def test_nothing_to_join_is_refused():
    with pytest.raises(ValueError, match="no scores to join"):
        Score.joined([])


def test_json_holds_protocol_mean_and_images_and_null_where_not_finite():
    truth = truth_of(torch.full((2, 1, 1, 2), 5.0))
    truth.valid[0] = False
    result = score("default", torch.full((2, 1, 1, 2), math.nan), truth).as_json()
    assert set(result) == {"protocol", "mean", "images"}
    assert result == json.loads(json.dumps(result, allow_nan=False))
    assert result["protocol"]["name"] == "default"
    assert result["protocol"]["outlier_px"] == 3.0
    assert result["images"][0]["d1_all"] is None
    assert result["images"][1]["epe"] is None  # infinite
    assert result["images"][1]["valid_pixels"] == 2
    assert result["mean"]["d1_all"] == 100.0


def test_score_is_reached_from_the_package():
    assert metrics.score is score
    assert metrics.Score is Score


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from(sorted(PROTOCOLS)), st.floats(0.0, 1.0))
def test_percentages_are_percentages_and_d1_stays_within_bad3(seed, name, holes):
    generator = torch.Generator().manual_seed(seed)
    truth = truth_of(torch.rand(1, 1, 6, 8, generator=generator) * 150 + 1)
    prediction = truth.disparity + torch.randn(1, 1, 6, 8, generator=generator) * 6
    prediction[torch.rand(1, 1, 6, 8, generator=generator) < holes] = math.nan
    row = row_of(name, prediction, truth)
    assert all(0 <= row[key] <= 100 for key in row if key.startswith(("d1", "bad", "density")))
    assert row["d1_all"] <= row["bad3"]  # no error is exactly 3 px here
