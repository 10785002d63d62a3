"""Formulas for the disparity of one image, from the absolute errors of its scored pixels.

Everywhere here an error is in px, float32 as in the development kits, and `inf` where nothing was predicted. Sums are
taken in double. Percentages are percent. An image (or a part of one) without any scored pixel gives `nan`; one with
scored pixels but no estimate at all gives 100 % outliers and infinite errors, as ETH3D does.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float32

from wilddepth.protocol import Protocol

BAD_PX = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
QUANTILES: Mapping[str, float] = {"a50": 0.5, "a90": 0.9, "a95": 0.95, "a99": 0.99}
"""Name -> fraction of the sorted errors (ETH3D reports these four)."""


def absolute_error(
    prediction: Float32[np.ndarray, " n"], truth: Float32[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """|prediction - truth|, px; inf where the prediction is not finite."""
    error = np.full_like(truth, np.inf)
    estimated = np.isfinite(prediction)
    error[estimated] = np.abs(prediction[estimated] - truth[estimated])
    return error


def outliers(
    error: Float32[np.ndarray, " n"], truth: Float32[np.ndarray, " n"], protocol: Protocol
) -> Bool[np.ndarray, " n"]:
    """The pixels that the protocol's D1 rule counts: off by more than `outlier_px` and by `outlier_relative` of truth.

    Source:
        KITTI 2015 development kit: above 3 px and above 5 %, both strictly; the division in 32 bits, the comparison in
        64. The fields of `Protocol` name the departures of published scripts.
    """
    absolute = _exceeds(error, protocol.outlier_px, protocol.outlier_px_test)
    width = np.dtype(protocol.outlier_quotient)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (error.astype(width) / np.abs(truth.astype(width))).astype(np.float64)
    both: np.ndarray = absolute & _exceeds(relative, protocol.outlier_relative, protocol.outlier_relative_test)
    return both


def _exceeds(values: Float[np.ndarray, " n"], threshold: float, test: Literal[">", ">="]) -> Bool[np.ndarray, " n"]:
    beyond: np.ndarray = values > threshold if test == ">" else values >= threshold
    return beyond


def percent(chosen: Bool[np.ndarray, " n"]) -> float:
    """Share of the pixels that are chosen, percent; nan of no pixels."""
    return 100.0 * int(np.count_nonzero(chosen)) / chosen.size if chosen.size else float("nan")


def bad(error: Float32[np.ndarray, " n"], threshold: float) -> float:
    """Percent of pixels off by strictly more than `threshold` px ("bad-x"); a missing prediction is off by infinity."""
    return percent(error > threshold)


def mean_error(error: Float32[np.ndarray, " n"]) -> float:
    """Mean absolute error of the estimated pixels, px ("EPE", "MAE", "avgerr")."""
    known = error[np.isfinite(error)]
    return float(known.mean(dtype=np.float64)) if known.size else _of_nothing(error)


def root_mean_square(error: Float32[np.ndarray, " n"]) -> float:
    """Root of the mean squared error of the estimated pixels, px ("RMSE")."""
    known = error[np.isfinite(error)].astype(np.float64)
    return float(np.sqrt(np.square(known).mean())) if known.size else _of_nothing(error)


def quantiles(error: Float32[np.ndarray, " n"]) -> dict[str, float]:
    """The errors at index floor(n * fraction) of the n sorted errors of the estimated pixels, px, by name.

    Source:
        ETH3D two-view evaluation ("A50" to "A99"), with its 32-bit product.
    """
    known = np.sort(error[np.isfinite(error)])
    if not known.size:
        return dict.fromkeys(QUANTILES, _of_nothing(error))
    count = np.float32(known.size)
    return {name: float(known[int(count * np.float32(fraction))]) for name, fraction in QUANTILES.items()}


def _of_nothing(error: Float32[np.ndarray, " n"]) -> float:
    """What an error is when no pixel is estimated: infinite, or undefined where there was no pixel to estimate."""
    return float("inf") if error.size else float("nan")
