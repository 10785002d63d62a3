"""`wilddepth worlds`: which worlds there are, what they look like, and rendering them into folders."""

import time
from collections.abc import Mapping
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

from wilddepth.engine.run import RunFolder
from wilddepth.errors import ConfigError
from wilddepth.plain import dump_yaml
from wilddepth.sources.open import open_source
from wilddepth.sources.world import WorldSource
from wilddepth.verbs.common import Say, quiet
from wilddepth.verbs.worlds_folder import FOLDERS, jobs_of, write_clip
from wilddepth.verbs.worlds_sheet import check_name, row_of, sheet, write_sheet
from wilddepth.worlds.cache import worker_pool
from wilddepth.worlds.cast.rigs import RIGS
from wilddepth.worlds.catalog import VERSIONS, render_batch
from wilddepth.worlds.sensor import SENSORS
from wilddepth.worlds.table import WORLDS, world
from wilddepth.worlds.weather import WEATHERS

SHEET_SIZE = (192, 384)


def known_worlds() -> Mapping[str, Any]:
    """What can be written into `worlds:NAME?rig=...&weather=...&sensor=...`.

    Returns:
        `worlds`, `rigs`, `weathers` and `sensors`: rows of plain values, with `role` where something is held out.
    """
    return {
        "worlds": [
            {
                "world": entry.name,
                "role": entry.role,
                "rendered": {"flat": "in layers", "cast": "by rays"}[entry.renderer],
                "what it is": entry.text,
            }
            for entry in WORLDS.values()
        ],
        "rigs": [{"rig": rig.name, "what it is": rig.text} for rig in RIGS.values()],
        "weathers": [
            {
                "weather": weather.name,
                "role": weather.role,
                "indoors": "yes" if weather.indoors else "no",
                "what it is": weather.text,
            }
            for weather in WEATHERS.values()
        ],
        "sensors": [
            {"sensor": sensor.name, "role": sensor.role, "what it is": sensor.text} for sensor in SENSORS.values()
        ],
    }


def show_worlds(
    name: str | None = None, *, out: Path | str, seed: int = 0, count: int = 6, samples: int = 2, say: Say = quiet
) -> Mapping[str, Any]:
    """A contact sheet: image, disparity and occlusion.

    Args:
        name: of a world, with one row a scene; None = all worlds, with one row each.
        out: the picture to make, .png or .jpg.
        seed: of the scenes.
        count: how many scenes of one world.
        samples: rays a pixel along each axis.
        say: told of progress.

    Returns:
        `out`, `rows`.

    Raises:
        ConfigError: for an unknown world or ending, or without what rays need.
        OutputError: when the picture cannot be written.
    """
    check_name(Path(out))
    wanted = [(name, number) for number in range(count)] if name else [(each, 0) for each in WORLDS]
    for each, _ in wanted:
        world(each)
    rows, begin = [], time.monotonic()
    for done, (each, number) in enumerate(wanted, start=1):
        cast = world(each).renderer == "cast"
        words = f"worlds:{each}?seed={seed}" + (f"&samples={samples}" if cast else "")
        source = open_source(words)
        assert isinstance(source, WorldSource)  # the words are those of a world
        made = render_batch(each, seed, [number], *SHEET_SIZE, take=source.take)
        rows.append((f"{each}, scene {number}: {world(each).text}", row_of(made)))
        say("render", done, len(wanted), (time.monotonic() - begin) / done * (len(wanted) - done))
    write_sheet(Path(out), sheet(rows))
    return {"out": str(out), "rows": len(rows)}


def render_world(
    source: str,
    *,
    out: Path | str,
    limit: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    workers: int = 0,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Render a world into a folder that every verb reads, with truth, calibration, poses and records.

    Args:
        source: worlds:NAME?seed=1&frames=200&...
        out: see `worlds_folder` for what is in it.
        limit: first frames only.
        overwrite: replace an earlier run in `out`.
        resume: leave frames that are there as they are.
        workers: processes that render; the files do not depend on their number.
        say: told of progress.

    Returns:
        Frames rendered and skipped, seconds, where they are, and the layout.

    Raises:
        WildDepthError: for a source that is no world, or a folder that cannot be used.
    """
    RunFolder.check(out, overwrite=overwrite, resume=resume)
    scenes = world_source(source, limit)
    version = VERSIONS[world(scenes.spec.name).renderer]
    recipe = dump_yaml({"verb": "worlds", "source": source, "version": version})
    run = RunFolder.create(out, overwrite=overwrite, resume=resume, contents=FOLDERS, recipe=recipe)
    begin, done, written = time.monotonic(), 0, 0
    jobs = jobs_of(scenes)

    def tell(frames: int, new: int) -> None:
        nonlocal done, written
        done, written = done + frames, written + new
        left = (time.monotonic() - begin) / max(written, 1) * (len(scenes) - done)
        say("render", done, len(scenes), left if written else None)

    if workers < 2:
        for job in jobs:
            tell(len(job), write_clip(scenes, job, run.path))
    else:
        with worker_pool(min(workers, len(jobs))) as pool:
            waiting = {pool.submit(write_clip, scenes, job, run.path): len(job) for job in jobs}
            for future in as_completed(waiting):
                tell(waiting[future], future.result())
    result = {
        "frames": written,
        "skipped": len(scenes) - written,
        "seconds": time.monotonic() - begin,
        "layout": "kitti_stereo" if scenes.spec.clip == 1 else "kitti_odometry",
        "out": str(run.path),
    }
    run.write_metrics(result)
    return result


def world_source(source: str, limit: int | None = None) -> WorldSource:
    """The world that the words name.

    Raises:
        ConfigError: for words that name no world.
    """
    scenes = open_source(source, limit=limit)
    if not isinstance(scenes, WorldSource):
        raise ConfigError(f"{source} is no world; write worlds:NAME?seed=1&frames=200")
    return scenes
