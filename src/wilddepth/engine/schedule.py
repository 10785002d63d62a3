"""How long a method is trained, with what, and how fast: plain values and the closed form of the learning rate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch


@dataclass(frozen=True)
class Stage:
    """A stretch of training with one setting.

    Attributes:
        steps: number of steps.
        batch: pairs a step.
        learning_rate: at its first step.
        final_learning_rate: at its last step, reached along half a cosine; None = constant.
        warm_up: steps over which the rate rises linearly from nothing.
        settings: fields of the method's config to replace during the stage and no longer, e.g. {"finest": 3}.
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
        cut: end after so many steps, with what the stages hold for those; None = when the stages are done.
        optimiser: "adam" (0.9, 0.999) or "sgd" with momentum 0.9.
        weight_decay: L2 penalty.
        clip: largest norm of the whole gradient; 0 = no limit.
        average: decay of the exponential average of the weights; 0 = keep none. It is smaller in the first steps:
            min(average, (1 + n) / (10 + n)) after n steps.
        precision: "fp32", or "bf16" (autocast; weights stay float32).
        seed: of everything random in the objective.
        checkpoint_every: steps.
        log_every: steps.
    """

    stages: tuple[Stage, ...]
    cut: int | None = None
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
        """Steps in all."""
        staged = sum(stage.steps for stage in self.stages)
        return staged if self.cut is None else min(self.cut, staged)

    def stage_at(self, step: int) -> tuple[Stage, int]:
        """The stage of a step, and the step's number within it; `ValueError` beyond the last one."""
        for stage in self.stages:
            if step < stage.steps:
                return stage, step
            step -= stage.steps
        raise ValueError("step beyond the last stage")


def learning_rate(stage: Stage, step: int) -> float:
    """The rate at a step of a stage: r1 + (r0 - r1) (1 + cos(pi t)) / 2 with t = step / (steps - 1), times the warm-up
    (step + 1) / warm_up while that is below 1."""
    rate = stage.learning_rate
    if stage.final_learning_rate is not None:
        turn = 0.5 * (1 + torch.cos(torch.tensor(torch.pi * step / max(stage.steps - 1, 1))).item())
        rate = stage.final_learning_rate + (stage.learning_rate - stage.final_learning_rate) * turn
    return rate * min(1.0, (step + 1) / stage.warm_up) if stage.warm_up else rate
