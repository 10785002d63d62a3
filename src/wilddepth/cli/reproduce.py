"""Run a published table, ours beside theirs.

TABLE is pami-stereo (adaptation without labels, loss by loss), second-step (labelled pairs against none) or madnet
(networks tuned on KITTI's ground truth, with files to submit). DIR gets card.md and report.html. A run that was cut off
goes on with --resume, which can also add rows and seeds.

  wilddepth reproduce pami-stereo --out ./pami --dry-run
  wilddepth reproduce pami-stereo --out ./pami --rows a --rows k --seeds 3
  wilddepth reproduce pami-stereo --scale full --data ./datasets --weights ./dispnetc --out ./pami-full
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from wilddepth.cli.common import Device, FolderOptions, ScreenOptions, planned
from wilddepth.cli.screen import finish, progress, say, table
from wilddepth.cli.words import positional
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(FolderOptions, ScreenOptions):
    """What is run.

    Attributes:
        table: pami-stereo, second-step or madnet.
        scale: mini needs no data (pip install "wilddepth[worlds]"); full needs the published data and a GPU.
        data: folder with data sets: kitti_depth with kitti_raw beside it, kitti2012, kitti2015.
        rows: only this row; may be given several times, or as a,k.
        seeds: how many, from 0 on.
        steps: of each row instead of the table's.
        precision: of learning; bf16 is faster on processors that have it. Scores are always taken in fp32.
        weights: where to start instead of the packaged weights; START=WEIGHTS where a table has several starts. May be
            given several times.
        device: where to compute; auto takes CUDA where there is a GPU.
        threads: CPU threads; all cores if not given.
    """

    table: Annotated[str, "TABLE"] = positional()
    scale: Literal["mini", "full"] = "mini"
    data: Annotated[Path | None, "DIR"] = None
    rows: Annotated[tuple[str, ...], "ROW"] = ()
    seeds: Annotated[int, "N", Range(1)] = 1
    steps: Annotated[int | None, "N", Range(1)] = None
    precision: Literal["fp32", "bf16"] = "fp32"
    weights: Annotated[tuple[str, ...], "NAME|FILE|DIR"] = ()
    device: Device = "auto"
    threads: Annotated[int | None, "N", Range(1)] = None

    def names(self) -> tuple[str, ...]:
        """The rows, one by one."""
        return tuple(name for text in self.rows for name in text.split(",") if name)


def run(options: Options) -> None:
    """Run the table, and print it."""
    given: dict[str, Any] = {
        "scale": options.scale,
        "data": options.data,
        "out": options.out,
        "rows": options.names(),
        "seeds": options.seeds,
        "steps": options.steps,
        "precision": options.precision,
        "weights": options.weights,
    }
    if options.dry_run:
        from wilddepth.verbs.reproduce import plan_of

        say(dump_yaml({**planned("reproduce", options), **plan_of(options.table, **given)}))
        return
    from wilddepth.verbs.reproduce import reproduce

    result = reproduce(
        options.table,
        **given,
        overwrite=options.overwrite,
        resume=options.resume,
        device=options.device,
        threads=options.threads,
        say=progress(options),
    )
    finish(options, result, f"{summary(result)}\n{result['lead']}\n{result['card']} and report.html say more")


def summary(result: Mapping[str, Any]) -> str:
    """A line for each row and part, seed by seed."""
    lines = [
        {"row": name, "seed": each["seed"], "part": part, **measured["numbers"]}
        for name, results in result["rows"].items()
        for each in results
        for part, measured in each["parts"].items()
    ]
    return table(lines)
