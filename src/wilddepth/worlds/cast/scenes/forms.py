"""Solid forms of many kinds, each within a ball of radius 1 about the origin."""

from collections.abc import Callable

import numpy as np

from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.scenes.assembly import pick
from wilddepth.worlds.cast.shapes import box, cone, cylinder, joined, lathe, moved, sphere
from wilddepth.worlds.cast.solids import (
    blob,
    blocks,
    cage,
    cord,
    icosphere,
    prism,
    rods,
    rounded_box,
    star,
    torus,
    wireframe,
)

Rng = np.random.Generator


def _box(rng: Rng) -> Mesh:
    return box(rng.uniform(0.3, 1.0, 3))


def _cylinder(rng: Rng) -> Mesh:
    return cylinder(rng.uniform(0.15, 1.0), rng.uniform(0.3, 2.0), 24, top=rng.uniform(0.1, 1.0))


def _ball(rng: Rng) -> Mesh:
    return sphere(rng.uniform(0.6, 1.0, 3) if rng.random() < 0.4 else 1.0, rings=14, sides=22)


def _cone(rng: Rng) -> Mesh:
    return cone(rng.uniform(0.3, 0.9), rng.uniform(0.8, 2.0), int(pick(rng, (4, 6, 20))))


def _torus(rng: Rng) -> Mesh:
    return torus(1.0, rng.uniform(0.08, 0.45), sides=26)


def _star(rng: Rng) -> Mesh:
    return prism(star(int(rng.integers(3, 11)), 1.0, rng.uniform(0.3, 0.8)), rng.uniform(0.05, 0.6))


def _bent(rng: Rng) -> Mesh:
    """A bent tube: a random smooth curve."""
    share = np.linspace(0, 1, 28)[:, None]
    waves = rng.normal(size=(3, 3)) / (1, 1, 1)
    line = sum(wave * np.sin((k + 1) * np.pi * share + rng.uniform(0, 6)) / (k + 1) for k, wave in enumerate(waves))
    return cord(np.asarray(line) + share * rng.normal(size=3), rng.uniform(0.03, 0.2), sides=8)


def _knot(rng: Rng) -> Mesh:
    """A trefoil or a coil."""
    turn = np.linspace(0, 2 * np.pi, 56)
    if rng.random() < 0.5:
        line = (np.sin(turn) + 2 * np.sin(2 * turn), np.cos(turn) - 2 * np.cos(2 * turn), -np.sin(3 * turn))
    else:
        line = (np.cos(3 * turn), 0.5 * turn - 1.5, np.sin(3 * turn))
    return cord(np.stack(line, 1), rng.uniform(0.1, 0.4), sides=7)


def _wires(rng: Rng) -> Mesh:
    if rng.random() < 0.4:
        return cage((1.0, rng.uniform(0.4, 1), rng.uniform(0.4, 1)), rng.uniform(0.015, 0.07))
    return wireframe(icosphere(int(rng.integers(2))), rng.uniform(0.015, 0.06))


def _plate(rng: Rng) -> Mesh:
    return box((rng.uniform(0.5, 1), rng.uniform(0.5, 1), 0.02))


def _lump(rng: Rng) -> Mesh:
    return blob(rng, 1.0, roughness=rng.uniform(0.2, 0.7), steps=int(rng.integers(1, 4)))


def _soft(rng: Rng) -> Mesh:
    x, y, z = rng.uniform(0.4, 1.0, 3)
    return rounded_box((x, y, z), rng.uniform(0.05, 0.3))


def _turned(rng: Rng) -> Mesh:
    """Something from a lathe."""
    height = np.linspace(0, 2, 12)
    radius = np.clip(
        0.5 + 0.2 * np.cos(np.outer(rng.uniform(1, 5, 3), height) + rng.uniform(0, 6, (3, 1))).sum(0), 0.08, 1
    )
    return lathe(np.stack((np.r_[0, radius, 0], np.r_[0, height, 2]), 1), 20)


def _jack(rng: Rng) -> Mesh:
    """Bars in all directions from one point."""
    ends = rng.normal(size=(int(rng.integers(4, 14)), 3))
    ends /= np.linalg.norm(ends, axis=1, keepdims=True)
    return joined(
        [rods(np.zeros_like(ends), ends, rng.uniform(0.02, 0.09)), sphere(rng.uniform(0.1, 0.4), rings=6, sides=10)]
    )


def _lattice(rng: Rng) -> Mesh:
    """A grid of bars, a ladder, a fence."""
    rows, columns = (int(n) for n in rng.integers(2, 7, 2))
    x, y, thick = np.linspace(-1, 1, columns), np.linspace(-1, 1, rows), rng.uniform(0.02, 0.07)
    upright = blocks(np.stack((x, 0 * x, 0 * x), 1), (thick, 2.0, thick))
    return joined([upright, blocks(np.stack((0 * y, y, 0 * y + thick), 1), (2.0, thick, thick))])


def _stair(rng: Rng) -> Mesh:
    """Boxes joined at random: letters, steps, chairs of a dream."""
    count = int(rng.integers(3, 8))
    return blocks(rng.uniform(-0.7, 0.7, (count, 3)), rng.uniform(0.15, 0.9, (count, 3)))


def _pile(rng: Rng) -> Mesh:
    """Balls in a row that shrink: a snowman, a caterpillar."""
    radii = np.sort(rng.uniform(0.2, 0.6, int(rng.integers(3, 6))))[::-1]
    places = np.cumsum(radii) * 1.5
    return joined(
        [moved(sphere(radius, rings=8, sides=14), y=-place) for radius, place in zip(radii, places, strict=True)]
    )


FORMS: tuple[Callable[[Rng], Mesh], ...] = (
    _box, _box, _cylinder, _ball, _cone, _torus, _star, _bent, _bent, _knot, _wires, _plate, _lump, _lump, _soft,
    _turned, _jack, _lattice, _stair, _pile,
)  # fmt: skip


def form(rng: Rng) -> Mesh:
    """Any form, centred, its farthest point at 1."""
    return within(pick(rng, FORMS)(rng), 1.0)


def within(mesh: Mesh, radius: float) -> Mesh:
    """A mesh moved and scaled so that the ball about the origin is the least that has its box's centre."""
    centred = mesh.vertices - (mesh.vertices.min(0) + mesh.vertices.max(0)) / 2
    return Mesh(centred * (radius / np.sqrt((centred**2).sum(1).max())), mesh.faces)
