"""Materials by the name of what they are."""

from functools import lru_cache

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Material
from wilddepth.worlds.cast.scenes.stock_other import TABLES
from wilddepth.worlds.cast.scenes.stuff import Stuff, linear

SEEDS = 1 << 20
"""Pieces of stuff in each table: each has numbers of its own, so that no world shows a piece of another table's."""


@lru_cache(maxsize=4096)
def _choices(colours: str) -> tuple[tuple[RGB, ...], ...]:
    return tuple(tuple(linear(one) for one in choice.split("/")) for choice in colours.split())


class Looks:
    """Draws materials by name. A place is built of few kinds of each stuff: after that pieces come again.

    Args:
        rng: where the draws come from.
        table: one of `stock_other.TABLES`: "train", "city a", "city b", or "held out", which training never sees.
        dark: whether it is dark, so that lamps and windows glow.
        variety: pieces of each stuff before they come again.
    """

    def __init__(self, rng: np.random.Generator, *, table: str = "train", dark: bool = False, variety: int = 6) -> None:
        self.rng, self.dark, self.variety = rng, dark, variety
        self.table, self.first = TABLES[table], SEEDS * list(TABLES).index(table)
        self.drawn: dict[tuple[str, float], list[Material]] = {}

    def __call__(self, name: str, *, glow: float = 0.0) -> Material:
        """A piece of the stuff of this name; `glow` is used in the dark only."""
        pieces = self.drawn.setdefault((name, glow), [])
        number = int(self.rng.integers(self.variety))
        if number < len(pieces):
            return pieces[number]
        options = self.table[name]
        piece = self._drawn(options[int(self.rng.integers(len(options)))], glow if self.dark else 0.0)
        pieces.append(piece)
        return piece

    def several(self, *names: str) -> list[Material]:
        """One piece of each."""
        return [self(name) for name in names]

    def _drawn(self, stuff: Stuff, glow: float) -> Material:
        draw = self.rng.random(9).tolist()
        choices = _choices(stuff.colours)
        triple = _varied(choices[int(draw[0] * len(choices))], stuff.spread, draw[1:4])
        return Material(
            stuff.pattern,
            triple,
            size=_between(stuff.size, draw[4]),
            contrast=_between(stuff.contrast, draw[5]),
            grain=_between(stuff.grain, draw[6]),
            grain_size=_between(stuff.grain_size, draw[6]),
            gloss=_between(stuff.gloss, draw[7]),
            shininess=stuff.shininess,
            glow=glow,
            seed=self.first + int(draw[8] * SEEDS),
        )


def _between(limits: tuple[float, float], at: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * at


def _varied(colours: tuple[RGB, ...], spread: float, draw: list[float]) -> tuple[RGB, RGB, RGB]:
    """Three colours; another brightness and a slightly other tint for each piece."""
    bright, mean = 0.88 + 0.24 * draw[0], sum(draw) / 3
    tint = [bright * (1 + 0.06 * (one - mean)) for one in draw]

    first, second, third = colours if len(colours) == 3 else colours * 3
    if len(colours) == 1:
        return _shade(first, tint, 1.0), _shade(first, tint, 1 - spread), _shade(first, tint, 1 + spread)
    return _shade(first, tint, 1.0), _shade(second, tint, 1.0), _shade(third, tint, 1.0)


def _shade(colour: RGB, tint: list[float], factor: float) -> RGB:
    red, green, blue = (min(1.0, value * factor * by) for value, by in zip(colour, tint, strict=True))
    return red, green, blue
