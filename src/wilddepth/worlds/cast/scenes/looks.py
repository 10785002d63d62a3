"""Materials by the name of what they are."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Material
from wilddepth.worlds.cast.scenes.stuff import HELD_OUT, TRAIN, Stuff, linear

SEEDS = 1 << 20
"""Pieces of stuff of the train worlds are numbered below this, those of the held-out worlds from here on."""


@lru_cache(maxsize=4096)
def _choices(colours: str) -> tuple[tuple[RGB, ...], ...]:
    return tuple(tuple(linear(one) for one in choice.split("/")) for choice in colours.split())


class Looks:
    """Draws materials, each another piece of the stuff asked for.

    Args:
        rng: where the draws come from.
        held_out: from the stuff and the seeds that training never sees.
        dark: whether it is dark, so that lamps and windows glow.
    """

    def __init__(self, rng: np.random.Generator, *, held_out: bool = False, dark: bool = False) -> None:
        self.rng, self.dark = rng, dark
        self.table, self.first = (HELD_OUT, SEEDS) if held_out else (TRAIN, 0)

    def __call__(self, name: str, *, glow: float = 0.0) -> Material:
        """A piece of the stuff of this name; `glow` is used in the dark only."""
        options = self.table[name]
        stuff = options[int(self.rng.integers(len(options)))]
        return replace(self._drawn(stuff), glow=glow if self.dark else 0.0)

    def several(self, *names: str) -> list[Material]:
        """One piece of each."""
        return [self(name) for name in names]

    def _drawn(self, stuff: Stuff) -> Material:
        draw = self.rng.random(8)
        choices = _choices(stuff.colours)
        triple = self._varied(choices[int(draw[0] * len(choices))], stuff.spread, draw[1:4])

        def between(limits: tuple[float, float], at: float) -> float:
            return limits[0] + (limits[1] - limits[0]) * float(at)

        return Material(
            stuff.pattern,
            triple,
            size=between(stuff.size, draw[4]),
            contrast=between(stuff.contrast, draw[5]),
            grain=between(stuff.grain, draw[6]),
            grain_size=between(stuff.grain_size, draw[6]),
            gloss=between(stuff.gloss, draw[7]),
            shininess=stuff.shininess,
            seed=self.first + int(self.rng.integers(SEEDS)),
        )

    def _varied(self, colours: tuple[RGB, ...], spread: float, draw: np.ndarray) -> tuple[RGB, RGB, RGB]:
        """Three colours; another brightness and a slightly other tint for each piece."""
        shades = [colours[0]] * 3 if len(colours) == 1 else list(colours)
        factors = (1.0, 1 - spread, 1 + spread) if len(colours) == 1 else (1.0, 1.0, 1.0)
        tint = (0.88 + 0.24 * draw[0]) * (1 + 0.06 * (draw - draw.mean()))
        rows = np.clip(np.asarray(shades) * np.asarray(factors)[:, None] * tint, 0.0, 1.0)
        first, second, third = ((float(r), float(g), float(b)) for r, g, b in rows)
        return first, second, third
