"""What all drawings share: SVG that takes its colours from the page, and the swatches of a legend.

Colours are variables of the page's style with a fallback, so that a drawing follows a dark page.
"""

from collections.abc import Sequence

from wilddepth.report.axis import Axis, tick_text
from wilddepth.report.markup import Markup, element, joined
from wilddepth.report.number import Number

# Okabe and Ito's colours, told apart by colour-blind readers too; dashes tell them apart without any colour.
_FALLBACKS = ("#0072b2", "#d55e00", "#00875f", "#a8569a", "#5a6b7b")
_DASHES = (None, "7 3", "2 3", "9 3 2 3", "12 4")

INK = "var(--muted,#5b6673)"
GRID = "var(--rule,#dfe4ea)"
FONT_SIZE = 12


def colour(index: int) -> str:
    """The colour of series number `index`; they repeat after five."""
    place = index % len(_FALLBACKS)
    return f"var(--series-{place + 1},{_FALLBACKS[place]})"


def dash(index: int) -> str | None:
    """The dashes of series number `index`; None is a full line."""
    return _DASHES[index % len(_DASHES)]


def svg(width: Number, height: Number, description: str, *parts: str | None) -> Markup:
    """A drawing; `description` is what a reader hears who cannot see it."""
    return element(
        "svg",
        element("title", description),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=description,
        font_size=FONT_SIZE,
        fill=INK,
    )


def line(x1: Number, y1: Number, x2: Number, y2: Number, *, stroke: str = GRID, width: Number = 1.0) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)


def text(x: Number, y: Number, content: str, *, anchor: str = "start", fill: str | None = None) -> Markup:
    """A text whose base line is at `y`; `anchor` is start, middle or end."""
    return element("text", content, x=x, y=y, text_anchor=anchor, fill=fill)


def horizontal_ticks(axis: Axis, top: Number, bottom: Number, *, count: int = 5) -> Markup:
    """Upright grid lines at round values, which stand below."""
    places = [(axis.at(value), tick_text(value)) for value in axis.ticks(count)]
    return joined(
        *(line(x, top, x, bottom) for x, _ in places),
        *(text(x, bottom + FONT_SIZE + 4, label, anchor="middle") for x, label in places),
    )


def vertical_ticks(axis: Axis, left: Number, right: Number) -> Markup:
    """Level grid lines at round values, which stand on the left."""
    places = [(axis.at(value), tick_text(value)) for value in axis.ticks()]
    return joined(
        *(line(left, y, right, y) for y, _ in places),
        *(text(left - 6, y + 4, label, anchor="end") for y, label in places),
    )


def legend(entries: Sequence[tuple[str, Markup]]) -> Markup | None:
    """Names with their swatches, in a list that wraps; nothing for a single one."""
    if len(entries) < 2:
        return None
    items = [element("li", swatch, label) for label, swatch in entries]
    return element("ul", *items, class_="legend")


def line_swatch(index: int) -> Markup:
    """A short piece of the line of series number `index`."""
    stroke = element(
        "line", x1=0, y1=6, x2=26, y2=6, stroke=colour(index), stroke_width=2.5, stroke_dasharray=dash(index)
    )
    return element("svg", stroke, viewBox="0 0 26 12", width=26, height=12, aria_hidden="true")


def dot_swatch(fill: str) -> Markup:
    """A dot."""
    dot = element("circle", cx=6, cy=6, r=5, fill=fill)
    return element("svg", dot, viewBox="0 0 12 12", width=12, height=12, aria_hidden="true")


def figure(title: str, drawing: Markup, entries: Sequence[tuple[str, Markup]] = ()) -> Markup:
    """A drawing under its title and legend."""
    return element("figure", element("figcaption", title), legend(entries), drawing, class_="drawing")
