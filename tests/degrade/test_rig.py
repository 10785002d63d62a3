"""A rig's faults move the content as OpenCV moves it."""

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from tiny import picture
from wilddepth.degrade import rig

HEIGHT, WIDTH = 60, 90


def moved_by_opencv(image: Tensor, matrix: np.ndarray) -> Tensor:
    view = image[0].permute(1, 2, 0).numpy()
    moved = cv2.warpAffine(view, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return torch.from_numpy(moved).permute(2, 0, 1)[None].clamp(0, 1)


def inside(image: Tensor) -> Tensor:
    return image[..., 10:-10, 10:-10]


@pytest.mark.parametrize("fault", [rig.row_offset, rig.roll, rig.scale])
def test_no_strength_changes_nothing(fault):
    image = picture(0, HEIGHT, WIDTH)
    torch.testing.assert_close(fault(image, 0.0), image, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rows", [3, -4])
def test_whole_rows_are_a_shift(rows: int):
    image = picture(0, HEIGHT, WIDTH)
    expected = image.roll(rows, dims=-2)
    torch.testing.assert_close(inside(rig.row_offset(image, float(rows))), inside(expected), rtol=0, atol=1e-4)


def test_what_comes_from_beyond_is_the_edge():
    image = picture(0, HEIGHT, WIDTH)
    moved = rig.row_offset(image, 5.0)
    torch.testing.assert_close(moved[..., 0, :], image[..., 0, :], rtol=0, atol=1e-5)


@pytest.mark.parametrize("degrees", [1.5, -4.0])
def test_roll_is_a_clockwise_turn(degrees: float):
    image = picture(1, HEIGHT, WIDTH)
    matrix = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), -degrees, 1.0)
    difference = (inside(rig.roll(image, degrees)) - inside(moved_by_opencv(image, matrix))).abs()
    assert difference.mean() < 2e-3  # OpenCV rounds positions to 1/32 px


def test_roll_lowers_the_right_side():
    image = torch.zeros(1, 3, 61, 91)
    image[..., 30, 75] = 1  # 30 px to the right of the middle
    turned = rig.roll(image, 10.0)[0, 0]
    row = int(turned.argmax()) // 91
    assert row == round(30 + 30 * np.sin(np.radians(10)))


@pytest.mark.parametrize("percent", [3.0, -2.5])
def test_scale_enlarges_about_the_middle(percent: float):
    image = picture(2, HEIGHT, WIDTH)
    matrix = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), 0.0, 1 + percent / 100)
    difference = (inside(rig.scale(image, percent)) - inside(moved_by_opencv(image, matrix))).abs()
    assert difference.mean() < 2e-3


def test_each_image_of_a_batch_has_its_own_strength():
    image = picture(0, HEIGHT, WIDTH).expand(2, -1, -1, -1)
    moved = rig.row_offset(image, torch.tensor([0.0, 2.0]))
    torch.testing.assert_close(moved[:1], rig.row_offset(image[:1], 0.0))
    torch.testing.assert_close(moved[1:], rig.row_offset(image[:1], 2.0))


def test_values_stay_between_black_and_white():
    steps = (torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0)) > 0.5).float()
    moved = rig.roll(steps, 7.0)
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_swapped_views_are_exchanged():
    left, right = picture(0), picture(1)
    first, second = rig.swapped(left, right)
    assert first is right
    assert second is left
