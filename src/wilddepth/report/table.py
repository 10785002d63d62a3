"""Tables for a terminal, for Markdown and for a page, from the same rows."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from wilddepth.report.markup import Markup, element, joined
from wilddepth.report.number import MISSING, Cell, Kind, formatted, metric_kind, metric_title, titled

METRICS = ("d1_all", "bad1", "bad2", "bad3", "epe", "rmse", "density")
"""What a table of metrics shows unless told."""
SENTENCE = 60
"""Characters; a longer text is broken into lines instead of making its column as wide as itself."""


@dataclass(frozen=True)
class Table:
    """Rows under headers.

    Attributes:
        caption: what the table shows.
        headers: one for each column; the unit of its kind is added.
        rows: text, numbers, or None for what is missing.
        kinds: how the numbers of each column are written; () = text stays, other numbers with three places.
        sums: how many of the last rows sum up those above them (a mean).
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kinds: tuple[Kind, ...] = ()
    sums: int = 0

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.headers):
                raise ValueError(
                    f"table {self.caption!r}: a row has {len(row)} cells under {len(self.headers)} headers"
                )
        if self.kinds and len(self.kinds) != len(self.headers):
            raise ValueError(f"table {self.caption!r}: {len(self.kinds)} kinds for {len(self.headers)} columns")

    def titles(self) -> tuple[str, ...]:
        """The headers with their units."""
        return tuple(map(titled, self.headers, self._kinds()))

    def cells(self) -> tuple[tuple[str, ...], ...]:
        """The rows as text, without units."""
        return tuple(tuple(map(formatted, row, self._kinds())) for row in self.rows)

    def numeric(self) -> tuple[bool, ...]:
        """For each column whether it holds numbers, which stand on the right."""
        return tuple(not any(isinstance(row[i], str) for row in self.rows) for i in range(len(self.headers)))

    def _kinds(self) -> tuple[Kind, ...]:
        unknown: Kind = "number"
        return self.kinds or (unknown,) * len(self.headers)


def metric_table(
    caption: str,
    images: Sequence[tuple[str, Mapping[str, float]]],
    mean: Mapping[str, float] | None = None,
    names: Sequence[str] = METRICS,
) -> Table:
    """The rows of a score: one for each image, and their mean.

    Args:
        caption: what was measured, and under which protocol.
        images: key and metrics of each image.
        mean: the last row, where there is one.
        names: the metrics to show, as `wilddepth.metrics` names them; those that no row has are left out.
    """
    every = [*images, *([("mean", mean)] if mean is not None else [])]
    shown = [name for name in names if any(name in row for _, row in every)]
    return Table(
        caption=caption,
        headers=("image", *map(metric_title, shown)),
        rows=tuple((key, *(row.get(name) for name in shown)) for key, row in every),
        kinds=("text", *map(metric_kind, shown)),
        sums=int(mean is not None),
    )


def plain_text(table: Table) -> str:
    """The table in aligned columns, for a terminal or a log."""
    lines = [table.titles(), *table.cells()]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    aligned = ["  ".join(map(_padded, line, widths, table.numeric())).rstrip() for line in lines]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    split = len(aligned) - table.sums
    return "\n".join(
        [table.caption, aligned[0], rule, *aligned[1:split], *([rule] if table.sums else []), *aligned[split:]]
    )


def markdown(table: Table) -> str:
    """The table for a Markdown page; what has a meaning in Markdown tables or HTML is escaped."""
    rules = ["---:" if numeric else ":---" for numeric in table.numeric()]
    lines = [table.titles(), rules, *table.cells()]
    return "\n".join("| " + " | ".join(map(_markdown_cell, line)) + " |" for line in lines)


def html(table: Table) -> Markup:
    """The table as a figure for a page; a wide one scrolls inside its frame."""
    head = element("tr", *(_header(*column) for column in zip(table.titles(), table.numeric(), strict=True)))
    rows = table.cells()
    body = [_row(row, table, sums=index >= len(rows) - table.sums) for index, row in enumerate(rows)]
    content = element("table", element("thead", head), element("tbody", *body))
    frame = element("div", content, class_="scroll", tabindex="0", role="region", aria_label=table.caption)
    return element("figure", element("figcaption", table.caption), frame, class_="table")


def _header(title: str, numeric: bool) -> Markup:
    return element("th", title, scope="col", class_="number" if numeric else None)


def _row(cells: tuple[str, ...], table: Table, *, sums: bool) -> Markup:
    classes = map(_kind_of_cell, cells, table.numeric())
    first = element("th", cells[0], scope="row", class_=next(classes))
    rest = [element("td", cell, class_=kind) for cell, kind in zip(cells[1:], classes, strict=True)]
    return element("tr", joined(first, *rest), class_="sum" if sums else None)


def _kind_of_cell(cell: str, numeric: bool) -> str | None:
    return "number" if numeric else "words" if len(cell) > SENTENCE else None


def _markdown_cell(text: str) -> str:
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|") or MISSING


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: wide signs take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _padded(text: str, width: int, numeric: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if numeric else text + space
