"""One table in three forms."""

import math

import pytest

from wilddepth.report.table import Table, html, markdown, metric_table, plain_text

TABLE = Table(
    caption="Two images",
    headers=("image", "D1-all", "EPE"),
    rows=(("first", 9.5, 1.25), ("second", math.nan, 12.0), ("mean", 9.5, 6.625)),
    kinds=("text", "percent", "px"),
    sums=1,
)


def test_plain_text_is_aligned_with_numbers_on_the_right():
    assert plain_text(TABLE).splitlines() == [
        "Two images",
        "image   D1-all, %  EPE, px",
        "--------------------------",
        "first        9.50     1.25",
        "second          –    12.00",
        "--------------------------",
        "mean         9.50     6.62",
    ]


def test_wide_signs_take_two_columns_of_a_terminal():
    lines = plain_text(Table("", ("key", "n"), (("深度", 1), ("abcd", 2)))).splitlines()
    assert lines[3:] == ["深度  1", "abcd  2"]


def test_markdown_has_one_row_each_and_says_which_columns_are_numbers():
    assert markdown(TABLE).splitlines() == [
        "| image | D1-all, % | EPE, px |",
        "| :--- | ---: | ---: |",
        "| first | 9.50 | 1.25 |",
        "| second | – | 12.00 |",
        "| mean | 9.50 | 6.62 |",
    ]


def test_markdown_keeps_a_cell_in_its_cell():
    text = markdown(Table("", ("key",), (("a|b\nc <script>",), ("",))))
    assert text.splitlines()[2:] == ["| a\\|b c &lt;script&gt; |", "| – |"]


def test_html_marks_headers_numbers_and_sums():
    text = html(TABLE)
    assert text.count("<tr") == 4
    assert '<th scope="row">second</th><td class="number">–</td><td class="number">12.00</td>' in text
    assert '<tr class="sum"><th scope="row">mean</th>' in text


def test_html_escapes_what_it_is_given():
    text = html(Table("<b>", ("<i>",), (("<script>alert(1)</script>",),)))
    assert "<b>" not in text
    assert "<i>" not in text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_table_without_rows_still_has_its_headers():
    empty = Table("none yet", ("image", "EPE"), ())
    assert plain_text(empty).splitlines() == ["none yet", "image  EPE", "----------"]
    assert markdown(empty).splitlines()[0] == "| image | EPE |"


def test_metrics_become_a_table_with_their_names_units_and_mean():
    table = metric_table("", [("a", {"d1_all": 8.0, "epe": 1.0, "odd": 5.0})], {"d1_all": 8.0, "epe": math.nan})
    assert table.titles() == ("image", "D1-all, %", "EPE, px")
    assert table.cells() == (("a", "8.00", "1.00"), ("mean", "8.00", "–"))
    assert table.sums == 1


def test_metrics_that_one_image_lacks_are_a_dash():
    table = metric_table("", [("a", {"epe": 1.0}), ("b", {"rmse": 2.0})], names=("epe", "rmse", "d1_fg"))
    assert table.cells() == (("a", "1.00", "–"), ("b", "–", "2.00"))


def test_rows_and_kinds_must_fit_the_headers():
    with pytest.raises(ValueError, match="2 cells under 1 headers"):
        Table("", ("a",), ((1, 2),))
    with pytest.raises(ValueError, match="1 kinds for 2 columns"):
        Table("", ("a", "b"), (), kinds=("text",))


def test_sentences_are_broken_into_lines_and_numbers_and_names_are_not():
    sentence = "a claim that says in many words which row should come out better than which other ones"
    text = str(html(Table("Claims", ("claim", "row", "number"), ((sentence, "k", 1.0), ("short", sentence, 2.0)))))
    assert f'<th scope="row" class="words">{sentence}</th><td>k</td><td class="number">1</td>' in text
    assert f'<th scope="row">short</th><td class="words">{sentence}</td>' in text
