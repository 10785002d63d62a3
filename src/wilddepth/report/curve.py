"""Curves over steps: how training or adaptation went, as a drawing inside the page."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from wilddepth.report import drawing
from wilddepth.report.axis import Axis, spanning
from wilddepth.report.markup import Markup, element, joined
from wilddepth.report.number import Number, formatted

WIDTH, HEIGHT = 400, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 26, 40

# More points than a drawing this wide can show only make the page heavier.
MAX_POINTS = 400


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        label: what it shows.
        x: rising.
        y: as many; a value that is not finite (or not positive on a logarithmic axis) leaves a gap.
        faint: drawn thin and pale, in the colour of the curve after it: the raw values behind their running mean.
    """

    label: str
    x: tuple[Number, ...]
    y: tuple[Number, ...]
    faint: bool = False

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"curve {self.label!r} has {len(self.x)} places but {len(self.y)} values")


@dataclass(frozen=True)
class Chart:
    """Curves that share their axes.

    Attributes:
        title: what is shown.
        x_label: with unit.
        y_label: with unit.
        curves: at least one value in any of them, or the drawing says that there is none.
        marks: places along x with a word: where training stopped, what was chosen.
        log: logarithmic y.
        from_zero: y begins at 0.
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    marks: tuple[tuple[Number, str], ...] = ()
    log: bool = False
    from_zero: bool = False

    def figure(self) -> Markup:
        """The drawing with title and legend, for a page."""
        strong = [curve.label for curve in self.curves if not curve.faint]
        entries = [(label, drawing.line_swatch(index)) for index, label in enumerate(strong)]
        return drawing.figure(self.title, svg(self), entries)


def svg(chart: Chart) -> Markup:
    """The drawing by itself."""
    x_axis, y_axis = _axes(chart)
    frame = joined(
        drawing.vertical_ticks(y_axis, LEFT, WIDTH - RIGHT),
        drawing.horizontal_ticks(x_axis, HEIGHT - BOTTOM, HEIGHT - BOTTOM + 4),
        drawing.text(4, 14, chart.y_label),
        drawing.text(WIDTH - RIGHT, HEIGHT - 4, chart.x_label, anchor="end"),
    )
    empty = None if any(_parts(curve, chart) for curve in chart.curves) else _nothing()
    marks = [_mark(place, word, x_axis) for place, word in chart.marks]
    return drawing.svg(WIDTH, HEIGHT, description(chart), frame, empty, *_lines(chart, x_axis, y_axis), *marks)


def description(chart: Chart) -> str:
    """The chart in words: where each curve begins and ends."""
    return f"{chart.title}: {chart.y_label} over {chart.x_label}. " + " ".join(
        f"{curve.label}: from {formatted(ends[0])} to {formatted(ends[-1])}."
        for curve in chart.curves
        if not curve.faint and (ends := [value for value in curve.y if math.isfinite(value)])
    )


def running_mean(values: Sequence[Number], width: int) -> tuple[float, ...]:
    """The mean of the finite ones among the last `width` values, at each value; nan where there are none."""
    if width < 1:
        raise ValueError(f"a running mean needs at least one value, not {width}")
    windows = (values[max(0, end - width) : end] for end in range(1, len(values) + 1))
    kept = ([value for value in window if math.isfinite(value)] for window in windows)
    return tuple(sum(window) / len(window) if window else math.nan for window in kept)


def smoothed(label: str, x: Sequence[Number], y: Sequence[Number], *, width: int = 0) -> tuple[Curve, Curve]:
    """A noisy curve as two: its values, pale, and their running mean.

    Args:
        label: of the mean.
        x: rising.
        y: as many.
        width: of the mean, in values; 0 = a twentieth of them.
    """
    mean = running_mean(y, width or max(1, len(y) // 20))
    return Curve(f"{label}, each value", tuple(x), tuple(y), faint=True), Curve(label, tuple(x), mean)


def _axes(chart: Chart) -> tuple[Axis, Axis]:
    points = [point for curve in chart.curves for part in _parts(curve, chart) for point in part]
    xs = [x for x, _ in points] + [place for place, _ in chart.marks]
    low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    x_axis = Axis(low, high if high > low else low + 1, LEFT, WIDTH - RIGHT)
    values = (y for _, y in points)
    return x_axis, spanning(values, HEIGHT - BOTTOM, TOP, from_zero=chart.from_zero, log=chart.log)


def _lines(chart: Chart, x_axis: Axis, y_axis: Axis) -> Iterator[Markup]:
    index = 0
    for curve in chart.curves:
        for part in _parts(curve, chart):
            places = [(x_axis.at(x), y_axis.at(y)) for x, y in part]
            yield _dot(places[0], index) if len(places) == 1 else _line(places, index, faint=curve.faint)
        index += not curve.faint


def _parts(curve: Curve, chart: Chart) -> list[list[tuple[Number, Number]]]:
    """The stretches of a curve between its gaps, thinned to what can be seen."""
    points = list(zip(curve.x, curve.y, strict=True))
    drawn = groupby(points, lambda point: math.isfinite(point[1]) and (point[1] > 0 or not chart.log))
    return [thinned(list(part)) for seen, part in drawn if seen]


def thinned(points: list[tuple[Number, Number]]) -> list[tuple[Number, Number]]:
    """At most `MAX_POINTS` of them: of each stretch its lowest and its highest, so that no peak is lost."""
    if len(points) <= MAX_POINTS:
        return points
    inner, buckets = points[1:-1], MAX_POINTS // 2 - 1
    edges = [len(inner) * i // buckets for i in range(buckets + 1)]
    chosen = [inner[low:high] for low, high in pairwise(edges)]
    ends = [pair for part in chosen for pair in sorted({min(part, key=_y), max(part, key=_y)})]
    return [points[0], *ends, points[-1]]


def _y(point: tuple[Number, Number]) -> Number:
    return point[1]


def _line(places: Sequence[tuple[Number, Number]], index: int, *, faint: bool) -> Markup:
    return element(
        "path",
        d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places),
        fill="none",
        stroke=drawing.colour(index),
        stroke_width=1 if faint else 2.25,
        stroke_opacity=0.35 if faint else None,
        stroke_linejoin="round",
        stroke_dasharray=None if faint else drawing.dash(index),
    )


def _dot(place: tuple[Number, Number], index: int) -> Markup:
    """A single value between two gaps, which no line would show."""
    return element("circle", cx=place[0], cy=place[1], r=3, fill=drawing.colour(index))


def _mark(place: Number, word: str, axis: Axis) -> Markup:
    x = axis.at(place)
    right_half = x > (LEFT + WIDTH - RIGHT) / 2
    label = drawing.text(x + (-5 if right_half else 5), TOP + 10, word, anchor="end" if right_half else "start")
    return joined(drawing.line(x, TOP, x, HEIGHT - BOTTOM, stroke=drawing.INK), label)


def _nothing() -> Markup:
    return drawing.text((LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2, "no values", anchor="middle")
