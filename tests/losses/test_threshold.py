"""The soft threshold: closed forms, its limit, its gradient, and why it needs a penalty."""

import math

import pytest
import torch

from wilddepth.losses.regression import confidence_weighted_l1, masked_mean_l1
from wilddepth.losses.threshold import gated_l1, surplus_mean_l1, threshold_penalty


def maps(seed=0):
    generator = torch.Generator().manual_seed(seed)
    prediction, target, confidence = torch.rand(3, 2, 1, 8, 9, generator=generator).unbind(0)
    return 40 * prediction, 40 * target, confidence


def test_two_pixels_by_hand():
    prediction, target = torch.zeros(1, 1, 1, 2), torch.tensor([4.0, 2.0]).view(1, 1, 1, 2)
    confidence = torch.tensor([0.9, 0.4]).view(1, 1, 1, 2)
    sure, unsure = (1 / (1 + math.exp(-(c - 0.5) / 0.1)) for c in (0.9, 0.4))
    found = gated_l1(prediction, target, confidence, torch.tensor(0.5), softness=0.1)
    assert float(found) == pytest.approx((sure * 0.9 * 4 + unsure * 0.4 * 2) / (sure + unsure))
    masked = gated_l1(prediction, target, confidence, torch.tensor(0.5), softness=0.1, weighted=False)
    assert float(masked) == pytest.approx((sure * 4 + unsure * 2) / (sure + unsure))


def test_a_hard_gate_is_the_published_loss():
    prediction, target, confidence = maps()
    hard = gated_l1(prediction, target, confidence, torch.tensor(0.6), softness=1e-6)
    torch.testing.assert_close(hard, confidence_weighted_l1(prediction, target, confidence, 0.6))
    masked = gated_l1(prediction, target, confidence, torch.tensor(0.6), softness=1e-6, weighted=False)
    torch.testing.assert_close(masked, masked_mean_l1(prediction, target, confidence > 0.6))


def test_pixels_without_a_label_count_for_nothing_and_give_no_gradient():
    prediction, target, confidence = maps()
    prediction.requires_grad_()
    target[..., :3] = float("nan")
    found = gated_l1(prediction, target, confidence, torch.tensor(0.5))
    found.backward()
    assert not prediction.grad[..., :3].any()
    cut = gated_l1(*(values.detach()[..., 3:] for values in (prediction, target, confidence)), torch.tensor(0.5))
    torch.testing.assert_close(found.detach(), cut)


@pytest.mark.parametrize("weighted", [True, False])
def test_labels_without_any_confidence_do_not_teach(weighted: bool):
    """The gate is open a little even at 0, where the blocks are that only judge."""
    target = torch.tensor([2.0, 30.0]).view(1, 1, 1, 2)
    confidence = torch.tensor([0.9, 0.0]).view(1, 1, 1, 2)
    found = [
        gated_l1(torch.zeros(1, 1, 1, 2), each, confidence, torch.tensor(0.05), softness=0.1, weighted=weighted)
        for each in (target, target.masked_fill(confidence == 0, 99.0))
    ]
    assert float(found[0]) == float(found[1]) == pytest.approx(2.0 * (0.9 if weighted else 1))


def test_no_label_at_all_costs_nothing():
    prediction = torch.zeros(1, 1, 2, 2, requires_grad=True)
    threshold = torch.tensor(0.5, requires_grad=True)
    found = gated_l1(prediction, torch.full((1, 1, 2, 2), torch.nan), torch.zeros(1, 1, 2, 2), threshold)
    found.backward()
    assert float(found.detach()) == 0
    assert not prediction.grad.any()
    assert float(threshold.grad) == 0


def test_the_threshold_receives_the_gradient_of_the_loss():
    prediction, target, confidence = (values.double() for values in maps())
    threshold = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda t: gated_l1(prediction, target, confidence, t), threshold)
    torch.autograd.gradcheck(lambda p: gated_l1(p, target, confidence, threshold.detach()), prediction.requires_grad_())


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_the_penalty_by_hand(threshold):
    values = torch.tensor([threshold, 0.0], dtype=torch.float64, requires_grad=True)
    penalty = threshold_penalty(values)
    penalty.backward()
    assert float(penalty.detach()) == pytest.approx(-math.log(1 - threshold))
    assert float(values.grad[0]) == pytest.approx(1 / (1 - threshold))


def test_labels_count_by_how_far_they_are_above_the_threshold():
    error = torch.tensor([[[[8.0, 1.0, 4.0, torch.nan]]]])
    confidence = torch.tensor([[[[0.3, 0.9, 0.6, 1.0]]]])
    found = surplus_mean_l1(torch.zeros_like(error), error, confidence, torch.tensor(0.5))
    assert float(found) == pytest.approx((0.4 * 1 + 0.1 * 4) / 0.5)


def test_what_trains_the_threshold_has_the_gradient_of_its_value():
    prediction, target, confidence = (values.double() for values in maps())
    threshold = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda t: surplus_mean_l1(prediction, target, confidence, t), threshold)


def test_above_all_labels_the_penalty_alone_is_left():
    threshold = torch.tensor(0.95, requires_grad=True)
    found = surplus_mean_l1(torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 1, 2), torch.full((1, 1, 1, 2), 0.9), threshold)
    found.backward()
    assert float(found.detach()) == float(threshold.grad) == 0


def settled(penalty, start, lowest=0.0):
    """Where gradient descent on the threshold alone ends, for labels that are bad below 0.5, or below the midst."""
    confidence = torch.linspace(lowest, 1, 201).view(1, 1, 1, -1)
    error = torch.where(confidence < max(0.5, lowest + 0.2), 10.0, 0.5)
    logit = torch.tensor(math.log(start / (1 - start)), requires_grad=True)
    optimiser = torch.optim.Adam([logit], lr=0.05)
    for _ in range(400):
        threshold = logit.sigmoid()
        loss = surplus_mean_l1(torch.zeros_like(error), error, confidence, threshold)
        (loss / 20 + penalty * threshold_penalty(threshold)).backward()
        optimiser.step()
        optimiser.zero_grad()
    return float(logit.detach().sigmoid())


@pytest.mark.parametrize("start", [0.1, 0.5, 0.9])
def test_a_learned_threshold_settles_where_bad_labels_end_from_any_start(start):
    assert settled(0.005, start) == pytest.approx(0.5, abs=0.03)


def test_a_threshold_that_begins_far_below_all_labels_rises_to_where_the_bad_ones_end():
    assert settled(0.005, 0.1, lowest=0.6) == pytest.approx(0.8, abs=0.03)


def test_the_penalty_holds_it_back():
    assert settled(0.0, 0.9) > settled(0.005, 0.9) + 0.05
