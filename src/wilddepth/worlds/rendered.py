"""What a renderer gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.sample import Sample, moved
from wilddepth.truth import Truth


@dataclass(frozen=True)
class Rendered:
    """A batch of rendered pairs with everything that is known about them, of both views.

    Attributes:
        sample: images, calibration and the labels `renderer` and `right/renderer`.
        truth: of the left view; `surface` is 0 on what is farthest (backdrop, sky).
        right_disparity: of the right view, px, positive.
        right_occluded: True where the left view cannot see what the right one sees; None if it was not asked for.
        records: for each pair how it was made, in plain values: weather, light and sensor with their strengths.
    """

    sample: Sample
    truth: Truth
    right_disparity: Float[Tensor, "b 1 h w"]
    right_occluded: Bool[Tensor, "b 1 h w"] | None
    records: tuple[Mapping[str, Any], ...] = ()

    def to(self, device: torch.device | str) -> "Rendered":
        """The same with every tensor on `device`."""
        truth = replace(self.truth, **{f.name: moved(getattr(self.truth, f.name), device) for f in fields(self.truth)})
        return Rendered(
            sample=self.sample.to(device),
            truth=truth,
            right_disparity=moved(self.right_disparity, device),
            right_occluded=moved(self.right_occluded, device),
            records=self.records,
        )


def joined(parts: Sequence[Rendered]) -> Rendered:
    """Batches as one; what one of them lacks, all must lack."""
    made: Rendered = _joined(parts) if len(parts) > 1 else parts[0]
    return made


def _joined(parts: Sequence[Any]) -> Any:
    """Tensors end to end, tuples too, mappings and dataclasses part by part; what is equal in all stays."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(list(parts))
    if isinstance(first, tuple):
        return tuple(entry for part in parts for entry in part)
    if isinstance(first, Mapping):
        return {key: _joined([part[key] for part in parts]) for key in first}
    if is_dataclass(first):
        inside = {f.name: _joined([getattr(part, f.name) for part in parts]) for f in fields(first)}
        return replace(first, **inside)  # type: ignore[type-var]  # an instance, not a class
    if any(part != first for part in parts):
        raise ValueError(f"{first!r} differs between the parts of a batch")
    return first
