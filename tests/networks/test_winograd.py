"""Fast convolutions: the same numbers as direct ones, only where they are faster, and never with old weights."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from wilddepth.networks import winograd as winograd_module
from wilddepth.networks.block import SLOPE, ConvChain, SameConv2d, convolved
from wilddepth.networks.madnet import MADNet
from wilddepth.networks.winograd import fast_convolved, suits, transformed, winograd


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def layer(channels_in: int, channels_out: int, dilation: int = 1, seed: int = 1) -> SameConv2d:
    made = SameConv2d(channels_in, channels_out, dilation=dilation)
    with torch.no_grad():
        made.weight.copy_(random(*made.weight.shape, seed=seed))
        made.bias.copy_(random(channels_out, seed=seed))
    return made


def by_operator(convolution: SameConv2d, values: Tensor) -> Tensor:
    return torch.ops.wilddepth.winograd(values, convolution.weight, convolution.bias, convolution.dilation[0])


def exact(convolution: SameConv2d, values: Tensor) -> Tensor:
    weight, bias, dilation = convolution.weight.double(), convolution.bias.double(), convolution.dilation
    found = functional.conv2d(values.double(), weight, bias, padding=dilation, dilation=dilation)
    return functional.leaky_relu(found, SLOPE).float()


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The output channels of each layer that took the fast way."""
    calls: list[int] = []
    operator = winograd_module._operator

    def counted(values: Tensor, weight: Tensor, bias: Tensor, dilation: int, slope: float) -> Tensor:
        calls.append(weight.shape[0])
        return operator(values, weight, bias, dilation, slope)

    monkeypatch.setattr(winograd_module, "_operator", counted)
    return calls


@pytest.mark.parametrize(
    ("batch", "channels_in", "channels_out", "dilation", "height", "width"),
    [
        (1, 1, 1, 1, 6, 6),
        (1, 1, 1, 1, 1, 1),
        (1, 3, 2, 1, 12, 18),
        (2, 5, 7, 1, 7, 13),
        (1, 33, 40, 1, 5, 23),
        (1, 4, 3, 2, 12, 24),
        (2, 3, 2, 4, 16, 36),
        (1, 2, 3, 8, 8, 16),
        (3, 2, 2, 2, 10, 14),
    ],
)
@torch.inference_mode()
def test_it_is_the_direct_convolution(
    batch: int, channels_in: int, channels_out: int, dilation: int, height: int, width: int
):
    convolution = layer(channels_in, channels_out, dilation)
    values = random(batch, channels_in, height, width)
    found = by_operator(convolution, values)
    torch.testing.assert_close(found, exact(convolution, values), atol=2e-4, rtol=1e-4)
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0])
@torch.inference_mode()
def test_any_slope_below_zero(slope: float):
    convolution, values = layer(32, 64), random(1, 32, 12, 12)
    expected = functional.leaky_relu(functional.conv2d(values, convolution.weight, convolution.bias, padding=1), slope)
    torch.testing.assert_close(fast_convolved(convolution, values, slope), expected, atol=2e-4, rtol=1e-4)


@torch.inference_mode()
def test_the_memory_format_of_the_input_does_not_matter():
    convolution, values = layer(4, 4), random(1, 4, 12, 12)
    last = values.contiguous(memory_format=torch.channels_last)
    assert torch.equal(by_operator(convolution, values), by_operator(convolution, last))


@pytest.mark.parametrize("threads", [2, 3, 64])
@torch.inference_mode()
def test_the_number_of_threads_changes_nothing(threads: int, monkeypatch: pytest.MonkeyPatch):
    convolution, values = layer(4, 4, dilation=2), random(2, 4, 28, 24)
    expected = by_operator(convolution, values)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert torch.equal(by_operator(convolution, values), expected)


@torch.inference_mode()
def test_large_maps_are_done_in_pieces(monkeypatch: pytest.MonkeyPatch):
    convolution, values = layer(4, 4), random(2, 4, 28, 24)
    expected = exact(convolution, values)
    monkeypatch.setattr(winograd_module, "TILES_AT_ONCE", 5)
    torch.testing.assert_close(by_operator(convolution, values), expected, atol=2e-4, rtol=1e-4)


def test_a_kernel_that_copies_the_centre_is_transformed_to_products_of_its_points():
    centre = torch.zeros(1, 1, 3, 3)
    centre[..., 1, 1] = 1
    # At a point p the polynomial w0 + w1 p + w2 p^2 is p for the middle weight, times the constants of the paper.
    point = torch.tensor([0, -2 / 9, 2 / 9, 1 / 45, -1 / 45, 1 / 90, -1 / 90, 0])
    torch.testing.assert_close(transformed(centre).view(8, 8), point[:, None] * point[None, :])


@torch.no_grad()
def test_weights_that_change_in_place_are_seen():
    convolution, values = layer(2, 2), random(1, 2, 6, 6)
    by_operator(convolution, values)
    convolution.weight.mul_(2)
    torch.testing.assert_close(by_operator(convolution, values), exact(convolution, values), atol=2e-4, rtol=1e-4)


def test_memory_kept_in_inference_mode_serves_outside_of_it():
    convolution, values = layer(40, 40), random(1, 40, 12, 12)
    winograd_module._workspace.kept.clear()
    with torch.inference_mode():
        expected = by_operator(convolution, values)
    with torch.no_grad():
        torch.testing.assert_close(by_operator(convolution, values), expected)


@torch.inference_mode()
def test_it_suits_plain_layers_of_many_channels():
    assert suits(layer(32, 64), random(1, 32, 12, 12))
    assert suits(layer(32, 64, dilation=4), random(1, 32, 24, 48))


@pytest.mark.parametrize(
    ("convolution", "values"),
    [
        (lambda: layer(31, 64), lambda: random(1, 31, 12, 12)),
        (lambda: layer(32, 63), lambda: random(1, 32, 12, 12)),
        (lambda: SameConv2d(32, 64, stride=2), lambda: random(1, 32, 12, 12)),
        (lambda: SameConv2d(32, 64, kernel=1), lambda: random(1, 32, 12, 12)),
        (lambda: layer(32, 64, dilation=2), lambda: random(1, 32, 12, 13)),  # not whole parts
        (lambda: layer(32, 64), lambda: random(1, 32, 7, 7)),  # 144 pixels computed for 49
        (lambda: layer(32, 64).double(), lambda: random(1, 32, 12, 12).double()),
        (lambda: layer(32, 64), lambda: random(1, 32, 12, 12).bfloat16()),
        (lambda: layer(32, 64).to("meta"), lambda: random(1, 32, 12, 12).to("meta")),  # another device
    ],
)
@torch.inference_mode()
def test_it_does_not_suit_others(convolution: Callable[[], SameConv2d], values: Callable[[], Tensor]):
    assert not suits(convolution(), values())


@torch.inference_mode()
def test_it_does_not_suit_low_precision():
    with torch.autocast("cpu", torch.bfloat16):
        assert not suits(layer(32, 64), random(1, 32, 12, 12))


def test_gradients_take_the_direct_way(used: list[int]):
    convolution, values = layer(32, 64), random(1, 32, 12, 12)
    fast_convolved(convolution, values).sum().backward()
    assert not used
    expected = torch.autograd.grad(convolved(convolution, values).sum(), convolution.weight)[0]
    torch.testing.assert_close(convolution.weight.grad, expected)


@torch.inference_mode()
def test_what_does_not_suit_is_done_directly(used: list[int]):
    convolution, values = layer(3, 4), random(1, 3, 12, 12)
    torch.testing.assert_close(fast_convolved(convolution, values), convolved(convolution, values))
    assert not used


@torch.inference_mode()
def test_chains_are_fast_inside_the_context_and_as_before_outside(used: list[int]):
    chain, values = ConvChain([layer(32, 64), layer(64, 1)]), 0.01 * random(1, 32, 12, 12)
    expected = chain(values)
    with winograd(chain):
        torch.testing.assert_close(chain(values), expected, atol=1e-3, rtol=1e-4)
    assert used == [64]
    with pytest.raises(RuntimeError, match="inside"), winograd(chain):
        raise RuntimeError("inside")
    assert torch.equal(chain(values), expected)
    assert used == [64]


@torch.inference_mode()
def test_contexts_can_be_nested(used: list[int]):
    chain, values = ConvChain([layer(32, 64), layer(64, 1)]), random(1, 32, 12, 12)
    with winograd(chain):
        with winograd(chain):
            chain(values)
        chain(values)
    chain(values)
    assert used == [64, 64]


@torch.inference_mode()
def test_madnet_predicts_the_same(used: list[int]):
    network = MADNet(generator=torch.Generator().manual_seed(0))
    left, right = random(2, 1, 3, 384, 384).mul(0.2).add(0.5).clamp(0, 1).unbind(0)
    expected = network(left, right, heads="final").disparities[-1]
    with winograd(network):
        found = network(left, right, heads="final").disparities[-1]
    assert used.count(128) >= 5
    assert expected.std() > 0.1
    assert (found - expected).abs().mean() < 1e-3
