"""Is the left view the left one?"""

from dataclasses import dataclass

import numpy as np

from wilddepth.checks.match import Matches

FEWEST = 15
"""Matches with a sign below which nothing is said."""
SIGN_PX = 1.0
"""Disparities nearer to 0 than this have no sign: far things, and the accuracy of matches."""


@dataclass(frozen=True)
class Sides:
    """Signs of the disparities of consistent matches.

    Attributes:
        negative_share: of those that have a sign, the share in which the point lies further right in the right view
            than a left camera can see it; nan where too few have a sign.
        signed: matches with a sign.
        matches: consistent ones.
    """

    negative_share: float
    signed: int
    matches: int


def measure_sides(consistent: Matches, doffs: float = 0.0) -> Sides:
    """Count the signs.

    Args:
        consistent: matches whose rows agree.
        doffs: right principal point less left one, px: rays are parallel at a disparity of -doffs.
    """
    from_infinity = consistent.disparity + doffs
    signed = from_infinity[np.abs(from_infinity) > SIGN_PX]
    share = float((signed < 0).mean()) if len(signed) >= FEWEST else float("nan")
    return Sides(share, len(signed), len(consistent))
