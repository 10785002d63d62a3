"""Census codes: which neighbours are darker than a pixel; and how many bits of two codes differ."""

from typing import Any, Literal, no_type_check

import numpy as np
from jaxtyping import UInt8, UInt32

from wilddepth.proxies.matchers.kernel import bits_set, kernel, over_rows

WORD = 32
"""Bits of a code kept together: a small word means more pixels in a vector register."""
MOST_BITS = 255
"""Numbers of differing bits are kept in 8 bits."""

Border = Literal["edge", "zero"]


def check_window(height: int, width: int) -> None:
    """Refuse windows without a centre, and those whose bits cannot be counted in 8 bits, with a `ValueError`."""
    if min(height, width) < 1 or height % 2 == 0 or width % 2 == 0 or height * width == 1:
        raise ValueError(f"a census window needs odd sides and a neighbour, not {height}x{width}")
    if bits_of(height, width) > MOST_BITS:
        raise ValueError(f"a census window has at most {MOST_BITS} neighbours, {height}x{width} has more; shrink it")


def bits_of(height: int, width: int) -> int:
    """Length of a code: the neighbours in the window."""
    return height * width - 1


def census_codes(
    grey: UInt8[np.ndarray, "h w"], height: int, width: int, border: Border = "edge"
) -> UInt32[np.ndarray, "n h w"]:
    """The census code of each pixel, in words of 32 bits: a bit is 1 where the centre is at least as bright.

    Args:
        grey: 8 bits.
        height: of the window, rows, odd.
        width: of the window, columns, odd.
        border: what is seen beyond the image: "edge" repeats its outermost pixels; with "zero" a code whose window
            leaves the image is 0.

    Source:
        Zabih and Woodfill, ECCV 1994; the direction of ties as in the Bologna group's code and in CNES Pandora.
    """
    up, aside = height // 2, width // 2
    codes = np.zeros((-(-bits_of(height, width) // WORD), *grey.shape), np.uint32)
    _compare(np.pad(grey, ((up, up), (aside, aside)), mode="edge"), height, width, codes)
    if border == "zero":
        whole = np.zeros(grey.shape, bool)
        whole[up : grey.shape[0] - up, aside : grey.shape[1] - aside] = True
        codes *= whole
    return codes


def hamming_costs(
    left: UInt32[np.ndarray, "n h w"], right: UInt32[np.ndarray, "n h w"], lowest: int, number: int, threads: int = 1
) -> UInt8[np.ndarray, "h w d"]:
    """How many bits of the codes at left column x and right column x - d differ.

    Beyond its sides the right view goes on with the codes of its edge columns.

    Args:
        left: as `census_codes` gives it.
        right: the same.
        lowest: first disparity, px.
        number: of disparities.
        threads: that share the rows.
    """
    width = left.shape[2]
    column = np.clip(width - 1 - lowest - np.arange(width + number - 1), 0, width - 1)
    turned = np.ascontiguousarray(right[:, :, column])  # disparities of one pixel now lie side by side
    costs = np.empty((*left.shape[1:], number), np.uint8)
    over_rows(_count, left.shape[1], threads, left, turned, costs)
    return costs


@kernel
@no_type_check
def _compare(padded: Any, tall: int, wide: int, codes: Any) -> None:
    """Set the bits, neighbour after neighbour of a whole row."""
    height, width = codes.shape[1:]
    for y in range(height):
        centre = padded[y + tall // 2][wide // 2 : wide // 2 + width]
        bit = 0
        for place in range(tall * wide):
            if place != tall * wide // 2:
                word = codes[bit // 32][y]
                neighbour = padded[y + place // wide][place % wide : place % wide + width]
                _set_bit(word, centre, neighbour, np.uint32(bit % 32))
                bit += 1


@kernel
@no_type_check
def _set_bit(word: Any, centre: Any, neighbour: Any, bit: Any) -> None:
    for x in range(word.shape[0]):
        word[x] |= np.uint32(centre[x] >= neighbour[x]) << bit


@kernel
@no_type_check
def _count(begin: int, end: int, left: Any, turned: Any, costs: Any) -> None:
    """Rows begin..end-1 of the volume."""
    words, _, width = left.shape
    number = costs.shape[2]
    for y in range(begin, end):
        for x in range(width):
            start = width - 1 - x
            _differing(left[0, y, x], turned[0, y][start : start + number], costs[y, x])
            for n in range(1, words):
                _differing_more(left[n, y, x], turned[n, y][start : start + number], costs[y, x])


@kernel
@no_type_check
def _differing(code: Any, others: Any, costs: Any) -> None:
    for k in range(costs.shape[0]):
        costs[k] = np.uint8(bits_set(np.uint32(code ^ others[k])))


@kernel
@no_type_check
def _differing_more(code: Any, others: Any, costs: Any) -> None:
    for k in range(costs.shape[0]):
        costs[k] += np.uint8(bits_set(np.uint32(code ^ others[k])))
