"""Networks that judge disparities: calibrated, stored, and found again by name."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch

from wilddepth.engine.checkpoint import load_tensors, save_tensors
from wilddepth.engine.weights import PACKAGED, RUN_FILE
from wilddepth.errors import SampleError, WeightsError
from wilddepth.metrics.calibration import rising_curve
from wilddepth.networks.ccnn import CCNN, KNOTS, RADIUS
from wilddepth.proxies.matchings import matched, network_input
from wilddepth.sources.source import Scene

FILE = "confidence.safetensors"
RIGHT_PX = 3.0
"""A disparity off by at most this is right, px: the limit that CCNN was published with."""
PIXELS = 20_000
"""Of each scene that calibrate."""


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


def save_confidence(path: Path, network: CCNN, metadata: Mapping[str, str], *, half: bool = False) -> None:
    """Write a network with its calibration; `half` stores float16 (for packages), the calibration in float32 still.

    Raises:
        OutputError: when it cannot be written.
        WeightsError: when a weight is not finite; nothing is written.
    """
    parameters = {name for name, _ in network.named_parameters()}
    tensors = {
        name: value.half() if half and name in parameters else value for name, value in network.state_dict().items()
    }
    for name, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise WeightsError(f"{name} holds NaN or infinity and is not stored in {path}; train again at a lower rate")
    save_tensors(path, tensors, {"network": "ccnn", **metadata})


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


def calibrate(network: CCNN, scenes: Iterable[Scene], matcher: str, number: int) -> int:
    """Fit the calibration curve of a network, in place, on scenes with truth; its weights stay.

    The order of pixels does not change, only what the numbers mean: the share of right pixels (to 3 px), occluded ones
    included, among those of one confidence.

    Args:
        network: trained.
        scenes: with truth, e.g. rendered ones.
        matcher: name of the matcher it judges.
        number: disparities searched.

    Returns:
        Pixels looked at.

    Raises:
        SampleError: when no scene has truth.
        ValueError: when its logits hardly differ.
    """
    parts = [judged_pixels(network, scene, matcher, number) for scene in scenes if scene.truth is not None]
    if not parts:
        raise SampleError("no scene has truth to calibrate on; name a source that has, or a world")
    logits, right = (np.concatenate(values) for values in zip(*parts, strict=True))
    curve = rising_curve(logits, right, knots=KNOTS)
    network.knots.copy_(torch.from_numpy(curve.knots))
    network.calibrated_knots.copy_(torch.from_numpy(curve.calibrated))
    return len(logits)


@torch.no_grad()
def judged_pixels(network: CCNN, scene: Scene, matcher: str, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of random pixels of a scene, and whether their disparity is right."""
    truth = scene.truth
    if truth is None or truth.disparity is None:
        raise SampleError(f"{scene.key} has no disparity to calibrate on; leave it out")
    matching = matched(scene.sample, matcher, number)[0]
    found = matching.disparity
    framed = np.pad(network_input(matching), RADIUS, mode="edge")  # as in training
    logits = network(torch.from_numpy(framed)[None, None])[0, 0].numpy()
    known = truth.valid[0, 0].numpy() & np.isfinite(found)
    right = np.abs(found - truth.disparity[0, 0].numpy()) <= RIGHT_PX
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(known))[:PIXELS]
    return logits.ravel()[chosen].astype(np.float64), right.ravel()[chosen]
