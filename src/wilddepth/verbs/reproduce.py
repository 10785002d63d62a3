"""`wilddepth reproduce`: a published table row by row and seed by seed, ours beside theirs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from wilddepth.engine.device import choose_device
from wilddepth.engine.environment import environment
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import find_weights, load_network, packaged_names
from wilddepth.errors import ConfigError, WeightsError
from wilddepth.formats.atomic import write_text
from wilddepth.plain import closest, dump_yaml, plain
from wilddepth.report.page import write
from wilddepth.tables.card import Card
from wilddepth.tables.catalog import table as table_of
from wilddepth.tables.material import Material
from wilddepth.tables.result import FILE as RESULT
from wilddepth.tables.result import Result
from wilddepth.tables.runner import LABELS, ROWS, SUBMISSIONS, Bench, missing_start
from wilddepth.tables.table import NETWORK, Row, Scale, ScaleName, Start, Table
from wilddepth.verbs.common import Say, quiet
from wilddepth.verbs.reproduce_time import Clock, estimated_seconds

CARD = "card.md"
CONTENTS = (ROWS, LABELS, SUBMISSIONS, CARD)
MAY_DIFFER = ("rows", "seeds")
"""A run may be gone on with for further rows and seeds."""


def reproduce(
    table: str,
    *,
    scale: ScaleName = "mini",
    data: Path | str | None = None,
    out: Path | str,
    rows: Sequence[str] = (),
    seeds: int = 1,
    steps: int | None = None,
    precision: Literal["fp32", "bf16"] = "fp32",
    weights: Sequence[str] = (),
    overwrite: bool = False,
    resume: bool = False,
    device: str = "auto",
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Run the rows of a published table, and write a card that sets them beside what was published.

    Each row with each seed is a folder of its own whose result is written at its end: a run that was cut off goes on
    with the row, and the step, where it was.

    Args:
        table: its name.
        scale: "mini" runs on rendered pairs on a laptop, "full" on the published data.
        data: folder that holds the data sets: `kitti_depth` with KITTI raw beside it, `kitti2012`, `kitti2015`.
        out: gets `card.md`, `report.html`, `metrics.json`, and `rows/ROW/seed-N`.
        rows: only these; () = all.
        seeds: 0 to seeds - 1.
        steps: of each row instead of the table's.
        precision: of learning; scores are always taken in float32.
        weights: to start from instead of the packaged ones: a packaged name, a safetensors file or a run folder;
            where a table has several starts, `START=WEIGHTS`.
        overwrite: replace an earlier run in `out`.
        resume: go on with one; rows and seeds may be added.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        Table, scale, the numbers of every row and seed, which orders hold, and where the card is.

    Raises:
        WildDepthError: for an unknown table, row or start, data that is absent, or a folder that cannot be used.
    """
    RunFolder.check(out, overwrite=overwrite, resume=resume)
    asked = table_of(table).chosen(scale, rows)
    behind = done_before(table_of(table), Path(out)) if resume else set()
    all_rows = [*names(asked), *(name for name, _ in behind)]
    job = job_of(table, scale, rows=all_rows, steps=steps, precision=precision, weights=weights)
    if threads is not None:
        torch.set_num_threads(threads)
    material = Material(None if data is None else Path(data), Path(out) / LABELS)
    (parts, left_out), place = material.parts(job.scale.parts), choose_device(device)
    absent = missing_rows(job)
    all_seeds = max([seeds, *(seed + 1 for _, seed in behind)])
    run = RunFolder.create(
        out,
        overwrite=overwrite,
        resume=resume,
        contents=CONTENTS,
        device=str(place),
        recipe=dump_yaml({**job.told(data), "seeds": all_seeds}),
        may_differ=MAY_DIFFER,
    )
    bench = Bench(job.table, job.scale, parts, material, run.path, place)
    ready = [row for row in job.rows if row.name not in absent]
    wanted = behind | {(row.name, seed) for row, seed in work(asked, seeds)}
    todo = [(row, seed) for row, seed in work(ready, all_seeds) if (row.name, seed) in wanted]
    results = run_all(bench, todo, say)
    card = Card(
        table=job.table,
        scale_name=scale,
        scale=job.scale,
        groups=tuple(dict.fromkeys(part.group for part in parts)),
        rows=job.rows,
        results=results,
        absent=absent,
        left_out=left_out,
        sets={part.name: material.told(part) for part in parts},
        seeds=all_seeds,
        command=environment()["command"],
    )
    return written(run, card)


@dataclass(frozen=True)
class Job:
    """What was asked for: a table, a scale with its plan and starts, rows."""

    table: Table
    scale_name: ScaleName
    scale: Scale
    rows: tuple[Row, ...]

    def told(self, data: Path | str | None) -> dict[str, Any]:
        """As plain values, for the recipe."""
        return {
            "verb": "reproduce",
            "table": self.table.name,
            "scale": self.scale_name,
            "data": None if data is None else str(data),
            "rows": names(self.rows),
            "plan": plain(self.scale.plan),
            "starts": plain(self.scale.starts),
        }


def job_of(
    name: str,
    scale_name: ScaleName,
    *,
    rows: Sequence[str] = (),
    steps: int | None = None,
    precision: Literal["fp32", "bf16"] = "fp32",
    weights: Iterable[str] = (),
) -> Job:
    """The table with what was asked for put in.

    Raises:
        ConfigError: for an unknown table, scale, row or start.
        WeightsError: for weights that are not there.
    """
    table = table_of(name)
    chosen = table.chosen(scale_name, rows)
    scale = table.scales[scale_name]
    if steps is not None:
        told = f"{steps} steps were asked for instead of {scale.plan.steps}."
        scale = replace(scale, plan=replace(scale.plan, steps=steps), differences=(*scale.differences, told))
    if precision != scale.plan.precision:
        told = f"Rows learn in {precision} instead of {scale.plan.precision}."
        scale = replace(scale, plan=replace(scale.plan, precision=precision), differences=(*scale.differences, told))
    if not any(row.truth == "labelled" for row in chosen):  # then nobody needs to have those pairs
        scale = replace(scale, parts=tuple(replace(part, labelled=()) for part in scale.parts))
    starts = starts_of(scale, weights)
    changed = [
        f"Start {key}: {start.weights}, a {load_network(start.weights)[0].name}, was given instead of "
        f"{scale.starts[key].weights}; what is said here of the latter does not hold."
        for key, start in starts.items()
        if start != scale.starts[key]
    ]
    return Job(table, scale_name, replace(scale, starts=starts, differences=(*scale.differences, *changed)), chosen)


def missing_rows(job: Job) -> dict[str, str]:
    """The rows that cannot be run, and why.

    Raises:
        WeightsError: when that is all of them.
    """
    found = {row.name: missing(row, job.scale) for row in job.rows}
    absent = {name: why for name, why in found.items() if why is not None}
    if len(absent) == len(job.rows):
        whys = "; ".join(dict.fromkeys(absent.values()))
        raise WeightsError(f"none of the rows {', '.join(absent)} can be run: {whys}")
    return absent


def missing(row: Row, scale: Scale) -> str | None:
    """Why a row cannot be run; None = it can."""
    return missing_start(scale.starts.get(row.start))


def names(rows: Iterable[Row]) -> list[str]:
    """What rows are called."""
    return [row.name for row in rows]


def done_before(table: Table, out: Path) -> set[tuple[str, int]]:
    """The rows and seeds whose results lie in a folder."""
    known = set(names(table.rows))
    places = [path.parent for path in out.glob(f"{ROWS}/*/seed-*/{RESULT}")]
    numbered = ((place.parent.name, place.name.removeprefix("seed-")) for place in places)
    return {(name, int(seed)) for name, seed in numbered if name in known and seed.isdecimal()}


def starts_of(scale: Scale, weights: Iterable[str]) -> dict[str, Start]:
    """The starts of a scale with those replaced that were given: `WEIGHTS`, or `START=WEIGHTS`."""
    starts = dict(scale.starts)
    for text in weights:
        name, equals, place = text.partition("=")
        key, value = (name, place) if equals and name in starts else (NETWORK, text)
        matching = [known for known, start in starts.items() if start.weights == name]
        if equals and matching:
            key, value = matching[0], place
        if key not in starts:
            raise ConfigError(f"--weights {text}: {closest(name, list(starts))}; write START=WEIGHTS")
        packaged = value in packaged_names()
        starts[key] = replace(starts[key], weights=value if packaged else str(find_weights(value).resolve()))
    return starts


def work(rows: Iterable[Row], seeds: int) -> list[tuple[Row, int]]:
    """Every row with every seed, all rows of one seed first; what does not learn is the same for every seed."""
    rows = list(rows)
    return [(row, seed) for seed in range(seeds) for row in rows if row.seeded or seed == 0]


def run_all(bench: Bench, todo: Sequence[tuple[Row, int]], say: Say) -> dict[str, list[Result]]:
    """Run what is not done yet, and tell how long it will take."""
    results: dict[str, list[Result]] = {}
    found = [bench.done(row, seed) for row, seed in todo]
    clock = Clock(bench, [row for (row, _), result in zip(todo, found, strict=True) if result is None])
    for (row, seed), result in zip(todo, found, strict=True):
        if result is None:
            what = f"row {row.name}, seed {seed}"
            result = bench.run(row, seed, clock.teller(what, row, say))
            clock.finished(row)
        results.setdefault(row.name, []).append(result)
        say("rows", sum(map(len, results.values())), len(todo), clock.left())
    return results


def plan_of(
    table: str,
    scale: ScaleName,
    *,
    data: Path | str | None = None,
    rows: Sequence[str] = (),
    seeds: int = 1,
    steps: int | None = None,
    precision: Literal["fp32", "bf16"] = "fp32",
    weights: Sequence[str] = (),
    out: Path | str | None = None,
) -> dict[str, Any]:
    """What `reproduce` would do: each row with what it lacks and about how long it takes; nothing is written.

    Raises:
        WildDepthError: as `reproduce`, but for absent data, which is listed.
    """
    job = job_of(table, scale, rows=rows, steps=steps, precision=precision, weights=weights)
    material = Material(None if data is None else Path(data), Path(out or ".") / LABELS)
    material.check()
    absent = {part.name: material.absent(part) for part in job.scale.parts}
    there = tuple(part for part in job.scale.parts if absent[part.name] is None)

    def minutes(row: Row) -> float:
        return round(estimated_seconds(row, job.scale, max(len(there), 1)) / 60, 1)

    def all_minutes(row: Row) -> float:
        return 0.0 if missing(row, job.scale) else minutes(row) * (seeds if row.seeded else 1)

    lines = [
        {
            "row": row.name,
            "text": row.text,
            "supervised": row.supervised,
            "start": job.scale.starts[row.start].weights if row.start in job.scale.starts else None,
            "needs": missing(row, job.scale) or "nothing more",
            "minutes on one core": minutes(row),
            "seeds": seeds if row.seeded else 1,
        }
        for row in job.rows
    ]
    return {
        **job.told(data),
        "rows": lines,
        "parts": {part.name: absent[part.name] or dict(material.told(part)) for part in job.scale.parts},
        "minutes on one core": round(sum(map(all_minutes, job.rows)), 1),
    }


def written(run: RunFolder, card: Card) -> Mapping[str, Any]:
    """The card in all its forms."""
    result = {
        "table": card.table.name,
        "scale": card.scale_name,
        "lead": card.lead(),
        "rows": {name: [plain(result) for result in results] for name, results in card.results.items()},
        "not_run": dict(card.absent),
        "orders": {group: [plain(each) for each in card.judged(group)] for group in card.groups},
        "card": str(run.path / CARD),
    }
    run.write_metrics(result)
    write_text(run.path / CARD, card.markdown())
    write(card.report(), run.path / "report.html")
    return result
