"""Hole filling by hand-made rows."""

import numpy as np

from wilddepth.proxies.fill import fill_holes

NAN = np.nan


def test_hole_takes_the_farther_end_and_edges_their_neighbour():
    row = np.float32([[NAN, 9, NAN, NAN, 4, NAN]])
    np.testing.assert_array_equal(fill_holes(row)[0], [9, 9, 4, 4, 4, 4])


def test_empty_rows_are_closed_along_columns():
    rows = np.float32([[NAN, NAN], [5, NAN], [NAN, NAN], [NAN, 3], [NAN, NAN]])
    np.testing.assert_array_equal(fill_holes(rows), [[5, 5], [5, 5], [3, 3], [3, 3], [3, 3]])


def test_negative_disparities_are_no_holes_when_they_are_expected():
    row = np.float32([[-20, NAN, -28, NAN, 2]])
    np.testing.assert_array_equal(fill_holes(row, lowest=-30)[0], [-20, -28, -28, -28, 2])


def test_zero_is_a_disparity():
    np.testing.assert_array_equal(fill_holes(np.float32([[0, NAN, 5]]))[0], [0, 0, 5])


def test_nothing_to_fill_from_stays_empty():
    assert np.isnan(fill_holes(np.full((3, 4), NAN, np.float32))).all()


def test_full_map_is_unchanged():
    full = np.random.default_rng(0).random((5, 7), np.float32)
    np.testing.assert_allclose(fill_holes(full, lowest=-3.0), full, atol=1e-6)
