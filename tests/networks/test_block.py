"""Blocks of stereo networks: TensorFlow's padding, correlation along rows, chains of convolutions."""

import pytest
import torch

from wilddepth.networks import block
from wilddepth.networks.block import SLOPE, ConvChain, SameConv2d, convolved, correlate_rows, same_padding


@pytest.mark.parametrize(
    "size, kernel, stride, dilation, expected",
    [
        (64, 3, 1, 1, (1, 1)),
        (64, 3, 2, 1, (0, 1)),  # even: only after
        (65, 3, 2, 1, (1, 1)),
        (64, 7, 2, 1, (2, 3)),
        (64, 3, 1, 16, (16, 16)),
        (64, 1, 2, 1, (0, 0)),  # never negative
    ],
)
def test_padding_is_tensorflows_same(size, kernel, stride, dilation, expected):
    assert same_padding(size, kernel, stride, dilation) == expected


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 4])
@pytest.mark.parametrize("height, width", [(8, 12), (7, 11), (1, 2)])
def test_output_has_one_value_for_each_stride_begun(stride, dilation, height, width):
    layer = SameConv2d(2, 5, stride=stride, dilation=dilation)
    assert layer(torch.rand(3, 2, height, width)).shape == (3, 5, -(-height // stride), -(-width // stride))


def single_tap(row, column, **options):
    """A convolution that copies what its tap (row, column) sees."""
    layer = SameConv2d(1, 1, **options)
    with torch.no_grad():
        layer.weight.zero_()[0, 0, row, column] = 1
        layer.bias.zero_()
    return layer


def test_stride_two_starts_at_the_first_pixel_of_an_even_image():
    image = torch.rand(1, 1, 6, 8)
    assert single_tap(0, 0, stride=2)(image).equal(image[..., ::2, ::2])
    last = single_tap(2, 2, stride=2)(image)
    assert last[..., :-1, :-1].equal(image[..., 2::2, 2::2])
    assert not last[..., -1, :].any()
    assert not last[..., :, -1].any()  # the zeros after


def test_dilated_taps_lie_apart():
    image = torch.rand(1, 1, 5, 9)
    seen = single_tap(1, 2, dilation=4)(image)
    assert seen[..., :-4].equal(image[..., 4:])
    assert not seen[..., -4:].any()


def test_correlation_channels_are_shifts_from_left_to_right():
    left = torch.ones(1, 3, 2, 6)
    right = torch.arange(1.0, 7).expand(1, 3, 2, 6)
    found = correlate_rows(left, right, 2)[0, :, 0]
    assert found.tolist() == [
        [0, 0, 1, 2, 3, 4],  # right at x - 2
        [0, 1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5, 6],
        [2, 3, 4, 5, 6, 0],
        [3, 4, 5, 6, 0, 0],  # right at x + 2
    ]


def test_correlation_is_the_mean_over_channels():
    left, right = torch.rand(2, 2, 7, 3, 5).unbind(0)
    torch.testing.assert_close(correlate_rows(left, right, 0)[:, 0], (left * right).sum(1) / 7)


def test_correlation_is_differentiable_twice():
    left, right = (torch.rand(1, 2, 2, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradgradcheck(lambda a, b: correlate_rows(a, b, 1), (left, right))


def test_activation_shrinks_what_is_negative():
    values = torch.tensor([-1.0, 2.0]).view(1, 1, 1, 2)
    torch.testing.assert_close(convolved(single_tap(1, 1), values).flatten(), torch.tensor([-SLOPE, 2.0]))


def test_last_layer_of_a_chain_is_linear():
    chain = ConvChain([single_tap(1, 1), single_tap(1, 1)])
    values = torch.tensor([-1.0, 2.0]).view(1, 1, 1, 2)
    torch.testing.assert_close(chain(values).flatten(), torch.tensor([-0.2, 2.0]))


def test_last_layer_of_a_chain_keeps_float32_under_autocast():
    chain = ConvChain([single_tap(1, 1), single_tap(1, 1)])
    with torch.no_grad():
        chain[-1].bias.fill_(5.003)  # bfloat16 has 5.0 and 5.03125
    with torch.autocast("cpu", torch.bfloat16):
        found = chain(torch.zeros(1, 1, 4, 4))
    torch.testing.assert_close(found, torch.full((1, 1, 4, 4), 5.003))


@pytest.mark.parametrize("radius", [9, 12, 40])
@pytest.mark.parametrize("pieces", [1, 1 << 24])
def test_a_wide_correlation_is_the_narrow_one_with_more_shifts(radius, pieces, monkeypatch):
    left, right = torch.rand(2, 2, 7, 5, 11, dtype=torch.float64).unbind(0)
    monkeypatch.setattr(block, "PRODUCTS_AT_ONCE", pieces)
    wide = correlate_rows(left, right, radius)
    monkeypatch.setattr(block, "WIDEST_LOOP", radius)
    torch.testing.assert_close(wide, correlate_rows(left, right, radius))


def test_a_wide_correlation_is_differentiable_twice():
    left, right = (torch.rand(1, 2, 2, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(lambda a, b: correlate_rows(a, b, 9), (left, right))
    assert torch.autograd.gradgradcheck(lambda a, b: correlate_rows(a, b, 9), (left, right))


def test_a_slope_of_one_leaves_a_layer_linear():
    values = torch.tensor([-1.0, 2.0]).view(1, 1, 1, 2)
    torch.testing.assert_close(convolved(single_tap(1, 1), values, 1.0).flatten(), torch.tensor([-1.0, 2.0]))
    torch.testing.assert_close(convolved(single_tap(1, 1), values, 0.1).flatten(), torch.tensor([-0.1, 2.0]))
