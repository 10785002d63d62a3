"""Further processes on this machine that label one folder."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

import cv2
import torch

from wilddepth.engine.labelling import Labelling, Tally
from wilddepth.errors import WildDepthError
from wilddepth.proxies.algorithm import read_algorithm
from wilddepth.proxies.store import MANIFEST, LabelStore
from wilddepth.sources.open import open_source


@dataclass(frozen=True)
class Job:
    """What a process needs to know; see `verbs.proxies.proxy_labels`."""

    source: str
    layout: str | None
    split: str | None
    limit: int | None
    out: str
    skip_failed: bool
    threads: int


def label(job: Job, told: Connection) -> None:
    """Label what is left of a source, into a folder that was begun, and tell what was done.

    What goes wrong is left to the process that asked for help: it meets the same pair.
    """
    torch.set_num_threads(job.threads)
    cv2.setNumThreads(job.threads)
    with suppress(WildDepthError, KeyboardInterrupt):
        scenes = open_source(job.source, layout=job.layout, split=job.split, limit=job.limit, with_truth=False)
        store = LabelStore.open(job.out)
        maker = read_algorithm(store.path / MANIFEST)
        told.send(Labelling(scenes, store, maker, skip_failed=job.skip_failed, on_pair=while_asked_for).run())


def while_asked_for(done: int, total: int, left: float | None) -> None:
    """End this process when the one that asked for help is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit(1)


@contextmanager
def helped(job: Job, count: int) -> Iterator[list[Tally]]:
    """Let so many further processes label while the block runs.

    Yields:
        A list that holds what they did once the block is left. Those that were killed are missing: their pairs were
        taken over.
    """
    # Fresh processes: a fork would take over threads that do not run there.
    context, done = multiprocessing.get_context("spawn"), list[Tally]()
    pipes = [context.Pipe(duplex=False) for _ in range(count)]
    processes = [context.Process(target=label, args=(job, told), daemon=True) for _, told in pipes]
    for process, (_, told) in zip(processes, pipes, strict=True):
        process.start()
        told.close()
    try:
        yield done
        for heard, _ in pipes:
            with suppress(EOFError):
                done.append(heard.recv())
    finally:
        for process, (heard, _) in zip(processes, pipes, strict=True):
            heard.close()
            process.terminate()
            process.join()
