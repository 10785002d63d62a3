"""Costs of a view against itself: 5x5 census, Hamming distance, 5x5 box.

A pixel that looks like others in its own row can be mistaken for them; how much it does is read from the costs of a
view against itself.

Source:
    Census: Zabih and Woodfill, ECCV 1994. Distinctiveness: Manduchi and Tomasi, 1999; Yoon and Kweon, 2007.
"""

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Float32, Int32, UInt8, UInt16

from wilddepth.proxies.matchers.box import box_sums
from wilddepth.proxies.matchers.census import census_codes, hamming_costs
from wilddepth.proxies.measures.kernel import fast_kernel

SIDE = 5
"""Of the census window and of the box, px."""
SELF_UNIT = 1 / ((SIDE**2 - 1) * SIDE**2)
"""The largest sum is 24 bits * 25 pixels."""


def against_itself(view: UInt8[np.ndarray, "h w"], reach: int) -> UInt16[np.ndarray, "h w n"]:
    """Costs of a view against itself at shifts -reach..reach px: sums of differing census bits, 0..600.

    Columns beyond the view are those at its edge; the box is cut off at the border of the image.
    """
    codes = census_codes(view, SIDE, SIDE, border="zero")
    return box_sums(hamming_costs(codes, codes, -reach, 2 * reach + 1), SIDE)


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
