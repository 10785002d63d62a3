"""How far a pair's disparities reach."""

import numpy as np
import pytest

from known_pairs import shifted_pair, texture
from wilddepth.proxies.reach import measured_disparities, whole_sixteens


@pytest.mark.parametrize(("number", "expected"), [(-3, 16), (0, 16), (16, 16), (16.1, 32), (160, 160)])
def test_numbers_are_rounded_up_to_sixteens(number, expected):
    assert whole_sixteens(number) == expected


@pytest.mark.parametrize("shift", [8, 60, 100])
def test_reach_covers_the_disparities_and_not_much_more(shift):
    wide = texture(96, 400 + shift, side=4)
    number = measured_disparities(wide[:, :400], wide[:, shift : shift + 400])
    assert number % 16 == 0
    assert max(48, shift + 12) <= number <= max(48, shift + 36)


def test_reach_counts_from_a_negative_start():
    wide = texture(96, 432, side=4)
    number = measured_disparities(wide[:, 32:], wide[:, :400], -48)  # disparity -32
    assert -48 + number > -32
    assert number == 48


def test_pair_without_agreement_is_searched_to_half_its_width():
    plain = np.zeros((8, 200, 3), np.uint8)
    left, right = shifted_pair(0, 8, 200)
    assert measured_disparities(left, texture(8, 200, seed=5)) <= 112
    assert measured_disparities(plain, plain) == 48  # all agree on 0
    assert measured_disparities(left[:1, :1], right[:1, :1]) >= 48


def test_views_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        measured_disparities(texture(16, 32), texture(16, 34))
