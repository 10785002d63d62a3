"""Speed: a stage that is slowed down is the one that is seen to be slow, and looking changes nothing."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from tiny import Line, network, plane
from wilddepth.engine import bench
from wilddepth.engine.bench import Timing, by_stage, marked, measure, stages_of
from wilddepth.engine.infer import Predictor
from wilddepth.errors import ConfigError
from wilddepth.methods.label_free import LabelFree
from wilddepth.networks.madnet import MADNet

PAUSE = 0.05
"""s; a whole prediction of 64x64 takes a tenth of it."""


def predictor(net: MADNet | None = None) -> Predictor:
    return Predictor(LabelFree(net or network()), device="cpu", precision="fp32", convolutions="direct")


def after_pause(function: Callable[..., Any]) -> Callable[..., Any]:
    def slow(*words: Any, **more: Any) -> Any:
        time.sleep(PAUSE)
        return function(*words, **more)

    return slow


def slow_module(net: MADNet, name: str) -> None:
    net.get_submodule(name).register_forward_pre_hook(lambda *_: time.sleep(PAUSE))


SLOWED: dict[str, Callable[[pytest.MonkeyPatch, MADNet], None]] = {
    "features of both views": lambda patch, net: patch.setattr(MADNet, "features", after_pause(MADNet.features)),
    **{f"level {k}": lambda patch, net, k=k: slow_module(net, f"decoders.{k}") for k in (6, 5, 4, 3, 2)},
    "refinement": lambda patch, net: slow_module(net, "context"),
    "enlargement": lambda patch, net: patch.setattr(MADNet, "full_resolution", after_pause(MADNet.full_resolution)),
}


@pytest.mark.parametrize("stage", SLOWED)
def test_a_slow_stage_is_the_one_that_is_seen_to_be_slow(stage: str, monkeypatch: pytest.MonkeyPatch):
    net = network()
    slow = predictor(net)
    slow(plane(6))
    SLOWED[stage](monkeypatch, net)
    found = by_stage(slow, plane(6))
    assert tuple(found) == stages_of(net)
    assert found[stage] >= 1000 * PAUSE
    assert max(found, key=lambda name: found[name]) == stage


def test_looking_at_stages_changes_no_value_and_leaves_nothing_behind():
    net = network()
    predict, seen = predictor(net), []
    plain = predict(plane(6)).values
    with marked(net, lambda: seen.append(None)):
        looked_at = predict(plane(6), confidence=False).values
    assert torch.equal(plain, looked_at)
    assert len(seen) == len(stages_of(net)) - 1  # beside the two marks around the call
    assert "features" not in vars(net)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())


def test_marks_go_away_after_a_failure_too():
    net = network()
    with pytest.raises(KeyError), marked(net, lambda: None):
        raise KeyError
    assert "features" not in vars(net)
    assert not net._forward_hooks


def test_the_numbers_of_a_size_fit_together():
    found = measure(predictor(), plane(6), rounds=3)
    assert (found.height, found.width, found.compiled) == (64, 64, False)
    assert found.total.calls == found.with_confidence.calls == 3
    assert 0 < found.total.least <= found.total.median <= found.total.most
    assert found.frames_a_second * found.total.median == pytest.approx(1000)
    assert found.with_confidence.median > found.total.least  # two views instead of one
    assert found.stages is not None
    assert found.staged_ms is not None
    assert sum(found.stages.values()) < 3 * found.staged_ms
    assert all(value > 0 for value in found.stages.values())
    assert found.peak_bytes > 50e6  # an interpreter with torch


def test_calls_before_the_counted_ones_do_not_count(monkeypatch: pytest.MonkeyPatch):
    seconds = iter([100.0] * 2 * bench.WARM_UP + [0.001, 0.5, 0.003, 0.5, 0.002, 0.5])
    monkeypatch.setattr(bench, "_whole", lambda *_, **__: {"whole": next(seconds) * 1000})
    found = measure(predictor(), plane(6), rounds=3)
    assert found.total == Timing(median=2.0, least=1.0, most=3.0, calls=3)
    assert found.with_confidence.median == 500.0
    assert found.first_ms == 100_000.0


def test_a_compiled_network_has_no_stages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Predictor, "compiled", True)
    found = measure(predictor(), plane(6), rounds=1)
    assert found.compiled
    assert found.stages is None
    assert found.staged_ms is None


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 TB")],
)
def test_a_pair_that_does_not_fit_is_said(error: Exception, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(bench, "_measured", full)
    with pytest.raises(ConfigError, match="64x64 does not fit into this machine's memory; give a smaller --size"):
        measure(predictor(), plane(6), rounds=1)


def test_other_failures_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(bench, "_measured", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        measure(predictor(), plane(6), rounds=1)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="0 rounds measure nothing"):
        measure(predictor(), plane(6), rounds=0)
    with pytest.raises(ValueError, match="Line is no stereo method"):
        by_stage(Predictor(Line(), device="cpu", precision="fp32"), plane(6))


class Event:
    """A reading in the queue of a GPU, at so many milliseconds."""

    def __init__(self, at: float, waited: list[float]) -> None:
        self.at, self.waited = at, waited

    def synchronize(self) -> None:
        self.waited.append(self.at)

    def elapsed_time(self, later: "Event") -> float:
        return later.at - self.at


def test_a_gpu_is_waited_for_once_and_at_the_end():
    waited: list[float] = []
    assert bench._between([Event(at, waited) for at in (1.0, 4.0, 4.5)]) == [3.0, 0.5]
    assert waited == [4.5]
    assert bench._between([2.0, 2.5, 4.5]) == [500.0, 2000.0]  # seconds of a processor's clock


@pytest.mark.gpu
def test_stages_on_a_gpu_add_up_to_the_call():
    found = measure(Predictor(LabelFree(network()), device="cuda", precision="fp32"), plane(6), rounds=5)
    assert found.stages is not None
    assert all(value > 0 for value in found.stages.values())
    assert found.staged_ms == pytest.approx(sum(found.stages.values()), rel=0.5)
    assert found.start_bytes is not None
    assert found.peak_bytes > found.start_bytes > 4 * 3_826_070  # the weights, float32
