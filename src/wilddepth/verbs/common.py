"""What the verbs share: machine settings, progress, a first look at the input, protocols of layouts."""

import random
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.engine.device import choose_device
from wilddepth.engine.precision import Precision, choose_precision
from wilddepth.errors import SampleError
from wilddepth.formats.image import image_size
from wilddepth.methods.label_free import LabelFree
from wilddepth.methods.stereo import StereoMethod
from wilddepth.metrics import protocols
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.sources.folder import FolderSource
from wilddepth.sources.source import Source

Say = Callable[[str, int, int, float | None], None]
"""Told of progress: (what is being done, done, of, seconds left or None)."""


def quiet(what: str, done: int, total: int, seconds_left: float | None) -> None:
    """Progress for nobody."""


@dataclass(frozen=True)
class Machine:
    """Where and how a verb computes, after "auto" was decided."""

    device: torch.device
    precision: Precision
    compile: bool
    seed: int


def machine(
    network: StereoNetwork, *, device: str, precision: str, compile_network: bool, seed: int, threads: int | None
) -> Machine:
    """Decide device and precision for a network, move it there, set threads and seeds.

    Raises:
        ConfigError: for an unknown device or precision, or a GPU that is not there.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    place = choose_device(device)
    network.to(place)
    return Machine(place, choose_precision(precision, plain_method(network), place), compile_network, seed)


def plain_method(network: StereoNetwork) -> StereoMethod:
    """A network as a method that only predicts."""
    return LabelFree(network)


def look_at_all(scenes: Source, *, truth: bool = False, rectified: bool = True, leave_out: Container[int] = ()) -> None:
    """Find out that a pair cannot be used before anything is written: damaged files, views of two sizes.

    Pictures are read but not decoded, a millisecond or two each; rendered pairs are always whole.

    Args:
        scenes: what will be worked on.
        truth: also ask that some scene has truth to score with, and read all of it: a damaged map should not be found
            after an hour of adapting.
        rectified: also refuse pairs that are known not to be rectified; for all who match rows.
        leave_out: numbers of pairs that need no look.

    Raises:
        SampleError: naming the first file that cannot be used, or the source without any truth or without pairs that
            stereo can use.
    """
    scenes.check_pairs(rectified=rectified)
    if not isinstance(scenes, FolderSource):
        return
    for index, files in enumerate(scenes.files):
        if index in leave_out:
            continue
        if files.right is None or image_size(files.left) != image_size(files.right):
            load_sample(files)  # says what is wrong
        if files.calibration is not None:
            files.calibration.read()
        if truth:
            load_truth(files)
    if truth and not any(files.has_truth for files in scenes.files):
        raise SampleError(f"{scenes.text} holds no ground truth to score with; name a source that has some")


PROTOCOL_OF_LAYOUT: Mapping[str, str] = {
    "kitti_stereo": "kitti2015",
    "middlebury2003": "middlebury",
    "middlebury2006": "middlebury",
    "middlebury2014": "middlebury",
    "eth3d": "eth3d",
}
"""The protocol under which a layout is scored when none is named; all others use `default`."""


def protocol_for(layout: str, named: str | None) -> str:
    """The named protocol, or the layout's own.

    Raises:
        ConfigError: for an unknown one.
    """
    return protocols.protocol(named or PROTOCOL_OF_LAYOUT.get(layout, "default")).name
