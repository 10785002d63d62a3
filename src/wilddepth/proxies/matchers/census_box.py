"""The matcher behind the Bologna group's confidence measures: census, a box, and the smallest cost wins.

Their papers and code call it AD-CENSUS. There is neither an absolute difference nor an adaptive support in it; that of
Mei et al. is `ad_census`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from wilddepth.proxies.matched import Matched, Volume, views_of, without_islands
from wilddepth.proxies.matchers.box import box_sums, check_side
from wilddepth.proxies.matchers.census import bits_of, census_codes, check_window, hamming_costs
from wilddepth.proxies.matchers.limits import check_filters, check_pair, check_search
from wilddepth.proxies.matchers.select import Subpixel, disparities
from wilddepth.proxies.sgm import grey_levels


@dataclass(frozen=True)
class CensusBoxSettings:
    """What the Bologna group's matcher is asked to do; the defaults are theirs.

    Attributes:
        window: side of the census window, px, odd.
        box: side of the window over which costs are summed, px, odd.
        min_disparity: first disparity searched, px.
        num_disparities: how many are searched.
        subpixel: the curve between whole disparities, see `select.disparities`; theirs are whole.
        uniqueness: percentage by which the best cost must beat those more than 1 px away; 0 = no such test.
        lr_threshold: largest difference between the disparities of both views that counts as agreement, px.
        speckle_window: islands of at most so many pixels, among those that agree, are removed; 0 = none.
        speckle_range: disparities of one island differ by at most this from pixel to pixel, px.
    """

    window: int = 5
    box: int = 5
    min_disparity: int = 0
    num_disparities: int = 229
    subpixel: Subpixel = "none"
    uniqueness: int = 0
    lr_threshold: float = 1.0
    speckle_window: int = 0
    speckle_range: float = 1.0

    def __post_init__(self) -> None:
        check_window(self.window, self.window)
        check_search(self.min_disparity, self.num_disparities)
        check_filters(self.uniqueness, self.lr_threshold, self.speckle_window, self.speckle_range)
        check_side("box", self.box)


def match_census_box(
    left: UInt8[np.ndarray, "h w c"],
    right: UInt8[np.ndarray, "h2 w2 c2"],
    settings: CensusBoxSettings,
    *,
    volumes: bool = False,
    threads: int = 1,
) -> Matched:
    """Both views of a rectified pair.

    Codes whose window leaves the image are 0; matches outside the right view cost what its edge column costs. At the
    image border the box holds fewer pixels and is divided by its full number all the same, as in the original.
    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `CensusBoxSettings`.
        volumes: give the costs of single pixels (uint8, bits) and those summed over the box (uint16) too.
        threads: that share the work; results do not depend on them.

    Raises:
        ValueError: for views of different size.

    Source:
        Tosi et al., BMVC 2017, published code; the census border, which that code leaves undefined, is 0 here.
    """
    check_pair(left, right)
    codes = [census_codes(grey_levels(view), settings.window, settings.window, border="zero") for view in (left, right)]
    costs = hamming_costs(codes[0], codes[1], settings.min_disparity, settings.num_disparities, threads)
    bits = bits_of(settings.window, settings.window)
    summed = Volume(box_sums(costs, settings.box, threads), settings.min_disparity, 1 / (bits * settings.box**2))
    views = views_of(*disparities(summed, settings.subpixel, settings.uniqueness, threads))
    speckles = settings.lr_threshold, settings.speckle_window, settings.speckle_range
    first, second = (without_islands(view, *speckles) for view in views)
    if not volumes:
        return Matched(first, second)
    return Matched(first, second, cost=Volume(costs, settings.min_disparity, 1 / bits), aggregated=summed)
