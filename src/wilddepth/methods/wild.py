"""CCNN learning from labels that confidence measures agree on: no ground truth.

Source:
    Network: Poggi and Mattoccia, BMVC 2016. Labels: Tosi et al., BMVC 2017. Binary cross entropy over labelled pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from wilddepth.errors import MissingView
from wilddepth.label import Label
from wilddepth.method import Method, Outputs, Part
from wilddepth.networks.ccnn import CCNN, RADIUS
from wilddepth.objective import Objective
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample

NAME = "matched"
"""The label that is judged: its disparity is the network's input, its confidence (0, 1, nan) the target."""


@dataclass(frozen=True)
class WildConfig:
    """Settings: `label` names the label that is judged."""

    label: str = NAME


class Wild(Method):
    """How sure the disparities of a label are; the disparities themselves stay."""

    def __init__(self, network: CCNN, config: WildConfig | None = None) -> None:
        super().__init__()
        self.network = network
        self.config = config or WildConfig()

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """The disparities judged, with logits of all pixels that have a whole patch as `native`."""
        disparity = self.judged(sample)[1]
        return Outputs(disparities=(disparity,), native=self.network(disparity))

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        """The matched disparities with calibrated confidence."""
        disparity = outputs.disparities[-1]
        return Prediction(disparity, Quantity.DISPARITY_PX, confidence=self.network.confidence(disparity))

    def objective(
        self, outputs: Outputs, sample: Sample, *, part: str | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        """Mean binary cross entropy over the labelled pixels; `accuracy` is the share on the right side of 0.

        Raises:
            MissingView: when the sample has no such label.
            ValueError: when no pixel is labelled.
        """
        target = self.judged(sample)[0].confidence
        if target is None or not isinstance(outputs.native, Tensor):
            raise MissingView(f"label {self.config.label!r} says nowhere whether it is right; see proxies.wild")
        inner = target[..., RADIUS:-RADIUS, RADIUS:-RADIUS]
        known = torch.isfinite(inner)
        if not bool(known.any()):
            raise ValueError(f"no pixel of {sample.keys or 'the batch'} is labelled")
        logits, right = outputs.native[known], inner[known]
        total = functional.binary_cross_entropy_with_logits(logits, right)
        accuracy = ((logits > 0) == (right > 0.5)).float().mean()
        return Objective(total=total, terms={"accuracy": accuracy.detach()})

    def parts(self) -> Mapping[str, Part]:
        """One block."""
        return {"all": Part("all", tuple(name for name, _ in self.named_parameters()), head=0)}

    def judged(self, sample: Sample) -> tuple[Label, Tensor]:
        """The label and its disparity, or `MissingView`."""
        label = sample.labels.get(self.config.label)
        if label is None or label.disparity is None:
            raise MissingView(f"sample {sample.keys or '?'} has no disparities {self.config.label!r} to judge")
        return label, label.disparity
