"""What lenses and cables do to one image: out of focus, moved while exposed, compressed, rows lost, dirt and drops.

Images are RGB, 0..1, (b 3 h w); a strength is one number for each image, or one for all, and 0 changes nothing.
"""

import math

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, grid_sample, pad

from wilddepth.degrade.sensor import spread

_FINE = 8
"""Samples a pixel along each axis when a kernel is drawn."""
_GLARE_TONE = (1.0, 0.97, 0.9)
_DIRT_BROWN = (0.16, 0.13, 0.10)


def defocus(image: Float[Tensor, "b 3 h w"], radius: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Out of focus: every point becomes a disc of `radius` px (a standard deviation of radius / 2 along each axis)."""
    return _filtered(image, [_disc(value) for value in _numbers(radius, image)])


def motion_blur(
    image: Float[Tensor, "b 3 h w"], length: Float[Tensor, " b"] | float, degrees: Float[Tensor, " b"] | float = 0.0
) -> Float[Tensor, "b 3 h w"]:
    """Moved while exposed: every point becomes a line of `length` px (a standard deviation of length / sqrt(12)).

    Args:
        image: any size.
        length: px.
        degrees: of the line, from the x-axis towards the y-axis: 0 = along rows.
    """
    lines = zip(_numbers(length, image), _numbers(degrees, image), strict=True)
    return _filtered(image, [_line(value, math.radians(angle)) for value, angle in lines])


def jpeg(image: Float[Tensor, "b 3 h w"], quality: int) -> Float[Tensor, "b 3 h w"]:
    """Compressed as JPEG of a quality 1 (blocks of 8 px) to 100 (nearly as it was), colour at half resolution."""
    if not 1 <= quality <= 100:
        raise ValueError(f"the quality of a JPEG is 1 to 100, not {quality}")
    return torch.stack([_compressed(view, quality) for view in image]).to(image)


def lost_rows(image: Float[Tensor, "b 3 h w"], count: int, generator: torch.Generator) -> Float[Tensor, "b 3 h w"]:
    """`count` rows of each image black, as where packets of a stream are lost."""
    batch, _, height, _ = image.shape
    if not 0 <= count <= height:
        raise ValueError(f"{count} rows cannot be lost of {height}")
    order = torch.stack([torch.randperm(height, generator=generator, device=generator.device) for _ in range(batch)])
    lost = torch.zeros(batch, height, dtype=torch.bool).scatter_(1, order[:, :count].cpu(), True)
    return image.masked_fill(lost.view(batch, 1, height, 1).to(image.device), 0)


def rolling_shutter(image: Float[Tensor, "b 3 h w"], shift: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Read row by row while the camera turns: the last row stands `shift` px further right than the first one."""
    height, width = image.shape[-2:]
    row, column = torch.meshgrid(_count(height, image), _count(width, image), indexing="ij")
    moved = column - spread(shift, image)[:, 0] * row / max(height - 1, 1)
    grid = torch.stack((2 * moved / (width - 1) - 1, (2 * row / (height - 1) - 1).expand_as(moved)), dim=-1)
    grid = grid.expand(image.shape[0], -1, -1, -1)
    return grid_sample(image, grid, mode="bilinear", padding_mode="border", align_corners=True)


def dirt(
    image: Float[Tensor, "b 3 h w"], share: float, radius: float, generator: torch.Generator
) -> Float[Tensor, "b 3 h w"]:
    """Brown spots of `radius` px on the lens that cover about this share (0..1) of each image."""
    mask = _spots(image, share, radius, generator)
    colour = torch.tensor(_DIRT_BROWN, dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
    return image * (1 - mask) + colour * mask


def drops(
    image: Float[Tensor, "b 3 h w"], share: float, radius: float, generator: torch.Generator
) -> Float[Tensor, "b 3 h w"]:
    """Water drops of `radius` px that cover about this share (0..1): behind them there is only the mean around."""
    mask = _spots(image, share, radius, generator)
    side = 2 * math.ceil(radius) + 1
    around = avg_pool2d(pad(image, (side // 2,) * 4, mode="replicate"), side, stride=1)
    return image * (1 - mask) + around * mask


def glare(
    image: Float[Tensor, "b 3 h w"],
    strength: Float[Tensor, " b"] | float,
    place: tuple[float, float] = (0.5, 0.1),
    spread_share: float = 0.35,
) -> Float[Tensor, "b 3 h w"]:
    """A light in the lens: a veil of warm white that takes contrast away, I + s g (1 - I) with a bell-shaped g.

    Args:
        image: without it.
        strength: share of the way to white in the middle of the veil, 0..1.
        place: of the middle: columns in image widths, rows in image heights; 0.5, 0.5 is the middle of the image.
        spread_share: standard deviation of the bell, image widths.
    """
    height, width = image.shape[-2:]
    across = (_count(width, image) + 0.5) / width - place[0]
    down = ((_count(height, image) + 0.5) / height - place[1]) * height / width
    bell = torch.exp(-(across.square() + down.square().view(-1, 1)) / (2 * spread_share**2))
    tone = torch.tensor(_GLARE_TONE, dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
    return image + spread(strength, image) * bell * (tone - image).clamp(min=0)


def _numbers(value: Float[Tensor, " b"] | float, image: Tensor) -> list[float]:
    return [float(number) for number in torch.as_tensor(value).expand(image.shape[0])]


def _count(length: int, image: Tensor) -> Float[Tensor, " n"]:
    return torch.arange(length, dtype=image.dtype, device=image.device)


def _disc(radius: float) -> Float[Tensor, "k k"]:
    """How much of each pixel a disc covers, sum 1."""
    half = math.ceil(max(radius - 0.5, 0))
    fine = (torch.arange((2 * half + 1) * _FINE) + 0.5) / _FINE - half - 0.5
    # never so small that no sample lies in it
    inside = (fine.square()[:, None] + fine.square() <= max(radius, 0.1) ** 2).float()
    kernel = avg_pool2d(inside[None, None], _FINE)[0, 0]
    return kernel / kernel.sum()


def _line(length: float, angle: float) -> Float[Tensor, "k k"]:
    """A line of even weight, each of its points shared by the four pixels around it."""
    half = math.ceil(length / 2)
    side = 2 * half + 1
    along = torch.linspace(-length / 2, length / 2, _FINE * (math.ceil(length) + 1) + 1)
    kernel = torch.zeros(side * (side + 1) + 2)  # room for neighbours of weight 0 beyond the last pixel
    x, y = along * math.cos(angle) + half, along * math.sin(angle) + half
    left, top = x.floor(), y.floor()
    for down in (0, 1):
        for right in (0, 1):
            weight = (1 - (x - left - right).abs()) * (1 - (y - top - down).abs())
            kernel.index_add_(0, ((top + down) * side + left + right).long(), weight)
    kernel = kernel[: side * side].view(side, side)
    return kernel / kernel.sum()


def _filtered(image: Float[Tensor, "b 3 h w"], kernels: list[Tensor]) -> Float[Tensor, "b 3 h w"]:
    """Each image with its own kernel, edges replicated."""
    views = []
    for view, kernel in zip(image, kernels, strict=True):
        half = kernel.shape[0] // 2
        wide = pad(view[:, None], (half,) * 4, mode="replicate")
        views.append(conv2d(wide, kernel.to(image)[None, None])[:, 0])
    return torch.stack(views)


def _compressed(view: Float[Tensor, "3 h w"], quality: int) -> Float[Tensor, "3 h w"]:
    levels = (view.detach().cpu() * 255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(levels[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1])
    return torch.from_numpy(back).permute(2, 0, 1).float() / 255


def _spots(
    image: Float[Tensor, "b 3 h w"], share: float, radius: float, generator: torch.Generator
) -> Float[Tensor, "b 1 h w"]:
    """Discs at random places, so many that n of area a leave exp(-n a / A) = 1 - share of an area A."""
    if not 0 <= share < 1:
        raise ValueError(f"spots cover a share from 0 to below 1, not {share}")
    batch, _, height, width = image.shape
    count = round(-math.log(1 - share) * height * width / (math.pi * radius**2))
    places = torch.rand(batch, count, 2, generator=generator, device=generator.device).to(image)
    row, column = _count(height, image).view(-1, 1), _count(width, image)
    mask = torch.zeros(batch, height, width, dtype=image.dtype, device=image.device)
    for place in places.unbind(dim=1):
        down, right = (place * place.new_tensor([height, width])).view(-1, 2, 1, 1).unbind(dim=1)
        distance = ((row - down) ** 2 + (column - right) ** 2).sqrt()
        mask = torch.maximum(mask, (radius + 0.5 - distance).clamp(0, 1))
    return mask[:, None]
