"""One view rebuilt from another, by disparity or by depth and motion.

Pixel centres are at whole numbers. A position is *inside* when it lies between the centres of the first and the last
column (row); nothing is known of the scene beyond.

Positions are never scaled to -1..1 and back as `torch.nn.functional.grid_sample` asks for: in float32 that costs 1e-4
px at the width of a street scene, so that zero motion would not return the same image; in bfloat16 it costs pixels.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from wilddepth.geometry.camera import Camera
from wilddepth.geometry.disparity import check_size

Border: TypeAlias = Literal["replicate", "zeros"]
"""Outside the view, "replicate" repeats the edge pixel, "zeros" counts every pixel as 0."""


def warp_by_disparity(
    right: Float[Tensor, "b c h w"],
    disparity: Float[Tensor, "b 1 h w"],
    *,
    border: Border = "replicate",
) -> tuple[Float[Tensor, "b c h w"], Bool[Tensor, "b 1 h w"]]:
    """The left view rebuilt from the right one: L'(x, y) = R(x - d(x, y), y), linear along the row.

    The right view is rebuilt from the left one by giving the right view's disparity negated.

    Args:
        right: what is sampled: an image, features or a disparity map.
        disparity: of the left view, px of this resolution; negative values sample to the right.
        border: "replicate" for photometric losses; "zeros" is MADNet's feature warp, linear down to 0 one pixel
            outside.

    Returns:
        The rebuilt left view, and where its samples lie inside the right view. A nan disparity gives nan, not inside.

    Source:
        Tonioni et al., CVPR 2019 (arXiv:1810.05424), sec. 3; both borders as in its published code.
    """
    height, width = right.shape[-2:]
    position = _pixel_grid(width, disparity) - _precise(disparity)
    inside = _between_centres(position, width)
    row = torch.arange(height, device=right.device).view(-1, 1) * width
    x = _taps(position, width, border)
    before, after = _pixels(right, row + x.before), _pixels(right, row + x.after)
    if border == "replicate":
        return torch.lerp(before, after, x.weight_after.to(right.dtype)), inside
    return before * x.weight_before.to(right.dtype) + after * x.weight_after.to(right.dtype), inside


def warp_by_depth(
    neighbour: Float[Tensor, "b c hn wn"],
    depth: Float[Tensor, "b 1 h w"],
    camera: Camera,
    neighbour_camera: Camera,
    neighbour_from_target: Float[Tensor, "b 4 4"],
    *,
    border: Border = "replicate",
) -> tuple[Float[Tensor, "b c h w"], Bool[Tensor, "b 1 h w"]]:
    """The target view rebuilt from a neighbour: every pixel is lifted by its depth, moved and projected; bilinear.

    Args:
        neighbour: what is sampled, of the size of `neighbour_camera`.
        depth: of the target view along its optical axis, m, positive; infinite depth is the direction alone.
        camera: of the target view, at the resolution of `depth`.
        neighbour_camera: of the neighbour.
        neighbour_from_target: takes coordinates of the target camera to those of the neighbour, m.
        border: what lies outside the neighbour; a pixel behind its camera is outside.

    Returns:
        The rebuilt target view, and where its samples lie inside the neighbour. A depth that is nan or not positive
        is not inside.

    Raises:
        ValueError: when a camera describes images of another size.

    Source:
        Zhou et al., CVPR 2017 (arXiv:1704.07813), eq. 2.
    """
    check_size(depth, camera)
    height, width = neighbour.shape[-2:]
    check_size(neighbour[:, :1], neighbour_camera)
    x_position, y_position, in_front = projected_pixels(depth, camera, neighbour_camera, neighbour_from_target)
    inside = in_front & _between_centres(x_position, width) & _between_centres(y_position, height)
    x, y = _taps(x_position, width, border), _taps(y_position, height, border)
    corners = (
        (y.before * width + x.before, y.weight_before * x.weight_before),
        (y.before * width + x.after, y.weight_before * x.weight_after),
        (y.after * width + x.before, y.weight_after * x.weight_before),
        (y.after * width + x.after, y.weight_after * x.weight_after),
    )
    rebuilt = torch.stack([_pixels(neighbour, index) * weight.to(neighbour.dtype) for index, weight in corners]).sum(0)
    return rebuilt, inside


def projected_pixels(
    depth: Float[Tensor, "b 1 h w"],
    camera: Camera,
    neighbour_camera: Camera,
    neighbour_from_target: Float[Tensor, "b 4 4"],
) -> tuple[Float[Tensor, "b 1 h w"], Float[Tensor, "b 1 h w"], Bool[Tensor, "b 1 h w"]]:
    """Column and row in the neighbour of every target pixel, and whether it lies in front of the neighbour's camera.

    The *displacement* is computed and added to the pixel's own coordinates, so that zero motion moves nothing at all:
    with ray r = K^-1 p and m = (R - I) r + t / Z, the point moves by f (m_xy - r_xy m_z) / (1 + m_z).
    """
    height, width = depth.shape[-2:]
    depth = _precise(depth)
    column, row = _pixel_grid(width, depth), _pixel_grid(height, depth).view(-1, 1)
    ray_x = (column - _each(camera.centre_x)) / _each(camera.focal_x)
    ray_y = (row - _each(camera.centre_y)) / _each(camera.focal_y)
    pose = neighbour_from_target.to(depth.dtype)
    turn = pose[:, :3, :3] - torch.eye(3, device=pose.device, dtype=pose.dtype)
    move_x, move_y, move_z = (
        _each(turn[:, axis, 0]) * ray_x
        + _each(turn[:, axis, 1]) * ray_y
        + _each(turn[:, axis, 2])
        + _each(pose[:, axis, 3]) / depth
        for axis in range(3)
    )
    scale = 1 + move_z  # depth in the neighbour / depth in the target
    in_front = (scale > 1e-6) & (depth > 0)
    scale = scale.clamp(min=1e-6)
    shift_x = _each(neighbour_camera.focal_x) * (move_x - ray_x * move_z) / scale
    shift_y = _each(neighbour_camera.focal_y) * (move_y - ray_y * move_z) / scale
    zoom_x = _each(neighbour_camera.focal_x - camera.focal_x) * ray_x
    zoom_y = _each(neighbour_camera.focal_y - camera.focal_y) * ray_y
    centre_x = _each(neighbour_camera.centre_x - camera.centre_x)
    centre_y = _each(neighbour_camera.centre_y - camera.centre_y)
    return column + (shift_x + zoom_x + centre_x), row + (shift_y + zoom_y + centre_y), in_front


@dataclass(frozen=True)
class _Taps:
    """The two pixels around a position on one axis, and their weights."""

    before: Int[Tensor, "b 1 h w"]
    after: Int[Tensor, "b 1 h w"]
    weight_before: Float[Tensor, "b 1 h w"]
    weight_after: Float[Tensor, "b 1 h w"]


def _taps(position: Float[Tensor, "b 1 h w"], size: int, border: Border) -> _Taps:
    margin = 1 if border == "zeros" else 0
    # Clamped before it becomes a whole number: far positions would overflow.
    position = position.clamp(-margin, size - 1 + margin)
    floor = position.detach().floor()
    weight_after = position - floor
    weight_before = 1 - weight_after
    before = floor.long()
    after = before + 1
    if border == "zeros":
        weight_before = weight_before * _exists(before, size)
        weight_after = weight_after * _exists(after, size)
    return _Taps(before.clamp(0, size - 1), after.clamp(0, size - 1), weight_before, weight_after)


def _exists(index: Int[Tensor, "b 1 h w"], size: int) -> Bool[Tensor, "b 1 h w"]:
    return (index >= 0) & (index < size)


def _pixels(image: Float[Tensor, "b c hn wn"], index: Int[Tensor, "b 1 h w"]) -> Float[Tensor, "b c h w"]:
    """The pixels at row * width + column, in the memory format of the image."""
    batch, channels, height, width = image.shape
    if image.is_contiguous() or not image.is_contiguous(memory_format=torch.channels_last):
        flat = image.flatten(2).gather(-1, index.flatten(2).expand(-1, channels, -1))
        return flat.view(batch, channels, *index.shape[-2:])
    # Channels last: one pixel is one row of a table, copied whole (three times faster than a gather).
    first = torch.arange(batch, device=image.device).view(-1, 1, 1, 1) * (height * width)
    table = image.permute(0, 2, 3, 1).reshape(-1, channels)
    chosen = table.index_select(0, (first + index).flatten())
    return chosen.view(batch, *index.shape[-2:], channels).permute(0, 3, 1, 2)


def _between_centres(position: Float[Tensor, "b 1 h w"], size: int) -> Bool[Tensor, "b 1 h w"]:
    return (position >= 0) & (position <= size - 1)


def _pixel_grid(size: int, like: Float[Tensor, "b 1 h w"]) -> Float[Tensor, " n"]:
    return torch.arange(size, device=like.device, dtype=_precise(like).dtype)


def _precise(values: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """At least float32: half precision has no whole numbers beyond 256 (bfloat16) or 2048 (float16)."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _each(values: Float[Tensor, " b"]) -> Float[Tensor, "b 1 1 1"]:
    return values.view(-1, 1, 1, 1)
