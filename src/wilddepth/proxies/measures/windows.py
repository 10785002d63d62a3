"""What measures count or average over a square window around each pixel; windows are cut off at the image border."""

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8

from wilddepth.proxies.measures.curves import turn
from wilddepth.proxies.measures.kernel import fast_kernel, kernel


def padded(values: Float32[np.ndarray, "h w"], radius: int) -> Float32[np.ndarray, "_ _"]:
    """The map in a frame of nan."""
    return np.pad(values.astype(np.float32), radius, constant_values=np.nan)


def pixels_in_window(size: tuple[int, int], radius: int) -> Float32[np.ndarray, "h w"]:
    """How many pixels the window around each pixel holds."""
    rows, columns = (
        np.minimum(np.arange(side), radius) + np.minimum(side - 1 - np.arange(side), radius) + 1 for side in size
    )
    found: np.ndarray = (rows[:, None] * columns[None]).astype(np.float32)
    return found


def agreeing(values: Float32[np.ndarray, "h w"], low: float, high: float, radius: int) -> Int32[np.ndarray, "h w"]:
    """How many of the window differ from the centre by more than `low` and less than `high`; nan never does."""
    found = np.empty(values.shape, np.int32)
    _agreeing(padded(values, radius), np.float32(low), np.float32(high), 2 * radius + 1, found)
    return found


@fast_kernel
@no_type_check
def _agreeing(values: Any, low: Any, high: Any, side: int, found: Any) -> None:
    height, width = found.shape
    radius = side // 2
    for y in range(height):
        for x in range(width):
            centre, count = values[y + radius, x + radius], 0
            for row in range(side):
                for column in range(side):
                    difference = values[y + row, x + column] - centre
                    count += (difference > low) & (difference < high)
            found[y, x] = count


def near_median(values: Float32[np.ndarray, "h w"], threshold: float, radius: int) -> Bool[np.ndarray, "h w"]:
    """Whether a value lies within `threshold` of the median of its window (the border repeated); nan does not.

    No median is computed: it is at most v + t where at least half of the window is, and at least v - t likewise.
    """
    framed = np.pad(values.astype(np.float32), radius, mode="edge")
    near = np.empty(values.shape, np.bool_)
    _near_median(framed, np.float32(threshold), 2 * radius + 1, near)
    return near


@fast_kernel
@no_type_check
def _near_median(values: Any, threshold: Any, side: int, near: Any) -> None:
    height, width = near.shape
    radius = side // 2
    for y in range(height):
        for x in range(width):
            centre = values[y + radius, x + radius]
            low, high = centre - threshold, centre + threshold
            known, below, above = 0, 0, 0
            for row in range(side):
                for column in range(side):
                    value = values[y + row, x + column]
                    known += value == value
                    below += value <= high
                    above += value >= low
            half = (known + 1) // 2
            near[y, x] = known > 0 and below >= half and above >= half


def distinct(values: Float32[np.ndarray, "h w"], radius: int) -> Int32[np.ndarray, "h w"]:
    """How many different whole numbers the values of the window round to; unknown ones are no number."""
    known = np.isfinite(values)
    lowest = values[known].min() if known.any() else np.float32(0)
    levels = np.where(known, np.rint(values) - np.rint(lowest), np.float32(-1)).astype(np.int32)
    found = np.empty(values.shape, np.int32)
    _distinct(levels, radius, found)
    return found


@kernel
@no_type_check
def _distinct(levels: Any, radius: int, found: Any) -> None:
    """A count of each level, brought from pixel to pixel along the row."""
    height, width = levels.shape
    counts = np.zeros(levels.max() + 2, np.int32)
    for y in range(height):
        first, last = max(0, y - radius), min(height, y + radius + 1)
        counts[:] = 0
        different = 0
        for x in range(-radius, width):
            if x + radius < width:
                for row in range(first, last):
                    level = levels[row, x + radius]
                    different += level >= 0 and counts[level] == 0
                    counts[level] += 1
            if x - radius - 1 >= 0:
                for row in range(first, last):
                    level = levels[row, x - radius - 1]
                    counts[level] -= 1
                    different -= level >= 0 and counts[level] == 0
            if x >= 0:
                found[y, x] = different


def mean_ratio(
    volume: Any, numerator: Int32[np.ndarray, "h w"], denominator: Int32[np.ndarray, "h w"], add: float, radius: int
) -> Float32[np.ndarray, "h w"]:
    """Mean over the window's pixels q of (c_q(i) + add) / (c_q(j) + add), i and j those of the centre pixel.

    Args:
        volume: costs (h w d).
        numerator: index i of each pixel.
        denominator: index j of each pixel.
        add: keeps the ratio finite, in the volume's unit.
        radius: of the window, px; at most 15.
    """
    if 2 * radius + 1 > LANES:
        raise ValueError(f"a radius of {radius} px is too large for this window; choose at most {(LANES - 1) // 2}")
    found = np.empty(numerator.shape, np.float32)
    _mean_ratio(volume, numerator, denominator, np.float32(add), radius, found)
    return found


LANES = 32
"""Columns looked at together: those beyond the window weigh nothing, which costs less than a loop of odd length."""


@fast_kernel
@no_type_check
def _mean_ratio(volume: Any, numerator: Any, denominator: Any, add: Any, radius: int, found: Any) -> None:
    """The rows of a window are kept with neighbouring columns side by side, in a ring, followed by zeros."""
    height, width, depth = volume.shape
    side = 2 * radius + 1
    ring = np.zeros((side, depth, width + LANES), volume.dtype)
    inside = np.empty(LANES, np.float32)
    for y in range(-radius, height):
        if y + radius < height:
            turn(volume[y + radius], ring[(y + radius) % side])
        if y < 0:
            continue
        top, bottom = max(0, y - radius), min(height, y + radius + 1)
        for x in range(width):
            left, right = max(0, x - radius), min(width, x + radius + 1)
            for k in range(LANES):
                inside[k] = np.float32(1) if k < right - left else np.float32(0)
            total = np.float32(0)
            for row in range(top, bottom):
                above = ring[row % side, numerator[y, x], left : left + LANES]
                below = ring[row % side, denominator[y, x], left : left + LANES]
                total += _weighted_ratios(above, below, inside, add)
            found[y, x] = total / np.float32((bottom - top) * (right - left))


@fast_kernel
@no_type_check
def _weighted_ratios(above: Any, below: Any, weights: Any, add: Any) -> Any:
    total = np.float32(0)
    for k in range(len(weights)):
        total += weights[k] * (np.float32(above[k]) + add) / (np.float32(below[k]) + add)
    return total


def minima_around(volume: Any, at: Int32[np.ndarray, "h w"], radius: int) -> Int32[np.ndarray, "h w"]:
    """How many curves of the window have a local minimum at the index of the centre pixel (itself included)."""
    found = np.empty(at.shape, np.int32)
    _minima_around(volume, at, radius, found)
    return found


@kernel
@no_type_check
def _minima_around(volume: Any, at: Any, radius: int, found: Any) -> None:
    height, width, depth = volume.shape
    for y in range(height):
        for x in range(width):
            d, count = at[y, x], 0
            for row in range(max(0, y - radius), min(height, y + radius + 1)):
                for column in range(max(0, x - radius), min(width, x + radius + 1)):
                    curve = volume[row, column]
                    lower = d == 0 or curve[d] < curve[d - 1]
                    count += lower and (d == depth - 1 or curve[d] < curve[d + 1])
            found[y, x] = count


def zero_mean_difference(
    left: UInt8[np.ndarray, "h w"], right: UInt8[np.ndarray, "h w"], column: Int32[np.ndarray, "h w"], radius: int
) -> Float32[np.ndarray, "h w"]:
    """Sum of |difference| of two windows, each less its own mean, grey levels; borders repeated, nan where column < 0.

    Args:
        left: grey image.
        right: grey image.
        column: of the right window's centre, for each left pixel.
        radius: of the windows, px.
    """
    views = [np.pad(view, radius, mode="edge") for view in (left, right)]
    found = np.empty(left.shape, np.float32)
    _zero_mean_difference(views[0], views[1], column, 2 * radius + 1, found)
    return found


@kernel
@no_type_check
def _zero_mean_difference(left: Any, right: Any, column: Any, side: int, found: Any) -> None:
    height, width = found.shape
    area = np.float32(side * side)
    for y in range(height):
        for x in range(width):
            if column[y, x] < 0:
                found[y, x] = np.nan
                continue
            ours = left[y : y + side, x : x + side]
            theirs = right[y : y + side, column[y, x] : column[y, x] + side]
            apart = 0
            for row in range(side):
                for k in range(side):
                    apart += np.int64(ours[row, k]) - np.int64(theirs[row, k])
            mean, total = np.float32(apart) / area, np.float32(0)
            for row in range(side):
                for k in range(side):
                    total += abs(np.float32(ours[row, k]) - np.float32(theirs[row, k]) - mean)
            found[y, x] = total
