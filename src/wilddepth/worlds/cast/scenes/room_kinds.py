"""Kinds of rooms: what stands in each of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wilddepth.worlds.cast.scenes.assembly import Group, Parts, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.furniture import bed, office_chair, sofa
from wilddepth.worlds.cast.scenes.storage import cupboard, desk, fridge, kitchen, shelf, sideboard
from wilddepth.worlds.cast.scenes.things import floor_lamp, plant, stack, thing
from wilddepth.worlds.cast.shapes import standing_box
from wilddepth.worlds.cast.solids import blocks

Maker = Callable[[Finishes], Group | Parts]


def _tall_shelf(f: Finishes) -> Parts:
    return shelf(f, f.rng.uniform(0.7, 2.2), f.rng.uniform(1.5, 2.15))


def _low_shelf(f: Finishes) -> Parts:
    return shelf(f, f.rng.uniform(0.7, 1.6), f.rng.uniform(0.7, 1.1))


def _wardrobe(f: Finishes) -> Parts:
    return cupboard(f, f.rng.uniform(0.9, 2.0), f.rng.uniform(1.8, 2.15), f.rng.uniform(0.5, 0.62))


def _chest(f: Finishes) -> Group:
    width, height = f.rng.uniform(0.7, 1.2), f.rng.uniform(0.7, 1.0)
    group = Group().put(cupboard(f, width, height, 0.42, rows=int(f.rng.integers(3, 5))))
    return group.put(thing(f, 0.12), upright(f.rng.uniform(-0.2, 0.2), -height)).put(
        stack(f), upright(width * 0.32, -height)
    )


def _television(f: Finishes) -> Group:
    return sideboard(f, screen=True)


def _sideboard(f: Finishes) -> Group:
    return sideboard(f, screen=False)


def _settee(f: Finishes) -> Parts:
    return sofa(f, int(f.rng.integers(2, 4)))


def _armchair(f: Finishes) -> Parts:
    return sofa(f, 1)


def _plant(f: Finishes) -> Parts:
    return plant(f, f.rng.uniform(0.6, 1.7))


def _kitchen(f: Finishes) -> Group:
    return kitchen(f, f.rng.uniform(1.9, 3.2))


def _work(f: Finishes) -> Group:
    return desk(f).put(office_chair(f), upright(f.rng.uniform(-0.2, 0.2), 0, -0.65, f.rng.uniform(1.8, 4.5)))


def _radiator(f: Finishes) -> Parts:
    u = np.arange(-0.5, 0.5, 0.055)
    ribs = np.stack((u, np.full_like(u, -0.4), np.full_like(u, -0.02)), 1)
    return Parts("radiator").add(blocks(ribs, np.array((0.035, 0.55, 0.09))), f.lacquer())


def _cartons(f: Finishes) -> Parts:
    parts, rng = Parts("box"), f.rng
    for x in np.linspace(-0.3, 0.3, 2):
        foot = 0.0
        for _ in range(int(rng.integers(1, 4))):
            high = rng.uniform(0.2, 0.35)
            wide, deep = rng.uniform(0.3, 0.5, 2)
            parts.add(standing_box(wide, high, deep, x=x + rng.uniform(-0.04, 0.04), lift=foot), f.print((0.1, 0.4)))
            foot += high
    return parts


@dataclass(frozen=True)
class Kind:
    """A kind of room.

    Attributes:
        name: for people.
        first: what is placed first, each at a wall that has room for it.
        more: what fills the walls.
        centre: what stands in the middle.
    """

    name: str
    first: Sequence[Maker]
    more: Sequence[Maker]
    centre: str


KINDS = (
    Kind(
        "living room",
        (_settee, _television, _tall_shelf),
        (_armchair, _low_shelf, _plant, floor_lamp, _chest, _sideboard),
        "low",
    ),
    Kind("bedroom", (bed, _wardrobe), (_chest, _low_shelf, _plant, floor_lamp, _armchair, _radiator), "none"),
    Kind("kitchen", (_kitchen, fridge), (_low_shelf, _sideboard, _plant, _radiator, _tall_shelf), "dining"),
    Kind(
        "study",
        (_work, _tall_shelf, _tall_shelf),
        (_tall_shelf, _low_shelf, _plant, floor_lamp, _cartons, _armchair),
        "none",
    ),
    Kind("dining room", (_sideboard, _tall_shelf), (_chest, _plant, floor_lamp, _low_shelf, _radiator), "dining"),
)
