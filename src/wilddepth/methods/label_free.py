"""Adaptation without labels: proxies that know when they are wrong, photometric error, smoothness, or all of them.

    L = L_c + lambda_r L_r + lambda_s L_s

L_c is the confidence-weighted L1 to a proxy above a threshold, L_r = 0.85 DSSIM + 0.15 L1 between the left image and
the right one warped by the prediction, L_s the edge-aware smoothness.

Source:
    Tonioni et al., ICCV 2017 (L_c), and its journal extension (all terms together). Choices that are ours, each a
    setting: the proxy supervises every level and not only the finest (coarse levels decide which match is found), and
    pixels that the prediction itself hides from the right view do not count in L_r.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from wilddepth.errors import ConfigError, MissingView
from wilddepth.geometry.occlusion import visible_by_disparity
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.label import Label
from wilddepth.losses.photometric import photometric_map
from wilddepth.losses.regression import confidence_weighted_l1
from wilddepth.losses.smoothness import edge_aware_smoothness
from wilddepth.method import Outputs
from wilddepth.methods.every_level import on_every_level
from wilddepth.methods.stereo import Level, Share, StereoMethod, Taught, Weight, heads_of, taught_above
from wilddepth.networks.stereo import SCALE, StereoHeads, StereoNetwork
from wilddepth.objective import Objective
from wilddepth.sample import Sample


@dataclass(frozen=True)
class LabelFreeConfig:
    """Settings of the label-free method.

    Attributes:
        proxy: weight of L_c (in px / 20, so that it weighs like V); 0 switches it off.
        photometric: lambda_r; 0 switches it off.
        smoothness: lambda_s, on disparity / 20; 0 switches it off.
        label: name of the proxy among the sample's labels.
        threshold: proxies with a confidence above it are used.
        every_level: the proxy supervises all levels; False: the last head only, as published.
        mask_hidden: leave pixels that the prediction hides from the right view out of L_r.
        alpha: share of DSSIM in L_r.
        finest: last level that runs; above the network's finest every term looks at that level's head.
    """

    proxy: Weight = 1.0
    photometric: Weight = 1.0
    smoothness: Weight = 0.05
    label: str = "sgm"
    threshold: Share = 0.5
    every_level: bool = True
    mask_hidden: bool = True
    alpha: Share = 0.85
    finest: Level = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The proxies in use."""
        return (self.label,) if self.proxy else ()


class LabelFree(StereoMethod):
    """A stereo network under the label-free objective."""

    def __init__(self, network: StereoNetwork, config: LabelFreeConfig | None = None) -> None:
        super().__init__(network)
        self.config = config or LabelFreeConfig()

    @property
    def coarse_first(self) -> Mapping[str, int | float] | None:
        """The proxies alone, at a fifth of the cost; nothing where they do not teach."""
        if self.config.proxy == 0:
            return None
        return {"finest": max(3, self.config.finest), "photometric": 0.0, "smoothness": 0.0}

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """All levels; only the last head is enlarged to full resolution, the others are compared at their own."""
        return self.run(sample, isolate_parts=isolate_parts, finest=self.config.finest, heads="final")

    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        """L_c + lambda_r L_r + lambda_s L_s; with `part`, the same on that part's own head.

        Raises:
            MissingView: when the sample has no right image, or not the proxy that the config names.
            ConfigError: for an unknown part, and when every term is switched off.
        """
        found, config = heads_of(outputs), self.config
        level = None if part is None else self.level_of(part, found)
        disparity = outputs.disparities[-1] if level is None else self.enlarged(found, level)
        terms: dict[str, Tensor] = {}
        if config.proxy > 0:
            levels = self.levels_for(found, part)
            terms["proxy"] = self.proxy_term(found, disparity, self.proxy_label(sample), levels)
        if config.photometric > 0:
            terms["photometric"] = self.photometric_term(disparity, sample)
        if config.smoothness > 0:
            terms["smoothness"] = edge_aware_smoothness(disparity / SCALE, sample.image)
        if not terms:
            raise ConfigError(
                "every term of the label-free objective is switched off; set proxy or photometric above 0"
            )
        weights = {"proxy": config.proxy, "photometric": config.photometric, "smoothness": config.smoothness}
        total = torch.stack([weights[name] * value for name, value in terms.items()]).sum()
        return Objective(total=total, terms={name: value.detach() for name, value in terms.items()})

    def taught(self, outputs: Outputs, sample: Sample) -> Mapping[str, Taught]:
        """The pixels above the threshold, and those that L_r looks at."""
        config, found = self.config, {}
        if config.proxy > 0:
            found[config.label] = taught_above(sample, config.label, config.threshold)
        if config.photometric > 0 and config.mask_hidden:
            seen = visible_by_disparity(outputs.disparities[-1])
            found["photometric"] = Taught(seen, "hidden from the right view")
        return found

    def proxy_label(self, sample: Sample) -> Label:
        """The proxy of a sample, or `MissingView`."""
        if self.config.label not in sample.labels:
            raise MissingView(
                f"sample {sample.keys or '?'} has no proxy {self.config.label!r}; it has {sorted(sample.labels)}. "
                "Attach it with wilddepth.proxies, or set proxy to 0"
            )
        return sample.labels[self.config.label]

    def proxy_term(self, heads: StereoHeads, disparity: Tensor, label: Label, levels: list[int]) -> Tensor:
        """L_c of the last head, and of every level at its own resolution."""
        if label.disparity is None:
            raise MissingView(f"label {self.config.label!r} holds depth; this method learns from disparity")
        known = label.disparity.isfinite()
        confidence = known.to(disparity.dtype) if label.confidence is None else label.confidence
        loss = confidence_weighted_l1(disparity, label.disparity, confidence, self.config.threshold) / SCALE
        if not self.config.every_level:
            return loss
        return on_every_level(loss, self.network, heads, label.disparity, confidence > self.config.threshold, levels)

    def photometric_term(self, disparity: Tensor, sample: Sample) -> Tensor:
        """L_r: mean photometric error of the right view warped by the prediction."""
        pair = sample.stereo()
        error = photometric_error(disparity, pair.left, pair.right, alpha=self.config.alpha)
        if not self.config.mask_hidden:
            return error.mean()
        seen = visible_by_disparity(disparity.detach())
        return (error * seen).sum() / seen.sum().clamp(min=1)


def photometric_error(disparity: Tensor, left: Tensor, right: Tensor, *, alpha: float = 0.85) -> Tensor:
    """Per-pixel photometric error (b 1 h w) of the right view warped to the left by `disparity` (px)."""
    rebuilt, _ = warp_by_disparity(right, disparity)
    return photometric_map(rebuilt, left, alpha=alpha)
