"""Sensor faults and photometric differences: image -> image with a stated strength.

Images are RGB, 0..1, (b 3 h w); a strength is one number for each image. Strength 0 (gain, gamma and colour cast: 1)
changes nothing.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, pad


def spread(value: Float[Tensor, " b"] | float, image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "#b 1 1 1"]:
    """One number an image (or one for all), shaped to multiply the batch."""
    return torch.as_tensor(value, dtype=image.dtype, device=image.device).reshape(-1, 1, 1, 1)


def gain(image: Float[Tensor, "b 3 h w"], factor: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Exposure: every value times `factor`, clipped."""
    return (image * spread(factor, image)).clamp(0, 1)


def gamma(image: Float[Tensor, "b 3 h w"], exponent: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Tone: value ** exponent, values below 1e-6 raised to it so that the slope at 0 stays finite."""
    return image.clamp(min=1e-6) ** spread(exponent, image)


def colour_cast(image: Float[Tensor, "b 3 h w"], factors: Float[Tensor, "b 3"]) -> Float[Tensor, "b 3 h w"]:
    """White balance: one factor for each channel, clipped."""
    return (image * factors[:, :, None, None]).clamp(0, 1)


def noise(
    image: Float[Tensor, "b 3 h w"],
    read: Float[Tensor, " b"] | float,
    shot: Float[Tensor, " b"] | float,
    generator: torch.Generator,
) -> Float[Tensor, "b 3 h w"]:
    """Gaussian noise of variance read^2 + shot^2 * value, clipped.

    Args:
        read: standard deviation in the dark, 0..1 scale.
        shot: standard deviation added at full brightness, 0..1 scale.
        generator: on the device of the image.
    """
    sigma = (spread(read, image).square() + spread(shot, image).square() * image).sqrt()
    white = torch.randn(image.shape, generator=generator, device=image.device, dtype=image.dtype)
    return (image + sigma * white).clamp(0, 1)


def blur(image: Float[Tensor, "b 3 h w"], sigma: Float[Tensor, " b"]) -> Float[Tensor, "b 3 h w"]:
    """Gaussian blur, edges replicated.

    Args:
        image: any size.
        sigma: px; 0 = none. The Gaussian is sampled at whole pixels -2..2 and normalised: its standard deviation is
            within a tenth of `sigma` from 0.5 to 1.2 px, next to nothing below 0.3 px, and cut off above 1.2 px.
    """
    taps = torch.arange(-2, 3, device=image.device, dtype=image.dtype)
    weights = torch.exp(-0.5 * (taps / sigma.clamp(min=0.05).view(-1, 1)) ** 2)
    weights = (weights / weights.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    batch, channels, height, width = image.shape
    flat = pad(image, (2, 2, 2, 2), mode="replicate").reshape(1, batch * channels, height + 4, width + 4)
    across = conv2d(flat, weights.view(-1, 1, 1, 5), groups=batch * channels)
    return conv2d(across, weights.view(-1, 1, 5, 1), groups=batch * channels).view(image.shape)


def vignette(image: Float[Tensor, "b 3 h w"], strength: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Corners darkened: the value at a corner is multiplied by 1 - strength."""
    height, width = image.shape[-2:]
    y = torch.linspace(-1, 1, height, device=image.device).view(-1, 1)
    x = torch.linspace(-1, 1, width, device=image.device)
    return image * (1 - spread(strength, image) * (x.square() + y.square()) / 2)


def posterise(image: Float[Tensor, "b 3 h w"], steps: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Quantised to whole multiples of 1 / `steps`, as by a low bit depth (8 bit: 255)."""
    count = spread(steps, image)
    return (image * count).round() / count
