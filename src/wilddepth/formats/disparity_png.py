"""Disparity maps stored as whole numbers in a PNG.

KITTI: 16 bits, px = v / 256, 0 = none. Older sets: 8 bits with a scale that only their description names (Middlebury
2003 at quarter size: px = v / 4).
"""

from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import OutputError, SampleError
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.image import decoded, encoded_png

KITTI_SCALE = 256.0
LARGEST_KITTI_DISPARITY = 65535 / KITTI_SCALE


def read_kitti_disparity(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """A 16-bit map, px = v / 256; nan where v = 0.

    Raises:
        SampleError: for a file that is missing, damaged, has several channels or 8 bits.
    """
    return _scaled(_stored(path, np.uint16), KITTI_SCALE)


def read_scaled_disparity(path: str | Path, scale: float) -> Float32[np.ndarray, "h w"]:
    """An 8-bit map, px = v / scale; nan where v = 0.

    Raises:
        SampleError: for a file that is missing, damaged, has several channels or 16 bits.
    """
    return _scaled(_stored(path, np.uint8), scale)


def write_kitti_disparity(
    path: str | Path,
    disparity: Float32[np.ndarray, "h w"],
    *,
    outside: Literal["refuse", "saturate"] = "refuse",
) -> None:
    """Write a map as 16-bit PNG, v = round(256 px), wholly or not at all.

    Args:
        path: the file to make.
        disparity: px; what is not finite is stored as 0, "none". From 0 up to half a step it is stored as the smallest
            value, 1/256 px, because 0 means "none" (the KITTI development kit does the same).
        outside: what to do with values that the format cannot hold (negative, or above 255.996 px): refuse them, or
            store the nearest that it can.

    Raises:
        OutputError: when it cannot be written, or for values outside the format.
    """
    known = np.isfinite(disparity)
    values = np.where(known, disparity, np.float32(0))
    if outside == "refuse":
        _check_range(values, path)
    stored = np.where(known, np.clip(np.round(values * KITTI_SCALE), 1, 65535), 0)
    write_bytes(path, encoded_png(stored.astype(np.uint16)))


def _check_range(values: Float32[np.ndarray, "h w"], path: str | Path) -> None:
    """Refuse values that would come back as others."""
    # Half a step more still rounds to the largest value.
    if values.size and (values.min() < 0 or values.max() >= LARGEST_KITTI_DISPARITY + 0.5 / KITTI_SCALE):
        raise OutputError(
            f"{path}: disparities from {values.min():.2f} to {values.max():.2f} px do not fit a 16-bit PNG "
            f"(0 to {LARGEST_KITTI_DISPARITY:.3f} px); write PFM instead"
        )


def _stored(path: str | Path, expected: type[np.uint8] | type[np.uint16]) -> np.ndarray:
    """The whole numbers in the file, one channel of the expected width."""
    values = decoded(path)
    wanted = 8 * np.dtype(expected).itemsize
    if values.ndim != 2 or values.dtype != expected:
        channels = 1 if values.ndim == 2 else values.shape[2]
        raise SampleError(
            f"{path} is no {wanted}-bit disparity map: it has {channels} channel(s) of {8 * values.dtype.itemsize} "
            f"bits; a preview or another scale? Store disparities as 16-bit PNG (256 px) or PFM"
        )
    return values


def _scaled(stored: np.ndarray, scale: float) -> Float32[np.ndarray, "h w"]:
    """px from stored numbers, nan for 0."""
    return np.where(stored == 0, np.float32(np.nan), stored.astype(np.float32) / np.float32(scale))
