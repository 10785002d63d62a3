"""How far the disparities of a pair reach, asked at a quarter of its size, where a wide search costs little."""

import math

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.proxies.sgm import MatcherSettings, match_pair

SHRINK = 4
SHARE = 0.999
"""This share of the disparities on which both views agree lies in reach; the rest are taken for mistakes."""
MARGIN = 16
"""Added to it, px of the full size: what is thin and near is not seen at a quarter of the size."""
LEAST = 48
"""Searched in any case, px."""


def whole_sixteens(number: float) -> int:
    """The next multiple of 16, at least 16: how OpenCV counts disparities."""
    return max(1, math.ceil(number / 16)) * 16


def measured_disparities(
    left: UInt8[np.ndarray, "h w c"], right: UInt8[np.ndarray, "h2 w2 c2"], lowest: int = 0
) -> int:
    """How many disparities from `lowest` on a pair needs, a multiple of 16; at most half the width is looked at.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        lowest: first disparity that is searched, px.

    Raises:
        ValueError: for views of different size.
    """
    if left.shape != right.shape:
        raise ValueError(f"views differ in size: left {left.shape}, right {right.shape}")
    height, width = left.shape[:2]
    size = max(1, width // SHRINK), max(1, height // SHRINK)
    small = [
        cv2.resize(view, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1) for view in (left, right)
    ]
    first = lowest // SHRINK
    settings = MatcherSettings(
        mode="3way", block=5, min_disparity=first, num_disparities=whole_sixteens(width / 2 / SHRINK - first)
    )
    found = match_pair(small[0], small[1], settings).left.checked(settings.lr_threshold)
    found = found[np.isfinite(found)]
    reach = float(np.quantile(found, SHARE)) * width / size[0] + MARGIN if found.size else width / 2
    return whole_sixteens(max(reach - lowest, LEAST))
