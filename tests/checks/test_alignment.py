"""Matches, rows and sides against transformations that OpenCV made, and against exact points."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from tiny import picture, plane
from wilddepth.checks.match import MOST_PIXELS, Matches, find_matches
from wilddepth.checks.pair import Alignment, Views, measure_alignment, measure_pair
from wilddepth.checks.reach import measure_reach
from wilddepth.checks.rows import FEWEST, measure_rows
from wilddepth.checks.sides import measure_sides
from wilddepth.checks.view import grey_of, rgb_of

HEIGHT, WIDTH = 150, 300


def scene(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    return rgb_of(picture(seed, height, width))


def warped(view: np.ndarray, matrix: list[list[float]]) -> np.ndarray:
    """Content at (x, y) moved to matrix @ (x, y, 1), by OpenCV."""
    size = (view.shape[1], view.shape[0])
    return cv2.warpAffine(view, np.array(matrix), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def about_the_middle(degrees: float = 0.0, scale: float = 1.0, right: float = 0.0, down: float = 0.0) -> list:
    """Turned (clockwise on the screen) and enlarged about the middle of the image, then moved."""
    middle = ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, -degrees, scale)  # OpenCV counts the other way round
    matrix[:, 2] += right, down
    return matrix.tolist()


def alignment(left: np.ndarray, right: np.ndarray, doffs: float = 0.0) -> Alignment:
    return measure_alignment(Views(left, right, grey_of(left), grey_of(right)), doffs)


def exact(count: int, row_difference: float = 0.0, disparity: float = 5.0, seed: int = 0) -> Matches:
    """Points anywhere, all with one disparity and one row difference."""
    left = np.random.default_rng(seed).uniform((0, 0), (WIDTH - 1, HEIGHT - 1), (count, 2))
    return Matches(left, left + np.array([-disparity, row_difference]), HEIGHT, WIDTH)


def wrong(found: Matches, share: float, seed: int = 1) -> Matches:
    """The last matches replaced by points that have nothing to do with each other."""
    rng, right = np.random.default_rng(seed), found.right.copy()
    count = round(share * len(found))
    right[len(found) - count :] = rng.uniform((0, 0), (WIDTH - 1, HEIGHT - 1), (count, 2))
    return replace(found, right=right)


@pytest.mark.parametrize("down, degrees, percent", [(0, 0, 0), (1.25, 0, 0), (-12, 0, 0), (0, 0.5, 0), (0, 0, -2)])
def test_offset_roll_and_scale_are_found_in_pictures(down: float, degrees: float, percent: float):
    left = scene()
    right = warped(left, about_the_middle(degrees, 1 + percent / 100, right=-6, down=down))
    rows = alignment(left, right).rows
    assert rows.judged
    assert rows.offset_px == pytest.approx(down, abs=0.06)
    # dy is written over the left image; 6 px of disparity at 0.5 degrees are 0.05 px of it
    assert rows.roll_degrees == pytest.approx(degrees, abs=0.05)
    assert rows.scale_percent == pytest.approx(percent, abs=0.1)
    expected = math.sqrt(down**2 + (math.radians(degrees) * WIDTH) ** 2 / 12 + (percent / 100 * HEIGHT) ** 2 / 12)
    assert rows.size_px == pytest.approx(expected, abs=0.08)


def test_all_three_at_once_are_told_apart():
    left = scene(1)
    rows = alignment(left, warped(left, about_the_middle(-0.8, 1.015, right=-9, down=3.5))).rows
    assert rows.offset_px == pytest.approx(3.5, abs=0.2)
    assert rows.roll_degrees == pytest.approx(-0.8, abs=0.06)
    assert rows.scale_percent == pytest.approx(1.5, abs=0.15)


def test_exact_points_give_exact_numbers():
    found = exact(60)
    x, y = found.left[:, 0] - (WIDTH - 1) / 2, found.left[:, 1] - (HEIGHT - 1) / 2
    slope = math.tan(math.radians(0.3))
    right = found.right + np.stack([np.zeros(60), 2 + slope * x - 0.01 * y], axis=1)
    rows, consistent = measure_rows(replace(found, right=right))
    assert consistent.all()
    assert (rows.offset_px, rows.roll_degrees, rows.scale_percent) == pytest.approx((2, 0.3, -1))
    assert rows.size_px == pytest.approx(math.sqrt(4 + (slope * WIDTH) ** 2 / 12 + (0.01 * HEIGHT) ** 2 / 12))


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_wrong_matches_change_nothing(share: float):
    rows, consistent = measure_rows(wrong(exact(200, row_difference=1.5), share))
    assert rows.offset_px == pytest.approx(1.5, abs=0.02)
    assert consistent[: round(200 * (1 - share))].all()
    assert rows.matches < 200 * (1 - share) + 12  # a few wrong ones lie on the right rows by chance


def test_the_standard_error_is_that_of_repeated_measurements():
    sizes, errors = [], []
    for seed in range(40):
        found, rng = exact(80, seed=seed), np.random.default_rng(1000 + seed)
        noisy = found.right + np.stack([np.zeros(80), 3 + rng.normal(0, 0.4, 80)], axis=1)
        rows, _ = measure_rows(replace(found, right=noisy))
        sizes.append(rows.size_px)
        errors.append(rows.error_px)
    # `error_px` counts all three numbers of the plane; next to an offset of 3 px only one of them tells
    assert np.std(sizes) < np.mean(errors) < 3 * np.std(sizes)


def test_too_few_matches_are_not_judged():
    rows, consistent = measure_rows(exact(FEWEST - 1))
    assert not rows.judged
    assert math.isnan(rows.size_px)
    assert not consistent.any()
    assert measure_rows(exact(FEWEST))[0].judged


def test_points_that_agree_about_nothing_are_not_judged():
    rows, _ = measure_rows(wrong(exact(300), 1.0))
    assert not rows.judged


def test_two_different_pictures_are_not_judged():
    assert not alignment(scene(2), scene(3)).rows.judged


@pytest.mark.parametrize("level", [0, 128])
def test_empty_pictures_have_no_matches(level: int):
    nothing = np.full((HEIGHT, WIDTH), level, np.uint8)
    assert len(find_matches(nothing, nothing)) == 0
    assert len(find_matches(nothing, grey_of(scene()))) == 0


def test_matches_are_where_the_content_went():
    left = grey_of(scene())
    matrix = np.array(about_the_middle(right=-7, down=2))
    found = find_matches(left, warped(left, matrix.tolist()))
    assert len(found) > 50
    assert np.median(found.disparity) == pytest.approx(7, abs=0.02)
    assert np.median(found.row_difference) == pytest.approx(2, abs=0.02)


def test_a_dark_view_still_has_matches():
    left = scene()
    assert alignment(left // 16, warped(left, about_the_middle(right=-5)) // 16).rows.judged


def test_large_images_are_matched_at_their_own_coordinates():
    left = cv2.resize(scene(), (1500, 750), interpolation=cv2.INTER_CUBIC)
    assert left.shape[0] * left.shape[1] > 2 * MOST_PIXELS
    found = alignment(left, np.roll(left, (-30, 12), axis=(1, 0)))
    assert found.rows.offset_px == pytest.approx(12, abs=0.05)
    assert np.median(found.matches.disparity) == pytest.approx(30, abs=0.05)


@pytest.mark.parametrize("disparity", [6, 20, -13])
def test_a_plane_has_its_sign_and_range(disparity: int):
    measures = measure_pair(plane(disparity, height=96, width=200))
    assert measures.alignment.sides.negative_share == (disparity < 0)
    assert measures.reach is not None
    assert measures.reach.lowest_px == pytest.approx(disparity, abs=0.5)
    assert measures.reach.highest_px == pytest.approx(disparity, abs=0.5)


def test_principal_points_decide_where_infinity_is():
    """Surgical stereo: raw disparities are negative, and right."""
    found = exact(100, disparity=-28)
    assert measure_sides(found).negative_share == 1
    assert measure_sides(found, doffs=91).negative_share == 0
    assert measure_sides(found, doffs=27.5).signed == 0  # at infinity nothing has a sign


def test_the_share_of_negative_disparities_is_counted_among_those_with_a_sign():
    parts = [exact(30, disparity=9), exact(10, disparity=-4), exact(60, disparity=0.5)]
    left, right = (np.concatenate([getattr(part, side) for part in parts]) for side in ("left", "right"))
    sides = measure_sides(Matches(left, right, HEIGHT, WIDTH))
    assert (sides.negative_share, sides.signed, sides.matches) == (0.25, 40, 100)


def two_planes(far: int, near: int) -> tuple[np.ndarray, np.ndarray]:
    """The lower half is nearer than the upper one."""
    wide = grey_of(scene(5, 160, 700))
    left = wide[:, 100:500]
    right = np.concatenate([wide[:80, 100 + far : 500 + far], wide[80:, 100 + near : 500 + near]])
    return left, right


@pytest.mark.parametrize("far, near", [(10, 60), (-20, 30)])
def test_the_range_holds_all_planes_and_a_margin(far: int, near: int):
    reach = measure_reach(*two_planes(far, near))
    assert reach.lowest_px == pytest.approx(far - 0.1 * (near - far), abs=1.5)
    assert reach.highest_px == pytest.approx(near + 0.1 * (near - far), abs=1.5)
    assert reach.matched > 0.8


def test_the_range_ends_at_infinity():
    assert measure_reach(*two_planes(1, 60)).lowest_px == 0
    assert measure_reach(*two_planes(21, 80), doffs=-20.0).lowest_px == 20


def test_no_range_is_given_where_little_matches():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (2, 100, 200), dtype=np.uint8)
    assert math.isnan(measure_reach(*noise).highest_px)


def test_rows_that_do_not_match_give_no_range():
    left = scene()
    views = Views(left, warped(left, about_the_middle(down=6, right=-5)), *(np.zeros((HEIGHT, WIDTH), np.uint8),) * 2)
    views = replace(views, left_grey=grey_of(views.left), right_grey=grey_of(views.right))
    assert measure_pair(plane(6), views).reach is None


def test_nothing_is_said_of_too_few():
    sides = measure_sides(exact(5))
    assert math.isnan(sides.negative_share)


def test_torch_images_become_eight_bits():
    image = torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 4, 5)
    assert rgb_of(image)[2, 3].tolist() == [0, 128, 255]
    assert grey_of(rgb_of(image))[0, 0] == round(0.587 * 128 + 0.114 * 255)
