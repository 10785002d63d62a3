"""Sensor faults do what their strengths say."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from wilddepth.degrade import sensor

Fault = Callable[[Tensor, Tensor], Tensor]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def picture(batch: int = 3, height: int = 20, width: int = 30) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=generator())


def grey(value: float, batch: int = 1, size: int = 100) -> Tensor:
    return torch.full((batch, 3, size, size), value)


FAULTS: dict[str, tuple[Fault, float]] = {
    "gain": (sensor.gain, 1.0),
    "gamma": (sensor.gamma, 1.0),
    "colour_cast": (lambda image, factor: sensor.colour_cast(image, factor[:, None].expand(-1, 3)), 1.0),
    "read noise": (lambda image, sigma: sensor.noise(image, sigma, 0.0, generator()), 0.0),
    "shot noise": (lambda image, sigma: sensor.noise(image, 0.0, sigma, generator()), 0.0),
    "blur": (sensor.blur, 0.0),
    "vignette": (sensor.vignette, 0.0),
}
"""Fault and the strength at which it changes nothing."""

every_fault = pytest.mark.parametrize("name", FAULTS)


@every_fault
def test_no_strength_changes_nothing(name: str):
    fault, none = FAULTS[name]
    image = picture()
    image[0, :, 0, 0], image[0, :, 0, 1] = 0.0, 1.0
    torch.testing.assert_close(fault(image, torch.full((3,), none)), image, rtol=0, atol=2e-6)


@every_fault
def test_each_image_of_a_batch_has_its_own_strength(name: str):
    fault, none = FAULTS[name]
    image = picture(1).expand(3, -1, -1, -1).contiguous()
    strengths = torch.tensor([none, none + 0.4, none + 0.8])
    changed = fault(image, strengths)
    gaps = [(changed[i] - image[i]).abs().mean().item() for i in range(3)]
    assert gaps[0] < 1e-5 < 1e-3 < gaps[1] < gaps[2]
    if "noise" not in name:  # noise is drawn for the whole batch
        for i in range(3):
            torch.testing.assert_close(fault(image[i : i + 1], strengths[i : i + 1])[0], changed[i])


@every_fault
def test_values_stay_between_black_and_white(name: str):
    fault, none = FAULTS[name]
    changed = fault(picture(), torch.full((3,), none + 0.9))
    assert changed.shape == (3, 3, 20, 30)
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_gain_multiplies_and_clips():
    assert sensor.gain(grey(0.3, size=2), 1.5).unique().item() == pytest.approx(0.45)
    assert sensor.gain(grey(0.8, size=2), 1.5).unique().item() == 1


def test_gamma_is_an_exponent():
    assert sensor.gamma(grey(0.25, size=2), 0.5).unique().item() == pytest.approx(0.5)
    assert sensor.gamma(grey(0.5, size=2), 2.0).unique().item() == pytest.approx(0.25)


def test_the_slope_of_gamma_at_black_is_finite():
    image = grey(0.0, size=2).requires_grad_()
    sensor.gamma(image, 0.5).sum().backward()
    assert image.grad is not None
    assert torch.isfinite(image.grad).all()


def test_a_colour_cast_multiplies_each_channel():
    changed = sensor.colour_cast(grey(0.5, 2, 2), torch.tensor([[1.2, 1.0, 0.8], [0.5, 3.0, 1.0]]))
    expected = torch.tensor([[0.6, 0.5, 0.4], [0.25, 1.0, 0.5]])
    torch.testing.assert_close(changed, expected[:, :, None, None].expand(-1, -1, 2, 2))


@pytest.mark.parametrize("value", [0.2, 0.8])
@pytest.mark.parametrize(("read", "shot"), [(0.03, 0.0), (0.0, 0.04), (0.02, 0.05)])
def test_noise_has_the_stated_deviation(value: float, read: float, shot: float):
    noisy = sensor.noise(grey(value), read, shot, generator())
    assert noisy.mean().item() == pytest.approx(value, abs=1e-3)
    assert noisy.std().item() == pytest.approx((read**2 + shot**2 * value) ** 0.5, rel=0.02)


def test_noise_is_that_of_its_generator_and_white():
    image = grey(0.5)
    first = sensor.noise(image, 0.1, 0.0, generator(1))
    assert torch.equal(first, sensor.noise(image, 0.1, 0.0, generator(1)))
    assert not torch.equal(first, sensor.noise(image, 0.1, 0.0, generator(2)))
    left, right = first[..., :-1].flatten(), first[..., 1:].flatten()
    assert torch.corrcoef(torch.stack([left, right]))[0, 1].abs() < 0.02
    channels = torch.corrcoef(first[0].flatten(1))
    assert (channels - torch.eye(3)).abs().max() < 0.03


def test_blur_spreads_a_point_by_the_sampled_gaussian():
    point = torch.zeros(1, 3, 9, 9)
    point[..., 4, 4] = 1
    for sigma in (0.5, 0.8, 1.2):
        blurred = sensor.blur(point, torch.tensor([sigma]))[0, 0]
        weights = torch.exp(-0.5 * (torch.arange(-2, 3) / sigma) ** 2)
        weights = weights / weights.sum()
        torch.testing.assert_close(blurred[2:7, 2:7], torch.outer(weights, weights))
        assert blurred.sum().item() == pytest.approx(1, abs=1e-6)
        across = blurred.sum(dim=0)
        deviation = (across * (torch.arange(9) - 4) ** 2).sum().sqrt().item()
        assert deviation == pytest.approx(sigma, rel=0.1)


def test_blur_keeps_the_mean_and_flat_images_to_the_edge():
    image = torch.zeros(2, 3, 20, 30) + 0.4
    image[..., 3:-3, 3:-3] = picture(2, 14, 24)
    blurred = sensor.blur(image, torch.tensor([0.6, 1.1]))
    torch.testing.assert_close(blurred.mean(dim=(2, 3)), image.mean(dim=(2, 3)))
    assert (blurred[..., 3:-3, 3:-3].std() < image[..., 3:-3, 3:-3].std()).item()
    torch.testing.assert_close(blurred[..., 0, :], image[..., 0, :])


def test_blur_does_not_mix_channels_or_images():
    image = torch.zeros(2, 3, 7, 7)
    image[1, 2, 3, 3] = 1
    blurred = sensor.blur(image, torch.tensor([1.0, 1.0]))
    assert blurred[1, 2].sum() > 0.99
    assert blurred.sum() == blurred[1, 2].sum()


def test_vignetting_darkens_corners_by_its_strength_and_the_centre_not_at_all():
    changed = sensor.vignette(torch.ones(2, 3, 9, 13), torch.tensor([0.3, 0.6]))
    for image, strength in zip(changed, (0.3, 0.6), strict=True):
        for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            torch.testing.assert_close(image[(slice(None), *corner)], torch.full((3,), 1 - strength))
        assert image[:, 4, 6].eq(1).all()
        torch.testing.assert_close(image[0, 4, 0].item(), 1 - strength / 2)
        assert torch.equal(image, image.flip(-1).flip(-2))


def test_posterising_leaves_multiples_of_a_step():
    changed = sensor.posterise(picture(), 7)
    assert len(changed.unique()) == 8
    torch.testing.assert_close(changed * 7, (changed * 7).round())
    assert (changed - picture()).abs().max() <= 0.5 / 7 + 1e-6
    eight_bit = (picture() * 255).round() / 255
    torch.testing.assert_close(sensor.posterise(eight_bit, 255), eight_bit)
