"""Building blocks that several stereo networks share.

Feature maps are (b, c, h, w); x is the column. A matching pixel of the right view lies at x - d, d >= 0.
"""

from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.2
"""Of the leaky ReLU, below zero."""


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros before and after a row of `size` values for TensorFlow's "SAME" convolution: output = ceil(size / stride).

    An odd total puts the extra zero AFTER: a 3-wide kernel of stride 2 on an even size pads 0 before and 1 after, where
    `padding=1` would look one pixel further left.
    """
    # The last kernel begins `size % stride` (or a whole stride) before the end. Only this remainder is asked for: with
    # the number of outputs in the formula, a compiler that keeps sizes symbolic drowns in nested divisions.
    total = max((kernel - 1) * dilation + 1 - (size % stride or stride), 0)
    return total // 2, total - total // 2


class SameConv2d(nn.Conv2d):
    """A square convolution with bias and TensorFlow's "SAME" zero padding (see `same_padding`)."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__(channels_in, channels_out, kernel, stride=stride, dilation=dilation)

    def forward(self, input: Float[Tensor, "b c h w"]) -> Float[Tensor, "b n y x"]:
        """The convolved map, ceil(h / stride) x ceil(w / stride)."""
        kernel, stride, dilation = self.kernel_size[0], self.stride[0], self.dilation[0]
        rows = same_padding(input.shape[-2], kernel, stride, dilation)
        columns = same_padding(input.shape[-1], kernel, stride, dilation)
        padding = (rows[0], columns[0])
        if rows[0] != rows[1] or columns[0] != columns[1]:
            input, padding = functional.pad(input, (*columns, *rows)), (0, 0)
        return functional.conv2d(input, self.weight, self.bias, stride, padding, dilation)


class Norm(nn.Module):
    """Batch normalisation of 2-D or 3-D maps over all axes but the channels.

    It is nn.BatchNorm without its counter of batches, a whole number that checkpoints need not carry.

    Attributes:
        kept: normalise by the running statistics while training too, and leave them as they are.
    """

    EPSILON = 1e-5
    MOMENTUM = 0.1
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.kept = False

    @torch.no_grad()
    def reset(self) -> None:
        """As new."""
        for values, start in ((self.weight, 1), (self.bias, 0), (self.running_mean, 0), (self.running_var, 1)):
            values.fill_(start)

    def forward(self, values: Tensor) -> Tensor:
        """(values - mean) / sqrt(variance + 1e-5) * weight + bias."""
        learning = self.training and not self.kept
        mean, variance = self.running_mean, self.running_var
        return functional.batch_norm(
            values, mean, variance, self.weight, self.bias, learning, self.MOMENTUM, self.EPSILON
        )


def leaky(values: Tensor, slope: float = SLOPE) -> Tensor:
    """Leaky ReLU, in place: a convolution does not need its output again, so half the memory is saved."""
    return values if slope == 1 else functional.leaky_relu(values, slope, inplace=True)


def convolved(layer: nn.Module, values: Float[Tensor, "b c h w"], slope: float = SLOPE) -> Float[Tensor, "b n y x"]:
    """A layer and the leaky ReLU behind it; a slope of 1 leaves the layer linear."""
    return leaky(layer(values), slope)


class Convolved(Protocol):
    """How a layer and its activation are computed (see `convolved`)."""

    def __call__(self, layer: nn.Module, values: Tensor, slope: float = SLOPE) -> Tensor:
        """The activated map."""


def precise(layer: nn.Module, values: Tensor) -> Tensor:
    """A layer in the precision of its weights, whatever autocast asks for.

    bfloat16 has 8 significant bits: a disparity of 100 px that left its layer in it would come in steps of half a
    pixel. The layers that predict are cheap.
    """
    with torch.autocast(values.device.type, enabled=False):
        found: Tensor = layer(values.to(next(layer.parameters()).dtype))
    return found


class ConvChain(nn.ModuleList):
    """Convolutions with a leaky ReLU (0.2) between them; the last one is linear and `precise`.

    Attributes:
        convolved: computes a layer and its activation; see `networks.winograd` for another way.
    """

    convolved: Convolved = staticmethod(convolved)

    def convolutions(self) -> list[SameConv2d]:
        """The layers in order."""
        return [layer for layer in self if isinstance(layer, SameConv2d)]

    def forward(self, values: Float[Tensor, "b c h w"]) -> Float[Tensor, "b n h w"]:
        """The last layer's values, for layers of stride 1."""
        *hidden, last = self.convolutions()
        for layer in hidden:
            values = self.convolved(layer, values)
        return precise(last, values)


@torch.no_grad()
def pass_through(decoder: ConvChain, gain: float) -> None:
    """Let a decoder begin with `gain` times its last input channel, a displacement u <= 0, beside what it learns.

    Channel 0 of each layer carries -u >= 0, which no other channel feeds and the leaky ReLUs leave alone; a
    displacement of the wrong sign is shrunk by 0.2 a layer.
    """
    *hidden, last = decoder.convolutions()
    for number, layer in enumerate(hidden):
        layer.weight[0] = 0.0
        layer.weight[0, -1 if number == 0 else 0, 1, 1] = -1.0 if number == 0 else 1.0
    last.weight[0, 0] = 0.0
    last.weight[0, 0, 1, 1] = -gain


def correlate_rows(
    left: Float[Tensor, "b c h w"], right: Float[Tensor, "b c h w"], radius: int
) -> Float[Tensor, "b n h w"]:
    """Mean over the channels of left(x) * right(x + s) for s = -radius..radius; zero outside the right map.

    Channel i is the shift i - radius, n = 2 * radius + 1.

    Source:
        DispNetC's correlation layer (Mayer et al., CVPR 2016), with the mean that MADNet takes.
    """
    if radius > WIDEST_LOOP:
        return _band(left, right, radius)
    width = left.shape[-1]
    padded = functional.pad(right, (radius, radius))
    shifts = [(left * padded[..., i : i + width]).mean(1) for i in range(2 * radius + 1)]
    return torch.stack(shifts, 1)


WIDEST_LOOP = 8
"""Radius up to which one product of the maps a shift is faster than all products of a row at once."""
PRODUCTS_AT_ONCE = 1 << 24
"""Rows are multiplied in pieces, so that memory does not grow with the square of the width times the height."""


def _band(left: Tensor, right: Tensor, radius: int) -> Tensor:
    """Each row as a product of two matrices, left columns by right columns, of which a diagonal band is kept."""
    batch, channels, width = left.shape[0], left.shape[1], left.shape[-1]
    rows = max(PRODUCTS_AT_ONCE // (width * (width + 2 * radius) * batch), 1)
    pieces = [
        _band_of(one, other, radius)
        for one, other in zip(torch.split(left, rows, 2), torch.split(right, rows, 2), strict=True)
    ]
    return torch.cat(pieces, 1).permute(0, 3, 1, 2) / channels


def _band_of(left: Tensor, right: Tensor, radius: int) -> Tensor:
    width, reach = left.shape[-1], 2 * radius
    columns = functional.pad(right, (radius, radius)).permute(0, 2, 1, 3)
    products = left.permute(0, 2, 3, 1) @ columns  # b h w (w + reach): the product at shift s stands at x + s
    # One more value a row, and row x begins x places later: the band becomes the first columns of a table.
    skewed = functional.pad(products.flatten(2), (0, width)).view(*products.shape[:3], width + reach + 1)
    return skewed[..., : reach + 1]
