"""A finding: a number, what it means in one sentence, and how bad it is."""

from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "blank",
    "one-view-twice",
    "frozen",
    "duplicate",
    "rows",
    "unmatched",
    "swapped",
    "exposure",
    "colour",
    "blur",
    "grey",
    "intrinsics",
    "disparities",
]
Level = Literal["fault", "warning", "note"]
LEVELS: tuple[Level, ...] = ("fault", "warning", "note")
"""fault: not fit for use. warning: usable, and worse for it. note: good to know."""


@dataclass(frozen=True)
class Finding:
    """One thing found on one pair.

    Attributes:
        code: names the kind.
        level: how bad it is.
        value: the number that was measured.
        unit: of the number.
        text: what it means, a sentence without a full stop.
    """

    code: Code
    level: Level
    value: float
    unit: str
    text: str
