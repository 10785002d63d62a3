"""The last touches of AD-Census: disparities at edges, between whole disparities, and single outliers.

Source:
    Mei et al., ICCVW 2011, sec. 2.4.
"""

from typing import Any, no_type_check

import cv2
import numpy as np
from jaxtyping import Float32, Int32

from wilddepth.proxies.matchers.kernel import kernel, over_rows

EDGE = 1.0
"""Neighbours that differ by more belong to two surfaces, px."""


def adjusted(
    disparity: Float32[np.ndarray, "h w"], costs: Int32[np.ndarray, "h w d"], side: int, lowest: int, threads: int = 1
) -> Float32[np.ndarray, "h w"]:
    """At edges of the map a pixel takes the disparity of a neighbour if that costs less.

    Args:
        disparity: whole px; nan = none.
        costs: of the left view.
        side: 1 for the map of the left view, -1 for that of the right.
        lowest: first disparity of the costs, px.
        threads: that share the rows.
    """
    after = disparity.copy()
    over_rows(_adjust, disparity.shape[0], threads, disparity, costs, side, lowest, after)
    return after


def between(
    disparity: Float32[np.ndarray, "h w"], costs: Int32[np.ndarray, "h w d"], side: int, lowest: int, threads: int = 1
) -> Float32[np.ndarray, "h w"]:
    """Whole disparities moved to the lowest point of the parabola through their cost and its two neighbours.

    A disparity that does not cost less than its neighbours, as one that was filled in may not, stays.
    """
    after = disparity.copy()
    over_rows(_move, disparity.shape[0], threads, disparity, costs, side, lowest, after)
    return after


def smoothed(disparity: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """The median of 3x3 pixels, the edges repeated; where one of them has no disparity, the map as it is."""
    known = np.isfinite(disparity)
    whole = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    median = cv2.medianBlur(np.where(known, disparity, np.float32(0)), 3)
    smooth: np.ndarray = np.where(whole > 0, median, disparity)
    return smooth


@kernel
@no_type_check
def _cost(costs: Any, y: int, x: int, disparity: float, side: int, lowest: int) -> float:
    """What a disparity costs at a pixel of either view; inf where that was not searched."""
    if not np.isfinite(disparity):
        return np.inf
    place = int(disparity) - lowest
    column = x if side > 0 else x + int(disparity)
    if 0 <= place < costs.shape[2] and 0 <= column < costs.shape[1]:
        return float(costs[y, column, place])
    return np.inf


@kernel
@no_type_check
def _adjust(begin: int, end: int, disparity: Any, costs: Any, side: int, lowest: int, after: Any) -> None:
    """Rows begin..end-1."""
    height, width = disparity.shape
    for y in range(begin, end):
        for x in range(width):
            here = disparity[y, x]
            least = _cost(costs, y, x, here, side, lowest)
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                row, column = y + down, x + right
                if 0 <= row < height and 0 <= column < width and abs(disparity[row, column] - here) > 1.0:
                    cost = _cost(costs, y, x, disparity[row, column], side, lowest)
                    if cost < least:
                        least, after[y, x] = cost, disparity[row, column]


@kernel
@no_type_check
def _move(begin: int, end: int, disparity: Any, costs: Any, side: int, lowest: int, after: Any) -> None:
    """Rows begin..end-1."""
    for y in range(begin, end):
        for x in range(disparity.shape[1]):
            here = disparity[y, x]
            least = _cost(costs, y, x, here, side, lowest)
            below, above = (
                _cost(costs, y, x, here - 1, side, lowest),
                _cost(costs, y, x, here + 1, side, lowest),
            )
            bend = below + above - 2 * least
            if least <= below < np.inf and least <= above < np.inf and bend > 0:
                after[y, x] = here + (below - above) / (2 * bend)
