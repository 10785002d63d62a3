"""The training loop, written once: pre-training, supervised tuning and offline adaptation."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wilddepth.engine.checkpoint import LAST, load_checkpoint, save_checkpoint
from wilddepth.engine.prefetch import Feed, Prefetched
from wilddepth.errors import WildDepthError
from wilddepth.method import Method
from wilddepth.sample import Sample


@dataclass(frozen=True)
class Stage:
    """A stretch of training with one setting.

    Attributes:
        steps: number of steps.
        batch: pairs a step.
        learning_rate: at its first step.
        final_learning_rate: at its last step, reached along half a cosine; None = constant.
        warm_up: steps over which the rate rises linearly from nothing.
        settings: fields of the method's config to replace during the stage, e.g. {"finest": 3}.
    """

    steps: int
    batch: int
    learning_rate: float
    final_learning_rate: float | None = None
    warm_up: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FitPlan:
    """How a method is trained.

    Attributes:
        stages: one after the other.
        optimiser: "adam" (0.9, 0.999) or "sgd" with momentum 0.9.
        weight_decay: L2 penalty.
        clip: largest norm of the whole gradient; 0 = no limit.
        average: decay of the exponential average of the weights; 0 = keep none.
        precision: "fp32", or "bf16" (autocast; weights stay float32).
        seed: of everything random in the objective.
        checkpoint_every: steps.
        log_every: steps.
    """

    stages: tuple[Stage, ...]
    optimiser: Literal["adam", "sgd"] = "adam"
    weight_decay: float = 0.0
    clip: float = 0.0
    average: float = 0.998
    precision: Literal["fp32", "bf16"] = "fp32"
    seed: int = 0
    checkpoint_every: int = 200
    log_every: int = 20

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> tuple[Stage, int]:
        """The stage of a step, and the step's number within it."""
        for stage in self.stages:
            if step < stage.steps:
                return stage, step
            step -= stage.steps
        raise ValueError("step beyond the last stage")


def learning_rate(stage: Stage, step: int) -> float:
    """The rate at a step of a stage."""
    rate = stage.learning_rate
    if stage.final_learning_rate is not None:
        turn = 0.5 * (1 + torch.cos(torch.tensor(torch.pi * step / max(stage.steps - 1, 1))).item())
        rate = stage.final_learning_rate + (stage.learning_rate - stage.final_learning_rate) * turn
    return rate * min(1.0, (step + 1) / stage.warm_up) if stage.warm_up else rate


@dataclass(frozen=True)
class Progress:
    """One step, told to whoever watches.

    Attributes:
        step: steps done.
        steps: steps planned.
        total: value of the objective.
        terms: its terms.
        learning_rate: used in this step.
        seconds: since the run (or its resumption) began.
        seconds_left: estimated from the recent speed.
    """

    step: int
    steps: int
    total: float
    terms: Mapping[str, float]
    learning_rate: float
    seconds: float
    seconds_left: float


@dataclass(frozen=True)
class FitResult:
    """What a run of `fit` did.

    Attributes:
        steps: steps done, those before a resumption included.
        stopped: why it ended before the plan did; None when it did not.
        seconds: wall time of this run.
    """

    steps: int
    stopped: str | None
    seconds: float


Watcher = Callable[[int, Method], str | None]
"""Called with the steps done and the method (averaged weights in place); a text stops the run and says why."""


class Fit:
    """One training run; `run()` goes from wherever the checkpoint stands to the end."""

    def __init__(self, method: Method, feed: Feed, plan: FitPlan, folder: Path, *, workers: int = 0) -> None:
        self.method, self.plan, self.folder = method, plan, folder
        self.feed = Prefetched(feed, self.batch_size, workers)
        self.device = next(method.parameters()).device
        self.optimiser = make_optimiser(method, plan)
        self.average = {name: value.detach().clone() for name, value in method.named_parameters()} if plan.average else {}
        self.done = 0
        self.state: dict[str, Any] = {}

    def batch_size(self, step: int) -> int | None:
        """Pairs in a step; None beyond the last one."""
        return self.plan.stage_at(step)[0].batch if step < self.plan.steps else None

    def resume(self) -> None:
        """Take up the checkpoint in the folder; nothing happens where there is none."""
        if (self.folder / LAST).is_file():
            self.done, self.state = load_checkpoint(self.folder, self.method, self.optimiser, self.average)

    def save(self) -> None:
        """Write the checkpoint."""
        save_checkpoint(self.folder, self.done, self.method, self.optimiser, self.average, self.state)

    def run(
        self,
        *,
        on_step: Callable[[Progress], None] | None = None,
        watch: Watcher | None = None,
        watch_every: int = 0,
        log: Path | None = None,
    ) -> FitResult:
        """Train to the end of the plan.

        Args:
            on_step: told of every step.
            watch: called every `watch_every` steps and after the last; may stop the run.
            watch_every: steps; 0 = never.
            log: JSON lines are appended here every `plan.log_every` steps.

        Raises:
            WildDepthError: when the objective is not a finite number: training cannot recover from it.
        """
        begin, first, stopped = time.monotonic(), self.done, None
        while self.done < self.plan.steps and stopped is None:
            total, terms, rate = self.step()
            elapsed = time.monotonic() - begin
            left = elapsed / (self.done - first) * (self.plan.steps - self.done)
            progress = Progress(self.done, self.plan.steps, total, terms, rate, elapsed, left)
            if on_step is not None:
                on_step(progress)
            if log is not None and self.done % self.plan.log_every == 0:
                append_line(log, progress)
            last = self.done == self.plan.steps
            if watch is not None and watch_every and (self.done % watch_every == 0 or last):
                with Averaged(self.method, self.average):
                    stopped = watch(self.done, self.method)
            if self.done % self.plan.checkpoint_every == 0 or last or stopped is not None:
                self.save()
        self.feed.close()
        return FitResult(self.done, stopped, time.monotonic() - begin)

    def step(self) -> tuple[float, dict[str, float], float]:
        """One update; returns the objective, its terms and the learning rate."""
        stage, within = self.plan.stage_at(self.done)
        rate = learning_rate(stage, within)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        apply_settings(self.method, stage.settings)
        self.method.train()
        sample = channels_last(self.feed.batch(self.done, stage.batch)).to(self.device)
        generator = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + self.done)
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.precision == "bf16"):
            outputs = self.method(sample)
        objective = self.method.objective(outputs, sample, generator=generator)
        total = float(objective.total.detach())
        if total != total or total in (float("inf"), float("-inf")):
            raise WildDepthError(
                f"the objective is {total} at step {self.done} (images {', '.join(sample.keys[:4])}); lower the learning "
                "rate, or resume from the last checkpoint with other settings"
            )
        objective.total.backward()  # type: ignore[no-untyped-call]
        if self.plan.clip:
            nn.utils.clip_grad_norm_(self.method.parameters(), self.plan.clip)
        self.optimiser.step()
        self.done += 1
        self.update_average()
        return total, {name: float(value) for name, value in objective.terms.items()}, rate

    def update_average(self) -> None:
        """Move the averaged weights towards the present ones, faster in the first steps."""
        if not self.average:
            return
        decay = min(self.plan.average, (1 + self.done) / (10 + self.done))
        with torch.no_grad():
            for name, value in self.method.named_parameters():
                self.average[name].lerp_(value, 1 - decay)


class Averaged:
    """A context in which a method has its averaged weights, and evaluation mode."""

    def __init__(self, method: Method, average: Mapping[str, Tensor]) -> None:
        self.method, self.average = method, average
        self.kept: dict[str, Tensor] = {}

    def __enter__(self) -> Method:
        self.training = self.method.training
        self.method.eval()
        with torch.no_grad():
            for name, value in self.method.named_parameters():
                if name in self.average:
                    self.kept[name] = value.detach().clone()
                    value.copy_(self.average[name])
        return self.method

    def __exit__(self, *error: object) -> None:
        with torch.no_grad():
            for name, value in self.method.named_parameters():
                if name in self.kept:
                    value.copy_(self.kept[name])
        self.method.train(self.training)


def make_optimiser(method: Method, plan: FitPlan) -> torch.optim.Optimizer:
    """The optimiser of a plan over the method's base parameters."""
    parameters = [p for p in method.parameter_groups()["base"] if p.requires_grad]
    if plan.optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=1.0, momentum=0.9, weight_decay=plan.weight_decay)
    return torch.optim.Adam(parameters, lr=1.0, weight_decay=plan.weight_decay)


def apply_settings(method: Method, settings: Mapping[str, Any]) -> None:
    """Replace fields of the method's config for the present stage."""
    if settings:
        method.config = replace(method.config, **settings)  # type: ignore[type-var, assignment]


def channels_last(sample: Sample) -> Sample:
    """The sample with images in the memory layout that convolutions on CPUs like best."""
    layout = torch.channels_last
    right = None if sample.right is None else sample.right.contiguous(memory_format=layout)
    return replace(sample, image=sample.image.contiguous(memory_format=layout), right=right)


def append_line(path: Path, progress: Progress) -> None:
    """One JSON line more in a log."""
    line = {
        "step": progress.step,
        "total": round(progress.total, 6),
        "learning_rate": progress.learning_rate,
        "seconds": round(progress.seconds, 2),
        **{name: round(value, 6) for name, value in progress.terms.items()},
    }
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
