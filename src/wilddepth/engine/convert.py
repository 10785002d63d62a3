"""Public checkpoints as weights of this package: checked against the network's table, renamed, float32, safetensors."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from wilddepth.engine.public import State
from wilddepth.engine.published import Kind, candidates
from wilddepth.engine.published_arrays import plain_name
from wilddepth.engine.published_table import Entry, Published
from wilddepth.errors import WeightsError
from wilddepth.formats.content import brief
from wilddepth.networks import catalog
from wilddepth.networks.stereo import StereoNetwork

_NAMED = 5


@dataclass(frozen=True)
class Converted:
    """Weights under the names of this package.

    Attributes:
        network: whose they are.
        tensors: name -> float32.
        unused: names in the file that were left out.
        runs: the stereo network that they are for, with its options; None where this package has none.
    """

    network: str
    tensors: Mapping[str, Tensor]
    unused: tuple[str, ...]
    runs: StereoNetwork | None = None

    def metadata(self) -> Mapping[str, str]:
        """What `load_network` needs to know; options that the kind does not set are the published ones."""
        told = {"network": self.network, "unused": ", ".join(self.unused)}
        if self.runs is None:
            return told
        return {**told, "network": self.runs.name, "options": json.dumps(asdict(self.runs.options))}


@dataclass(frozen=True)
class Faults:
    """How a file differs from a table.

    Attributes:
        missing: names of the table that are not in the file.
        unexpected: names in the file that the table does not know.
        wrong: what is there but not a float tensor of the right shape, in words.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many in all."""
        return len(self.missing) + len(self.unexpected) + len(self.wrong)

    def words(self) -> str:
        """All kinds of faults, some of each by name."""
        kinds = {"missing": self.missing, "unexpected": self.unexpected, "of another kind": self.wrong}
        return "; ".join(f"{len(names)} {kind} ({_some(names)})" for kind, names in kinds.items() if names)


def converted(state: State, kind: Kind, path: Path) -> Converted:
    """The tensors of a file of some kind, under the names of this package.

    Args:
        state: what was read.
        kind: where the file comes from.
        path: for messages.

    Raises:
        WeightsError: for missing and unexpected names and wrong shapes (all in one error), and for NaN or infinity.
    """
    tensors = _plain_names(state.tensors, path) if kind == "npz" else dict(state.tensors)
    found = [(faults(tensors, network), network) for network in candidates(kind)]
    best, network = min(found, key=lambda entry: entry[0].count)
    if best.count:
        raise WeightsError(
            f"{path} is no {kind} checkpoint as known here; compared with {network.network}: {best.words()}; check "
            "--from, and that the file is of the published network"
        )
    renamed = {entry.name: _prepared(tensors[name], entry) for name, entry in network.table.items()}
    for name, entry in network.table.items():
        if not bool(torch.isfinite(renamed[entry.name]).all()):
            raise WeightsError(f"{path}: {name} holds NaN or infinity; download the file again or choose another one")
    unused = tuple(sorted(set(tensors) - set(network.table)))
    return Converted(network.network, renamed, unused, _runner(network))


def _runner(network: Published) -> StereoNetwork | None:
    """The network of this package that runs a published one, without weights."""
    if not network.runs:
        return None
    with torch.device("meta"):
        return catalog.build(network.runs, network.options)


def faults(tensors: Mapping[str, Tensor], network: Published) -> Faults:
    """How tensors by name differ from a network's table."""
    missing = tuple(name for name in network.table if name not in tensors)
    extra = (name for name in tensors if name not in network.table and not network.leaves_out(name))
    wrong = (_fault(name, tensors[name], entry) for name, entry in network.table.items() if name in tensors)
    return Faults(missing, tuple(extra), tuple(words for words in wrong if words))


def _fault(name: str, tensor: Tensor, entry: Entry) -> str:
    """What is wrong with one tensor, before anything of it is computed; empty where nothing is."""
    if tuple(tensor.shape) != entry.shape:
        return f"{name} is {tuple(tensor.shape)} instead of {entry.shape}"
    if tensor.layout != torch.strided or tensor.is_quantized or not tensor.dtype.is_floating_point:
        return f"{name} holds {tensor.dtype} ({tensor.layout}) instead of plain floats"
    return ""


def _prepared(tensor: Tensor, entry: Entry) -> Tensor:
    """In float32, in this package's order of axes."""
    values = tensor.detach().to(torch.float32)
    return (values.permute(entry.order) if entry.order else values).contiguous().clone()


def _plain_names(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The arrays without TensorFlow's `:0` and the scopes around the network (`model/`)."""
    found = {plain_name(name): tensor for name, tensor in tensors.items()}
    if len(found) < len(tensors):
        raise WeightsError(f"{path} holds one variable under several scopes; export those of one network only")
    return found


def _some(names: tuple[str, ...]) -> str:
    """The first few."""
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(brief(name) for name in names[:_NAMED]) + rest
