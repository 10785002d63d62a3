"""Local contrast instead of colours, pooled over similar pixels, where both views agree.

    L = (1 - lambda) C + lambda I

C is the weighted local contrast error of both views rebuilt from each other, pooled over windows with adaptive support
weights and averaged over the pixels where both disparities agree. I keeps the network from making everything invalid by
disagreement: -log of the probability 0.5^(disagreement / threshold) that a pixel is valid. Pixels whose match would lie
outside the other view are in neither term. Both are the mean over four sizes of the views, each half of the one before
(`scales`; ours).

Source:
    Zhang et al., "ActiveStereoNet: end-to-end self-supervised learning for active stereo systems", ECCV 2018
    (arXiv:1807.06009). Its network predicts what is invalid; here the disagreement of the two views does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Annotated

import torch
from torch import Tensor

from wilddepth.geometry.occlusion import left_right_difference
from wilddepth.geometry.resample import resize
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.local_contrast import contrast_error, pooled_mean
from wilddepth.method import Outputs
from wilddepth.methods.stereo import Level, Share, Taught, heads_of, weighted_objective
from wilddepth.methods.two_views import TwoViewMethod
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.objective import Objective
from wilddepth.plain import Range
from wilddepth.sample import Sample

Radius = Annotated[int, Range(1, 64)]
Above = Annotated[float, Range(0, above=True)]
Scales = Annotated[int, Range(1, 6)]
Terms = tuple[Tensor, Tensor]
SMALLEST = 32
"""Rows and columns of the smallest images that are compared."""


@dataclass(frozen=True)
class ActiveStereoConfig:
    """Settings of the method.

    Attributes:
        contrast_radius: local contrast is taken over 2 radius + 1 pixels.
        contrast_offset: added to the standard deviation, colours 0..1.
        pooling_radius: errors are pooled over 2 radius + 1 pixels.
        pooling_softness: difference of intensity, of 255, at which a pixel's support has fallen to 1/e.
        threshold: disagreement of the two views up to which a pixel is valid, px.
        invalid: lambda; ours, chosen on a rendered street. With 0.1 and colours of 0..1, C weighs so little that both
            views soon agree on the same wrong disparity everywhere.
        scales: at how many sizes views and disparities are compared, each half of the one before; ours: local contrast
            at the full size alone says nothing about a disparity that is some pixels off. 1 = as published.
        finest: last level that runs; its head is what is compared.
    """

    contrast_radius: Radius = 4
    contrast_offset: Above = 0.01
    pooling_radius: Radius = 16
    pooling_softness: Above = 2.0
    threshold: Above = 1.0
    invalid: Share = 0.001
    scales: Scales = 4
    finest: Level = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """None."""
        return ()


class ActiveStereo(TwoViewMethod):
    """A stereo network under the objective of ActiveStereoNet."""

    def __init__(self, network: StereoNetwork, config: ActiveStereoConfig | None = None) -> None:
        super().__init__(network)
        self.config = config or ActiveStereoConfig()

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """Both views."""
        return self.run(sample, isolate_parts=isolate_parts, finest=self.config.finest)

    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        """(1 - lambda) C + lambda I, the mean of both views and all sizes; with `part`, of that part's own head.

        Raises:
            MissingView: when the sample has no right image.
            ConfigError: for an unknown part.
        """
        found, pair = heads_of(outputs), sample.stereo()
        views = (pair.left, pair.right, *self.both(found, None if part is None else self.level_of(part, found)))
        sides = [side for number in self.scales(sample) for side in self.sides(*shrunk(*views, number))]
        contrast, invalid = (torch.stack(values).mean() for values in zip(*sides, strict=True))
        weights = {"contrast": 1 - self.config.invalid, "invalid": self.config.invalid}
        return weighted_objective({"contrast": contrast, "invalid": invalid}, weights)

    def taught(self, outputs: Outputs, sample: Sample) -> Mapping[str, Taught]:
        """The pixels of the left view, at its full size, at which both views agree."""
        agree = left_right_difference(*self.both(heads_of(outputs))) < self.config.threshold
        return {"contrast": Taught(agree, f"the views differ by {self.config.threshold:g} px or more")}

    def scales(self, sample: Sample) -> range:
        """How often the images are halved; those that would get too small are left out, never the full size."""
        return range(max(1, sum(min(sample.size) >> number >= SMALLEST for number in range(self.config.scales))))

    def sides(self, left: Tensor, right: Tensor, of_left: Tensor, of_right: Tensor) -> tuple[Terms, Terms]:
        """C and I of both views."""
        # In a mirror the right view is a left one, and both directions are one and the same computation.
        flipped = (values.flip(-1) for values in (right, left, of_right, of_left))
        return self.side(left, right, of_left, of_right), self.side(*flipped)

    def side(self, view: Tensor, other: Tensor, disparity: Tensor, other_disparity: Tensor) -> Terms:
        """C and I of a left view."""
        config = self.config
        rebuilt, _ = warp_by_disparity(other, disparity)
        error = contrast_error(rebuilt, view, radius=config.contrast_radius, offset=config.contrast_offset)
        difference = left_right_difference(disparity, other_disparity)
        seen = difference.isfinite()
        pooled = pooled_mean(
            error,
            view.mean(1, keepdim=True),
            seen & (difference < config.threshold),
            radius=config.pooling_radius,
            softness=config.pooling_softness / 255,
        )
        surprise = torch.where(seen, difference, torch.zeros_like(difference)) * (log(2) / config.threshold)
        return pooled, surprise.sum() / seen.sum().clamp(min=1)


def shrunk(left: Tensor, right: Tensor, of_left: Tensor, of_right: Tensor, number: int) -> tuple[Tensor, ...]:
    """Views (b c h w) and their disparities (b 1 h w) halved so many times; disparities in px of the new size."""
    if not number:
        return left, right, of_left, of_right
    size = left.shape[-2] >> number, left.shape[-1] >> number
    views = (resize(values, *size, "area") for values in (left, right))
    ratio = size[1] / left.shape[-1]
    return (*views, *(resize(values, *size, "area") * ratio for values in (of_left, of_right)))
