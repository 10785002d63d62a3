"""Rectification: rows of the same point are equal, metres are kept, nothing is black unless it is asked for."""

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from wilddepth.geometry.lens import Lens
from wilddepth.geometry.rectify import Rectification, rectification, rectified_points, resampler

MATRIX = np.array([[458.0, 0, 367.0], [0, 457.0, 248.0], [0, 0, 1]])
OTHER = np.array([[440.0, 0, 380.0], [0, 441.0, 230.0], [0, 0, 1]])
RADTAN = np.array([-0.28, 0.074, 0.0002, -0.0004, 0.01])
FISHEYE = np.array([0.02, -0.01, 0.003, 0.0])
LEFT, RIGHT = Lens(MATRIX, RADTAN, False, 752, 480), Lens(OTHER, RADTAN * 0.9, False, 752, 480)
WIDE = Lens(np.array([[250.0, 0, 375.0], [0, 250.0, 240.0], [0, 0, 1]]), FISHEYE, True, 752, 480)
TURN = Rotation.from_rotvec([0.03, -0.02, 0.04]).as_matrix()
SHIFT = -TURN @ np.array([0.2, 0.006, -0.01])

PAIRS = {"radtan": (LEFT, RIGHT), "fisheye": (WIDE, WIDE), "both": (WIDE, RIGHT)}


def points(seed: int = 0) -> np.ndarray:
    """Points in front of the left camera, m."""
    rng = np.random.default_rng(seed)
    depth = rng.uniform(1, 40, 200)
    return np.column_stack((rng.uniform(-0.3, 0.3, 200) * depth, rng.uniform(-0.2, 0.2, 200) * depth, depth))


@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("kind", PAIRS)
def test_every_point_is_on_one_row_and_at_the_depth_of_focal_length_times_baseline(kind: str, alpha: float):
    left, right = PAIRS[kind]
    plan = rectification(left, right, TURN, SHIFT, alpha=alpha)
    world = points()
    first = rectified_points(left.projected(world), left, plan.left, plan)
    second = rectified_points(right.projected(world @ TURN.T + SHIFT), right, plan.right, plan)
    np.testing.assert_allclose(first[:, 1], second[:, 1], atol=1e-5)
    depth = plan.matrix[0, 0] * np.linalg.norm(SHIFT) / (first[:, 0] - second[:, 0])
    np.testing.assert_allclose(depth, (world @ plan.left.T)[:, 2], rtol=1e-6)


def test_the_axes_are_those_of_opencv_and_proper_rotations():
    plan = rectification(LEFT, RIGHT, TURN, SHIFT)
    first, second, *_ = cv2.stereoRectify(
        MATRIX, RADTAN, OTHER, RADTAN, (752, 480), TURN, SHIFT.reshape(3, 1), flags=cv2.CALIB_ZERO_DISPARITY
    )
    np.testing.assert_allclose(plan.left, first, atol=1e-12)
    np.testing.assert_allclose(plan.right, second, atol=1e-12)
    assert np.linalg.det(plan.left) == pytest.approx(1)


@pytest.mark.parametrize("kind", PAIRS)
def test_alpha_0_has_nothing_black_and_wastes_no_row_and_column_at_once(kind: str):
    left, right = PAIRS[kind]
    plan = rectification(left, right, TURN, SHIFT)
    views = [resampler(left, plan.left, plan), resampler(right, plan.right, plan)]
    assert [view.black for view in views] == [0, 0]
    # A longer field of view would leave the picture: 3 % more shows black somewhere, unless a fisheye goes on.
    wider = Rectification(plan.left, plan.right, plan.matrix * [[0.97, 1, 1], [1, 0.97, 1], [1, 1, 1]], 480, 752)
    spread = max(resampler(lens, turn, wider).black for lens, turn in ((left, plan.left), (right, plan.right)))
    assert spread > 0 or kind == "fisheye"


def test_alpha_1_keeps_every_pixel():
    plan = rectification(LEFT, RIGHT, TURN, SHIFT, alpha=1.0)
    corners = np.array([[0, 0], [751, 0], [0, 479], [751, 479], [375, 0], [0, 240]], np.float64)
    for lens, turn in ((LEFT, plan.left), (RIGHT, plan.right)):
        kept = rectified_points(corners, lens, turn, plan)
        assert (kept > -0.5).all()
        assert (kept < [751.5, 479.5]).all()
    assert 0 < resampler(LEFT, plan.left, plan).black < 0.6
    assert plan.matrix[0, 0] < rectification(LEFT, RIGHT, TURN, SHIFT).matrix[0, 0]


def test_a_fisheye_is_not_stretched_beyond_sixty_degrees():
    plan = rectification(WIDE, WIDE, np.eye(3), np.array([-0.1, 0, 0]), alpha=1.0)
    corners = np.array([[-0.5, -0.5], [751.5, 479.5]])
    slopes = (corners - plan.matrix[:2, 2]) / plan.matrix[0, 0]
    assert np.abs(slopes[:, 0]).max() <= np.tan(np.radians(60)) * 1.01


def test_a_rectified_pinhole_pair_stays_as_it_is():
    lens = Lens(np.array([[500.0, 0, 320.0], [0, 500.0, 240.0], [0, 0, 1]]), np.zeros(0), False, 640, 480)
    plan = rectification(lens, lens, np.eye(3), np.array([-0.1, 0.0, 0.0]))
    np.testing.assert_allclose(plan.matrix, lens.matrix, atol=1e-9)
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    made = resampler(lens, plan.left, plan).picture(image)
    assert np.abs(made.astype(int) - image).max() <= 1


def test_another_size_scales_the_camera_and_averages_pixels():
    """A chequered picture at half the size is even grey, where a sample of every second pixel would be black."""
    lens = Lens(np.array([[500.0, 0, 319.5], [0, 500.0, 239.5], [0, 0, 1]]), np.zeros(0), False, 640, 480)
    plan = rectification(lens, lens, np.eye(3), np.array([-0.1, 0.0, 0.0]), height=120, width=160)
    assert (plan.height, plan.width) == (120, 160)
    assert plan.matrix[0, 0] == pytest.approx(125, rel=0.01)
    board = np.where((np.indices((480, 640)).sum(axis=0) % 2) == 0, 0, 255).astype(np.uint8)
    made = resampler(lens, plan.left, plan).picture(np.repeat(board[:, :, None], 3, axis=2))
    assert made.shape[:2] == (120, 160)
    assert np.abs(made[5:-5, 5:-5].astype(int) - 128).max() < 40


@pytest.mark.parametrize(
    "left, right, turn, alpha, message",
    [
        (LEFT, RIGHT, TURN, 1.5, "alpha 1.5 is outside 0..1"),
        (LEFT, RIGHT, TURN, float("nan"), "alpha nan is outside"),
        (Lens(MATRIX, np.array([-2.0, 0, 0, 0, 0]), False, 752, 480), RIGHT, TURN, 0.0, "the lens folds the picture"),
        (LEFT, RIGHT, Rotation.from_euler("y", 100, degrees=True).as_matrix(), 0.0, "the views share no field"),
    ],
)
def test_what_cannot_be_rectified_is_refused(left: Lens, right: Lens, turn: np.ndarray, alpha: float, message: str):
    with pytest.raises(ValueError, match=message):
        rectification(left, right, turn, -turn @ np.array([0.2, 0.0, 0.0]), alpha=alpha)
