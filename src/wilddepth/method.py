"""The contract of every method.

A method holds what is particular to one paper. `forward` runs all heads once a frame; prediction, reward and training
loss come from that ONE forward. `objective` is pure: no state changes, no randomness but from a generator passed in,
so that `torch.func.functional_call` can run it with other weights and it can be differentiated twice.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wilddepth.errors import ConfigError
from wilddepth.objective import Objective
from wilddepth.prediction import Prediction
from wilddepth.sample import Sample


@dataclass(frozen=True)
class Outputs:
    """All heads of one forward.

    Attributes:
        disparities: full-resolution disparity heads (b 1 h w, px), coarsest first; the last one is the prediction.
        native: the network's own outputs, in its own units, for losses at the heads' resolution.
    """

    disparities: Sequence[Tensor]
    native: object = None


@dataclass(frozen=True)
class Part:
    """A block that can be trained alone (MAD): parameter names, and the head whose loss trains it."""

    name: str
    parameters: tuple[str, ...]
    head: int


class Method(nn.Module, ABC):
    """A network with what is minimised over it."""

    @abstractmethod
    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """Run all heads once.

        Args:
            sample: any size; the method pads and crops by itself.
            isolate_parts: stop gradients between the blocks that `parts` names (MAD's bulkhead).
        """

    @abstractmethod
    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        """What the method says about the sample, from the outputs of its one forward."""

    @abstractmethod
    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        """What is minimised: over everything, or (`part`) the loss of one block's own head."""

    @abstractmethod
    def parts(self) -> Mapping[str, Part]:
        """The blocks that can be trained alone; together they hold every base parameter exactly once."""

    def parameter_groups(self) -> Mapping[str, list[nn.Parameter]]:
        """`base`: trained by the objective; `meta`: trained only by an outer loss."""
        return {"base": list(self.parameters()), "meta": []}

    def part(self, name: str) -> Part:
        """One block by name, or `ConfigError` with the names there are."""
        parts = self.parts()
        if name not in parts:
            raise ConfigError(f"unknown part {name!r}; this method has {', '.join(parts)}")
        return parts[name]
