"""Costs of a view against the other one, or against itself: 5x5 census, Hamming distance, 5x5 box.

A pixel that looks like others in its own row can be mistaken for them; how much it does is read from the costs of a
view against itself.

Source:
    Census: Zabih and Woodfill, ECCV 1994. Distinctiveness: Manduchi and Tomasi, 1999; Yoon and Kweon, 2007.
"""

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Float32, Int32, UInt8, UInt16, UInt32

from wilddepth.proxies.measures.kernel import fast_kernel, kernel

CENSUS_RADIUS = 2
BOX_RADIUS = 2
BITS = (2 * CENSUS_RADIUS + 1) ** 2 - 1
SELF_UNIT = 1 / (BITS * (2 * BOX_RADIUS + 1) ** 2)
"""The largest sum is 24 bits * 25 pixels."""


def census(image: UInt8[np.ndarray, "h w"]) -> UInt32[np.ndarray, "h w"]:
    """24 bits a pixel: 1 where the centre is at least as bright as the neighbour; 0 in a border of 2 px."""
    codes = np.zeros(image.shape, np.uint32)
    radius, (height, width) = CENSUS_RADIUS, image.shape
    if height <= 2 * radius or width <= 2 * radius:
        return codes
    inner = codes[radius:-radius, radius:-radius]
    centre = image[radius:-radius, radius:-radius]
    for row in range(2 * radius + 1):
        for column in range(2 * radius + 1):
            if (row, column) != (radius, radius):
                neighbour = image[row : height - 2 * radius + row, column : width - 2 * radius + column]
                inner[...] = (inner << np.uint32(1)) | (centre >= neighbour)
    return codes


def census_box_costs(
    left: UInt8[np.ndarray, "h w"], right: UInt8[np.ndarray, "h w"], lowest: int, depth: int
) -> UInt16[np.ndarray, "h w d"]:
    """Sum over a 5x5 box of the census bits in which left(x) and right(x - d) differ, 0..600, d = lowest + index.

    Columns of the right view are clamped to its width; the box is cut off at the border of the image.
    """
    costs = np.empty((*left.shape, depth), np.uint16)
    _census_box(census(left), census(right), lowest, costs)
    return costs


def against_itself(view: UInt8[np.ndarray, "h w"], reach: int) -> UInt16[np.ndarray, "h w n"]:
    """Costs of a view against itself at shifts -reach..reach px."""
    return census_box_costs(view, view, -reach, 2 * reach + 1)


@kernel
@no_type_check
def _ones(word: Any) -> Any:
    """Number of bits set in 32."""
    word = word - ((word >> np.uint32(1)) & np.uint32(0x55555555))
    word = (word & np.uint32(0x33333333)) + ((word >> np.uint32(2)) & np.uint32(0x33333333))
    word = (word + (word >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return np.uint32(word * np.uint32(0x01010101)) >> np.uint32(24)


@kernel
@no_type_check
def _census_box(left: Any, right: Any, lowest: int, costs: Any) -> None:
    """Running sums: down the columns in `columns` (w d), then along the row in `box` (d)."""
    height, width, depth = costs.shape
    columns = np.zeros((width, depth), np.uint16)
    box = np.empty(depth, np.uint16)
    for row in range(-BOX_RADIUS, height):
        _add_row(left, right, lowest, row + BOX_RADIUS, columns, True)
        _add_row(left, right, lowest, row - BOX_RADIUS - 1, columns, False)
        if row < 0:
            continue
        box[:] = 0
        for x in range(min(BOX_RADIUS, width)):
            box += columns[x]
        for x in range(width):
            if x + BOX_RADIUS < width:
                box += columns[x + BOX_RADIUS]
            if x - BOX_RADIUS - 1 >= 0:
                box -= columns[x - BOX_RADIUS - 1]
            costs[row, x] = box


@kernel
@no_type_check
def _add_row(left: Any, right: Any, lowest: int, row: int, columns: Any, add: bool) -> None:
    """Add the Hamming distances of an image row to the column sums, or take them away; rows outside hold none."""
    width, depth = columns.shape
    if row < 0 or row >= left.shape[0]:
        return
    # What index d of column x is compared with is element d + (width - 1 - x) of `facing`.
    facing = np.empty(width + depth - 1, np.uint32)
    for place in range(width + depth - 1):
        facing[place] = right[row, min(max(width - 1 - place - lowest, 0), width - 1)]
    for x in range(width):
        code, start = left[row, x], width - 1 - x
        for d in range(depth):
            bits = np.uint16(_ones(code ^ facing[start + d]))
            columns[x, d] = columns[x, d] + bits if add else columns[x, d] - bits


def least_but_itself(costs: UInt16[np.ndarray, "h w n"]) -> Float32[np.ndarray, "h w"]:
    """Smallest cost of a view against itself at any shift but 0, 0..1: the distinctiveness of a pixel."""
    reach = costs.shape[2] // 2
    found: np.ndarray = np.minimum(costs[..., :reach].min(-1), costs[..., reach + 1 :].min(-1))
    return found.astype(np.float32) * np.float32(SELF_UNIT)


def aligned_correlation(
    volume: Any, at: Int32[np.ndarray, "h w"], own: UInt16[np.ndarray, "h w n"]
) -> Float32[np.ndarray, "h w"]:
    """Correlation of each cost curve with the curve of the left view against itself, both centred at their minimum.

    Only indices that both curves have enter; 0 where either is constant there.
    """
    found = np.empty(at.shape, np.float32)
    _aligned_correlation(volume, at, own, found)
    return found


@fast_kernel
@no_type_check
def _aligned_correlation(volume: Any, at: Any, own: Any, found: Any) -> None:
    height, width, depth = volume.shape
    reach = own.shape[2] // 2
    for y in range(height):
        for x in range(width):
            first = max(0, at[y, x] - reach)
            count = min(depth, at[y, x] + reach + 1) - first
            cross, self = volume[y, x, first:], own[y, x, first - at[y, x] + reach :]
            sum_a, sum_b, sum_aa, sum_bb, sum_ab = 0.0, 0.0, 0.0, 0.0, 0.0
            for k in range(count):
                a, b = np.float64(cross[k]), np.float64(self[k])
                sum_a += a
                sum_b += b
                sum_aa += a * a
                sum_bb += b * b
                sum_ab += a * b
            spread_a = max(sum_aa - sum_a * sum_a / count, 0.0)
            spread_b = max(sum_bb - sum_b * sum_b / count, 0.0)
            # Rounding leaves a little of a constant curve's spread.
            constant = spread_a <= 1e-12 * sum_aa or spread_b <= 1e-12 * sum_bb
            shared = sum_ab - sum_a * sum_b / count
            found[y, x] = 0.0 if constant else shared / np.sqrt(spread_a * spread_b)
