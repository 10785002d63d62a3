"""What AD-Census does with outliers, edges and whole disparities, on cases small enough to see through."""

import cv2
import numpy as np
import pytest

import plain_matching as plain
from wilddepth.proxies.matchers import outliers
from wilddepth.proxies.matchers.cross import arms_of
from wilddepth.proxies.matchers.edges import adjusted, between, smoothed


def picture(size, seed=0):
    """Smooth enough for arms of all lengths."""
    rng = np.random.default_rng(seed)
    return np.clip(128 + np.cumsum(rng.integers(-25, 26, (*size, 3)), axis=1), 0, 255).astype(np.uint8)


def maps():
    """A near block, columns 8..11 at disparity 5, before a wall at 2, in a row of 16; with a mistake at column 14."""
    left, right = np.full((1, 16), 2.0, np.float32), np.full((1, 16), 2.0, np.float32)
    left[0, 8:12], right[0, 3:7] = 5, 5
    left[0, 14] = 9
    return left, right


def test_outliers_are_told_apart():
    left, right = maps()
    kind = outliers.kinds(left, right, outliers.LEFT, 1.0, (0, 10))
    # Wall at 5..7 (met by right 3..5, which show the block) is hidden; columns 0 and 1 leave the view.
    expected = np.zeros(16, int)
    expected[5:8], expected[14], expected[:2] = outliers.OCCLUDED, outliers.MISMATCHED, outliers.MISMATCHED
    # Column 8 is met by the wall's right pixel only through its own disparity, so it is fine.
    np.testing.assert_array_equal(kind[0], expected)


def test_outliers_of_the_right_view_are_those_of_the_mirrored_pair():
    left, right = maps()
    turned = outliers.kinds(right[:, ::-1].copy(), left[:, ::-1].copy(), outliers.LEFT, 1.0, (0, 10))[:, ::-1]
    np.testing.assert_array_equal(outliers.kinds(right, left, outliers.RIGHT, 1.0, (0, 10)), turned)


def test_without_a_disparity_a_pixel_is_an_outlier():
    left, right = maps()
    left[0, 4] = np.nan
    for rule in ("occluder", "intersection"):
        assert outliers.kinds(left, right, outliers.LEFT, 1.0, (0, 10), rule)[0, 4] != outliers.FINE


@pytest.mark.parametrize("number", [6, 3])
def test_votes_are_counted_over_the_support(number):
    rng = np.random.default_rng(0)
    disparity = rng.choice([4.0, 5.0], (12, 15), p=[0.7, 0.3]).astype(np.float32)
    kind = rng.choice([outliers.FINE, outliers.OCCLUDED, outliers.MISMATCHED], (12, 15)).astype(np.uint8)
    arms = arms_of(picture((12, 15)), (6, 3), (60, 20))
    found, kind_after = outliers.voted(disparity, kind, arms, number, 0.6, (3, 4), threads=2)
    changed = 0
    for y in range(12):
        for x in range(15):
            said = [disparity[p] for p in plain.support(arms.astype(int), y, x, rows_first=True) if kind[p] == 0]
            for level in (4.0, 5.0):
                if kind[y, x] and len(said) > number and said.count(level) > 0.6 * len(said):
                    assert found[y, x] == level
                    assert kind_after[y, x] == outliers.FINE
                    changed += 1
                    break
            else:
                assert found[y, x] == disparity[y, x]
                assert kind_after[y, x] == kind[y, x]
    assert changed >= 10


def test_holes_take_the_background_or_what_looks_alike():
    disparity = np.tile(np.array([3, 3, 99, 99, 8, 8], np.float32), (5, 1))
    kind = np.tile(np.array([0, 0, 1, 1, 0, 0], np.uint8), (5, 1))
    image = np.tile(np.array([10, 10, 78, 78, 80, 80], np.uint8)[:, None], (5, 1, 3))
    assert (outliers.interpolated(disparity, kind, image)[:, 2:4] == 3).all()
    assert (outliers.interpolated(disparity, 2 * kind, image)[:, 2:4] == 8).all()
    assert np.isnan(outliers.interpolated(disparity, np.ones_like(kind), image)).all()


def test_all_round_is_looked_at():
    disparity = np.zeros((9, 9), np.float32)
    disparity[0, 4], disparity[8, 4], disparity[4, 0], disparity[4, 8] = 6, 5, 4, 3
    kind = np.where(disparity > 0, 0, 1).astype(np.uint8)
    image = np.zeros((9, 9, 3), np.uint8)
    assert outliers.interpolated(disparity, kind, image)[4, 4] == 3
    for row, column, level in ((0, 4, 6), (8, 4, 5), (4, 0, 4), (4, 8, 3)):
        alone = np.ones_like(kind)
        alone[row, column] = 0
        assert outliers.interpolated(disparity, alone, image)[4, 4] == level


def test_a_pixel_at_an_edge_takes_the_cheaper_side():
    disparity = np.array([[2, 2, 2, 5, 5, 5]], np.float32)
    costs = np.full((1, 6, 8), 9, np.int32)
    costs[0, :, 2], costs[0, :, 5] = 3, 4
    costs[0, 2, 5] = 1  # column 2 belongs to the right side
    np.testing.assert_array_equal(adjusted(disparity, costs, 1, 0), [[2, 2, 5, 2, 5, 5]])
    costs[0, :, 5] = 3
    np.testing.assert_array_equal(adjusted(disparity, costs, 1, 0), disparity)


def test_right_map_is_adjusted_by_the_costs_of_the_columns_it_meets():
    disparity = np.array([[2, 2, 1, 1, 1, 1]], np.float32)
    costs = np.full((1, 6, 4), 9, np.int32)
    disparity[0, :2] = 3
    costs[0, 4, 3], costs[0, 2, 1] = 5, 2  # right column 1 at 3 and at 1
    assert adjusted(disparity, costs, -1, 0)[0, 1] == 1


def test_parabola_moves_a_minimum_and_nothing_else():
    at = np.arange(9)
    costs = np.rint(1000 * (at - 4.3) ** 2).astype(np.int32)[None, None]
    assert between(np.array([[4.0]], np.float32), costs, 1, 0)[0, 0] == pytest.approx(4.3)
    for stays in (0.0, 2.0, 8.0):
        assert between(np.array([[stays]], np.float32), costs, 1, 0)[0, 0] == stays
    assert np.isnan(between(np.array([[np.nan]], np.float32), costs, 1, 0)[0, 0])
    assert between(np.array([[1.0]], np.float32), costs, 1, -3)[0, 0] == pytest.approx(1.3)


def test_median_is_taken_where_all_is_known():
    values = np.random.default_rng(0).random((9, 10)).astype(np.float32)
    np.testing.assert_array_equal(smoothed(values), cv2.medianBlur(values, 3))
    values[4, 4] = np.nan
    found = smoothed(values)
    np.testing.assert_array_equal(found[3:6, 3:6], values[3:6, 3:6])
    assert (found[7:, 7:] != values[7:, 7:]).any()
