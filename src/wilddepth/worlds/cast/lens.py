"""One camera as a row of numbers, and the order in which its pixels are rendered."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from wilddepth.worlds.cast.scene import Matrix, Rig

CHUNK = 4096
"""Rays at once: all about them stays in the processor's cache."""
TILE = 4


def lens_of(rig: Rig, pose: Matrix, *, right: bool, samples: int = 1) -> np.ndarray:
    """A camera (17) float64.

    Origin (3), rotation to the world (9, row by row), 1 / focal lengths (2), principal point (2), and the width of what
    a sample sees at a distance of 1 m.
    """
    origin = pose[:3, 3] + right * rig.baseline * pose[:3, 0]
    centre = rig.right_centre_x if right else rig.centre_x
    inner = [1 / rig.focal_x, 1 / rig.focal_y, centre, rig.centre_y, 1 / (rig.focal_x * samples)]
    return np.array([*origin, *pose[:3, :3].ravel(), *inner], dtype=np.float64)


@cache
def tiled(height: int, width: int) -> np.ndarray:
    """Numbers (h w) int64 of all pixels, tile after tile: rays side by side meet the same things."""
    row, column = np.divmod(np.arange(height * width), width)
    return np.lexsort((column % TILE, row % TILE, column // TILE, row // TILE)).astype(np.int64)


@cache
def _places(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    row, column = np.divmod(tiled(height, width), width)
    return row.astype(np.float64), column.astype(np.float64)


def parts(height: int, width: int) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Chunks of `tiled`: their place in it, and their columns and rows (n) float64."""
    row, column = _places(height, width)
    for start in range(0, height * width, CHUNK):
        part = slice(start, min(height * width, start + CHUNK))
        yield part, column[part], row[part]


def untiled(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """What is known of each pixel in the order of `tiled` (h * w ...), as a picture (h w ...)."""
    picture = np.empty_like(values)
    picture[tiled(height, width)] = values
    return picture.reshape(height, width, *values.shape[1:])
