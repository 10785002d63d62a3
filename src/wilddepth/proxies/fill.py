"""Holes of a matched disparity map closed, to score block matching as a dense method."""

import numpy as np
from jaxtyping import Float32

from wilddepth.metrics.fill import UNFILLED, fill_background


def fill_holes(disparity: Float32[np.ndarray, "h w"], *, lowest: float = 0.0) -> Float32[np.ndarray, "h w"]:
    """The map with every hole taken from the background along its row, as KITTI fills sparse results.

    A hole takes the smaller of the two estimates that end it, for it is mostly an occlusion and then belongs to the
    farther surface. Rows without any estimate are closed in the same way along their columns, which the KITTI kits
    leave undone.

    Args:
        disparity: px; nan = hole.
        lowest: no disparity is smaller, px (minus doffs where disparities may be negative).

    Returns:
        px, without holes; all nan for a map without any estimate.
    """
    # The kits take negative numbers for holes: count from the lowest disparity there can be.
    above = (disparity - lowest).astype(np.float32)
    filled = fill_background(above)
    filled = np.where(filled == UNFILLED, fill_background(np.ascontiguousarray(filled.T)).T, filled)
    return np.where(filled == UNFILLED, np.float32(np.nan), filled + np.float32(lowest))
