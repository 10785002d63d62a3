"""How well a confidence tells right pixels from wrong ones, by taking pixels in its order ("sparsification")."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True)
class Sparsification:
    """Areas from `sparsification`, in the unit of the error.

    Attributes:
        ause: area between the curve and the curve of a confidence that knows the error; 0 is best.
        aurg: area gained over random order; the larger the better, negative when worse than random.
    """

    ause: float
    aurg: float


def area_under_error_rate(
    outlier: Bool[np.ndarray, " n"], confidence: Float[np.ndarray, " n"], *, steps: int | None = None
) -> float:
    """Area under the error rate of the most confident pixels against their density, both 0..1; smaller is better.

    Each density weighs the same. Pixels of equal confidence are taken in random order, in expectation: a constant
    confidence gives the error rate itself. nan of no pixels.

    Args:
        outlier: whether each pixel is wrong.
        confidence: larger = surer, any scale.
        steps: None = every density k / n of n pixels; a number = the densities i / steps only, as tables in percent
            have them (100, or 20 for steps of 5 %), each of at least one pixel.

    Source:
        Hu and Mordohai, TPAMI 2012 ("AUC").
    """
    if not outlier.size:
        return float("nan")
    _, group, members = np.unique(-confidence, return_inverse=True, return_counts=True)
    shares = np.bincount(group, weights=outlier) / members
    rate = np.cumsum(shares.repeat(members)) / np.arange(1, outlier.size + 1)
    if steps is None:
        return float(rate.mean())
    count = np.maximum(outlier.size * np.arange(1, steps + 1) // steps, 1)
    return float(rate[count - 1].mean())


def best_area_under_error_rate(error_rate: float) -> float:
    """The smallest area that any confidence can reach with many pixels: e + (1 - e) ln(1 - e) for an error rate e."""
    if not 0.0 <= error_rate <= 1.0:
        raise ValueError(f"an error rate is in 0..1, not {error_rate}; divide percent by 100")
    right = 1.0 - error_rate
    return float(error_rate + right * np.log(right)) if right > 0 else 1.0


def sparsification(
    error: Float[np.ndarray, " n"],
    uncertainty: Float[np.ndarray, " n"],
    *,
    reduce: Literal["mean", "rms"] = "mean",
    best: Float[np.ndarray, " n"] | None = None,
    intervals: int = 50,
) -> Sparsification:
    """AUSE and AURG: the error that is left when the most uncertain pixels are taken away, step by step.

    Step i of `intervals` keeps the pixels at or below the (1 - i / intervals) quantile of the uncertainty (ties are
    kept together); the curve ends in 0 where nothing is kept, and areas are trapezoids over 0..1. nan of no pixels.

    Args:
        error: absolute error, any unit (0 or 1 for an outlier rate).
        uncertainty: larger = less sure; minus a confidence.
        reduce: how the errors that are left become one number.
        best: the perfect uncertainty that `ause` compares with; None = the error itself. Errors of 0 and 1 need it: the
            deviation that made them 1 also says in which order to take those away.
        intervals: steps of the curve.

    Source:
        Poggi et al., CVPR 2020, "On the uncertainty of self-supervised monocular depth estimation", sec. 4.1.
    """
    if not error.size:
        return Sparsification(float("nan"), float("nan"))
    left = _area(_curve(error, uncertainty, reduce, intervals))
    return Sparsification(
        ause=left - _area(_curve(error, error if best is None else best, reduce, intervals)),
        aurg=_reduced(error, reduce) - left,
    )


def _curve(
    error: Float[np.ndarray, " n"], uncertainty: Float[np.ndarray, " n"], reduce: Literal["mean", "rms"], intervals: int
) -> Float[np.ndarray, " steps"]:
    limits = np.quantile(uncertainty, 1.0 - np.arange(intervals) / intervals)
    return np.array([*(_reduced(error[uncertainty <= limit], reduce) for limit in limits), 0.0])


def _area(curve: Float[np.ndarray, " steps"]) -> float:
    return float((curve[1:] + curve[:-1]).mean() / 2)


def _reduced(error: Float[np.ndarray, " n"], reduce: Literal["mean", "rms"]) -> float:
    values = error.astype(np.float64)
    return float(values.mean() if reduce == "mean" else np.sqrt(np.square(values).mean()))
