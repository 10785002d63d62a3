"""Places and round numbers, by hand."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.report.axis import Axis, round_steps, spanning, tick_text


def test_values_are_placed_in_proportion():
    assert [Axis(0, 10, 100, 0).at(value) for value in (0, 2.5, 10)] == [100, 75, 0]


def test_ratios_are_placed_in_proportion_on_a_logarithmic_axis():
    places = [Axis(1, 100, 0, 10, log=True).at(value) for value in (1, 10, 100)]
    assert places == pytest.approx([0, 5, 10])


def test_round_steps_are_multiples_of_one_two_or_five():
    assert round_steps(0, 10, 5) == [0, 2, 4, 6, 8, 10]
    assert round_steps(0, 0.3, 3) == [0, 0.1, 0.2, 0.3]
    assert round_steps(-1, 1, 4) == [-1, -0.5, 0, 0.5, 1]
    assert round_steps(17, 43, 5) == [20, 30, 40]
    assert round_steps(5, 5, 5) == [5]


def test_an_axis_ends_at_round_numbers_outside_all_values():
    axis = spanning([0.13, 0.87], 0, 1)
    assert (axis.low, axis.high) == (0, 1)
    assert spanning([10.0, 12.0], 0, 1).low == 10.0
    assert spanning([10.0, 12.0], 0, 1, from_zero=True).low == 0
    assert spanning([-3.0, 12.0], 0, 1, from_zero=True).low == -5


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[], [math.nan, math.inf], [3.0], [3.0, 3.0]])
def test_an_axis_has_length_whatever_the_values(values, log):
    axis = spanning(values, 0, 100, log=log)
    assert axis.low < axis.high
    assert all(0 <= axis.at(value) <= 100 for value in values if math.isfinite(value))


@settings(max_examples=200)
@given(
    st.lists(st.floats(-1e12, 1e12).map(lambda value: float(f"{value:.9g}")), max_size=4), st.booleans(), st.booleans()
)
def test_every_value_has_a_place_on_its_axis(values, log, from_zero):
    values = [value for value in values if abs(value) > 1e-30 or value == 0]
    axis = spanning(values, 0, 100, log=log, from_zero=from_zero)
    places = [axis.at(value) for value in values if value > 0 or not log]
    assert all(-1e-3 <= place <= 100 + 1e-3 for place in places)
    assert all(-1e-3 <= axis.at(tick) <= 100 + 1e-3 for tick in axis.ticks())
    assert len(axis.ticks()) <= 22


def test_values_too_close_to_be_told_apart_share_a_place():
    axis = spanning([0.1, math.nextafter(0.1, 1)], 0, 100)
    assert axis.at(0.1) == pytest.approx(axis.at(math.nextafter(0.1, 1)))


def test_zero_alone_gets_an_axis():
    assert (spanning([0.0], 0, 1).low, spanning([0.0], 0, 1).high) == (0, 1)


def test_a_logarithmic_axis_leaves_out_what_is_not_positive():
    axis = spanning([-1.0, 0.0, 1.0, 100.0], 0, 1, log=True)
    assert 0 < axis.low < 1
    assert 100 < axis.high < 200


def test_logarithmic_ticks_are_powers_of_ten_over_many_decades():
    ticks = spanning([1e-6, 1.0], 0, 1, log=True).ticks()
    assert len(ticks) >= 3
    assert all(math.log10(tick) == pytest.approx(round(math.log10(tick))) for tick in ticks)


def test_logarithmic_ticks_over_less_than_a_decade_are_there_and_inside():
    axis = spanning([0.21, 0.29], 0, 1, log=True)
    ticks = axis.ticks()
    assert len(ticks) >= 2
    assert all(axis.low <= tick <= axis.high for tick in ticks)


def test_ticks_never_leave_the_axis():
    axis = Axis(0.05, 0.97, 0, 1)
    assert axis.ticks() == [0.2, 0.4, 0.6, 0.8]


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (0.1 + 0.2, "0.3"),
        (20000, "20k"),
        (-0.5, "−0.5"),
        (5e-5, "5e−5"),
        (0.00025, "2.5e−4"),
        (12345, "12345"),
    ],
)
def test_ticks_are_written_in_few_signs(value, text):
    assert tick_text(value) == text
