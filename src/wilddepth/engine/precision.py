"""Which precision a network runs fastest in, measured once on this machine.

bfloat16 is twice as fast as float32 or more on CPUs with AMX and on recent GPUs, and several times slower on CPUs that
have to emulate it; no flag says which of the two a network will see, so the network itself is timed.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, cast

import torch

from wilddepth.engine.device import machine_name
from wilddepth.errors import ConfigError, OutputError
from wilddepth.formats.atomic import write_text
from wilddepth.method import Method
from wilddepth.plain import closest
from wilddepth.sample import Sample
from wilddepth.worlds.cache import default_root

Precision = Literal["fp32", "bf16"]

PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16")
SIZE = (128, 448)
"""Of the images that are timed: large enough for convolutions to take nearly all of the time."""
ROUNDS = 3
WORTH = 0.9
"""bfloat16 is less exact, so it is taken only where it needs less than this part of float32's time."""

logger = logging.getLogger(__name__)


def choose_precision(name: str, network: Method, device: torch.device, cache: Path | None = None) -> Precision:
    """The precision that `name` means for this network here.

    "auto" times the network on a small pair in both and keeps the answer for the next time: one file for each
    machine, torch version, number of threads and size of network. A file that cannot be read is measured anew; where
    none can be written, the measurement is made each time.

    Args:
        name: "auto", or the answer itself.
        network: takes stereo pairs; on `device`, in the memory format it will be used in.
        device: where it runs.
        cache: folder for the answers; None = `precision` in the user's cache folder.

    Raises:
        ConfigError: for another name.
    """
    if name == "auto":
        return _measured_once(network, device, default_root() / "precision" if cache is None else cache)
    if name not in PRECISIONS:
        raise ConfigError(f"unknown precision {name!r}; {closest(name, ('auto', *PRECISIONS))}")
    return name


def measure(network: Method, device: torch.device) -> dict[Precision, float]:
    """Seconds that one prediction on a small pair takes in each precision: the least of some, taken in turns."""
    height, width = SIZE
    generator = torch.Generator().manual_seed(0)
    views = (
        torch.rand(2, 3, height, width, generator=generator).to(device).contiguous(memory_format=torch.channels_last)
    )
    sample = Sample(image=views[:1], right=views[1:])
    seconds: dict[Precision, float] = dict.fromkeys(PRECISIONS, float("inf"))
    with torch.inference_mode():
        for turn in range(1 + ROUNDS):
            for precision in PRECISIONS:
                spent = _seconds(lambda: network(sample), device, precision)
                if turn > 0:  # the first one prepares kernels
                    seconds[precision] = min(seconds[precision], spent)
    return seconds


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """A context in which the network computes in `precision`; its weights stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def _measured_once(network: Method, device: torch.device, cache: Path) -> Precision:
    key = _key(network, device)
    path = cache / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]}.json"
    known = _read(path, key)
    if known is not None:
        return known
    seconds = measure(network, device)
    chosen: Precision = "bf16" if seconds["bf16"] < WORTH * seconds["fp32"] else "fp32"
    logger.info(
        "precision %s: %.3f s a small pair in fp32, %.3f s in bf16 on this machine",
        chosen,
        seconds["fp32"],
        seconds["bf16"],
    )
    try:
        write_text(path, json.dumps({"for": key, "seconds": seconds, "precision": chosen}, indent=2) + "\n")
    except OutputError as error:
        logger.warning("the choice of precision cannot be kept and is measured each time: %s", error)
    return chosen


def _key(network: Method, device: torch.device) -> dict[str, Any]:
    """What the answer depends on."""
    return {
        "machine": machine_name(device),
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "size": list(SIZE),
    }


def _read(path: Path, key: Mapping[str, Any]) -> Precision | None:
    """The answer in a file; None where there is none, it is damaged, or it is about something else."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(told, dict) or told.get("for") != key or told.get("precision") not in PRECISIONS:
        return None
    return cast(Precision, told["precision"])


def _seconds(work: Callable[[], object], device: torch.device, precision: Precision) -> float:
    begin = time.perf_counter()
    with autocast(device, precision):
        work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin
