"""Do the rows of both views match? What is left of offset, roll and scale, in fractions of a pixel."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from wilddepth.checks.match import Matches

FEWEST = 15
"""Consistent matches below which rows are not judged: three numbers are fitted, and chance agreement is common."""
FEWEST_SHARE = 0.25
"""Share of all matches that must agree: below it the views show different things, or nothing that can be matched."""
LARGEST_ERROR_PX = 0.4
"""Standard error of the result above which rows are not judged: three of them are more than a pixel."""
_SHARPEST_PX = 0.15
_ROUNDS = 30
_REACH = 3.0
"""Tukey's biweight ends at so many standard deviations."""


@dataclass(frozen=True)
class Rows:
    """Right row less left row as a plane over the left image: offset + roll (x - middle) + scale (y - middle).

    Attributes:
        offset_px: in the middle of the image, positive where the right view shows things lower.
        roll_degrees: of the right view, positive where the difference grows to the right.
        scale_percent: by how much the right view is larger.
        size_px: root mean square of the difference over the whole image: one number for all three.
        error_px: standard error of `size_px`.
        scatter_px: standard deviation of consistent matches about the plane.
        matches: consistent ones.
        judged: whether there was enough to judge; all numbers are nan if not.
    """

    offset_px: float
    roll_degrees: float
    scale_percent: float
    size_px: float
    error_px: float
    scatter_px: float
    matches: int
    judged: bool


def measure_rows(found: Matches) -> tuple[Rows, Bool[np.ndarray, " n"]]:
    """The misalignment, and which matches are consistent with it."""
    if len(found) < FEWEST:
        return _unknown(0), np.zeros(len(found), dtype=bool)
    basis, spread = _basis(found)
    plane, weight, scatter = _fitted(basis, found.row_difference)
    consistent = weight > 0
    count = int(consistent.sum())
    if count < max(FEWEST, FEWEST_SHARE * len(found)):
        return _unknown(count), consistent
    covariance = scatter**2 * np.linalg.pinv((basis * weight[:, None]).T @ basis)
    size = float(np.sqrt((plane**2 * spread).sum()))
    error = float(np.sqrt((np.diag(covariance) * spread).sum()))
    if not error <= LARGEST_ERROR_PX:
        return _unknown(count), consistent
    offset, roll, scale = (float(number) for number in plane)
    return (
        Rows(offset, math.degrees(math.atan(roll)), 100 * scale, size, error, scatter, count, judged=True),
        consistent,
    )


def _basis(found: Matches) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, " 3"]]:
    """1, x, y from the middle of the image; and the mean square of each over the image."""
    across, down = found.left[:, 0] - (found.width - 1) / 2, found.left[:, 1] - (found.height - 1) / 2
    basis = np.stack([np.ones_like(across), across, down], axis=1)
    return basis, np.array([1.0, found.width**2 / 12, found.height**2 / 12])


def _fitted(
    basis: Float[np.ndarray, "n 3"], difference: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " 3"], Float[np.ndarray, " n"], float]:
    """A plane through most of the differences, the weight of each (0 = not consistent), and their scatter.

    Iteratively reweighted least squares with Tukey's biweight, its width shrinking to the scatter of what it holds.
    """
    plane = np.array([np.median(difference), 0.0, 0.0])
    scatter = max(1.0, float(np.median(np.abs(difference - plane[0]))))
    weight = np.ones_like(difference)
    for _ in range(_ROUNDS):
        rest = difference - basis @ plane
        weight = np.clip(1 - (rest / (_REACH * scatter)) ** 2, 0, None) ** 2
        if (weight > 0).sum() < FEWEST:
            break
        weighted = basis * weight[:, None]
        plane = np.linalg.lstsq(weighted.T @ basis, weighted.T @ difference, rcond=None)[0]
        held = np.abs(difference - basis @ plane)[weight > 0]
        scatter = max(_SHARPEST_PX, 1.4826 * float(np.median(held)))
    return plane, weight, scatter


def _unknown(count: int) -> Rows:
    nan = float("nan")
    return Rows(nan, nan, nan, nan, nan, nan, count, judged=False)
