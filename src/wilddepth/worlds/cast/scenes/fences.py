"""Fences, railings, barriers and low walls, drawn along a course."""

import numpy as np

from wilddepth.worlds.cast.scene import Body, Mesh
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import boxes, joined, moved


def pickets(
    start: float, end: float, *, height: float = 1.0, every: float = 0.14, width: float = 0.09, deep: float = 0.025
) -> Mesh:
    """Upright boards with two rails behind them, along Z around x = 0, to be bent."""
    s = np.arange(start, end, every)
    low = np.stack([np.full_like(s, -deep), np.full_like(s, -height), s], 1)
    high = np.stack([np.zeros_like(s), np.full_like(s, -0.08), s + width], 1)
    return joined([_slats(low, high), rails(start, end, (0.3 * height, 0.8 * height), 0.03)])


def _slats(low: np.ndarray, high: np.ndarray) -> Mesh:
    """Boxes without foot and top: 8 faces each."""
    mesh = boxes(low, high)
    keep = np.tile(np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1], bool), len(low))
    return Mesh(mesh.vertices, mesh.faces[keep])


def rails(start: float, end: float, heights: tuple[float, ...], thick: float) -> Mesh:
    """Bars along Z around x = 0, to be bent, in pieces of 2 m."""
    s = np.arange(start, end, 2.0)
    stop = np.minimum(s + 2.0, end)
    low = [np.stack([np.zeros_like(s), np.full_like(s, -h - thick), s], 1) for h in heights]
    high = [np.stack([np.full_like(s, thick), np.full_like(s, -h), stop], 1) for h in heights]
    return _slats(np.concatenate(low), np.concatenate(high))


def railing(start: float, end: float, *, height: float = 1.05, every: float = 0.16) -> Mesh:
    """Thin iron bars between two rails, with posts."""
    bars = pickets(start, end, height=height, every=every, width=0.018, deep=0.018)
    s = np.arange(start, end, 2.4)
    posts = _slats(
        np.stack([np.full_like(s, -0.03), np.full_like(s, -height - 0.1), s], 1),
        np.stack([np.full_like(s, 0.03), np.zeros_like(s), s + 0.06], 1),
    )
    return joined([bars, posts])


def crash_barrier(start: float, end: float) -> Mesh:
    """A steel beam on posts."""
    s = np.arange(start, end, 4.0)
    posts = _slats(
        np.stack([np.full_like(s, 0.03), np.full_like(s, -0.7), s], 1),
        np.stack([np.full_like(s, 0.15), np.full_like(s, 0.3), s + 0.1], 1),
    )
    return joined([rails(start, end, (0.42, 0.52, 0.62), 0.07), posts])


def low_wall(start: float, end: float, height: float, thick: float = 0.3) -> Mesh:
    """A wall along Z around x = 0, to be bent."""
    s = np.arange(start, end, 2.0)
    low = np.stack([np.full_like(s, -thick / 2), np.full_like(s, -height), s], 1)
    return _slats_with_top(
        low, np.stack([np.full_like(s, thick / 2), np.full_like(s, 0.3), np.minimum(s + 2.0, end)], 1)
    )


def _slats_with_top(low: np.ndarray, high: np.ndarray) -> Mesh:
    mesh = boxes(low, high)
    keep = np.tile(np.array([1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1], bool), len(low))
    return Mesh(mesh.vertices, mesh.faces[keep])


def fence(course: Course, looks: Looks, u: float, start: float, end: float, style: str) -> Body:
    """A fence along the course: "picket", "boards", "railing", "wall", "barrier" or "posts"."""
    meshes = {
        "picket": lambda: pickets(start, end),
        "boards": lambda: pickets(start, end, height=1.7, every=0.16, width=0.15),
        "railing": lambda: railing(start, end),
        "wall": lambda: low_wall(start, end, float(looks.rng.uniform(0.6, 1.6))),
        "barrier": lambda: crash_barrier(start, end),
        "posts": lambda: rails_on_posts(start, end),
    }
    stuff = {
        "railing": "metal",
        "barrier": "rim",
        "wall": ("brick", "stone", "plaster")[int(looks.rng.integers(3))],
        "posts": "wood",
    }
    wooden = "wood" if looks.rng.random() < 0.5 else "painted wood"
    mesh = moved(meshes[style](), x=u)
    return Body(course.bent(mesh), [looks(stuff.get(style, wooden))], kind="fence")


def rails_on_posts(start: float, end: float) -> Mesh:
    """A pasture fence: posts and three rails."""
    s = np.arange(start, end, 2.5)
    posts = _slats(
        np.stack([np.full_like(s, -0.1), np.full_like(s, -1.25), s], 1),
        np.stack([np.zeros_like(s), np.full_like(s, 0.3), s + 0.1], 1),
    )
    return joined([rails(start, end, (0.4, 0.75, 1.1), 0.05), posts])
