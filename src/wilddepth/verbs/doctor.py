"""`wilddepth doctor`: is this input fit for use? Each finding has a number, a sentence, and what mends it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wilddepth.checks.finding import Code, Finding
from wilddepth.checks.pair import PairMeasures, Views, measure_frames, measure_pair, views_of
from wilddepth.checks.quick import spread_evenly
from wilddepth.checks.rules import frame_findings, pair_findings
from wilddepth.checks.summary import SourceFinding, summarised
from wilddepth.engine.run import RunFolder
from wilddepth.formats.atomic import write_text
from wilddepth.plain import dump_yaml
from wilddepth.report.picture import write_png
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source
from wilddepth.verbs.common import Say, look_at_all, quiet
from wilddepth.verbs.doctor_mend import mend
from wilddepth.verbs.doctor_picture import finding_picture

MEASURED = 24
"""Pairs whose rows, sides, tones and sharpness are measured, unless more are asked for: some seconds."""
FIT_LIST, PICTURES = "fit.txt", "findings"


def doctor(
    source: str,
    *,
    out: Path | str | None = None,
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    measure: int = MEASURED,
    overwrite: bool = False,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Look at a source before anything is learned from it.

    Args:
        source: see the grammar of sources; truth is not looked at.
        out: gets `metrics.json`, a picture of each finding in `findings/`, and `fit.txt`: the keys of all pairs without
            a fault, for `--split`.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        measure: so many pairs, evenly spread, are looked at wholly; black, frozen and repeated frames are looked for
            in all.
        overwrite: replace an earlier run in `out`.
        say: told of progress.

    Returns:
        `fit` (no fault), `findings` (dicts of `SourceFinding` with `command`, the worst first), `pairs` (each with its
        findings), counts and seconds.

    Raises:
        WildDepthError: for a source or folder that cannot be used.
    """
    if out is not None:
        RunFolder.check(out, overwrite=overwrite)
    scenes = open_source(source, layout=layout, split=split, limit=limit, with_truth=False)
    look_at_all(scenes, rectified=False)
    begin = time.monotonic()
    found, measured = examined(scenes, measure, say)
    findings = summarised(found, asked=dict.fromkeys(WHOLE, len(measured)))
    result: dict[str, Any] = {
        "source": scenes.describe(),
        "fit": not any(finding.level == "fault" for finding in findings),
        "findings": [
            {**asdict(finding), "command": mend(finding, scenes, source, split=split, out=out)} for finding in findings
        ],
        "pairs": [{"key": key, "findings": [asdict(each) for each in rows]} for key, rows in found.items()],
        "frames_looked_at": len(scenes),
        "pairs_measured": len(measured),
        "seconds": time.monotonic() - begin,
    }
    if out is not None:
        write(Path(out), overwrite, scenes, findings, found, measured, result)
    return result


WHOLE: tuple[Code, ...] = ("rows", "unmatched", "swapped", "exposure", "colour", "blur", "intrinsics", "disparities")
"""Kinds that only the pairs looked at wholly can show."""


def examined(
    scenes: Source, measure: int, say: Say = quiet
) -> tuple[Mapping[str, Sequence[Finding]], Mapping[str, PairMeasures]]:
    """Findings of every pair by its key, and the numbers of those looked at wholly."""
    whole = set(spread_evenly(len(scenes), measure))
    found: dict[str, Sequence[Finding]] = {}
    measured: dict[str, PairMeasures] = {}
    before: Views | None = None
    for index in range(len(scenes)):
        sample, key = scenes[index].sample, scenes.key(index)
        views = views_of(sample)
        rows = list(frame_findings(measure_frames(views, before)))
        if index in whole and not any(each.code in ("blank", "one-view-twice") for each in rows):
            measured[key] = measure_pair(sample, views)
            rows += pair_findings(measured[key])
        found[key], before = rows, views
        say("look", index + 1, len(scenes), None)
    return found, measured


def write(
    out: Path,
    overwrite: bool,
    scenes: Source,
    findings: Sequence[SourceFinding],
    found: Mapping[str, Sequence[Finding]],
    measured: Mapping[str, PairMeasures],
    result: Mapping[str, Any],
) -> None:
    """Numbers, list and pictures as a run folder."""
    recipe = dump_yaml({"verb": "doctor", "source": scenes.text, "layout": scenes.layout})
    run = RunFolder.create(out, overwrite=overwrite, contents=(FIT_LIST, PICTURES), recipe=recipe)
    run.write_metrics(result)
    fit = [key for key, rows in found.items() if not any(each.level == "fault" for each in rows)]
    write_text(run.path / FIT_LIST, "".join(f"{key}\n" for key in fit))
    for finding in findings:
        index = scenes.keys.index(finding.key)
        before = scenes[index - 1].sample if index and finding.code in ("frozen", "duplicate") else None
        picture = finding_picture(scenes[index].sample, measured.get(finding.key), before)
        write_png(run.path / PICTURES / f"{finding.code}.png", picture)
