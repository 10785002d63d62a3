"""What the colours of a picture mean."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from wilddepth.report import embed
from wilddepth.report.axis import round_steps, tick_text
from wilddepth.report.markup import Markup, element
from wilddepth.report.number import Number
from wilddepth.report.picture import ERROR_COLOURS, ERROR_EDGES_PX, colour_bar


@dataclass(frozen=True)
class Legend:
    """A colour bar with its values.

    Attributes:
        title: the quantity and its unit.
        bar: the colours from left to right.
        labels: place along the bar, 0..1, and what stands there.
    """

    title: str
    bar: UInt8[np.ndarray, "_ _ 3"]
    labels: tuple[tuple[Number, str], ...]

    def figure(self) -> Markup:
        """The bar under its title, for a page."""
        words = ", ".join(label for _, label in self.labels)
        labels = [element("span", label, style=f"left:{100 * place:.1f}%") for place, label in self.labels]
        return element(
            "figure",
            element("figcaption", self.title),
            embed.image(self.bar, f"colour scale, from left to right: {words}"),
            element("div", *labels, class_="places", aria_hidden="true"),
            class_="scale",
        )


def disparity_legend(largest: Number) -> Legend:
    """The colours of `disparity_picture`; `largest` in px, as given there."""
    labels = tuple((value / largest, tick_text(value)) for value in round_steps(0, largest, 5))
    return Legend("Disparity, px (red is near, blue is far; dark grey: no value)", colour_bar("disparity"), labels)


def confidence_legend() -> Legend:
    """The colours of `confidence_picture`."""
    labels = ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))
    return Legend("Confidence (yellow is sure)", colour_bar("confidence"), labels)


def error_legend() -> Legend:
    """The colours of `error_picture`."""
    steps = len(ERROR_COLOURS)
    labels = tuple((index / steps, f"{edge:.2g}") for index, edge in enumerate(ERROR_EDGES_PX, start=1))
    title = (
        "Disparity error, px (yellow to red: outliers of D1; black: not scored). Above 60 px of true disparity, "
        "5\N{NO-BREAK SPACE}% of it count as 3 px"
    )
    return Legend(title, colour_bar("error"), labels)
