"""Weights of networks: packaged ones, files, run folders. Safetensors only; config and model card lie beside them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from wilddepth.engine.checkpoint import load_tensors, save_tensors
from wilddepth.errors import ConfigError, WeightsError
from wilddepth.networks.madnet import MADNet, MADNetOptions
from wilddepth.plain import build

PACKAGED = Path(__file__).parents[1] / "weights"
FILE = "model.safetensors"
RUN_FILE = "weights.safetensors"


def packaged_names() -> list[str]:
    """Weights that ship with the package."""
    return sorted(path.parent.name for path in PACKAGED.glob(f"*/{FILE}"))


def find_weights(text: str) -> Path:
    """The file that a --weights value means: a packaged name, a safetensors file, or a run folder.

    Raises:
        WeightsError: when there is none.
    """
    packaged = PACKAGED / text / FILE
    if "/" not in text and packaged.is_file():
        return packaged
    path = Path(text)
    for candidate in (path, path / RUN_FILE, path / FILE):
        if candidate.is_file():
            return candidate
    if path.is_dir():
        raise WeightsError(f"{path} holds no {RUN_FILE}; is the run finished? resume it with --resume")
    raise WeightsError(
        f"no weights {text!r}; give one of {', '.join(packaged_names()) or 'no packaged names here'}, a .safetensors "
        "file, or the folder of a run"
    )


def save_weights(path: Path, network: MADNet, metadata: Mapping[str, str], *, half: bool = False) -> None:
    """Write a network's weights with its options; `half` stores float16 (for packages).

    Raises:
        OutputError: when they cannot be written.
        WeightsError: when a weight is not finite, or beyond float16 with `half`; nothing is written.
    """
    tensors = {name: value.half() if half else value for name, value in network.state_dict().items()}
    for name, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise WeightsError(f"{name} holds NaN or infinity and is not stored in {path}; train again at a lower rate")
    save_tensors(path, tensors, {"network": "madnet", "options": json.dumps(asdict(network.options)), **metadata})


def load_network(text: str) -> tuple[MADNet, dict[str, str]]:
    """The network of a --weights value, in float32 and evaluation mode, and the file's metadata.

    Raises:
        WeightsError: for weights that are missing, of another network, or not finite.
    """
    path = find_weights(text)
    tensors, metadata = load_tensors(path)
    if metadata.get("network", "madnet") != "madnet":
        raise WeightsError(
            f"{path} holds weights of {metadata['network']!r}; this version runs madnet: choose other --weights"
        )
    network = MADNet(read_options(path, metadata))
    check_tensors(path, tensors, network.state_dict())
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
    return network.eval(), metadata


def read_options(path: Path, metadata: Mapping[str, str]) -> MADNetOptions:
    """The network's options as stored beside its weights; the published network's where there are none."""
    try:
        return build(MADNetOptions, json.loads(metadata.get("options", "{}")))
    except (ConfigError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path} names options this version does not know ({error}); update wilddepth") from error


def check_tensors(path: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Raise `WeightsError` unless names and shapes agree and every number is finite."""
    missing, extra = sorted(set(wanted) - set(tensors)), sorted(set(tensors) - set(wanted))
    if missing or extra:
        raise WeightsError(
            f"{path} holds weights of another network: {len(missing)} of MADNet's tensors are missing (first: "
            f"{(missing or ['-'])[0]}), {len(extra)} are unknown (first: {(extra or ['-'])[0]}); choose other --weights"
        )
    for name, value in tensors.items():
        if value.shape != wanted[name].shape:
            raise WeightsError(
                f"{path}: {name} is {tuple(value.shape)} where MADNet has {tuple(wanted[name].shape)}; choose other "
                "--weights"
            )
        if not bool(torch.isfinite(value).all()):
            raise WeightsError(
                f"{path}: {name} holds NaN or infinity, the run behind it has failed; choose other --weights"
            )
