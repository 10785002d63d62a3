"""The smallest cost of each pixel of both views, and where between whole disparities it lies.

Both maps come from one volume: right column x at disparity d is left column x + d at d. Of equal costs the smaller
disparity wins, in both views.
"""

from typing import Any, Literal, no_type_check

import numpy as np
from jaxtyping import Float32

from wilddepth.proxies.matched import Volume
from wilddepth.proxies.matchers.kernel import finite_kernel, kernel, over_rows

Subpixel = Literal["none", "parabola", "equiangular"]

SHAPES = {"none": 0, "parabola": 1, "equiangular": 2}


def disparities(
    volume: Volume, subpixel: Subpixel, uniqueness: int = 0, threads: int = 1
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """The disparities of the left and of the right view; nan where no cost is finite, or none is unique.

    Args:
        volume: smaller is better; inf = no match.
        subpixel: the curve through the smallest cost and its two neighbours: none, a parabola, or two straight lines
            that rise alike on both sides ("equiangular"), whose lowest point is taken.
        uniqueness: percentage by which the best cost must beat all that are more than 1 px away; 0 = no such test.
        threads: that share the rows.

    Source:
        Shimizu and Okutomi, ICCV 2001 (equiangular lines suit costs that grow like |error|); Scharstein and Szeliski,
        IJCV 2002, sec. 3.4.
    """
    shape = volume.costs.shape[:2]
    left, right = np.empty(shape, np.float32), np.empty(shape, np.float32)
    kept = 100 - uniqueness
    over_rows(_choose, shape[0], threads, volume.costs, volume.lowest, kept, SHAPES[subpixel], left, right)
    return left, right


@kernel
@no_type_check
def _choose(begin: int, end: int, costs: Any, lowest: int, kept: int, shape: int, left: Any, right: Any) -> None:
    """Rows begin..end-1 of both maps."""
    _, width, number = costs.shape
    least, place = np.empty(width, costs.dtype), np.empty(width, np.int32)
    for y in range(begin, end):
        place[:] = -1
        for x in range(width):
            best = _first_least(costs[y, x])
            left[y, x] = _refined(costs[y], x, 0, best, lowest, kept, shape)
            # Left column x meets the right columns x - lowest - k that are in view.
            first, last = max(0, x - lowest - width + 1), min(number, x - lowest + 1)
            if first < last:
                columns = slice(x - lowest - last + 1, x - lowest - first + 1)
                _keep_least(costs[y, x][first:last], first, least[columns], place[columns])
        for x in range(width):
            right[y, x] = _refined(costs[y], x + lowest, 1, place[x], lowest, kept, shape)


@finite_kernel
@no_type_check
def _first_least(costs: Any) -> int:
    """Where the smallest cost is, the first of several; -1 where none is finite."""
    least = costs[0]
    for k in range(costs.shape[0]):
        least = costs[k] if costs[k] < least else least
    if not least < np.inf:
        return -1
    place = 0
    while costs[place] != least:
        place += 1
    return place


@finite_kernel
@no_type_check
def _keep_least(costs: Any, first: int, least: Any, place: Any) -> None:
    """Each right column keeps the smallest cost so far; the disparity it meets grows with the left column."""
    number = costs.shape[0]
    for j in range(number):
        cost = costs[number - 1 - j]
        k = np.int32(first + number - 1 - j)
        better = (place[j] < 0) | (cost < least[j])
        least[j] = cost if better else least[j]
        place[j] = k if better else place[j]


@kernel
@no_type_check
def _refined(row: Any, x: int, slant: int, best: int, lowest: int, kept: int, shape: int) -> float:
    """The disparity of one pixel, from its costs row[x + slant * k, k]; nan for none."""
    if best < 0:
        return np.nan
    least = row[x + slant * best, best]
    if not least < np.inf or (kept < 100 and not _unique(row, x, slant, best, kept)):
        return np.nan
    width, number = row.shape
    if shape == 0 or best == 0 or best == number - 1:
        return lowest + best
    if slant and (x + best < 1 or x + best + 1 >= width):
        return lowest + best
    below, above = row[x + slant * (best - 1), best - 1], row[x + slant * (best + 1), best + 1]
    return lowest + best + _lowest_point(float(below), float(least), float(above), shape)


@kernel
@no_type_check
def _lowest_point(below: float, least: float, above: float, shape: int) -> float:
    """Where the curve through three neighbouring costs is lowest, -0.5..0.5; 0 where they do not bend."""
    bend = below + above - 2 * least if shape == 1 else max(below, above) - least
    return (below - above) / (2 * bend) if 0 < bend < np.inf else 0.0


@kernel
@no_type_check
def _unique(row: Any, x: int, slant: int, best: int, kept: int) -> bool:
    """Whether the best cost is below kept percent of every other one, its two neighbours aside."""
    width, number = row.shape
    limit = 100 * float(row[x + slant * best, best])
    for k in range(number):
        column = x + slant * k
        if abs(k - best) > 1 and 0 <= column < width and kept * float(row[column, k]) <= limit:
            return False
    return True
