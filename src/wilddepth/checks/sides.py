"""Is the left view the left one? And which disparities are to be expected?"""

from dataclasses import dataclass

import numpy as np

from wilddepth.checks.match import Matches

FEWEST = 15
"""Matches with a sign below which nothing is said."""
SIGN_PX = 1.0
"""Disparities nearer to 0 than this have no sign: far things, and the accuracy of matches."""
TAILS = (2.0, 98.0)
"""Percentiles between which matches are trusted: repeated patterns leave a few wrong ones on every row."""
MARGIN = 0.15
"""Share of the range by which it is widened: the nearest thing seldom has a match."""


@dataclass(frozen=True)
class Sides:
    """Signs and range of the disparities of consistent matches.

    Attributes:
        negative_share: of those that have a sign, the share in which the point lies further right in the right view
            than a left camera can see it; nan where too few have a sign.
        signed: matches with a sign.
        lowest_px: raw disparity to expect, px; nan where too few matches are consistent.
        highest_px: likewise.
        matches: consistent ones.
    """

    negative_share: float
    signed: int
    lowest_px: float
    highest_px: float
    matches: int


def measure_sides(consistent: Matches, doffs: float = 0.0) -> Sides:
    """Signs and range.

    Args:
        consistent: matches whose rows agree.
        doffs: right principal point less left one, px: rays are parallel at a disparity of -doffs.
    """
    from_infinity = consistent.disparity + doffs
    signed = from_infinity[np.abs(from_infinity) > SIGN_PX]
    share = float((signed < 0).mean()) if len(signed) >= FEWEST else float("nan")
    lowest, highest = _range(consistent.disparity, -doffs)
    return Sides(share, len(signed), lowest, highest, len(consistent))


def _range(disparity: np.ndarray, infinity: float) -> tuple[float, float]:
    """Range of what was matched, widened; not beyond infinity where nothing was matched there."""
    if len(disparity) < FEWEST:
        return float("nan"), float("nan")
    low, high = np.percentile(disparity, TAILS)
    margin = MARGIN * (high - low)
    lowest = max(low - margin, infinity) if low > infinity - SIGN_PX else low - margin
    return float(lowest), float(high + margin)
