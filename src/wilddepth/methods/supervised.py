"""Supervision by a label on every level: pre-training on rendered pairs, and the supervised reference.

Source:
    Tonioni et al., "Real-time self-adaptive deep stereo", CVPR 2019 (arXiv:1810.05424): L1 on V = -d / 20 at the
    resolution of every level. Ours: the mean over valid pixels instead of the sum, with weights that keep the published
    balance (0.005..0.32 times the number of pixels of a level is 1, 1, 1, 2, 4 from coarse to fine), the unrefined V_2
    supervised too, and an optional matching loss on the features, without which matching starts very late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast

import torch
from torch import Tensor
from torch.nn import functional

from wilddepth.errors import MissingView
from wilddepth.geometry.occlusion import consistent
from wilddepth.label import Label
from wilddepth.losses.matching import matching_loss
from wilddepth.losses.pyramid import l1_by_level
from wilddepth.method import Outputs
from wilddepth.methods.stereo import Level, StereoMethod, Weight, heads_of
from wilddepth.networks.stereo import Heads, StereoHeads, StereoNetwork
from wilddepth.objective import Objective
from wilddepth.plain import Range
from wilddepth.sample import Sample

LEVEL_WEIGHTS: Mapping[int, float] = {6: 1.0, 5: 1.0, 4: 1.0, 3: 2.0, 2: 4.0, 1: 4.0, 0: 4.0}


@dataclass(frozen=True)
class SupervisedConfig:
    """Settings of the supervised method.

    Attributes:
        label: name of the label that supervises; `right/NAME`, where present, tells which pixels both views see.
        finest: last level that runs and is trained; a coarse first stage costs a third of MADNet's work.
        matching: weight of the matching loss; 0 switches it off.
        temperature: of its softmax.
        matching_rows: rows of each level that it looks at, drawn anew each time; all of them where there is no
            generator to draw with.
        largest: disparities above it are not supervised, px.
    """

    label: str = "renderer"
    finest: Level = 0
    matching: Weight = 0.15
    temperature: Annotated[float, Range(0, above=True)] = 0.07
    matching_rows: Annotated[int, Range(1)] = 12
    largest: Annotated[float, Range(0, above=True)] = 192.0


class Supervised(StereoMethod):
    """A stereo network with a label on every level."""

    def __init__(self, network: StereoNetwork, config: SupervisedConfig | None = None) -> None:
        super().__init__(network)
        self.config = config or SupervisedConfig()

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """All levels down to `config.finest`; no full-resolution head while training, where nobody looks at it."""
        heads: Heads = "none" if self.training else "final"
        return self.run(sample, isolate_parts=isolate_parts, finest=self.config.finest, heads=heads)

    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        """Weighted mean L1 of all levels (px / 20) plus the matching loss; with `part`, of that part's level alone.

        Raises:
            MissingView: when the sample has not the label that the config names.
            ConfigError: for an unknown part.
        """
        found = heads_of(outputs)
        target, known, visible = self.target(sample, found)
        levels = dict(found.levels)
        if part is not None:
            level = self.level_of(part, found)
            levels = {level: found.levels[level]}
        pixel = self.network.target_pixel
        errors = l1_by_level(levels, target, known, downsample=pixel, reduction="mean")
        terms = {f"level{k}": error for k, error in errors.items()}
        total = torch.stack([LEVEL_WEIGHTS[k] * error for k, error in errors.items()]).sum()
        if found.refined is not None and 2 in levels:
            terms["refined"] = l1_by_level({2: found.refined}, target, known, downsample=pixel, reduction="mean")[2]
            total = total + LEVEL_WEIGHTS[2] * terms["refined"]
        if self.config.matching > 0:
            terms["matching"] = self.matching(found, target, visible, levels, generator)
            total = total + self.config.matching * terms["matching"]
        return Objective(total=total, terms={name: value.detach() for name, value in terms.items()})

    def label(self, sample: Sample, name: str) -> Label:
        """A label by name, or `MissingView`."""
        if name not in sample.labels:
            raise MissingView(f"sample {sample.keys or '?'} has no label {name!r}; it has {sorted(sample.labels)}")
        return sample.labels[name]

    def target(self, sample: Sample, heads: StereoHeads) -> tuple[Tensor, Tensor, Tensor]:
        """Disparity at the padded resolution, where it is known, and where both views see it."""
        disparity = self.label(sample, self.config.label).disparity
        if disparity is None:
            raise MissingView(f"label {self.config.label!r} holds depth; this method learns from disparity")
        known = disparity.isfinite() & (disparity >= 0) & (disparity < self.config.largest)
        filled = torch.where(known, disparity, torch.zeros_like(disparity))
        other = sample.labels.get(f"right/{self.config.label}")
        visible = known
        if other is not None and other.disparity is not None:
            visible = known & consistent(filled, other.disparity.nan_to_num(0.0), 1.0)
        border = (heads.padding.left, heads.padding.right, heads.padding.top, heads.padding.bottom)
        padded = (functional.pad(values, border) for values in (filled, known, visible))
        return cast(tuple[Tensor, Tensor, Tensor], tuple(padded))

    def matching(
        self,
        heads: StereoHeads,
        target: Tensor,
        visible: Tensor,
        levels: Mapping[int, Tensor],
        generator: torch.Generator | None,
    ) -> Tensor:
        """The matching loss, averaged over those of the trained levels whose features the network compares."""
        losses = [heads.levels[max(heads.levels)].new_zeros(())]
        for k in set(levels) & set(heads.features):
            left, right = heads.features[k].chunk(2)
            step = 2**k
            losses.append(
                matching_loss(
                    left,
                    right,
                    target[..., ::step, ::step] / step,
                    visible[..., ::step, ::step],
                    temperature=self.config.temperature,
                    max_shift=int(self.config.largest) // step + 1,
                    rows=None if generator is None else self.config.matching_rows,
                    generator=generator,
                )
            )
        return torch.stack(losses).sum() / max(len(losses) - 1, 1)
