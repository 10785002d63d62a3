"""Batches of rendered pairs for training: a pure function of (seed, step)."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wilddepth.errors import ConfigError
from wilddepth.label import Label
from wilddepth.sample import Sample
from wilddepth.worlds.cache import STEP, Burst, BurstCache, BurstSpec

OPEN_BURSTS = 64
"""Bursts kept open. Each holds four file descriptors, and a process has 1024 on many machines."""


@dataclass(frozen=True)
class Jitter:
    """Photometric augmentation on top of what the worlds do, 0..1 scale; a pair is changed with probability one half.

    Attributes:
        brightness: largest shift, both views alike.
        contrast: largest relative change, both views alike.
        asymmetric: share of the above by which the views differ.
    """

    brightness: float = 0.08
    contrast: float = 0.25
    asymmetric: float = 0.2


class RenderedFeed:
    """Random crops of rendered pairs, mirrored half the time.

    `batch(step, size)` depends on the seed and the step alone, so a resumed run and any number of loader workers see
    the same batches. The number of pairs in use grows with the step: training can begin before all are rendered.

    Args:
        spec: which pairs.
        count: pairs in all.
        first: pairs in use at step 0.
        growth: pairs added a step.
        crop: rows and columns of the batch.
        seed: of the choice of pairs, crops and augmentation.
        jitter: photometric augmentation; None for none.
        root: folder of the cache.

    Raises:
        ConfigError: for an unknown world, a crop larger than the pairs, or no pairs at all.
    """

    def __init__(
        self,
        spec: BurstSpec,
        *,
        count: int,
        crop: tuple[int, int],
        first: int | None = None,
        growth: float = 1.0,
        seed: int = 0,
        jitter: Jitter | None = None,
        root: Path | None = None,
    ) -> None:
        self.spec, self.count, self.crop, self.seed, self.jitter = spec, count, crop, seed, jitter
        self.first, self.growth = count if first is None else first, growth
        self._check()
        self.cache = BurstCache(spec, root)
        self.burst = lru_cache(maxsize=OPEN_BURSTS)(self.cache.load)

    def _check(self) -> None:
        (height, width), spec = self.crop, self.spec
        if height > spec.height or width > spec.width:
            raise ConfigError(
                f"crops of {height}x{width} do not fit into pairs of {spec.height}x{spec.width}; "
                "choose a smaller height and width"
            )
        if self.count < 1 or self.first < 1:
            raise ConfigError(f"{self.count} pairs, {self.first} of them at first: use at least one")

    def available(self, step: int) -> int:
        """Pairs in use at a step."""
        return min(self.count, self.first + int(self.growth * step))

    def prepare(self, step: int = 0) -> list[int]:
        """Bursts that are in use at a step and not on disk."""
        last = (self.available(step) - 1) // self.spec.pairs
        return [number for number in range(last + 1) if not self.cache.has(number)]

    def batch(self, step: int, size: int) -> Sample:
        """The batch of a step: images (size 3 h w), labels `renderer` and `right/renderer`."""
        rng = np.random.default_rng([self.seed, step])
        chosen = rng.integers(0, self.available(step), size)
        pairs = [self.pair(int(index), rng) for index in chosen]
        left, right, disparity, right_disparity = (torch.stack(parts) for parts in zip(*pairs, strict=True))
        left, right = self.jittered(left, right, rng)
        return Sample(
            image=left,
            right=right,
            labels={
                "renderer": Label(origin="renderer", disparity=disparity),
                "right/renderer": Label(origin="renderer", disparity=right_disparity),
            },
            keys=tuple(f"{self.spec.world}-{index}" for index in chosen),
        )

    def pair(self, index: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One cropped pair: views (3 h w) 0..1, disparities (1 h w) px."""
        burst: Burst = self.burst(index // self.spec.pairs)
        height, width = self.crop
        top = int(rng.integers(0, self.spec.height - height + 1))
        left = int(rng.integers(0, self.spec.width - width + 1))
        window = (index % self.spec.pairs, slice(top, top + height), slice(left, left + width))
        views = [as_float(array[window]).permute(2, 0, 1) / 255 for array in (burst.left, burst.right)]
        maps = [as_float(array[window]).unsqueeze(0) / STEP for array in (burst.left_disparity, burst.right_disparity)]
        if rng.random() < 0.5:  # the mirrored right view is a left view
            views, maps = ([part.flip(-1) for part in reversed(parts)] for parts in (views, maps))
        return views[0], views[1], maps[0], maps[1]

    def jittered(self, left: Tensor, right: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Brightness and contrast changed, mostly alike in both views."""
        if self.jitter is None:
            return left, right
        count = left.shape[0]
        active = rng.random((count, 1, 1, 1)) < 0.5
        shared = rng.uniform(-1, 1, (2, count, 1, 1, 1))
        changed = []
        for view in (left, right):
            own = shared + self.jitter.asymmetric * rng.uniform(-1, 1, (2, count, 1, 1, 1))
            shift = as_float(active * own[0] * self.jitter.brightness)
            factor = as_float(1 + active * own[1] * self.jitter.contrast)
            mean = view.mean(dim=(1, 2, 3), keepdim=True)
            changed.append(((view - mean) * factor + mean + shift).clamp(0, 1))
        return changed[0], changed[1]


def as_float(values: np.ndarray) -> Tensor:
    """A float32 tensor."""
    return torch.from_numpy(values.astype(np.float32))
