"""The labels of the tables: a matcher and a network that says how sure each of its disparities is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8

from wilddepth.engine.confidence import load_confidence
from wilddepth.engine.labels import KeptLabels, LabelPair
from wilddepth.networks.ccnn import CCNN
from wilddepth.proxies.algorithm import Algorithm, Labels
from wilddepth.proxies.attach import NAME
from wilddepth.proxies.fusion import Fused
from wilddepth.proxies.matched import mirror
from wilddepth.proxies.matchings import MATCHERS
from wilddepth.sample import Sample


@dataclass(frozen=True)
class JudgedSettings:
    """Settings of `Judged`.

    Attributes:
        matcher: one of `proxies.matchings`.
        network: packaged name of the CCNN that judges it.
        disparities: searched.
    """

    matcher: str
    network: str
    disparities: int = 192


@dataclass(frozen=True)
class Judged(Algorithm):
    """A matcher whose every disparity is a label, with a network's calibrated confidence: thresholds choose later."""

    def __call__(
        self, left: UInt8[np.ndarray, "h w 3"], right: UInt8[np.ndarray, "h2 w2 3"], lowest: int = 0
    ) -> Labels:
        """Labels of both views; arguments as those of `Algorithm`."""
        settings: Any = self.settings
        found = MATCHERS[settings.matcher](left, right, lowest, settings.disparities)
        if found.right_disparity is None:
            raise ValueError(f"{settings.matcher} gives no disparity of the right view")
        mirrored = judged(settings.network, mirror(found.right_disparity))
        seen = Fused(mirror(mirrored.disparity), mirror(mirrored.confidence))
        return judged(settings.network, found.disparity), seen


PROXIES: Mapping[str, Algorithm] = {
    "ad": Judged("ad-census-ccnn", JudgedSettings("ad-census", "ccnn-ad-census")),
    "sgm": Judged("sgm-ccnn", JudgedSettings("sgm", "ccnn-sgm")),
}
"""Name of the label -> what makes it."""


@torch.no_grad()
def judged(network: str, disparity: Float32[np.ndarray, "h w"]) -> Fused:
    """Disparities with their confidence; in a mirror those of a right view look like those of a left one."""
    values = np.ascontiguousarray(disparity, dtype=np.float32)
    return Fused(values, judge(network).confidence(torch.from_numpy(values)[None, None])[0, 0].numpy())


@lru_cache(maxsize=4)
def judge(network: str) -> CCNN:
    """A packaged network, loaded once."""
    return load_confidence(network)[0]


class NamedLabels:
    """Labels of several makers on one pair, each under its own name, kept on disk and read ever after."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.kept = {name: KeptLabels(folder, PROXIES[name]) for name in names}

    def __call__(self, key: str, sample: Sample) -> LabelPair:
        """`NAME` and `right/NAME` for each name; errors as `KeptLabels`."""
        found: LabelPair = {}
        for name, labels in self.kept.items():
            pair = labels(key, sample)
            found |= {name: pair[NAME], f"right/{name}": pair[f"right/{NAME}"]}
        return found
