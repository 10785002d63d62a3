"""Holes of a sparse disparity map filled as the KITTI development kits fill them before scoring."""

import numpy as np
from jaxtyping import Float32

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
    filled = np.minimum(_nearest_before(disparity, known), _nearest_before(disparity[:, ::-1], known[:, ::-1])[:, ::-1])
    rows = np.flatnonzero(known.any(axis=1))
    if rows.size == 0:
        return np.full_like(disparity, UNFILLED)
    filled[: rows[0]] = filled[rows[0]]
    filled[rows[-1] + 1 :] = filled[rows[-1]]
    return np.where(np.isfinite(filled), filled, UNFILLED)


def _nearest_before(disparity: Float32[np.ndarray, "h w"], known: np.ndarray) -> Float32[np.ndarray, "h w"]:
    """For each pixel the last known value of its row up to and including itself; inf where there is none."""
    column = np.arange(disparity.shape[1])
    last = np.maximum.accumulate(np.where(known, column, -1), axis=1)
    values = np.take_along_axis(disparity, np.maximum(last, 0), axis=1)
    return np.where(last >= 0, values, np.float32(np.inf))
