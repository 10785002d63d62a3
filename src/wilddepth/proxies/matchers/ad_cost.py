"""The first costs of AD-Census: differences of colour and of census codes, each bent so that none outweighs the other.

Costs of this matcher are whole numbers, `ONE` to 1, so that sums are exact in any order. Up to the largest support,
255 x 255 pixels at a cost of 2, they would not fit; up to the one that is allowed they do.
"""

from typing import Any, Literal, no_type_check

import numpy as np
from jaxtyping import Int32, UInt8

from wilddepth.proxies.matchers.census import bits_of, census_codes, hamming_costs
from wilddepth.proxies.matchers.kernel import kernel, over_rows
from wilddepth.proxies.sgm import grey_levels

ONE = 2**17
"""A cost of 1. Sums over 67 x 67 pixels at a cost of 2 stay below 2^31, and the rounding of a mean below 1e-5."""

Terms = Literal["both", "colour", "census"]


def first_costs(
    left: UInt8[np.ndarray, "h w 3"],
    right: UInt8[np.ndarray, "h w 3"],
    terms: Terms,
    scales: tuple[float, float],
    window: tuple[int, int],
    search: tuple[int, int],
    threads: int = 1,
) -> Int32[np.ndarray, "h w d"]:
    """(1 - exp(-AD / scale)) + (1 - exp(-census / scale)), in `ONE`s; 1 where the match lies outside the right view.

    Args:
        left: 8-bit colours.
        right: the same.
        terms: which of the two are counted.
        scales: of the mean absolute difference of colours, grey levels, and of the differing census bits.
        window: of the census, rows and columns.
        search: first disparity and number of disparities.
        threads: that share the rows.

    Source:
        Mei et al., "On building an accurate stereo matching system on graphics hardware", ICCVW 2011, sec. 2.1.
    """
    lowest, number = search
    height, width = left.shape[:2]
    codes = [census_codes(grey_levels(view), *window) for view in (left, right)]
    bits = hamming_costs(codes[0], codes[1], lowest, number, threads)
    column = np.clip(width - 1 - lowest - np.arange(width + number - 1), 0, width - 1)
    turned = np.ascontiguousarray(right[:, column].transpose(0, 2, 1))
    of_colour = bent(3 * 255, 3 * scales[0]) * (terms != "census")
    of_census = bent(bits_of(*window), scales[1]) * (terms != "colour")
    costs = np.empty((height, width, number), np.int32)
    over_rows(_combine, height, threads, left, turned, bits, of_colour, of_census, lowest, costs)
    return costs


def bent(most: int, scale: float) -> Int32[np.ndarray, " n"]:
    """1 - exp(-x / scale) for x = 0..most, in `ONE`s."""
    values: np.ndarray = np.rint(ONE * (1 - np.exp(-np.arange(most + 1) / scale))).astype(np.int32)
    return values


@kernel
@no_type_check
def _combine(
    begin: int, end: int, left: Any, turned: Any, bits: Any, of_colour: Any, of_census: Any, lowest: int, costs: Any
) -> None:
    """Rows begin..end-1 of the volume."""
    _, width, number = costs.shape
    for y in range(begin, end):
        for x in range(width):
            part = slice(width - 1 - x, width - 1 - x + number)
            red, green, blue = turned[y, 0][part], turned[y, 1][part], turned[y, 2][part]
            _pixel(left[y, x], red, green, blue, bits[y, x], of_colour, of_census, costs[y, x])
            inside_first = max(0, x - lowest - width + 1)
            inside_last = max(inside_first, min(number, x - lowest + 1))
            costs[y, x, :inside_first] = ONE
            costs[y, x, inside_last:] = ONE


@kernel
@no_type_check
def _pixel(colour: Any, red: Any, green: Any, blue: Any, bits: Any, of_colour: Any, of_census: Any, costs: Any) -> None:
    for k in range(costs.shape[0]):
        apart = _apart(colour[0], red[k]) + _apart(colour[1], green[k]) + _apart(colour[2], blue[k])
        costs[k] = np.int32(of_colour[np.uint32(apart)] + of_census[np.uint32(bits[k])])


@kernel
@no_type_check
def _apart(first: Any, second: Any) -> Any:
    """|first - second| of two bytes, in few bits, so that vectors hold many."""
    return np.uint16(np.uint8(max(first, second)) - np.uint8(min(first, second)))
