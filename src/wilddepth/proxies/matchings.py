"""The matchers whose confidence can be measured, by name, with everything that measuring needs."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import ConfigError
from wilddepth.plain import closest
from wilddepth.proxies.attach import eight_bit, lowest_disparity
from wilddepth.proxies.matched import Matched
from wilddepth.proxies.matchers.census_box import CensusBoxSettings, match_census_box
from wilddepth.proxies.matchers.census_sgm import CensusSGMSettings, match_census_sgm
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.sgm import grey_levels
from wilddepth.sample import Sample

Picture = UInt8[np.ndarray, "h w c"]
Match = Callable[[Picture, Picture, int, int], Matching]


def ad_census(left: Picture, right: Picture, lowest: int, number: int) -> Matching:
    """What the Bologna group calls AD-CENSUS: 5x5 census, 5x5 box, the least cost wins; whole disparities.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same.
        lowest: first disparity searched, px.
        number: how many.
    """
    settings = CensusBoxSettings(min_disparity=lowest, num_disparities=number)
    return judged(match_census_box(left, right, settings, volumes=True), left, right, whole=1)


def sgm(left: Picture, right: Picture, lowest: int, number: int) -> Matching:
    """Our census semi-global matching with its own settings; arguments as `ad_census`."""
    settings = CensusSGMSettings(min_disparity=lowest, num_disparities=number)
    found = match_census_sgm(left, right, settings, volumes=True)
    return judged(found, left, right, whole=settings.most * settings.directions)


def judged(found: Matched, left: Picture, right: Picture, *, whole: float) -> Matching:
    """What a matcher says, ready to be measured.

    Args:
        found: with its aggregated costs.
        left: 8-bit RGB, or one grey channel.
        right: the same.
        whole: the cost that counts as 1, in the paper's count: where all bits differ.

    Raises:
        ValueError: when the matcher kept no costs.
    """
    if found.aggregated is None:
        raise ValueError("the matcher kept no costs to measure confidence on; ask for its volumes")
    return Matching(
        disparity=found.left.disparity,
        right_disparity=found.right.disparity,
        volume=found.aggregated.costs,
        left=grey_levels(left),
        right=grey_levels(right),
        lowest=found.aggregated.lowest,
        unit=found.aggregated.unit / whole,
    )


MATCHERS: Mapping[str, Match] = {"ad-census": ad_census, "sgm": sgm}


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
        match(left, right, lowest_disparity(0, doffs), number)
        for left, right, doffs in zip(eight_bit(pair.left), eight_bit(pair.right), sample.doffs().tolist(), strict=True)
    ]
