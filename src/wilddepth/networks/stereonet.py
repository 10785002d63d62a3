"""StereoNet: a tiny cost volume at 1/8 or 1/16 of the resolution, made sharp again by the image.

Differences of features at each candidate disparity are filtered by 3-D convolutions; a soft minimum gives a coarse
disparity with subpixel detail, and residual networks with the picture beside them refine it while it is enlarged.

Disparities are in px of the full resolution at every level, and V_k = -d / 20.

Source:
    Khamis et al., "StereoNet: guided hierarchical refinement for real-time edge-aware depth prediction", ECCV 2018
    (arXiv:1807.08865); layers as in a public PyTorch port with named segments, whose refinements have no activation
    behind their first convolution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from wilddepth.geometry.pad import Border, Padding, crop, pad
from wilddepth.geometry.resample import resize
from wilddepth.networks.block import Norm, leaky, precise
from wilddepth.networks.stereo import SCALE, Heads, Start, StereoHeads, StereoNetwork, TargetPixel, xavier
from wilddepth.plain import Range

WIDTH = 32
FILTERS = 4
FEATURE_DILATIONS = (1, 1, 1, 1, 1, 1)
REFINE_DILATIONS = (1, 2, 4, 8, 1, 1)


@dataclass(frozen=True)
class StereoNetOptions:
    """Where an implementation may choose.

    Attributes:
        halvings: K; the cost volume stands at 1/2^K of the resolution.
        refinements: "multi": one at each scale, K in all; "single": one, at the full resolution.
        largest: of the candidate disparities there are (largest + 1) / 2^K, px.
        grid: what a candidate stands for. "shift": its own shift in px. "stretched": 0..largest in equal steps, as in
            the public port: up to one step too much (9.14 instead of 8 px for the first of eight).
        border: how an image is padded to multiples of 2^K.
    """

    halvings: Literal[3, 4] = 3
    refinements: Literal["multi", "single"] = "multi"
    largest: Annotated[int, Range(31, 1023)] = 191
    grid: Literal["shift", "stretched"] = "shift"
    border: Border = "replicate"


class Block(nn.Module):
    """Two 3x3 convolutions with normalisation, added to what came in."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.conv1 = _conv(dilation)
        self.norm1 = Norm(WIDTH)
        self.conv2 = _conv(dilation)
        self.norm2 = Norm(WIDTH)

    def forward(self, values: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The sum, activated."""
        inner = leaky(self.norm1(self.conv1(values)))
        return leaky(self.norm2(self.conv2(inner)) + values)


class Features(nn.Module):
    """Halve the resolution K times, then look around."""

    def __init__(self, halvings: int) -> None:
        super().__init__()
        inputs = (3, *(WIDTH for _ in range(halvings - 1)))
        self.down = nn.ModuleList(nn.Conv2d(count, WIDTH, 5, stride=2, padding=2) for count in inputs)
        self.blocks = nn.ModuleList(Block(dilation) for dilation in FEATURE_DILATIONS)
        self.last = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b c y x"]:
        """Features at 1/2^K."""
        for layer in (*self.down, *self.blocks, self.last):
            image = layer(image)
        return image


class Across(nn.Conv3d):
    """A 3x3x3 convolution of maps that stand for neighbouring candidates, with bias and zero padding.

    It is computed as a 2-D convolution of each map beside its two neighbours: on CPUs five times as fast as the
    3-D one of torch, with the same sums.
    """

    def __init__(self, channels_out: int) -> None:
        super().__init__(WIDTH, channels_out, 3, padding=1)

    def forward(self, input: Float[Tensor, "b n c h w"]) -> Float[Tensor, "b n k h w"]:
        """The convolved maps."""
        batch, count = input.shape[:2]
        framed = functional.pad(input, (0, 0, 0, 0, 0, 0, 1, 1))
        beside = torch.cat([framed[:, i : i + count] for i in range(3)], 2).flatten(0, 1)
        weight = self.weight.transpose(1, 2).flatten(1, 2)
        layout = torch.channels_last
        found = functional.conv2d(
            beside.contiguous(memory_format=layout), weight.contiguous(memory_format=layout), self.bias, padding=1
        )
        return found.view(batch, count, *found.shape[1:])


class Filter(nn.Module):
    """A convolution across candidates, its normalisation and activation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = Across(WIDTH)
        self.norm = Norm(WIDTH)

    def forward(self, volume: Float[Tensor, "b n c h w"]) -> Float[Tensor, "b n c h w"]:
        """The filtered volume."""
        found: Tensor = self.conv(volume)
        return leaky(self.norm(found.flatten(0, 1))).view_as(found)


class Cost(nn.ModuleDict):
    """Filters one after the other, and one number for each candidate."""

    def __init__(self) -> None:
        super().__init__({str(number): Filter() for number in range(FILTERS)})
        self["last"] = Across(1)

    def forward(self, volume: Float[Tensor, "b n c h w"]) -> Float[Tensor, "b n h w"]:
        """Costs, in at least float32."""
        for number in range(FILTERS):
            volume = self[str(number)](volume)
        return precise(self["last"], volume).squeeze(2)


class Refiner(nn.Module):
    """What the picture says about a disparity that was enlarged."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, WIDTH, 3, padding=1)
        self.blocks = nn.ModuleList(Block(dilation) for dilation in REFINE_DILATIONS)
        self.last = nn.Conv2d(WIDTH, 1, 3, padding=1)

    def forward(self, disparity: Float[Tensor, "b 1 h w"], image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 h w"]:
        """The refined disparity, px, never negative."""
        found = self.first(torch.cat((image, disparity.to(image.dtype)), 1))
        for block in self.blocks:
            found = block(found)
        return (disparity + precise(self.last, found)).relu()


class StereoNet(StereoNetwork):
    """The stereo network StereoNet, 624,644 parameters (K = 3, a refinement at each scale), any image size."""

    name = "stereonet"
    options: StereoNetOptions
    target_pixel: TargetPixel = "corners"

    def __init__(self, options: StereoNetOptions | None = None, *, generator: torch.Generator | None = None) -> None:
        """Xavier-uniform weights and zero biases, drawn from `generator` where one is given."""
        super().__init__()
        self.options = options or StereoNetOptions()
        self.features = Features(self.options.halvings)
        self.cost = Cost()
        self.refiners = nn.ModuleList(Refiner() for _ in self.level_numbers[1:])
        self.initialise(generator=generator)

    @property
    def level_numbers(self) -> tuple[int, ...]:
        """K..0, or K and 0."""
        coarse = self.options.halvings
        return tuple(range(coarse, -1, -1)) if self.options.refinements == "multi" else (coarse, 0)

    @property
    def multiple(self) -> int:
        """2^K."""
        return 1 << self.options.halvings

    @property
    def border(self) -> Border:
        """As the options say."""
        return self.options.border

    @property
    def stages(self) -> Mapping[str, str]:
        """A refinement is named by its level."""
        refined = {f"level {k}": f"refiners.{place}" for place, k in enumerate(self.level_numbers[1:])}
        return {"features of both views": "features", "cost volume": "cost"} | refined

    def forward(
        self,
        left: Float[Tensor, "b 3 h w"],
        right: Float[Tensor, "b 3 h w"],
        *,
        isolate_parts: bool = False,
        finest: int | None = None,
        heads: Heads = "all",
    ) -> StereoHeads:
        """See `StereoNetwork.forward`; gradients stop before each refinement."""
        finest = self.check_level(finest)
        padding = Padding.to_multiple(left.shape[-2], left.shape[-1], self.multiple)
        pair = pad(torch.cat((left, right)), padding, self.options.border)
        coarse = self.level_numbers[0]
        features = self.features(pair)
        found = {coarse: self.coarse_disparity(*features.chunk(2))}
        image = pair.chunk(2)[0]
        for refiner, (before, k) in zip(self.refiners, pairwise(self.level_numbers), strict=True):
            if k < finest:
                break
            disparity = found[before].detach() if isolate_parts else found[before]
            height, width = image.shape[-2] >> k, image.shape[-1] >> k
            enlarged = resize(disparity, height, width, "align-corners")
            found[k] = refiner(enlarged, resize(image, height, width, "align-corners"))
        levels = {k: disparity / -SCALE for k, disparity in found.items()}
        return StereoHeads(levels, self.heads_of(levels, padding, heads), padding, features={coarse: features})

    def coarse_disparity(
        self, left: Float[Tensor, "b c h w"], right: Float[Tensor, "b c h w"]
    ) -> Float[Tensor, "b 1 h w"]:
        """The soft minimum of the filtered costs, px of the full resolution."""
        count = (self.options.largest + 1) >> self.options.halvings
        costs = self.cost(differences(left, right, count))
        candidates = torch.arange(count, device=costs.device, dtype=costs.dtype)
        step = self.multiple if self.options.grid == "shift" else self.options.largest / (count - 1)
        found: Tensor = ((-costs).softmax(1) * (candidates * step).view(-1, 1, 1)).sum(1, keepdim=True)
        return found

    def full_resolution(
        self, values: Float[Tensor, "b 1 y x"], level: int, padding: Padding, *, relu_first: bool = False
    ) -> Float[Tensor, "b 1 h w"]:
        """See `StereoNetwork.full_resolution`; no disparity is negative at any level."""
        height, width = values.shape[-2] << level, values.shape[-1] << level
        return crop(resize(values.mul(-SCALE), height, width, "align-corners"), padding)

    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """One for the cost volume with its features, one for each refinement. No division was published."""
        coarse, *finer = self.level_numbers
        owned: dict[str, list[str]] = {f"M{k}": [] for k in self.level_numbers}
        for name, _ in self.named_parameters():
            room, place, *_ = name.split(".")
            owned[f"M{finer[int(place)] if room == 'refiners' else coarse}"].append(name)
        return {part: tuple(names) for part, names in owned.items()}

    @torch.no_grad()
    def initialise(self, start: Start = "xavier", *, generator: torch.Generator | None = None) -> None:
        """See `StereoNetwork.initialise`; under "pass-through" the refinements begin near nothing."""
        xavier(self, generator)
        if start == "pass-through":
            for refiner in self.refiners:
                cast(Refiner, refiner).last.weight.mul_(0.01)


def differences(
    left: Float[Tensor, "b c h w"], right: Float[Tensor, "b c h w"], count: int
) -> Float[Tensor, "b {count} c h w"]:
    """left(x) - right(x - i) for the candidates i = 0..count - 1; 0 where x - i lies outside the right map."""
    width = left.shape[-1]
    slices = []
    for i in range(count):
        inside = left[..., i:] - right[..., : max(width - i, 0)]
        slices.append(functional.pad(inside, (min(i, width), 0)))
    return torch.stack(slices, 1)


def _conv(dilation: int) -> nn.Conv2d:
    return nn.Conv2d(WIDTH, WIDTH, 3, padding=dilation, dilation=dilation, bias=False)
