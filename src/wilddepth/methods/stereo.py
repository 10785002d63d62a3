"""What every method on a stereo network shares: one forward, the prediction, the parts of the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, cast

import torch
from jaxtyping import Bool
from torch import Tensor

from wilddepth.errors import ConfigError, MissingView
from wilddepth.method import Method, Outputs, Part
from wilddepth.networks.stereo import Heads, StereoHeads, StereoNetwork
from wilddepth.objective import Objective
from wilddepth.plain import Range
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample

Weight: TypeAlias = Annotated[float, Range(0)]
"""A setting that is a weight: not negative."""
Share: TypeAlias = Annotated[float, Range(0, 1)]
"""A setting that is a share: 0..1."""
Level: TypeAlias = Literal[6, 5, 4, 3, 2, 1, 0]
"""A setting that is a level, coarse to fine; 0 = as fine as the network goes."""


@dataclass(frozen=True)
class Taught:
    """Which pixels of the left view one term of an objective looked at.

    Attributes:
        mask: True where it did.
        left_out: what the others are, in words: "hidden from the right view".
    """

    mask: Bool[Tensor, "b 1 h w"]
    left_out: str


def heads_of(outputs: Outputs) -> StereoHeads:
    """The network's own heads, for losses at their resolution."""
    return cast(StereoHeads, outputs.native)


class StereoMethod(Method):
    """A method whose network maps a rectified pair to disparity heads, coarse to fine."""

    def __init__(self, network: StereoNetwork) -> None:
        super().__init__()
        self.network = network

    @property
    def coarse_first(self) -> Mapping[str, int | float] | None:
        """Settings for a first stage of adaptation on coarse levels alone; None where that has no use."""
        return None

    def run(self, sample: Sample, *, isolate_parts: bool, finest: int = 0, heads: Heads = "all") -> Outputs:
        """The network's one forward, down to its last level that is not finer than `finest`.

        Raises:
            MissingView: when the sample has no right image.
        """
        pair = sample.stereo()
        level = self.network.level_within(finest)
        found = self.network(pair.left, pair.right, isolate_parts=isolate_parts, finest=level, heads=heads)
        return Outputs(disparities=found.disparities, native=found)

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """All heads at full resolution."""
        return self.run(sample, isolate_parts=isolate_parts)

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        """The finest head as disparity, px, never negative: enlarged here where the forward left that out."""
        values = outputs.disparities[-1] if outputs.disparities else self.enlarged(heads_of(outputs))
        return Prediction(values=values.clamp(min=0), quantity=Quantity.DISPARITY_PX)

    def enlarged(self, heads: StereoHeads, level: int | None = None) -> Tensor:
        """A level's own head (MADNet's level 2: the refined one) at full resolution (b 1 h w), px; None = the finest
        that ran, where it is the network's own finest as the network's output."""
        chosen = min(heads.levels) if level is None else level
        values = heads.refined if chosen == 2 and heads.refined is not None else heads.levels[chosen]
        output = level is None and chosen == self.network.level_numbers[-1]
        return self.network.full_resolution(values, chosen, heads.padding, relu_first=not output)

    def head_for(self, outputs: Outputs, part: str | None) -> Tensor:
        """What an objective looks at: the last head or, of a part, the part's own (b 1 h w), px.

        Raises:
            ConfigError: for an unknown part, or one whose level this forward did not run.
        """
        if part is None:
            return outputs.disparities[-1]
        found = heads_of(outputs)
        return self.enlarged(found, self.level_of(part, found))

    def level_of(self, part: str, heads: StereoHeads) -> int:
        """The level whose head trains a part.

        Raises:
            ConfigError: for an unknown part, or one whose level this forward did not run.
        """
        level = int(self.part(part).name[1:])
        if level not in heads.levels:
            raise ConfigError(
                f"part {part!r} was not run: the finest level is {min(heads.levels)}; set finest to {level}"
            )
        return level

    def levels_for(self, heads: StereoHeads, part: str | None) -> list[int]:
        """The levels that learn: all that ran or, of a part, its own; errors as `level_of`."""
        return list(heads.levels) if part is None else [self.level_of(part, heads)]

    def taught(self, outputs: Outputs, sample: Sample) -> Mapping[str, Taught]:
        """What the terms that do not look at every pixel look at: name of a label, or of a term -> pixels.

        For pictures; `objective` does not need it. Pixels without a label are none that teach.

        Raises:
            MissingView: as `objective` does.
        """
        return {}

    def parts(self) -> Mapping[str, Part]:
        """The network's parts, coarse to fine, each with its own head, numbered as in a forward of all heads."""
        return {
            name: Part(name=name, parameters=tuple(f"network.{p}" for p in names), head=index)
            for index, (name, names) in enumerate(self.network.parts().items())
        }


def proxy_of(sample: Sample, name: str) -> tuple[Tensor, Tensor]:
    """Disparity (px, nan where there is none) and confidence (0..1) of a label by name.

    Raises:
        MissingView: when the sample has no such label, or one of depth.
    """
    if name not in sample.labels:
        raise MissingView(
            f"sample {sample.keys or '?'} has no proxy {name!r}; it has {sorted(sample.labels)}. "
            "Attach it with wilddepth.proxies"
        )
    label = sample.labels[name]
    if label.disparity is None:
        raise MissingView(f"label {name!r} holds depth; this method learns from disparity")
    known = label.disparity.isfinite()
    return label.disparity, known.to(label.disparity.dtype) if label.confidence is None else label.confidence


def taught_above(sample: Sample, name: str, threshold: float) -> Taught:
    """The pixels that a label teaches whose confidence is above a threshold.

    Raises:
        MissingView: when the sample has no such label.
    """
    disparity, confidence = proxy_of(sample, name)
    return Taught(disparity.isfinite() & (confidence > threshold), f"confidence of {threshold:.2f} or less")


def weighted_objective(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Objective:
    """The weighted sum of terms by name; those whose weight is 0 are not in it.

    Raises:
        ConfigError: when no term is left.
    """
    used = {name: value for name, value in terms.items() if weights[name] > 0}
    if not used:
        raise ConfigError(f"every term is switched off; set one of {', '.join(weights)} above 0")
    total = torch.stack([weights[name] * value for name, value in used.items()]).sum()
    return Objective(total=total, terms={name: value.detach() for name, value in used.items()})
