"""DispNetC: a large stereo network with one wide correlation and a decoder that enlarges disparities by itself.

Level k = 6..1 has a head P_k, the disparity in px of the level, positive; V_k = -P_k 2^k / 20. Shifts of +-40 px are
compared at a quarter of the resolution, which reaches 160 px of the full one.

Source:
    Mayer et al., "A large dataset to train convolutional networks for disparity, optical flow, and scene flow
    estimation", CVPR 2016 (arXiv:1512.02134), as in the code published with Tonioni et al., CVPR 2019.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wilddepth.geometry.pad import Border, Padding, crop, pad
from wilddepth.geometry.resample import resize
from wilddepth.networks.block import Convolved, SameConv2d, convolved, correlate_rows, precise
from wilddepth.networks.stereo import SCALE, Heads, Start, StereoHeads, StereoNetwork, TargetPixel, xavier
from wilddepth.plain import Range

LEVELS = (6, 5, 4, 3, 2, 1)
MULTIPLE = 64
RADIUS = 40
SLOPE = 0.1
MEAN = 100 / 255
"""Subtracted from colours of 0..1."""
ENCODER = {1: 64, 2: 128, 3: 256, 4: 512, 5: 512, 6: 1024}
"""Channels at each level."""
DECODER = {5: 512, 4: 256, 3: 128, 2: 64, 1: 32}
REDIRECTED = 64
"""Channels of the left features beside the correlation."""
LINEAR = 1.0


@dataclass(frozen=True)
class DispNetCOptions:
    """Where an implementation may choose; the defaults are the published network's.

    Attributes:
        width: factor on the number of channels of every layer; 0.25 makes a network of 2.7 million parameters.
        resize: how heads are enlarged to the full resolution, see `MADNetOptions.resize`.
        border: how an image is padded to multiples of 64: "reflect" as published, or "replicate".
    """

    width: Annotated[float, Range(0.03125, 1)] = 1.0
    resize: Literal["tf1", "half-pixel"] = "tf1"
    border: Border = "reflect"


LOUDER = 3.0
"""Factor on the features that are correlated, in a start that reads the correlation."""
PEAK = 700.0
"""Of the correlation in channels that read it, so that they begin near 1."""
FAINT = 0.1
"""What is left of drawn weights beside those that are given."""


class Enlarge(nn.Module):
    """From level k + 1 to level k: features and disparity enlarged, joined with those of the encoder.

    Attributes:
        convolved: computes a layer and its activation (see `ConvChain`).
    """

    convolved: Convolved = staticmethod(convolved)

    def __init__(self, before: int, after: int, beside: int) -> None:
        """Channels of the level before, of this one, and of the encoder beside it."""
        super().__init__()
        self.deconv = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)
        self.up_predict = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)
        self.concat = SameConv2d(beside + after + 1, after)

    def forward(
        self, bottom: Float[Tensor, "b c h w"], disparity: Float[Tensor, "b 1 h w"], skip: Float[Tensor, "b s y x"]
    ) -> Float[Tensor, "b n y x"]:
        """The features of level k, without activation."""
        finer = convolved(self.deconv, bottom, SLOPE)
        shifted = precise(self.up_predict, disparity).to(finer.dtype)
        return self.convolved(self.concat, torch.cat((skip, finer, shifted), 1), LINEAR)


class DispNetC(StereoNetwork):
    """The stereo network DispNetC, 42,430,107 parameters, any image size.

    Attributes:
        convolved: computes a layer and its activation (see `ConvChain`).
    """

    name = "dispnetc"
    options: DispNetCOptions
    convolved: Convolved = staticmethod(convolved)
    level_numbers = LEVELS
    multiple = MULTIPLE
    stages = MappingProxyType(
        {"features of both views": "features", "correlation": "cost", "encoder": "encode"}
        | {f"level {k}": f"up.{k}" for k in DECODER}
    )

    def __init__(self, options: DispNetCOptions | None = None, *, generator: torch.Generator | None = None) -> None:
        """Xavier-uniform weights and zero biases, drawn from `generator` where one is given."""
        super().__init__()
        self.options = options or DispNetCOptions()
        wide, up = self._channels(ENCODER), self._channels(DECODER)
        redirected = self._channels({2: REDIRECTED})[2]
        before = {1: 3, 2: wide[1], 3: 2 * RADIUS + 1 + redirected, 4: wide[3], 5: wide[4], 6: wide[5]}
        kernels = {1: 7, 2: 5, 3: 5}
        self.redirect = SameConv2d(wide[2], redirected, 1)
        self.down = nn.ModuleDict(
            {str(k): SameConv2d(before[k], wide[k], kernels.get(k, 3), stride=2) for k in ENCODER}
        )
        self.same = nn.ModuleDict({str(k): SameConv2d(wide[k], wide[k]) for k in (3, 4, 5, 6)})
        above = {**up, 6: wide[6]}
        self.up = nn.ModuleDict({str(k): Enlarge(above[k + 1], up[k], wide[k]) for k in DECODER})
        self.predict = nn.ModuleDict({str(k): SameConv2d(above[k], 1) for k in LEVELS})
        self.initialise(generator=generator)

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
        """See `StereoNetwork.forward`; the output is not clipped at 0, as published."""
        finest = self.check_level(finest)
        padding = Padding.to_multiple(left.shape[-2], left.shape[-1], MULTIPLE)
        first, second = self.features(pad(torch.cat((left, right)), padding, self.options.border))
        known = self.encode(self.cost(second)) | {1: first.chunk(2)[0], 2: second.chunk(2)[0]}
        current, levels = known[6], {6: self._head(known[6], 6)}
        for k in range(5, finest - 1, -1):
            disparity = levels[k + 1] * (-SCALE / 2 ** (k + 1))
            if isolate_parts:
                current, disparity = current.detach(), disparity.detach()
            current = self._enlarge(k, current, disparity, known[k])
            levels[k] = self._head(current, k)
        return StereoHeads(levels, self.heads_of(levels, padding, heads), padding, features={2: second})

    def features(self, image: Float[Tensor, "b 3 h w"]) -> tuple[Float[Tensor, "b _ _ _"], Float[Tensor, "b _ _ _"]]:
        """The features of images (0..1) at a half and a quarter of the resolution."""
        first = self.convolved(self.down["1"], image - MEAN, SLOPE)
        return first, self.convolved(self.down["2"], first, SLOPE)

    def cost(self, features: Float[Tensor, "b2 c h w"]) -> Float[Tensor, "b n h w"]:
        """The correlation of both views, and beside it what the left features say."""
        left, right = features.chunk(2)
        matches = correlate_rows(left, right, RADIUS)
        return torch.cat((matches, self.convolved(self.redirect, left, SLOPE)), 1)

    def encode(self, cost: Float[Tensor, "b n h w"]) -> dict[int, Tensor]:
        """Features of the levels 3..6."""
        found: dict[int, Tensor] = {}
        for k in (3, 4, 5, 6):
            cost = self.convolved(self.same[str(k)], self.convolved(self.down[str(k)], cost, SLOPE), SLOPE)
            found[k] = cost
        return found

    def full_resolution(
        self, values: Float[Tensor, "b 1 y x"], level: int, padding: Padding, *, relu_first: bool = False
    ) -> Float[Tensor, "b 1 h w"]:
        """See `StereoNetwork.full_resolution`; nothing is clipped without `relu_first`."""
        height, width = values.shape[-2] << level, values.shape[-1] << level
        disparity = values.mul(-SCALE)
        disparity = disparity.relu() if relu_first else disparity
        return crop(resize(disparity, height, width, self.options.resize), padding)

    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """M6..M1: what encodes and decodes a level and predicts there; the correlation's layers belong to M2.

        No division was published for this network; this one follows MADNet's.
        """
        owned: dict[str, list[str]] = {f"M{k}": [] for k in LEVELS}
        for name, _ in self.named_parameters():
            room, level, *_ = name.split(".")
            owned["M2" if room == "redirect" else f"M{level}"].append(name)
        return {part: tuple(names) for part, names in owned.items()}

    @torch.no_grad()
    def initialise(self, start: Start = "xavier", *, generator: torch.Generator | None = None) -> None:
        """See `StereoNetwork.initialise`.

        Under "pass-through" each head begins with the coarser disparity, enlarged: bilinear weights enlarge it and
        double it, channel 0 of the joined features carries it, and the head reads that channel beside a hundredth of
        what it would have read. The encoder begins as one that reads the correlation (`_read_correlation`).
        """
        xavier(self, generator)
        if start == "xavier":
            return
        self._read_correlation()
        heads = {k: cast(SameConv2d, self.predict[str(k)]) for k in LEVELS}
        for head in heads.values():
            head.weight.mul_(0.01)
        tent = torch.tensor([0.25, 0.75, 0.75, 0.25])
        for k in DECODER:
            enlarge, head = cast(Enlarge, self.up[str(k)]), heads[k]
            enlarge.up_predict.weight.copy_(2 * torch.outer(tent, tent)[None, None])
            enlarge.concat.weight[0] = 0.0
            enlarge.concat.weight[0, -1, 1, 1] = 1.0
            head.weight[0, 0] = 0.0
            head.weight[0, 0, 1, 1] = 1.0

    def _read_correlation(self) -> None:
        """First channels of level 3 begin as peaks of the correlation, a shift each, pooled; coarser levels pool on.

        The correlation of fresh features is a twentieth of the redirected ones: nothing is learned from it for long.
        """
        first, third = cast(SameConv2d, self.down["1"]), cast(SameConv2d, self.down["3"])
        first.weight.sub_(first.weight.mean((1, 2, 3), keepdim=True))  # what is alike all over matches everywhere
        cast(SameConv2d, self.down["2"]).weight.mul_(LOUDER)
        count = min(RADIUS + 1, third.out_channels * 2 // 3)
        for channel, shift in enumerate(torch.linspace(RADIUS, 0, count).round().int().tolist()):
            third.weight[channel] *= FAINT
            third.weight[channel, : 2 * RADIUS + 1] = 0.0
            third.weight[channel, shift, 1:4, 1:4] += PEAK / 9
            beside = [place for place in (shift - 3, shift - 2, shift + 2, shift + 3) if place >= 0]
            third.weight[channel, beside, 1:4, 1:4] -= PEAK / 36
        for k in (3, 4, 5, 6):
            same = cast(SameConv2d, self.same[str(k)])
            handed_on(same, count, same.weight.new_tensor([[0, 0, 0], [0, 1, 0], [0, 0, 0]]))
            if k > 3:
                handed_on(cast(SameConv2d, self.down[str(k)]), count, same.weight.new_full((3, 3), 1 / 9))

    def _channels(self, full: Mapping[int, int]) -> dict[int, int]:
        return {k: max(round(count * self.options.width), 1) for k, count in full.items()}

    def _enlarge(self, k: int, bottom: Tensor, disparity: Tensor, skip: Tensor) -> Tensor:
        found: Tensor = self.up[str(k)](bottom, disparity, skip)
        return found

    def _head(self, features: Tensor, k: int) -> Tensor:
        """V_k."""
        return precise(self.predict[str(k)], features) * (-(2.0**k) / SCALE)


def handed_on(layer: SameConv2d, count: int, window: Float[Tensor, "3 3"]) -> None:
    """The first channels of a layer begin as those of its input under a window."""
    for channel in range(count):
        layer.weight[channel] *= FAINT
        layer.weight[channel, channel] += window
