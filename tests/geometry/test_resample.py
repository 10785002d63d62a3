"""The resize conventions, each against its formula and an outside implementation."""

import cv2
import numpy as np
import pytest
import torch

from wilddepth.geometry.resample import resize

CONVENTIONS = ("half-pixel", "align-corners", "tf1", "area", "nearest")
SOURCE_COLUMN = {
    "half-pixel": lambda x, old, new: (x + 0.5) * old / new - 0.5,
    "align-corners": lambda x, old, new: x * (old - 1) / (new - 1),
    "tf1": lambda x, old, new: x * old / new,
}
SIZES = [(4, 6, 13, 17), (5, 7, 20, 28), (20, 28, 5, 7), (13, 17, 4, 6), (2, 3, 128, 192)]


def by_the_formula(row, new, convention):
    """A row resized by hand: linear between the pixels around the source column, clamped."""
    position = SOURCE_COLUMN[convention](np.arange(new), len(row), new)
    return np.interp(position, np.arange(len(row)), row)


@pytest.mark.parametrize("convention", SOURCE_COLUMN)
@pytest.mark.parametrize("rows, columns, new_rows, new_columns", SIZES)
def test_bilinear_conventions_follow_their_formula(convention, rows, columns, new_rows, new_columns):
    image = torch.rand(1, 1, rows, columns, dtype=torch.float64)
    along = np.stack([by_the_formula(row, new_columns, convention) for row in image[0, 0].numpy()])
    both = np.stack([by_the_formula(column, new_rows, convention) for column in along.T]).T
    np.testing.assert_allclose(resize(image, new_rows, new_columns, convention)[0, 0], both, atol=1e-12)


@pytest.mark.parametrize("factor", [2, 3, 4, 64])
def test_tf1_keeps_every_pixel_in_the_top_left_of_its_block(factor):
    image = torch.rand(2, 3, 4, 5)
    finer = resize(image, 4 * factor, 5 * factor, "tf1")
    torch.testing.assert_close(finer[..., ::factor, ::factor], image)


def test_tf1_is_half_pixel_moved_left_and_up():
    image = torch.rand(1, 1, 6, 8)
    legacy, symmetric = (resize(image, 18, 24, name) for name in ("tf1", "half-pixel"))
    torch.testing.assert_close(legacy[..., :-1, :-1], symmetric[..., 1:, 1:])  # (3 - 1) / 2 = 1 px


def test_half_pixel_is_opencvs_linear():
    image = np.random.default_rng(0).random((9, 14), dtype=np.float32)
    expected = cv2.resize(image, (31, 23), interpolation=cv2.INTER_LINEAR)
    actual = resize(torch.from_numpy(image)[None, None], 23, 31, "half-pixel")
    np.testing.assert_allclose(actual[0, 0], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(3, 7), (5, 6), (8, 20)])
def test_shrinking_by_area_is_opencvs(size):
    image = np.random.default_rng(1).random((15, 21), dtype=np.float32)
    expected = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    actual = resize(torch.from_numpy(image)[None, None], *size, "area")
    np.testing.assert_allclose(actual[0, 0], expected, atol=1e-6)


def test_area_keeps_the_mean():
    image = torch.rand(1, 2, 13, 17, dtype=torch.float64)
    for size in ((5, 4), (13, 30), (26, 34)):
        torch.testing.assert_close(resize(image, *size, "area").mean((-2, -1)), image.mean((-2, -1)))


def test_area_is_not_rounded_under_autocast():
    image = torch.rand(1, 1, 13, 17)
    with torch.autocast("cpu", torch.bfloat16):
        inside = resize(image, 5, 4, "area")
    assert inside.equal(resize(image, 5, 4, "area"))


def test_nearest_takes_the_pixel_under_the_centre():
    image = torch.arange(5.0).view(1, 1, 1, 5)
    assert resize(image, 1, 3, "nearest").flatten().tolist() == [0, 2, 4]
    assert resize(image, 1, 10, "nearest").flatten().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_same_size_is_the_same_image(convention):
    image = torch.rand(2, 3, 7, 9)
    torch.testing.assert_close(resize(image, 7, 9, convention), image)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_constant_stays_constant(convention):
    image = torch.full((1, 1, 5, 7), 2.5)
    torch.testing.assert_close(resize(image, 11, 3, convention), torch.full((1, 1, 11, 3), 2.5))


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_gradients_of_first_and_second_order(convention):
    image = torch.rand(1, 1, 3, 4, dtype=torch.float64, requires_grad=True)

    def squared(image):  # resizing is linear: only its square has a second derivative
        return resize(image, 7, 6, convention).square()

    assert torch.autograd.gradcheck(squared, image)
    assert torch.autograd.gradgradcheck(squared, image)


def test_a_size_of_zero_is_refused():
    with pytest.raises(ValueError, match="cannot resize to 0x4"):
        resize(torch.rand(1, 1, 3, 4), 0, 4, "tf1")
