"""Block matching as a method of its own, with its holes filled: what a network has to beat."""

from dataclasses import replace

import numpy as np
import torch

from wilddepth.prediction import Prediction, Quantity
from wilddepth.proxies.attach import eight_bit, lowest_disparity
from wilddepth.proxies.fill import fill_holes
from wilddepth.proxies.reach import whole_sixteens
from wilddepth.proxies.sgm import MatcherSettings, match_left, match_pair, matched_channels
from wilddepth.sample import Sample

OPENCV_DEFAULTS = MatcherSettings(
    mode="sgbm",
    block=3,
    p1=8,
    p2=32,
    num_disparities=192,
    prefilter_cap=63,
    uniqueness=10,
    speckle_window=100,
    speckle_range=32,
    images="colour",
    extend_border=False,
)
"""The settings of OpenCV's own stereo_match sample (its constructor has penalties of 0, which nobody uses), with a
range of 192."""
TUNED_ON_WORLDS = MatcherSettings()
"""The best filled block matching on rendered pairs; no real pair was looked at to choose it."""


def baseline_disparity(
    sample: Sample, settings: MatcherSettings = OPENCV_DEFAULTS, *, fill: bool = True, check: bool = True
) -> Prediction:
    """The left view matched, checked against the right view, and filled from the background along rows.

    Args:
        sample: rectified pairs.
        settings: of the matcher; the search begins lower where `Sample.doffs` asks for it.
        fill: fill holes with the smaller disparity of both ends; False leaves nan.
        check: drop pixels on which the views disagree first.

    Returns:
        Disparity, px.

    Raises:
        MissingView: when there is no right view.
    """
    pair = sample.stereo()
    maps = [
        matched_disparity(left, right, lowered(settings, doffs), fill=fill, check=check)
        for left, right, doffs in zip(eight_bit(pair.left), eight_bit(pair.right), sample.doffs().tolist(), strict=True)
    ]
    values = torch.from_numpy(np.stack(maps))[:, None].to(sample.image.device)
    return Prediction(values=values, quantity=Quantity.DISPARITY_PX)


def lowered(settings: MatcherSettings, doffs: float) -> MatcherSettings:
    """The settings with a search that begins at -doffs at the latest, and ends where it ended."""
    lowest = lowest_disparity(settings.min_disparity, doffs)
    return replace(settings, min_disparity=lowest, num_disparities=whole_sixteens(settings.max_disparity - lowest))


def matched_disparity(
    left: np.ndarray, right: np.ndarray, settings: MatcherSettings, *, fill: bool, check: bool
) -> np.ndarray:
    """Disparity (h w) of the left view of one pair, px."""
    if check:
        found = match_pair(left, right, settings).left.checked(settings.lr_threshold)
    else:
        found = match_left(matched_channels(left, settings.images), matched_channels(right, settings.images), settings)
    return fill_holes(found, lowest=settings.min_disparity) if fill else found
