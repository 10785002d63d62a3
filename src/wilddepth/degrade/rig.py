"""What is wrong with a rig: a view that is shifted, turned or enlarged against the other, or taken for the other.

Apply these to one view of a rectified pair. Images are RGB, 0..1, (b 3 h w); a strength is one number for each image,
or one for all, and 0 changes nothing. What comes from beyond the image is the nearest pixel of its edge.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample


def row_offset(image: Float[Tensor, "b 3 h w"], rows: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Everything `rows` px lower."""
    return _moved(image, down=_each(rows, image))


def roll(image: Float[Tensor, "b 3 h w"], degrees: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Turned about the middle of the image, clockwise as it is seen: what is on the right goes down."""
    return _moved(image, angle=_each(degrees, image) * (math.pi / 180))


def scale(image: Float[Tensor, "b 3 h w"], percent: Float[Tensor, " b"] | float) -> Float[Tensor, "b 3 h w"]:
    """Enlarged about the middle of the image by `percent`, as by a longer focal length."""
    return _moved(image, factor=1 + _each(percent, image) / 100)


def swapped(
    left: Float[Tensor, "b 3 h w"], right: Float[Tensor, "b 3 h w"]
) -> tuple[Float[Tensor, "b 3 h w"], Float[Tensor, "b 3 h w"]]:
    """The pair with its views taken for each other."""
    return right, left


def _each(value: Float[Tensor, " b"] | float, image: Tensor) -> Float[Tensor, " b"]:
    return torch.as_tensor(value, dtype=image.dtype, device=image.device).expand(image.shape[0])


def _moved(
    image: Float[Tensor, "b 3 h w"],
    *,
    down: Float[Tensor, " b"] | None = None,
    angle: Float[Tensor, " b"] | None = None,
    factor: Float[Tensor, " b"] | None = None,
) -> Float[Tensor, "b 3 h w"]:
    """Each pixel looked up where it came from, with bicubic weights: those of bilinear ones would blur the view."""
    height, width = image.shape[-2:]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    row = torch.arange(height, dtype=image.dtype, device=image.device).view(1, -1, 1) - middle_y
    column = torch.arange(width, dtype=image.dtype, device=image.device).view(1, 1, -1) - middle_x
    row = (row - _wide(down, 0.0, image)) / _wide(factor, 1.0, image)
    column = column / _wide(factor, 1.0, image)
    cosine, sine = _wide(angle, 0.0, image).cos(), _wide(angle, 0.0, image).sin()
    from_x, from_y = cosine * column + sine * row, cosine * row - sine * column
    # pixel centres at whole numbers <=> align_corners=True with (size - 1) here
    grid = torch.stack((from_x / middle_x, from_y / middle_y), dim=-1)
    return grid_sample(image, grid, mode="bicubic", padding_mode="border", align_corners=True).clamp(0, 1)


def _wide(value: Float[Tensor, " b"] | None, otherwise: float, image: Tensor) -> Float[Tensor, "b 1 1"]:
    """One number an image, shaped to meet its rows and columns."""
    return (image.new_full((image.shape[0],), otherwise) if value is None else value).view(-1, 1, 1)
