"""The matchers whose confidence can be measured, by name, with everything that measuring needs."""

from collections.abc import Callable, Mapping
from typing import Any, no_type_check

import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import ConfigError
from wilddepth.plain import closest
from wilddepth.proxies.attach import eight_bit, lowest_disparity
from wilddepth.proxies.measures.kernel import kernel
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.measures.self_matching import SELF_UNIT, census_box_costs
from wilddepth.proxies.sgm import grey_levels
from wilddepth.sample import Sample

Grey = UInt8[np.ndarray, "h w"]
Match = Callable[[Grey, Grey, int, int], Matching]


def ad_census(left: Grey, right: Grey, lowest: int, number: int) -> Matching:
    """What the Bologna group calls AD-CENSUS: 5x5 census, 5x5 box, the least cost wins; whole disparities.

    The right map is read from the same costs along the diagonals.

    Args:
        left: grey image.
        right: grey image.
        lowest: first disparity searched, px.
        number: how many.
    """
    volume = census_box_costs(left, right, lowest, number)
    disparities = np.empty((2, *left.shape), np.float32)
    _winners(volume, lowest, disparities[0], disparities[1])
    return Matching(disparities[0], disparities[1], volume, left, right, lowest, SELF_UNIT)


@kernel
@no_type_check
def _winners(volume: Any, lowest: int, ours: Any, theirs: Any) -> None:
    """The disparity of least cost of each left pixel, and of each right pixel (nan where no left one can match it)."""
    height, width, depth = volume.shape
    least = np.empty(width, np.float32)
    for y in range(height):
        least[:] = np.inf
        theirs[y] = np.nan
        for x in range(width):
            best = 0
            for d in range(depth):
                cost, column = np.float32(volume[y, x, d]), x - lowest - d
                if cost < volume[y, x, best]:
                    best = d
                if 0 <= column < width and cost < least[column]:
                    least[column], theirs[y, column] = cost, lowest + d
            ours[y, x] = lowest + best


MATCHERS: Mapping[str, Match] = {"ad-census": ad_census}


def matched(sample: Sample, name: str, number: int) -> list[Matching]:
    """Each pair of a batch as one of the `MATCHERS` sees it.

    Args:
        sample: rectified pairs.
        name: of the matcher.
        number: disparities searched, from 0 on, or lower where `Sample.doffs` asks for it.

    Raises:
        ConfigError: for an unknown name.
        MissingView: when there is no right view.
    """
    if name not in MATCHERS:
        raise ConfigError(f"unknown matcher {name!r}; {closest(name, list(MATCHERS))}")
    pair, match = sample.stereo(), MATCHERS[name]
    return [
        match(grey_levels(left), grey_levels(right), lowest_disparity(0, doffs), number)
        for left, right, doffs in zip(eight_bit(pair.left), eight_bit(pair.right), sample.doffs().tolist(), strict=True)
    ]
