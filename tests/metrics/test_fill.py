"""KITTI's background interpolation: by hand, and against a pixel-by-pixel statement of its rules."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wilddepth.metrics.fill import fill_background

N = math.nan


def filled(*rows):
    return fill_background(np.array(rows, dtype=np.float32)).tolist()


def test_a_hole_takes_the_smaller_of_both_ends():
    assert filled([9, N, N, 4, N, 7]) == [[9, 4, 4, 4, 4, 7]]


def test_a_row_is_extended_to_both_sides():
    assert filled([N, N, 5, N]) == [[5, 5, 5, 5]]


def test_empty_rows_above_and_below_repeat_the_nearest_row():
    assert filled([N, N], [N, N], [3, 8], [N, N]) == [[3, 8]] * 4


def test_an_empty_row_between_filled_rows_stays_unfilled():
    assert filled([1, 2], [N, N], [3, 4]) == [[1, 2], [-1, -1], [3, 4]]


def test_a_map_without_any_estimate_stays_unfilled():
    assert filled([N, N], [N, N]) == [[-1, -1], [-1, -1]]


def test_negative_and_infinite_values_are_holes_and_zero_is_none():
    assert filled([6, -2, 9], [6, math.inf, 0], [6, -math.inf, 9]) == [[6, 6, 9], [6, 0, 0], [6, 6, 9]]


def test_the_input_is_left_as_it_is():
    disparity = np.array([[1, N, 3]], dtype=np.float32)
    fill_background(disparity)
    assert np.isnan(disparity[0, 1])


def one_by_one(disparity):
    """The rules pixel by pixel: rows first, then the tops and bottoms of columns."""
    out = disparity.copy()
    for row in out:
        known = [x for x in range(len(row)) if row[x] >= 0]
        for x in range(len(row)):
            before = [k for k in known if k <= x][-1:]
            after = [k for k in known if k >= x][:1]
            if before or after:
                row[x] = min(disparity_of for disparity_of in (row[k] for k in before + after))
    for column in out.T:
        known = [y for y in range(len(column)) if column[y] >= 0]
        for y in range(len(column)):
            if known and y < known[0]:
                column[y] = column[known[0]]
            if known and y > known[-1]:
                column[y] = column[known[-1]]
    out[~(out >= 0)] = -1
    return out


@settings(max_examples=80, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.one_of(st.just(math.nan), st.integers(0, 40).map(float)),
    )
)
def test_same_as_pixel_by_pixel(disparity):
    np.testing.assert_array_equal(fill_background(disparity), one_by_one(disparity))
