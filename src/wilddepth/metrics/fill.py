"""Holes of a sparse disparity map filled as the KITTI development kits fill them before scoring."""

from typing import no_type_check

import numpy as np
from jaxtyping import Float32
from numba import njit

UNFILLED = np.float32(-1.0)


def fill_background(disparity: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """The map with holes closed from the background, row by row.

    A hole between two estimates of its row takes the SMALLER of both (the background); one at the edge of the row takes
    its only neighbour. Wholly empty rows above the first and below the last estimate then repeat that row. A wholly
    empty row between two others is not reached and stays -1, which the kits score as if it were a disparity.

    Args:
        disparity: px; not finite or below 0 = hole.

    Source:
        KITTI stereo development kits 2012 and 2015, background interpolation of a disparity image.
    """
    known = np.isfinite(disparity) & (disparity >= 0)
    rows = np.flatnonzero(known.any(axis=1))
    if rows.size == 0:
        return np.full_like(disparity, UNFILLED)
    filled = np.empty_like(disparity)
    _close_rows(disparity, known, filled)
    filled[: rows[0]] = filled[rows[0]]
    filled[rows[-1] + 1 :] = filled[rows[-1]]
    return filled


@njit(cache=True, nogil=True)
@no_type_check
def _close_rows(disparity: np.ndarray, known: np.ndarray, filled: np.ndarray) -> None:
    """Each pixel takes its own value, or the smaller of the nearest known ones on both sides; without any, -1."""
    height, width = disparity.shape
    for y in range(height):
        before = np.float32(np.inf)
        for x in range(width):
            if known[y, x]:
                before = disparity[y, x]
            filled[y, x] = before
        after = np.float32(np.inf)
        for x in range(width - 1, -1, -1):
            if known[y, x]:
                after = disparity[y, x]
            least = min(filled[y, x], after)
            filled[y, x] = least if least < np.inf else UNFILLED
