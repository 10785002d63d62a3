"""Labels of a whole source made into a folder, by as many processes as are started on it.

Each process walks the source in order, claims the next pair that nobody has done or is at, and waits at the end for the
pairs of the others: if one of them is killed, its pair is free again and is taken over. What is lost is the work on
that one pair.
"""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from wilddepth.engine.run import MARKER, RunFolder
from wilddepth.errors import OutputError, SampleError
from wilddepth.formats.lock import alone_in
from wilddepth.proxies.algorithm import Algorithm, Labels
from wilddepth.proxies.attach import pictures
from wilddepth.proxies.store import CONTENTS, MANIFEST, LabelStore, pair_digest
from wilddepth.sample import Sample
from wilddepth.sources.source import Source

logger = logging.getLogger(__name__)

Told = Callable[[int, int, float | None], None]
"""Told of progress: (done, of, seconds left or None)."""

PAUSE = 0.2
"""Seconds between two looks at pairs that other processes are at."""


@dataclass
class Tally:
    """What became of the pairs of a source.

    Attributes:
        made: pairs labelled by this process.
        remade: of those, the ones whose pictures, or labels, had been changed since they were labelled before.
        there: pairs that were labelled at the start.
        elsewhere: pairs that other processes labelled meanwhile.
        failed: pairs that were skipped: key -> what was wrong.
        seconds: spent on labels alone, by this process.
    """

    made: int = 0
    remade: int = 0
    there: int = 0
    elsewhere: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def check_folder(out: Path | str, *, overwrite: bool = False, resume: bool = False) -> None:
    """Refuse what `begun_store` would refuse before the input is opened; another process may be at its beginning.

    Raises:
        ConfigError, OutputError: see `RunFolder.check`.
    """
    with alone_in(out) if Path(out).is_dir() else nullcontext():
        RunFolder.check(out, overwrite=overwrite, resume=resume)


def begun_store(
    out: Path | str, maker: Algorithm, *, overwrite: bool = False, resume: bool = False
) -> tuple[RunFolder, LabelStore]:
    """A folder for labels, begun or gone on with; any number of processes may ask at once.

    Args:
        out: made if missing.
        maker: of the labels.
        overwrite: remove earlier labels.
        resume: go on with earlier labels, which must have been made with the same settings.

    Raises:
        ConfigError: both `overwrite` and `resume`; labels made with other settings.
        OutputError: see `RunFolder.check`; when it holds something else, or another process is at the labels that
            would be overwritten.
    """
    folder = Path(out)
    with alone_in(folder):
        RunFolder.check(folder, overwrite=overwrite, resume=resume)
        if resume and not (folder / MANIFEST).is_file() and (folder / MARKER).is_file():
            raise OutputError(f"{folder} holds an earlier run, but no labels; choose another --out")
        if overwrite and LabelStore(folder, {}).in_use():
            raise OutputError(f"another process is making labels in {folder}; let it end, or help it with --resume")
        if not overwrite and (folder / MANIFEST).is_file():
            LabelStore.open(folder, maker)  # refused before anything is written
        run = RunFolder.create(folder, overwrite=overwrite, resume=resume, contents=CONTENTS)
        return run, LabelStore.create(folder, maker)


class Labelling:
    """One process at the labels of a source."""

    def __init__(
        self,
        source: Source,
        store: LabelStore,
        maker: Algorithm,
        *,
        skip_failed: bool = False,
        on_pair: Told | None = None,
    ) -> None:
        """Nothing is done yet.

        Args:
            source: rectified pairs; truth and labels that it may have are not looked at.
            store: gets the labels.
            maker: makes them.
            skip_failed: go on after a pair that cannot be read, instead of ending there.
            on_pair: told after every pair.
        """
        self.source, self.store, self.maker = source, store, maker
        self.skip_failed, self.on_pair = skip_failed, on_pair
        self.tally, self.done, self.todo, self.begin = Tally(), 0, 0, 0.0

    def run(self) -> Tally:
        """Label every pair that has no labels yet.

        Returns:
            What became of them, once every pair is labelled or failed, whoever did it.

        Raises:
            SampleError: for the first pair that cannot be read, unless `skip_failed`; what was labelled before stays.
            OutputError: when the folder cannot be written.
        """
        todo = [index for index in range(len(self.source)) if not unchanged(self.source, self.store, index)]
        self.tally.there = len(self.source) - len(todo)
        self.todo, self.begin = len(todo), time.monotonic()
        while todo:
            todo = [index for index in todo if not self.settled(index)]
            if todo:
                logger.debug("%d pairs are with other processes", len(todo))
                time.sleep(PAUSE)
        return self.tally

    def settled(self, index: int) -> bool:
        """Label a pair; False while another process is at it."""
        key = self.source.key(index)
        try:
            with self.store.claim(key) as mine:
                if not mine:
                    return False
                self.look(index)
        except SampleError as error:
            if not self.skip_failed:
                raise
            self.tally.failed[key] = str(error)
        self.done += 1
        if self.on_pair is not None:
            left = (time.monotonic() - self.begin) / self.done * (self.todo - self.done)
            self.on_pair(len(self.source) - self.todo + self.done, len(self.source), left)
        return True

    def look(self, index: int) -> None:
        """Label a pair that nobody else is at, unless that was done."""
        if unchanged(self.source, self.store, index):
            self.tally.elsewhere += 1
            return
        key, stamp = self.source.key(index), self.source.stamp(index)
        sample = self.source[index].sample
        ((left, right, lowest),) = pictures(sample)
        digest, record = pair_digest(left, right, lowest), self.store.find(key)
        if record is not None and record.digest == digest:  # the same pictures, in another place or copied again
            self.store.write_record(replace(record, stamp=stamp))
            self.tally.there += 1
            return
        begin = time.monotonic()
        labels = self.maker(left, right, lowest)
        self.tally.seconds += time.monotonic() - begin
        self.tally.remade += self.store.drop(key)
        self.store.write(key, labels, digest, stamp=stamp, known=known(sample, labels))
        self.tally.made += 1


def unchanged(source: Source, store: LabelStore, index: int) -> bool:
    """Whether a pair is labelled, and what it is made from looks as it did."""
    record, stamp = store.find(source.key(index)), source.stamp(index)
    return record is not None and bool(stamp) and record.stamp == stamp


def known(sample: Sample, labels: Labels) -> dict[str, float | None]:
    """What tools may want to know of a pair: size, what turns disparity into metres, and how much of it is labelled."""
    focal = None if sample.camera is None else float(sample.camera.focal_x[0])
    return {
        "height": sample.size[0],
        "width": sample.size[1],
        "doffs_px": float(sample.doffs()[0]),
        "focal_px": focal,
        "baseline_m": None if sample.baseline is None else float(sample.baseline[0]),
        "labelled": float(np.isfinite(labels[0].disparity).mean()),
    }
