"""Reads every cost curve of a volume once: the numbers that most measures are made of.

A local minimum is strictly below both neighbours; beyond the ends of the range costs are infinite, so that an end can
be one. Ties go to the smaller disparity.
"""

from dataclasses import dataclass
from typing import Any, no_type_check

import numpy as np
from jaxtyping import Float32, Int32

from wilddepth.proxies.measures.kernel import kernel


@dataclass(frozen=True)
class Curves:
    """What is read from the cost curve of each pixel, in the volume's own unit of cost.

    Attributes:
        least: smallest cost.
        at: its index.
        second: second smallest cost, at any other index; often that of a neighbour of `at`.
        second_at: its index.
        rival: smallest cost among the other local minima; the second smallest cost in a curve that has none.
        rival_at: its index.
        minima: number of local minima.
        before: cost one index before `at`; that after it at the first index.
        after: cost one index after `at`; that before it at the last index.
        total: sum of all costs.
    """

    least: Float32[np.ndarray, "h w"]
    at: Int32[np.ndarray, "h w"]
    second: Float32[np.ndarray, "h w"]
    second_at: Int32[np.ndarray, "h w"]
    rival: Float32[np.ndarray, "h w"]
    rival_at: Int32[np.ndarray, "h w"]
    minima: Int32[np.ndarray, "h w"]
    before: Float32[np.ndarray, "h w"]
    after: Float32[np.ndarray, "h w"]
    total: Float32[np.ndarray, "h w"]


def read_curves(volume: Any) -> Curves:
    """The curves of a volume (h w d), d >= 3."""
    height, width, _ = volume.shape
    costs = np.empty((6, height, width), np.float32)
    indices = np.empty((4, height, width), np.int32)
    _read(volume, costs, indices)
    least, second, rival, before, after, total = costs
    at, second_at, rival_at, minima = indices
    return Curves(least, at, second, second_at, rival, rival_at, minima, before, after, total)


TILE = 32
"""Side of the squares in which rows are turned: two of them stay in the fastest cache."""


@kernel
@no_type_check
def turn(row: Any, turned: Any) -> None:
    """The curves of an image row (w d) as (d w): costs of neighbouring columns side by side."""
    width, depth = row.shape
    for left in range(0, width, TILE):
        for low in range(0, depth, TILE):
            for d in range(low, min(low + TILE, depth)):
                for x in range(left, min(left + TILE, width)):
                    turned[d, x] = row[x, d]


CHUNK = 256
"""Columns whose state is kept in the fastest cache while all disparities go by."""


@kernel
@no_type_check
def _read(volume: Any, costs: Any, indices: Any) -> None:
    """Fill `costs` (6 h w) and `indices` (4 h w), in the order in which `read_curves` takes them apart."""
    height, width, depth = volume.shape
    state, at = np.empty((5, CHUNK), np.float32), np.empty((5, CHUNK), np.int32)
    row = np.empty((depth, width), volume.dtype)
    for y in range(height):
        turn(volume[y], row)
        for first in range(0, width, CHUNK):
            count = min(CHUNK, width - first)
            state[:4], state[4] = np.inf, 0
            at[:4], at[4] = -1, 0
            for d in range(depth):
                here = row[d, first : first + count]
                lower, upper = row[max(d - 1, 0), first:], row[min(d + 1, depth - 1), first:]
                _take(here, lower, upper, d, depth, state, at)
            for k in range(count):
                x = first + k
                _settle(volume[y, x], k, state, at, costs[:, y, x], indices[:, y, x])


@kernel
@no_type_check
def _take(here: Any, lower: Any, upper: Any, d: int, depth: int, state: Any, at: Any) -> None:
    """One more disparity of neighbouring columns; selections instead of branches, so that columns go side by side.

    Rows of `state` and `at`: least and second cost; least and second local minimum; the sum, and the number of minima.
    """
    here_first, here_last = d == 0, d == depth - 1
    index = np.int32(d)
    for k in range(len(here)):
        cost = np.float32(here[k])
        low = (here_first | (cost < np.float32(lower[k]))) & (here_last | (cost < np.float32(upper[k])))
        for pair, counts in ((0, True), (2, low)):
            best, next_best = state[pair, k], state[pair + 1, k]
            best_at, next_at = at[pair, k], at[pair + 1, k]
            first, second = counts & (cost < best), counts & (cost < next_best)
            state[pair + 1, k] = best if first else (cost if second else next_best)
            at[pair + 1, k] = best_at if first else (index if second else next_at)
            state[pair, k] = cost if first else best
            at[pair, k] = index if first else best_at
        state[4, k] += cost
        at[4, k] += np.int32(1) if low else np.int32(0)


@kernel
@no_type_check
def _settle(curve: Any, k: int, state: Any, at: Any, costs: Any, indices: Any) -> None:
    """What was gathered of one column as results."""
    depth, best = len(curve), at[0, k]
    # The best local minimum is the smallest cost, unless that lies on a plateau.
    rival = at[3, k] if at[2, k] == best else at[2, k]
    if rival < 0:
        rival = at[1, k]
    costs[0], costs[1], costs[2] = state[0, k], state[1, k], curve[rival]
    costs[3] = curve[best - 1 if best > 0 else best + 1]
    costs[4] = curve[best + 1 if best < depth - 1 else best - 1]
    costs[5] = state[4, k]
    indices[0], indices[1], indices[2], indices[3] = best, at[1, k], rival, at[4, k]


def least_of_right(volume: Any, lowest: int) -> Float32[np.ndarray, "h w"]:
    """The least cost along the diagonal of each right pixel: min over d of volume[y, x + lowest + d, d]."""
    least = np.full(volume.shape[:2], np.inf, np.float32)
    _least_of_right(volume, lowest, least)
    return least


@kernel
@no_type_check
def _least_of_right(volume: Any, lowest: int, least: Any) -> None:
    height, width, depth = volume.shape
    for y in range(height):
        for x in range(width):
            first, last = max(0, x - lowest - width + 1), min(depth, x - lowest + 1)
            for d in range(first, last):
                cost = np.float32(volume[y, x, d])
                if cost < least[y, x - lowest - d]:
                    least[y, x - lowest - d] = cost


def exponential_sums(
    volume: Any, least: Float32[np.ndarray, "h w"], *, unit: float, scale: float, power: int
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Sums over each curve of w = exp(-(t ** power) / scale) and of t * w, where t = (cost - least) * unit."""
    sums = np.empty((2, *least.shape), np.float32)
    _exponential_sums(volume, least, np.float32(unit), np.float32(-1 / scale), power, sums)
    return sums[0], sums[1]


@kernel
@no_type_check
def _exponential_sums(volume: Any, least: Any, unit: Any, factor: Any, power: int, sums: Any) -> None:
    height, width, depth = volume.shape
    for y in range(height):
        for x in range(width):
            total, weighted = 0.0, 0.0
            for d in range(depth):
                above = (np.float32(volume[y, x, d]) - least[y, x]) * unit
                weight = np.exp(factor * (above * above if power == 2 else above))
                total += weight
                weighted += above * weight
            sums[0, y, x], sums[1, y, x] = total, weighted
