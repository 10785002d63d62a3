"""What a report says, before it has a form."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from wilddepth.report.comparison import Comparison
from wilddepth.report.curve import Chart
from wilddepth.report.legend import Legend
from wilddepth.report.number import Kind, Number
from wilddepth.report.table import Table

Picture = tuple[str, UInt8[np.ndarray, "_ _ 3"]]
"""A caption (with unit) and an RGB picture."""

# Smaller changes than half a percent are shown as none.
_NOTABLE = 0.005


@dataclass(frozen=True)
class Change:
    """One number, before and after.

    Attributes:
        name: of the quantity.
        after: the number; nan where it is unknown.
        before: what it was; None where there is no before.
        kind: of both; decides places and unit.
        better: which way is good.
        note: what a reader who does not know the quantity needs to hear.
    """

    name: str
    after: Number
    before: Number | None = None
    kind: Kind = "number"
    better: Literal["lower", "higher"] = "lower"
    note: str = ""

    @property
    def relative(self) -> float | None:
        """The change as a fraction of the number before; None where that means nothing."""
        if self.before is None or not math.isfinite(self.before) or not math.isfinite(self.after) or self.before <= 0:
            return None
        return (self.after - self.before) / self.before

    @property
    def verdict(self) -> Literal["better", "worse", "same", "unknown"]:
        """Whether the change is good."""
        if self.relative is None:
            return "unknown"
        if abs(self.relative) < _NOTABLE:
            return "same"
        return "better" if (self.relative < 0) == (self.better == "lower") else "worse"

    def words(self) -> str:
        """The change in words: "71 % lower"; nothing where it is unknown."""
        if self.relative is None:
            return ""
        if self.verdict == "same":
            return "unchanged"
        if self.relative >= 1:
            return f"{1 + self.relative:.1f} times as high"
        return f"{abs(self.relative):.0%}".replace("%", "\N{NO-BREAK SPACE}%") + (
            " lower" if self.relative < 0 else " higher"
        )


@dataclass(frozen=True)
class Flag:
    """What a reader must know before believing the numbers.

    Attributes:
        label: one word, as SUPERVISED or ORACLE.
        text: a sentence that says what that means here.
    """

    label: str
    text: str


@dataclass(frozen=True)
class SceneCard:
    """One image with what was made of it.

    Attributes:
        key: its name.
        pictures: shown two in a row, in this order; before and after should stand in one row.
        note: a sentence on it.
        changes: its own numbers.
        legends: colour scales that hold for this scene only.
    """

    key: str
    pictures: tuple[Picture, ...]
    note: str = ""
    changes: tuple[Change, ...] = ()
    legends: tuple[Legend, ...] = ()


@dataclass(frozen=True)
class Step:
    """A command to type next.

    Attributes:
        text: what it does.
        command: what to type.
    """

    text: str
    command: str


@dataclass(frozen=True)
class Report:
    """Everything a report says, in the order of the page.

    Attributes:
        title: what was done to what.
        lead: one or two sentences that say how it came out.
        warnings: on top, before any number.
        summary: the numbers that matter most.
        measured: under which protocol the numbers were measured.
        facts: what was run, in short: name and value.
        scenes: examples; the caller decides how many (each takes 100 to 500 kB of the page).
        legends: colour scales that hold for all scenes.
        comparisons: numbers of each image before and after.
        tables: more numbers.
        curves: how it went.
        next_steps: commands.
        details: name -> text for those who want to run it again (recipe, environment, protocol, command line).
        made_by: program and version, at the bottom of the page.
    """

    title: str
    lead: str = ""
    warnings: tuple[Flag, ...] = ()
    summary: tuple[Change, ...] = ()
    measured: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    scenes: tuple[SceneCard, ...] = ()
    legends: tuple[Legend, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    tables: tuple[Table, ...] = ()
    curves: tuple[Chart, ...] = ()
    next_steps: tuple[Step, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    made_by: str = "wilddepth"
