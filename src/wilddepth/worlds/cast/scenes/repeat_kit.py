"""Palettes, seeds and light of the held-out repetitive scenes: no scene for training draws from them."""

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Body, Lamp, Light, Material, Pattern, Route, Still, Sun
from wilddepth.worlds.cast.scenes.assembly import pick
from wilddepth.worlds.cast.scenes.finishes import HELD_OUT_SEEDS, Finishes, Span, linear
from wilddepth.worlds.cast.shapes import quads

PALETTES: tuple[tuple[RGB, RGB, RGB], ...] = tuple(
    (linear(a), linear(b), linear(c))
    for a, b, c in (
        ((0.78, 0.71, 0.55), (0.66, 0.58, 0.43), (0.36, 0.33, 0.29)),
        ((0.34, 0.47, 0.45), (0.47, 0.58, 0.53), (0.86, 0.85, 0.78)),
        ((0.61, 0.29, 0.21), (0.72, 0.42, 0.31), (0.83, 0.78, 0.70)),
        ((0.23, 0.30, 0.42), (0.33, 0.41, 0.52), (0.75, 0.77, 0.78)),
        ((0.87, 0.85, 0.80), (0.79, 0.78, 0.74), (0.52, 0.53, 0.53)),
        ((0.45, 0.40, 0.22), (0.56, 0.52, 0.31), (0.88, 0.82, 0.60)),
        ((0.55, 0.36, 0.45), (0.66, 0.49, 0.55), (0.90, 0.84, 0.83)),
    )
)
"""Sand, sage, terracotta, slate, chalk, olive, plum."""


class Kit(Finishes):
    """Materials of the held-out palettes and seeds, whatever hue is asked for."""

    def colour(self, saturation: Span = (0, 1), value: Span = (0, 1), hues: Span | None = None) -> RGB:
        """Any colour of any palette."""
        return pick(self.rng, pick(self.rng, PALETTES))

    def stuff(
        self, pattern: Pattern = Pattern.NOISE, size: float = 0.5, contrast: float = 0.5, gloss: float = 0.0
    ) -> Material:
        """A material of any palette."""
        colours = pick(self.rng, PALETTES)
        return self.made(pattern, colours, size, contrast=contrast, grain=self.rng.uniform(0, 0.1), gloss=gloss)

    def pane(self) -> Material:
        """A window from outside by day: dark and glossy."""
        colour = linear((0.16, 0.19, 0.21))
        return Material(colours=(colour, colour, colour), gloss=0.35, shininess=90.0)


def kit(rng: np.random.Generator) -> Kit:
    """The maker of materials for a repetitive scene."""
    return Kit(rng, hues=(0.0, 1.0), first_seed=HELD_OUT_SEEDS)


def walk(rng: np.random.Generator, reach: float, free: float, speed: float = 0.8) -> Route:
    x = rng.uniform(-0.5, 0.5, 2) * free
    return Route(np.array([(x[0], 0, 0), (x[1], 0, reach)]), speed, low=1.2, high=1.75, sway=0.12)


def ground(kit_: Kit, look: Material | None = None) -> Body:
    mesh = quads(np.array([[(-40, 0, -5), (-40, 0, 70), (40, 0, 70), (40, 0, -5)]], float))
    return Body(mesh, [look or kit_.stuff(Pattern.SPECKLE, 0.03)], None, Still(), "ground")


def day(rng: np.random.Generator) -> Light:
    level, turn, rise, sun = rng.uniform(0.4, 0.7), rng.uniform(0, 6.28), rng.uniform(0.4, 1.2), rng.uniform(0.8, 2.0)
    aim = (float(np.cos(rise) * np.cos(turn)), -float(np.sin(rise)), float(np.cos(rise) * np.sin(turn)))
    return Light(
        Sun(aim, (sun, sun * 0.95, sun * 0.88)) if rng.random() < 0.75 else None,
        (0.7 * level, 0.85 * level, 1.1 * level), (level, level, level), (0.4 * level,) * 3,
        rng.uniform(0.1, 0.9), 0.0, HELD_OUT_SEEDS + int(rng.integers(1000)),
    )  # fmt: skip


def inside(rng: np.random.Generator, height: float, spots: np.ndarray) -> tuple[Light, tuple[Lamp, ...]]:
    level, strength = rng.uniform(0.2, 0.5), rng.uniform(0.8, 2.0)
    lamps = [
        Lamp((0.0, 0.3 - height, float(z)), (strength, strength, 0.93 * strength), shadows=number == 0)
        for number, z in enumerate(spots[:4])
    ]
    return Light(None, (level,) * 3, (level,) * 3, (0.6 * level,) * 3, 0.5, 1.0, HELD_OUT_SEEDS), tuple(lamps)
