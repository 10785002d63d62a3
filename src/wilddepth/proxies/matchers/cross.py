"""Costs averaged over pixels of like colour: each pixel has four arms, and its support is all arms of one of its arms.

Sums along arms are differences of running sums. Those are whole numbers that may wrap round, which differences undo: a
sum over a support is exact, however long the row.

Source:
    Zhang, Lu and Lafruit, "Cross-based local stereo matching using orthogonal integral images", 2009; arms and the
    order of passes as in Mei et al., ICCVW 2011, sec. 2.2.
"""

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Int32, UInt8

from wilddepth.proxies.matchers.kernel import kernel, over_rows

LONGEST_ARM = 34
"""Arms end before it: a longer one could overflow sums over a support (see `ad_cost.ONE`)."""
UP, DOWN, LEFT, RIGHT = range(4)


def arms_of(
    image: UInt8[np.ndarray, "h w c"], lengths: tuple[int, int], colours: tuple[int, int], threads: int = 1
) -> UInt8[np.ndarray, "4 h w"]:
    """How far each pixel's arms reach: up, down, left, right.

    An arm goes on while a pixel differs from its anchor and from the one before by less than the first colour step
    (largest difference of a channel) and is nearer than the first length; from the second length on it must differ from
    the anchor by less than the second step.

    Args:
        image: 8 bits.
        lengths: no arm is as long as the first, px; beyond the second it must be more alike.
        colours: the two steps, grey levels.
        threads: that share the rows.
    """
    arms = np.zeros((4, *image.shape[:2]), np.uint8)
    for which, (down, right) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
        over_rows(_reach, len(image), threads, image.astype(np.int32), down, right, *lengths, *colours, arms[which])
    return arms


def averaged(
    costs: Int32[np.ndarray, "h w d"], arms: UInt8[np.ndarray, "4 h w"], rounds: int, threads: int = 1
) -> None:
    """Replace costs by their means over the supports, so many times; rows first in odd rounds, columns in even ones.

    A round that ends with columns is followed by one that begins with columns: both passes are made while a part of the
    volume is at hand.
    """
    along_rows = [kind == "rows" for round_ in range(rounds) for kind in order(round_)]
    whole = np.ones(costs.shape[:2], np.float32)
    shares = {first: (1 / pixels(arms, rows_first=first)).astype(np.float32) for first in (True, False)}
    scale = [shares[round_ % 2 == 0] if last else whole for round_ in range(rounds) for last in (False, True)]
    place = 0
    while place < len(along_rows):
        twice = place + 1 < len(along_rows) and along_rows[place + 1] == along_rows[place]
        function, count = (_along_rows, costs.shape[0]) if along_rows[place] else (_along_columns, costs.shape[1])
        over_rows(function, count, threads, costs, arms, np.stack(scale[place : place + 1 + twice]))
        place += 1 + twice


def order(round_: int) -> tuple[str, str]:
    """Which passes a round makes."""
    return ("rows", "columns") if round_ % 2 == 0 else ("columns", "rows")


def pixels(arms: UInt8[np.ndarray, "4 h w"], *, rows_first: bool) -> Int32[np.ndarray, "h w"]:
    """How many pixels each support has: the arms along rows of the pixels on the arms along columns, or vice versa."""
    ones = np.ones((*arms.shape[1:], 1), np.int32)
    whole = np.ones((1, *arms.shape[1:]), np.float32)
    passes = [(_along_rows, ones.shape[0]), (_along_columns, ones.shape[1])]
    for function, count in passes if rows_first else passes[::-1]:
        function(0, count, ones, arms, whole)
    return ones[..., 0]


@kernel
@no_type_check
def _reach(
    begin: int,
    end: int,
    image: Any,
    down: int,
    right: int,
    longest: int,
    strict_from: int,
    step: int,
    strict_step: int,
    arms: Any,
) -> None:
    """The arms in one direction, rows begin..end-1."""
    height, width = arms.shape
    for y in range(begin, end):
        for x in range(width):
            length = 1
            while length < longest:
                there_y, there_x = y + length * down, x + length * right
                if not (0 <= there_y < height and 0 <= there_x < width):
                    break
                apart = _apart(image, y, x, there_y, there_x)
                if apart >= (strict_step if length > strict_from else step):
                    break
                if _apart(image, there_y - down, there_x - right, there_y, there_x) >= step:
                    break
                length += 1
            arms[y, x] = length - 1


@kernel
@no_type_check
def _apart(image: Any, y: int, x: int, other_y: int, other_x: int) -> int:
    """Largest difference of a channel."""
    most = 0
    for c in range(image.shape[2]):
        most = max(most, abs(image[y, x, c] - image[other_y, other_x, c]))
    return most


@kernel
@no_type_check
def _along_rows(begin: int, end: int, costs: Any, arms: Any, scales: Any) -> None:
    """Sums along the horizontal arms of rows begin..end-1, in place, once for each of the scales."""
    _, width, number = costs.shape
    running = np.zeros((width + 1, number), np.int32)
    for y in range(begin, end):
        for scale in scales:
            for x in range(width):
                _run_on(running[x], costs[y, x], running[x + 1])
            for x in range(width):
                first, last = x - np.int64(arms[2, y, x]), x + np.int64(arms[3, y, x]) + 1
                _between(running[first], running[last], scale[y, x], costs[y, x])


@kernel
@no_type_check
def _along_columns(begin: int, end: int, costs: Any, arms: Any, scales: Any) -> None:
    """Sums along the vertical arms of columns begin..end-1, in place, once for each of the scales."""
    height, _, number = costs.shape
    running = np.zeros((height + 1, number), np.int32)
    for x in range(begin, end):
        for scale in scales:
            for y in range(height):
                _run_on(running[y], costs[y, x], running[y + 1])
            for y in range(height):
                first, last = y - np.int64(arms[0, y, x]), y + np.int64(arms[1, y, x]) + 1
                _between(running[first], running[last], scale[y, x], costs[y, x])


@kernel
@no_type_check
def _run_on(before: Any, costs: Any, after: Any) -> None:
    for k in range(costs.shape[0]):
        after[k] = before[k] + costs[k]


@kernel
@no_type_check
def _between(first: Any, last: Any, scale: Any, costs: Any) -> None:
    """A difference of running sums, times the scale, rounded."""
    if scale == np.float32(1):
        for k in range(costs.shape[0]):
            costs[k] = last[k] - first[k]
    else:
        for k in range(costs.shape[0]):
            costs[k] = np.int32(np.float32(np.int32(last[k] - first[k])) * scale + np.float32(0.5))
