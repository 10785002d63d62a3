"""Rendered pairs as a source."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import TYPE_CHECKING

from wilddepth import __version__
from wilddepth.sources.grammar import WorldSpec
from wilddepth.sources.source import Scene, Source

if TYPE_CHECKING:
    from wilddepth.worlds.take import Take

_AHEAD = 2
"""Scenes a worker has waiting."""


def take_of(spec: WorldSpec, *, stream: bool = True) -> "Take":
    """How a world is filmed, by the words that name it.

    Args:
        spec: the words.
        stream: whether weathers have equal parts of `frames`; else they take turns, scene by scene.
    """
    from wilddepth.worlds.take import Take

    return Take(
        rig=spec.rig,
        sensor=spec.sensor,
        rate=spec.rate,
        clip=spec.clip,
        samples=spec.samples,
        weather=spec.weather,
        frames=spec.frames if stream and spec.weather else None,
    )


class WorldSource(Source):
    """Scenes number 0, 1, 2 ... of a world, each rendered when it is asked for.

    A scene depends on the words and its number alone: a run that goes on, and any number of workers, see the same ones.

    Args:
        text: the words.
        spec: what they say.
        limit: at most so many scenes, the first ones.
        neighbours: frame offsets that samples bring along where they are in the same clip.
        with_poses: whether samples bring the transforms to those neighbours.

    Raises:
        ConfigError: for an unknown world, or words that do not go with it.
    """

    layout = "world"
    rectified = True

    def __init__(
        self,
        text: str,
        spec: WorldSpec,
        *,
        limit: int | None = None,
        neighbours: Sequence[int] = (),
        with_poses: bool = False,
    ) -> None:
        # The renderer is loaded only by those who render.
        from wilddepth.worlds.table import world

        self.text, self.spec, self.take = text, spec, take_of(spec)
        self.take.check(world(spec.name))
        self.count = min(spec.frames, limit or spec.frames)
        self.neighbours, self.with_poses = tuple(neighbours), with_poses

    def __len__(self) -> int:
        """How many pairs."""
        return self.count

    def key(self, index: int) -> str:
        """World, seed and number: the same scene has the same name in every source."""
        return f"{self.spec.name}-{self.spec.seed}-{index:06d}"

    def load(self, index: int) -> Scene:
        """The pair with its exact truth, and the record of how it was made."""
        return self.rendered(index, motion=bool(self.neighbours))

    def rendered(self, index: int, *, motion: bool = False) -> Scene:
        """Scene number `index`, which may be beyond the length: the list of scenes has no end.

        Args:
            index: its number.
            motion: whether the truth tells flow and pose to the next frame.
        """
        from wilddepth.worlds.catalog import HEIGHT, WIDTH, render_batch

        spec = self.spec
        size = (spec.height or HEIGHT, spec.width or WIDTH)
        there = self.there(index)
        made = render_batch(spec.name, spec.seed, [index], *size, take=self.take, neighbours=there, motion=motion)
        sample = made.sample if self.with_poses else replace(made.sample, poses={})
        return Scene(sample=sample, truth=made.truth, key=self.key(index), record=made.records[0])

    def there(self, index: int) -> tuple[int, ...]:
        """Those of the neighbours that are in the clip and the stream."""
        place, last = index % self.spec.clip, self.spec.frames - 1
        return tuple(
            offset
            for offset in self.neighbours
            if 0 <= place + offset < self.spec.clip and (index > last or index + offset <= last)
        )

    def stamp(self, index: int) -> Mapping[str, str]:
        """World, seed, size and number, how it is filmed, and the version that renders them."""
        from wilddepth.worlds.catalog import VERSIONS
        from wilddepth.worlds.table import world

        spec = self.spec
        return {
            "world": f"{spec.name}, seed {spec.seed}, {spec.height}x{spec.width}, {index}",
            "take": str(self.take.given()),
            "version": f"{__version__}, renderer {VERSIONS[world(spec.name).renderer]}",
        }

    def describe(self) -> str:
        """How many pairs of which world and seed."""
        clips = f" in clips of {self.spec.clip}, {self.spec.rate:g} frames a second" if self.spec.clip > 1 else ""
        return f"{self.text}: {len(self)} rendered pairs of {self.spec.name}, seed {self.spec.seed}{clips}, exact truth"


def stream(source: WorldSource, *, start: int = 0, end: int | None = None, workers: int = 0) -> Iterator[Scene]:
    """Scenes one after another, rendered ahead by other processes.

    Args:
        source: what is rendered.
        start: number of the first scene: a stream that was left goes on where it was.
        end: number after the last one; None = it never ends.
        workers: processes; the scenes do not depend on their number. 0 renders each when it is asked for. They are
            started anew ("spawn"): a script of your own must ask for them below `if __name__ == "__main__":`.

    Yields:
        Scenes in order.

    Raises:
        ConfigError: when the workers cannot be started.
    """
    numbers = iter(count(start) if end is None else range(start, end))
    if workers < 1:
        yield from (source.rendered(number) for number in numbers)
        return
    from wilddepth.worlds.cache import worker_pool

    with worker_pool(workers) as pool:
        waiting = deque(pool.submit(source.rendered, number) for number in islice(numbers, _AHEAD * workers))
        while waiting:
            scene = waiting.popleft().result()
            waiting.extend(pool.submit(source.rendered, number) for number in islice(numbers, 1))
            yield scene
