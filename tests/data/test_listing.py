"""How names are ordered."""

import random

import pytest

from wilddepth.data.layouts.listing import natural


@pytest.mark.parametrize(
    "names",
    [
        ["frame1", "frame02", "frame2", "frame010b", "frame10", "frame11"],
        ["0", "00", "1", "9", "10", "99", "100"],
        ["a", "a0", "a0b", "a1", "b"],
        ["٢", "10", "١١"],  # two and eleven in Arabic digits
        ["9" * 4999, "1" + "0" * 5000, "2" + "0" * 5000],  # more digits than Python makes a number of
    ],
)
def test_numbers_in_names_are_ordered_by_value(names: list[str]):
    shuffled = random.Random(0).sample(names, len(names))
    assert sorted(shuffled, key=natural) == names
