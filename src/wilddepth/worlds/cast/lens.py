"""One camera as a row of numbers, and the order in which its pixels are rendered."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from wilddepth.worlds.cast.scene import Matrix, Rig

CHUNK = 4096
"""Rays at once: all about them stays in the processor's cache."""


def lens_of(rig: Rig, pose: Matrix, *, right: bool, samples: int = 1) -> np.ndarray:
    """A camera (17) float64.

    Origin (3), rotation to the world (9, row by row), 1 / focal lengths (2), principal point (2), and the width of what
    a sample sees at a distance of 1 m.
    """
    origin = pose[:3, 3] + right * rig.baseline * pose[:3, 0]
    centre = rig.right_centre_x if right else rig.centre_x
    inner = [1 / rig.focal_x, 1 / rig.focal_y, centre, rig.centre_y, 1 / (rig.focal_x * samples**0.25)]
    return np.array([*origin, *pose[:3, :3].ravel(), *inner], dtype=np.float64)


@cache
def tiled(height: int, width: int) -> np.ndarray:
    """Numbers (h*w) int64 of all pixels, in blocks of blocks of four: neighbours meet the same things."""
    row, column = np.divmod(np.arange(height * width), width)
    place = sum(((column >> bit & 1) | (row >> bit & 1) << 1) << 2 * bit for bit in range(16))
    return np.argsort(place).astype(np.int64)


@cache
def _place_of(height: int, width: int) -> np.ndarray:
    """Place (h w) int64 of each pixel in `tiled`."""
    return np.argsort(tiled(height, width)).reshape(height, width)


@cache
def _places(height: int, width: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows (h*w * samples**2) of all samples, those of a pixel one after the other."""
    row, column = np.divmod(tiled(height, width), width)
    offset = (np.arange(samples) + 0.5) / samples - 0.5
    along, down = np.tile(offset, samples), np.repeat(offset, samples)
    return (column[:, None] + along).ravel(), (row[:, None] + down).ravel()


def parts(height: int, width: int, samples: int = 1) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Chunks of `tiled`: their place in it, and the columns and rows (n * samples**2) float64 of their samples."""
    column, row = _places(height, width, samples)
    pixels, each = max(1, CHUNK // samples**2), samples**2
    for start in range(0, height * width, pixels):
        stop = min(height * width, start + pixels)
        chosen = slice(start * each, stop * each)
        yield slice(start, stop), column[chosen], row[chosen]


def untiled(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """What is known of each pixel in the order of `tiled` (h * w ...), as a picture (h w ...)."""
    picture: np.ndarray = values[_place_of(height, width)]
    return picture
