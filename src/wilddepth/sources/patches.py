"""Batches of disparity patches for learning confidence: a pure function of (seed, step)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int8

from wilddepth.errors import SampleError
from wilddepth.label import Label
from wilddepth.proxies.wild import NEGATIVE, POSITIVE
from wilddepth.sample import Sample


@dataclass(frozen=True)
class Judged:
    """A matched disparity map with labels of its pixels.

    Attributes:
        disparity: px from where the search began; nan where there is none.
        labels: `POSITIVE`, `NEGATIVE` or `UNKNOWN` of `proxies.wild`.
    """

    disparity: Float32[np.ndarray, "h w"]
    labels: Int8[np.ndarray, "h w"]


class PatchFeed:
    """Square patches around labelled pixels, drawn at random from several maps of one size.

    Args:
        maps: at least one.
        radius: of a patch, px; maps are continued by their edges.
        label: name of the label that a batch carries.
        seed: of the choice.
        balanced: as many right as wrong pixels; otherwise as they come.

    Raises:
        SampleError: when right or wrong pixels are missing altogether.
        ValueError: for maps of different sizes.
    """

    def __init__(
        self, maps: Sequence[Judged], *, radius: int, label: str, seed: int = 0, balanced: bool = True
    ) -> None:
        if len({each.disparity.shape for each in maps}) != 1:
            raise ValueError("patches are drawn from maps of one size")
        framed = [np.pad(each.disparity, radius, mode="edge") for each in maps]
        self.maps: Float32[np.ndarray, "n y x"] = np.stack(framed)
        self.places = {
            kind: np.flatnonzero(np.stack([each.labels for each in maps]) == kind) for kind in (POSITIVE, NEGATIVE)
        }
        self.size = maps[0].disparity.shape
        self.radius, self.label, self.seed, self.balanced = radius, label, seed, balanced
        for kind, name in ((POSITIVE, "right"), (NEGATIVE, "wrong")):
            if not self.places[kind].size:
                raise SampleError(
                    f"no pixel of {len(maps)} matched pairs is labelled {name}, so nothing can be learnt; "
                    "use more pairs or a larger fraction"
                )

    @property
    def positives(self) -> float:
        """Share of right pixels among the labelled ones."""
        counts = [self.places[kind].size for kind in (POSITIVE, NEGATIVE)]
        return counts[0] / sum(counts)

    def batch(self, step: int, size: int) -> Sample:
        """Patches as the label: disparity, px, and in the centre the confidence 1 or 0; nan elsewhere."""
        rng = np.random.default_rng([self.seed, step])
        right = rng.random(size) < (0.5 if self.balanced else self.positives)
        chosen = [places[rng.integers(0, places.size, size)] for places in self.places.values()]
        patches = self.patches(np.where(right, chosen[0], chosen[1]))
        target = torch.full_like(patches, torch.nan)
        target[:, 0, self.radius, self.radius] = torch.from_numpy(right.astype(np.float32))
        # Only disparities are looked at: the view is a single black pixel seen everywhere.
        nothing = torch.zeros(()).expand(size, 3, *patches.shape[-2:])
        return Sample(image=nothing, labels={self.label: Label(self.label, disparity=patches, confidence=target)})

    def patches(self, places: np.ndarray) -> torch.Tensor:
        """The patches (n 1 s s) around pixels numbered through all maps."""
        number, y, x = np.unravel_index(places, (len(self.maps), *self.size))
        side = np.arange(2 * self.radius + 1)
        found = self.maps[number[:, None, None], y[:, None, None] + side[:, None], x[:, None, None] + side]
        return torch.from_numpy(found)[:, None]
