"""Which pixels of one view are seen by the other, from the disparities of both.

Both disparities count the same way, left column minus right column, and may be negative (see `geometry.disparity`).
"""

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.geometry.warp import warp_by_disparity


def left_right_difference(
    left_disparity: Float[Tensor, "b 1 h w"],
    right_disparity: Float[Tensor, "b 1 h w"],
    *,
    sampling: Literal["linear", "nearest"] = "linear",
) -> Float[Tensor, "b 1 h w"]:
    """How far the two views disagree: |d_L(x) - d_R(x - d_L(x))|, px.

    For the right view's own map give both disparities mirrored left to right, the right one first.

    Args:
        left_disparity: of the left view, px of this resolution.
        right_disparity: of the right view, px of this resolution.
        sampling: of the right map between two columns. "nearest" keeps a hole in it from spreading to the column
            beside it and never mixes the two sides of an edge; "linear" has a gradient.

    Returns:
        nan where there is no answer: the match lies outside the right view, or either disparity is nan.

    Source:
        Godard et al., CVPR 2017 (arXiv:1609.03677), eq. 4.
    """
    if sampling == "nearest":
        matched, inside = _nearest(right_disparity, left_disparity)
    else:
        matched, inside = warp_by_disparity(right_disparity, left_disparity)
    difference = (left_disparity - matched).abs()
    return torch.where(inside, difference, torch.full_like(difference, torch.nan))


def _nearest(
    right: Float[Tensor, "b 1 h w"], disparity: Float[Tensor, "b 1 h w"]
) -> tuple[Float[Tensor, "b 1 h w"], Bool[Tensor, "b 1 h w"]]:
    """`warp_by_disparity` without mixing columns."""
    last = disparity.shape[-1] - 1
    column = (torch.arange(last + 1, device=disparity.device) - disparity).round()
    inside = (column >= 0) & (column <= last)
    # Clamped again as a whole number: nan becomes any.
    return right.gather(-1, column.clamp(0, last).long().clamp(0, last)), inside


def consistent(
    left_disparity: Float[Tensor, "b 1 h w"],
    right_disparity: Float[Tensor, "b 1 h w"],
    threshold: float = 1.0,
    *,
    sampling: Literal["linear", "nearest"] = "linear",
) -> Bool[Tensor, "b 1 h w"]:
    """Where both views agree to `threshold` px: the left pixels that are visible in the right view.

    Occluded pixels, matches outside the right view and nan are not consistent. Arguments as in
    `left_right_difference`.
    """
    return left_right_difference(left_disparity, right_disparity, sampling=sampling) <= threshold


def visible_by_disparity(disparity: Float[Tensor, "b 1 h w"], *, tolerance: float = 1.0) -> Bool[Tensor, "b 1 h w"]:
    """Which left pixels the right view sees, from the left disparity alone.

    Pixel x is hidden where a pixel further right lands on the same right column or left of it: x' > x with
    x' - d(x') <= x - d(x) means that the nearer surface at x' covers it. A running minimum from the right finds all of
    them at once. Matches outside the right view are not visible either.

    Args:
        disparity: of the left view, px of this resolution, without nan.
        tolerance: how far beyond it the cover must reach, px, so that slanted surfaces do not cover themselves.
    """
    width = disparity.shape[-1]
    position = torch.arange(width, device=disparity.device) - disparity
    nearest_cover = position.flip(-1).cummin(dim=-1).values.flip(-1)
    return (position - nearest_cover < tolerance) & (position >= 0) & (position <= width - 1)
