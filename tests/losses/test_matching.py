"""The matching loss against the softmax written out pixel by pixel."""

import math

import pytest
import torch

from wilddepth.losses.matching import matching_loss


def features(batch=2, channels=6, height=3, width=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, batch, channels, height, width, generator=generator, dtype=torch.float64).unbind(0)


def everywhere(batch=2, height=3, width=9):
    return torch.ones(batch, 1, height, width, dtype=torch.bool)


def by_hand(left, right, disparity, valid, temperature, min_shift, max_shift):
    batch, _, height, width = left.shape
    losses = []
    for b in range(batch):
        for y in range(height):
            for x in range(width):
                d = disparity[b, 0, y, x].item()
                if (
                    not valid[b, 0, y, x]
                    or math.isnan(d)
                    or not min_shift <= d <= max_shift
                    or not 0 <= x - d <= width - 1
                ):
                    continue
                columns = [j for j in range(width) if min_shift <= x - j <= max_shift]
                scores = {
                    j: torch.cosine_similarity(left[b, :, y, x], right[b, :, y, j], dim=0).item() / temperature
                    for j in columns
                }
                normaliser = math.log(sum(math.exp(score) for score in scores.values()))
                first = math.floor(x - d)
                weight = x - d - first
                loss = (1 - weight) * (normaliser - scores[first])
                losses.append(loss + (weight * (normaliser - scores[first + 1]) if weight else 0))
    return sum(losses) / len(losses)


@pytest.mark.parametrize(("min_shift", "max_shift"), [(0, None), (0, 4), (-3, 2)])
def test_agrees_with_the_sum_written_out(min_shift, max_shift):
    left, right = features()
    generator = torch.Generator().manual_seed(1)
    disparity = torch.rand(2, 1, 3, 9, generator=generator, dtype=torch.float64) * 8 - 3
    disparity[0, 0, 0] = disparity[0, 0, 0].round()
    disparity[1, 0, 1, 3:6] = torch.nan
    valid = torch.rand(2, 1, 3, 9, generator=generator) > 0.2
    loss = matching_loss(left, right, disparity, valid, temperature=0.3, min_shift=min_shift, max_shift=max_shift)
    expected = by_hand(left, right, disparity, valid, 0.3, min_shift, 9 if max_shift is None else max_shift)
    torch.testing.assert_close(loss.item(), expected, atol=1e-5, rtol=0)


def test_a_uniform_similarity_costs_the_logarithm_of_the_candidates():
    """Equal features everywhere: pixel x has x + 1 candidates."""
    same = torch.ones(1, 4, 1, 5)
    loss = matching_loss(same, same, torch.zeros(1, 1, 1, 5), everywhere(1, 1, 5))
    torch.testing.assert_close(loss.item(), sum(math.log(n) for n in range(1, 6)) / 5, atol=1e-6, rtol=0)


def test_features_that_match_cost_nothing_and_those_that_do_not_cost_much():
    right = torch.eye(8).view(1, 8, 1, 8)  # every column has its own channel
    left = right.roll(2, dims=-1)
    truth = torch.full((1, 1, 1, 8), 2.0)
    assert matching_loss(left, right, truth, everywhere(1, 1, 8)) < 1e-4
    assert matching_loss(left, right, truth + 1, everywhere(1, 1, 8)) > 10


def test_a_step_along_the_gradient_lowers_the_loss():
    left, right = features()
    left.requires_grad_()
    disparity = torch.full((2, 1, 3, 9), 1.5, dtype=torch.float64)
    before = matching_loss(left, right, disparity, everywhere())
    step = torch.autograd.grad(before, left)[0]
    assert matching_loss(left - 0.1 * step, right, disparity, everywhere()) < before


@pytest.mark.parametrize("disparity", [torch.nan, 20.0, -1.0])
def test_without_any_match_the_loss_is_zero_and_keeps_the_graph(disparity):
    left, right = features()
    left.requires_grad_()
    loss = matching_loss(left, right, torch.full((2, 1, 3, 9), disparity, dtype=torch.float64), everywhere())
    assert loss == 0
    loss.backward()
    assert (left.grad == 0).all()


def test_columns_without_candidates_do_not_poison_the_gradient():
    left, right = features()
    left.requires_grad_()
    disparity = torch.full((2, 1, 3, 9), 5.0, dtype=torch.float64)
    matching_loss(left, right, disparity, everywhere(), min_shift=4).backward()
    assert left.grad.isfinite().all()
    assert (left.grad[..., :5] == 0).all()
    assert (left.grad[..., 5:] != 0).any()


def test_chosen_rows_are_repeatable_and_none_else_gets_a_gradient():
    left, right = features(height=8)
    left.requires_grad_()
    disparity = torch.full((2, 1, 8, 9), 1.0, dtype=torch.float64)

    def loss(rows, seed):
        generator = torch.Generator().manual_seed(seed)
        return matching_loss(left, right, disparity, everywhere(height=8), rows=rows, generator=generator)

    assert loss(3, seed=0) == loss(3, seed=0)
    assert loss(3, seed=0) != loss(3, seed=1)
    torch.testing.assert_close(loss(8, seed=0), loss(None, seed=0))
    touched = torch.autograd.grad(loss(3, seed=0), left)[0].abs().sum((0, 1, 3)) > 0
    assert touched.sum() == 3


def test_mixed_precision_gives_nearly_the_same_loss():
    left, right = (value.float() for value in features())
    disparity = torch.full((2, 1, 3, 9), 1.5)
    exact = matching_loss(left, right, disparity, everywhere())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = matching_loss(left, right, disparity, everywhere())
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, exact, atol=0.05, rtol=0)


def test_can_be_differentiated_twice():
    left, right = (value[:1, :3, :1, :4].clone().requires_grad_() for value in features())
    disparity = torch.tensor([0.0, 0.5, 1.25, 2.0], dtype=torch.float64).view(1, 1, 1, 4)

    def loss(left, right):
        return matching_loss(left, right, disparity, everywhere(1, 1, 4), temperature=0.5)

    assert torch.autograd.gradcheck(loss, (left, right))
    assert torch.autograd.gradgradcheck(loss, (left, right))
