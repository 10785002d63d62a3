"""Padding to a multiple and back."""

import numpy as np
import pytest
import torch

from wilddepth.geometry.pad import Padding, crop, pad


def test_a_kitti_image_gets_four_rows_above_and_five_below():
    padding = Padding.to_multiple(375, 1242, 64)
    assert padding == Padding(top=4, bottom=5, left=19, right=19)
    assert pad(torch.zeros(1, 1, 375, 1242), padding).shape == (1, 1, 384, 1280)


def test_a_multiple_stays_as_it_is():
    image = torch.rand(1, 3, 64, 128)
    padding = Padding.to_multiple(64, 128, 64)
    assert padding == Padding(0, 0, 0, 0)
    assert pad(image, padding).equal(image)


@pytest.mark.parametrize("border, numpy_name", [("reflect", "reflect"), ("replicate", "edge")])
@pytest.mark.parametrize(
    "shape, padding",
    [
        ((5, 7), Padding(1, 2, 3, 0)),
        ((5, 7), Padding(4, 4, 6, 6)),  # all that one reflection can give
        ((3, 2), Padding(9, 10, 30, 31)),  # more than the image is large
        ((1, 4), Padding(2, 2, 0, 5)),  # nothing to reflect in y
    ],
)
def test_borders_are_those_of_numpy(shape, padding, border, numpy_name):
    image = torch.rand(2, 3, *shape)
    rows, columns = (padding.top, padding.bottom), (padding.left, padding.right)
    expected = np.pad(image.numpy(), ((0, 0), (0, 0), rows, columns), mode=numpy_name)
    np.testing.assert_array_equal(pad(image, padding, border).numpy(), expected)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.bfloat16, torch.float64])
def test_any_type_is_kept(dtype):
    image = torch.rand(1, 1, 4, 5).round().to(dtype)
    padded = pad(image, Padding(1, 1, 1, 1))
    assert padded.dtype == dtype
    assert padded[..., 1:-1, 1:-1].equal(image)


@pytest.mark.parametrize("size", [(1, 1), (63, 65), (64, 1), (130, 191)])
def test_cropping_undoes_padding(size):
    image = torch.rand(1, 2, *size)
    padding = Padding.to_multiple(*size, 64)
    padded = pad(image, padding)
    assert padded.shape[-2] % 64 == padded.shape[-1] % 64 == 0
    assert crop(padded, padding).equal(image)


def test_gradient_of_the_border_arrives_at_its_source():
    image = torch.zeros(1, 1, 1, 3, requires_grad=True)
    pad(image, Padding(0, 0, 1, 0)).sum().backward()
    assert image.grad.flatten().tolist() == [1, 2, 1]  # the column left of 0 is column 1 again


def test_an_empty_image_is_refused():
    with pytest.raises(ValueError, match="cannot pad a 0x5 image"):
        Padding.to_multiple(0, 5, 64)


def test_cropping_an_image_that_was_never_padded_is_refused():
    with pytest.raises(ValueError, match="leaves nothing of a 4x4 image"):
        crop(torch.zeros(1, 1, 4, 4), Padding(2, 2, 0, 0))
