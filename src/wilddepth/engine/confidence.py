"""Networks that judge disparities: calibrated and stored; `proxies.judge` finds them again by name."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch

from wilddepth.engine.checkpoint import save_tensors
from wilddepth.errors import SampleError, WeightsError
from wilddepth.metrics.calibration import rising_curve
from wilddepth.networks.ccnn import CCNN, KNOTS, RADIUS
from wilddepth.proxies.judge import confidence_names as confidence_names
from wilddepth.proxies.judge import load_confidence as load_confidence
from wilddepth.proxies.matchings import matched
from wilddepth.proxies.sides import network_input
from wilddepth.sources.source import Scene

RIGHT_PX = 3.0
"""A disparity off by at most this is right, px: the limit that CCNN was published with."""
PIXELS = 20_000
"""Of each scene that calibrate."""


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
