"""docs/worlds.md says what the tables say."""

import re
from pathlib import Path

import pytest

from wilddepth.sources.grammar import parse
from wilddepth.worlds.page import tables

PAGE = Path(__file__).parents[2] / "docs" / "worlds.md"


@pytest.mark.parametrize("name", ["worlds", "makings", "rigs", "weathers", "sensors"])
def test_the_page_holds_the_tables_as_they_are(name: str):
    """After a change, put the new table into the page: `wilddepth.worlds.page.tables()`."""
    assert set(tables()) == {"worlds", "makings", "rigs", "weathers", "sensors"}
    assert tables()[name] in PAGE.read_text()


def test_the_sources_of_the_page_are_understood():
    named = re.findall(r"worlds:[A-Za-z-]+\?[a-z0-9=&,-]+", PAGE.read_text())
    assert len(named) >= 4
    for word in named:
        assert parse(word).world is not None


def test_the_page_names_a_picture_that_is_there():
    assert (PAGE.parent / "pictures" / "worlds.jpg").stat().st_size < 600_000
