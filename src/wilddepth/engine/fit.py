"""The training loop, written once: pre-training, supervised tuning and offline adaptation."""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wilddepth.engine.checkpoint import LAST, load_checkpoint, save_checkpoint
from wilddepth.engine.prefetch import Feed, Prefetched
from wilddepth.engine.schedule import FitPlan, Stage, learning_rate
from wilddepth.errors import ConfigError, OutputError, WildDepthError
from wilddepth.method import Method
from wilddepth.objective import Objective
from wilddepth.sample import Sample

__all__ = ["Averaged", "DivergedError", "Fit", "FitPlan", "FitResult", "Progress", "Stage", "Watcher", "learning_rate"]

RECENT = 50
"""Steps over which the speed is measured for the time that is left: stages differ in it by a factor of five."""


class DivergedError(WildDepthError):
    """The objective or the weights are no finite numbers any more: this run cannot recover."""


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
"""Called with the steps done and the method as it would be handed over now: averaged weights, its own settings and not
those of a stage. A text stops the run and says why."""


class Fit:
    """One training run; `run()` goes from wherever the checkpoint stands to the end.

    Attributes:
        method: trained in place.
        done: steps done.
        state: JSON values of the caller's that are kept with the checkpoint.
        average: name -> averaged parameter; empty where the plan keeps none.
    """

    def __init__(self, method: Method, feed: Feed, plan: FitPlan, folder: Path, *, workers: int = 0) -> None:
        """Get ready for step 0.

        Args:
            method: on its device.
            feed: where batches come from.
            plan: see `FitPlan`.
            folder: for checkpoints.
            workers: threads that make batches ahead; the result does not depend on them.
        """
        self.method, self.plan, self.folder = method, plan, folder
        self.config = getattr(method, "config", None)
        self.feed = Prefetched(feed, self.batch_size, workers)
        self.device = next(method.parameters()).device
        self.optimiser = make_optimiser(method, plan)
        self.average = (
            {name: value.detach().clone() for name, value in method.named_parameters()} if plan.average else {}
        )
        self.done = 0
        self.state: dict[str, Any] = {}

    def batch_size(self, step: int) -> int | None:
        """Pairs in a step; None beyond the last one."""
        return self.plan.stage_at(step)[0].batch if step < self.plan.steps else None

    def resume(self) -> None:
        """Take up the checkpoint in the folder; nothing happens where there is none.

        Raises:
            WeightsError: when it is damaged, or belongs to another network or plan.
        """
        if (self.folder / LAST).is_file():
            self.done, self.state = load_checkpoint(self.folder, self.method, self.optimiser, self.average)

    def save(self) -> None:
        """Write the checkpoint.

        Raises:
            DivergedError: when a weight is not finite; the checkpoint before stays.
            OutputError: when it cannot be written; the checkpoint before stays.
        """
        if not all(bool(value.isfinite().all()) for value in self.method.parameters()):
            raise self.diverged("a weight is not a finite number")
        save_checkpoint(self.folder, self.done, self.method, self.optimiser, self.average, self.state)

    def run(
        self,
        *,
        on_step: Callable[[Progress], None] | None = None,
        watch: Watcher | None = None,
        watch_every: int = 0,
        log: Path | None = None,
        deadline: float | None = None,
    ) -> FitResult:
        """Train to the end of the plan.

        Args:
            on_step: told of every step.
            watch: called every `watch_every` steps and after the last; may stop the run.
            watch_every: steps; 0 = never.
            log: JSON lines are appended here every `plan.log_every` steps.
            deadline: the run ends at the first step done at or after this time of `time.monotonic()`.

        Raises:
            DivergedError: when the objective or a weight is not a finite number: training cannot recover from it.
            OutputError: when the checkpoint or the log cannot be written.
        """
        begin, stopped = time.monotonic(), None
        recent = deque([begin], maxlen=RECENT)
        try:
            while self.done < self.plan.steps and stopped is None:
                total, terms, rate = self.step()
                recent.append(time.monotonic())
                left = (recent[-1] - recent[0]) / (len(recent) - 1) * (self.plan.steps - self.done)
                progress = Progress(self.done, self.plan.steps, total, terms, rate, recent[-1] - begin, left)
                if on_step is not None:
                    on_step(progress)
                if log is not None and self.done % self.plan.log_every == 0:
                    append_line(log, progress)
                last = self.done == self.plan.steps
                if deadline is not None and recent[-1] >= deadline and not last:
                    stopped = "the time given is over"
                if watch is not None and watch_every and (self.done % watch_every == 0 or last or stopped):
                    use_settings(self.method, self.config, {})  # what is watched is what will be handed over
                    with self.averaged():
                        stopped = watch(self.done, self.method) or stopped
                if self.done % self.plan.checkpoint_every == 0 or last or stopped is not None:
                    self.save()
        finally:
            self.feed.close()
            use_settings(self.method, self.config, {})
        return FitResult(self.done, stopped if self.done < self.plan.steps else None, time.monotonic() - begin)

    def averaged(self) -> "Averaged":
        """A context in which the method has its averaged weights."""
        return Averaged(self.method, self.average)

    def step(self) -> tuple[float, dict[str, float], float]:
        """One update; returns the objective, its terms and the learning rate."""
        stage, within = self.plan.stage_at(self.done)
        rate = learning_rate(stage, within)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        use_settings(self.method, self.config, stage.settings)
        self.method.train()
        sample = channels_last(self.feed.batch(self.done, stage.batch)).to(self.device)
        generator = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + self.done)
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.precision == "bf16"):
            outputs = self.method(sample)
        objective: Objective = self.method.objective(outputs, sample, generator=generator)
        total = float(objective.total.detach())
        if not isfinite(total):
            raise self.diverged(f"the objective is {total} (images {', '.join(sample.keys[:4])})")
        objective.total.backward()  # type: ignore[no-untyped-call]
        if self.plan.clip:
            nn.utils.clip_grad_norm_(self.method.parameters(), self.plan.clip)
        self.optimiser.step()
        self.done += 1
        self.update_average()
        return total, {name: float(value) for name, value in objective.terms.items()}, rate

    def diverged(self, what: str) -> DivergedError:
        """The error for a run that has lost its way."""
        kept = f"{self.folder / LAST} stays" if (self.folder / LAST).is_file() else "no checkpoint was written yet"
        return DivergedError(f"{what} at step {self.done}; lower the learning rate and train again ({kept})")

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


def use_settings(method: Method, config: Any, settings: Mapping[str, Any]) -> None:
    """Give a method the config it came with, with some fields replaced: those of an earlier stage do not linger.

    Raises:
        ConfigError: for settings of a method that has no config.
    """
    if config is None:
        if settings:
            raise ConfigError(f"{type(method).__name__} has no settings to replace in a stage; leave them out")
        return
    wanted = replace(config, **settings)
    if method.config != wanted:  # only then: a compiled method is compiled again for a new one
        method.config = wanted


def channels_last(sample: Sample) -> Sample:
    """The sample with images in the memory layout that convolutions on CPUs like best."""
    layout = torch.channels_last
    right = None if sample.right is None else sample.right.contiguous(memory_format=layout)
    return replace(sample, image=sample.image.contiguous(memory_format=layout), right=right)


def append_line(path: Path, progress: Progress) -> None:
    """One JSON line more in a log.

    Raises:
        OutputError: when it cannot be written.
    """
    line = {
        "step": progress.step,
        "total": round(progress.total, 6),
        "learning_rate": progress.learning_rate,
        "seconds": round(progress.seconds, 2),
        **{name: round(value, 6) for name, value in progress.terms.items()},
    }
    try:
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; free some space or choose another --out") from error
