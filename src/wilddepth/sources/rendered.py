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
from wilddepth.worlds.cache import MISSING, STEP, Burst, BurstCache, BurstSpec
from wilddepth.worlds.catalog import render_batch

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


@dataclass(frozen=True)
class Window:
    """A crop of a pair: its number, first row and column, and whether it is seen in a mirror."""

    index: int
    top: int
    left: int
    mirrored: bool


Parts = tuple[Tensor, Tensor, Tensor, Tensor]
"""Views (b 3 h w), 0..1, and disparities of both (b 1 h w), px."""


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
        windows = [self.window(int(index), rng) for index in rng.integers(0, self.available(step), size)]
        left, right, disparity, right_disparity = self.crops(windows)
        left, right = self.jittered(left, right, rng)
        return Sample(
            image=left,
            right=right,
            labels={
                "renderer": Label(origin="renderer", disparity=disparity),
                "right/renderer": Label(origin="renderer", disparity=right_disparity),
            },
            keys=tuple(f"{self.spec.world}-{window.index}" for window in windows),
        )

    def window(self, index: int, rng: np.random.Generator) -> Window:
        """A random crop of a pair."""
        height, width = self.crop
        top = int(rng.integers(0, self.spec.height - height + 1))
        left = int(rng.integers(0, self.spec.width - width + 1))
        return Window(index, top, left, bool(rng.random() < 0.5))

    def crops(self, windows: list[Window]) -> Parts:
        """The crops, as one batch."""
        pairs = [self.pair(window) for window in windows]
        left, right, disparity, right_disparity = (torch.stack(parts) for parts in zip(*pairs, strict=True))
        return left, right, disparity, right_disparity

    def pair(self, window: Window) -> Parts:
        """One cropped pair: views (3 h w) 0..1, disparities (1 h w) px."""
        burst: Burst = self.burst(window.index // self.spec.pairs)
        rows, columns = spans(window, self.crop)
        place = (window.index % self.spec.pairs, rows, columns)
        views = [as_float(array[place]).permute(2, 0, 1) / 255 for array in (burst.left, burst.right)]
        maps = [disparity_of(array[place]) for array in (burst.left_disparity, burst.right_disparity)]
        return turned((views[0], views[1], maps[0], maps[1]), window)

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
            shift = as_float(active * own[0] * self.jitter.brightness).to(view.device)
            factor = as_float(1 + active * own[1] * self.jitter.contrast).to(view.device)
            mean = view.mean(dim=(1, 2, 3), keepdim=True)
            changed.append(((view - mean) * factor + mean + shift).clamp(0, 1))
        return changed[0], changed[1]


class LiveFeed(RenderedFeed):
    """The same crops, rendered when they are asked for, on the device that trains: for a GPU, which renders a batch
    faster than a disk gives it. Nothing is stored.

    Pixels differ from the stored ones by their rounding (1/255, and 1/256 px), and by the noise of the sensors where
    the device is another kind: a run does not give the same bits as one from the cache.
    """

    def __init__(
        self,
        spec: BurstSpec,
        *,
        device: torch.device,
        count: int,
        crop: tuple[int, int],
        first: int | None = None,
        growth: float = 1.0,
        seed: int = 0,
        jitter: Jitter | None = None,
    ) -> None:
        """Everything but `device` as for `RenderedFeed`."""
        super().__init__(spec, count=count, crop=crop, first=first, growth=growth, seed=seed, jitter=jitter)
        self.device = device

    def prepare(self, step: int = 0) -> list[int]:
        """Nothing has to be rendered ahead."""
        return []

    def crops(self, windows: list[Window]) -> Parts:
        """The crops, as one batch on the device."""
        spec, indices = self.spec, [window.index for window in windows]
        batch = render_batch(
            spec.world,
            spec.seed,
            indices,
            spec.height,
            spec.width,
            occlusion=False,
            device=self.device,
            take=spec.take,
        )
        pair = batch.sample.stereo()
        whole = (pair.left, pair.right, batch.sample.labels["renderer"].disparity, batch.right_disparity)
        cut = []
        for number, window in enumerate(windows):
            rows, columns = spans(window, self.crop)
            parts = [part[number, :, rows, columns] for part in whole if part is not None]
            cut.append(turned((parts[0], parts[1], parts[2], parts[3]), window))
        left, right, disparity, right_disparity = (torch.stack(parts) for parts in zip(*cut, strict=True))
        return left, right, disparity, right_disparity


def spans(window: Window, crop: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a window."""
    return slice(window.top, window.top + crop[0]), slice(window.left, window.left + crop[1])


def turned(parts: Parts, window: Window) -> Parts:
    """The parts of a pair (no batch), seen in a mirror where the window says so: the right view is then a left one."""
    if not window.mirrored:
        return parts
    left, right, disparity, right_disparity = (part.flip(-1) for part in parts)
    return right, left, right_disparity, disparity


def disparity_of(stored: np.ndarray) -> Tensor:
    """(1 h w) px; nan where it is not known."""
    values = as_float(stored)
    return torch.where(values == MISSING, torch.nan, values / STEP).unsqueeze(0)


def as_float(values: np.ndarray) -> Tensor:
    """A float32 tensor."""
    return torch.from_numpy(values.astype(np.float32))
