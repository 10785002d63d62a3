"""Who says how sure the labels of a matcher are: the agreement of both views, one confidence measure, or CCNN."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, UInt8

from wilddepth.errors import ConfigError, WeightsError
from wilddepth.networks.ccnn import CCNN
from wilddepth.networks.stored import PACKAGED, RUN_FILE, load_tensors
from wilddepth.plain import closest
from wilddepth.proxies.confidence import SIGHT, known_or_far, share
from wilddepth.proxies.matched import Matched, View, mirror
from wilddepth.proxies.matchers.catalog import matcher, showing_costs
from wilddepth.proxies.measures.catalog import MEASURES, measure
from wilddepth.proxies.sides import both_sides, network_confidence

FILE = "confidence.safetensors"
AGREEMENT, NETWORK = "agreement", "ccnn"

Map = Float32[np.ndarray, "h w"]
Picture = UInt8[np.ndarray, "h w c"]


def confidence_names() -> list[str]:
    """Packaged networks that judge disparities."""
    return sorted(path.parent.name for path in PACKAGED.glob(f"*/{FILE}"))


def find_confidence(text: str) -> Path:
    """The file that a name means: packaged, a safetensors file, or the folder of a run.

    Raises:
        WeightsError: when there is none.
    """
    packaged = PACKAGED / text / FILE
    if "/" not in text and packaged.is_file():
        return packaged
    for candidate in (Path(text), Path(text) / RUN_FILE, Path(text) / FILE):
        if candidate.is_file():
            return candidate
    raise WeightsError(
        f"no weights {text!r} for confidence; give one of {', '.join(confidence_names()) or 'no packaged names'}"
        ", a .safetensors file, or the folder of a run"
    )


def load_confidence(text: str) -> tuple[CCNN, dict[str, str]]:
    """The network of a name, a file or a run, in float32 and evaluation mode, and the file's metadata.

    Metadata name the `matcher` it judges, what it was `calibrated` on, and the digest of its `recipe`.

    Raises:
        WeightsError: for weights that are missing, of another network, or not finite.
    """
    path = find_confidence(text)
    tensors, metadata = load_tensors(path)
    network = CCNN()
    wanted = network.state_dict()
    fits = tensors.keys() == wanted.keys() and all(tensors[name].shape == wanted[name].shape for name in wanted)
    if metadata.get("network") != "ccnn" or not fits:
        raise WeightsError(
            f"{path} holds weights of {metadata.get('network', 'an unknown network')!r}, which do not judge "
            f"disparities; give one of {', '.join(confidence_names()) or 'those that `wilddepth train` makes'}"
        )
    for name, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise WeightsError(f"{path}: {name} holds NaN or infinity; choose other weights")
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval(), metadata


@cache
def packaged_network(name: str) -> CCNN:
    """The packaged network of a matcher, read once in a process."""
    return load_confidence(f"{NETWORK}-{name}")[0]


def check_judge(judge: str, name: str) -> None:
    """Raise `ConfigError` unless this judge knows the labels of this matcher."""
    known = [AGREEMENT, NETWORK, *MEASURES]
    if judge not in known:
        raise ConfigError(f"confidence: {judge!r} will not do; {closest(judge, known)}")
    if needs_costs(judge) and not matcher(name).shows_costs:
        raise ConfigError(
            f"confidence: {judge} is measured on costs, which {name} keeps to itself; take one of "
            f"{', '.join(showing_costs())}, or confidence={AGREEMENT}"
        )
    if judge == NETWORK and f"{NETWORK}-{name}" not in confidence_names():
        judged = [each.removeprefix(f"{NETWORK}-") for each in confidence_names()]
        raise ConfigError(
            f"confidence: no packaged network judges {name}; take one of {', '.join(judged)}, or confidence={AGREEMENT}"
        )


def needs_costs(judge: str) -> bool:
    """Whether a judge looks at the cost volume."""
    return judge in MEASURES and "volume" in measure(judge).needs


def judged(judge: str, name: str, found: Matched, left: Picture, right: Picture, lowest: int) -> tuple[Map, Map]:
    """How sure the labels of both views are, 0..1, wherever there is one.

    Args:
        judge: "agreement", "ccnn", or the name of a measure (see `check_judge`).
        name: of the matcher.
        found: what it found; with its costs where the judge looks at them.
        left: 8-bit RGB.
        right: the same, of the same size.
        lowest: first disparity searched, px.
    """
    if judge == AGREEMENT:
        return agreement(found.left), agreement(found.right)
    ours, theirs = both_sides(found, left, right, lowest)
    if judge == NETWORK:
        network = packaged_network(name)
        return network_confidence(network, ours), mirror(network_confidence(network, theirs))
    kind = measure(judge)
    return kind.confidence(ours), mirror(kind.confidence(theirs))


def agreement(view: View) -> Map:
    """Share of the window in which this view and the other one agree to 1 px."""
    return share(known_or_far(view.difference), SIGHT)
