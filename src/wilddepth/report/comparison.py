"""Before against after, image by image: two dots on a line for each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from wilddepth.report import drawing
from wilddepth.report.axis import Axis, spanning
from wilddepth.report.markup import Markup, element, joined
from wilddepth.report.number import Kind, Number, titled, with_unit

WIDTH = 400
LABELS = 146
RIGHT = 16
TOP = 8
ROW = 22
BOTTOM = 22
# Signs that fit beside the dots; longer names keep their end, in which frames differ.
_LABEL_SIGNS = 20

BEFORE = "var(--before,#8a96a3)"
AFTER = "var(--good,#00875f)"
WORSE = "var(--bad,#c2410c)"


@dataclass(frozen=True)
class Comparison:
    """One number of several images, before and after.

    Attributes:
        title: what is compared; the unit of its kind is added.
        keys: the images.
        before: one value each; one that is not finite has no dot.
        after: the same.
        kind: of the values.
        better: which way is good.
    """

    title: str
    keys: tuple[str, ...]
    before: tuple[Number, ...]
    after: tuple[Number, ...]
    kind: Kind = "number"
    better: Literal["lower", "higher"] = "lower"

    def __post_init__(self) -> None:
        if not len(self.keys) == len(self.before) == len(self.after):
            raise ValueError(f"comparison {self.title!r}: keys, before and after differ in number")

    def figure(self) -> Markup:
        """The drawing with title and legend, for a page."""
        entries = [("before", drawing.dot_swatch(BEFORE)), ("after, better", drawing.dot_swatch(AFTER))]
        if any(self.worse(*pair) for pair in zip(self.before, self.after, strict=True)):
            entries.append(("after, worse", drawing.dot_swatch(WORSE)))
        return drawing.figure(titled(self.title, self.kind), svg(self), entries)

    def worse(self, before: Number, after: Number) -> bool:
        """Whether a change goes the wrong way; never where one of both is unknown."""
        return after > before if self.better == "lower" else after < before


def svg(comparison: Comparison) -> Markup:
    """The drawing by itself."""
    bottom = TOP + ROW * len(comparison.keys)
    values = (*comparison.before, *comparison.after)
    axis = spanning(values, LABELS, WIDTH - RIGHT, from_zero=True)
    parts = [
        drawing.horizontal_ticks(axis, TOP, bottom),
        *_rows(comparison, axis),
    ]
    return drawing.svg(WIDTH, bottom + BOTTOM, description(comparison), *parts)


def description(comparison: Comparison) -> str:
    """The comparison in words."""
    pairs = zip(comparison.keys, comparison.before, comparison.after, strict=True)
    kind = comparison.kind
    return f"{comparison.title}: " + "; ".join(
        f"{key} {with_unit(before, kind)} before, {with_unit(after, kind)} after" for key, before, after in pairs
    )


def shortened(key: str) -> str:
    """A name that fits beside the dots."""
    return key if len(key) <= _LABEL_SIGNS else "…" + key[1 - _LABEL_SIGNS :]


def _rows(comparison: Comparison, axis: Axis) -> Iterator[Markup]:
    for index, (key, *pair) in enumerate(zip(comparison.keys, comparison.before, comparison.after, strict=True)):
        y = TOP + ROW * (index + 0.5)
        fill = WORSE if comparison.worse(*pair) else AFTER
        yield joined(drawing.text(LABELS - 10, y + 4, shortened(key), anchor="end"), _dots(pair, y, axis, fill))


def _dots(pair: list[Number], y: Number, axis: Axis, fill: str) -> Markup:
    places = [axis.at(value) if math.isfinite(value) else None for value in pair]
    before, after = places
    link = drawing.line(before, y, after, y, stroke=fill, width=2) if before is not None and after is not None else None
    dots = [_dot(place, y, shade) for place, shade in ((before, BEFORE), (after, fill)) if place is not None]
    return joined(link, *dots)


def _dot(x: Number, y: Number, fill: str) -> Markup:
    return element("circle", cx=x, cy=y, r=5, fill=fill)
