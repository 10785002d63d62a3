"""Proxies teach where they are sure, and smoothness fills in between.

    L = L_c + lambda L_s

L_c is the confidence-weighted L1 to a proxy above a threshold, L_s the mean step to the neighbours, blind to the image.
Both are taken of the last head, in px / 20; every_level: true takes L_c of all heads too.

Source:
    Tonioni et al., "Unsupervised adaptation for deep stereo", ICCV 2017, eq. 1-2. Threshold and lambda are those of its
    published Caffe code, which takes both terms at half the resolution.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from wilddepth.losses.regression import Normalise, confidence_weighted_l1
from wilddepth.losses.smoothness import four_neighbour_smoothness
from wilddepth.method import Outputs
from wilddepth.methods.every_level import on_every_level
from wilddepth.methods.stereo import (
    Level,
    Share,
    StereoMethod,
    Taught,
    Weight,
    heads_of,
    proxy_of,
    taught_above,
    weighted_objective,
)
from wilddepth.networks.stereo import SCALE, StereoNetwork
from wilddepth.objective import Objective
from wilddepth.sample import Sample


@dataclass(frozen=True)
class ConfidenceGuidedConfig:
    """Settings of the method of 2017.

    Attributes:
        label: name of the proxy among the sample's labels.
        threshold: proxies with a confidence above it are used.
        smoothness: lambda; 0 switches it off.
        normalise: what L_c is divided by, see `confidence_weighted_l1`; "labelled" as in the published Caffe code.
        every_level: the proxy supervises all levels too; False: the last head only, as published.
        finest: last level that runs; its head is the last head.
    """

    label: str = "sgm"
    threshold: Share = 0.65
    smoothness: Weight = 0.5
    normalise: Normalise = "selected"
    every_level: bool = False
    finest: Level = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The proxies in use."""
        return (self.label,)


class ConfidenceGuided(StereoMethod):
    """A stereo network under the objective of 2017."""

    def __init__(self, network: StereoNetwork, config: ConfidenceGuidedConfig | None = None) -> None:
        super().__init__(network)
        self.config = config or ConfidenceGuidedConfig()

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """The last head alone is enlarged."""
        return self.run(sample, isolate_parts=isolate_parts, finest=self.config.finest, heads="final")

    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        """L_c + lambda L_s; with `part`, of that part's own head.

        Raises:
            MissingView: when the sample has not the proxy that the config names.
            ConfigError: for an unknown part.
        """
        config, disparity = self.config, self.head_for(outputs, part)
        proxy, confidence = proxy_of(sample, config.label)
        guided = confidence_weighted_l1(disparity, proxy, confidence, config.threshold, normalise=config.normalise)
        guided = guided / SCALE
        if config.every_level:
            found = heads_of(outputs)
            levels = self.levels_for(found, part)
            guided = on_every_level(guided, self.network, found, proxy, confidence > config.threshold, levels)
        terms = {"proxy": guided, "smoothness": four_neighbour_smoothness(disparity / SCALE)}
        return weighted_objective(terms, {"proxy": 1.0, "smoothness": config.smoothness})

    def taught(self, outputs: Outputs, sample: Sample) -> Mapping[str, Taught]:
        """The pixels above the threshold."""
        return {self.config.label: taught_above(sample, self.config.label, self.config.threshold)}
