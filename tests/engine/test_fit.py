"""The training loop on a method with one weight, where everything has a closed form; and on MADNet where it must."""

import json
import time
from pathlib import Path

import pytest
import torch

from tiny import HEIGHT, WIDTH, Line, LineConfig, Ones, labelled, network, plane
from wilddepth.data.collate import collate
from wilddepth.engine.checkpoint import LAST, load_tensors
from wilddepth.engine.fit import Averaged, DivergedError, Fit, FitPlan, Progress, Stage, use_settings
from wilddepth.errors import ConfigError, OutputError, WildDepthError
from wilddepth.method import Method
from wilddepth.methods.supervised import Supervised, SupervisedConfig
from wilddepth.sample import Sample


def plan(*stages: Stage, **more: object) -> FitPlan:
    return FitPlan(stages or (Stage(4, 1, 0.1),), **{"optimiser": "sgd", "average": 0.0, "checkpoint_every": 2, **more})


def run(method: Method, chosen: FitPlan, folder: Path, **more: object) -> Fit:
    fit = Fit(method, Ones(), chosen, folder)
    fit.run(**more)
    return fit


def test_steps_of_momentum_are_those_of_the_book(tmp_path: Path):
    """w <- w - lr v, v <- 0.9 v + (w - 3), at the rates of both stages."""
    line = Line()
    run(line, plan(Stage(2, 1, 0.1), Stage(2, 1, 0.05)), tmp_path)
    weight, velocity = 0.0, 0.0
    for rate in (0.1, 0.1, 0.05, 0.05):
        velocity = 0.9 * velocity + (weight - 3)
        weight -= rate * velocity
    assert line.value() == pytest.approx(weight, rel=1e-5)


def test_the_first_step_of_adam_is_the_rate_itself(tmp_path: Path):
    line = Line()
    run(line, plan(Stage(1, 1, 0.1), optimiser="adam"), tmp_path)
    assert line.value() == pytest.approx(0.1, rel=1e-4)


def test_weight_decay_pulls_towards_zero(tmp_path: Path):
    line = Line(start=3.0)  # no gradient from the objective
    run(line, plan(Stage(1, 1, 0.1), weight_decay=0.5), tmp_path)
    assert line.value() == pytest.approx(3 - 0.1 * 0.5 * 3)


@pytest.mark.parametrize("clip, step", [(0.0, 3.0), (1.0, 1.0), (100.0, 3.0)])
def test_a_gradient_longer_than_the_clip_is_shortened(tmp_path: Path, clip: float, step: float):
    line = Line()  # the first gradient is -3
    run(line, plan(Stage(1, 1, 0.1), clip=clip), tmp_path)
    assert line.value() == pytest.approx(0.1 * step, rel=1e-4)


def test_the_average_is_exponential_and_faster_at_first(tmp_path: Path):
    line, weights = Line(), []
    fit = run(line, plan(Stage(6, 1, 0.1), average=0.3), tmp_path, on_step=lambda _: weights.append(line.value()))
    average = 0.0
    for done, weight in enumerate(weights, start=1):
        decay = min(0.3, (1 + done) / (10 + done))
        average = decay * average + (1 - decay) * weight
    assert float(fit.average["weight"]) == pytest.approx(average, rel=1e-5)
    assert (1 + 1) / (10 + 1) < 0.3 < (1 + 6) / (10 + 6)  # both branches were walked


def test_in_the_average_a_method_is_evaluated_and_afterwards_as_before():
    line = Line(start=1.0).train()
    with Averaged(line, {"weight": torch.tensor([5.0])}) as inside:
        assert (inside.value(), inside.training) == (5.0, False)
    assert (line.value(), line.training) == (1.0, True)
    with pytest.raises(RuntimeError), Averaged(line, {"weight": torch.tensor([5.0])}):
        raise RuntimeError
    assert line.value() == 1.0


def test_settings_hold_for_their_stage_and_no_longer(tmp_path: Path):
    """The settings of a first stage stayed on in the second one, unless that one named them too."""
    line, own = Line(), LineConfig(goal=3.0, factor=1.0)
    run(line, plan(Stage(1, 1, 0.1, settings={"goal": 7.0}), Stage(1, 1, 0.1, settings={"factor": 2.0})), tmp_path)
    assert [config for config, _ in line.seen] == [LineConfig(goal=7.0), LineConfig(factor=2.0)]
    assert line.config == own


def test_what_is_watched_has_its_own_settings(tmp_path: Path):
    """A coarse stage was judged by its coarse head, and weights were kept whose finest head nobody had looked at."""
    seen: list[object] = []
    chosen = plan(Stage(2, 1, 0.1, settings={"goal": 7.0}))
    line = run(Line(), chosen, tmp_path, watch=lambda _, method: seen.append(method.config), watch_every=1).method
    assert seen == [LineConfig(), LineConfig()]
    assert [config.goal for config, _ in line.seen] == [7.0, 7.0]


def test_settings_are_put_back_when_a_run_fails(tmp_path: Path):
    line = Line()
    with pytest.raises(DivergedError):
        run(line, plan(Stage(1, 1, 0.1, settings={"goal": float("nan")})), tmp_path)
    assert line.config == LineConfig()


def test_settings_of_a_method_without_any_are_refused():
    line = Line()
    with pytest.raises(ConfigError, match="Line has no settings to replace in a stage"):
        use_settings(line, None, {"goal": 1.0})
    use_settings(line, None, {})


def test_progress_tells_of_every_step(tmp_path: Path):
    told: list[Progress] = []
    run(Line(), plan(), tmp_path, on_step=told.append)
    assert [(each.step, each.steps) for each in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told[0].total == pytest.approx(4.5)  # (0 - 3)^2 / 2
    assert told[0].terms == {"error": pytest.approx(3.0)}
    assert told[0].learning_rate == 0.1
    assert told[-1].seconds_left == 0.0
    assert 0 < told[0].seconds <= told[-1].seconds


def test_the_time_left_follows_the_recent_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock, told = [0.0], []
    monkeypatch.setattr("wilddepth.engine.fit.time.monotonic", lambda: clock[0])

    def tick(progress: Progress) -> None:
        told.append(progress.seconds_left)
        clock[0] += 1.0 if progress.step < 100 else 10.0  # a slow stage begins

    run(Line(), plan(Stage(200, 1, 0.0)), tmp_path, on_step=tick)
    assert told[90] == pytest.approx(109.0)
    assert told[180] == pytest.approx(19 * 10.0)


def test_every_so_many_steps_a_line_is_logged(tmp_path: Path):
    log = tmp_path / "log.jsonl"
    run(Line(), plan(Stage(6, 1, 0.1), log_every=3), tmp_path, log=log)
    rows = [json.loads(text) for text in log.read_text().splitlines()]
    assert [row["step"] for row in rows] == [3, 6]
    assert set(rows[0]) == {"step", "total", "learning_rate", "seconds", "error"}


def test_a_log_that_cannot_be_written_is_an_output_error(tmp_path: Path):
    with pytest.raises(OutputError, match=r"cannot write .*; free some space"):
        run(Line(), plan(log_every=1), tmp_path, log=tmp_path)


def test_the_watcher_sees_averaged_weights_at_its_steps_and_at_the_last(tmp_path: Path):
    seen = []

    def watch(step: int, method: Method) -> None:
        seen.append((step, method.value(), method.training))

    line = Line()
    fit = run(line, plan(Stage(5, 1, 0.1), average=0.5), tmp_path, watch=watch, watch_every=2)
    assert [(step, training) for step, _, training in seen] == [(2, False), (4, False), (5, False)]
    assert seen[-1][1] == float(fit.average["weight"]) != line.value()


def test_the_watcher_can_stop_a_run_and_the_checkpoint_is_of_that_step(tmp_path: Path):
    line = Line()
    fit = Fit(line, Ones(), plan(Stage(9, 1, 0.1), checkpoint_every=100), tmp_path)
    result = fit.run(watch=lambda step, _: "enough" if step == 3 else None, watch_every=1)
    assert (result.steps, result.stopped) == (3, "enough")
    assert load_tensors(tmp_path / LAST)[1]["step"] == "3"


def test_a_run_that_reached_its_end_was_not_stopped(tmp_path: Path):
    assert Fit(Line(), Ones(), plan(), tmp_path).run(watch=lambda *_: "enough", watch_every=4).stopped is None


def test_a_deadline_ends_the_run_with_a_last_look_and_a_checkpoint(tmp_path: Path):
    looks: list[int] = []
    fit = Fit(Line(), Ones(), plan(Stage(9, 1, 0.1), checkpoint_every=100), tmp_path)
    result = fit.run(watch=lambda step, _: looks.append(step), watch_every=5, deadline=time.monotonic() - 1)
    assert (result.steps, result.stopped, looks) == (1, "the time given is over", [1])
    assert (tmp_path / LAST).is_file()
    assert fit.run(deadline=time.monotonic() + 1000).stopped is None  # and it can be gone on with


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_resumed_run_is_the_run_that_was_not_cut_off(tmp_path: Path, optimiser: str):
    chosen = plan(Stage(3, 1, 0.1, warm_up=2), Stage(4, 2, 0.2, 0.01), average=0.9, optimiser=optimiser, clip=2.0)
    whole = run(Line(), chosen, tmp_path / "whole")
    cut = Fit(Line(), Ones(), chosen, tmp_path / "cut")
    cut.run(watch=lambda step, _: "cut" if step == 4 else None, watch_every=1)
    cut.state["note"] = "kept"
    cut.save()
    other = Fit(Line(start=9.0), Ones(), chosen, tmp_path / "cut")
    other.resume()
    assert (other.done, other.state) == (4, {"note": "kept"})
    other.run()
    assert torch.equal(other.method.weight, whole.method.weight)
    assert torch.equal(other.average["weight"], whole.average["weight"])


def test_where_there_is_no_checkpoint_resuming_begins(tmp_path: Path):
    fit = Fit(Line(), Ones(), plan(), tmp_path)
    fit.resume()
    assert fit.done == 0


class Poisoned(Line):
    """Its objective, or the gradient alone, is not finite from a step on."""

    def __init__(self, step: int, what: str) -> None:
        super().__init__()
        self.step, self.what = step, what

    def objective(self, outputs, sample, **options):  # type: ignore[no-untyped-def]
        found = super().objective(outputs, sample, **options)
        if len(self.seen) < self.step:
            return found
        spoilt = (
            found.total * float("nan")
            if self.what == "objective"
            else found.total + (0 * outputs.disparities[-1].sum()).sqrt()
        )
        return type(found)(spoilt, found.terms)


def test_an_objective_that_is_no_number_stops_the_run_and_the_last_checkpoint_stays(tmp_path: Path):
    with pytest.raises(
        DivergedError, match=r"the objective is nan \(images white\) at step 3; lower the learning rate"
    ):
        run(Poisoned(4, "objective"), plan(), tmp_path)
    assert issubclass(DivergedError, WildDepthError)
    tensors, metadata = load_tensors(tmp_path / LAST)
    assert metadata["step"] == "2"
    assert all(bool(value.isfinite().all()) for value in tensors.values())


def test_weights_that_are_no_numbers_never_replace_a_checkpoint(tmp_path: Path):
    """A finite objective with a gradient of nan spoils the weights one step before the objective shows it."""
    with pytest.raises(
        DivergedError, match=r"a weight is not a finite number at step 4; .* \(.*last.safetensors stays\)"
    ):
        run(Poisoned(4, "gradient"), plan(), tmp_path)
    assert load_tensors(tmp_path / LAST)[1]["step"] == "2"
    with pytest.raises(DivergedError, match="no checkpoint was written yet"):
        run(Poisoned(1, "gradient"), plan(), tmp_path / "other")


class Pictures:
    """Planes of 5 px with the renderer's labels, one crop position a step."""

    def batch(self, step: int, size: int) -> Sample:
        return collate([labelled(plane(5, seed=size * step + i), 5, "renderer") for i in range(size)])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_madnet_learns_in_either_precision_and_its_weights_stay_float32(tmp_path: Path, precision: str):
    method = Supervised(network(), SupervisedConfig(finest=5, matching=0.0))
    totals: list[float] = []
    chosen = FitPlan((Stage(12, 2, 1e-3),), precision=precision, checkpoint_every=100)
    Fit(method, Pictures(), chosen, tmp_path).run(on_step=lambda told: totals.append(told.total))
    assert totals[-1] < 0.7 * totals[0]
    assert {value.dtype for value in method.parameters()} == {torch.float32}
    assert next(method.parameters()).is_contiguous(memory_format=torch.channels_last)


def test_what_is_random_in_the_objective_comes_from_the_seed_and_the_step(tmp_path: Path):
    def terms(seed: int, folder: str) -> list[float]:
        method = Supervised(network(), SupervisedConfig(finest=3, matching_rows=1))
        found: list[float] = []
        chosen = FitPlan((Stage(2, 1, 1e-9),), seed=seed, average=0.0, checkpoint_every=100)
        Fit(method, Same(), chosen, tmp_path / folder).run(on_step=lambda told: found.append(told.terms["matching"]))
        return found

    first = terms(1, "a")
    assert first == terms(1, "b")
    assert first != terms(2, "c")
    assert first[0] != first[1]


class Same:
    """One and the same batch at every step."""

    def batch(self, step: int, size: int) -> Sample:
        return labelled(plane(5, height=HEIGHT, width=WIDTH), 5, "renderer")
