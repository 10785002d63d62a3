"""Distances to labels: counted by hand, with holes and with nothing at all."""

import pytest
import torch
from torch.nn import functional

from wilddepth.losses.regression import (
    confidence_weighted_l1,
    huber_map,
    l1_map,
    masked_mean_l1,
    masked_sum_l1,
    usable_target,
)


def row(*values):
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


PREDICTION = row(1, 2, 3, 4)
TARGET = row(2, torch.nan, 5, 0)  # errors 1, -, 2, 4


def test_l1_is_zero_where_the_target_is_unknown():
    assert l1_map(PREDICTION, TARGET).flatten().tolist() == [1, 0, 2, 4]


def test_an_unknown_target_gives_no_gradient():
    prediction = PREDICTION.clone().requires_grad_()
    (l1_map(prediction, TARGET).sum() + huber_map(prediction, TARGET).sum()).backward()
    assert prediction.grad.flatten().tolist() == [-2, 0, -2, 2]


@pytest.mark.parametrize("delta", [0.5, 1.0, 3.0])
def test_huber_is_quadratic_then_linear_on_both_sides(delta):
    prediction, target = torch.linspace(-5, 5, 41).view(1, 1, 1, -1), torch.zeros(1, 1, 1, 41)
    expected = functional.huber_loss(prediction, target, reduction="none", delta=delta)
    torch.testing.assert_close(huber_map(prediction, target, delta=delta), expected)


def test_full_confidence_and_no_threshold_is_the_mean_over_labelled_pixels():
    loss = confidence_weighted_l1(PREDICTION, TARGET, torch.ones_like(TARGET), 0.0)
    torch.testing.assert_close(loss.item(), 7 / 3)
    torch.testing.assert_close(loss, masked_mean_l1(PREDICTION, TARGET, torch.ones_like(TARGET, dtype=torch.bool)))


@pytest.mark.parametrize(
    ("normalise", "expected"),
    [
        ("selected", (0.8 * 1 + 0.9 * 4) / 2),
        ("labelled", (0.8 * 1 + 0.9 * 4) / 3),
        ("confidence", (0.8 * 1 + 0.9 * 4) / 1.7),
    ],
)
def test_confident_pixels_are_weighted_and_counted(normalise, expected):
    confidence = row(0.8, 1.0, 0.5, 0.9)  # the second has no label, the third is not above the threshold
    loss = confidence_weighted_l1(PREDICTION, TARGET, confidence, 0.5, normalise=normalise)
    torch.testing.assert_close(loss.item(), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("normalise", ["selected", "labelled", "confidence"])
@pytest.mark.parametrize("nothing", ["no confidence", "no label", "nan confidence"])
def test_an_empty_selection_is_zero_and_keeps_the_graph(normalise, nothing):
    prediction = PREDICTION.clone().requires_grad_()
    target = torch.full_like(TARGET, torch.nan) if nothing == "no label" else TARGET
    confidence = torch.full_like(TARGET, {"no confidence": 1.0, "no label": 2.0, "nan confidence": torch.nan}[nothing])
    loss = confidence_weighted_l1(prediction, target, confidence, 1.0, normalise=normalise)
    assert loss == 0
    loss.backward()
    assert (prediction.grad == 0).all()


def test_confidence_itself_can_be_trained():
    """A weighting network receives the error of each selected pixel."""
    confidence = row(0.8, 0.7, 0.5, 0.9).requires_grad_()
    confidence_weighted_l1(PREDICTION, TARGET, confidence, 0.6).backward()
    assert confidence.grad.flatten().tolist() == [0.5, 0, 0, 2]


def test_masked_sum_and_mean():
    valid = torch.tensor([True, True, True, False]).view(1, 1, 1, 4)
    assert masked_sum_l1(PREDICTION, TARGET, valid) == 3
    assert masked_mean_l1(PREDICTION, TARGET, valid) == 1.5
    assert masked_mean_l1(PREDICTION, TARGET, torch.zeros_like(valid)) == 0


def test_usable_targets_are_known_not_zero_and_below_the_maximum():
    target = row(0, 1, torch.nan, 191.9, 192, -3, torch.inf)
    assert usable_target(target).flatten().tolist() == [False, True, False, True, False, True, False]
    assert usable_target(target, max_disparity=300.0)[..., 4]


def test_can_be_differentiated_twice():
    prediction = torch.rand(1, 1, 2, 3, dtype=torch.float64).requires_grad_()
    confidence = (torch.rand(1, 1, 2, 3, dtype=torch.float64) * 0.4 + 0.55).requires_grad_()
    target = prediction.detach() + torch.tensor([[0.4, -0.3, 2.0], [torch.nan, -2.5, 1.7]], dtype=torch.float64)

    def losses(prediction, confidence):
        weighted = confidence_weighted_l1(prediction, target, confidence, 0.5, normalise="confidence")
        return weighted + huber_map(prediction, target).sum()

    assert torch.autograd.gradcheck(losses, (prediction, confidence))
    assert torch.autograd.gradgradcheck(losses, (prediction, confidence))
