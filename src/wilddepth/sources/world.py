"""Rendered pairs as a source."""

from collections.abc import Mapping

from wilddepth import __version__
from wilddepth.sources.grammar import WorldSpec
from wilddepth.sources.source import Scene, Source


class WorldSource(Source):
    """Scenes number 0, 1, 2 ... of a world, each rendered when it is asked for.

    Raises:
        ConfigError: for an unknown world.
    """

    layout = "world"
    rectified = True

    def __init__(self, text: str, spec: WorldSpec) -> None:
        # The renderer is loaded only by those who render.
        from wilddepth.worlds.catalog import world

        world(spec.name)
        self.text, self.spec = text, spec

    def __len__(self) -> int:
        """How many pairs."""
        return self.spec.frames

    def key(self, index: int) -> str:
        """World, seed and number: the same scene has the same name in every source."""
        return f"{self.spec.name}-{self.spec.seed}-{index:06d}"

    def load(self, index: int) -> Scene:
        """The pair with its exact truth."""
        from wilddepth.worlds.catalog import render

        spec = self.spec
        sample, truth = render(spec.name, spec.seed, index, height=spec.height, width=spec.width)
        return Scene(sample=sample, truth=truth, key=self.key(index))

    def stamp(self, index: int) -> Mapping[str, str]:
        """World, seed, size and number, and the version that renders them."""
        spec = self.spec
        return {"world": f"{spec.name}, seed {spec.seed}, {spec.height}x{spec.width}, {index}", "version": __version__}

    def describe(self) -> str:
        """How many pairs of which world and seed."""
        return f"{self.text}: {len(self)} rendered pairs of {self.spec.name}, seed {self.spec.seed}, exact truth"
