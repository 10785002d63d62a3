"""Batches from single samples, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Bool
from torch import Tensor

from wilddepth.errors import SampleError
from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.sample import Sample

Value = TypeVar("Value")


def collate(samples: Sequence[Sample]) -> Sample:
    """One sample whose batch holds all the given ones, in order.

    All must have one size and the same content: the same labels, neighbours and known poses, calibration for all or
    for none. Two things are completed: where some have a mask, or a confidence of a label, the others get one that is
    all True, or all 1. Keys are kept where every image has one.

    Raises:
        SampleError: for samples of different sizes or content.
        ValueError: for no samples at all.
    """
    if not samples:
        raise ValueError("cannot collate no samples at all")
    _check_sizes(samples)
    samples = _with_masks(samples)
    names = [entry.name for entry in fields(Sample) if entry.name != "keys"]
    joined = {name: _joined([getattr(sample, name) for sample in samples], name) for name in names}
    return Sample(**joined, keys=_keys(samples))


def unbatch(sample: Sample) -> list[Sample]:
    """The images of a batch as samples of one each; the inverse of `collate`."""
    names = [entry.name for entry in fields(Sample) if entry.name != "keys"]
    return [
        Sample(
            **{name: _picked(getattr(sample, name), slice(index, index + 1)) for name in names},
            keys=sample.keys[index : index + 1],
        )
        for index in range(sample.image.shape[0])
    ]


def _check_sizes(samples: Sequence[Sample]) -> None:
    first = samples[0]
    for sample in samples[1:]:
        if sample.size != first.size:
            raise SampleError(
                f"sample {sample.keys or '?'} is {sample.size[0]}x{sample.size[1]} but {first.keys or '?'} is "
                f"{first.size[0]}x{first.size[1]}; crop them to one size, or use a batch of 1"
            )


def _with_masks(samples: Sequence[Sample]) -> Sequence[Sample]:
    """No mask means that all pixels are real; beside others that must be said."""
    if all(sample.mask is None for sample in samples):
        return samples
    return [sample if sample.mask is not None else replace(sample, mask=_all_real(sample)) for sample in samples]


def _all_real(sample: Sample) -> Bool[Tensor, "b 1 h w"]:
    return torch.ones_like(sample.image[:, :1], dtype=torch.bool)


def _keys(samples: Sequence[Sample]) -> tuple[str, ...]:
    """One for each image, or none."""
    named = all(len(sample.keys) == sample.image.shape[0] for sample in samples)
    return tuple(key for sample in samples for key in sample.keys) if named else ()


def _joined(values: Sequence[Any], name: str) -> Any:
    """Values of one kind behind each other: tensors, cameras, labels, and mappings of them."""
    first = values[0]
    if any(type(value) is not type(first) for value in values):
        raise SampleError(f"some samples of a batch have {name} and others have not; use a batch of 1")
    match first:
        case None:
            return None
        case Tensor():
            return torch.cat(list(values))
        case Camera():
            return _joined_cameras(values)
        case Label():
            return _joined_labels(values, name)
        case Mapping():
            return _joined_mappings(values, name)
    raise TypeError(f"{name} of a sample is a {type(first).__name__}, which cannot be batched")


def _joined_cameras(cameras: Sequence[Camera]) -> Camera:
    """One camera for each image, of the size that all share."""
    return replace(
        cameras[0],
        focal_x=torch.cat([camera.focal_x for camera in cameras]),
        focal_y=torch.cat([camera.focal_y for camera in cameras]),
        centre_x=torch.cat([camera.centre_x for camera in cameras]),
        centre_y=torch.cat([camera.centre_y for camera in cameras]),
    )


def _joined_mappings(values: Sequence[Mapping[Any, Any]], name: str) -> Mapping[Any, Any]:
    """Key by key; all must have the same keys."""
    first = values[0]
    for value in values:
        if set(value) != set(first):
            raise SampleError(
                f"samples of a batch differ in their {name}: {sorted(map(str, first))} and {sorted(map(str, value))}; "
                "make them for all, or use a batch of 1"
            )
    return {key: _joined([value[key] for value in values], f"{name}[{key!r}]") for key in first}


def _joined_labels(labels: Sequence[Label], name: str) -> Label:
    """One label; different origins are named together."""
    if any(label.confidence is not None for label in labels):
        labels = [label if label.confidence is not None else _sure(label) for label in labels]
    return Label(
        origin=" + ".join(dict.fromkeys(label.origin for label in labels)),
        disparity=_joined([label.disparity for label in labels], f"{name}.disparity"),
        depth=_joined([label.depth for label in labels], f"{name}.depth"),
        confidence=_joined([label.confidence for label in labels], f"{name}.confidence"),
    )


def _sure(label: Label) -> Label:
    """No confidence means 1 wherever a value exists."""
    values = label.disparity if label.disparity is not None else label.depth
    return label if values is None else replace(label, confidence=torch.isfinite(values).to(values))


def _picked(value: Value, index: slice) -> Value:
    """Some images of a batched value."""
    picked: Any
    match value:
        case Tensor():
            picked = value[index]
        case Camera():
            picked = value.selected(index)
        case Label():
            picked = replace(
                value, **{part: _picked(getattr(value, part), index) for part in ("disparity", "depth", "confidence")}
            )
        case Mapping():
            picked = {key: _picked(entry, index) for key, entry in value.items()}
        case _:
            picked = value
    return picked  # type: ignore[no-any-return]  # of the type it was picked from
