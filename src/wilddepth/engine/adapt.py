"""Offline adaptation: a network learns from the pairs themselves, and is judged without labels.

The judge is a number that needs no truth: the photometric error on visible pixels and the distance to confident proxies
on blocks that training never saw, each relative to the network as it came. The weights that score best are kept, the run
stops when they stop improving, and where nothing improves the weights that came are given back unchanged.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wilddepth.data.augment import cropped, mirrored
from wilddepth.data.collate import collate
from wilddepth.engine.checkpoint import load_tensors, save_tensors
from wilddepth.engine.fit import Fit, FitPlan, FitResult, Progress, Stage
from wilddepth.engine.labels import LabelPair, held_out_blocks, stored_labels, without_blocks
from wilddepth.errors import SampleError
from wilddepth.geometry.disparity import shift_columns
from wilddepth.geometry.occlusion import visible_by_disparity
from wilddepth.label import Label
from wilddepth.method import Method
from wilddepth.methods.label_free import photometric_error
from wilddepth.sample import Sample
from wilddepth.sources.source import Source

PROXY = "sgm"
BEST = "best.safetensors"
Proxies = Callable[[Sample], Sample]


@dataclass(frozen=True)
class AdaptPlan:
    """How long and how fast.

    Attributes:
        coarse_steps: first steps, levels 6..3 alone: the proxies at a fifth of the cost.
        steps: steps with all levels.
        batch: crops a step, half of them mirrored pairs.
        height: rows of a crop.
        width: columns of a crop.
        learning_rate: at the start; falls to a tenth along a cosine.
        average: decay of the averaged weights, which are what is judged and kept.
        judge_every: steps between two judgements.
        patience: judgements without improvement after which the run stops.
        judged_pairs: pairs looked at in a judgement.
        seed: of crops and order.
        precision: "fp32" or "bf16".
        minutes: end after so much time at the latest; None = no limit.
    """

    coarse_steps: int = 300
    steps: int = 600
    batch: int = 2
    height: int = 256
    width: int = 640
    learning_rate: float = 2e-4
    average: float = 0.99
    judge_every: int = 100
    patience: int = 3
    judged_pairs: int = 12
    seed: int = 0
    precision: str = "fp32"
    minutes: float | None = None


@dataclass(frozen=True)
class Judgement:
    """One look at the network without labels.

    Attributes:
        step: steps done.
        score: 1 = as good as the network that came; smaller is better.
        photometric: mean photometric error on visible pixels.
        proxy: mean distance to held-out confident proxies, capped at 3 px, px; nan without proxies.
    """

    step: int
    score: float
    photometric: float
    proxy: float


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation did.

    Attributes:
        judgements: the first one is of the network as it came.
        best: number of the judgement whose weights were kept; 0 = the network that came was best.
        fit: steps, reason of the end, seconds.
        proxy_seconds: spent on making proxies.
    """

    judgements: tuple[Judgement, ...]
    best: int
    fit: FitResult
    proxy_seconds: float

    @property
    def improved(self) -> bool:
        """True when the adapted network is judged better than the one that came."""
        return self.best > 0


def at_infinity(sample: Sample) -> Sample:
    """The sample with its right view moved so that no raw disparity is negative.

    Networks predict d >= 0. Where the right principal point lies right of the left one, a far point has a negative raw
    disparity; moving the right view left by whole columns adds them to every disparity. `Sample.doffs` of the result
    tells what is left, so that depth stays right. Only the largest shift of a batch can be used for all of it.
    """
    shift = int(np.ceil(float(sample.doffs().max())))
    if shift <= 0 or sample.right is None or sample.right_camera is None:
        return sample
    camera = replace(sample.right_camera, centre_x=sample.right_camera.centre_x - shift)
    return replace(sample, right=shift_columns(sample.right, shift), right_camera=camera)


class Pairs:
    """The pairs of a source with their proxies, as training and judgement see them."""

    def __init__(self, source: Source, folder: Path, proxies: Proxies | None, cached: int = 48) -> None:
        self.source, self.folder, self.proxies = source, folder, proxies
        self.sample = lru_cache(maxsize=cached)(self._sample)
        if len(source) == 0:
            raise SampleError(f"{source.text} holds no pairs to adapt to; check the folder and --limit")

    def __len__(self) -> int:
        return len(self.source)

    def _sample(self, index: int) -> Sample:
        scene = self.source[index]
        sample = at_infinity(replace(scene.sample, labels={}))
        sample.stereo()
        if self.proxies is None:
            return sample
        made = self.proxies

        def make() -> LabelPair:
            return dict(made(sample).labels)

        return replace(sample, labels=stored_labels(self.folder, scene.digest(), make))

    def training_sample(self, index: int) -> Sample:
        """A pair whose proxies have no confidence on the blocks kept for judging, in either view."""
        sample = self.sample(index)
        blocks = held_out_blocks(*sample.size, index)
        labels = {name: without_blocks(label, blocks) for name, label in sample.labels.items()}
        return replace(sample, labels=labels)


class CropFeed:
    """Random crops of the pairs; every second one comes from the mirrored pair, so both views teach."""

    def __init__(self, pairs: Pairs, crop: tuple[int, int], seed: int) -> None:
        self.pairs, self.crop, self.seed = pairs, crop, seed

    def batch(self, step: int, size: int) -> Sample:
        """The batch of a step: a function of seed and step alone."""
        return collate([self.crop_of(step * size + position) for position in range(size)])

    def crop_of(self, number: int) -> Sample:
        """Crop number `number` of the run."""
        epoch, place = divmod(number // 2, len(self.pairs))
        index = int(np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.pairs))[place])
        rng = np.random.default_rng([self.seed, 2, number])
        sample = self.pairs.training_sample(index)
        height, width = sample.size
        top, left = (int(rng.integers(0, max(n - c, 0) + 1)) for n, c in zip((height, width), self.crop, strict=True))
        if number % 2:
            sample = mirrored(sample)
        window = cropped(sample, top, left, min(self.crop[0], height), min(self.crop[1], width))
        return replace(window, labels={name: value for name, value in window.labels.items() if "/" not in name})


def judge(method: Method, pairs: Pairs, limit: int) -> tuple[float, float]:
    """Photometric error and held-out proxy distance (nan without proxies) of a method, over evenly spread pairs."""
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(limit, len(pairs))).round().astype(int))
    photometric, proxy = [], []
    for index in (int(i) for i in chosen):
        sample = pairs.sample(index)
        device = next(method.parameters()).device
        on_device = replace(sample, labels={}).to(device)
        with torch.inference_mode():
            disparity = method.prediction(method(on_device), on_device).disparity()
            photometric.append(visible_error(disparity, on_device))
        if PROXY in sample.labels:
            proxy.append(held_out_distance(disparity.cpu(), sample.labels[PROXY], index))
    distances = [value for value in proxy if value == value]
    return float(np.mean(photometric)), float(np.mean(distances)) if distances else float("nan")


def visible_error(disparity: Tensor, sample: Sample) -> float:
    """Mean photometric error over the pixels that the prediction says both views see."""
    pair = sample.stereo()
    seen = visible_by_disparity(disparity)
    error = photometric_error(disparity, pair.left, pair.right)
    return float((error * seen).sum() / seen.sum().clamp(min=1))


def held_out_distance(disparity: Tensor, label: Label, index: int, *, cap: float = 3.0) -> float:
    """Mean of min(|d - proxy|, cap) over confident proxies on the held-out blocks, px; nan where there are none."""
    if label.disparity is None:
        raise ValueError("this label holds no disparity")
    blocks = held_out_blocks(disparity.shape[-2], disparity.shape[-1], index)
    known = label.disparity.isfinite() & blocks
    if label.confidence is not None:
        known &= label.confidence > 0.5
    if not bool(known.any()):
        return float("nan")
    return float((disparity - label.disparity)[known].abs().clamp(max=cap).mean())


class Judge:
    """Judges a run as it goes, keeps the best weights in a file, and says when to stop."""

    def __init__(self, method: Method, pairs: Pairs, plan: AdaptPlan, folder: Path, state: Mapping[str, Any]) -> None:
        self.pairs, self.plan, self.file, self.begin = pairs, plan, folder / BEST, time.monotonic()
        self.history = [Judgement(**entry) for entry in state.get("history", ())]
        self.best = int(state.get("best", 0))
        if not self.history:
            method.eval()
            self.history.append(Judgement(0, 1.0, *judge(method, pairs, plan.judged_pairs)))
            self.keep(method)

    def __call__(self, step: int, method: Method) -> str | None:
        """Judge now; a text says why the run should stop."""
        found, first = judge(method, self.pairs, self.plan.judged_pairs), self.history[0]
        before = (first.photometric, first.proxy)
        ratios = [new / old for new, old in zip(found, before, strict=True) if old == old and old > 0]
        self.history.append(Judgement(step, float(np.mean(ratios)) if ratios else 1.0, *found))
        if self.history[-1].score < self.history[self.best].score:
            self.best = len(self.history) - 1
            self.keep(method)
        return self.verdict(step)

    def verdict(self, step: int) -> str | None:
        """Why to stop, if there is a reason."""
        if self.plan.minutes is not None and time.monotonic() - self.begin > 60 * self.plan.minutes:
            return f"the {self.plan.minutes:g} minutes given are over"
        waited = len(self.history) - 1 - self.best
        # the coarse stage leaves the finest level behind for a while: no verdict before half of the second stage
        if waited >= self.plan.patience and step >= self.plan.coarse_steps + self.plan.steps // 2:
            return f"no improvement in {waited} judgements"
        return None

    def keep(self, method: Method) -> None:
        """Store the weights as the best so far."""
        save_tensors(self.file, dict(method.state_dict()), {"judgement": str(self.best)})

    def restore(self, method: Method) -> None:
        """Give the method the best weights."""
        method.load_state_dict(load_tensors(self.file)[0])

    def state(self) -> dict[str, Any]:
        """What a resumed run must know, as JSON values."""
        return {"best": self.best, "history": [asdict(entry) for entry in self.history]}


def fit_plan(plan: AdaptPlan) -> FitPlan:
    """The stages of an adaptation."""
    full = Stage(plan.steps, plan.batch, plan.learning_rate, 0.1 * plan.learning_rate, settings={"finest": 2})
    coarse = Stage(
        plan.coarse_steps, plan.batch, plan.learning_rate, settings={"finest": 3, "photometric": 0.0, "smoothness": 0.0}
    )
    return FitPlan(
        stages=(coarse, full) if plan.coarse_steps else (full,),
        average=plan.average,
        precision="bf16" if plan.precision == "bf16" else "fp32",
        seed=plan.seed,
        checkpoint_every=plan.judge_every,
    )


def adapt(
    method: Method,
    source: Source,
    plan: AdaptPlan,
    folder: Path,
    *,
    proxies: Proxies | None,
    resume: bool = False,
    on_proxy: Callable[[int, int], None] | None = None,
    on_step: Callable[[Progress], None] | None = None,
    log: Path | None = None,
) -> Adaptation:
    """Adapt a method to the pairs of a source, in place, without labels.

    Args:
        method: holds the weights it was judged best with when this returns.
        source: rectified pairs; only images and calibration are looked at.
        plan: see `AdaptPlan`.
        folder: for labels and checkpoints; the run can be taken up there.
        proxies: adds proxy labels to a sample; None where the objective needs none.
        resume: take up a run that was cut off.
        on_proxy: told (pairs done, pairs in all) while proxies are made.
        on_step: told of every step.
        log: JSON lines.

    Raises:
        SampleError: for a source without pairs, or a pair that cannot be read.
    """
    begin = time.monotonic()
    pairs = Pairs(source, folder / "labels", proxies)
    smallest = prepared(pairs, on_proxy)
    proxy_seconds = time.monotonic() - begin
    crop = (min(plan.height, smallest[0]), min(plan.width, smallest[1]))
    fit = Fit(method, CropFeed(pairs, crop, plan.seed), fit_plan(plan), folder)
    if resume:
        fit.resume()
    judge_run = Judge(method, pairs, plan, folder, fit.state)

    def watch(step: int, averaged: Method) -> str | None:
        reason = judge_run(step, averaged)
        fit.state = judge_run.state()
        return reason

    result = fit.run(on_step=on_step, watch=watch, watch_every=plan.judge_every, log=log)
    judge_run.restore(method)
    method.eval()
    return Adaptation(tuple(judge_run.history), judge_run.best, result, proxy_seconds)


def prepared(pairs: Pairs, on_proxy: Callable[[int, int], None] | None) -> tuple[int, int]:
    """Look at every pair once, which makes its proxies; the fewest rows and columns of all."""
    sizes = []
    for index in range(len(pairs)):
        sizes.append(pairs.sample(index).size)
        if on_proxy is not None:
            on_proxy(index + 1, len(pairs))
    return min(size[0] for size in sizes), min(size[1] for size in sizes)
