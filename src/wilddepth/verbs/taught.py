"""What taught a network on a few pairs, for the report: the proxies, their confidence, and what was masked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from wilddepth.data.augment import enlarged
from wilddepth.engine.labels import Proxies, at_size, held_out_blocks
from wilddepth.engine.pairs import at_infinity, disparity_of
from wilddepth.label import Label
from wilddepth.method import Method
from wilddepth.methods.stereo import StereoMethod, Taught
from wilddepth.report.content import Picture
from wilddepth.report.legend import Legend
from wilddepth.report.mask import REASONS, mask_legend, mask_picture, shares
from wilddepth.report.picture import confidence_picture, disparity_picture
from wilddepth.sources.source import Scene
from wilddepth.verbs.teacher import Teacher

TAUGHT, LEFT_OUT, NO_LABEL, KEPT = range(len(REASONS))


@dataclass(frozen=True)
class TaughtBy:
    """One term on one pair.

    Attributes:
        name: of the term, for people.
        classes: places in `REASONS`.
        left_out: what the pixels left out are, in words.
        label: the proxy, where the term has one.
    """

    name: str
    classes: UInt8[np.ndarray, "h w"]
    left_out: str
    label: Label | None = None


TaughtPair = tuple[TaughtBy, ...]
"""The terms that do not look at every pixel."""


def taught_of(
    method: Method, teacher: Teacher, proxies: Proxies | None, numbers: Sequence[int], scenes: Sequence[Scene]
) -> tuple[TaughtPair, ...]:
    """What taught on each pair, as the method sees it now.

    Args:
        method: with the weights that were kept.
        teacher: knows who made the labels.
        proxies: the labels; None = there are none.
        numbers: of the pairs in their source: some blocks of each are kept for judging.
        scenes: the pairs.
    """
    return tuple(_taught(method, teacher, proxies, *each) for each in zip(numbers, scenes, strict=True))


def _taught(method: Method, teacher: Teacher, proxies: Proxies | None, number: int, scene: Scene) -> TaughtPair:
    labels = {} if proxies is None else proxies(scene.key, scene.sample)
    found: dict[str, Taught] = {}
    size = scene.sample.size  # of what is shown, and not of what the method sees
    if isinstance(method, StereoMethod):
        device = next(method.parameters()).device
        sample = at_infinity(enlarged(replace(scene.sample, labels=labels), method.network.enlargement)).to(device)
        with torch.inference_mode():
            found = {name: shown(taught, size) for name, taught in method.taught(method(sample), sample).items()}
    held = held_out_blocks(*size, number)[0, 0]
    terms = []
    for name, label in labels.items():
        if "/" not in name:  # of the left view
            terms.append(of_label(teacher.origin(name), label, found.pop(name, None), held))
    return (*terms, *(of_term(name, taught) for name, taught in found.items()))


def shown(taught: Taught, size: tuple[int, int]) -> Taught:
    """What taught a method that sees enlarged pictures, at the size of the pictures that are shown."""
    return replace(taught, mask=at_size(taught.mask, size))


def of_label(origin: str, label: Label, taught: Taught | None, held: Bool[Tensor, "h w"]) -> TaughtBy:
    """A proxy: what it taught, what was not sure enough, where it says nothing, and what judges (`held`)."""
    known = disparity_of(label)[0, 0].isfinite()
    used = known if taught is None else plane(taught.mask)
    classes = torch.where(used, TAUGHT, torch.where(known, LEFT_OUT, NO_LABEL))
    classes[held & known] = KEPT
    return TaughtBy(f"the proxy {origin}", as_classes(classes), "" if taught is None else taught.left_out, label)


def of_term(name: str, taught: Taught) -> TaughtBy:
    """A term without labels: what it looked at, and what it left out."""
    classes = torch.where(plane(taught.mask), TAUGHT, LEFT_OUT)
    return TaughtBy(f"the {name} term", as_classes(classes), taught.left_out)


def plane(mask: Tensor) -> Tensor:
    """The rows and columns of the one mask there is."""
    return mask[0, 0].cpu()


def as_classes(classes: Tensor) -> UInt8[np.ndarray, "h w"]:
    """Places in `REASONS` as bytes."""
    return classes.to(torch.uint8).numpy()


def taught_pictures(pair: TaughtPair, image: Float[np.ndarray, "3 h w"], top: float) -> list[Picture]:
    """Each proxy with its confidence, and each mask; `top` is the end of the disparity scale, px."""
    pictures: list[Picture] = []
    for term in pair:
        if term.label is not None:
            proxy = disparity_of(term.label)[0, 0].numpy()
            pictures.append((f"{term.name}, disparity", disparity_picture(proxy, top)))
            if term.label.confidence is not None:
                sure = np.where(np.isfinite(proxy), term.label.confidence[0, 0].numpy(), np.float32(np.nan))
                pictures.append((f"{term.name}, confidence", confidence_picture(sure)))
    white = float(np.clip(np.quantile(image, 0.99), 0.2, 1.0))
    return pictures + [(caption(term), mask_picture(term.classes, image / white)) for term in pair]


def caption(term: TaughtBy) -> str:
    """The shares of a mask in words, those that are there."""
    found = shares(term.classes)
    words = {"left out": f"left out ({term.left_out})" if term.left_out else "left out"}
    parts = [f"{percent(share)} {words.get(reason, reason)}" for reason, share in found.items() if share > 0]
    return f"{term.name}: {', '.join(parts)}"


def percent(share: float) -> str:
    """A share as whole percent; what is there is never 0."""
    text = "<1" if 0 < share < 0.005 else f"{100 * share:.0f}"
    return f"{text}\N{NO-BREAK SPACE}%"


def taught_legends(pairs: Sequence[TaughtPair]) -> tuple[Legend, ...]:
    """The colours of the masks, where there are some."""
    return (mask_legend(),) if any(pairs) else ()


def mean_shares(pairs: Sequence[TaughtPair]) -> dict[str, dict[str, float]]:
    """Term -> class -> mean share over the pairs shown."""
    found: dict[str, list[dict[str, float]]] = {}
    for pair in pairs:
        for term in pair:
            found.setdefault(term.name, []).append({str(name): share for name, share in shares(term.classes).items()})
    return {
        name: {reason: float(np.mean([row[reason] for row in rows])) for reason in REASONS}
        for name, rows in found.items()
    }


def taught_in_short(taught: Mapping[str, Mapping[str, float]]) -> str:
    """By which share of the pixels shown each term taught."""
    return "; ".join(f"{name} by {percent(of_term['taught'])} of the pixels" for name, of_term in taught.items())
