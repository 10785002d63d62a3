"""MADNet 2: MADNet without feature warp and refinement, with a lookup of correlations instead.

Levels, signs and units are MADNet's (see `networks.madnet`). u_k is V_(k+1) at the same place, not smoothed, as a
displacement in px of level k.

Source:
    Poggi and Tosi, "Federated online adaptation for deep stereo", CVPR 2024 (arXiv:2405.14873), and the code published
    with it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wilddepth.geometry.pad import Border, Padding, crop, pad
from wilddepth.geometry.resample import resize
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.networks.block import ConvChain, Convolved, SameConv2d, convolved, pass_through
from wilddepth.networks.madnet import MADNet
from wilddepth.networks.stereo import SCALE, Heads, Start, StereoHeads, StereoNetwork, TargetPixel, xavier

LEVELS = (6, 5, 4, 3, 2)
RADIUS = 2
CHANNELS = (16, 32, 64, 96, 128, 192)
DECODER = (128, 128, 96, 64, 1)


@dataclass(frozen=True)
class MADNet2Options:
    """Where an implementation may choose; the defaults are the published network's.

    Attributes:
        border: how an image is padded to multiples of 128: "replicate" as published, or "reflect".
    """

    border: Border = "replicate"


class MADNet2(StereoNetwork):
    """The stereo network MADNet 2, 3,217,077 parameters, any image size.

    Attributes:
        convolved: computes a layer of the pyramid and its activation (see `ConvChain`).
    """

    name = "madnet2"
    options: MADNet2Options
    convolved: Convolved = staticmethod(convolved)
    level_numbers = LEVELS
    multiple = 128
    target_pixel: TargetPixel = "centre"
    stages = MappingProxyType({"features of both views": "features"} | {f"level {k}": f"decoders.{k}" for k in LEVELS})

    def __init__(self, options: MADNet2Options | None = None, *, generator: torch.Generator | None = None) -> None:
        """Xavier-uniform weights and zero biases, drawn from `generator` where one is given."""
        super().__init__()
        self.options = options or MADNet2Options()
        self.pyramid = nn.ModuleList()
        for before, after in zip((3, *CHANNELS[:-1]), CHANNELS, strict=True):
            # Zeros on both sides, where TensorFlow's "SAME" has them only behind.
            self.pyramid.extend((nn.Conv2d(before, after, 3, stride=2, padding=1), SameConv2d(after, after)))
        self.decoders = nn.ModuleDict({str(k): _decoder(k) for k in LEVELS})
        self.initialise(generator=generator)

    @property
    def border(self) -> Border:
        """As the options say."""
        return self.options.border

    def forward(
        self,
        left: Float[Tensor, "b 3 h w"],
        right: Float[Tensor, "b 3 h w"],
        *,
        isolate_parts: bool = False,
        finest: int | None = None,
        heads: Heads = "all",
    ) -> StereoHeads:
        """See `StereoNetwork.forward`; gradients stop between the blocks of the pyramid too, as published."""
        finest = self.check_level(finest)
        padding = Padding.to_multiple(left.shape[-2], left.shape[-1], self.multiple)
        pair = pad(torch.cat((left, right)), padding, self.options.border)
        features = self.features(pair, isolate_parts=isolate_parts)
        levels: dict[int, Tensor] = {}
        for k in range(6, finest - 1, -1):
            one, other = features[k - 1].chunk(2)
            shift = None if k == 6 else self._displacement(levels[k + 1], k)
            shift = shift.detach() if shift is not None and isolate_parts else shift
            inputs = [one, looked_up(one, other, shift, RADIUS)]
            levels[k] = self.decoders[str(k)](torch.cat(inputs if shift is None else [*inputs, shift.to(one.dtype)], 1))
        disparities = self.heads_of(levels, padding, heads)
        return StereoHeads(levels, disparities, padding, features=dict(enumerate(features, start=1)))

    def features(
        self, image: Float[Tensor, "b 3 h w"], *, isolate_parts: bool = False
    ) -> tuple[Float[Tensor, "b _ _ _"], ...]:
        """F1..F6 of images (0..1) whose sides are multiples of 64: 16, 32, 64, 96, 128, 192 channels at 1/2..1/64."""
        found: list[Tensor] = []
        current = image
        for first, second in zip(self.pyramid[::2], self.pyramid[1::2], strict=True):
            # F1 is no part of its own: the finest one holds it with F2.
            current = current.detach() if isolate_parts and len(found) > 1 else current
            current = self.convolved(second, self.convolved(first, current))
            found.append(current)
        return tuple(found)

    def full_resolution(
        self, values: Float[Tensor, "b 1 y x"], level: int, padding: Padding, *, relu_first: bool = False
    ) -> Float[Tensor, "b 1 h w"]:
        """See `StereoNetwork.full_resolution`; nothing is clipped without `relu_first`."""
        height, width = values.shape[-2] << level, values.shape[-1] << level
        disparity = values.mul(-SCALE)
        disparity = disparity.relu() if relu_first else disparity
        return crop(resize(disparity, height, width, "half-pixel"), padding)

    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """M6..M2: the decoder of level k and the two convolutions that make F_k; M2 also those of F1."""
        owned: dict[str, list[str]] = {f"M{k}": [] for k in LEVELS}
        for name, _ in self.named_parameters():
            room, index, *_ = name.split(".")
            level = int(index) if room == "decoders" else max(int(index) // 2 + 1, 2)
            owned[f"M{level}"].append(name)
        return {part: tuple(names) for part, names in owned.items()}

    def initialise(self, start: Start = "xavier", *, generator: torch.Generator | None = None) -> None:
        """See `StereoNetwork.initialise`; "pass-through" is MADNet's."""
        xavier(self, generator)
        if start == "pass-through":
            for k, chain in self.decoders.items():
                assert isinstance(chain, ConvChain)  # what __init__ put there
                with torch.no_grad():
                    chain.convolutions()[-1].weight.mul_(0.01)
                if k != "6":
                    pass_through(chain, 2 ** int(k) / SCALE)

    @torch.no_grad()
    def borrow(self, other: MADNet) -> tuple[str, ...]:
        """Begin with MADNet's pyramid and the first four layers of its decoders, which have the same shapes.

        Inputs are scaled as MADNet sees them: images of 0..255, and correlations as means instead of sums / sqrt(c).
        MADNet pads behind and this network on both sides, and the last layer of each decoder has no counterpart: it is
        a place to train from, not to predict with.

        Returns:
            Names of the tensors that were filled.
        """
        own, theirs = self.state_dict(), other.state_dict()
        names = tuple(name for name in own if name in theirs and own[name].shape == theirs[name].shape)
        for name in names:
            own[name].copy_(theirs[name])
        own["pyramid.0.weight"].mul_(other.options.input_scale)
        for k in LEVELS:
            channels = CHANNELS[k - 1]
            own[f"decoders.{k}.0.weight"][:, channels : channels + 2 * RADIUS + 1].div_(math.sqrt(channels))
        return names

    def _displacement(self, coarser: Tensor, k: int) -> Tensor:
        """u_k: where level k looks in the right features, px of level k, from V_(k+1)."""
        height, width = coarser.shape[-2:]
        return resize(coarser, 2 * height, 2 * width, "nearest").mul(SCALE / 2**k)


def looked_up(
    left: Float[Tensor, "b c h w"],
    right: Float[Tensor, "b c h w"],
    shift: Float[Tensor, "b 1 h w"] | None,
    radius: int,
) -> Float[Tensor, "b n h w"]:
    """left(x) . right(x + u + s) / sqrt(c) for s = -radius..radius, linear between columns; zero outside the right map.

    The correlation of all pairs of columns, looked up between two of them, equals that with the right features between
    these two: nothing but what is looked up needs to be multiplied.

    Args:
        left: features.
        right: features.
        shift: u, px; None = 0.
        radius: in px.
    """
    start = torch.zeros_like(left[:, :1]) if shift is None else shift
    products = [
        (left * warp_by_disparity(right, -(start + s), border="zeros")[0]).sum(1) for s in range(-radius, radius + 1)
    ]
    return torch.stack(products, 1) / math.sqrt(left.shape[1])


def _decoder(k: int) -> ConvChain:
    inputs = CHANNELS[k - 1] + 2 * RADIUS + 1 + (k < 6)
    return ConvChain(SameConv2d(a, b) for a, b in zip((inputs, *DECODER[:-1]), DECODER, strict=True))
