"""What a confidence is worth, in one row: its order (AUC, AUSE) and what its numbers mean (calibration)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from wilddepth.metrics.calibration import Reliability, reliability
from wilddepth.metrics.confidence import area_under_error_rate, best_area_under_error_rate, sparsification

RIGHT_PX = 3.0
"""A disparity off by at most this is right, px: the limit behind published areas."""
TRUST = ("auc", "auc_best", "ause", "aurg", "ece")
"""The entries of `trust_row`."""


def trust_row(error: Float32[np.ndarray, " n"], confidence: Float32[np.ndarray, " n"]) -> dict[str, float]:
    """The confidence of one image's scored pixels; all nan where there are none.

    Args:
        error: absolute, px; inf where nothing was predicted.
        confidence: 0..1, 1 = sure.

    Returns:
        `auc`: area under the rate of errors above 3 px among the surest pixels against their density, percent;
        `auc_best`: the least area that any confidence can have at this rate, percent; `ause` and `aurg`: area between
        the curve of the mean error and the best one, and gained over random order, px, of the estimated pixels (see
        `metrics.confidence`); `ece`: expected calibration error, percent.
    """
    if not error.size:
        return dict.fromkeys(TRUST, float("nan"))
    wrong, known = error > RIGHT_PX, np.isfinite(error)
    sure = confidence.astype(np.float64)
    areas = sparsification(error[known].astype(np.float64), -sure[known])
    return {
        "auc": 100 * area_under_error_rate(wrong, sure),
        "auc_best": 100 * best_area_under_error_rate(float(wrong.mean())),
        "ause": areas.ause,
        "aurg": areas.aurg,
        "ece": 100 * reliability(sure, ~wrong).error,
    }


def joined_reliability(curves: Sequence[Reliability | None]) -> Reliability | None:
    """The curve of all pixels together; None where no image has a confidence."""
    found = [curve for curve in curves if curve is not None]
    joined = found[0] if found else None
    for curve in found[1:]:
        joined = curve if joined is None else joined.joined(curve)
    return joined


def plain_curve(curve: Reliability) -> dict[str, object]:
    """A reliability curve as JSON values: bins of equal width over 0..1, null in those without pixels; percent."""
    confidence, right = (
        [None if np.isnan(value) else 100 * float(value) for value in values]
        for values in (curve.confidence, curve.right)
    )
    pixels = [int(count) for count in curve.pixels]
    error = None if not sum(pixels) else 100 * curve.error
    return {"ece": error, "confidence": confidence, "right": right, "pixels": pixels}
