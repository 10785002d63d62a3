"""Semi-global matching on census codes, with its costs: what confidence measures are computed from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from wilddepth.proxies.matched import Matched, Volume, views_of, without_islands
from wilddepth.proxies.matchers.census import bits_of, census_codes, check_window, hamming_costs
from wilddepth.proxies.matchers.limits import check_filters, check_pair, check_search
from wilddepth.proxies.matchers.select import Subpixel, disparities
from wilddepth.proxies.matchers.sweep import gathered, penalties
from wilddepth.proxies.sgm import grey_levels

LARGEST_SUM = np.iinfo(np.int16).max
"""Sums of path costs stay below, so that torch's 16-bit numbers, which are signed, hold them too."""


@dataclass(frozen=True)
class CensusSGMSettings:
    """What our own semi-global matcher is asked to do.

    Attributes:
        window_height: of the census window, rows, odd.
        window_width: of the census window, columns, odd.
        directions: along which costs are gathered, 4 or 8.
        p1: penalty for a step of one disparity between neighbours, in bits of a census code.
        p2: penalty for larger steps.
        adapt_p2: divide p2 by the step in brightness between the neighbours, down to p1: jumps are where edges are.
        min_disparity: first disparity searched, px; negative where the principal points differ.
        num_disparities: how many are searched.
        subpixel: the curve between whole disparities, see `select.disparities`.
        uniqueness: percentage by which the best cost must beat those more than 1 px away; 0 = no such test.
        lr_threshold: largest difference between the disparities of both views that counts as agreement, px.
        speckle_window: islands of at most so many pixels, among those that agree, are removed; 0 = none.
        speckle_range: disparities of one island differ by at most this from pixel to pixel, px.
    """

    window_height: int = 7
    window_width: int = 9
    directions: Literal[4, 8] = 8
    p1: int = 15
    p2: int = 122
    adapt_p2: bool = False
    min_disparity: int = 0
    num_disparities: int = 192
    subpixel: Subpixel = "equiangular"
    uniqueness: int = 0
    lr_threshold: float = 1.0
    speckle_window: int = 0
    speckle_range: float = 1.0

    def __post_init__(self) -> None:
        check_window(self.window_height, self.window_width)
        check_search(self.min_disparity, self.num_disparities)
        check_filters(self.uniqueness, self.lr_threshold, self.speckle_window, self.speckle_range)
        if not 0 < self.p1 <= self.p2:
            raise ValueError(f"penalties must grow: 0 < p1 <= p2, not {self.p1} and {self.p2}")
        if self.directions * (self.most + self.p1 + self.p2) > LARGEST_SUM:
            raise ValueError(f"p2 {self.p2} overflows 16-bit sums of {self.directions} path costs; lower it")

    @property
    def most(self) -> int:
        """The largest matching cost there can be: all bits differ."""
        return bits_of(self.window_height, self.window_width)

    @property
    def cost_unit(self) -> float:
        """Of matching costs, see `matched.Volume`."""
        return 1 / self.most

    @property
    def sum_unit(self) -> float:
        """Of sums of path costs: none exceeds the largest cost and the larger penalty in every direction."""
        return 1 / (self.directions * (self.most + self.p2))


def match_census_sgm(
    left: UInt8[np.ndarray, "h w c"],
    right: UInt8[np.ndarray, "h2 w2 c2"],
    settings: CensusSGMSettings,
    *,
    volumes: bool = False,
    threads: int = 1,
) -> Matched:
    """Both views of a rectified pair.

    The right view goes on beyond its sides with its edge columns, so that every left pixel has all its costs; matches
    that end there have an infinite `View.difference`. The right map comes from the same sums as the left one.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `CensusSGMSettings`.
        volumes: give the matching costs (uint8) and the sums of path costs (uint16) too.
        threads: that share the work; results do not depend on them. More than two help little.

    Raises:
        ValueError: for views of different size.

    Source:
        Hirschmüller, PAMI 2008; census costs as in Hirschmüller and Scharstein, PAMI 2009.
    """
    check_pair(left, right)
    window = settings.window_height, settings.window_width
    grey, other = grey_levels(left), grey_levels(right)
    lowest = settings.min_disparity
    codes = census_codes(grey, *window), census_codes(other, *window)
    costs = hamming_costs(*codes, lowest, settings.num_disparities, threads)
    p2 = penalties(settings.p1, settings.p2, adapt=settings.adapt_p2)
    sums = gathered(costs, grey, settings.p1, p2, settings.directions, settings.most, threads)
    aggregated = Volume(sums, lowest, settings.sum_unit)
    views = views_of(*disparities(aggregated, settings.subpixel, settings.uniqueness, threads))
    speckles = settings.lr_threshold, settings.speckle_window, settings.speckle_range
    first, second = (without_islands(view, *speckles) for view in views)
    if not volumes:
        return Matched(first, second)
    return Matched(first, second, cost=Volume(costs, lowest, settings.cost_unit), aggregated=aggregated)
