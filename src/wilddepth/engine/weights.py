"""Weights of networks: packaged ones, files, run folders. Safetensors only; config and model card lie beside them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from wilddepth.engine.checkpoint import load_tensors, save_tensors
from wilddepth.errors import ConfigError, WeightsError
from wilddepth.networks import catalog
from wilddepth.networks.madnet import MADNet
from wilddepth.networks.stereo import StereoNetwork, channels_last
from wilddepth.networks.stored import PACKAGED as PACKAGED
from wilddepth.networks.stored import RUN_FILE as RUN_FILE

FILE = "model.safetensors"
ENLARGEMENT = "enlargement"
"""In the metadata: how many times pictures are enlarged; not there = not at all."""
LARGEST = 4.0
"""Pictures are enlarged at most so many times: work and memory grow with the square."""


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


def save_weights(path: Path, network: StereoNetwork, metadata: Mapping[str, str], *, half: bool = False) -> None:
    """Write a network's weights with its name and options; `half` stores float16 (for packages).

    Raises:
        OutputError: when they cannot be written.
        WeightsError: when a weight is not finite, or beyond float16 with `half`; nothing is written.
    """
    tensors = {name: value.half() if half else value for name, value in network.state_dict().items()}
    for name, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise WeightsError(f"{name} holds NaN or infinity and is not stored in {path}; train again at a lower rate")
    told = {"network": network.name, "options": json.dumps(asdict(network.options))}
    if network.enlargement != 1:
        told[ENLARGEMENT] = str(network.enlargement)
    save_tensors(path, tensors, {**told, **metadata})


def load_network(text: str) -> tuple[StereoNetwork, dict[str, str]]:
    """The network of a --weights value, in float32 and evaluation mode, and the file's metadata.

    Raises:
        WeightsError: for weights that are missing, of a network that is none of ours, or not finite, and for an
            enlargement that no run writes.
    """
    path = find_weights(text)
    tensors, metadata = load_tensors(path)
    network = described_network(path, metadata)
    check_tensors(path, tensors, network)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    network.enlargement = told_enlargement(path, metadata)
    channels_last(network)
    return network.eval(), metadata


def told_enlargement(path: Path, metadata: Mapping[str, str]) -> float:
    """How many times pictures are enlarged for the weights of a file.

    Raises:
        WeightsError: for what is no factor from 1 to `LARGEST`.
    """
    text = metadata.get(ENLARGEMENT, "1")
    try:
        return checked_enlargement(float(text))
    except (ConfigError, ValueError) as error:
        raise WeightsError(
            f"{path} says that pictures are to be enlarged {text[:20]!r} times; known are 1 to {LARGEST:g}: choose "
            "other --weights"
        ) from error


def checked_enlargement(factor: float) -> float:
    """The factor as a plain number.

    Raises:
        ConfigError: for one outside 1..`LARGEST`.
    """
    if not 1 <= factor <= LARGEST:  # nan too
        raise ConfigError(f"pictures can be enlarged 1 to {LARGEST:g} times, not {factor:g}")
    return float(factor)


def told_when_enlarged(network: StereoNetwork) -> dict[str, float]:
    """What a recipe says of it: nothing where pictures are seen as they come, as in recipes older than it."""
    return {} if network.enlargement == 1 else {"enlarge": network.enlargement}


def chosen_network(weights: str, enlarge: float | None) -> StereoNetwork:
    """The network of a --weights value, for pictures enlarged `enlarge` times; None = as the weights say.

    Raises:
        WeightsError: see `load_network`.
        ConfigError: see `checked_enlargement`.
    """
    network, _ = load_network(weights)
    if enlarge is not None:
        network.enlargement = checked_enlargement(enlarge)
    return network


def described_network(path: Path, metadata: Mapping[str, str]) -> StereoNetwork:
    """The network that a file's metadata name, with its options; the published MADNet where they say nothing.

    Raises:
        WeightsError: for a network or options that this version does not know.
    """
    name = metadata.get("network", MADNet.name)
    if name not in catalog.names():
        raise WeightsError(
            f"{path} holds weights of {name!r}; this version runs {', '.join(catalog.names())}: choose other --weights"
        )
    try:
        return catalog.build(name, json.loads(metadata.get("options", "{}")), where="options")
    except (ConfigError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path} names options this version does not know ({error}); update wilddepth") from error


def check_tensors(path: Path, tensors: Mapping[str, Tensor], network: StereoNetwork) -> None:
    """Raise `WeightsError` unless names and shapes are those of a network and every number is finite."""
    wanted, whose = network.state_dict(), type(network).__name__
    missing, extra = sorted(set(wanted) - set(tensors)), sorted(set(tensors) - set(wanted))
    if missing or extra:
        raise WeightsError(
            f"{path} holds weights of another network: {len(missing)} of {whose}'s tensors are missing (first: "
            f"{(missing or ['-'])[0]}), {len(extra)} are unknown (first: {(extra or ['-'])[0]}); choose other --weights"
        )
    for name, value in tensors.items():
        if value.shape != wanted[name].shape:
            raise WeightsError(
                f"{path}: {name} is {tuple(value.shape)} where {whose} has {tuple(wanted[name].shape)}; choose other "
                "--weights"
            )
        if not bool(torch.isfinite(value).all()):
            raise WeightsError(
                f"{path}: {name} holds NaN or infinity, the run behind it has failed; choose other --weights"
            )
