"""The quick look before learning: are the rows aligned, and is left left?"""

from collections.abc import Iterable
from dataclasses import dataclass

from wilddepth.checks.pair import measure_alignment, views_of
from wilddepth.checks.rows import Rows
from wilddepth.checks.rules import ROWS_FAULT_PX, is_misaligned, is_swapped
from wilddepth.checks.sides import Sides
from wilddepth.sample import Sample

PAIRS = 5
"""How many pairs are looked at: two seconds, and a median that two odd pairs cannot move."""


@dataclass(frozen=True)
class QuickLook:
    """What a few pairs say together.

    Attributes:
        misaligned: rows of the middle pair by misalignment, where they are too far apart to go on; else None.
        swapped: sides of a pair, where most judged pairs seem to be swapped; else None.
        judged: pairs with enough matches.
    """

    misaligned: Rows | None
    swapped: Sides | None
    judged: int


def spread_evenly(count: int, most: int = PAIRS) -> list[int]:
    """At most `most` numbers from 0 to `count` - 1: the first, the last, and evenly between."""
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]


def quick_look(samples: Iterable[Sample]) -> QuickLook:
    """Rows and sides of a few pairs, judged by the median and the majority.

    Raises:
        MissingView: for a sample without a right view.
    """
    found = [measure_alignment(views_of(sample), float(sample.doffs()[0])) for sample in samples]
    judged = sorted((each for each in found if each.rows.judged), key=lambda each: each.rows.size_px)
    if not judged:
        return QuickLook(None, None, 0)
    middle = judged[(len(judged) - 1) // 2].rows
    swapped = [each.sides for each in judged if is_swapped(each.sides)]
    return QuickLook(
        misaligned=middle if is_misaligned(middle, ROWS_FAULT_PX) else None,
        swapped=swapped[0] if 2 * len(swapped) > len(judged) else None,
        judged=len(judged),
    )
