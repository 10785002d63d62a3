"""What goes wrong between frames: black, grey, frozen and repeated ones.

Frames of one camera in their order are (n 3 h w), RGB, 0..1.
"""

import torch
from jaxtyping import Float
from torch import Tensor

_BRIGHTNESS = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601)."""


def black(image: Float[Tensor, "b 3 h w"], level: float = 0.0) -> Float[Tensor, "b 3 h w"]:
    """Nothing but one level (0..1), as from a covered lens or a camera that does not answer."""
    return torch.full_like(image, level)


def grey(image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
    """Its brightness in all three channels: a grey camera stored as colour."""
    weights = image.new_tensor(_BRIGHTNESS).view(1, 3, 1, 1)
    return (image * weights).sum(dim=1, keepdim=True).expand_as(image).contiguous()


def frozen(frames: Float[Tensor, "n 3 h w"], start: int) -> Float[Tensor, "n 3 h w"]:
    """From frame number `start` on nothing moves any more."""
    _check_number(frames, start)
    return torch.cat([frames[:start], frames[start : start + 1].expand(len(frames) - start, -1, -1, -1)])


def duplicated(frames: Float[Tensor, "n 3 h w"], number: int) -> Float[Tensor, "n 3 h w"]:
    """Frame `number` comes twice, and all after it one later; the last one is lost."""
    _check_number(frames, number)
    return torch.cat([frames[: number + 1], frames[number:-1]])


def _check_number(frames: Tensor, number: int) -> None:
    if not 0 <= number < len(frames):
        raise ValueError(f"there is no frame {number} among {len(frames)}")
