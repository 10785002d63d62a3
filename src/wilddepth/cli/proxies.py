"""Make labels and their confidence for every pair, without ground truth.

DIR gets the disparity of both views as 16-bit PNG (256 steps a pixel, 0 = none), their confidence (65535 = sure), and a
manifest. A run that was cut off is gone on with by --resume, and several processes may share one DIR: start each with
--resume. To learn from the labels: wilddepth adapt ./pairs --labels DIR.

  wilddepth proxies ./pairs --out ./labels
  wilddepth proxies ./pairs --algorithm sgm --set block=5 --set p2=64 --out ./labels
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from wilddepth.cli.common import FolderOptions, ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.cli.words import flagged
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, FolderOptions, ScreenOptions):
    """What labels are made with.

    Attributes:
        overrides: a setting of the algorithm to replace, e.g. keep=0.7; may be given several times.
        algorithm: who makes them; trio (three semi-global matchers together) if not given.
        settings: a file with an algorithm and its settings, as --find-settings writes it.
        skip_failed: go on after a pair that cannot be read, and say at the end which ones they were.
        workers: processes on this machine that share the work.
        threads: CPU threads of each of them; all cores divided among them if not given.
        force: label pairs although the quick look finds that their rows do not match.
    """

    overrides: Annotated[tuple[str, ...], "KEY=VALUE"] = flagged("--set", default=())
    algorithm: Annotated[str | None, "NAME"] = None
    settings: Annotated[Path | None, "FILE"] = None
    skip_failed: bool = False
    workers: Annotated[int, "N", Range(1)] = 1
    threads: Annotated[int | None, "N", Range(1)] = None
    force: bool = False


def run(options: Options) -> None:
    """Label, and say where the labels are."""
    if options.dry_run:
        from wilddepth.verbs.teacher import chosen_algorithm

        chosen = chosen_algorithm(options.algorithm, options.settings, options.overrides)
        say(dump_yaml(planned("proxies", options, **chosen.plain())))
        return
    from wilddepth.verbs.proxies import proxy_labels

    result = proxy_labels(
        options.source,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        algorithm=options.algorithm,
        settings=options.settings,
        overrides=options.overrides,
        out=options.out,
        overwrite=options.overwrite,
        resume=options.resume,
        skip_failed=options.skip_failed,
        workers=options.workers,
        threads=options.threads,
        force=options.force,
        say=progress(options),
    )
    finish(options, result, summary(result))


def summary(result: Mapping[str, Any]) -> str:
    """What was done, and what failed, one line each."""
    counts = {
        "made again, because pictures or labels were changed": result["remade"],
        "were there": result["skipped"],
        "by other processes": result["elsewhere"],
        "failed": len(result["failed"]),
    }
    more = "".join(f", {count} {words}" for words, count in counts.items() if count)
    failed = [f"failed: {row['key']}: {row['error']}" for row in result["failed"]]
    share = f"{100 * result['labelled_pixels']:.0f} % of their pixels"
    return "\n".join([*failed, f"{result['pairs']} pairs labelled{more}; {share}; the labels are in {result['out']}"])
