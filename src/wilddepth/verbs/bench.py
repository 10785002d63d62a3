"""`wilddepth bench`: how fast a network predicts on this machine, beside what was published."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch

from wilddepth.engine.bench import WARM_UP, Speed, measure
from wilddepth.engine.device import fast_products
from wilddepth.engine.environment import environment
from wilddepth.engine.infer import Predictor
from wilddepth.engine.published_speeds import COMPARED_SIZES, published_speeds
from wilddepth.engine.weights import chosen_network
from wilddepth.errors import ConfigError
from wilddepth.verbs.common import Machine, Say, machine, plain_method, quiet
from wilddepth.worlds.catalog import render

SMALLEST, LARGEST = 16, 8192
"""Sides, px."""
BUSY = 0.5
"""Work waiting for each core before we began, above which others took part of our time."""
UNSTEADY = 1.5
"""The slowest call against the fastest, above which something else must have run."""


def bench(
    weights: str = "madnet-worlds",
    *,
    sizes: Sequence[str] = (),
    rounds: int = 9,
    device: str = "auto",
    precision: str = "auto",
    compile_network: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Measure how fast pairs are predicted here.

    Args:
        weights: a packaged name, a safetensors file or a run folder.
        sizes: of the pairs, "ROWSxCOLUMNS"; none = those for which figures were published.
        rounds: timed calls of each kind; two more come first and do not count.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "fp32" or "bf16".
        compile_network: compile the network for each size.
        seed: of the pair.
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        Settings, `environment`, `notes` on what makes the numbers doubtful, and for each of `sizes` frames a second,
        milliseconds (median, least, most) in all and by stage, bytes at the peak, and the published figures.

    Raises:
        ConfigError: for a size that is none, or does not fit into memory.
        WeightsError: for weights that cannot be used.
    """
    wanted = list(dict.fromkeys(size_of(text) for text in sizes)) or list(COMPARED_SIZES)
    load = waiting()
    network = chosen_network(weights, 1.0)  # the sizes that are named are those that it sees
    place = machine(
        network, device=device, precision=precision, compile_network=compile_network, seed=seed, threads=threads
    )
    speeds = []
    for done, (height, width) in enumerate(wanted):
        say("bench", done, len(wanted), None)
        if place.compile:
            torch.compiler.reset()  # else the second size is compiled for all sizes, which is slower
        predictor = Predictor(
            plain_method(network), device=place.device, precision=place.precision, compile=place.compile
        )
        speeds.append(measure(predictor, render("flat-street", seed, 0, height, width)[0], rounds=rounds))
    say("bench", len(wanted), len(wanted), None)
    return {
        **settings(weights, place, rounds, load),
        "notes": notes(speeds, load, asked_to_compile=place.compile),
        "sizes": [row(speed) for speed in speeds],
    }


def size_of(text: str) -> tuple[int, int]:
    """Rows and columns of a size as it is written: `400x1200`.

    Raises:
        ConfigError: for another text, or sides out of range.
    """
    found = re.fullmatch(r"(\d{1,9})[xX×](\d{1,9})", text.strip())
    if found is None:
        raise ConfigError(f"--size: {text!r} is no size; write ROWSxCOLUMNS, e.g. 400x1200")
    height, width = int(found[1]), int(found[2])
    if not (SMALLEST <= height <= LARGEST and SMALLEST <= width <= LARGEST):
        raise ConfigError(f"--size: {text} has a side outside {SMALLEST} to {LARGEST}; give another one")
    return height, width


def waiting() -> float | None:
    """How much work waited for each core in the last minute; None where the system does not say."""
    if not hasattr(os, "getloadavg"):
        return None
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def settings(weights: str, place: Machine, rounds: int, load: float | None) -> dict[str, Any]:
    """What was measured and where."""
    return {
        "weights": weights,
        "device": str(place.device),
        "precision": place.precision,
        "threads": torch.get_num_threads(),
        "rounds": rounds,
        "warm_up": WARM_UP,
        "cpu_flags": list(fast_products()),
        "load_of_a_core_before": load,
        "environment": environment(str(place.device)),
    }


def notes(speeds: Sequence[Speed], load: float | None, *, asked_to_compile: bool) -> list[str]:
    """What a reader of the numbers should know before believing them."""
    found = []
    if load is not None and load > BUSY:
        found.append(
            f"the machine was busy before this began ({load:.1f} tasks for each core): the numbers are too slow; give "
            "it nothing else to do"
        )
    ratio = max(speed.total.most / speed.total.least for speed in speeds)
    if ratio > UNSTEADY:
        found.append(f"equal calls differ by a factor of {ratio:.1f}: something else ran at the same time")
    if asked_to_compile and not all(speed.compiled for speed in speeds):
        found.append("the network was not compiled: the compiler is missing or failed")
    return found


def row(speed: Speed) -> dict[str, Any]:
    """One size as plain values."""
    figures = [asdict(figure) for figure in published_speeds(speed.height, speed.width)]
    return {**asdict(speed), "frames_a_second": speed.frames_a_second, "published": figures}
