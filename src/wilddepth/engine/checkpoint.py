"""Everything a run needs to go on, in one safetensors file, written atomically: no pickles."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from wilddepth.errors import OutputError, WeightsError

LAST = "last.safetensors"


def save_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file that is either whole or not there.

    Raises:
        OutputError: when the folder cannot be written (full, read-only).
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, partial, metadata)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path} ({error}); free some space or choose another --out") from error


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file.

    Raises:
        WeightsError: when the file is missing, cut short or of another format.
    """
    if not path.is_file():
        raise WeightsError(f"no weights at {path}; give a packaged name, a .safetensors file or a run folder")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file ({error}); copy or download it again") from error


def optimiser_tensors(optimiser: torch.optim.Optimizer, names: dict[nn.Parameter, str]) -> dict[str, Tensor]:
    """The state of an optimiser, named by parameter."""
    return {
        f"optimiser/{key}/{names[parameter]}": value
        for parameter, state in optimiser.state.items()
        for key, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimiser(
    optimiser: torch.optim.Optimizer, names: dict[nn.Parameter, str], tensors: dict[str, Tensor]
) -> None:
    """Undo `optimiser_tensors`."""
    by_name = {name: parameter for parameter, name in names.items()}
    for full, value in tensors.items():
        if full.startswith("optimiser/"):
            _, key, name = full.split("/", 2)
            parameter = by_name[name]
            placed = value if key == "step" else value.to(parameter.device)
            optimiser.state[parameter][key] = placed


def save_checkpoint(
    folder: Path,
    step: int,
    module: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: dict[str, Tensor],
    state: dict[str, Any],
) -> None:
    """Write `folder/last.safetensors`: weights, optimiser, averaged weights, step and further JSON state."""
    names = {parameter: name for name, parameter in module.named_parameters()}
    tensors = {f"model/{name}": value for name, value in module.state_dict().items()}
    tensors |= {f"average/{name}": value for name, value in average.items()}
    tensors |= optimiser_tensors(optimiser, names)
    save_tensors(folder / LAST, tensors, {"step": str(step), "state": json.dumps(state)})


def load_checkpoint(
    folder: Path, module: nn.Module, optimiser: torch.optim.Optimizer, average: dict[str, Tensor]
) -> tuple[int, dict[str, Any]]:
    """Restore what `save_checkpoint` wrote, in place; returns the number of steps done and the further state.

    Raises:
        WeightsError: when the file does not belong to this network.
    """
    tensors, metadata = load_tensors(folder / LAST)
    own = {name[len("model/") :]: value for name, value in tensors.items() if name.startswith("model/")}
    try:
        module.load_state_dict(own)
    except RuntimeError as error:
        raise WeightsError(f"{folder / LAST} belongs to another network ({error}); resume with its own recipe") from error
    for name, value in average.items():
        value.copy_(tensors[f"average/{name}"])
    restore_optimiser(optimiser, {parameter: name for name, parameter in module.named_parameters()}, tensors)
    return int(metadata["step"]), json.loads(metadata["state"])
