"""Adapt a network to your own rectified pairs, without labels, with a report.

Only the images are looked at. DIR gets the adapted weights, the numbers, and report.html with the disparity before and
after. Where the layout holds ground truth, --score measures with it before and after; it never steers the adaptation.

  wilddepth adapt ./pairs --out ./adapted
  wilddepth adapt ./kitti2015 --layout kitti_stereo --limit 12 --score --out ./adapted
  wilddepth adapt ./pairs --method domain-adaptation --set method.learned=true --out ./adapted
  wilddepth adapt ./pairs --method domain-adaptation --algorithm trio --algorithm ad-census --out ./adapted
  wilddepth predict ./pairs --weights ./adapted --out ./depth
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from wilddepth.cli.common import DEFAULT_WEIGHTS, FolderOptions, MachineOptions, ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say, table
from wilddepth.cli.words import flagged
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, FolderOptions, MachineOptions, ScreenOptions):
    """How it adapts.

    Attributes:
        weights: where to start: a packaged name, a safetensors file or the folder of a run.
        method: what is minimised: label-free, confidence-guided, domain-adaptation, left-right or active-stereo.
        signal: what label-free learns from: the right image (photometric), filtered block matching (proxy), or both.
        steps: end after so many steps; by a criterion without labels if not given.
        minutes: end after so many minutes at the latest.
        learning_rate: of the adaptation; the recipe's if not given.
        whole: learn from whole pictures, one a step, instead of two crops of 256x640; good to end with.
        augment: let crops differ in zoom and colours: for a network that is to work on other pairs than these.
        enlarge: let the network see pictures enlarged so many times (1 to 4), here and when the adapted weights
            predict, are scored or adapted again: finer disparities for up to the square of the time; as the weights say
            if not given.
        score: measure with the source's ground truth before and after; the numbers are shown and steer nothing.
        protocol: how --score measures; the layout's own if not given.
        labels: learn from the labels that `wilddepth proxies` put into this folder, instead of making some; given twice
            for two proxies.
        algorithm: what makes labels; trio if not given. With --labels: what they must have been made with. Given twice:
            domain-adaptation learns from two proxies together.
        settings: a file with an algorithm and its settings, as `wilddepth proxies --find-settings` writes it.
        overrides: a setting to replace, of the labels' algorithm (keep=0.7; of two algorithms trio.keep=0.7) or of the
            method (method.threshold=0.9); may be given several times.
        force: adapt to pairs although the quick look finds that their rows do not match.
    """

    weights: Annotated[str, "NAME|FILE|DIR"] = DEFAULT_WEIGHTS
    method: Annotated[str, "NAME"] = "auto"
    signal: Literal["auto", "photometric", "proxy", "both"] = "auto"
    steps: Annotated[int | None, "N", Range(1)] = None
    minutes: Annotated[float | None, "X", Range(0, above=True)] = None
    learning_rate: Annotated[float | None, "X", Range(0, above=True)] = None
    whole: bool = False
    augment: bool = False
    enlarge: Annotated[float | None, "X", Range(1, 4)] = None
    score: bool = False
    protocol: Annotated[str | None, "NAME"] = None
    labels: Annotated[tuple[str, ...], "DIR"] = ()
    algorithm: Annotated[tuple[str, ...], "NAME"] = ()
    settings: Annotated[Path | None, "FILE"] = None
    overrides: Annotated[tuple[str, ...], "KEY=VALUE"] = flagged("--set", default=())
    force: bool = False


def run(options: Options) -> None:
    """Adapt, and say where the weights and the report are."""
    if options.dry_run:
        from wilddepth.verbs.lesson import chosen_lesson

        given = (options.labels, options.algorithm, options.settings, options.overrides)
        lesson = chosen_lesson(options.method, options.signal, *given)
        say(dump_yaml(planned("adapt", options, **lesson.told())))
        return
    from wilddepth.verbs.adapt import adapt

    result = adapt(
        options.source,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        weights=options.weights,
        method=options.method,
        signal=options.signal,
        steps=options.steps,
        minutes=options.minutes,
        learning_rate=options.learning_rate,
        whole=options.whole,
        augment=options.augment,
        enlarge=options.enlarge,
        labels=options.labels,
        algorithm=options.algorithm,
        settings=options.settings,
        overrides=options.overrides,
        score=options.score,
        protocol=options.protocol,
        out=options.out,
        overwrite=options.overwrite,
        resume=options.resume,
        force=options.force,
        device=options.device,
        precision=options.precision,
        compile_network=options.compile,
        seed=options.seed,
        threads=options.threads,
        say=progress(options),
    )
    finish(options, result, f"{summary(result)}\nadapted weights and report.html are in {options.out}")


def summary(result: Mapping[str, Any]) -> str:
    """Before and after as two rows: the errors that need no truth, then the scores where --score asked for them."""
    rows: list[dict[str, object]] = []
    for when in ("before", "after"):
        without_truth = {
            "photometric": result[f"photometric_{when}"],
            "proxy distance": result[f"proxy_distance_{when}"],
        }
        rows.append({"": when, **without_truth, **result.get(when, {}).get("mean", {})})
    verdict = "better by the errors without truth" if result["improved"] else "no better, so the weights are as before"
    learned = ", ".join(str(result[name]) for name in ("method", "signal") if name in result)
    return f"{table(rows)}\n{verdict} ({learned}, {result['steps']} steps, {result['seconds']:.0f} s)"
