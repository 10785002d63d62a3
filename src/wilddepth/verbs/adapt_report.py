"""The page that shows what an adaptation brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wilddepth import __version__
from wilddepth.engine.adapt import Adaptation
from wilddepth.engine.infer import Predictor
from wilddepth.engine.run import MARKER, RunFolder
from wilddepth.prediction import Prediction
from wilddepth.report.comparison import Comparison
from wilddepth.report.content import Change, Flag, Report, SceneCard, Step
from wilddepth.report.curve import Chart, Curve
from wilddepth.report.legend import confidence_legend, disparity_legend, error_legend
from wilddepth.report.page import write
from wilddepth.report.picture import (
    confidence_picture,
    disparity_picture,
    error_picture,
    image_picture,
    largest_disparity,
)
from wilddepth.sources.source import Scene, Source
from wilddepth.verbs.taught import TaughtPair, taught_in_short, taught_legends, taught_pictures

SHOWN = 4


@dataclass(frozen=True)
class Looks:
    """A few pairs with what was predicted for them.

    Attributes:
        numbers: of the pairs in their source.
        scenes: the pairs.
        predictions: what was predicted.
    """

    numbers: tuple[int, ...]
    scenes: tuple[Scene, ...]
    predictions: tuple[Prediction, ...]


def chosen_looks(predictor: Predictor, scenes: Source) -> Looks:
    """Predict a few pairs, evenly spread over the source."""
    numbers = np.unique(np.linspace(0, len(scenes) - 1, min(SHOWN, len(scenes))).round().astype(int))
    chosen = tuple(scenes[int(number)] for number in numbers)
    return Looks(tuple(map(int, numbers)), chosen, tuple(predictor(scene.sample) for scene in chosen))


def adaptation_report(
    run: RunFolder,
    scenes: Source,
    adaptation: Adaptation,
    before: Looks,
    after: Looks,
    taught: Sequence[TaughtPair],
    *,
    result: Mapping[str, Any],
    weights: str,
    recipe: str,
    title: str | None = None,
    steps: tuple[Step, ...] | None = None,
) -> None:
    """Write `report.html` into the run folder."""
    scored = "before" in result
    page = Report(
        title=title or f"{weights} adapted to {short_name(scenes.text)}",
        lead=lead(adaptation, result),
        warnings=warnings(adaptation, scored),
        summary=changes(result),
        measured=f"Measured under protocol {result['after']['protocol']['name']}." if scored else "",
        facts=facts(scenes, adaptation, result, weights),
        scenes=tuple(
            card(*each) for each in zip(before.scenes, before.predictions, after.predictions, taught, strict=True)
        ),
        legends=(confidence_legend(), *((error_legend(),) if scored else ()), *taught_legends(taught)),
        comparisons=comparisons(result),
        curves=curves(adaptation, run.rows()),
        next_steps=steps if steps is not None else next_steps(run),
        details={
            "Source": scenes.describe(),
            "Recipe": recipe,
            "Numbers": (run.path / "metrics.json").read_text(),
            "Environment": (run.path / MARKER).read_text(),
        },
        made_by=f"wilddepth {__version__}",
    )
    write(page, run.path / "report.html")


def short_name(text: str) -> str:
    """The last part of a path; the name of a world."""
    return text.partition("?")[0].rstrip("/").rpartition("/")[2] or text


def lead(adaptation: Adaptation, result: Mapping[str, Any]) -> str:
    """How it came out, in one or two sentences."""
    if not adaptation.improved:
        return (
            "Nothing that was tried scored better without labels than the network that came: its weights are handed "
            "back unchanged."
        )
    kept = f"The weights after step {result['kept']} scored best without labels and were kept."
    return f"The network learned from the pairs themselves, without ground truth. {kept}"


def warnings(adaptation: Adaptation, scored: bool) -> tuple[Flag, ...]:
    """What must be known before believing the numbers."""
    flags = []
    if scored:
        flags.append(Flag("NOTE", "Ground truth was read for scoring only; it steered nothing."))
    if not adaptation.improved:
        flags.append(Flag("UNCHANGED", "Adapting did not help here by any measure that needs no labels."))
    return tuple(flags)


def changes(result: Mapping[str, Any]) -> tuple[Change, ...]:
    """The numbers that matter most, before and after."""
    found = []
    if "before" in result:
        first, last = result["before"]["mean"], result["after"]["mean"]
        found.append(Change("D1-all", last["d1_all"], first["d1_all"], "percent", note="pixels that are wrong"))
        found.append(Change("EPE", last["epe"], first["epe"], "px", note="mean error"))
    found.append(
        Change(
            "Photometric error",
            result["photometric_after"],
            result["photometric_before"],
            note="how badly one view, warped, explains the other; needs no labels",
        )
    )
    if result["proxy_distance_after"] == result["proxy_distance_after"]:
        found.append(
            Change(
                "Distance to unseen proxies",
                result["proxy_distance_after"],
                result["proxy_distance_before"],
                "px",
                note="on image blocks that training never saw; needs no labels",
            )
        )
    return tuple(found)


def facts(
    scenes: Source, adaptation: Adaptation, result: Mapping[str, Any], weights: str
) -> tuple[tuple[str, str], ...]:
    """What was run, in short."""
    return (
        ("Pairs", str(len(scenes))),
        ("Start", weights),
        ("Method", str(result["method"])),
        *((("Signal", str(result["signal"])),) if "signal" in result else ()),
        *((("Taught", taught_in_short(result["taught"])),) if result["taught"] else ()),
        ("Steps", f"{adaptation.fit.steps} ({adaptation.fit.stopped or 'as planned'})"),
        ("Time", f"{adaptation.proxy_seconds:.0f} s proxies, {adaptation.fit.seconds:.0f} s adapting"),
    )


def card(scene: Scene, before: Prediction, after: Prediction, taught: TaughtPair) -> SceneCard:
    """One pair: the input, disparity before and after on one scale, errors where truth is known, confidence, and what
    taught."""
    first, last = (prediction.disparity()[0, 0].float().cpu().numpy() for prediction in (before, after))
    top = largest_disparity(first, last)
    image = scene.sample.image[0].cpu().numpy()
    white = float(np.clip(np.quantile(image, 0.99), 0.2, 1.0))
    caption = "left image" if white > 0.9 else f"left image, brightened {1 / white:.1f} times"
    pictures = [(caption, image_picture(image, white=white))]
    if after.confidence is not None:
        pictures.append(("confidence after", confidence_picture(after.confidence[0, 0].float().cpu().numpy())))
    pictures += [("disparity before", disparity_picture(first, top)), ("disparity after", disparity_picture(last, top))]
    truth = scene.truth
    if truth is not None and truth.disparity is not None:
        known, valid = truth.disparity[0, 0].numpy(), truth.valid[0, 0].numpy()
        pictures += [
            ("error before", error_picture(first, known, valid)),
            ("error after", error_picture(last, known, valid)),
        ]
    pictures += taught_pictures(taught, image, top)
    return SceneCard(key=scene.key, pictures=tuple(pictures), legends=(disparity_legend(top),))


def comparisons(result: Mapping[str, Any]) -> tuple[Comparison, ...]:
    """D1-all of every pair before and after."""
    if "before" not in result:
        return ()
    first, last = result["before"]["images"], result["after"]["images"]
    return (
        Comparison(
            title="D1-all of each pair",
            keys=tuple(row["key"] for row in first),
            before=tuple(number(row["d1_all"]) for row in first),
            after=tuple(number(row["d1_all"]) for row in last),
            kind="percent",
        ),
    )


def number(value: float | None) -> float:
    """JSON's null as nan."""
    return float("nan") if value is None else float(value)


def curves(adaptation: Adaptation, rows: list[dict[str, Any]]) -> tuple[Chart, ...]:
    """The judgement without labels, and the objective, over the steps."""
    judged = adaptation.judgements
    charts = [
        Chart(
            title="Judgement without labels (1 = the network that came)",
            x_label="step",
            y_label="score, smaller is better",
            curves=(Curve("score", tuple(float(j.step) for j in judged), tuple(j.score for j in judged)),),
            marks=((float(judged[adaptation.best].step), "kept"),),
        )
    ]
    if rows:
        steps = tuple(float(row["step"]) for row in rows)
        names = [name for name in ("proxy", "photometric", "smoothness") if any(name in row for row in rows)]
        found = tuple(Curve(name, steps, tuple(float(row.get(name, "nan")) for row in rows)) for name in names)
        charts.append(
            Chart(title="Terms of the objective", x_label="step", y_label="unweighted", curves=found, log=True)
        )
    return tuple(charts)


def next_steps(run: RunFolder) -> tuple[Step, ...]:
    """What one would type next."""
    return (
        Step(
            "Predict depth with the adapted weights:", f"wilddepth predict ./PAIRS --weights {run.path} --out ./depth"
        ),
        Step("Adapt further, or to other pairs:", f"wilddepth adapt ./MORE --weights {run.path} --out ./adapted-more"),
    )
