"""Local contrast and pooling over similar pixels, against their definitions."""

import pytest
import torch

from wilddepth.losses.local_contrast import contrast_error, likeness, local_contrast, pooled_mean, support


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_contrast_by_definition():
    image = noise(1, 1, 12, 13)
    found, sigma = local_contrast(image, radius=2, offset=0.1)
    for y, x in ((0, 0), (5, 6), (11, 3)):
        window = image[0, 0, max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        deviation = window.std(correction=0)
        torch.testing.assert_close(sigma[0, 0, y, x], deviation)
        torch.testing.assert_close(found[0, 0, y, x], (image[0, 0, y, x] - window.mean()) / (deviation + 0.1))


def test_a_constant_image_has_no_contrast_and_a_finite_gradient():
    image = torch.full((1, 3, 12, 12), 0.5, dtype=torch.float64, requires_grad=True)
    found, _ = local_contrast(image)
    found.square().sum().backward()
    assert float(found.detach().abs().max()) < 1e-9
    assert bool(image.grad.isfinite().all())


def test_brightness_and_contrast_of_the_other_view_do_not_matter():
    target, rebuilt = noise(2, 3, 14, 15), noise(2, 3, 14, 15, seed=1)
    expected = contrast_error(rebuilt, target, offset=1e-12)
    torch.testing.assert_close(contrast_error(0.3 * rebuilt + 0.2, target, offset=1e-12), expected)


def test_it_does_not_change_with_a_constant_and_grows_with_a_common_gain():
    target, rebuilt = noise(1, 3, 14, 15), noise(1, 3, 14, 15, seed=1)
    expected = contrast_error(rebuilt, target, offset=1e-12)
    torch.testing.assert_close(contrast_error(rebuilt + 0.1, target + 0.1, offset=1e-12), expected)
    torch.testing.assert_close(contrast_error(3 * rebuilt, 3 * target, offset=1e-12), 3 * expected)


def test_equal_views_have_no_error():
    target = noise(1, 3, 12, 12)
    assert float(contrast_error(target, target).max()) == 0


def pooled(error, guide, radius, softness):
    """The map by definition: for every pixel, the weighted mean of its window."""
    height, width = guide.shape[-2:]
    found = torch.zeros_like(error)
    for y in range(height):
        for x in range(width):
            rows, columns = slice(max(y - radius, 0), y + radius + 1), slice(max(x - radius, 0), x + radius + 1)
            weight = (-(guide[..., rows, columns] - guide[..., y : y + 1, x : x + 1]).abs() / softness).exp()
            found[..., y, x] = (weight * error[..., rows, columns]).sum((-2, -1)) / weight.sum((-2, -1))
    return found


@pytest.mark.parametrize("radius", [1, 3, 20])
def test_pooling_by_definition(radius):
    error, guide, valid = noise(2, 1, 7, 9), noise(2, 1, 7, 9, seed=1), noise(2, 1, 7, 9, seed=2) > 0.3
    expected = (pooled(error, guide, radius, 0.1) * valid).sum() / valid.sum()
    torch.testing.assert_close(pooled_mean(error, guide, valid, radius=radius, softness=0.1), expected)


def test_its_gradient_is_that_of_the_definition():
    error, guide, valid = noise(1, 1, 6, 7), noise(1, 1, 6, 7, seed=1), noise(1, 1, 6, 7, seed=2) > 0.3
    one, other = error.clone().requires_grad_(), error.clone().requires_grad_()
    pooled_mean(one, guide, valid, radius=2, softness=0.1).backward()
    ((pooled(other, guide, 2, 0.1) * valid).sum() / valid.sum()).backward()
    torch.testing.assert_close(one.grad, other.grad)


def test_support_is_shared_out_completely():
    """Each valid pixel gives away exactly one."""
    guide, valid = noise(1, 1, 8, 9), noise(1, 1, 8, 9, seed=2) > 0.5
    found = support(guide, valid, radius=2, softness=0.1)
    torch.testing.assert_close(found.sum(), valid.sum().double())


def test_pixels_of_another_brightness_do_not_pool():
    guide = torch.cat((torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)), -1)
    error = torch.cat((torch.ones(1, 1, 4, 4), torch.full((1, 1, 4, 4), 9.0)), -1)
    left = torch.cat((torch.ones(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)), -1).bool()
    assert float(pooled_mean(error, guide, left, radius=8)) == pytest.approx(1.0)


def test_no_valid_pixel_costs_nothing():
    error = noise(1, 1, 4, 4).requires_grad_()
    found = pooled_mean(error, noise(1, 1, 4, 4), torch.zeros(1, 1, 4, 4, dtype=torch.bool))
    found.backward()
    assert float(found.detach()) == 0
    assert not error.grad.any()


def test_unlike_pixels_have_no_weight_to_speak_of_but_a_number_that_processors_are_fast_with():
    guide = torch.tensor([[[[0.0, 1.0]]]])
    whole = slice(None)
    first, second = ((whole, whole, whole, slice(at, at + 1)) for at in (0, 1))
    found = float(likeness(guide, first, second, softness=2 / 255))
    assert torch.finfo(torch.float32).tiny < found < torch.finfo(torch.float32).eps ** 1.5
