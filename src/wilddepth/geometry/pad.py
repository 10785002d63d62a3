"""Padding to sizes that a network accepts, and back.

The floor half of the missing rows and columns goes before, the rest after.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Shaped
from torch import Tensor

Border = Literal["reflect", "replicate"]


@dataclass(frozen=True)
class Padding:
    """Rows and columns added around an image."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def to_multiple(cls, height: int, width: int, multiple: int) -> "Padding":
        """The least padding of a height x width image to multiples of `multiple`: floor half before, the rest after.

        Raises:
            ValueError: for an empty image or a multiple below one.
        """
        if height < 1 or width < 1 or multiple < 1:
            raise ValueError(f"cannot pad a {height}x{width} image to multiples of {multiple}: all must be positive")
        # Written with the padded size, which a compiler can halve again and again without a remainder.
        rows, columns = ((size + multiple - 1) // multiple * multiple - size for size in (height, width))
        return cls(rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)


def pad(image: Shaped[Tensor, "b c h w"], padding: Padding, border: Border = "reflect") -> Shaped[Tensor, "b c y x"]:
    """The image with a border.

    Args:
        image: any size and type.
        padding: what to add.
        border: "reflect" mirrors about the edge pixel's centre, which is not repeated, again and again where the
            padding is larger than the image (a single row or column is repeated); "replicate" repeats the edge pixel.
    """
    padded = _pad_axis(image, -2, padding.top, padding.bottom, border)
    return _pad_axis(padded, -1, padding.left, padding.right, border)


def crop(image: Shaped[Tensor, "b c y x"], padding: Padding) -> Shaped[Tensor, "b c h w"]:
    """`pad` undone: the image inside the border (a view).

    Raises:
        ValueError: when nothing would be left.
    """
    height, width = image.shape[-2:]
    rows, columns = height - padding.top - padding.bottom, width - padding.left - padding.right
    if rows < 1 or columns < 1:
        raise ValueError(f"{padding} leaves nothing of a {height}x{width} image; was it padded before?")
    return image[..., padding.top : padding.top + rows, padding.left : padding.left + columns]


def _pad_axis(image: Tensor, axis: int, before: int, after: int, border: Border) -> Tensor:
    if not before and not after:
        return image
    size = image.shape[axis]
    # Only the border is gathered; the image itself is copied once.
    first = image.index_select(axis, _border_index(-before, 0, size, border, image.device))
    last = image.index_select(axis, _border_index(size, size + after, size, border, image.device))
    return torch.cat((first, image, last), axis)


def _border_index(start: int, stop: int, size: int, border: Border, device: torch.device) -> Tensor:
    index = torch.arange(start, stop, device=device)
    if border == "reflect" and size > 1:
        period = 2 * (size - 1)
        index = index.remainder(period)
        index = torch.minimum(index, period - index)
    return index.clamp(0, size - 1)
