"""Is an adaptation getting anywhere? Two numbers that need no labels, the best weights so far, and when to stop."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.engine.checkpoint import load_tensors, save_tensors
from wilddepth.engine.pairs import Pairs, disparity_of
from wilddepth.geometry.occlusion import visible_by_disparity
from wilddepth.label import Label
from wilddepth.method import Method
from wilddepth.methods.label_free import photometric_error
from wilddepth.sample import Sample

PROXY = "sgm"


@dataclass(frozen=True)
class Judgement:
    """One look at the network without labels.

    Attributes:
        step: steps done.
        score: 1 = as good as the network that came; smaller is better.
        photometric: mean photometric error on visible pixels, of the pictures as the network sees them.
        proxy: mean distance to held-out confident proxies, capped at 3 px, px of the pictures as they come; nan without
            proxies.
    """

    step: int
    score: float
    photometric: float
    proxy: float


class Judge:
    """Judges a run as it goes, keeps the best weights in a file, and says when to stop.

    The first judgement is of the network as it came. The score is the mean of the two numbers, each relative to it.

    Attributes:
        history: the judgements so far.
        best: number of the judgement whose weights are kept.
    """

    def __init__(
        self,
        method: Method,
        pairs: Pairs,
        folder: Path,
        state: Mapping[str, Any],
        *,
        judged_pairs: int,
        patience: int,
        every: int,
        earliest: int,
    ) -> None:
        """Judge the method as it came, or take up `state`.

        Args:
            method: with the weights that came; those of a resumed run are not looked at.
            pairs: what it adapts to.
            folder: for the best weights.
            state: what `state()` gave before the run was cut off; empty at a beginning.
            judged_pairs: pairs looked at, evenly spread.
            patience: judgements without improvement after which to stop; those off the schedule, at the end of a run
                that is gone on with later, do not count.
            every: steps between two judgements on the schedule.
            earliest: no verdict before this step.
        """
        self.pairs, self.folder = pairs, folder
        self.judged_pairs, self.patience, self.every, self.earliest = judged_pairs, patience, every, earliest
        self.history = [Judgement(**entry) for entry in state.get("history", ())]
        self.best = int(state.get("best", 0))
        if not self.history:
            method.eval()
            self.history.append(Judgement(0, 1.0, *judge(method, pairs, judged_pairs)))
            self.keep(method)

    def __call__(self, step: int, method: Method) -> str | None:
        """Judge now; a text says why the run should stop."""
        found, first = judge(method, self.pairs, self.judged_pairs), self.history[0]
        self.history.append(Judgement(step, relative(found, (first.photometric, first.proxy)), *found))
        if self.history[-1].score < self.history[self.best].score:
            before, self.best = self.best, len(self.history) - 1
            self.keep(method, before)
        return self.verdict(step)

    def verdict(self, step: int) -> str | None:
        """Why to stop, if there is a reason."""
        waited = sum(entry.step % self.every == 0 for entry in self.history[self.best + 1 :])
        if waited >= self.patience and step >= self.earliest:
            return f"no improvement in {waited} judgements"
        return None

    def file(self, number: int) -> Path:
        """Where the weights of a judgement are, if they were the best so far."""
        return self.folder / f"best-{self.history[number].step:06d}.safetensors"

    def keep(self, method: Method, before: int | None = None) -> None:
        """Store the weights as the best so far.

        Those of the judgement `before` stay beside them: a run that is cut off before its next checkpoint goes on from
        one that still calls those the best.
        """
        save_tensors(self.file(self.best), method.state_dict(), {"judgement": str(self.best)})
        needed = {self.file(self.best), self.file(self.best if before is None else before)}
        for path in set(self.folder.glob("best-*.safetensors")) - needed:
            path.unlink()

    def restore(self, method: Method) -> None:
        """Give the method the best weights, to the last bit."""
        method.load_state_dict(load_tensors(self.file(self.best))[0])

    def state(self) -> dict[str, Any]:
        """What a resumed run must know, as JSON values."""
        return {"best": self.best, "history": [asdict(entry) for entry in self.history]}


def relative(found: tuple[float, float], first: tuple[float, float]) -> float:
    """The mean of the ratios to the first judgement, over the numbers that it has; nan where a new one is nan.

    A network that came with an error of 0 has nothing to gain: it keeps its score unless the error rises.
    """
    ratios = [new / old if old > 0 else 1.0 + new for new, old in zip(found, first, strict=True) if old == old]
    return float(np.mean(ratios)) if ratios else 1.0


def judge(method: Method, pairs: Pairs, limit: int) -> tuple[float, float]:
    """Photometric error and held-out proxy distance (nan without proxies) of a method, over evenly spread pairs."""
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(limit, len(pairs))).round().astype(int))
    photometric, proxy = [], []
    device = next(method.parameters()).device
    for index in (int(number) for number in chosen):
        sample = pairs.sample(index)
        views = Sample(image=sample.image, right=sample.right, keys=sample.keys).to(device)
        with torch.inference_mode():
            disparity = method.prediction(method(views), views).disparity()
            photometric.append(visible_error(disparity, views))
            if PROXY in sample.labels:
                label, blocks = sample.labels[PROXY], pairs.blocks(index)
                proxy.append(held_out_distance(disparity.cpu(), label, blocks, enlargement=pairs.enlargement))
    # a pair without confident proxies on its blocks has none to compare with; a prediction of nan must stay nan
    known = [value for value in proxy if value is not None]
    return float(np.mean(photometric)), float(np.mean(known)) if known else float("nan")


def visible_error(disparity: Float[Tensor, "b 1 h w"], sample: Sample) -> float:
    """Mean photometric error over the pixels that the prediction says both views see.

    Where that is less than half of them, what is missing to the half counts 1, the largest error: a network must not
    look better by hiding everything.
    """
    pair = sample.stereo()
    seen = visible_by_disparity(disparity)
    error = photometric_error(disparity, pair.left, pair.right)
    count, half = int(seen.sum()), seen.numel() / 2
    return float(error[seen].sum() + max(half - count, 0)) / max(count, half)


def held_out_distance(
    disparity: Float[Tensor, "1 1 h w"],
    label: Label,
    blocks: Bool[Tensor, "1 1 h w"],
    *,
    cap: float = 3.0,
    enlargement: float = 1.0,
) -> float | None:
    """Mean of min(|d - proxy|, cap) over confident proxies on held-out blocks; None where there are none.

    In px of pictures that all of these maps are enlargements of.
    """
    proxy = disparity_of(label)
    known = proxy.isfinite() & blocks
    if label.confidence is not None:
        known &= label.confidence > 0.5
    return float(((disparity - proxy)[known].abs() / enlargement).clamp(max=cap).mean()) if bool(known.any()) else None
