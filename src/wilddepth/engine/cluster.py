"""Labels of a corpus that outgrows one machine, by Ray Data: the same labelling, pair by pair, wherever there is room.

Ray hands pairs to its workers and hands those of a lost worker to another one; the claims and records of the folder see
to it that nothing is done twice or lost. Every machine must see the source and the folder under the same paths.
"""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from wilddepth.engine.label_job import Job
from wilddepth.engine.labelling import PAUSE, Labelling, Tally, Told, unchanged
from wilddepth.errors import ConfigError, SampleError, WildDepthError

LOCAL = "local"
PATIENCE = 10.0
"""Seconds to wait for a cluster to answer."""
PAIRS_AT_ONCE = 8
"""Pairs that a worker is handed at a time: what is looked at again when it is lost."""


@dataclass(frozen=True)
class Cluster:
    """Where Ray runs.

    Attributes:
        address: "local" starts Ray here, "auto" joins the one on this machine, else an address that Ray takes.
        workers: CPUs of a local one; None = all.
    """

    address: str = LOCAL
    workers: int | None = None


def ray_data() -> ModuleType:
    """Ray with Ray Data, or `ConfigError` where it is not installed."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ConfigError(
            f'labels on a cluster need Ray Data ({error}); install it: pip install "wilddepth[cluster]"'
        ) from error
    module: ModuleType = ray
    return module


def label_on_cluster(job: Job, here: Labelling, cluster: Cluster) -> Tally:
    """Label what is left of a source on a Ray cluster; what is done by others meanwhile is waited for.

    Args:
        job: what the workers do.
        here: the same labelling in this process, which says what is left and is told of progress.
        cluster: where Ray runs.

    Raises:
        ConfigError: without Ray, or when there is no cluster at the address.
        SampleError: for the first pair that cannot be read, unless the job skips those.
        OutputError: when a worker cannot write.
    """
    ray = ray_data()
    todo = [index for index in range(len(here.source)) if not unchanged(here.source, here.store, index)]
    tally = Tally(there=len(here.source) - len(todo))
    if not todo:
        return tally
    joined = not ray.is_initialized()
    if joined:
        _join(ray, cluster)
    try:
        rows = _rows(ray, job, todo)
        begin = time.monotonic()
        for done, row in enumerate(rows, start=1):
            _count(tally, row)
            _tell(here.on_pair, len(here.source) - len(todo), done, len(todo), time.monotonic() - begin)
    finally:
        if joined:
            ray.shutdown()
    return tally


def _join(ray: Any, cluster: Cluster) -> None:
    _knock(cluster.address)
    options: dict[str, Any] = {"address": cluster.address, "log_to_driver": False, "logging_level": "ERROR"}
    if cluster.address == LOCAL:
        options |= {"num_cpus": cluster.workers, "include_dashboard": False}
    try:
        ray.init(**options)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ConfigError(f"no Ray cluster at {cluster.address!r} ({error}); start one, or give local") from error


def _knock(address: str) -> None:
    """Refuse an address where nobody listens: Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon:
        return
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()
    except (OSError, ValueError) as error:
        raise ConfigError(f"no Ray cluster at {address!r} ({error}); start one, or give local") from error


def _rows(ray: Any, job: Job, todo: list[int]) -> Any:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    blocks = -(-len(todo) // PAIRS_AT_ONCE)
    pairs = ray.data.from_items([{"index": index} for index in todo], override_num_blocks=blocks)
    return pairs.map(label_row, fn_kwargs={"job": job}, num_cpus=job.threads).iter_rows()


def label_row(row: Mapping[str, int], job: Job) -> dict[str, Any]:
    """Label one pair, on whichever machine this runs: what became of it, as a row.

    What went wrong is a row too: an error in a worker would be tried again and come back as one of Ray's.
    """
    index = int(row["index"])
    try:
        labelling = _begun(job)
        labelling.tally = Tally()
        while not labelling.settled(index):  # a worker that was lost may still be at it
            time.sleep(PAUSE)
    except WildDepthError as error:
        return _row(index, Tally(), f"{type(error).__name__}", str(error))
    return _row(index, labelling.tally)


@cache
def _begun(job: Job) -> Labelling:
    """Opened once in each worker."""
    return job.begin()


def _row(index: int, tally: Tally, kind: str = "", error: str = "") -> dict[str, Any]:
    ((failed, why),) = tally.failed.items() or (("", ""),)
    counts = {name: getattr(tally, name) for name in ("made", "remade", "there", "elsewhere", "seconds")}
    return {"index": index, **counts, "failed": failed, "why": why, "kind": kind, "error": error}


def _count(tally: Tally, row: Mapping[str, Any]) -> None:
    """Add what became of a pair; raise what ended it."""
    if row["error"]:
        kinds = {kind.__name__: kind for kind in _kinds(WildDepthError)}
        raise kinds.get(row["kind"], SampleError)(row["error"])
    for name in ("made", "remade", "there", "elsewhere", "seconds"):
        setattr(tally, name, getattr(tally, name) + row[name])
    if row["failed"]:
        tally.failed[row["failed"]] = row["why"]


def _kinds(kind: type[WildDepthError]) -> list[type[WildDepthError]]:
    return [kind, *(below for sub in kind.__subclasses__() for below in _kinds(sub))]


def _tell(told: Told | None, there: int, done: int, total: int, seconds: float) -> None:
    if told is not None:
        told(there + done, there + total, seconds / done * (total - done))
