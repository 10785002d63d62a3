"""How fast a network predicts on this machine: frames a second, milliseconds by stage, peak memory.

The total is taken from predictions as `predict` makes them, with nothing added. Stages come from other predictions of
the same pair, taken in turns with those, in which the clock is read between stages; how long these take in all is
stated beside them. On a GPU the readings are events in its queue, so nothing waits for them before the end.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from wilddepth.engine.infer import Predictor
from wilddepth.engine.memory import Meter
from wilddepth.errors import ConfigError
from wilddepth.methods.stereo import StereoMethod
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.sample import Sample

WARM_UP = 2
"""Calls that are not counted: the first makes kernels, the second sees the memory that they need."""

Clock = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Milliseconds of some equal calls.

    Attributes:
        median: of all.
        least: of all.
        most: of all.
        calls: how many.
    """

    median: float
    least: float
    most: float
    calls: int

    @staticmethod
    def of(milliseconds: Sequence[float]) -> "Timing":
        """The timing of some calls, at least one."""
        return Timing(statistics.median(milliseconds), min(milliseconds), max(milliseconds), len(milliseconds))


@dataclass(frozen=True)
class Speed:
    """What was measured at one size.

    Attributes:
        height: rows of the pair.
        width: columns of the pair.
        compiled: whether the network ran as one compiled graph.
        first_ms: the first call: compiling, kernels, memory.
        total: a disparity of the left view, from a sample on the CPU to a disparity on the CPU.
        with_confidence: the same with confidence, as `wilddepth predict` does it: both views are predicted.
        stages: stage -> median ms, in the order of the work; None where the network was to run as one compiled graph.
        staged_ms: median of the calls from which the stages come.
        peak_bytes: most memory held at any time of these calls: of the process (CPU) or by its tensors (GPU).
        start_bytes: the same before the first of these calls; None where only the peak of the whole process is known.
    """

    height: int
    width: int
    compiled: bool
    first_ms: float
    total: Timing
    with_confidence: Timing
    stages: Mapping[str, float] | None
    staged_ms: float | None
    peak_bytes: int
    start_bytes: int | None

    @property
    def frames_a_second(self) -> float:
        """Of disparity alone, by the median."""
        return 1000 / self.total.median


def measure(predictor: Predictor, sample: Sample, *, rounds: int) -> Speed:
    """Time one pair.

    Args:
        predictor: of a stereo method.
        sample: one pair, on the CPU.
        rounds: timed calls of each kind, in turns.

    Raises:
        ConfigError: when the pair does not fit into memory.
        ValueError: for no rounds.
    """
    if rounds < 1:
        raise ValueError(f"{rounds} rounds measure nothing; give at least 1")
    height, width = sample.size
    try:
        return _measured(predictor, sample, rounds)
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise _too_large(height, width) from error
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):  # what torch says on a CPU, without a type of its own
            raise
        raise _too_large(height, width) from error


def _measured(predictor: Predictor, sample: Sample, rounds: int) -> Speed:
    meter = Meter(predictor.device)
    names = stages_of(_network(predictor))
    kinds: dict[str, Callable[[], Mapping[str, float]]] = {
        "total": lambda: _whole(predictor, sample, confidence=False),
        "with_confidence": lambda: _whole(predictor, sample, confidence=True),
    }
    if not predictor.compiled:
        kinds["staged"] = lambda: by_stage(predictor, sample)
    seen: dict[str, list[Mapping[str, float]]] = {kind: [] for kind in kinds}
    for _ in range(WARM_UP + rounds):
        for kind, call in kinds.items():
            seen[kind].append(call())
    timed = {kind: found[WARM_UP:] for kind, found in seen.items()}
    staged = timed.get("staged")
    return Speed(
        height=sample.size[0],
        width=sample.size[1],
        compiled=predictor.compiled,
        first_ms=seen["total"][0]["whole"],
        total=Timing.of([found["whole"] for found in timed["total"]]),
        with_confidence=Timing.of([found["whole"] for found in timed["with_confidence"]]),
        stages=None if staged is None else {name: statistics.median(row[name] for row in staged) for name in names},
        staged_ms=None if staged is None else statistics.median(sum(row.values()) for row in staged),
        peak_bytes=meter.peak(),
        start_bytes=meter.start,
    )


def _too_large(height: int, width: int) -> ConfigError:
    return ConfigError(f"a pair of {height}x{width} does not fit into this machine's memory; give a smaller --size")


def _whole(predictor: Predictor, sample: Sample, *, confidence: bool) -> Mapping[str, float]:
    """One call: the result is on the CPU again at its end, so nothing is left in the queue of a GPU."""
    begin = time.perf_counter()
    predictor(sample, confidence=confidence)
    return {"whole": (time.perf_counter() - begin) * 1000}


def stages_of(network: StereoNetwork) -> tuple[str, ...]:
    """The stages of a prediction in the order of the work: those of the network, and what is around them."""
    return ("transfer in", *network.stages, "enlargement", "transfer out")


def by_stage(predictor: Predictor, sample: Sample) -> dict[str, float]:
    """Milliseconds of each stage in one prediction without confidence; their sum is that of the whole call."""
    marks: list[object] = []
    clock, network = _clock(predictor.device), _network(predictor)
    with marked(network, lambda: marks.append(clock())):
        marks.append(clock())
        predictor(sample, confidence=False)
        marks.append(clock())
    return dict(zip(stages_of(network), _between(marks), strict=True))


@contextmanager
def marked(network: StereoNetwork, mark: Callable[[], None]) -> Iterator[None]:
    """Inside, `mark` is called when a forward begins, and at the end of each stage and of the forward itself. The
    network computes what it always does.
    """
    modules: Mapping[str, nn.Module] = dict(network.named_modules())
    ends = [modules[part] for part in network.stages.values() if part in modules]
    methods = [part for part in network.stages.values() if part not in modules]
    hooks = [module.register_forward_hook(lambda *_: mark()) for module in (*ends, network)]
    hooks.append(network.register_forward_pre_hook(lambda *_: mark()))
    for name in methods:
        vars(network)[name] = _followed(getattr(network, name), mark)
    try:
        yield
    finally:
        for name in methods:
            del vars(network)[name]  # its class has the usual one
        for hook in hooks:
            hook.remove()


def _followed(function: Callable[..., Any], mark: Callable[[], None]) -> Callable[..., Any]:
    """The function, with a mark at its end."""

    def call(*words: Any, **more: Any) -> Any:
        found = function(*words, **more)
        mark()
        return found

    return call


def _network(predictor: Predictor) -> StereoNetwork:
    method = predictor.method
    if not isinstance(method, StereoMethod):
        raise ValueError(f"{type(method).__name__} is no stereo method, so its stages are not known")
    return method.network


def _clock(device: torch.device) -> Clock:
    """Reads the time: of the processor, or of the queue of the GPU."""
    if device.type != "cuda":
        return time.perf_counter

    def event() -> torch.cuda.Event:
        found = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]  # missing in torch's stubs
        found.record()
        return found

    return event


def _between(marks: Sequence[Any]) -> list[float]:
    """Milliseconds from each mark to the next."""
    if isinstance(marks[0], float):
        return [(after - before) * 1000 for before, after in pairwise(marks)]
    marks[-1].synchronize()
    return [before.elapsed_time(after) for before, after in pairwise(marks)]
