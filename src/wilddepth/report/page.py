"""A report as one HTML file: no scripts, nothing loaded; readable on a phone, in the dark and on paper."""

import math
from collections.abc import Iterator
from pathlib import Path

from wilddepth.formats.atomic import write_text
from wilddepth.report import embed, table
from wilddepth.report.content import Change, Flag, Picture, Report, SceneCard, Step
from wilddepth.report.legend import Legend
from wilddepth.report.markup import Markup, element, joined
from wilddepth.report.number import UNITS, formatted, with_unit
from wilddepth.report.style import STYLE

# The browser itself refuses whatever is not in the file.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render(report: Report) -> str:
    """The whole page as text."""
    sections = list(_sections(report))
    links = [element("a", title, href=f"#{anchor}") for anchor, title, _ in sections]
    body = joined(
        element("header", *_head(report), element("nav", *links, aria_label="Sections") if len(links) > 1 else None),
        element("main", _summary(report), *(_section(*each) for each in sections)),
        element("footer", f"Made by {report.made_by}. This page is one file and loads nothing from elsewhere."),
    )
    page = element("html", _meta(report), element("body", element("div", body, class_="page")), lang="en")
    return f"<!doctype html>\n{page}\n"


def write(report: Report, path: str | Path) -> None:
    """Write the page, wholly or not at all.

    Raises:
        OutputError: when it cannot be written.
    """
    write_text(path, render(report))


def _meta(report: Report) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", report.title),
        element("style", Markup(STYLE)),
    )


def _head(report: Report) -> Iterator[Markup]:
    yield element("p", "wilddepth report", class_="brand")
    yield element("h1", report.title)
    if report.lead:
        yield element("p", report.lead, class_="lead")
    yield from map(_flag, report.warnings)


def _flag(flag: Flag) -> Markup:
    return element("p", element("strong", flag.label), " ", flag.text, class_="flag", role="note")


def _summary(report: Report) -> Markup:
    facts = [element("div", element("dt", name), element("dd", value)) for name, value in report.facts]
    return joined(
        element("div", *map(_change, report.summary), class_="changes") if report.summary else None,
        element("p", report.measured, class_="measured") if report.measured else None,
        element("dl", *facts, class_="facts") if facts else None,
    )


def _change(change: Change) -> Markup:
    """A card: the number before, an arrow, the large number after, and what that means."""
    unit = element("span", f"\N{NO-BREAK SPACE}{UNITS[change.kind]}", class_="unit") if change.kind in UNITS else None
    after = element("span", formatted(change.after, change.kind), unit, class_="after")
    return element(
        "section",
        element("h3", change.name),
        element("p", _before(change), after, class_="number"),
        _bars(change),
        element("p", _sign(change), change.words(), class_="verdict") if change.words() else None,
        element("p", change.note, class_="note") if change.note else None,
        class_=f"change {change.verdict}",
    )


def _before(change: Change) -> Markup | None:
    if change.before is None:
        return None
    arrow = element("span", " → ", class_="arrow", aria_label=" before, after ")
    return joined(element("span", formatted(change.before, change.kind), class_="before"), arrow)


def _sign(change: Change) -> str:
    """The verdict as a sign, for those who do not see the colour."""
    return {"better": "✓ ", "worse": "! "}.get(change.verdict, "")


def _bars(change: Change) -> Markup | None:
    """Both numbers as lengths."""
    pair = (change.before, change.after)
    if change.relative is None or change.before is None or min(change.before, change.after) < 0:
        return None
    bars = [
        element("span", class_=name, style=f"width:{100 * value / max(change.before, change.after):.1f}%")
        for name, value in zip(("bar-before", "bar-after"), pair, strict=True)
        if value is not None and math.isfinite(value)
    ]
    return element("div", *bars, class_="bars", aria_hidden="true")


def _sections(report: Report) -> Iterator[tuple[str, str, Markup]]:
    """Anchor, title and content of each section that has something to show."""
    scales = element("div", *map(Legend.figure, report.legends), class_="scales") if report.legends else None
    drawings = [each.figure() for each in report.comparisons]
    charts = [each.figure() for each in report.curves]
    parts = (
        ("pictures", "Pictures", joined(scales, *map(_scene, report.scenes)) if report.scenes else None),
        ("numbers", "Numbers", joined(_grid(drawings), *map(table.html, report.tables))),
        ("curves", "Curves", _grid(charts)),
        ("next", "What to do next", joined(*map(_step, report.next_steps))),
        ("details", "What was run", joined(*(_detail(*each) for each in report.details.items()))),
    )
    yield from ((anchor, title, content) for anchor, title, content in parts if content)


def _section(anchor: str, title: str, content: Markup) -> Markup:
    return element("section", element("h2", title), content, id=anchor)


def _grid(drawings: list[Markup]) -> Markup | None:
    return element("div", *drawings, class_="drawings") if drawings else None


def _scene(scene: SceneCard) -> Markup:
    return element(
        "article",
        element("div", element("h3", scene.key), *map(_chip, scene.changes), class_="scene-head"),
        element("p", scene.note, class_="note") if scene.note else None,
        element("div", *(_picture(scene.key, each) for each in scene.pictures), class_="pictures"),
        element("div", *map(Legend.figure, scene.legends), class_="scales") if scene.legends else None,
        class_="scene",
    )


def _chip(change: Change) -> Markup:
    """A number before and after in one short line."""
    before = "" if change.before is None else f"{formatted(change.before, change.kind)} → "
    text = joined(f"{change.name} {before}", element("b", with_unit(change.after, change.kind)))
    return element("span", _sign(change), text, class_=f"chip {change.verdict}")


def _picture(key: str, picture: Picture) -> Markup:
    caption, pixels = picture
    return element("figure", embed.image(pixels, f"{key}: {caption}"), element("figcaption", caption))


def _step(step: Step) -> Markup:
    return element("div", element("p", step.text), _text(step.command, step.text), class_="step")


def _detail(name: str, content: str) -> Markup:
    return element("details", element("summary", name), _text(content.rstrip("\n"), name))


def _text(content: str, label: str) -> Markup:
    """Text as it was typed, in a frame that scrolls."""
    return element("pre", element("code", content), tabindex="0", role="region", aria_label=label)
