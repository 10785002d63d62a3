"""Building blocks that several stereo networks share.

Feature maps are (b, c, h, w); x is the column. A matching pixel of the right view lies at x - d, d >= 0.
"""

from collections.abc import Callable

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


def leaky(values: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2, in place: a convolution does not need its output again, so half the memory is saved."""
    return functional.leaky_relu(values, SLOPE, inplace=True)


def convolved(layer: nn.Module, values: Float[Tensor, "b c h w"]) -> Float[Tensor, "b n y x"]:
    """A layer and the leaky ReLU behind it."""
    return leaky(layer(values))


Convolved = Callable[[nn.Module, Tensor], Tensor]


class ConvChain(nn.ModuleList):
    """Convolutions with a leaky ReLU (0.2) between them; the last one is linear and runs in at least float32.

    bfloat16 has 8 significant bits: a disparity of 100 px that left its layer in it would come in steps of half a
    pixel. So autocast is switched off for the last, cheap layer.

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
        with torch.autocast(values.device.type, enabled=False):
            precise: Tensor = last(values.to(last.weight.dtype))
        return precise


def correlate_rows(
    left: Float[Tensor, "b c h w"], right: Float[Tensor, "b c h w"], radius: int
) -> Float[Tensor, "b n h w"]:
    """Mean over the channels of left(x) * right(x + s) for s = -radius..radius; zero outside the right map.

    Channel i is the shift i - radius, n = 2 * radius + 1.

    Source:
        DispNetC's correlation layer (Mayer et al., CVPR 2016), with the mean that MADNet takes.
    """
    width = left.shape[-1]
    padded = functional.pad(right, (radius, radius))
    shifts = [(left * padded[..., i : i + width]).mean(1) for i in range(2 * radius + 1)]
    return torch.stack(shifts, 1)
