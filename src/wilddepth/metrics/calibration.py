"""Whether a confidence means what it says: among pixels with confidence c a share c should be right."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

BINS = 15
"""Of equal width, as is usual for this error (Guo et al., ICML 2017)."""
STEEPNESS = 1e-3
"""Least slope of a calibration curve, so that no order is lost where the shares of neighbours are equal."""


@dataclass(frozen=True)
class Reliability:
    """Pixels sorted into bins of equal width by their confidence; nan in bins without pixels.

    Attributes:
        edges: of the bins, 0..1.
        confidence: mean confidence in each bin.
        right: share of right pixels in each bin.
        pixels: in each bin.
    """

    edges: Float[np.ndarray, " edges"]
    confidence: Float[np.ndarray, " bins"]
    right: Float[np.ndarray, " bins"]
    pixels: Float[np.ndarray, " bins"]

    @property
    def error(self) -> float:
        """Expected calibration error, 0..1: mean over the pixels of |confidence - share right| of their bin."""
        total = self.pixels.sum()
        if total == 0:
            return float("nan")
        return float(np.nansum(self.pixels * np.abs(self.confidence - self.right)) / total)

    def joined(self, other: "Reliability") -> "Reliability":
        """The bins of both sets of pixels together."""
        pixels = self.pixels + other.pixels
        means = (
            (np.nan_to_num(mine) * self.pixels + np.nan_to_num(theirs) * other.pixels)
            for mine, theirs in ((self.confidence, other.confidence), (self.right, other.right))
        )
        empty = np.full_like(pixels, np.nan)
        confidence, right = (np.divide(sums, pixels, out=empty.copy(), where=pixels > 0) for sums in means)
        return Reliability(self.edges, confidence, right, pixels)


def reliability(confidence: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"], *, bins: int = BINS) -> Reliability:
    """The reliability curve of pixels.

    Args:
        confidence: 0..1.
        right: whether each pixel is right.
        bins: how many.

    Raises:
        ValueError: for a confidence outside 0..1.

    Source:
        Naeini et al., AAAI 2015; Guo et al., ICML 2017 (arXiv:1706.04599), sec. 2.
    """
    if confidence.size and not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError(f"a confidence is in 0..1, not {confidence.min():g}..{confidence.max():g}")
    number = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    pixels = np.bincount(number, minlength=bins).astype(np.float64)
    sums = (np.bincount(number, weights=values, minlength=bins) for values in (confidence, right))
    means = [np.divide(each, pixels, out=np.full(bins, np.nan), where=pixels > 0) for each in sums]
    return Reliability(np.linspace(0, 1, bins + 1), means[0], means[1], pixels)


@dataclass(frozen=True)
class CalibrationCurve:
    """Logits and what they become: straight lines between and beyond the knots, rising everywhere."""

    knots: Float[np.ndarray, " k"]
    calibrated: Float[np.ndarray, " k"]


def rising_curve(
    logits: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"], *, knots: int = 16
) -> CalibrationCurve:
    """The curve from scores to logits of the share of right pixels, by isotonic regression.

    Pixels are sorted into groups of equal number by their score; groups whose share of right pixels falls are pooled.

    Args:
        logits: scores, larger = surer.
        right: whether each pixel is right.
        knots: groups.

    Raises:
        ValueError: for fewer pixels than twice the knots, or scores that hardly differ.

    Source:
        Zadrozny and Elkan, KDD 2002 (isotonic regression); the lines between groups keep the order within them.
    """
    if logits.size < 2 * knots:
        raise ValueError(f"{logits.size} pixels are too few for a curve of {knots} knots")
    order = np.argsort(logits, kind="stable")
    groups = [group for group in np.array_split(order, knots) if group.size]
    places = np.array([logits[group].mean() for group in groups], np.float64)
    if (np.diff(places) <= 0).any():
        raise ValueError("scores hardly differ, so nothing can be calibrated; train longer")
    sizes = np.array([group.size for group in groups])
    shares = pooled(np.array([right[group].mean() for group in groups]), sizes)
    least = 0.5 / sizes.min()
    shares = shares.clip(least, 1 - least)
    rising = np.log(shares / (1 - shares))
    for i in range(1, len(rising)):
        rising[i] = max(rising[i], rising[i - 1] + STEEPNESS * (places[i] - places[i - 1]))
    return CalibrationCurve(places, rising)


def pooled(values: Float[np.ndarray, " k"], weights: np.ndarray) -> Float[np.ndarray, " k"]:
    """The closest values that never fall, by pooling neighbours that do (isotonic regression)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append((value, float(weight), 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (low, low_weight, low_count), (high, high_weight, high_count) = blocks[-2:]
            total = low_weight + high_weight
            blocks[-2:] = [((low * low_weight + high * high_weight) / total, total, low_count + high_count)]
    return np.concatenate([np.full(count, value) for value, _, count in blocks])
