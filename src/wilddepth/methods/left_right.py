"""Unsupervised stereo with left-right consistency, for fine-tuning a stereo network.

    L = image + lambda_s smoothness + lambda_c consistency

over both views and up to four scales: the output, and the next coarser heads of the network at 1/2, 1/4, 1/8.
Disparities are shares of the image's width.

Source:
    Godard et al., "Unsupervised monocular depth estimation with left-right consistency", CVPR 2017 (arXiv:1609.03677).
    It is made for one view; here the second view's disparity is that of the mirrored pair.
"""

from dataclasses import dataclass
from typing import Literal

import torch

from wilddepth.errors import ConfigError
from wilddepth.geometry.resample import resize
from wilddepth.geometry.warp import Border
from wilddepth.losses.left_right import TwoViews, left_right_terms
from wilddepth.method import Outputs
from wilddepth.methods.stereo import Level, Share, Weight, heads_of, weighted_objective
from wilddepth.methods.two_views import TwoViewMethod
from wilddepth.networks.stereo import StereoHeads, StereoNetwork
from wilddepth.objective import Objective
from wilddepth.sample import Sample

SMALLEST = 3
"""Rows and columns of a scale: DSSIM looks at 3x3 windows."""


@dataclass(frozen=True)
class LeftRightConfig:
    """Settings of the method.

    Attributes:
        image: weight of the image term.
        smoothness: lambda_s.
        consistency: lambda_c.
        alpha: share of DSSIM in the image term.
        scales: how many; fewer where the network has fewer heads or the image fewer pixels.
        border: what lies outside a view: its edge ("replicate"), or black ("zeros") as in the published code.
        vertical: smoothness of vertical steps, which the published code drops by a slip.
        finest: last level that runs; its head is the first scale.
    """

    image: Weight = 1.0
    smoothness: Weight = 0.1
    consistency: Weight = 1.0
    alpha: Share = 0.85
    scales: Literal[1, 2, 3, 4] = 4
    border: Border = "replicate"
    vertical: bool = True
    finest: Level = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """None."""
        return ()


class LeftRightMethod(TwoViewMethod):
    """A stereo network under left-right losses."""

    def __init__(self, network: StereoNetwork, config: LeftRightConfig | None = None) -> None:
        super().__init__(network)
        self.config = config or LeftRightConfig()

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """Both views; heads are enlarged where they are compared."""
        return self.run(sample, isolate_parts=isolate_parts, finest=self.config.finest)

    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        """The three terms; with `part`, of that part's own head at the full resolution.

        Raises:
            MissingView: when the sample has no right image.
            ConfigError: for an unknown part, or when every term is switched off.
        """
        found, config = heads_of(outputs), self.config
        levels = self.levels(found, sample) if part is None else (self.level_of(part, found),)
        scales = [self.scale(found, sample, number, level) for number, level in enumerate(levels)]
        terms = left_right_terms(scales, alpha=config.alpha, border=config.border, vertical=config.vertical)
        return weighted_objective(
            {"image": terms.image, "smoothness": terms.smoothness, "consistency": terms.consistency},
            {"image": config.image, "smoothness": config.smoothness, "consistency": config.consistency},
        )

    def levels(self, heads: StereoHeads, sample: Sample) -> tuple[int | None, ...]:
        """The heads to look at, finest first; None = the output."""
        smallest = min(sample.size)
        fitting = [number for number in range(self.config.scales) if smallest >> number >= SMALLEST]
        if not fitting:
            raise ConfigError(f"images of {sample.size[0]}x{sample.size[1]} are too small; give larger crops")
        return (None, *sorted(heads.levels)[1 : len(fitting)])

    def scale(self, heads: StereoHeads, sample: Sample, number: int, level: int | None) -> TwoViews:
        """Images and disparities of scale `number`, at 1 / 2^number of the image."""
        pair, width = sample.stereo(), sample.size[1]
        size = sample.size[0] >> number, width >> number
        left, right, *disparities = (
            resize(values, *size, "area") for values in (pair.left, pair.right, *self.both(heads, level))
        )
        return TwoViews(left, right, *(values / width for values in disparities))
