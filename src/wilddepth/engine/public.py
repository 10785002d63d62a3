"""Reads the checkpoints that others publish: the one place that opens a pickle, and only what holds plain tensors."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor

from wilddepth.errors import WeightsError
from wilddepth.formats.array import read_arrays
from wilddepth.formats.content import brief, content

# The largest of the networks known here has 240 MB; training states hold the weights some times over.
LARGEST = 4 << 30

# Where programs put the weights within what they save, and what wrappers put before every name.
_INSIDE = ("state_dict", "model_state_dict", "model", "network", "weights")
_BEFORE = ("module.", "model.", "_orig_mod.")
_DEEPEST = 4


@dataclass(frozen=True)
class State:
    """What a file holds.

    Attributes:
        tensors: name -> tensor, as stored.
        digest: SHA-256 of the file's bytes, hexadecimal.
    """

    tensors: Mapping[str, Tensor]
    digest: str


def read_public(path: Path) -> State:
    """The tensors of a checkpoint: of torch (a state dict, plain or nested), a safetensors file or an `.npz`.

    Nothing in the file is run: pickled objects other than tensors and plain values are refused.

    Raises:
        SampleError: for a file that is missing, empty, too large, no regular file, or a damaged `.npz`.
        WeightsError: for one that is damaged, holds other objects, or no tensors.
    """
    data = content(path, largest=LARGEST)
    digest = hashlib.sha256(data).hexdigest()
    if path.suffix.lower() == ".npz":
        arrays = read_arrays(path)
        return State({name: _tensor(name, array, path) for name, array in arrays.items()}, digest)
    tree = _safetensors(data, path) if path.suffix.lower() == ".safetensors" else _pickled(data, path)
    return State(_tensors(tree, path), digest)


def _pickled(data: bytes, path: Path) -> Any:
    """What `torch.save` wrote, if it is tensors and plain values."""
    try:
        return torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # what hostile bytes make the reader raise is not documented
        raise WeightsError(
            f"{path} cannot be read as a checkpoint of plain tensors ({brief(error)}); other pickled objects are never "
            "loaded: in the program it comes from, save it again with torch.save(model.state_dict(), ...)"
        ) from error


def _safetensors(data: bytes, path: Path) -> Any:
    try:
        return load_safetensors(data)
    except Exception as error:  # as in `_pickled`
        raise WeightsError(
            f"{path} is not a whole safetensors file ({brief(error)}); copy or download it again"
        ) from error


def _tensors(tree: Any, path: Path) -> Mapping[str, Tensor]:
    """The weights in what was saved, without what wrappers put around them; other plain values are left out."""
    for _ in range(_DEEPEST):
        inner = [tree[key] for key in _INSIDE if isinstance(tree, Mapping) and isinstance(tree.get(key), Mapping)]
        if not inner:
            break
        tree = inner[0]
    found = {name: value for name, value in _items(tree) if isinstance(value, Tensor)}
    if not found:
        raise WeightsError(f"{path} holds no tensors by name; save a state dict: torch.save(model.state_dict(), ...)")
    return _without_prefix(found)


def _items(tree: Any) -> list[tuple[str, Any]]:
    return [(str(name), value) for name, value in tree.items()] if isinstance(tree, Mapping) else []


def _without_prefix(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The names without what wrappers put before every one of them."""
    for _ in range(_DEEPEST):
        shared = [start for start in _BEFORE if all(name.startswith(start) for name in tensors)]
        if not shared:
            break
        tensors = {name.removeprefix(shared[0]): value for name, value in tensors.items()}
    return tensors


def _tensor(name: str, array: Any, path: Path) -> Tensor:
    """An array of numbers as a tensor."""
    if array.dtype.kind not in "fiu":
        raise WeightsError(f"{path}: {brief(name)} holds {array.dtype} and no numbers; export the weights as floats")
    return torch.from_numpy(array.astype("float32") if array.dtype.kind == "f" else array.astype("int64"))
