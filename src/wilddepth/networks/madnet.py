"""MADNet: a small stereo network that regresses disparity from coarse to fine.

Levels k = 6..2 have 1/2^k of the resolution. Each predicts V_k = -d / 20, d the disparity in px of the full (padded)
resolution: the same unit at every level, negative for a real disparity. u_k, the coarser prediction as a displacement
in px of level k, moves the right features and is one more input channel; V_k is absolute, not a correction of u_k.

Source:
    Tonioni et al., "Real-time self-adaptive deep stereo", CVPR 2019 (arXiv:1810.05424), and the code published with it.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wilddepth.geometry.pad import Border, Padding, crop, pad
from wilddepth.geometry.resample import resize
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.networks.block import ConvChain, Convolved, SameConv2d, convolved, correlate_rows, pass_through
from wilddepth.networks.stereo import SCALE, Heads, Start, StereoHeads, StereoNetwork, TargetPixel, xavier

LEVELS = (6, 5, 4, 3, 2)
MULTIPLE = 64
RADIUS = 2
CHANNELS = (16, 32, 64, 96, 128, 192)
DECODER = (128, 128, 96, 64, 32, 1)
CONTEXT = ((128, 1), (128, 2), (128, 4), (96, 8), (64, 16), (32, 1), (1, 1))  # channels, dilation

Features = tuple[Float[Tensor, "_ _ _ _"], ...]
MADNetHeads = StereoHeads
"""`refined` is None when the pass ended at a coarser level; `features` are F1..F6. With heads="all" the disparities
come from V_6, V_5, V_4, V_3, refined V_2 (ReLU, then enlarged) and, as the sixth and the output, refined V_2 enlarged
before the ReLU: the published order."""


@dataclass(frozen=True)
class MADNetOptions:
    """Where an implementation may choose; the defaults are the published network's.

    Attributes:
        resize: how a coarser prediction is enlarged. "tf1" keeps the first pixel centre and is what published weights
            were trained with; "half-pixel" is the symmetric one: between the two, a level-6 value moves by 31.5 px of
            the full resolution.
        input_scale: factor on images of 0..1. The published network sees 0..255, without subtraction of a mean.
        border: how an image is padded to multiples of 64: "reflect" as published, or "replicate".
    """

    resize: Literal["tf1", "half-pixel"] = "tf1"
    input_scale: float = 255.0
    border: Border = "reflect"


class MADNet(StereoNetwork):
    """The stereo network MADNet, 3,826,070 parameters, any image size.

    Under autocast the features run in the low precision; V_k, u_k and sampling coordinates stay in float32.

    Attributes:
        convolved: computes a layer of the pyramid and its activation (see `ConvChain`).
    """

    name = "madnet"
    options: MADNetOptions
    convolved: Convolved = staticmethod(convolved)
    level_numbers = LEVELS
    multiple = MULTIPLE
    stages = MappingProxyType(
        {"features of both views": "features"}
        | {f"level {k}": f"decoders.{k}" for k in LEVELS}
        | {"refinement": "context"}
    )
    """A level is its warp, its correlation and its decoder."""

    def __init__(self, options: MADNetOptions | None = None, *, generator: torch.Generator | None = None) -> None:
        """Xavier-uniform weights and zero biases, drawn from `generator` where one is given."""
        super().__init__()
        self.options = options or MADNetOptions()
        self.pyramid = _pyramid()
        self.decoders = nn.ModuleDict({str(k): _decoder(k) for k in LEVELS})
        self.context = _context()
        initialise(self, generator=generator)

    @property
    def border(self) -> Border:
        """As the options say."""
        return self.options.border

    @property
    def target_pixel(self) -> TargetPixel:
        """By the way of enlarging."""
        return "nearest" if self.options.resize == "tf1" else "centre"

    def forward(
        self,
        left: Float[Tensor, "b 3 h w"],
        right: Float[Tensor, "b 3 h w"],
        *,
        isolate_parts: bool = False,
        finest: int | None = None,
        heads: Heads = "all",
    ) -> StereoHeads:
        """See `StereoNetwork.forward`: gradients stop at every u_k; above level 2 there is no refinement."""
        finest = self.check_level(finest)
        padding = Padding.to_multiple(left.shape[-2], left.shape[-1], MULTIPLE)
        pair = pad(torch.cat((left, right)), padding, self.options.border)
        features = self.features(pair)
        levels = self._levels(features, finest, isolate_parts)
        refined = self._refine(features[1], levels[2]) if finest == 2 else None
        best = levels if refined is None else {**levels, 2: refined}
        disparities = self.heads_of(best, padding, heads)
        return StereoHeads(levels, disparities, padding, refined, dict(enumerate(features, start=1)))

    def features(self, image: Float[Tensor, "b 3 h w"]) -> Features:
        """F1..F6 of images (0..1) whose sides are multiples of 64: 16, 32, 64, 96, 128, 192 channels at 1/2..1/64."""
        found = []
        current = image * self.options.input_scale
        for first, second in zip(self.pyramid[::2], self.pyramid[1::2], strict=True):
            current = self.convolved(second, self.convolved(first, current))
            found.append(current)
        return tuple(found)

    def full_resolution(
        self, values: Float[Tensor, "b 1 y x"], level: int, padding: Padding, *, relu_first: bool = False
    ) -> Float[Tensor, "b 1 h w"]:
        """Normalised values of a level as disparity in px at full resolution, cropped to the image.

        Args:
            values: V_k or the refined V_2.
            level: k.
            padding: as in the heads they came from.
            relu_first: apply the ReLU before enlarging (the first five published heads) and not after (the sixth).
        """
        height, width = values.shape[-2] << level, values.shape[-1] << level
        disparity = values.mul(-SCALE)
        disparity = disparity.relu() if relu_first else disparity
        return crop(resize(disparity, height, width, self.options.resize).relu(), padding)

    def _levels(self, features: Features, finest: int, isolate_parts: bool) -> dict[int, Tensor]:
        levels: dict[int, Tensor] = {}
        for k in range(6, finest - 1, -1):
            left, right = features[k - 1].chunk(2)
            if k == 6:
                inputs = [left, correlate_rows(left, right, RADIUS)]
            else:
                shift = self._displacement(levels[k + 1], k)
                shift = shift.detach() if isolate_parts else shift
                warped, _ = warp_by_disparity(right, -shift, border="zeros")
                inputs = [left, correlate_rows(left, warped, RADIUS), shift.to(left.dtype)]
            levels[k] = _chain(self.decoders[str(k)])(torch.cat(inputs, 1))
        return levels

    def _displacement(self, coarser: Tensor, k: int) -> Tensor:
        """u_k: where level k looks in the right features, px of level k, from V_(k+1)."""
        height, width = coarser.shape[-2:]
        return resize(coarser, 2 * height, 2 * width, self.options.resize).mul(SCALE / 2**k)

    def _refine(self, features: Tensor, values: Tensor) -> Tensor:
        left = features.chunk(2)[0]
        correction: Tensor = self.context(torch.cat((left, values.to(left.dtype)), 1))
        return values + correction

    def parts(self) -> dict[str, tuple[str, ...]]:
        """MAD's modules M6..M2 (see `parts`)."""
        return parts(self)

    def initialise(self, start: Start = "xavier", *, generator: torch.Generator | None = None) -> None:
        """See `initialise`."""
        initialise(self, start, generator=generator)


def parts(net: MADNet) -> dict[str, tuple[str, ...]]:
    """The parameters that MAD trains together, by name: M6..M2, every parameter in exactly one of them.

    M_k holds the decoder of level k and the two convolutions that make F_k; M2 also those of F1 and the context net.

    Source:
        The configuration "MadNet_full" published with Tonioni et al., CVPR 2019.
    """
    owned: dict[str, list[str]] = {f"M{k}": [] for k in LEVELS}
    for name, _ in net.named_parameters():
        owned[f"M{_level_of(name)}"].append(name)
    return {part: tuple(names) for part, names in owned.items()}


def initialise(
    net: MADNet,
    scheme: Start = "xavier",
    *,
    tail: float = 0.01,
    generator: torch.Generator | None = None,
) -> None:
    """Fill the weights for a training from nothing, in place.

    Args:
        net: its graph and parameter count stay as they are.
        scheme: "xavier" as published: Xavier-uniform weights, zero biases. "pass-through" then makes every decoder
            begin with V_k close to the enlarged V_(k+1), D6 near zero and the refinement near nothing, so that finer
            levels start from what coarser ones know. Channel 0 of each decoder layer carries -u_k >= 0 (which the
            leaky ReLUs leave alone; a displacement of the wrong sign is shrunk by 0.2 a layer).
        tail: factor on the last layers' other weights under "pass-through".
        generator: source of randomness, of the device of the weights.
    """
    xavier(net, generator)
    if scheme == "pass-through":
        with torch.no_grad():
            for chain in (*net.decoders.values(), net.context):
                _chain(chain).convolutions()[-1].weight.mul_(tail)
            for k in LEVELS[1:]:
                pass_through(_chain(net.decoders[str(k)]), 2**k / SCALE)


def _chain(module: nn.Module) -> ConvChain:
    assert isinstance(module, ConvChain)  # what MADNet.__init__ put there
    return module


def _level_of(name: str) -> int:
    room, index, *_ = name.split(".")
    if room == "decoders":
        return int(index)
    return max(int(index) // 2 + 1, 2) if room == "pyramid" else 2


def _pyramid() -> nn.ModuleList:
    layers = nn.ModuleList()
    for before, after in zip((3, *CHANNELS[:-1]), CHANNELS, strict=True):
        layers.extend((SameConv2d(before, after, stride=2), SameConv2d(after, after)))
    return layers


def _decoder(k: int) -> ConvChain:
    inputs = CHANNELS[k - 1] + 2 * RADIUS + 1 + (k < 6)
    return ConvChain(SameConv2d(a, b) for a, b in zip((inputs, *DECODER[:-1]), DECODER, strict=True))


def _context() -> ConvChain:
    inputs = (CHANNELS[1] + 1, *(channels for channels, _ in CONTEXT[:-1]))
    return ConvChain(SameConv2d(a, b, dilation=d) for a, (b, d) in zip(inputs, CONTEXT, strict=True))
