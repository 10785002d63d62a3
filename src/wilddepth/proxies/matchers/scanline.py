"""Costs gathered along the four directions of the grid, with penalties that fall where either view has an edge.

As in `sweep`, each of two sweeps makes two directions, and two threads let them run towards each other.

Source:
    Mei et al., ICCVW 2011, sec. 2.3.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, no_type_check

import numpy as np
from jaxtyping import Int32, UInt8

from wilddepth.proxies.matchers.kernel import kernel
from wilddepth.proxies.matchers.sweep import both_ways

FAR = 2**29
"""Dearer than any path."""
SHARES = (1, 1 / 4, 1 / 10)
"""Of the penalties: where no view, one, or both have an edge between the two pixels."""
DOWN, UP = 0, 2
"""The first of the two neighbours that a sweep comes from: left and above, or right and below."""


def optimised(
    costs: Int32[np.ndarray, "h w d"],
    left: UInt8[np.ndarray, "h w c"],
    right: UInt8[np.ndarray, "h w c"],
    penalties: tuple[int, int],
    edge: int,
    lowest: int,
    threads: int = 1,
) -> Int32[np.ndarray, "h w d"]:
    """The sum of the path costs of four directions (the paper's mean, times 4).

    Args:
        costs: matching costs.
        left: 8-bit colours.
        right: the same.
        penalties: for a step of one disparity and for larger ones, in units of the costs.
        edge: a change of a channel by so many grey levels is an edge.
        lowest: first disparity, px.
        threads: 1, or more for both sweeps at once.
    """
    height, width, number = costs.shape
    column = np.clip(width - 1 - lowest - np.arange(width + number - 1), 0, width - 1)
    turned = np.ascontiguousarray(steps(right, edge)[:, :, column])
    table = np.rint(np.outer(penalties, SHARES)).astype(np.int32)
    total = np.zeros(costs.shape, np.int32)
    ours = steps(left, edge)
    down, up = (
        Paths(first, table, ours, turned, _rest(width, number), np.zeros((2, width), np.int32)) for first in (DOWN, UP)
    )
    both_ways(partial(down.run, costs, total), partial(up.run, costs, total), height, threads)
    return total


def steps(image: UInt8[np.ndarray, "h w c"], edge: int) -> UInt8[np.ndarray, "4 h w"]:
    """1 where there is an edge to the neighbour on the left, above, on the right, below; 0 at the border."""
    levels = image.astype(np.int16)
    across = np.abs(np.diff(levels, axis=1)).max(axis=2) >= edge
    down = np.abs(np.diff(levels, axis=0)).max(axis=2) >= edge
    found = np.zeros((4, *image.shape[:2]), np.uint8)
    found[0, :, 1:], found[2, :, :-1], found[1, 1:], found[3, :-1] = across, across, down, down
    return found


@dataclass(frozen=True)
class Paths:
    """One sweep, with the path costs of the row before.

    Attributes:
        first: `DOWN` or `UP`.
        table: both penalties, by the number of views that have an edge.
        ours: `steps` of the left view.
        theirs: those of the right view, columns turned round, so that the disparities of a pixel lie side by side.
        row: path costs of a row, with a neighbour on both sides that is never the best.
        least: the smallest path cost of each of its columns.
    """

    first: int
    table: Int32[np.ndarray, "2 3"]
    ours: UInt8[np.ndarray, "4 h w"]
    theirs: UInt8[np.ndarray, "4 h n"]
    row: Int32[np.ndarray, "rows columns disparities"]
    least: Int32[np.ndarray, "rows columns"]

    def run(self, costs: np.ndarray, total: np.ndarray, begin: int, end: int) -> None:
        """Go from row `begin` to before row `end`, upwards in the sweep up, and add to `total`."""
        line = _rest(2, costs.shape[2])[0]
        dear = np.empty((2, 2, 2, self.theirs.shape[2]), np.int32)
        _sweep(
            begin, end, self.first, costs, total, self.table, self.ours, self.theirs, self.row, self.least, line, dear
        )


def _rest(columns: int, number: int) -> np.ndarray:
    """Path costs before a path begins: two rows in turn, 0 between two disparities that are never the best."""
    row = np.zeros((2, columns, number + 2), np.int32)
    row[..., 0] = row[..., -1] = FAR
    return row


@kernel
@no_type_check
def _sweep(
    begin: int,
    end: int,
    first: int,
    costs: Any,
    total: Any,
    table: Any,
    ours: Any,
    theirs: Any,
    rows: Any,
    least: Any,
    line: Any,
    dear: Any,
) -> None:
    """Rows from begin to before end; the sweep up also goes from right to left."""
    _, width, number = costs.shape
    step = 1 if first == 0 else -1
    for y in range(begin, end, step):
        _penalties_of_row(table, theirs[first, y], theirs[first + 1, y], dear)
        now, before = y % 2, (y + 1) % 2
        line[:, 1 : number + 1] = 0
        smallest = np.int32(0)
        for i in range(width):
            x = i if step > 0 else width - 1 - i
            part = slice(width - 1 - x, width - 1 - x + number)
            along, after = dear[0, ours[first, y, x]], line[(i + 1) % 2][1 : number + 1]
            smallest = _extend(costs[y, x], line[i % 2], along[0][part], along[1][part], after, smallest)
            across, below = dear[1, ours[first + 1, y, x]], rows[now, x][1 : number + 1]
            cheap, dearer = across[0][part], across[1][part]
            least[now, x] = _extend(costs[y, x], rows[before, x], cheap, dearer, below, least[before, x])
            _add(total[y, x], after, below)


@kernel
@no_type_check
def _penalties_of_row(table: Any, along: Any, across: Any, dear: Any) -> None:
    """Both penalties (third axis) of both directions (first), without and with an edge in the left view (second)."""
    for edge in range(2):
        for which in range(2):
            for j in range(along.shape[0]):
                dear[0, edge, which, j] = table[which, edge + along[j]]
                dear[1, edge, which, j] = table[which, edge + across[j]]


@kernel
@no_type_check
def _extend(cost: Any, before: Any, small: Any, large: Any, after: Any, least: Any) -> Any:
    """A path led on by one pixel; its smallest cost there, from the smallest before."""
    number = cost.shape[0]
    lower, same, higher = before[:number], before[1 : number + 1], before[2 : number + 2]
    smallest = np.int32(2**31 - 1)
    for k in range(number):
        # Sums of 32-bit numbers have 64 bits in numba: cut back at once, so that vectors hold twice as many.
        beside, far = np.int32(min(lower[k], higher[k]) + small[k]), np.int32(least + large[k])
        value = np.int32(cost[k] + np.int32(min(min(same[k], beside), far) - least))
        after[k] = value
        smallest = min(smallest, value)
    return smallest


@kernel
@no_type_check
def _add(total: Any, first: Any, second: Any) -> None:
    for k in range(total.shape[0]):
        total[k] += first[k] + second[k]
