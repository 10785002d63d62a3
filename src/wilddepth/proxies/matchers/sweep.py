"""Costs gathered along straight paths: the recursion of semi-global matching, in two sweeps over the image.

The sweep from the top gathers the paths from the left and from the three neighbours above, the sweep from the bottom
their opposites; each adds to the sum as it goes, so that the volume is read and the sum is written twice in all. Two
threads let the sweeps run towards each other: each writes its half of the sum first, and adds to the other's half then.

Path costs never exceed the largest matching cost plus the larger penalty. Where that fits into 8 bits they are kept in
8 bits, twice as many to a vector register.

Source:
    Hirschmüller, "Stereo processing by semiglobal matching and mutual information", PAMI 2008, sec. 2.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, no_type_check

import numpy as np
from jaxtyping import Shaped, UInt8, UInt16

from wilddepth.proxies.matchers.kernel import kernel, together

Run: TypeAlias = Callable[[int, int], None]

DIRECTIONS = {4: (1,), 8: (0, 1, 2)}
"""Paths -> from which columns of the row before they come: 0 = from the left of a pixel, 1 = straight, 2 = right."""


def penalties(p1: int, p2: int, *, adapt: bool) -> UInt16[np.ndarray, " 256"]:
    """The larger penalty, by the step in brightness from neighbour to neighbour: p2, or max(p1, p2 / step)."""
    steps = np.maximum(np.arange(256), 1) if adapt else np.ones(256, int)
    larger: np.ndarray = np.maximum(p1, p2 // steps).astype(np.uint16)
    return larger


def gathered(
    costs: UInt8[np.ndarray, "h w d"],
    grey: UInt8[np.ndarray, "h w"],
    p1: int,
    p2: UInt16[np.ndarray, " 256"],
    directions: int,
    most: int,
    threads: int = 1,
) -> UInt16[np.ndarray, "h w d"]:
    """The sum of the path costs of all directions.

    Args:
        costs: matching costs, at most `most`.
        grey: the left view, whose steps choose the larger penalty.
        p1: penalty of a step of one disparity.
        p2: penalty of larger ones, as `penalties` gives it.
        directions: 4 or 8.
        most: the largest cost there can be.
        threads: 1, or more for both sweeps at once.
    """
    narrow = most + p1 + int(p2[0]) <= np.iinfo(np.uint8).max
    total = np.zeros(costs.shape, np.uint16)
    down, up = (Sweep.at_rest(costs.shape, p1, p2, directions, np.uint8 if narrow else np.uint16) for _ in range(2))
    both_ways(partial(down.run, costs, grey, total), partial(up.run, costs, grey, total), costs.shape[0], threads)
    return total


def both_ways(down: Run, up: Run, height: int, threads: int) -> None:
    """Make both sweeps; with more than one thread towards each other, then past each other.

    Args:
        down: goes from row `begin` to before row `end`.
        up: the same, upwards.
        height: rows.
        threads: 1, or more for both at once.
    """
    if threads == 1 or height == 1:
        down(0, height)
        up(height - 1, -1)
        return
    middle = height // 2
    together((down, 0, middle), (up, height - 1, middle - 1))
    together((down, middle, height), (up, middle - 1, -1))


@dataclass(frozen=True)
class Sweep:
    """One sweep, with what it remembers of the row before.

    Attributes:
        p1: the small penalty.
        p2: the larger one, by step in brightness.
        sources: see `DIRECTIONS`.
        rows: path costs of two rows in turn, by source, column and disparity. Each column has a neighbour on both
            sides, which stays 0: a path begins there. Each disparity has one too, which is never the best.
        least: the smallest path cost of each column.
    """

    p1: int
    p2: UInt16[np.ndarray, " 256"]
    sources: tuple[int, ...]
    rows: Shaped[np.ndarray, "2 r columns disparities"]
    least: Shaped[np.ndarray, "2 r columns"]

    @classmethod
    def at_rest(
        cls,
        shape: tuple[int, ...],
        p1: int,
        p2: UInt16[np.ndarray, " 256"],
        directions: int,
        kind: type[np.uint8] | type[np.uint16],
    ) -> "Sweep":
        """Before its first row."""
        sources = DIRECTIONS[directions]
        rows = _empty_paths((2, len(sources), shape[1] + 2, shape[2] + 2), p1, kind)
        return cls(p1, p2, sources, rows, np.zeros(rows.shape[:3], kind))

    def run(self, costs: np.ndarray, grey: np.ndarray, total: np.ndarray, begin: int, end: int) -> None:
        """Go from row `begin` to the row before `end`, upwards where that is smaller, and add to `total`."""
        step = 1 if end >= begin else -1
        line = _empty_paths((2, costs.shape[2] + 2), self.p1, self.rows.dtype.type)
        _sweep(begin, end, step, costs, grey, total, self.p1, self.p2, self.sources, self.rows, self.least, line)


def _empty_paths(shape: tuple[int, ...], p1: int, kind: type[np.uint8] | type[np.uint16]) -> np.ndarray:
    """Path costs of 0, between two disparities so dear that `p1` more is the largest number."""
    paths = np.zeros(shape, kind)
    paths[..., 0] = paths[..., -1] = np.iinfo(kind).max - p1
    return paths


@kernel
@no_type_check
def _sweep(
    begin: int,
    end: int,
    step: int,
    costs: Any,
    grey: Any,
    total: Any,
    p1: int,
    p2: Any,
    sources: Any,
    rows: Any,
    least: Any,
    line: Any,
) -> None:
    """Rows from begin to before end; a sweep upwards also goes from right to left."""
    _, width, number = costs.shape
    for y in range(begin, end, step):
        now, before = y % 2, (y + 1) % 2
        above = y - step
        line[:, 1 : number + 1] = 0
        smallest = line[0, 1]
        for i in range(width):
            x = i if step > 0 else width - 1 - i
            cost, sums = costs[y, x], total[y, x]
            far = p2[_step(grey, y, x, y, x - step)]
            smallest = _extend(cost, line[i % 2], line[(i + 1) % 2][1 : number + 1], sums, p1, far, smallest)
            for r in range(len(sources)):
                column = x + sources[r]
                far = p2[_step(grey, y, x, above, column - 1)]
                least[now, r, x + 1] = _extend(
                    cost,
                    rows[before, r, column],
                    rows[now, r, x + 1][1 : number + 1],
                    sums,
                    p1,
                    far,
                    least[before, r, column],
                )


@kernel
@no_type_check
def _step(grey: Any, y: int, x: int, other_y: int, other_x: int) -> int:
    """The step in brightness between two pixels; 0 where the second one is outside, for there a path begins."""
    if other_y < 0 or other_x < 0 or other_y >= grey.shape[0] or other_x >= grey.shape[1]:
        return 0
    return abs(np.int64(grey[y, x]) - np.int64(grey[other_y, other_x]))


@kernel
@no_type_check
def _extend(cost: Any, before: Any, after: Any, total: Any, p1: int, p2: Any, least: Any) -> Any:
    """A path led on by one pixel: its costs there, their smallest; and its share added to the sum."""
    kind = after.dtype.type
    number = cost.shape[0]
    lower, same, higher = before[:number], before[1 : number + 1], before[2 : number + 2]
    small, far, offset = kind(p1), kind(least + p2), kind(least)
    smallest = kind(np.iinfo(kind).max)
    for k in range(number):
        beside = kind(min(lower[k], higher[k]) + small)
        best = min(min(same[k], beside), far)
        value = kind(cost[k] + kind(best - offset))
        after[k] = value
        total[k] += value
        smallest = min(smallest, value)
    return smallest
