"""Batches made ahead by worker threads. A feed is a pure function of the step, so workers cannot change a run."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, runtime_checkable

from wilddepth.sample import Sample

StepSizes = Callable[[int], int | None]
"""Batch size of a step; None beyond the last one."""


@runtime_checkable
class Feed(Protocol):
    """Where batches come from: a pure function of the step, so that runs resume exactly."""

    def batch(self, step: int, size: int) -> Sample:
        """The batch of a step, on any device."""


class Prefetched:
    """A feed whose next batches are made while the present one is used."""

    def __init__(self, feed: Feed, sizes: StepSizes, workers: int) -> None:
        """Start no work yet.

        Args:
            feed: any feed; its `batch` is called from several threads where `workers` > 1.
            sizes: of the steps to come.
            workers: threads; 0 makes every batch when it is asked for.
        """
        self.feed, self.sizes, self.workers = feed, sizes, workers
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="feed") if workers else None
        self.waiting: dict[int, Future[Sample]] = {}

    def batch(self, step: int, size: int) -> Sample:
        """The batch of a step; raises what the feed raises."""
        if self.pool is None:
            return self.feed.batch(step, size)
        for ahead in range(step, step + self.workers + 1):
            wanted = size if ahead == step else self.sizes(ahead)
            if wanted is not None and ahead not in self.waiting:
                self.waiting[ahead] = self.pool.submit(self.feed.batch, ahead, wanted)
        return self.waiting.pop(step).result()

    def close(self) -> None:
        """Stop the threads; batches that nobody will ask for are dropped."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
