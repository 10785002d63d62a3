"""Further processes on this machine that label one folder."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from wilddepth.engine.label_job import Job
from wilddepth.engine.labelling import Tally
from wilddepth.errors import WildDepthError


def label(job: Job, told: Connection) -> None:
    """Label what is left of a source, into a folder that was begun, and tell what was done.

    What goes wrong is left to the process that asked for help: it meets the same pair.
    """
    with suppress(WildDepthError, KeyboardInterrupt):
        told.send(job.begin(while_asked_for).run())


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
