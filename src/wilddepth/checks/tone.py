"""Do both cameras see the same brightness and colour? Measured at points that both views show.

Where they are too few, as between a good view and one that is nearly black, the distributions of both views are
compared: they see nearly the same.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from wilddepth.checks.match import Matches
from wilddepth.checks.view import Rgb

FEWEST = 15
"""Points below which nothing is said."""
WINDOW_PX = 11
"""Side of the square averaged around a point: noise and blur average out, a pixel of misplacement is nothing."""
DARKEST, BRIGHTEST = 1.5, 247.0
"""Levels between which a mean is not clipped in part."""
QUANTILES = np.linspace(0.1, 0.9, 17)
"""Of the brightness of a whole view; its darkest and brightest parts are often beside the other view."""
NARROWEST_STOPS = 0.5
"""Range of brightness in the scene below which its tone curve says nothing."""


@dataclass(frozen=True)
class Tone:
    """What the left view has and the right one has not; nan where there was too little to measure.

    Attributes:
        stops: brightness of the left view over that of the right one, median, in stops (1 = twice as bright).
        gamma: contrast of the left view over that of the right one, as an exponent (1 = equal).
        cast_percent: the largest difference of one colour channel after brightness is taken out.
        points: matched points measured; 0 where they were too few and the views were compared as a whole.
    """

    stops: float
    gamma: float
    cast_percent: float
    points: int


def measure_tone(left: Rgb, right: Rgb, consistent: Matches) -> Tone:
    """Compare the surroundings of matched points, or both views as a whole."""
    means = [_means(view, places) for view, places in ((left, consistent.left), (right, consistent.right))]
    inside = np.logical_and(*(_unclipped(mean) for mean in means))
    points = int(inside.sum())
    if points >= FEWEST:
        one, other = (np.log2(mean[inside]) for mean in means)
        return _compared(one, other, points)
    blocks = [_blocks(view) for view in (left, right)]
    if min(len(block) for block in blocks) < FEWEST:
        return Tone(float("nan"), float("nan"), float("nan"), 0)
    one, other = (np.log2(np.quantile(block, QUANTILES, axis=0)) for block in blocks)
    return _compared(one, other, 0)


def _compared(one: Float[np.ndarray, "n 3"], other: Float[np.ndarray, "n 3"], points: int) -> Tone:
    """From logarithms of what should be equal."""
    channels = np.median(one - other, axis=0)
    cast = float(np.abs(channels - channels.mean()).max())
    return Tone(float(channels.mean()), _gamma(one.mean(axis=1), other.mean(axis=1)), 100 * (2**cast - 1), points)


def _unclipped(means: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
    return np.asarray(((means > DARKEST) & (means < BRIGHTEST)).all(axis=1))


def _blocks(view: Rgb) -> Float[np.ndarray, "n 3"]:
    """Means of squares all over the view, without clipped ones."""
    size = tuple(max(1, length // WINDOW_PX) for length in view.shape[1::-1])
    means = cv2.resize(view.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float64)
    kept: np.ndarray = means[_unclipped(means)]
    return kept


def _means(view: Rgb, places: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 3"]:
    """Mean of each channel around each place."""
    smooth = cv2.boxFilter(view, cv2.CV_32F, (WINDOW_PX, WINDOW_PX), borderType=cv2.BORDER_REPLICATE)
    column, row = np.rint(places).astype(np.intp).T
    height, width = view.shape[:2]
    picked: np.ndarray = smooth[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return np.maximum(picked.astype(np.float64), 1e-3)


def _gamma(one: Float[np.ndarray, " n"], other: Float[np.ndarray, " n"]) -> float:
    """Ratio of the ranges of logarithms: v ** g has g times the range of v, whatever its gain."""
    wide, narrow = (float(np.subtract(*np.percentile(values, (90, 10)))) for values in (one, other))
    return wide / narrow if min(wide, narrow) > NARROWEST_STOPS else float("nan")
