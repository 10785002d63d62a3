"""Rendered pairs on disk, in bursts: on a CPU, rendering beside training makes both wait for each other.

A burst is a folder of plain arrays, written under another name and renamed when complete, found again by the digest of
what decides its pixels. Disparities are stored as px * 256 in 16 bits. Bursts do not depend on each other: any number
of processes may render them, and the pixels are the same.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.worlds.catalog import USUAL, VERSIONS, Rendered, Take, render_batch, world

STEP = 256.0
MISSING = 65535
"""A disparity that 16 bits do not hold."""
CHUNK = 8
"""Pairs rendered at once: larger batches only need more memory."""


def default_root() -> Path:
    """$WILDDEPTH_CACHE, or `wilddepth` in the user's cache folder; an empty variable counts as not set."""
    if os.environ.get("WILDDEPTH_CACHE"):
        return Path(os.environ["WILDDEPTH_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wilddepth"


@dataclass(frozen=True)
class BurstSpec:
    """What decides the pixels of all bursts of one cache.

    Attributes:
        world: name of the world.
        seed: its seed.
        height: rows.
        width: columns.
        pairs: pairs in a burst.
        take: how a ray-cast world is filmed.
    """

    world: str
    seed: int
    height: int = 256
    width: int = 512
    pairs: int = 64
    take: Take = USUAL

    def digest(self) -> str:
        """16 hexadecimal digits; of the take, what differs from the usual."""
        chosen = world(self.world)
        said = {**asdict(self), "world": chosen.key, "version": VERSIONS[chosen.renderer]}
        del said["take"]
        text = json.dumps({**said, **self.take.given()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Burst:
    """Memory-mapped arrays of one burst: images (n h w 3) uint8, disparities (n h w) uint16, px * 256."""

    left: np.ndarray
    right: np.ndarray
    left_disparity: np.ndarray
    right_disparity: np.ndarray


class BurstCache:
    """The bursts of one specification below one folder."""

    def __init__(self, spec: BurstSpec, root: Path | None = None) -> None:
        # An unknown name is refused here, before anything is written.
        self.spec = spec
        spec.take.check(world(spec.world))
        self.folder = (root or default_root()) / "worlds" / f"{world(spec.world).key}-{spec.digest()}"

    def path(self, number: int) -> Path:
        """Where burst `number` is, or will be."""
        return self.folder / f"{number:05d}"

    def has(self, number: int) -> bool:
        """True when the burst is complete on disk."""
        return self.path(number).is_dir()

    def load(self, number: int) -> Burst:
        """The burst, rendered first if it is not there.

        Raises:
            OutputError: when it has to be rendered and the folder cannot be written.
            SampleError: when what is on disk cannot be read.
        """
        if not self.has(number):
            self.render(number)
        names = (field.name for field in fields(Burst))
        try:
            return Burst(*(np.load(self.path(number) / f"{name}.npy", mmap_mode="r") for name in names))
        except (OSError, ValueError, EOFError) as error:
            raise SampleError(
                f"the rendered pairs in {self.path(number)} cannot be read ({error}); delete this folder, they are "
                "rendered again"
            ) from error

    def render(self, number: int) -> None:
        """Render burst `number` to disk; two processes that do so at once write the same pixels.

        Raises:
            OutputError: when the folder cannot be written.
        """
        partial = self.folder / f".partial-{secrets.token_hex(4)}"
        try:
            partial.mkdir(parents=True)
            for name, array in self._arrays(number).items():
                np.save(partial / f"{name}.npy", array)
            self._publish(partial, number)
        except OSError as error:
            raise OutputError(
                f"cannot write rendered pairs below {self.folder} ({error.strerror or error}); set WILDDEPTH_CACHE "
                "to a folder with room"
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def render_all(
        self, numbers: Sequence[int], *, workers: int = 0, done: Callable[[int], None] = lambda _: None
    ) -> None:
        """Render several bursts.

        Args:
            numbers: of the bursts.
            workers: processes that share the work; 0 and 1 = this one alone. They are started anew ("spawn"), so a
                script that asks for some must do so below `if __name__ == "__main__":`.
            done: told how many are done, one after the other.

        Raises:
            OutputError: when the folder cannot be written.
            ConfigError: when the workers could not be started.
        """
        if workers < 2 or len(numbers) < 2:
            for count, number in enumerate(numbers, start=1):
                self.render(number)
                done(count)
            return
        with worker_pool(min(workers, len(numbers))) as pool:
            waiting = [pool.submit(self.render, number) for number in numbers]
            for count, future in enumerate(as_completed(waiting), start=1):
                future.result()
                done(count)

    def _publish(self, partial: Path, number: int) -> None:
        try:
            partial.rename(self.path(number))
        except OSError:
            if not self.has(number):  # not another process that was first
                raise

    def _arrays(self, number: int) -> dict[str, np.ndarray]:
        spec = self.spec
        parts = []
        for start in range(0, spec.pairs, CHUNK):
            first = number * spec.pairs + start
            indices = range(first, first + min(CHUNK, spec.pairs - start))
            size = (spec.height, spec.width)
            batch = render_batch(spec.world, spec.seed, list(indices), *size, occlusion=False, take=spec.take)
            parts.append(quantised(batch))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes started anew, one thread each; what waits is dropped when the block fails.

    Raises:
        ConfigError: when they cannot be started, or one of them was ended from outside.
    """
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ConfigError(
            f"a rendering process ended early ({error}); use fewer workers where memory is short, and in a script of "
            'your own start them below if __name__ == "__main__":'
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def quantised(batch: Rendered) -> dict[str, np.ndarray]:
    """A rendered batch as small integers."""
    if batch.sample.right is None or batch.truth.disparity is None:
        raise ValueError("a rendered batch always has a right view and disparities")
    images = {"left": batch.sample.image, "right": batch.sample.right}
    disparities = {"left_disparity": batch.truth.disparity, "right_disparity": batch.right_disparity}
    arrays = {
        name: (image * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy() for name, image in images.items()
    }
    for name, disparity in disparities.items():
        steps = np.round(disparity[:, 0].cpu().numpy() * STEP)
        # Of a pair whose principal points differ, the far disparities may be negative: those are not known.
        arrays[name] = np.where(steps < 0, MISSING, np.clip(steps, 0, MISSING)).astype(np.uint16)
    return arrays
