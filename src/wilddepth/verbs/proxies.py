"""`wilddepth proxies`: labels and their confidence for every pair of a source, made without ground truth and kept."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from wilddepth.checks.quick import spread_evenly
from wilddepth.engine.cluster import Cluster, label_on_cluster, ray_data
from wilddepth.engine.label_job import Job
from wilddepth.engine.labelling import Labelling, Tally, begun_store, check_folder, unchanged
from wilddepth.engine.run import RunFolder
from wilddepth.formats.atomic import write_text
from wilddepth.proxies import search
from wilddepth.proxies.algorithm import Algorithm, written
from wilddepth.proxies.attach import pictures
from wilddepth.proxies.search import default_candidates
from wilddepth.proxies.store import LabelStore
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source
from wilddepth.verbs.common import Say, look_at_all, quiet
from wilddepth.verbs.label_workers import helped
from wilddepth.verbs.quick_check import check_quickly
from wilddepth.verbs.teacher import chosen_algorithm

SETTINGS = "settings.json"


def proxy_labels(
    source: str,
    *,
    out: Path | str,
    algorithm: str | None = None,
    settings: Path | str | None = None,
    overrides: Iterable[str] = (),
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    force: bool = False,
    skip_failed: bool = False,
    workers: int = 1,
    cluster: str | None = None,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Label every pair of a source and keep disparity and confidence of both views in a folder.

    Any number of processes may work on one folder: start each with `resume`.

    Args:
        source: see the grammar of sources; only images and calibration are looked at.
        out: gets `disparity/KEY.png` (16 bits, px * 256, 0 = none), `confidence/KEY.png` (16 bits, 65535 = sure), the
            same of the right view under `right/`, `records/KEY.json` and `manifest.json`; see `proxies.store`.
        algorithm: a name in `proxies.algorithm.ALGORITHMS`; None = that of `settings`, or `trio`.
        settings: a file with an algorithm and its settings, as `find_settings` writes it.
        overrides: settings to replace, `KEY=VALUE`.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        overwrite: replace earlier labels in `out`.
        resume: go on with earlier labels: what is done is skipped, pairs whose pictures were changed are done again.
        force: label pairs although their rows do not match.
        skip_failed: go on after a pair that cannot be read; it is reported.
        workers: processes on this machine, this one included; CPUs of a cluster that is started here.
        cluster: let a Ray cluster do it (extra `cluster`): "local" starts one here, "auto" joins the one on this
            machine, else its address. Every machine must see source and `out` under the same paths.
        threads: CPU threads of each process; None = all cores, divided among the workers.
        say: told of progress.

    Returns:
        Pairs labelled here and elsewhere, made again, skipped and failed; seconds a pair; the share of pixels that is
        labelled.

    Raises:
        WildDepthError: for a source, settings or folder that cannot be used, and (unless `skip_failed`) for the first
            pair that cannot be read; what was labelled before it stays.
    """
    check_folder(out, overwrite=overwrite, resume=resume)
    maker = chosen_algorithm(algorithm, settings, overrides)
    if cluster is not None:
        ray_data()
    scenes = fit_source(
        source, layout, split, limit, force=force, skip_failed=skip_failed, earlier=Path(out) if resume else None
    )
    divide_threads(threads, workers)
    # The input is good: only now a folder is made.
    run, store = begun_store(out, maker, overwrite=overwrite, resume=resume)
    job = Job(source, layout, split, limit, str(run.path), skip_failed, threads or cores_each(workers))
    here = Labelling(
        scenes,
        store,
        maker,
        skip_failed=skip_failed,
        on_pair=lambda done, total, left: say("proxies", done, total, left),
    )
    if cluster is not None:
        tally = label_on_cluster(job, here, Cluster(cluster, workers))
    else:
        with helped(job, workers - 1) as others:
            tally = here.run()
        for other in others:
            tally = together(tally, other)
    result = summary(scenes, store, maker, tally)
    run.write_metrics(result)
    return result


def fit_source(
    source: str,
    layout: str | None,
    split: str | None,
    limit: int | None,
    *,
    force: bool,
    skip_failed: bool,
    earlier: Path | None = None,
) -> Source:
    """A source whose pairs can be matched, as far as can be told by a look at those that have no `earlier` labels."""
    scenes = open_source(source, layout=layout, split=split, limit=limit, with_truth=False)
    scenes.check_pairs(rectified=not force)
    if not skip_failed:
        store = None if earlier is None else LabelStore(earlier, {})
        done = {index for index in range(len(scenes)) if store is not None and unchanged(scenes, store, index)}
        look_at_all(scenes, rectified=not force, leave_out=done)
        scenes[0].sample.stereo()
    check_quickly(scenes, source, split=split, force=force, skip_failed=skip_failed)
    return scenes


def cores_each(workers: int) -> int:
    """Cores for each of so many processes."""
    return max(1, len(os.sched_getaffinity(0)) // workers)


def divide_threads(threads: int | None, workers: int) -> None:
    """Give this process its threads."""
    count = threads or cores_each(workers)
    torch.set_num_threads(count)
    cv2.setNumThreads(count)


def together(first: Tally, second: Tally) -> Tally:
    """What two processes did."""
    return Tally(
        made=first.made + second.made,
        remade=first.remade + second.remade,
        there=first.there,
        elsewhere=max(first.elsewhere - second.made, 0),
        failed={**first.failed, **second.failed},
        seconds=first.seconds + second.seconds,
    )


def summary(scenes: Source, store: LabelStore, maker: Algorithm, tally: Tally) -> dict[str, Any]:
    """The result as plain values."""
    records = [record for record in map(store.find, scenes.keys) if record is not None]
    shares = [share for record in records if (share := record.known.get("labelled")) is not None]
    return {
        **maker.plain(),
        "pairs": tally.made,
        "remade": tally.remade,
        "skipped": tally.there,
        "elsewhere": tally.elsewhere,
        "failed": [{"key": key, "error": error} for key, error in tally.failed.items()],
        "labelled_pairs": len(records),
        "labelled_pixels": float(np.mean(shares)) if shares else float("nan"),
        "seconds_a_pair": tally.seconds / tally.made if tally.made else float("nan"),
        "out": str(store.path),
    }


def find_settings(
    source: str,
    *,
    out: Path | str,
    pairs: int = 5,
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    overwrite: bool = False,
    force: bool = False,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Find settings for a rig on its own pairs, without ground truth.

    Every candidate labels a few pairs; the one is chosen that rebuilds the left view best and whose two views agree on
    most of it (see `proxies.search`). Nothing is labelled for keeps.

    Args:
        source: see the grammar of sources; only images and calibration are looked at.
        out: gets `settings.json`, which `proxy_labels` and `adapt` take, and `metrics.json` with all candidates.
        pairs: how many are looked at, evenly spread over the source.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        overwrite: replace an earlier run in `out`.
        force: look at pairs although their rows do not match.
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        `{"chosen": ..., "candidates": [...]}`, the best first: score (the less the better), photometric error and share
        of the view on which both maps agree.

    Raises:
        WildDepthError: for a source or folder that cannot be used.
    """
    RunFolder.check(out, overwrite=overwrite)
    scenes = fit_source(source, layout, split, limit, force=force, skip_failed=False)
    divide_threads(threads, 1)
    run = RunFolder.create(out, overwrite=overwrite, contents=(SETTINGS,))
    chosen, tried, begin = spread_evenly(len(scenes), pairs), default_candidates(), time.monotonic()
    total = len(chosen) * len(tried)

    def told(done: int) -> None:
        say("candidates", done, total, (time.monotonic() - begin) / done * (total - done))

    shown = (pictures(scenes[index].sample)[0] for index in chosen)
    found = search.find_settings(shown, tried, on_candidate=told)
    rows = [candidate.row() for candidate in found]
    looked_at = [scenes.key(index) for index in chosen]
    write_text(
        run.path / SETTINGS,
        written(found[0].maker, {"found_on": looked_at, "source": source, "score": rows[0]["score"]}),
    )
    result = {
        "chosen": found[0].maker.plain(),
        "candidates": rows,
        "pairs": looked_at,
        "settings": str(run.path / SETTINGS),
    }
    run.write_metrics(result)
    return result
