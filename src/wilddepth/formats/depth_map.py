"""Depth stored as 16-bit whole numbers: KITTI's PNG (256 a metre), TUM's (5000), millimetres (1000). 0 = none."""

from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import SampleError
from wilddepth.formats.image import decoded

KITTI_PER_METRE = 256.0
TUM_PER_METRE = 5000.0
MILLIMETRES_PER_METRE = 1000.0


def read_depth(path: str | Path, per_metre: float) -> Float32[np.ndarray, "h w"]:
    """Depth along the optical axis, m; nan where the file holds 0.

    Args:
        path: a picture of one channel with 16 bits.
        per_metre: the stored number that means one metre.

    Raises:
        SampleError: for a file that is missing, damaged, has several channels or 8 bits.
    """
    stored = decoded(path)
    if stored.ndim != 2 or stored.dtype != np.uint16:
        channels = 1 if stored.ndim == 2 else stored.shape[2]
        raise SampleError(
            f"{path} is no 16-bit depth map: it has {channels} channel(s) of {8 * stored.dtype.itemsize} bits; "
            "a preview? Give the depth as it was measured"
        )
    depth = stored.astype(np.float32) / np.float32(per_metre)
    return np.where(stored == 0, np.float32(np.nan), depth)


def read_kitti_depth(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """Metres = v / 256; `SampleError` as `read_depth`."""
    return read_depth(path, KITTI_PER_METRE)


def read_tum_depth(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """Metres = v / 5000; `SampleError` as `read_depth`."""
    return read_depth(path, TUM_PER_METRE)


def read_millimetres(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """Metres = v / 1000; `SampleError` as `read_depth`."""
    return read_depth(path, MILLIMETRES_PER_METRE)
