"""DSSIM and L1: the definition against scikit-image and kornia, the fast way against the definition."""

import pytest
import torch
from skimage.metrics import structural_similarity

from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import (
    TargetStatistics,
    dssim_map,
    mean_ssim_l1,
    photometric_map,
    photometric_map_by_definition,
)

PADDINGS = ["reflect", "zero", "valid"]


def images(height=12, width=20, channels=3, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 2, channels, height, width, generator=generator, dtype=dtype).unbind(0)


@pytest.mark.parametrize("padding", PADDINGS)
def test_equal_images_do_not_differ(padding):
    image, _ = images()
    assert dssim_map(image, image, padding=padding).abs().max() < 1e-12
    assert photometric_map(image, image, padding=padding).abs().max() < 1e-12
    assert mean_ssim_l1(image, image) < 1e-12


@pytest.mark.parametrize(("padding", "size"), [("reflect", (12, 20)), ("zero", (12, 20)), ("valid", (10, 18))])
def test_padding_decides_the_size_of_the_map(padding, size):
    rebuilt, target = images()
    assert dssim_map(rebuilt, target, padding=padding).shape == (2, 3, *size)
    assert photometric_map(rebuilt, target, padding=padding).shape == (2, 1, *size)


def test_paddings_differ_only_on_the_frame():
    rebuilt, target = images()
    reflect, zero, valid = (dssim_map(rebuilt, target, padding=padding) for padding in PADDINGS)
    torch.testing.assert_close(reflect[..., 1:-1, 1:-1], valid)
    torch.testing.assert_close(zero[..., 1:-1, 1:-1], valid)
    frame = torch.ones(12, 20, dtype=torch.bool)
    frame[1:-1, 1:-1] = False
    assert (zero[..., frame] == 0).all()
    assert (reflect[..., frame] > 0).all()


def test_constant_images_have_a_closed_form():
    """Without texture SSIM is its luminance term: (2 a b + C1) / (a^2 + b^2 + C1)."""
    a, b = 0.2, 0.6
    rebuilt, target = torch.full((1, 3, 8, 8), a).double(), torch.full((1, 3, 8, 8), b).double()
    dssim = (1 - (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)) / 2
    expected = torch.full((1, 1, 8, 8), 0.85 * dssim + 0.15 * 0.4).double()
    torch.testing.assert_close(photometric_map(rebuilt, target), expected, atol=1e-6, rtol=0)


def test_opposite_textures_are_as_different_as_can_be():
    checks = (torch.arange(8).view(-1, 1) + torch.arange(8)) % 2
    rebuilt = checks.double().expand(1, 3, 8, 8)
    dssim = dssim_map(rebuilt, 1 - rebuilt, padding="valid")
    assert dssim.min() > 0.9
    assert dssim.max() <= 1


def test_agrees_with_scikit_image():
    """A 3x3 uniform window without Bessel's correction, before the clipping to 0..1."""
    rebuilt, target = images()
    _, ssim = structural_similarity(
        rebuilt[0].permute(1, 2, 0).numpy(),
        target[0].permute(1, 2, 0).numpy(),
        win_size=3,
        data_range=1.0,
        channel_axis=-1,
        use_sample_covariance=False,
        full=True,
    )
    expected = (1 - torch.from_numpy(ssim).permute(2, 0, 1)) / 2
    torch.testing.assert_close(dssim_map(rebuilt, target, padding="valid")[0], expected[:, 1:-1, 1:-1])


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kept_statistics_change_neither_values_nor_gradients(padding, dtype):
    rebuilt, target = images(dtype=dtype)
    rebuilt.requires_grad_()
    weight = torch.rand_like(photometric_map(rebuilt, target, padding=padding))
    statistics = TargetStatistics.of(target, padding=padding)
    slow = photometric_map_by_definition(rebuilt, target, padding=padding)
    slow_gradient = torch.autograd.grad((slow * weight).sum(), rebuilt)
    for fast in (
        photometric_map(rebuilt, statistics, padding=padding),
        photometric_map(rebuilt, target, padding=padding),
    ):
        torch.testing.assert_close(fast, slow, atol=1e-5, rtol=0)
        fast_gradient = torch.autograd.grad((fast * weight).sum(), rebuilt)
        torch.testing.assert_close(
            fast_gradient, slow_gradient, atol=1e-5 if dtype == torch.float32 else 1e-12, rtol=1e-4
        )


@pytest.mark.parametrize("padding", PADDINGS)
def test_can_be_differentiated_twice(padding):
    rebuilt, target = images(4, 4, channels=1)
    rebuilt = rebuilt[:1].requires_grad_()
    statistics = TargetStatistics.of(target[:1], padding=padding)

    def error(rebuilt):
        return photometric_map(rebuilt, statistics, padding=padding)

    assert torch.autograd.gradcheck(error, rebuilt)
    assert torch.autograd.gradgradcheck(error, rebuilt)


def test_works_inside_functional_transforms():
    rebuilt, target = images()
    rebuilt.requires_grad_()
    plain = torch.autograd.grad(photometric_map(rebuilt, target).mean(), rebuilt)[0]
    functional = torch.func.grad(lambda image: photometric_map(image, target).mean())(rebuilt.detach())
    torch.testing.assert_close(functional, plain)


def test_a_target_that_asks_for_a_gradient_gets_it():
    rebuilt, target = images()
    target.requires_grad_()
    gradient = torch.autograd.grad(photometric_map(rebuilt, target).mean(), target)[0]
    assert gradient.abs().max() > 0
    swapped = torch.autograd.grad(photometric_map(target, rebuilt).mean(), target)[0]
    torch.testing.assert_close(gradient, swapped)  # DSSIM and L1 are symmetric


def test_half_precision_is_compared_in_single():
    """In bfloat16 a variance of 0.0001 about a mean of 0.5 is rounding error."""
    rebuilt, target = (0.5 + 0.02 * image for image in images(dtype=torch.float32))
    half = photometric_map(rebuilt.bfloat16(), target.bfloat16())
    assert half.dtype == torch.float32
    exact = photometric_map_by_definition(rebuilt.bfloat16().float(), target.bfloat16().float())
    torch.testing.assert_close(half, exact, atol=1e-5, rtol=0)


def test_statistics_for_another_padding_are_refused():
    rebuilt, target = images()
    with pytest.raises(ValueError, match="for padding 'valid', not 'reflect'"):
        photometric_map(rebuilt, TargetStatistics.of(target, padding="valid"))


def test_alpha_mixes_the_two_terms():
    rebuilt, target = images()
    difference = (rebuilt - target).abs().mean(1, keepdim=True)
    torch.testing.assert_close(photometric_map(rebuilt, target, alpha=0.0), difference)
    dssim = dssim_map(rebuilt, target).mean(1, keepdim=True)
    torch.testing.assert_close(photometric_map(rebuilt, target, alpha=1.0), dssim)


def test_mean_loss_takes_complete_windows_and_all_pixels():
    rebuilt, target = images()
    dssim = dssim_map(rebuilt, target, padding="valid").mean()
    expected = 0.85 * dssim + 0.15 * (rebuilt - target).abs().mean()
    torch.testing.assert_close(mean_ssim_l1(rebuilt, target, colour_divisor=255), expected)
    assert mean_ssim_l1(rebuilt, target) < mean_ssim_l1(rebuilt, target, colour_divisor=255)


def test_identical_views_and_zero_disparity_give_exactly_no_loss():
    image, _ = images()
    rebuilt, _ = warp_by_disparity(image, torch.zeros(2, 1, 12, 20, dtype=torch.float64))
    assert mean_ssim_l1(rebuilt, image) < 1e-12


def test_true_disparity_is_the_minimum():
    generator = torch.Generator().manual_seed(3)
    right = torch.rand(1, 3, 16, 64, generator=generator)
    left, _ = warp_by_disparity(right, torch.full((1, 1, 16, 64), 5.0))
    errors = [
        mean_ssim_l1(warp_by_disparity(right, torch.full((1, 1, 16, 64), d))[0], left)
        for d in (3.0, 4.0, 5.0, 6.0, 7.0)
    ]
    assert errors.index(min(errors)) == 2
