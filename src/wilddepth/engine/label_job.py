"""Labelling as a plain value that another process, or another machine, can be sent."""

from dataclasses import dataclass

import cv2
import torch

from wilddepth.engine.labelling import Labelling, Told
from wilddepth.proxies.algorithm import read_algorithm
from wilddepth.proxies.store import MANIFEST, LabelStore
from wilddepth.sources.open import open_source


@dataclass(frozen=True)
class Job:
    """What a process needs to know to label a source into a folder that was begun.

    Attributes:
        source: see the grammar of sources; read where the process runs.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        out: the folder, which every process must see.
        skip_failed: go on after a pair that cannot be read.
        threads: of each process.
    """

    source: str
    layout: str | None
    split: str | None
    limit: int | None
    out: str
    skip_failed: bool
    threads: int

    def begin(self, on_pair: Told | None = None) -> Labelling:
        """The same labelling that the process which sent this would do.

        Raises:
            WildDepthError: for a source or folder that is not what it was.
        """
        torch.set_num_threads(self.threads)
        cv2.setNumThreads(self.threads)
        scenes = open_source(self.source, layout=self.layout, split=self.split, limit=self.limit, with_truth=False)
        store = LabelStore.open(self.out)
        maker = read_algorithm(store.path / MANIFEST)
        return Labelling(scenes, store, maker, skip_failed=self.skip_failed, on_pair=on_pair)
