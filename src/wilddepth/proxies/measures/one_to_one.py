"""Left pixels that match one and the same right pixel: at most one of them can be right."""

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Float32, Int32

from wilddepth.proxies.measures.kernel import kernel


def keeps_its_match(column: Int32[np.ndarray, "h w"], cost: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """1 for the pixel of least cost among those of a row with one matched column; 0 for the others and column -1."""
    kept = np.zeros(column.shape, np.float32)
    _keeps_its_match(column, cost, kept)
    return kept


@kernel
@no_type_check
def _keeps_its_match(column: Any, cost: Any, kept: Any) -> None:
    height, width = column.shape
    owner = np.empty(width, np.int64)
    for y in range(height):
        owner[:] = -1
        for x in range(width):
            target = column[y, x]
            if target >= 0 and (owner[target] < 0 or cost[y, x] < cost[y, owner[target]]):
                owner[target] = x
        for target in range(width):
            if owner[target] >= 0:
                kept[y, owner[target]] = 1


def nearest_keeps_it(column: Int32[np.ndarray, "h w"], cost: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """1 where no other pixel matches the same column, or all others lie behind it and cost more; 0 elsewhere."""
    kept = np.zeros(column.shape, np.float32)
    _nearest_keeps_it(column, cost, kept)
    return kept


@kernel
@no_type_check
def _nearest_keeps_it(column: Any, cost: Any, kept: Any) -> None:
    """Of pixels that match one column the rightmost has the largest disparity."""
    height, width = column.shape
    least, nearest = np.empty(width, np.float32), np.empty(width, np.int64)
    for y in range(height):
        least[:] = np.inf
        nearest[:] = -1
        for x in range(width):
            target = column[y, x]
            if target < 0:
                continue
            if nearest[target] >= 0:
                kept[y, nearest[target]] = 0
            kept[y, x] = cost[y, x] < least[target]
            nearest[target] = x
            least[target] = min(least[target], cost[y, x])
