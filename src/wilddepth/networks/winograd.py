"""3x3 convolutions with five times fewer multiplications, for prediction in float32 on CPUs.

Winograd's F(6x6, 3x3): tiles of 8x8 inputs (neighbours share 2) are transformed, multiplied with transformed weights,
channels by channels at each of the 64 places, and transformed back to 6x6 outputs. A convolution of dilation d is d x d
ordinary ones, each on every d-th row and column.

Layers of many channels run twice as fast as a direct convolution at the processor's peak; errors are ten times those of
direct float32 sums, 1e-5 of the values. numba translates the kernels at their first use, which takes some seconds, and
keeps them.

Source:
    Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016 (arXiv:1509.09308), sec. 4; with the
    points 0, +-1, +-2, +-1/2 and infinity.
"""

import threading
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar, cast, no_type_check

import numba
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from wilddepth.networks.block import SLOPE, SameConv2d, convolved

Function = TypeVar("Function", bound=Callable[..., Any])

TILE = 6
FEWEST_CHANNELS = (32, 64)
"""In and out: below, the transforms cost more than the multiplications they save."""
MOST_WASTE = 1.15
"""Pixels in whole tiles for each pixel of the map: above, too much is computed beyond its edge."""
TILES_AT_ONCE = 512
"""Bounds the memory for transformed tiles: 64 x 512 values a channel, 17 MB for 128 channels."""

FLOAT = np.float32

KERNEL = (
    (1, 0, 0),
    (-2 / 9, -2 / 9, -2 / 9),
    (-2 / 9, 2 / 9, -2 / 9),
    (1 / 90, 1 / 45, 2 / 45),
    (1 / 90, -1 / 45, 2 / 45),
    (1 / 45, 1 / 90, 1 / 180),
    (1 / 45, -1 / 90, 1 / 180),
    (0, 0, 1),
)
"""The transform of a row of three weights. Those of eight inputs and of eight products are `_into` and `_back`."""


@contextmanager
def winograd(module: nn.Module) -> Iterator[None]:
    """Inside, the parts of `module` that have a `convolved` use this algorithm, where it suits without gradient."""
    parts: list[Any] = [part for part in module.modules() if hasattr(part, "convolved")]
    before = [vars(part).get("convolved") for part in parts]
    for part in parts:
        part.convolved = fast_convolved
    try:
        yield
    finally:
        for part, function in zip(parts, before, strict=True):
            vars(part).pop("convolved", None)  # its class has the usual one
            if function is not None:
                part.convolved = function


def fast_convolved(layer: nn.Module, values: Float[Tensor, "b c h w"], slope: float = SLOPE) -> Tensor:
    """A layer and the leaky ReLU behind it, by this algorithm if it suits, else directly."""
    if not isinstance(layer, SameConv2d) or layer.bias is None or not suits(layer, values):
        return convolved(layer, values, slope)
    return cast(Tensor, _operator(values, layer.weight, layer.bias, layer.dilation[0], float(slope)))


def suits(layer: SameConv2d, values: Float[Tensor, "b c h w"]) -> bool:
    """Whether the algorithm computes this layer, and faster than a direct convolution."""
    dilation = layer.dilation[0]
    if values.device.type != "cpu" or values.shape[-2] % dilation or values.shape[-1] % dilation:
        return False
    height, width = values.shape[-2] // dilation, values.shape[-1] // dilation
    fitting = layer.kernel_size == (3, 3) and layer.stride == (1, 1) and layer.groups == 1
    worth = layer.in_channels >= FEWEST_CHANNELS[0] and layer.out_channels >= FEWEST_CHANNELS[1]
    whole = TILE**2 * -(-height // TILE) * -(-width // TILE) <= MOST_WASTE * height * width
    plain = values.dtype == layer.weight.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    return fitting and worth and whole and plain and not torch.is_grad_enabled()


@torch.library.custom_op("wilddepth::winograd", mutates_args=())
def _operator(values: Tensor, weight: Tensor, bias: Tensor, dilation: int, slope: float = SLOPE) -> Tensor:
    batch, channels, height, width = values.shape
    source = values.permute(0, 2, 3, 1).contiguous().numpy()
    result = values.new_empty((batch, height, width, weight.shape[0]))
    matrices = _matrices_of(weight)
    across, down = -(-width // dilation // TILE), -(-height // dilation // TILE)
    rows = batch * dilation**2 * down
    pieces = -(-rows * across // TILES_AT_ONCE)
    cuts = [rows * piece // pieces for piece in range(pieces + 1)]
    for first, last in pairwise(cuts):
        count = (last - first) * across
        tiles = _workspace.table("tiles", count, channels)
        _in_threads(_transform_tiles, first, last, source, dilation, tiles.flatten(1).numpy())
        products = torch.bmm(tiles, matrices, out=_workspace.table("products", count, weight.shape[0]))
        activation = bias.detach().numpy(), FLOAT(slope)
        _in_threads(_transform_back, first, last, products.flatten(1).numpy(), dilation, *activation, result.numpy())
    return result.permute(0, 3, 1, 2)


@_operator.register_fake
def _(values: Tensor, weight: Tensor, bias: Tensor, dilation: int, slope: float = SLOPE) -> Tensor:
    batch, _, height, width = values.shape
    return values.new_empty((batch, height, width, weight.shape[0])).permute(0, 3, 1, 2)


class _Workspace(threading.local):
    """Memory kept for the next layer: asking the system for fresh pages would take a third of the time."""

    def __init__(self) -> None:
        self.kept: dict[str, Tensor] = {}

    def table(self, name: str, tiles: int, channels: int) -> Float[Tensor, "64 {tiles} {channels}"]:
        size = 64 * tiles * channels
        if name not in self.kept or self.kept[name].numel() < size:
            with torch.inference_mode(False):  # made inside, it could only be written to inside
                self.kept[name] = torch.empty(size, dtype=torch.float32)
        return self.kept[name][:size].view(64, tiles, channels)


_workspace = _Workspace()
_known = cast(MutableMapping[Tensor, tuple[int, Tensor]], WeakIdKeyDictionary())


def _matrices_of(weight: Tensor) -> Float[Tensor, "64 c n"]:
    """The transformed weights, seven times as large, kept until the weights change."""
    version, known = -1 if weight.is_inference() else weight._version, _known.get(weight)
    if known is None or known[0] != version:
        known = (version, transformed(weight))
        _known[weight] = known
    return known[1]


def transformed(weight: Float[Tensor, "n c 3 3"]) -> Float[Tensor, "64 c n"]:
    """The weights of a layer at the 64 places of a transformed tile."""
    outputs, inputs = weight.shape[:2]
    rows = torch.tensor(KERNEL, dtype=torch.float64)
    both = torch.kron(rows, rows).to(weight.dtype)  # place by weight, rows and columns at once
    return (both @ weight.permute(2, 3, 1, 0).reshape(9, -1)).view(64, inputs, outputs)


def _in_threads(kernel: Callable[..., None], first: int, last: int, *arguments: object) -> None:
    """Run a kernel over the rows of tiles first..last-1, divided among as many threads as torch uses."""
    threads = min(torch.get_num_threads(), last - first)
    cuts = [first + (last - first) * part // threads for part in range(threads + 1)]
    spans = [(first, begin, end, *arguments) for begin, end in pairwise(cuts)]
    if threads == 1:
        kernel(*spans[0])
        return
    for done in [_pool(threads).submit(kernel, *span) for span in spans]:
        done.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="winograd")


def kernel(function: Function) -> Function:
    """Translated by numba, kept on disk, and run without Python's lock."""
    return cast(Function, numba.njit(fastmath=True, nogil=True, cache=True)(function))


Rows = tuple[Any, ...]
"""Equally long parts of rows; the inner loops run along them, so that they use vector instructions."""


@kernel
@no_type_check
def _six(table: Any, first: int, step: int, begin: int, end: int) -> Rows:
    """The parts begin:end of six rows of a table."""
    return (
        table[first][begin:end],
        table[first + step][begin:end],
        table[first + 2 * step][begin:end],
        table[first + 3 * step][begin:end],
        table[first + 4 * step][begin:end],
        table[first + 5 * step][begin:end],
    )


@kernel
@no_type_check
def _eight(table: Any, first: int, step: int, begin: int, end: int) -> Rows:
    """The parts begin:end of eight rows of a table."""
    further = table[first + 6 * step][begin:end], table[first + 7 * step][begin:end]
    return _six(table, first, step, begin, end) + further


@kernel
@no_type_check
def _into(rows: Rows, out: Rows) -> None:
    """The eight transformed places of eight inputs."""
    a, b, c, d, e, f, g, h = rows
    out0, out1, out2, out3, out4, out5, out6, out7 = out
    for x in range(len(out0)):
        out0[x] = a[x] - g[x] + FLOAT(5.25) * (e[x] - c[x])
        out7[x] = h[x] - b[x] + FLOAT(5.25) * (d[x] - f[x])
        even = c[x] + g[x] - FLOAT(4.25) * e[x]
        odd = b[x] + f[x] - FLOAT(4.25) * d[x]
        out1[x], out2[x] = even + odd, even - odd
        even = g[x] + FLOAT(0.25) * c[x] - FLOAT(1.25) * e[x]
        odd = FLOAT(0.5) * b[x] - FLOAT(2.5) * d[x] + FLOAT(2) * f[x]
        out3[x], out4[x] = even + odd, even - odd
        even = g[x] + FLOAT(4) * c[x] - FLOAT(5) * e[x]
        odd = FLOAT(2) * b[x] - FLOAT(2.5) * d[x] + FLOAT(0.5) * f[x]
        out5[x], out6[x] = even + odd, even - odd


@kernel
@no_type_check
def _back(rows: Rows, out: Rows) -> None:
    """The six outputs of eight products."""
    a, b, c, d, e, f, g, h = rows
    out0, out1, out2, out3, out4, out5 = out
    for x in range(len(out0)):
        even1, odd1 = b[x] + c[x], b[x] - c[x]
        even2, odd2 = d[x] + e[x], d[x] - e[x]
        even3, odd3 = f[x] + g[x], f[x] - g[x]
        out0[x] = a[x] + even1 + even2 + FLOAT(32) * even3
        out1[x] = odd1 + FLOAT(2) * odd2 + FLOAT(16) * odd3
        out2[x] = even1 + FLOAT(4) * even2 + FLOAT(8) * even3
        out3[x] = odd1 + FLOAT(8) * odd2 + FLOAT(4) * odd3
        out4[x] = even1 + FLOAT(16) * even2 + FLOAT(2) * even3
        out5[x] = h[x] + odd1 + FLOAT(32) * odd2 + odd3


@kernel
@no_type_check
def _activate(values: Any, bias: Any, slope: Any, out: Any) -> None:
    for x in range(len(out)):
        biased = values[x] + bias[x]
        out[x] = max(biased, slope * biased)


@kernel
@no_type_check
def _transform_tiles(base: int, first: int, last: int, image: Any, dilation: int, tiles: Any) -> None:
    """Rows of tiles first..last-1 of images (b, h, w, c) into a table (64, tile * c), which begins with row `base`."""
    _, height, width, channels = image.shape
    rows, columns = height // dilation, width // dilation
    down, across = (rows + 5) // 6, (columns + 5) // 6
    size, long = across * channels, 6 * (across + 1) * channels
    # Every sixth column stands beside the next such one, so that a whole row of tiles is one long loop.
    lines = np.zeros((8, 6, across + 1, channels), image.dtype)
    turned = np.empty((8, 6, long // 6), image.dtype)
    for row in range(first, last):
        part, tile_row = row // down, row % down
        picture, y0, x0 = part // dilation**2, part // dilation % dilation, part % dilation
        for i in range(8):
            y = tile_row * 6 - 1 + i
            if y < 0 or y >= rows:
                lines[i] = 0
                continue
            for x in range(columns):
                lines[i, (x + 1) % 6, (x + 1) // 6] = image[picture, y * dilation + y0, x * dilation + x0]
        _into(_eight(lines.reshape(8, long), 0, 1, 0, long), _eight(turned.reshape(8, long), 0, 1, 0, long))
        begin = (row - base) * size
        for i in range(8):
            next_tile = turned[i, 0][channels:], turned[i, 1][channels:]
            _into(_six(turned[i], 0, 1, 0, size) + next_tile, _eight(tiles, 8 * i, 1, begin, begin + size))


@kernel
@no_type_check
def _transform_back(
    base: int, first: int, last: int, products: Any, dilation: int, bias: Any, slope: Any, image: Any
) -> None:
    """Rows of a table of products (64, tile * c), which begins with row `base`, into images (b, h, w, c), activated."""
    _, height, width, channels = image.shape
    rows, columns = height // dilation, width // dilation
    down, across = (rows + 5) // 6, (columns + 5) // 6
    size = across * channels
    half = np.empty((6 * 8, size), image.dtype)
    lines = np.empty((6, size), image.dtype)
    for row in range(first, last):
        part, tile_row = row // down, row % down
        picture, y0, x0 = part // dilation**2, part // dilation % dilation, part % dilation
        begin = (row - base) * size
        for j in range(8):
            _back(_eight(products, j, 8, begin, begin + size), _six(half, j, 8, 0, size))
        for i in range(min(6, rows - tile_row * 6)):
            _back(_eight(half, 8 * i, 1, 0, size), _six(lines, 0, 1, 0, size))
            y = (tile_row * 6 + i) * dilation + y0
            for x in range(columns):
                place = x // 6 * channels
                _activate(lines[x % 6][place : place + channels], bias, slope, image[picture, y, x * dilation + x0])
