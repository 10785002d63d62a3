"""`wilddepth rectify`: pairs as two calibrated cameras took them, turned and undistorted until their rows match."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wilddepth.checks.match import Matches, explained, find_matches
from wilddepth.checks.view import grey_of
from wilddepth.engine.run import RunFolder
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.calibration import middlebury
from wilddepth.formats.image import encoded_png
from wilddepth.plain import dump_yaml, plain
from wilddepth.verbs.common import Say, quiet
from wilddepth.verbs.rectify_plan import Picture, Plan, look

FOLDERS = ("left", "right")
CALIBRATION = "calib.txt"
# Pairs, evenly spread, on which rows are measured: a fifth of a second each.
_MEASURED = 8
# px: beyond this a matcher loses detail, so the calibration is doubted.
_APART = 1.0
# Of all matches, what may lie behind infinity by mistake.
_BEHIND = 0.5


def rectify(
    source: str,
    *,
    calib: Sequence[Path | str] = (),
    out: Path | str,
    alpha: float = 0.0,
    size: tuple[int, int] | None = None,
    unit: str = "m",
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Rectify every pair of a source and write what all other verbs read.

    Args:
        source: a folder of pairs, or LEFT,RIGHT; see the grammar of sources.
        calib: the file of both cameras, or those of the left and the right one (EuRoC, ROS); none = the `sensor.yaml`
            of each camera of an EuRoC recording.
        out: gets `left/KEY.png`, `right/KEY.png` (8 bits) and `calib.txt` in Middlebury's format.
        alpha: 0 = only what both cameras see, nothing black; 1 = all that either sees; or between.
        size: rows and columns of the pictures made; None = those of the source.
        unit: of lengths in the calibration, where its format does not state it: "m", "cm" or "mm".
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        overwrite: replace an earlier run in `out`.
        resume: skip pairs whose files are there; everything else must be as it was.
        say: told of progress.

    Returns:
        Pairs made and skipped; `rows_before` and `rows_after` with the median and the 95th percentile of |dy| in px
        (nan where too few features were found), `pairs_measured`, focal length, baseline in m, `warnings`.

    Raises:
        WildDepthError: for a source, calibration or folder that cannot be used.
    """
    RunFolder.check(out, overwrite=overwrite, resume=resume)
    plan = look(source, calib=calib, alpha=alpha, size=size, unit=unit, layout=layout, split=split, limit=limit)
    # The input is good: only now a folder is made.
    contents, recipe = (*FOLDERS, CALIBRATION), dump_yaml(_recipe(plan, alpha))
    run = RunFolder.create(out, overwrite=overwrite, resume=resume, contents=contents, recipe=recipe)
    middlebury.write(run.path / CALIBRATION, plan.pair)
    result = _summary(plan, *_work(plan, run, say), str(run.path))
    run.write_metrics(result)
    return result


def _recipe(plan: Plan, alpha: float) -> Mapping[str, Any]:
    """What a resumed run must have in common with the one it goes on with: the numbers, wherever they came from."""
    size = [plan.decided.height, plan.decided.width]
    return {"verb": "rectify", "source": plan.source, "alpha": alpha, "size": size, "rig": plain(plan.rig)}


def _work(plan: Plan, run: RunFolder, say: Say) -> tuple[int, Sequence[Matches], Sequence[Matches], float]:
    """Make the pictures that are not there; measure rows on some pairs.

    Returns:
        How many were made, features before and after, and the share of black pixels.
    """
    views = plan.resamplers()
    chosen = {round(place) for place in np.linspace(0, len(plan.scenes) - 1, min(_MEASURED, len(plan.scenes)))}
    before: list[Matches] = []
    after: list[Matches] = []
    made, begin = 0, time.monotonic()
    for index, name in enumerate(plan.names):
        targets = [run.path / folder / f"{name}.png" for folder in FOLDERS]
        missing = not (run.resumed and all(target.is_file() for target in targets))
        if missing or index in chosen:
            taken = plan.taken(index)
            pictures = [view.picture(picture) for view, picture in zip(views, taken, strict=True)]
            if index in chosen:
                before.append(_matches(taken))
                after.append(_matches(pictures))
            for target, picture in zip(targets, pictures, strict=True) if missing else ():
                write_bytes(target, encoded_png(_compact(picture)))
        made += missing
        seconds = (time.monotonic() - begin) / (index + 1)
        say("rectify", index + 1, len(plan.scenes), seconds * (len(plan.scenes) - index - 1))
    return made, before, after, max(view.black for view in views)


def _matches(views: Sequence[Picture]) -> Matches:
    """Points that both views show. Nothing is presumed of rows: those before rectifying are measured too."""
    left, right = map(grey_of, views)
    return explained(find_matches(left, right))


def _compact(picture: Picture) -> np.ndarray:
    """Grey as one channel, colour with blue first, as the encoder takes it."""
    grey = (picture == picture[:, :, :1]).all()
    return picture[:, :, 0] if grey else picture[:, :, ::-1]


def _summary(
    plan: Plan, made: int, before: Sequence[Matches], after: Sequence[Matches], black: float, out: str
) -> Mapping[str, Any]:
    rows_before, rows_after = _rows(before), _rows(after)
    return {
        "pairs": made,
        "skipped": len(plan.scenes) - made,
        "rows_before": rows_before,
        "rows_after": rows_after,
        "pairs_measured": len(after),
        "focal_px": plan.pair.focal_x,
        "baseline_m": plan.pair.baseline_m,
        "height": plan.decided.height,
        "width": plan.decided.width,
        "black": black,
        "warnings": _warnings(rows_after["median"], after, plan),
        "out": out,
    }


def _rows(found: Sequence[Matches]) -> Mapping[str, float]:
    """Median and 95th percentile of |dy| over all features, px; nan without any."""
    apart = np.abs(np.concatenate([each.row_difference for each in found]))
    if len(apart) == 0:
        return {"median": float("nan"), "p95": float("nan"), "features": 0}
    return {"median": float(np.median(apart)), "p95": float(np.percentile(apart, 95)), "features": len(apart)}


def _warnings(apart: float, after: Sequence[Matches], plan: Plan) -> Sequence[str]:
    """What a person should look at before the pairs are used."""
    named = " and ".join(str(path) for path in plan.calibrations)
    disparities = np.concatenate([each.disparity for each in after])
    if len(disparities) == 0:
        return ["too few features to measure rows; look at the pictures"]
    warnings = []
    if apart > _APART:
        warnings.append(f"rows are still {apart:.1f} px apart: {named} does not describe the cameras of these pictures")
    # Principal points are equal, so nothing lies at a negative disparity, but for noise at infinity.
    behind = float((disparities < -1).mean())
    if behind > _BEHIND:
        warnings.append(
            f"{behind:.0%} of the features lie behind infinity (median disparity {np.median(disparities):.1f} px): "
            "left and right pictures are swapped; swap them, not the calibration"
        )
    return warnings
