"""Curves: what is drawn where, and what is not drawn."""

import math
import re

import pytest

from wilddepth.report.comparison import AFTER, BEFORE, WORSE, Comparison, shortened
from wilddepth.report.comparison import svg as comparison_svg
from wilddepth.report.curve import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MAX_POINTS,
    RIGHT,
    TOP,
    WIDTH,
    Chart,
    Curve,
    description,
    running_mean,
    smoothed,
    svg,
    thinned,
)

NAN = math.nan


def chart(*curves, **settings):
    return Chart("Error", "step", "px", curves, **settings)


def paths(drawing):
    return [
        [tuple(map(float, point.split())) for point in path.split("L")]
        for path in re.findall(r' d="M([^"]+)"', drawing)
    ]


def test_a_line_goes_from_corner_to_corner():
    drawing = svg(chart(Curve("rising", (0, 10, 20), (0.0, 5.0, 10.0))))
    left, right, bottom = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM
    assert paths(drawing) == [[(left, bottom), ((left + right) / 2, (bottom + TOP) / 2), (right, TOP)]]


def test_a_value_that_is_not_finite_leaves_a_gap():
    drawing = svg(chart(Curve("gap", (0, 1, 2, 3, 4), (1.0, 2.0, NAN, 2.0, 1.0))))
    assert [len(path) for path in paths(drawing)] == [2, 2]


def test_a_single_value_between_gaps_is_a_dot():
    drawing = svg(chart(Curve("dot", (0, 1, 2), (NAN, 2.0, math.inf))))
    assert paths(drawing) == []
    assert drawing.count("<circle") == 1


def test_a_logarithmic_chart_leaves_out_what_is_not_positive():
    drawing = svg(chart(Curve("rate", (0, 1, 2, 3), (1.0, 0.1, 0.0, -1.0)), log=True))
    assert [len(path) for path in paths(drawing)] == [2]


@pytest.mark.parametrize("curves", [(), (Curve("empty", (), ()),), (Curve("unknown", (0, 1), (NAN, NAN)),)])
def test_a_chart_without_values_says_so(curves):
    assert "no values" in svg(chart(*curves))
    assert "no values" not in svg(chart(Curve("one", (0,), (1.0,))))


def test_curves_differ_in_colour_and_in_dashes():
    drawing = svg(chart(Curve("a", (0, 1), (1.0, 2.0)), Curve("b", (0, 1), (2.0, 1.0))))
    assert len(set(re.findall(r'stroke="(var\(--series[^"]+)"', drawing))) == 2
    assert drawing.count("stroke-dasharray") == 1


def test_raw_values_have_the_colour_of_their_mean_and_no_place_in_the_legend():
    shown = chart(*smoothed("error", range(100), [1.0] * 100))
    assert len(set(re.findall(r'stroke="(var\(--series[^"]+)"', svg(shown)))) == 1
    assert svg(shown).count("stroke-opacity") == 1
    assert "<li>" not in shown.figure()


def test_two_curves_have_a_legend():
    figure = chart(Curve("a <b>", (0, 1), (1.0, 2.0)), Curve("b", (0, 1), (2.0, 1.0))).figure()
    assert figure.count("<li>") == 2
    assert "a &lt;b&gt;</li>" in figure


def test_a_mark_stands_where_it_belongs():
    drawing = svg(chart(Curve("a", (0, 10), (1.0, 2.0)), marks=((5.0, "stopped"),)))
    middle = (LEFT + WIDTH - RIGHT) / 2
    assert f'x1="{middle:g}"' in drawing
    assert ">stopped</text>" in drawing


def test_the_chart_is_said_in_words():
    words = description(chart(Curve("held out", (0, 1, 2), (NAN, 4.0, 2.0))))
    assert words == "Error: px over step. held out: from 4 to 2."


def test_a_running_mean_is_of_the_values_so_far():
    assert running_mean([2.0, 4.0, 6.0, 8.0], 2) == (2.0, 3.0, 5.0, 7.0)
    assert running_mean([2.0, NAN, 6.0], 2)[1:] == (2.0, 6.0)
    assert math.isnan(running_mean([NAN], 3)[0])


def test_a_running_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        running_mean([1.0], 0)


def test_a_long_curve_is_thinned_without_losing_a_peak():
    points = [(float(x), 100.0 if x == 7777 else -50.0 if x == 3333 else 0.0) for x in range(10_000)]
    kept = thinned(points)
    assert len(kept) <= MAX_POINTS
    assert {(7777.0, 100.0), (3333.0, -50.0), points[0], points[-1]} <= set(kept)
    assert kept == sorted(kept)
    assert thinned(points[:MAX_POINTS]) == points[:MAX_POINTS]


def test_places_and_values_must_be_as_many():
    with pytest.raises(ValueError, match="2 places but 1 values"):
        Curve("short", (0, 1), (1.0,))


def test_a_comparison_has_two_dots_and_a_line_for_each_image():
    drawing = comparison_svg(Comparison("D1", ("a", "b"), (40.0, 20.0), (10.0, 30.0), "percent"))
    assert drawing.count("<circle") == 4
    assert [drawing.count(f'fill="{shade}"') for shade in (BEFORE, AFTER, WORSE)] == [2, 1, 1]
    assert drawing.count('stroke-width="2"') == 2


def test_a_comparison_starts_at_zero_so_that_lengths_can_be_compared():
    drawing = comparison_svg(Comparison("D1", ("a",), (40.0,), (20.0,)))
    before, after = (float(x) for x in re.findall(r'<circle cx="([^"]+)"', drawing))
    zero = float(re.findall(r'<text x="([^"]+)"[^>]*>0</text>', drawing)[0])
    assert after - zero == pytest.approx((before - zero) / 2, abs=0.02)


def test_an_unknown_value_has_no_dot_and_no_verdict():
    unknown = Comparison("D1", ("a",), (NAN,), (20.0,))
    assert comparison_svg(unknown).count("<circle") == 1
    assert "worse" not in unknown.figure()
    assert "– before" in comparison_svg(unknown)


def test_where_higher_is_better_a_fall_is_worse():
    assert "after, worse" in Comparison("speed", ("a",), (20.0,), (10.0,), better="higher").figure()
    assert "after, worse" not in Comparison("speed", ("a",), (10.0,), (20.0,), better="higher").figure()


def test_a_comparison_names_its_unit():
    assert "<figcaption>D1, %</figcaption>" in Comparison("D1", ("a",), (2.0,), (1.0,), "percent").figure()


def test_long_names_keep_their_end():
    assert shortened("short") == "short"
    assert shortened("2011_09_26_drive_0001_sync/0000000042") == "…001_sync/0000000042"
    assert len(shortened("x" * 50)) == 20


def test_a_comparison_needs_a_pair_for_each_key():
    with pytest.raises(ValueError, match="differ in number"):
        Comparison("D1", ("a", "b"), (1.0,), (1.0, 2.0))
