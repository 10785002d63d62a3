"""Resizing, with every convention under its name.

With `in` and `out` the old and new size, output column x looks at the input column

    half-pixel      (x + 0.5) * in / out - 0.5     edges map to edges; what torch, OpenCV and PIL call bilinear
    align-corners   x * (in - 1) / (out - 1)       first and last pixel centres stay; L2A's heads
    tf1             x * in / out                   first pixel centre stays; TensorFlow 1's default, the MADNet of 2019
    area            mean over [x, x + 1) * in / out  weights are the covered fractions, also when enlarging
    nearest         floor((x + 0.5) * in / out)    keeps values that must not be mixed, e.g. labels with holes

Indices outside are clamped to the edge. Enlarging by a factor f, `tf1` is `half-pixel` moved left and up by
(f - 1) / 2 output pixels. `Camera.resized` describes `half-pixel`, `area` and `nearest`.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

Convention = Literal["half-pixel", "align-corners", "tf1", "area", "nearest"]


def resize(
    image: Float[Tensor, "b c h w"], height: int, width: int, convention: Convention
) -> Float[Tensor, "b c {height} {width}"]:
    """The image at height x width under a named convention (see the module), differentiable but for `nearest`' choice.

    Values are kept: resizing a disparity does not scale it. No convention but `area` smooths before it shrinks.

    Raises:
        ValueError: for a size below one pixel or an unknown convention.
    """
    if height < 1 or width < 1:
        raise ValueError(f"cannot resize to {height}x{width}: give at least one row and one column")
    match convention:
        case "half-pixel":
            return functional.interpolate(image, (height, width), mode="bilinear", align_corners=False)
        case "align-corners":
            return functional.interpolate(image, (height, width), mode="bilinear", align_corners=True)
        case "tf1":
            return _tf1(image, height, width)
        case "area":
            return _area(image, height, width)
        case "nearest":
            return functional.interpolate(image, (height, width), mode="nearest-exact")
    raise ValueError(f"unknown resize convention {convention!r}; known: half-pixel, align-corners, tf1, area, nearest")


def _tf1(image: Tensor, height: int, width: int) -> Tensor:
    # With one more row and column on both sides of the resize, align-corners' (in - 1) / (out - 1) becomes in / out.
    # The added row repeats the last one, which is the clamping.
    grown = functional.pad(image, (0, 1, 0, 1), mode="replicate")
    finer = functional.interpolate(grown, (height + 1, width + 1), mode="bilinear", align_corners=True)
    return finer[..., :height, :width]


def _area(image: Tensor, height: int, width: int) -> Tensor:
    rows, columns = image.shape[-2:]
    if rows % height == 0 and columns % width == 0:
        return functional.avg_pool2d(image, (rows // height, columns // width))
    with torch.autocast(image.device.type, enabled=False):  # coverage must not be rounded to bfloat16
        return _coverage(rows, height, image) @ image @ _coverage(columns, width, image).T


def _coverage(old: int, new: int, like: Tensor) -> Tensor:
    """(new, old) weights: the fraction of the new pixel that each old pixel covers; every row sums to one."""
    edge = torch.arange(new + 1, dtype=torch.float64, device=like.device) * (old / new)
    pixel = torch.arange(old, dtype=torch.float64, device=like.device)
    covered = torch.minimum(edge[1:, None], pixel + 1) - torch.maximum(edge[:-1, None], pixel)
    return (covered.clamp(min=0) * (new / old)).to(like.dtype)
