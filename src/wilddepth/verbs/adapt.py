"""`wilddepth adapt`: label-free adaptation to the pairs of a source, with a report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from wilddepth.engine.adapt import Adaptation, AdaptPlan
from wilddepth.engine.adapt import adapt as adapt_method
from wilddepth.engine.checkpoint import steps_done
from wilddepth.engine.evaluate import Evaluation
from wilddepth.engine.evaluate import evaluate as evaluate_scenes
from wilddepth.engine.fit import Progress
from wilddepth.engine.infer import Predictor
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import RUN_FILE, chosen_network, save_weights, told_when_enlarged
from wilddepth.methods.stereo import StereoMethod
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.plain import dump_yaml
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source
from wilddepth.verbs.adapt_report import Looks, adaptation_report, chosen_looks
from wilddepth.verbs.common import Machine, Say, look_at_all, machine, plain_method, protocol_for, quiet
from wilddepth.verbs.lesson import Lesson, chosen_lesson
from wilddepth.verbs.quick_check import check_quickly
from wilddepth.verbs.taught import mean_shares, taught_of


@dataclass(frozen=True)
class Scored:
    """Scores before and after, where truth was asked for."""

    before: Evaluation
    after: Evaluation


def adapt(
    source: str,
    *,
    out: Path | str,
    weights: str = "madnet-worlds",
    method: str = "auto",
    signal: Literal["auto", "photometric", "proxy", "both"] = "auto",
    steps: int | None = None,
    minutes: float | None = None,
    learning_rate: float | None = None,
    whole: bool = False,
    augment: bool = False,
    enlarge: float | None = None,
    score: bool = False,
    protocol: str | None = None,
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    labels: Path | str | Sequence[Path | str] | None = None,
    algorithm: str | Sequence[str] | None = None,
    settings: Path | str | None = None,
    overrides: Iterable[str] = (),
    overwrite: bool = False,
    resume: bool = False,
    force: bool = False,
    device: str = "auto",
    precision: str = "auto",
    compile_network: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Adapt a network to the pairs of a source without labels, and report what it brought.

    Args:
        source: see the grammar of sources; only images and calibration are looked at.
        out: run folder: weights, numbers, `report.html`.
        weights: where to start: a packaged name, a safetensors file or a run folder.
        method: a label-free one of `methods.catalog`; "auto" is `lesson.DEFAULT_METHOD`.
        signal: of the method `label-free`: "photometric", "proxy", "both"; "auto" is `lesson.DEFAULT_SIGNAL`.
        steps: steps in all; None = by the number of pairs.
        minutes: the first step after so much time, proxies included, is the last one.
        learning_rate: at the start; None = the plan's.
        whole: learn from whole pictures, one a step, instead of crops: as the network is shown them later.
        augment: crops differ in zoom and colours: for a network that is to work on other pairs than these.
        enlarge: the network sees pictures enlarged so many times, here and when its new weights predict, are scored or
            adapted again: finer disparities at up to the square of the work; None = as the weights say.
        score: also measure with the source's truth before and after. It steers nothing: what adapts has opened the
            source without its truth, as always.
        protocol: of `score`; None = the layout's own.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        labels: a folder that `proxy_labels` wrote for these very pairs, to learn from instead of making labels; two for
            a method that learns from two proxies.
        algorithm: what makes labels (see `proxies.algorithm`), or two; with `labels`, what must have made them.
        settings: a file with an algorithm and its settings, as `find_settings` writes it.
        overrides: settings to replace: `KEY=VALUE` of the algorithm (`NAME.KEY=VALUE` where there are two),
            `method.KEY=VALUE` of the method.
        overwrite: replace an earlier run in `out`.
        resume: take up a run that was cut off.
        force: adapt to pairs although their rows do not match.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "fp32" or "bf16".
        compile_network: compile the network for the predictions before and after.
        seed: of crops and order.
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        Judgements without labels, what was kept and why it ended; with `score` the metrics before and after, as
        `evaluate` gives them.

    Raises:
        WildDepthError: for a method, source, weights or folder that cannot be used, for settings that do not go
            together, and for labels that belong to other images or were made with other settings than those asked for.
    """
    RunFolder.check(out, overwrite=overwrite, resume=resume)
    network = chosen_network(weights, enlarge)
    lesson = chosen_lesson(method, signal, labels, algorithm, settings, overrides)
    teacher = lesson.teacher
    scenes = open_source(source, layout=layout, split=split, limit=limit, with_truth=False)
    shown = open_source(source, layout=layout, split=split, limit=limit, with_truth=score)
    rule = protocol_for(scenes.layout, protocol) if score else None
    unrectified = scenes.rectified is False
    if unrectified:  # first: how far rows are apart says more than that they are
        check_quickly(scenes, source, split=split, force=force)
    look_at_all(shown, truth=score, rectified=not force)
    teacher.check(scenes)
    if not unrectified:
        check_quickly(scenes, source, split=split, force=force)
    network.keep_statistics()
    place = machine(
        network, device=device, precision=precision, compile_network=compile_network, seed=seed, threads=threads
    )
    learner = lesson.build(network).to(place.device)
    proxies = teacher.proxies(Path(out) / "checkpoints" / "labels")
    coarse = proxies is not None and isinstance(learner, StereoMethod) and learner.coarse_first is not None
    plan = planned(len(scenes), steps, minutes, learning_rate, place, coarse=coarse)
    plan = replace(plan, whole=whole, augment=augment)
    recipe = {"verb": "adapt", "source": source, "weights": weights, **told_when_enlarged(network)}
    recipe |= {**lesson.told(), "plan": asdict(plan)}
    # The input is good: only now a folder is made.
    run = RunFolder.create(
        out,
        overwrite=overwrite,
        resume=resume,
        device=str(place.device),
        recipe=dump_yaml(recipe),
        may_differ=("plan.minutes",),
    )
    checkpoints = run.path / "checkpoints"
    if run.resumed:
        run.rewind(steps_done(checkpoints))

    before, looks_before = observed(network, place, shown, rule, say, "before")
    adaptation = adapt_method(
        learner,
        scenes,
        plan,
        checkpoints,
        proxies=proxies,
        resume=run.resumed,
        on_proxy=lambda done, total: say("proxies", done, total, None),
        on_step=lambda progress: told(say, progress),
        log=run.path / "log.jsonl",
    )
    after, looks_after = observed(network, place, shown, rule, say, "after")
    made = {"adapted_from": weights, "method": lesson.method, **lesson.named(), "source": scenes.describe()}
    save_weights(run.path / RUN_FILE, network, made)
    scored = None if before is None or after is None else Scored(before, after)
    taught = taught_of(learner, teacher, proxies, looks_after.numbers, looks_after.scenes)
    result = {**summary(adaptation, lesson, scored), "taught": mean_shares(taught)}
    run.write_metrics(result)
    adaptation_report(
        run,
        shown,
        adaptation,
        looks_before,
        looks_after,
        taught,
        result=result,
        weights=weights,
        recipe=dump_yaml(recipe),
    )
    return result


def planned(
    pairs: int,
    steps: int | None,
    minutes: float | None,
    learning_rate: float | None,
    place: Machine,
    *,
    coarse: bool,
) -> AdaptPlan:
    """The plan for a number of pairs: more pairs, more steps; `coarse`: proxies can teach coarse levels alone first."""
    plan = AdaptPlan(seed=place.seed, precision=place.precision, minutes=minutes)
    total = plan.coarse_steps + plan.steps if steps is None else steps
    if steps is None and pairs > 24:
        total = min(total * pairs // 24, 6 * total)
    first = total // 3 if coarse else 0
    plan = replace(plan, coarse_steps=first, steps=total - first, judge_every=max(min(plan.judge_every, total // 8), 1))
    return plan if learning_rate is None else replace(plan, learning_rate=learning_rate)


def told(say: Say, progress: Progress) -> None:
    """A step as a line of progress."""
    say("adapt", progress.step, progress.steps, progress.seconds_left)


def observed(
    network: StereoNetwork, place: Machine, scenes: Source, protocol: str | None, say: Say, when: str
) -> tuple[Evaluation | None, Looks]:
    """Score all scenes where a protocol is given, and keep what the report shows of a few."""
    # made anew each time: a compiled predictor has the weights of its moment built in
    predictor = Predictor(plain_method(network), device=place.device, precision=place.precision, compile=place.compile)
    looks = chosen_looks(predictor, scenes)
    if protocol is None:
        return None, looks
    done = [0]

    def count(key: str, row: Mapping[str, float]) -> None:
        done[0] += 1
        say(f"score {when}", done[0], len(scenes), None)

    return evaluate_scenes(lambda sample: predictor(sample, confidence=False), scenes, protocol, progress=count), looks


def summary(adaptation: Adaptation, lesson: Lesson, scored: Scored | None) -> dict[str, Any]:
    """The result as plain values."""
    first, best = adaptation.judgements[0], adaptation.judgements[adaptation.best]
    told_so_far: dict[str, Any] = {
        "method": lesson.method,
        **lesson.named(),
        "improved": adaptation.improved,
        "steps": adaptation.fit.steps,
        "stopped": adaptation.fit.stopped,
        "seconds": adaptation.fit.seconds,
        "proxy_seconds": adaptation.proxy_seconds,
        "photometric_before": first.photometric,
        "photometric_after": best.photometric,
        "proxy_distance_before": first.proxy,
        "proxy_distance_after": best.proxy,
        "judgements": [asdict(entry) for entry in adaptation.judgements],
        "kept": best.step,
    }
    if scored is None:
        return told_so_far
    return {**told_so_far, "before": scored.before.as_json(), "after": scored.after.as_json()}
