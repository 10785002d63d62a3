"""Numbers as text, by hand."""

import math

import pytest

from wilddepth.metrics import protocols
from wilddepth.metrics.score import unscored_row
from wilddepth.report.number import duration, formatted, metric_kind, metric_title, titled, with_unit

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    "value, kind, text",
    [
        (8.9412, "percent", "8.94"),
        (100.0, "percent", "100.00"),
        (1.005, "px", "1.00"),
        (12.34567, "m", "12.346"),
        (1234567, "count", f"1{SPACE}234{SPACE}567"),
        (0.11812, "number", "0.118"),
        (0.000012345, "number", "0.000012"),
        (17.23, "number", "17.2"),
        (1234.5, "number", f"1{SPACE}234"),
        (3, "number", "3"),
        (0.0, "number", "0"),
        (-2.5, "px", "−2.50"),
        (math.nan, "px", "–"),
        (None, "percent", "–"),
        (math.inf, "px", "∞"),
        (-math.inf, "px", "−∞"),
        ("as it is", "px", "as it is"),
    ],
)
def test_the_kind_decides_the_places(value, kind, text):
    assert formatted(value, kind) == text


def test_a_unit_follows_a_number_and_nothing_else():
    assert with_unit(8.9, "percent") == f"8.90{SPACE}%"
    assert with_unit(1.5, "px") == f"1.50{SPACE}px"
    assert with_unit(2.0, "seconds") == f"2.0{SPACE}s"
    assert with_unit(7, "count") == "7"
    assert with_unit(math.nan, "px") == "–"
    assert with_unit("none", "px") == "none"


def test_long_times_are_in_minutes_and_hours():
    assert with_unit(250.2, "seconds") == duration(250.2) == f"4{SPACE}min 10{SPACE}s"
    assert duration(47.6) == f"48{SPACE}s"
    assert duration(59.7) == f"1{SPACE}min"
    assert duration(7500) == f"2{SPACE}h 5{SPACE}min"
    assert duration(7199.9) == f"2{SPACE}h"
    assert duration(3599.9) == f"1{SPACE}h"


def test_a_title_has_the_unit_of_its_kind():
    assert titled("EPE", "px") == "EPE, px"
    assert titled("image", "text") == "image"


def test_metrics_are_named_as_readers_know_them():
    assert [metric_title(name) for name in ("d1_all", "bad0.5", "epe", "density")] == [
        "D1-all",
        "bad 0.5",
        "EPE",
        "density",
    ]


def test_every_metric_that_is_scored_has_a_kind():
    names = [name for name in unscored_row(protocols.protocol("kitti2015")) if not name.endswith("_pixels")]
    assert len(names) > 5
    assert {metric_kind(name) for name in names} == {"percent", "px"}
    assert metric_kind("valid_pixels") == "count"
    assert metric_kind("something else") == "number"
