"""Block matching with the classical measures of likeness, each of which shows its costs.

Source:
    Scharstein and Szeliski, IJCV 2002, sec. 3; numbers as in CNES Pandora.
"""

from dataclasses import dataclass
from typing import Any, Literal, no_type_check

import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.matched import Matched, Volume, views_of, without_islands
from wilddepth.proxies.matchers.box import box_sums, check_side
from wilddepth.proxies.matchers.census import census_codes, check_window, hamming_costs
from wilddepth.proxies.matchers.kernel import kernel, over_rows
from wilddepth.proxies.matchers.limits import check_filters, check_pair, check_search
from wilddepth.proxies.matchers.select import Subpixel, disparities
from wilddepth.proxies.sgm import grey_levels

Likeness = Literal["sad", "ssd", "zncc", "census"]

PRODUCT, DIFFERENCE, SQUARE = range(3)


@dataclass(frozen=True)
class BlockSettings:
    """What our block matcher is asked to do.

    Attributes:
        likeness: sums of absolute or of squared differences ("sad", "ssd"), the correlation of what exceeds the
            window's mean ("zncc", which gain and offset of a camera do not change), or differing bits of census codes.
        window: side of the block, px, odd; for "census" that of its window.
        min_disparity: first disparity searched, px.
        num_disparities: how many are searched.
        subpixel: the curve between whole disparities, see `select.disparities`.
        uniqueness: percentage by which the best cost must beat those more than 1 px away; 0 = no such test.
        lr_threshold: largest difference between the disparities of both views that counts as agreement, px.
        speckle_window: islands of at most so many pixels, among those that agree, are removed; 0 = none.
        speckle_range: disparities of one island differ by at most this from pixel to pixel, px.
    """

    likeness: Likeness = "zncc"
    window: int = 9
    min_disparity: int = 0
    num_disparities: int = 192
    subpixel: Subpixel = "parabola"
    uniqueness: int = 0
    lr_threshold: float = 1.0
    speckle_window: int = 0
    speckle_range: float = 1.0

    def __post_init__(self) -> None:
        check_side("window", self.window)
        check_search(self.min_disparity, self.num_disparities)
        check_filters(self.uniqueness, self.lr_threshold, self.speckle_window, self.speckle_range)
        if self.likeness == "census":
            check_window(self.window, self.window)
        if self.likeness == "zncc" and self.window == 1:
            raise ValueError("one pixel has no correlation; zncc needs a window of at least 3")

    @property
    def most(self) -> float:
        """The largest cost there can be."""
        pixels = self.window**2
        return {"sad": 255 * pixels, "ssd": 255**2 * pixels, "zncc": 2, "census": pixels - 1}[self.likeness]


def match_block(
    left: UInt8[np.ndarray, "h w c"],
    right: UInt8[np.ndarray, "h2 w2 c2"],
    settings: BlockSettings,
    *,
    volumes: bool = False,
    threads: int = 1,
) -> Matched:
    """Both views of a rectified pair.

    A window must lie in both views: elsewhere costs are inf, and there is no disparity in a border of half a window.
    Costs of "zncc" are 1 - correlation; a window without any texture correlates with nothing (0).

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `BlockSettings`.
        volumes: give the costs (float32) too; single pixels have none of their own but those of their window.
        threads: that share the work; results do not depend on them.

    Raises:
        ValueError: for views of different size.
    """
    check_pair(left, right)
    costs = window_costs(grey_levels(left), grey_levels(right), settings, threads)
    _leave_out(costs, settings.window // 2, settings.min_disparity)
    volume = Volume(costs, settings.min_disparity, 1 / settings.most)
    views = views_of(*disparities(volume, settings.subpixel, settings.uniqueness, threads))
    speckles = settings.lr_threshold, settings.speckle_window, settings.speckle_range
    first, second = (without_islands(view, *speckles) for view in views)
    return Matched(first, second, cost=volume, aggregated=volume) if volumes else Matched(first, second)


def window_costs(
    left: UInt8[np.ndarray, "h w"], right: UInt8[np.ndarray, "h w"], settings: BlockSettings, threads: int = 1
) -> Float32[np.ndarray, "h w d"]:
    """Costs of whole windows, wrong where a window leaves a view."""
    side, lowest, number = settings.window, settings.min_disparity, settings.num_disparities
    if settings.likeness == "census":
        codes = census_codes(left, side, side), census_codes(right, side, side)
        return hamming_costs(*codes, lowest, number, threads).astype(np.float32)
    width = left.shape[1]
    column = np.clip(width - 1 - lowest - np.arange(width + number - 1), 0, width - 1)
    kind = {"sad": DIFFERENCE, "ssd": SQUARE, "zncc": PRODUCT}[settings.likeness]
    pairs = np.empty((*left.shape, number), np.uint8 if kind == DIFFERENCE else np.uint16)
    over_rows(_pair_up, left.shape[0], threads, left, np.ascontiguousarray(right[:, column]), kind, pairs)
    sums = box_sums(pairs, side, threads)
    costs = sums.astype(np.float32) if kind != PRODUCT else np.empty(sums.shape, np.float32)
    if kind == PRODUCT:
        ours, theirs = moments(left, side), moments(right, side)[:, :, column]
        over_rows(_correlate, left.shape[0], threads, sums, ours, np.ascontiguousarray(theirs), side * side, costs)
    return costs


def moments(grey: UInt8[np.ndarray, "h w"], side: int) -> np.ndarray:
    """The sum of each window, and n times the sum of squares minus the sum squared (2 h w), whole numbers."""
    squares = grey.astype(np.uint16) ** 2
    total, of_squares = (box_sums(values[..., None], side)[..., 0].astype(np.int64) for values in (grey, squares))
    return np.stack([total, side * side * of_squares - total**2])


@kernel
@no_type_check
def _pair_up(begin: int, end: int, left: Any, turned: Any, kind: int, pairs: Any) -> None:
    """Products, absolute differences or squared differences of single pixels, rows begin..end-1."""
    _, width, number = pairs.shape
    for y in range(begin, end):
        for x in range(width):
            here = np.int32(left[y, x])
            others = turned[y][width - 1 - x : width - 1 - x + number]
            for k in range(number):
                there = np.int32(others[k])
                apart = abs(here - there)
                pairs[y, x, k] = here * there if kind == 0 else apart if kind == 1 else apart * apart


@kernel
@no_type_check
def _correlate(begin: int, end: int, products: Any, ours: Any, theirs: Any, pixels: int, costs: Any) -> None:
    """1 - correlation, rows begin..end-1."""
    _, width, number = products.shape
    for y in range(begin, end):
        for x in range(width):
            part = slice(width - 1 - x, width - 1 - x + number)
            total, spread = theirs[0, y][part], theirs[1, y][part]
            for k in range(number):
                both = float(pixels * np.int64(products[y, x, k]) - ours[0, y, x] * total[k])
                scale = np.sqrt(float(ours[1, y, x]) * float(spread[k]))
                costs[y, x, k] = 1 - both / scale if scale > 0 else 1.0


def _leave_out(costs: Float32[np.ndarray, "h w d"], reach: int, lowest: int) -> None:
    """Put inf where a window leaves a view."""
    height, width, number = costs.shape
    column = np.arange(width)[:, None]
    met = column - lowest - np.arange(number)
    inside = (column >= reach) & (column < width - reach) & (met >= reach) & (met < width - reach)
    costs[:, ~inside] = np.inf
    costs[: min(reach, height)] = costs[max(height - reach, 0) :] = np.inf
