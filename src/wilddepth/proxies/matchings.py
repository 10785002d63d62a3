"""Pairs as a matcher sees them, with everything that measuring its confidence needs."""

import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.attach import eight_bit, lowest_disparity
from wilddepth.proxies.matched import Matched
from wilddepth.proxies.matchers.catalog import matcher
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.sides import matching_of
from wilddepth.sample import Sample

Picture = UInt8[np.ndarray, "h w c"]


def matched(sample: Sample, name: str, number: int) -> list[Matching]:
    """Each pair of a batch as a matcher with its own settings sees it.

    Args:
        sample: rectified pairs.
        name: of a matcher that shows its costs, see `matchers.catalog`: "census-sgm", "census-box" (which the Bologna
            group calls AD-CENSUS), ...
        number: disparities searched, from 0 on, or lower where `Sample.doffs` asks for it.

    Raises:
        ConfigError: for an unknown name, or a matcher that keeps its costs.
        MissingView: when there is no right view.
    """
    pair = sample.stereo()
    return [
        match(left, right, name, lowest_disparity(0, doffs), number)
        for left, right, doffs in zip(eight_bit(pair.left), eight_bit(pair.right), sample.doffs().tolist(), strict=True)
    ]


def disparities(sample: Sample, name: str, number: int) -> list[Float32[np.ndarray, "h w"]]:
    """The left disparity of each pair of a batch by any matcher, px; nan where it has none. Arguments of `matched`."""
    pair, kind = sample.stereo(), matcher(name)
    views = zip(eight_bit(pair.left), eight_bit(pair.right), sample.doffs().tolist(), strict=True)
    wanted = [
        (left, right, kind.build({"min_disparity": lowest_disparity(0, doffs), "num_disparities": number}))
        for left, right, doffs in views
    ]
    return [kind(*each).left.disparity for each in wanted]


def match(left: Picture, right: Picture, name: str, lowest: int, number: int) -> Matching:
    """One pair, ready to be measured.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        name: of the matcher.
        lowest: first disparity searched, px.
        number: how many.
    """
    kind = matcher(name)
    settings = kind.build({"min_disparity": lowest, "num_disparities": number})
    return judged(kind(left, right, settings, volumes=True), left, right)


def judged(found: Matched, left: Picture, right: Picture) -> Matching:
    """What a matcher says with the images it comes from.

    Raises:
        ValueError: when it was not asked for its costs.
    """
    if found.aggregated is None:
        raise ValueError("the matcher kept no costs to measure confidence on; ask for its volumes")
    return matching_of(found.left, found.right, found.aggregated, left, right, found.aggregated.lowest)
