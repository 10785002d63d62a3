"""The page as a file: whole, closed, escaped, self-contained, small, and readable by those who see little."""

import itertools
import re
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

from wilddepth.errors import OutputError
from wilddepth.report.comparison import Comparison
from wilddepth.report.content import Change, Flag, Report, SceneCard, Step
from wilddepth.report.curve import Chart, Curve
from wilddepth.report.legend import confidence_legend, disparity_legend, error_legend
from wilddepth.report.markup import VOID
from wilddepth.report.page import render, write
from wilddepth.report.picture import disparity_picture, error_picture
from wilddepth.report.style import STYLE
from wilddepth.report.table import Table

EVIL = "<script>alert('x')</script>\"&"
SHAPES = {"path", "line", "circle"}


class Walk(HTMLParser):
    """Elements in order; fails where one is closed out of turn."""

    def __init__(self):
        super().__init__()
        self.open, self.elements, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), (tag, names)
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def walk(page):
    reader = Walk()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def maps(height=32, width=64):
    rng = np.random.default_rng(0)
    truth = np.full((height, width), 20.0, np.float32)
    return truth, truth + rng.normal(0, 3, truth.shape).astype(np.float32), np.ones(truth.shape, bool)


def report(word="street", height=32, width=64, scenes=2):
    truth, guess, valid = maps(height, width)
    pictures = (
        (f"Disparity {word}, px", disparity_picture(guess, 40)),
        (f"Error {word}, px", error_picture(guess, truth, valid)),
    )
    change = Change(f"D1 {word}", 9.0, 30.0, "percent", note=f"share of {word}")
    card = SceneCard(f"key {word}", pictures, f"note {word}", (change,), (disparity_legend(40),))
    return Report(
        title=f"Adapting to {word}",
        lead=f"Better on {word}.",
        warnings=(Flag(f"ORACLE {word}", f"chosen by the truth of {word}"),),
        summary=(change, Change("EPE", 1.0, 2.0, "px"), Change("images", 12, kind="count")),
        measured=f"protocol {word}",
        facts=((f"name {word}", f"value {word}"),),
        scenes=(card,) * scenes,
        legends=(error_legend(), confidence_legend()),
        comparisons=(Comparison(f"D1 of {word}", (f"a {word}",), (30.0,), (9.0,), "percent"),),
        tables=(Table(f"table {word}", (f"image {word}", "D1"), ((f"a {word}", 9.0),)),),
        curves=(Chart(f"loss {word}", f"step {word}", f"y {word}", (Curve(f"c {word}", (0, 1), (2.0, 1.0)),)),),
        next_steps=(Step(f"then {word}", f"wilddepth adapt {word}"),),
        details={f"recipe {word}": f"method: {word}\n"},
        made_by=f"wilddepth {word}",
    )


@pytest.fixture(scope="module")
def page():
    return render(report())


@pytest.mark.parametrize("shown", [report(), report(EVIL), Report("nothing yet")], ids=["full", "evil", "empty"])
def test_every_element_is_closed_in_turn(shown):
    reader = walk(render(shown))
    assert [tag for tag, _ in reader.elements[:2]] == ["html", "head"]


def test_no_text_can_become_markup():
    reader = walk(render(report(EVIL)))
    assert not any(tag == "script" for tag, _ in reader.elements)
    text = "".join(reader.text)
    everywhere = ("Adapting to", "Better on", "ORACLE", "truth of", "protocol", "name", "value", "key", "note", "table")
    everywhere += (
        "Disparity",
        "Error",
        "share of",
        "image",
        "then",
        "wilddepth adapt",
        "recipe",
        "method:",
        "loss",
        "y",
    )
    for word in everywhere:
        assert f"{word} {EVIL}" in text, word
    alts = [attributes["alt"] for tag, attributes in reader.elements if tag == "img"]
    assert f"key {EVIL}: Error {EVIL}, px" in alts


def test_nothing_is_loaded_and_nothing_runs(page):
    elements = walk(page).elements
    sources = [attributes["src"] for _, attributes in elements if "src" in attributes]
    assert len(sources) == 2 * 2 + 4
    assert all(source.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")) for source in sources)
    assert all(attributes["href"].startswith("#") for _, attributes in elements if "href" in attributes)
    assert not {tag for tag, _ in elements} & {"script", "link", "iframe", "object", "embed", "base", "form", "use"}
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    assert "http://" not in page
    assert "https://" not in page
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_browser_is_told_to_load_nothing(page):
    policies = [a["content"] for tag, a in walk(page).elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_warnings_come_before_every_number(page):
    assert page.index("<h1>") < page.index("ORACLE") < page.index('class="change ')


def test_the_numbers_stand_before_and_after_with_what_that_means(page):
    start = page.index('class="change ')
    card = "".join(walk(page[page.rindex("<", 0, start) : page.index("</section>", start) + 10]).text)
    assert card == "D1 street30.00 → 9.00\xa0%✓ 70\xa0% lowershare of street"


def test_a_number_without_a_before_has_neither_arrow_nor_bars():
    text = render(Report("one", summary=(Change("images", 12, kind="count"),)))
    assert '<span class="after">12</span>' in text
    assert "→" not in text
    assert 'class="bars"' not in text


def test_every_picture_has_words_and_a_size(page):
    images = [attributes for tag, attributes in walk(page).elements if tag == "img"]
    assert images
    assert all(each["alt"] and int(each["width"]) <= 900 and int(each["height"]) > 0 for each in images)
    assert all(a.get("aria-label") or a.get("aria-hidden") for tag, a in walk(page).elements if tag == "svg")


def test_links_lead_to_sections(page):
    elements = walk(page).elements
    anchors = Counter(attributes["id"] for _, attributes in elements if "id" in attributes)
    links = [attributes["href"][1:] for tag, attributes in elements if tag == "a"]
    assert len(links) == 5
    assert all(anchors[link] == 1 for link in links)


def test_sections_without_content_are_left_out():
    text = render(Report("short", details={"command": "wilddepth demo"}))
    assert re.findall(r"<h2>([^<]+)", text) == ["What was run"]
    assert "<nav" not in text


def test_the_size_is_bounded_by_the_number_of_pictures():
    # noise takes more bytes than any map of a scene
    size = len(render(report(height=375, width=1242, scenes=3)))
    assert size < 3 * 1_000_000
    assert size < 3 * len(render(report(height=375, width=1242, scenes=1)))


def test_the_same_report_gives_the_same_page(page):
    assert render(report()) == page


def test_the_page_is_written_wholly(tmp_path, page):
    write(report(), tmp_path / "run" / "report.html")
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == page
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_is_an_error_with_the_next_step(tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(OutputError, match="choose another place"):
        write(report(), tmp_path / "run" / "report.html")


@pytest.mark.parametrize(
    "before, after, better, verdict, words",
    [
        (30.0, 9.0, "lower", "better", "70\xa0% lower"),
        (9.0, 12.0, "lower", "worse", "33\xa0% higher"),
        (10.0, 25.0, "lower", "worse", "2.5 times as high"),
        (10.0, 8.0, "higher", "worse", "20\xa0% lower"),
        (10.0, 12.0, "higher", "better", "20\xa0% higher"),
        (10.0, 10.04, "lower", "same", "unchanged"),
        (None, 3.0, "lower", "unknown", ""),
        (0.0, 3.0, "lower", "unknown", ""),
        (float("nan"), 3.0, "lower", "unknown", ""),
        (3.0, float("inf"), "lower", "unknown", ""),
    ],
)
def test_a_change_is_judged_by_which_way_is_good(before, after, better, verdict, words):
    change = Change("x", after, before, better=better)
    assert (change.verdict, change.words()) == (verdict, words)


def luminance(colour):
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def palettes():
    """The variables of the light, the dark and the printed page."""
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL):
        pairs = re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)
        yield {
            name: value if len(value) == 7 else "#" + "".join(2 * sign for sign in value[1:]) for name, value in pairs
        }


def test_text_stands_out_in_light_dark_and_print():
    found = list(palettes())
    assert len(found) == 3
    for colours in found:
        pairs = list(itertools.product(("ink", "muted", "accent", "good", "bad"), ("ground", "card", "frame")))
        pairs += [("good", "good-ground"), ("bad", "bad-ground"), ("warn", "warn-ground")]
        for text, ground in pairs:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground, colours[text], colours[ground])


def test_contrast_of_black_on_white_is_twenty_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
