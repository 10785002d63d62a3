"""Smoothness: closed forms and kornia."""

import math

import torch
from kornia.losses import inverse_depth_smoothness_loss

from wilddepth.losses.smoothness import edge_aware_smoothness, four_neighbour_smoothness


def ramp(slope_x=2.0, slope_y=0.5, height=6, width=9):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (slope_x * x + slope_y * y).expand(1, 1, -1, -1).double()


def test_a_ramp_costs_its_slopes():
    grey = torch.full((1, 3, 6, 9), 0.5).double()
    torch.testing.assert_close(edge_aware_smoothness(ramp(), grey).item(), 2.5)
    torch.testing.assert_close(four_neighbour_smoothness(ramp()).item(), 1.25)


def test_an_image_edge_makes_a_step_cheaper():
    """A step of 1 beside a colour step that is 0.6 on the mean of channels."""
    disparity, image = torch.zeros(1, 1, 6, 9), torch.zeros(1, 3, 6, 9)
    disparity[..., 4:] = 1
    image[:, 0, :, 4:], image[:, 1, :, 4:] = 1.0, 0.8
    loss = edge_aware_smoothness(disparity, image)
    torch.testing.assert_close(loss.item(), math.exp(-0.6) / 8, atol=1e-6, rtol=0)
    assert four_neighbour_smoothness(disparity) * 2 == 1 / 8


def test_a_vertical_step_counts_like_a_horizontal_one():
    generator = torch.Generator().manual_seed(0)
    disparity = torch.rand(2, 1, 7, 7, generator=generator)
    image = torch.rand(2, 3, 7, 7, generator=generator)
    torch.testing.assert_close(edge_aware_smoothness(disparity.mT, image.mT), edge_aware_smoothness(disparity, image))
    torch.testing.assert_close(four_neighbour_smoothness(disparity.mT), four_neighbour_smoothness(disparity))


def test_dividing_by_the_mean_makes_the_loss_free_of_scale():
    generator = torch.Generator().manual_seed(0)
    disparity = torch.rand(2, 1, 6, 9, generator=generator) + 1
    image = torch.rand(2, 3, 6, 9, generator=generator)
    loss = edge_aware_smoothness(disparity, image, mean_normalised=True)
    torch.testing.assert_close(edge_aware_smoothness(10 * disparity, image, mean_normalised=True), loss)
    torch.testing.assert_close(
        edge_aware_smoothness(10 * disparity, image), 10 * edge_aware_smoothness(disparity, image)
    )


def test_a_map_of_zeros_costs_nothing():
    assert edge_aware_smoothness(torch.zeros(1, 1, 4, 4), torch.rand(1, 3, 4, 4), mean_normalised=True) == 0


def test_agrees_with_kornia():
    generator = torch.Generator().manual_seed(1)
    disparity = torch.rand(2, 1, 8, 11, generator=generator, dtype=torch.float64)
    image = torch.rand(2, 3, 8, 11, generator=generator, dtype=torch.float64)
    expected = inverse_depth_smoothness_loss(disparity, image)
    torch.testing.assert_close(edge_aware_smoothness(disparity, image), expected)


def test_can_be_differentiated_twice():
    generator = torch.Generator().manual_seed(2)
    disparity = torch.rand(1, 1, 3, 4, generator=generator, dtype=torch.float64).requires_grad_()
    image = torch.rand(1, 2, 3, 4, generator=generator, dtype=torch.float64)

    def loss(disparity):
        return edge_aware_smoothness(disparity, image, mean_normalised=True)

    assert torch.autograd.gradcheck(loss, disparity)
    assert torch.autograd.gradgradcheck(loss, disparity)
