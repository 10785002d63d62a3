"""Make labels and their confidence for every pair, without ground truth.

DIR gets the disparity of both views as 16-bit PNG (256 steps a pixel, 0 = none), their confidence (65535 = sure), and a
manifest. A run that was cut off is gone on with by --resume, and several processes may share one DIR: start each with
--resume. To learn from the labels: wilddepth adapt ./pairs --labels DIR.

  wilddepth proxies ./pairs --out ./labels
  wilddepth proxies ./pairs --find-settings --out ./found
  wilddepth proxies ./pairs --settings ./found/settings.json --out ./labels
  wilddepth proxies ./pairs --algorithm opencv-sgm --set block=5 --set p2=64 --out ./labels
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from wilddepth.cli.common import FolderOptions, ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say, table
from wilddepth.cli.words import flagged
from wilddepth.errors import ConfigError
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, FolderOptions, ScreenOptions):
    """What labels are made with.

    Attributes:
        overrides: a setting of the algorithm to replace, e.g. keep=0.7; may be given several times.
        algorithm: who makes them; trio (three semi-global matchers together) if not given.
        settings: a file with an algorithm and its settings, as --find-settings writes it.
        find_settings: label nothing, but find out on a few pairs which settings suit them; DIR gets settings.json.
        skip_failed: go on after a pair that cannot be read, and say at the end which ones they were.
        workers: processes on this machine that share the work.
        cluster: let a Ray cluster do it (extra `cluster`): local starts one with --workers CPUs, auto joins the one on
            this machine, else its address.
        threads: CPU threads of each of them; all cores divided among them if not given.
        force: label pairs although the quick look finds that their rows do not match.
    """

    overrides: Annotated[tuple[str, ...], "KEY=VALUE"] = flagged("--set", default=())
    algorithm: Annotated[str | None, "NAME"] = None
    settings: Annotated[Path | None, "FILE"] = None
    find_settings: bool = False
    skip_failed: bool = False
    workers: Annotated[int, "N", Range(1)] = 1
    cluster: Annotated[str | None, "ADDRESS"] = None
    threads: Annotated[int | None, "N", Range(1)] = None
    force: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.find_settings and (self.algorithm or self.settings or self.overrides or self.resume):
            raise ConfigError("--find-settings chooses the settings and ends at once; leave them and --resume out")


def run(options: Options) -> None:
    """Label, or find settings, and say where the result is."""
    if options.find_settings:
        find(options)
        return
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
        cluster=options.cluster,
        threads=options.threads,
        force=options.force,
        say=progress(options),
    )
    finish(options, result, summary(result))


def find(options: Options) -> None:
    """Find settings, and show the candidates."""
    if options.dry_run:
        say(dump_yaml(planned("proxies", options)))
        return
    from wilddepth.verbs.proxies import find_settings

    result = find_settings(
        options.source,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        out=options.out,
        overwrite=options.overwrite,
        threads=options.threads,
        force=options.force,
        say=progress(options),
    )
    rows = candidate_rows(result["candidates"])
    use = f"wilddepth proxies {shlex.quote(options.source)} --settings {shlex.quote(result['settings'])} --out DIR"
    finish(options, result, f"{table(rows)}\nthe first is in {result['settings']}; to use it: {use}")


def candidate_rows(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """The candidates, each with those settings in which it differs from others of its algorithm."""
    return [
        {
            **{key: candidate[key] for key in ("score", "photometric", "consistent", "algorithm")},
            "settings": ", ".join(
                f"{name} {value}"
                for name, value in candidate["settings"].items()
                if any(
                    other["settings"][name] != value
                    for other in candidates
                    if other["algorithm"] == candidate["algorithm"]
                )
            ),
        }
        for candidate in candidates
    ]


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
