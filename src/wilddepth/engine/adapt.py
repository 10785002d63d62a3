"""Offline adaptation: a network learns from the pairs themselves, and is judged without labels.

The judge is a number that needs no truth: the photometric error on visible pixels and the distance to confident proxies
on blocks that training never saw, each relative to the network as it came. The weights that score best are kept, the
run stops when they stop improving, and where nothing improves the weights that came are given back unchanged.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wilddepth.data.augment import Variety
from wilddepth.engine.fit import DivergedError, Fit, FitResult, Progress
from wilddepth.engine.judge import Judge, Judgement
from wilddepth.engine.labels import Proxies
from wilddepth.engine.pairs import CropFeed, Pairs
from wilddepth.engine.schedule import FitPlan, Stage
from wilddepth.method import Method
from wilddepth.methods.stereo import StereoMethod
from wilddepth.sources.source import Source


@dataclass(frozen=True)
class AdaptPlan:
    """How long and how fast.

    Attributes:
        coarse_steps: first steps, coarse levels alone: the proxies at a fifth of the cost. Without proxies, or with a
            method that looks at the finest head only, these steps are done as all others.
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
        whole: one crop a step, as large as the smallest pair, instead of `batch` of `height` x `width`: the network
            learns from what it is shown later, with each place at its own height in the view.
        augment: crops differ in zoom and colours (see `Variety`), for pairs that are not seen here.
        precision: "fp32" or "bf16".
        minutes: the first step after so much time, proxies included, is the last one; None = no limit.
    """

    coarse_steps: int = 240
    steps: int = 480
    batch: int = 2
    height: int = 256
    width: int = 640
    learning_rate: float = 2e-4
    average: float = 0.99
    judge_every: int = 100
    patience: int = 3
    judged_pairs: int = 12
    seed: int = 0
    whole: bool = False
    augment: bool = False
    precision: Literal["fp32", "bf16"] = "fp32"
    minutes: float | None = None


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation did.

    Attributes:
        judgements: the first one is of the network as it came.
        best: number of the judgement whose weights were kept; 0 = the network that came was best.
        fit: steps, reason of the end, seconds.
        proxy_seconds: spent on reading the pairs and making their proxies.
    """

    judgements: tuple[Judgement, ...]
    best: int
    fit: FitResult
    proxy_seconds: float

    @property
    def improved(self) -> bool:
        """True when the adapted network is judged better than the one that came."""
        return self.best > 0


def fit_plan(plan: AdaptPlan, *, coarse: Mapping[str, int | float] | None = None) -> FitPlan:
    """The stages of an adaptation; `coarse` are the settings of the first one, without which there is none."""
    first = 0 if coarse is None else plan.coarse_steps
    rate, total, batch = plan.learning_rate, plan.coarse_steps + plan.steps, 1 if plan.whole else plan.batch
    full = Stage(total - first, batch, rate, 0.1 * rate)
    return FitPlan(
        stages=(Stage(first, batch, rate, settings=coarse or {}), full) if first else (full,),
        average=plan.average,
        precision=plan.precision,
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
        method: holds the weights it was judged best with when this returns; its network says how many times the
            pictures are enlarged.
        source: rectified pairs; only images and calibration are looked at.
        plan: see `AdaptPlan`.
        folder: for checkpoints; the run can be taken up there.
        proxies: gives the labels of a pair (see `labels.KeptLabels`); None where the objective needs none.
        resume: take up a run that was cut off; its result is that of a run that was not.
        on_proxy: told (pairs done, pairs in all) while proxies are made.
        on_step: told of every step.
        log: JSON lines.

    Raises:
        SampleError: for a source without pairs, or a pair that cannot be read.
        OutputError: when the folder cannot be written.
        WeightsError: when the checkpoint to resume from is damaged, or belongs to another network.
    """
    begin = time.monotonic()
    enlargement = method.network.enlargement if isinstance(method, StereoMethod) else 1.0
    pairs = Pairs(source, proxies, enlargement=enlargement)
    smallest = prepared(pairs, on_proxy)
    proxy_seconds = time.monotonic() - begin
    crop = smallest if plan.whole else (min(plan.height, smallest[0]), min(plan.width, smallest[1]))
    coarse = method.coarse_first if isinstance(method, StereoMethod) and proxies is not None else None
    stages = fit_plan(plan, coarse=coarse)
    feed = CropFeed(pairs, crop, plan.seed, variety=Variety() if plan.augment else None)
    fit = Fit(method, feed, stages, folder)
    if resume:
        fit.resume()
    # The coarse stage leaves the finest level behind for a while: no verdict before half of the second stage.
    earliest = stages.steps - stages.stages[-1].steps // 2
    judge = Judge(
        method,
        pairs,
        folder,
        fit.state,
        judged_pairs=plan.judged_pairs,
        patience=plan.patience,
        every=plan.judge_every,
        earliest=earliest,
    )

    def watch(step: int, averaged: Method) -> str | None:
        reason = judge(step, averaged)
        fit.state = judge.state()
        return reason

    deadline = None if plan.minutes is None else begin + 60 * plan.minutes
    # A run that was cut off after it had been stopped is not gone on with.
    reason = judge.verdict(fit.done) if fit.done < stages.steps else None
    result = FitResult(fit.done, reason, 0.0)
    if reason is None:
        try:
            result = fit.run(on_step=on_step, watch=watch, watch_every=plan.judge_every, log=log, deadline=deadline)
        except DivergedError as error:  # the best weights were kept: the run ends with those
            result = FitResult(fit.done, str(error), time.monotonic() - begin - proxy_seconds)
    judge.restore(method)
    method.eval()
    return Adaptation(tuple(judge.history), judge.best, result, proxy_seconds)


def prepared(pairs: Pairs, on_proxy: Callable[[int, int], None] | None) -> tuple[int, int]:
    """Look at every pair once, which makes its proxies; the fewest rows and columns of all."""
    sizes = []
    for index in range(len(pairs)):
        sizes.append(pairs.sample(index).size)
        if on_proxy is not None and pairs.proxies is not None:
            on_proxy(index + 1, len(pairs))
    return min(size[0] for size in sizes), min(size[1] for size in sizes)
