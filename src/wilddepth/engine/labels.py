"""Proxy labels of a set of pairs, made once and kept in the run folder: a resumed run finds them again."""

from collections.abc import Callable
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.engine.checkpoint import load_tensors, save_tensors
from wilddepth.errors import WeightsError
from wilddepth.label import Label

LabelPair = dict[str, Label]


def label_file(folder: Path, digest: str) -> Path:
    """Where the labels of a pair are kept: named by the digest of its images, so that others' are never taken."""
    return folder / f"{digest[:32]}.safetensors"


def stored_labels(folder: Path, digest: str, make: Callable[[], LabelPair]) -> LabelPair:
    """The labels of a pair, made and stored first if they are not there, or damaged.

    Args:
        folder: where labels are kept.
        digest: of what the labels are made from.
        make: called for labels that are not there.

    Raises:
        OutputError: when they cannot be written.
    """
    path = label_file(folder, digest)
    if path.is_file():
        try:
            return unpacked(load_tensors(path)[0])
        except (WeightsError, ValueError, KeyError):
            path.unlink()  # damaged: made again below
    labels = make()
    save_tensors(path, packed(labels), {})
    return unpacked(packed(labels))  # as a resumed run will read them, so that both learn the same


def packed(labels: LabelPair) -> dict[str, Tensor]:
    """Labels as named tensors: disparity in float32, confidence in 8 bits."""
    tensors: dict[str, Tensor] = {}
    for name, label in labels.items():
        if label.disparity is None:
            raise ValueError(f"label {name!r} holds no disparity")
        confidence = torch.ones_like(label.disparity) if label.confidence is None else label.confidence
        tensors[f"{name}|{label.origin}|disparity"] = label.disparity
        tensors[f"{name}|{label.origin}|confidence"] = (confidence * 255).round().to(torch.uint8)
    return tensors


def unpacked(tensors: dict[str, Tensor]) -> LabelPair:
    """Undo `packed`."""
    labels = {}
    for key, values in tensors.items():
        name, origin, kind = key.split("|")
        if kind == "disparity":
            confidence = tensors[f"{name}|{origin}|confidence"].float() / 255
            labels[name] = Label(origin=origin, disparity=values, confidence=confidence)
    return labels


def held_out_blocks(
    height: int, width: int, number: int, *, block: int = 32, every: int = 8
) -> Bool[Tensor, "1 1 h w"]:
    """True on one block of left pixels in `every`: proxies there judge an adaptation and never train it.

    Which blocks they are depends on the number of the image, so that all parts of the view are judged.
    """
    rows, columns = torch.arange(height) // block, torch.arange(width) // block
    pattern = (rows.view(-1, 1) * 3 + columns.view(1, -1) * 5 + number) % every == 0
    return pattern.view(1, 1, height, width)


def held_out_of_right(
    blocks: Bool[Tensor, "1 1 h w"], right_disparity: Float[Tensor, "1 1 h w"]
) -> Bool[Tensor, "1 1 h w"]:
    """True on the right pixels whose match lies on a held-out block of the left view: the same points in space.

    Args:
        blocks: of the left view.
        right_disparity: of the right view, px; nan where there is none, and then nothing is held out.
    """
    width = blocks.shape[-1]
    column = torch.arange(width, device=blocks.device) + right_disparity.nan_to_num(0.0).round()
    return blocks.gather(-1, column.clamp(0, width - 1).long())


def without_blocks(label: Label, blocks: Bool[Tensor, "1 1 h w"]) -> Label:
    """The label with no confidence on the blocks."""
    if label.disparity is None:
        raise ValueError("this label holds no disparity")
    confidence = torch.ones_like(label.disparity) if label.confidence is None else label.confidence
    return Label(
        origin=label.origin,
        disparity=label.disparity,
        confidence=torch.where(blocks, torch.zeros_like(confidence), confidence),
    )
