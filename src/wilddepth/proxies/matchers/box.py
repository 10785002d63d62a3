"""Costs summed over a square window, for every disparity."""

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Shaped

from wilddepth.proxies.matchers.kernel import kernel, over_rows

LARGEST_SIDE = 15
"""Up to this, 255 from every pixel fit into 16 bits, and their squares into the 24 that float32 holds exactly."""


def check_side(name: str, side: int) -> None:
    """Refuse a window without a centre or so large that sums could overflow."""
    if side % 2 == 0 or not 1 <= side <= LARGEST_SIDE:
        raise ValueError(f"{name} must be odd, 1..{LARGEST_SIDE}, not {side}")


def box_sums(costs: Shaped[np.ndarray, "h w d"], side: int, threads: int = 1) -> Shaped[np.ndarray, "h w d"]:
    """Sums over side x side pixels, of which those outside the image count as 0.

    Args:
        costs: of single pixels: uint8, then sums are uint16; or uint16, then sums are uint32.
        side: odd; at most `LARGEST_SIDE`.
        threads: that share the rows.
    """
    sums = np.empty(costs.shape, np.uint16 if costs.dtype == np.uint8 else np.uint32)
    over_rows(_sum_rows, costs.shape[0], threads, costs, side // 2, sums)
    return sums


@kernel
@no_type_check
def _sum_rows(begin: int, end: int, costs: Any, reach: int, sums: Any) -> None:
    """Rows begin..end-1: sums of columns go down with the rows, sums of those go along each row."""
    height, width, number = costs.shape
    columns = np.zeros((width, number), sums.dtype)
    across = np.empty(number, sums.dtype)
    for y in range(max(0, begin - reach), min(height, begin + reach)):
        _add_row(columns, costs[y])
    for y in range(begin, end):
        if y + reach < height:
            _add_row(columns, costs[y + reach])
        across[:] = 0
        for x in range(min(reach, width)):
            _add(across, columns[x])
        for x in range(width):
            if x + reach < width:
                _add(across, columns[x + reach])
            sums[y, x] = across
            if x >= reach:
                _take(across, columns[x - reach])
        if y >= reach:
            _take_row(columns, costs[y - reach])


@kernel
@no_type_check
def _add_row(columns: Any, row: Any) -> None:
    for x in range(row.shape[0]):
        _add(columns[x], row[x])


@kernel
@no_type_check
def _take_row(columns: Any, row: Any) -> None:
    for x in range(row.shape[0]):
        _take(columns[x], row[x])


@kernel
@no_type_check
def _add(total: Any, values: Any) -> None:
    for k in range(total.shape[0]):
        total[k] += values[k]


@kernel
@no_type_check
def _take(total: Any, values: Any) -> None:
    for k in range(total.shape[0]):
        total[k] -= values[k]
