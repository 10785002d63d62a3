"""Everything a run needs to go on, in one safetensors file, written atomically: no pickles."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from wilddepth.errors import OutputError, WeightsError
from wilddepth.networks.stored import load_tensors as load_tensors
from wilddepth.networks.stored import opened as opened

LAST = "last.safetensors"


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file that is either whole or not there; its folder is made where it is missing.

    Raises:
        OutputError: when it cannot be written (full, read-only, not a folder); what was there before stays.
    """
    # One name, so that what a kill leaves behind is written over by the next attempt.
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Paths may hold bytes that are not UTF-8, which the format has no place for.
        told = {key: value.encode("utf-8", "backslashreplace").decode() for key, value in metadata.items()}
        save_file(apart(tensors), partial, told)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            partial.unlink()
        raise OutputError(f"cannot write {path} ({error}); free some space or choose another --out") from error


def apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors on the CPU, each with memory of its own, which the format asks for."""
    found: dict[str, Tensor] = {}
    storages = set()
    for name, value in tensors.items():
        value = value.detach().cpu().contiguous()
        pointer = value.untyped_storage().data_ptr()
        found[name] = value.clone() if pointer in storages else value
        storages.add(pointer)
    return found


def optimiser_tensors(optimiser: torch.optim.Optimizer, names: Mapping[Tensor, str]) -> dict[str, Tensor]:
    """The state of an optimiser, named by parameter."""
    return {
        f"optimiser/{key}/{names[parameter]}": value
        for parameter, state in optimiser.state.items()
        for key, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimiser(
    optimiser: torch.optim.Optimizer, names: Mapping[Tensor, str], tensors: Mapping[str, Tensor]
) -> None:
    """Undo `optimiser_tensors`."""
    by_name = {name: parameter for parameter, name in names.items()}
    for full, value in tensors.items():
        if full.startswith("optimiser/"):
            _, key, name = full.split("/", 2)
            parameter = by_name[name]
            # In the parameter's own memory layout, as the optimiser made it: updates of mixed layouts are slower, and
            # nothing promises that they round alike.
            placed = value.clone() if key == "step" else torch.empty_like(parameter.detach()).copy_(value)
            optimiser.state[parameter][key] = placed


def save_checkpoint(
    folder: Path,
    step: int,
    module: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: Mapping[str, Tensor],
    state: Mapping[str, Any],
) -> None:
    """Write `folder/last.safetensors`: weights, optimiser, averaged weights, step and further JSON state.

    Raises:
        OutputError: when it cannot be written; the checkpoint before stays.
    """
    names: dict[Tensor, str] = {parameter: name for name, parameter in module.named_parameters()}
    tensors = {f"model/{name}": value for name, value in module.state_dict().items()}
    tensors |= {f"average/{name}": value for name, value in average.items()}
    tensors |= optimiser_tensors(optimiser, names)
    save_tensors(folder / LAST, tensors, {"step": str(step), "state": json.dumps(dict(state))})


def load_checkpoint(
    folder: Path, module: nn.Module, optimiser: torch.optim.Optimizer, average: Mapping[str, Tensor]
) -> tuple[int, dict[str, Any]]:
    """Restore what `save_checkpoint` wrote, in place; returns the number of steps done and the further state.

    Raises:
        WeightsError: when the file is missing or damaged, or does not belong to this network and plan.
    """
    path = folder / LAST
    tensors, metadata = load_tensors(path)
    own = {name[len("model/") :]: value for name, value in tensors.items() if name.startswith("model/")}
    names: dict[Tensor, str] = {parameter: name for name, parameter in module.named_parameters()}
    try:
        module.load_state_dict(own)
        for name, value in average.items():
            value.copy_(tensors[f"average/{name}"])
        restore_optimiser(optimiser, names, tensors)
        return int(metadata["step"]), dict(json.loads(metadata["state"]))
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise WeightsError(
            f"{path} belongs to another network or plan ({error}); resume with its own recipe, or start again with "
            "--overwrite"
        ) from error


def steps_done(folder: Path) -> int:
    """The steps that the checkpoint in a folder has behind it; 0 where there is none.

    Raises:
        WeightsError: when the file is damaged or no checkpoint.
    """
    path = folder / LAST
    if not path.is_file():
        return 0
    with opened(path) as file:
        metadata = file.metadata() or {}
    try:
        return int(metadata["step"])
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{path} is no checkpoint; start again with --overwrite") from error
