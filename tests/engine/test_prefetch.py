"""Batches made ahead are the batches that would have been made."""

import threading

import pytest
import torch

from wilddepth.engine.prefetch import Prefetched
from wilddepth.sample import Sample


class Numbered:
    """Its batches say their step; it remembers which were made, and on which threads."""

    def __init__(self, broken: int | None = None) -> None:
        self.broken, self.made, self.threads = broken, [], set()

    def batch(self, step: int, size: int) -> Sample:
        if step == self.broken:
            raise OSError("the disk is gone")
        self.made.append((step, size))
        self.threads.add(threading.current_thread().name)
        return Sample(image=torch.full((size, 3, 1, 1), float(step)))


def sizes(step: int) -> int | None:
    return (1, 1, 3, 3, 3)[step] if step < 5 else None


@pytest.mark.parametrize("workers", [0, 1, 2, 7])
def test_the_number_of_workers_does_not_change_the_batches(workers: int):
    feed = Numbered()
    ahead = Prefetched(feed, sizes, workers)
    found = [ahead.batch(step, sizes(step)).image for step in range(5)]
    ahead.close()
    assert [(int(image[0, 0, 0, 0]), image.shape[0]) for image in found] == [(0, 1), (1, 1), (2, 3), (3, 3), (4, 3)]
    assert sorted(feed.made) == [(0, 1), (1, 1), (2, 3), (3, 3), (4, 3)]  # each once, none beyond the last


def test_workers_are_threads_of_their_own():
    feed = Numbered()
    ahead = Prefetched(feed, sizes, 2)
    ahead.batch(0, 1)
    ahead.close()
    assert threading.current_thread().name not in feed.threads


@pytest.mark.parametrize("workers", [0, 2])
def test_what_goes_wrong_in_a_worker_is_raised_at_its_step(workers: int):
    ahead = Prefetched(Numbered(broken=1), sizes, workers)
    ahead.batch(0, 1)
    with pytest.raises(OSError, match="the disk is gone"):
        ahead.batch(1, 1)
    ahead.close()
