"""List, show and render procedural worlds with exact truth.

list names them with their rigs, weathers and sensors; show makes a contact sheet of one world, or of all with one row
each; render writes pairs, or clips with poses and flow, that every verb reads.

  wilddepth worlds
  wilddepth worlds show street --out street.png
  wilddepth worlds render "worlds:street?seed=1&frames=200&rig=kitti" --out ./street --workers 2
  wilddepth worlds render "worlds:street?frames=400&clip=100&weather=day,tunnel,night,rain" --out ./drives
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from wilddepth.cli.common import ScreenOptions
from wilddepth.cli.screen import finish, progress, say, table
from wilddepth.cli.words import positional
from wilddepth.errors import ConfigError
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(ScreenOptions):
    """What is asked.

    Attributes:
        action: the ACTION: list what there is, show a contact sheet, or render into a folder.
        what: after show, the name of a world (all worlds if not given, or `all`); after render, worlds:NAME?seed=1&...
        out: after show, the picture (.png or .jpg); after render, the folder.
        workers: after render, how many processes; the files do not depend on it.
        seed: after show, of the scenes.
        limit: after render, take only the first N frames.
        overwrite: replace an earlier run in --out.
        resume: go on with an interrupted run in --out.
    """

    action: Literal["list", "show", "render"] = positional(default="list")
    what: Annotated[str | None, "WHAT"] = positional(default=None)
    out: Annotated[Path | None, "PATH"] = None
    workers: Annotated[int, "N", Range(0)] = 0
    seed: Annotated[int, "N", Range(0)] = 0
    limit: Annotated[int | None, "N", Range(1)] = None
    overwrite: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        if self.overwrite and self.resume:
            raise ConfigError("--overwrite and --resume contradict each other; give one of them")
        if self.action == "render" and self.what is None:
            raise ConfigError("worlds render needs a source, e.g. worlds:street?seed=1&frames=200")
        if self.action == "list" and self.what is not None:
            raise ConfigError(f"worlds list takes no further word; did you mean: wilddepth worlds show {self.what}?")
        if self.action != "list" and self.out is None:
            wanted = "the picture to make, e.g. --out worlds.png" if self.action == "show" else "a folder: --out DIR"
            raise ConfigError(f"worlds {self.action} needs {wanted}")


def run(options: Options) -> None:
    """Answer."""
    if options.action == "list":
        _list(options)
    elif options.dry_run:
        say(dump_yaml(_planned(options)))
    elif options.action == "show":
        from wilddepth.verbs.worlds import show_worlds

        name = None if options.what in (None, "all") else options.what
        result = show_worlds(name, out=_given(options), seed=options.seed, say=progress(options))
        finish(options, result, f"{result['rows']} scenes are in {options.out}")
    else:
        _render(options)


def _render(options: Options) -> None:
    from wilddepth.verbs.worlds import render_world

    result = render_world(
        options.what or "",
        out=_given(options),
        limit=options.limit,
        overwrite=options.overwrite,
        resume=options.resume,
        workers=options.workers,
        say=progress(options),
    )
    skipped = f", {result['skipped']} were there" if result["skipped"] else ""
    finish(options, result, f"{result['frames']} frames rendered{skipped}; they are in {options.out}")


def _list(options: Options) -> None:
    if options.dry_run:
        say(dump_yaml({"verb": "worlds", "action": "list"}))
        return
    from wilddepth.verbs.worlds import known_worlds

    result = known_worlds()
    finish(options, result, listed(result))


def listed(result: Mapping[str, Any]) -> str:
    """A table of each kind."""
    more = "wilddepth worlds show NAME --out sheet.png shows one; rigs and the others go into worlds:NAME?rig=kitti"
    return "\n\n".join([*map(table, result.values()), more])


def _planned(options: Options) -> dict[str, object]:
    """What would be done; refuses what the verb itself would refuse at once."""
    plan: dict[str, object] = {
        "verb": "worlds",
        "action": options.action,
        "what": options.what,
        "out": str(options.out),
    }
    if options.action == "show":
        from wilddepth.worlds.table import WORLDS, world

        if options.what is not None:
            world(options.what)
        return {**plan, "worlds": len(WORLDS) if options.what in (None, "all") else 1}
    from wilddepth.engine.run import RunFolder
    from wilddepth.verbs.worlds import world_source

    RunFolder.check(_given(options), overwrite=options.overwrite, resume=options.resume)
    scenes = world_source(options.what or "", options.limit)
    return {**plan, "workers": options.workers, "found": scenes.describe(), "frames": len(scenes)}


def _given(options: Options) -> Path:
    """Where results go, which has been asked for."""
    assert options.out is not None
    return options.out
