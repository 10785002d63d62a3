"""What the verbs share: machine settings, progress, protocols of layouts."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from wilddepth.engine.device import choose_device
from wilddepth.engine.precision import choose_precision
from wilddepth.methods.label_free import LabelFree
from wilddepth.methods.stereo import StereoMethod
from wilddepth.networks.madnet import MADNet

Say = Callable[[str, int, int, float | None], None]
"""Told of progress: (what is being done, done, of, seconds left or None)."""


def quiet(what: str, done: int, total: int, seconds_left: float | None) -> None:
    """Progress for nobody."""


@dataclass(frozen=True)
class Machine:
    """Where and how a verb computes, after "auto" was decided."""

    device: torch.device
    precision: str
    compile: bool
    seed: int


def machine(
    network: MADNet, *, device: str, precision: str, compile_network: bool, seed: int, threads: int | None
) -> Machine:
    """Decide device and precision, set threads and seeds."""
    if threads is not None:
        torch.set_num_threads(threads)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - for libraries that draw from numpy's global state
    torch.manual_seed(seed)
    place = choose_device(device)
    network.to(place)
    return Machine(place, choose_precision(precision, network, place), compile_network, seed)


def plain_method(network: MADNet) -> StereoMethod:
    """A network as a method that only predicts."""
    return LabelFree(network)


PROTOCOL_OF_LAYOUT: Mapping[str, str] = {
    "kitti_stereo": "kitti2015",
    "middlebury2003": "middlebury",
    "middlebury2014": "middlebury",
    "eth3d": "eth3d",
}
"""The protocol under which a layout is scored when none is named; all others use `default`."""


def protocol_for(layout: str, named: str | None) -> str:
    """The named protocol, or the layout's own."""
    return named or PROTOCOL_OF_LAYOUT.get(layout, "default")
