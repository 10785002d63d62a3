"""Measure how fast pairs are predicted on this machine.

Frames a second, milliseconds by stage and peak memory; without --size for the sizes at which figures were published,
which are printed beside them. Give the machine nothing else to do meanwhile.

  wilddepth bench
  wilddepth bench --size 480x640 --size 720x1280 --json speed.json
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from wilddepth.cli.common import DEFAULT_WEIGHTS, MachineOptions, ScreenOptions, planned
from wilddepth.cli.screen import finish, progress, say, table
from wilddepth.plain import Range, dump_yaml

MEGABYTE = 1e6


@dataclass(frozen=True, kw_only=True)
class Options(MachineOptions, ScreenOptions):
    """What is measured.

    Attributes:
        weights: a packaged name, a safetensors file or the folder of a run.
        size: of the pairs, rows and columns; may be given several times.
        rounds: timed calls of each kind; two more come first and do not count.
    """

    weights: Annotated[str, "NAME|FILE|DIR"] = DEFAULT_WEIGHTS
    size: Annotated[tuple[str, ...], "HxW"] = ()
    rounds: Annotated[int, "N", Range(1, 10000)] = 9


def run(options: Options) -> None:
    """Measure, and print what was measured beside what was published."""
    if options.dry_run:
        say(dump_yaml(planned("bench", options)))
        return
    from wilddepth.verbs.bench import bench

    result = bench(
        options.weights,
        sizes=options.size,
        rounds=options.rounds,
        device=options.device,
        precision=options.precision,
        compile_network=options.compile,
        seed=options.seed,
        threads=options.threads,
        say=progress(options),
    )
    finish(options, result, summary(result))


def summary(result: Mapping[str, Any]) -> str:
    """Machine, totals, stages, published figures, and what makes the numbers doubtful."""
    texts = [machine(result), table([total(row) for row in result["sizes"]]), stages(result["sizes"])]
    texts += [published(result["sizes"]), *(f"note: {note}" for note in result["notes"])]
    return "\n\n".join(text for text in texts if text)


def machine(result: Mapping[str, Any]) -> str:
    """Where it was measured, in one line."""
    around = result["environment"]
    name = around["device"] if result["device"] != "cpu" else f"{around['cpu']}, {result['threads']} threads"
    compiled = ", compiled" if all(row["compiled"] for row in result["sizes"]) else ""
    return (
        f"{name}; torch {around['torch']}, {result['precision']}{compiled}; weights {result['weights']}; median of "
        f"{result['rounds']} calls"
    )


def total(row: Mapping[str, Any]) -> dict[str, object]:
    """A row of the first table."""
    before = row["start_bytes"]
    return {
        "size": size(row),
        "frames/s": row["frames_a_second"],
        "ms": row["total"]["median"],
        "least": row["total"]["least"],
        "most": row["total"]["most"],
        "first call": row["first_ms"],
        "ms with confidence": row["with_confidence"]["median"],
        "MB at peak": round(row["peak_bytes"] / MEGABYTE),
        "MB before": None if before is None else round(before / MEGABYTE),
    }


def stages(sizes: list[Mapping[str, Any]]) -> str:
    """Milliseconds by stage, a column for each size; a sentence where there are none."""
    if any(row["stages"] is None for row in sizes):
        return "a compiled network is one piece: its stages cannot be told apart"
    names = [*sizes[0]["stages"]]
    rows: list[dict[str, object]] = [
        {"ms by stage": name, **{size(row): row["stages"][name] for row in sizes}} for name in names
    ]
    rows.append({"ms by stage": "all, while stages were told apart", **{size(row): row["staged_ms"] for row in sizes}})
    return table(rows)


def published(sizes: list[Mapping[str, Any]]) -> str:
    """The figures of others, marked as such; nothing where there are none."""
    figures = [(size(row), figure) for row in sizes for figure in row["published"]]
    if not figures:
        return ""
    rows: list[dict[str, object]] = [
        {"published": name, "network": of["network"], "frames/s": of["frames_a_second"], "machine": of["machine"]}
        for name, of in figures
    ]
    sources = [f"  {name} {of['network']}: {of['source']}" for name, of in figures]
    return "\n".join((table(rows), "published by others, not measured here; from:", *sources))


def size(row: Mapping[str, Any]) -> str:
    """`400x1200`."""
    return f"{row['height']}x{row['width']}"
