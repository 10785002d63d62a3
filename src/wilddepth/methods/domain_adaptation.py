"""Proxies, smoothness and photo-consistency together, with a threshold that may be learned.

    L = L_c + lambda_1 L_s + lambda_2 L_r

L_c is the confidence-weighted L1 to one or two proxies above a threshold, L_s the edge-aware smoothness, L_r the
photometric error of the right view warped by the prediction. All are taken of the last head, L_c and L_s in px / 20;
every_level: true takes L_c of all heads too.

Rows of the published table: "Masked + Smooth" is weighting: mask, reconstruction: 0; "Adaptation" the defaults with a
threshold of 0.8 (AD) or 0.9 (SGM); "Learned Adaptation" learned: true; "AD-SGM" names two labels.

Source:
    Tonioni et al., "Unsupervised domain adaptation for depth prediction from images", TPAMI 2020 (arXiv:1909.03943).
    The gate, what trains the threshold, the penalty's weight and the lambdas are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from wilddepth.errors import ConfigError
from wilddepth.losses.regression import confidence_weighted_l1, masked_mean_l1
from wilddepth.losses.smoothness import edge_aware_smoothness
from wilddepth.losses.threshold import gated_l1, surplus_mean_l1, threshold_penalty
from wilddepth.method import Outputs, Part
from wilddepth.methods.every_level import on_every_level
from wilddepth.methods.label_free import photometric_error
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
from wilddepth.plain import Range
from wilddepth.sample import Sample

Inner = Annotated[float, Range(0.01, 0.99)]
"""A share that is neither nothing nor all."""


@dataclass(frozen=True)
class DomainAdaptationConfig:
    """Settings of the method of 2020.

    Attributes:
        label: name of the proxy among the sample's labels.
        second: name of a second proxy with an L_c of its own; "" for none.
        threshold: proxies with a confidence above it are used; where it is learned, its start.
        learned: the thresholds, one for each proxy, are trained with the network.
        softness: of the gate that labels pass where the threshold is learned, in units of confidence.
        penalty: weight of -log(1 - threshold), in px / 20.
        pace: how many times faster than the network's weights the logit of a threshold moves.
        weighting: pixels above the threshold count by their "confidence", or all the same ("mask").
        reconstruction: lambda_2; 0 switches it off.
        smoothness: lambda_1; 0 switches it off.
        alpha: share of DSSIM in L_r.
        every_level: proxies supervise all levels too; False: the last head only, as published.
        finest: last level that runs; its head is the last head.
    """

    label: str = "sgm"
    second: str = ""
    threshold: Inner = 0.9
    learned: bool = False
    softness: Annotated[float, Range(0, above=True)] = 0.05
    penalty: Weight = 0.005
    pace: Annotated[float, Range(0, above=True)] = 100.0
    weighting: Literal["confidence", "mask"] = "confidence"
    reconstruction: Weight = 1.0
    smoothness: Weight = 0.05
    alpha: Share = 0.85
    every_level: bool = False
    finest: Level = 0

    def __post_init__(self) -> None:
        if self.second == self.label:
            raise ConfigError(f"method.settings.second: {self.second!r} is the first proxy too; name another one")

    @property
    def labels(self) -> tuple[str, ...]:
        """The proxies in use."""
        return (self.label, self.second) if self.second else (self.label,)


class DomainAdaptation(StereoMethod):
    """A stereo network under the objective of 2020."""

    def __init__(self, network: StereoNetwork, config: DomainAdaptationConfig | None = None) -> None:
        super().__init__(network)
        self.config = config or DomainAdaptationConfig()
        start = log(self.config.threshold / (1 - self.config.threshold)) / self.config.pace
        count = len(self.config.labels) if self.config.learned else 0
        # An optimiser that scales its steps, as Adam does, moves pace * this number pace times as fast as a weight.
        self.logits = nn.Parameter(torch.full((count,), start)) if count else None

    def thresholds(self) -> list[float] | Tensor:
        """Of each proxy, 0..1; a tensor with gradient where they are learned."""
        if self.logits is None:
            return [self.config.threshold] * len(self.config.labels)
        return (self.config.pace * self.logits).sigmoid()

    def parts(self) -> Mapping[str, Part]:
        """The network's; learned thresholds are trained with the finest."""
        found = dict(super().parts())
        if self.logits is not None:
            last = list(found.values())[-1]
            found[last.name] = Part(last.name, (*last.parameters, "logits"), last.head)
        return found

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
        """L_c + lambda_1 L_s + lambda_2 L_r and, with learned thresholds, their penalty; of a `part`'s own head.

        Raises:
            MissingView: when the sample has no right image, or not a proxy that the config names.
            ConfigError: for an unknown part.
        """
        config, disparity, pair = self.config, self.head_for(outputs, part), sample.stereo()
        weights = {"smoothness": config.smoothness, "reconstruction": config.reconstruction}
        terms = {}
        if config.smoothness:
            terms["smoothness"] = edge_aware_smoothness(disparity / SCALE, pair.left)
        if config.reconstruction:
            terms["reconstruction"] = photometric_error(disparity, pair.left, pair.right, alpha=config.alpha).mean()
        thresholds = self.thresholds()
        for name, threshold in zip(config.labels, thresholds, strict=True):
            label = proxy_of(sample, name)
            terms[f"proxy {name}"] = self.proxy_term(outputs, disparity, label, threshold, part)
            weights[f"proxy {name}"] = 1.0
            if isinstance(threshold, Tensor):
                terms[f"selection {name}"] = self.selection(disparity, *label, threshold) / SCALE
                weights[f"selection {name}"] = 1.0
        if isinstance(thresholds, Tensor):
            terms["penalty"], weights["penalty"] = threshold_penalty(thresholds), config.penalty
        found = weighted_objective(terms, weights)
        learned = dict(zip(config.labels, thresholds.detach(), strict=True)) if isinstance(thresholds, Tensor) else {}
        watched = {f"threshold {name}": value for name, value in learned.items()}
        return Objective(total=found.total, terms={**found.terms, **watched})

    def taught(self, outputs: Outputs, sample: Sample) -> Mapping[str, Taught]:
        """The pixels of each proxy above its threshold; where that is learned, those that count more than half."""
        with torch.no_grad():
            thresholds = [float(value) for value in self.thresholds()]
        pairs = zip(self.config.labels, thresholds, strict=True)
        return {name: taught_above(sample, name, threshold) for name, threshold in pairs}

    def proxy_term(
        self,
        outputs: Outputs,
        disparity: Tensor,
        label: tuple[Tensor, Tensor],
        threshold: float | Tensor,
        part: str | None,
    ) -> Tensor:
        """L_c of one proxy, px / 20, of the last head or of every level."""
        loss = self.guided(disparity, *label, threshold) / SCALE
        if not self.config.every_level:
            return loss
        (proxy, confidence), heads = label, heads_of(outputs)
        kept = confidence > (threshold.detach() if isinstance(threshold, Tensor) else threshold)
        return on_every_level(loss, self.network, heads, proxy, kept, self.levels_for(heads, part))

    def guided(self, disparity: Tensor, proxy: Tensor, confidence: Tensor, threshold: float | Tensor) -> Tensor:
        """L_c of one proxy, px."""
        weighted = self.config.weighting == "confidence"
        if isinstance(threshold, Tensor):  # which is trained by `selection`
            gate = threshold.detach()
            return gated_l1(disparity, proxy, confidence, gate, softness=self.config.softness, weighted=weighted)
        if weighted:
            return confidence_weighted_l1(disparity, proxy, confidence, threshold)
        return masked_mean_l1(disparity, proxy, confidence > threshold)

    def selection(self, disparity: Tensor, proxy: Tensor, confidence: Tensor, threshold: Tensor) -> Tensor:
        """What trains a threshold, px: the mean error of the labels above it, by how far above it they are.

        Weighted by confidence alone, a wrong label of little confidence costs less than the mean, and letting it pass
        would pay: a threshold that begins low would never rise.
        """
        return surplus_mean_l1(disparity.detach(), proxy, confidence, threshold)
