"""The pre-training loss, counted by hand."""

import pytest
import torch

from wilddepth.losses.pyramid import PWC_WEIGHTS, downsampled_target, l1_by_level, sum_l1_levels


def levels(value=0.0, height=64, width=128, batch=2):
    return {k: torch.full((batch, 1, height >> k, width >> k), value, requires_grad=True) for k in range(2, 7)}


def everywhere(height=64, width=128, batch=2):
    return torch.ones(batch, 1, height, width, dtype=torch.bool)


def test_the_true_disparity_costs_nothing():
    """-0.5 at every level is 10 px."""
    loss = sum_l1_levels(levels(-0.5), torch.full((2, 1, 64, 128), 10.0), everywhere())
    assert loss == 0


def test_sum_counts_pixels_and_divides_by_the_batch():
    """An error of 20 px is 1 in units of the network: each level contributes its weight times its pixels."""
    target = torch.full((2, 1, 64, 128), 20.0)
    expected = sum(weight * (64 >> k) * (128 >> k) for k, weight in PWC_WEIGHTS.items())
    torch.testing.assert_close(sum_l1_levels(levels(), target, everywhere()).item(), expected, atol=1e-4, rtol=0)
    mean = sum_l1_levels(levels(), target, everywhere(), reduction="mean")
    torch.testing.assert_close(mean.item(), sum(PWC_WEIGHTS.values()), atol=1e-6, rtol=0)


def test_the_coarsest_level_weighs_most():
    assert list(PWC_WEIGHTS.items()) == [(2, 0.005), (3, 0.01), (4, 0.02), (5, 0.08), (6, 0.32)]


def test_only_valid_pixels_count():
    target = torch.full((2, 1, 64, 128), torch.nan)
    target[..., 32:] = 20.0
    errors = l1_by_level(levels(), target, everywhere(), reduction="mean")
    assert {level: error.item() for level, error in errors.items()} == dict.fromkeys(range(2, 7), 1.0)
    half = everywhere()
    half[:, :, 32:] = False
    sums = l1_by_level(levels(), target, half)
    assert sums[2] == 8 * 24
    assert sums[6] == 1 * 1  # of the row of two cells one is known


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_without_any_valid_pixel_the_loss_is_zero_and_keeps_the_graph(reduction):
    given = levels()
    loss = sum_l1_levels(given, torch.full((2, 1, 64, 128), torch.nan), everywhere(), reduction=reduction)
    assert loss == 0
    loss.backward()
    assert all((values.grad == 0).all() for values in given.values())


def test_gradient_of_a_level_is_its_weight_over_the_batch():
    given = levels()
    sum_l1_levels(given, torch.full((2, 1, 64, 128), 20.0), everywhere()).backward()
    for level, values in given.items():
        torch.testing.assert_close(values.grad, torch.full_like(values, PWC_WEIGHTS[level] / 2))


def test_levels_without_a_weight_are_left_out():
    target = torch.full((2, 1, 64, 128), 20.0)
    assert sum_l1_levels(levels(), target, everywhere(), {6: 1.0}) == 2


def test_a_weighted_level_that_is_missing_is_refused():
    given = levels()
    del given[4]
    with pytest.raises(ValueError, match=r"levels \[4\] have a weight but no prediction"):
        sum_l1_levels(given, torch.zeros(2, 1, 64, 128), everywhere())


def test_a_target_at_another_resolution_is_refused():
    with pytest.raises(ValueError, match="at the padded resolution"):
        sum_l1_levels(levels(), torch.zeros(2, 1, 60, 128), everywhere(height=60))


def test_nearest_keeps_the_first_pixel_of_every_cell():
    """A level's pixel (i, j) lies at (factor i, factor j) of full resolution in the legacy resize of TF1."""
    disparity = torch.arange(32.0).view(1, 1, 4, 8)
    target, known = downsampled_target(disparity, disparity != 4, 4)
    assert target.flatten().tolist() == [0, 0]
    assert known.flatten().tolist() == [True, False]


@pytest.mark.parametrize(
    "method, expected", [("nearest", [0, 4, 8, 12]), ("centre", [2, 6, 10, 14]), ("corners", [0, 5, 10, 15])]
)
def test_the_pixel_that_stands_for_a_cell(method, expected):
    column = torch.arange(16.0).expand(1, 1, 16, 16)
    target, known = downsampled_target(column, everywhere(16, 16, 1), 4, method)
    assert target[0, 0, 0].tolist() == expected
    rows, _ = downsampled_target(column.mT, everywhere(16, 16, 1), 4, method)
    assert rows[0, 0, :, 0].tolist() == expected
    assert known.all()


def test_mean_valid_averages_what_is_known():
    disparity = torch.tensor([[1.0, 3.0, torch.nan, 8.0], [torch.nan, 5.0, 9.0, torch.nan]]).view(1, 1, 2, 4)
    valid = torch.tensor([[True, True, True, False], [True, True, False, True]]).view(1, 1, 2, 4)
    target, known = downsampled_target(disparity, valid, 2, "mean-valid")
    assert known.flatten().tolist() == [True, False]
    torch.testing.assert_close(target.flatten(), torch.tensor([3.0, 0.0]))
    loss = l1_by_level({1: torch.zeros(1, 1, 1, 2)}, disparity, valid, downsample="mean-valid")
    torch.testing.assert_close(loss[1].item(), 3 / 20)


@pytest.mark.parametrize("factor", [2, 64])
def test_mean_valid_keeps_a_constant_known_at_one_pixel(factor):
    disparity = torch.full((1, 1, 64, 64), torch.nan)
    disparity[..., factor - 1, 0] = 7.0
    target, known = downsampled_target(disparity, everywhere(64, 64, 1), factor, "mean-valid")
    torch.testing.assert_close(target[..., 0, 0].item(), 7.0)
    assert known.sum() == 1


def test_can_be_differentiated_twice():
    given = torch.rand(1, 1, 2, 2, dtype=torch.float64).requires_grad_()
    target = torch.rand(1, 1, 8, 8, dtype=torch.float64) * 30 + 1

    def loss(values):
        return sum_l1_levels({2: values.square()}, target, everywhere(8, 8, 1), {2: 0.3})

    assert torch.autograd.gradcheck(loss, given)
    assert torch.autograd.gradgradcheck(loss, given)
