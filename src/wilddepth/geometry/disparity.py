"""Disparity, depth and the offset between principal points.

Rectified pair, left = reference: left column x matches right column x - d. With `doffs` = right minus left principal
point, Z = f B / (d + doffs): a raw disparity may be negative where doffs is positive.
"""

from math import ceil

import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.geometry.camera import Camera

NEGLIGIBLE_DOFFS = 0.01
"""px: what is left where equal principal points were rounded differently."""


def depth_from_disparity(
    disparity: Float[Tensor, "b 1 h w"],
    camera: Camera,
    baseline: Float[Tensor, " b"],
    *,
    doffs: Float[Tensor, " b"] | None = None,
    min_disparity: float = 1e-3,
) -> Float[Tensor, "b 1 h w"]:
    """Depth from the disparity of a rectified pair: Z = f B / (d + doffs).

    Args:
        disparity: left-image disparity, px of *this* resolution; where d + doffs is smaller than `min_disparity` it is
            raised to it so that depth stays finite. nan stays nan.
        camera: left camera, at the resolution of `disparity`.
        baseline: distance between the two optical centres, m, positive.
        doffs: right minus left principal point, px; None = 0.
        min_disparity: px.

    Returns:
        Depth along the optical axis, m.

    Raises:
        ValueError: when the camera describes images of another size.
    """
    check_size(disparity, camera)
    if doffs is not None:
        disparity = disparity + doffs.view(-1, 1, 1, 1)
    focal_baseline = (camera.focal_x * baseline).view(-1, 1, 1, 1)
    return focal_baseline / disparity.clamp(min=min_disparity)


def disparity_from_depth(
    depth: Float[Tensor, "b 1 h w"],
    camera: Camera,
    baseline: Float[Tensor, " b"],
    *,
    doffs: Float[Tensor, " b"] | None = None,
) -> Float[Tensor, "b 1 h w"]:
    """Raw disparity of a depth: d = f B / Z - doffs, px; depth in m, positive (infinite depth gives -doffs).

    Raises:
        ValueError: when the camera describes images of another size.
    """
    check_size(depth, camera)
    disparity = (camera.focal_x * baseline).view(-1, 1, 1, 1) / depth
    return disparity if doffs is None else disparity - doffs.view(-1, 1, 1, 1)


def check_size(values: Float[Tensor, "b 1 h w"], camera: Camera) -> None:
    """Raise ValueError unless `camera` describes images of the size of `values`."""
    height, width = values.shape[-2:]
    if (height, width) != (camera.height, camera.width):
        raise ValueError(
            f"values are {width} px wide and {height} high but the camera describes {camera.width} px by "
            f"{camera.height} px images; resize the camera with Camera.resized()"
        )


def shift_columns(image: Float[Tensor, "b c h w"], shift: int) -> Float[Tensor, "b c h w"]:
    """The image moved left by `shift` columns (right for a negative one), the free edge filled with its last column.

    Moving the right view LEFT by s turns a disparity d into d + s: left column x then matches column x - d - s.
    """
    if shift == 0:
        return image
    width = image.shape[-1]
    index = torch.arange(width, device=image.device).add(shift).clamp(0, width - 1)
    return image.index_select(-1, index)


def needed_shift(doffs: Float[Tensor, " b"]) -> int:
    """Whole columns by which the right view must move left (`shift_columns`) so that no raw disparity is negative.

    Points at infinity have d = -doffs. One number serves the whole batch.

    Args:
        doffs: right minus left principal point, px (see `Sample.doffs`).
    """
    return max(0, ceil(float(doffs.max()) - NEGLIGIBLE_DOFFS))
