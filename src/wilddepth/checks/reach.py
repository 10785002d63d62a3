"""Which disparities are to be expected? Dense matching of a small copy, so that bare ground and walls count too."""

from dataclasses import dataclass

import cv2
import numpy as np

from wilddepth.checks.view import Grey

WIDTH_PX = 320
"""The copy is at most so wide: 50 ms, and disparities are known to a fraction of a pixel of it."""
NEAREST, BEYOND = 160, 48
"""Disparities searched, px of the copy: half the width in front, and some behind infinity (doffs, swapped views)."""
TAILS = (1.0, 98.0)
"""Percentiles that are trusted: occlusions and repeated patterns leave wrong ones."""
MARGIN = 0.1
"""Share of the range by which it is widened: the nearest thing may be small."""
LEAST_SHARE = 0.3
"""Share of pixels that must have a match."""


@dataclass(frozen=True)
class Reach:
    """Raw disparities of a pair, px; nan where too little matches.

    Attributes:
        lowest_px: with a margin, but not beyond infinity unless something was matched there.
        highest_px: with a margin.
        matched: share of pixels with a match.
    """

    lowest_px: float
    highest_px: float
    matched: float


def measure_reach(left: Grey, right: Grey, doffs: float = 0.0) -> Reach:
    """The range of disparities of a pair whose rows match; `doffs` as in `Sample.doffs`, px."""
    found, matched = _disparities(left, right)
    if matched < LEAST_SHARE:
        return Reach(float("nan"), float("nan"), matched)
    low, high = (float(end) for end in np.percentile(found, TAILS))
    margin = MARGIN * (high - low)
    # half a pixel below infinity is the accuracy of far things
    lowest = max(low - margin, -doffs) if low > -doffs - 0.5 else low - margin
    return Reach(lowest, high + margin, matched)


def _disparities(left: Grey, right: Grey) -> tuple[np.ndarray, float]:
    """All that both directions agree on, px of the views, and the share of pixels that have one."""
    factor = min(1.0, WIDTH_PX / left.shape[1])
    size = (round(left.shape[1] * factor), max(1, round(left.shape[0] * factor)))
    # room at the sides, so that every pixel may be searched for as far as all others
    small = [
        cv2.copyMakeBorder(
            cv2.resize(view, size, interpolation=cv2.INTER_AREA), 0, 0, NEAREST, BEYOND, cv2.BORDER_REPLICATE
        )
        for view in (left, right)
    ]
    matcher = cv2.StereoSGBM.create(
        minDisparity=-BEYOND,
        numDisparities=NEAREST + BEYOND,
        blockSize=5,
        P1=8 * 25,
        P2=32 * 25,
        disp12MaxDiff=1,
        uniquenessRatio=10,
        speckleWindowSize=60,
        speckleRange=1,
        mode=cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    )
    found = matcher.compute(small[0], small[1])[:, NEAREST : NEAREST + size[0]].astype(np.float32) / 16
    known = found >= -BEYOND
    return found[known] * (left.shape[1] / size[0]), float(known.mean())
