"""Trees, bushes, hedges and grass: templates from fixed seeds, grown once per process and then set out.

A plant stands on y = 0. Leaves are loose triangles around dark cores that keep crowns opaque.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import pi

import numpy as np

from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Still
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import Part, merged, sphere, triangles, tube

TRUNK, CORE, LEAF = range(3)
Plant = tuple[Mesh, np.ndarray]
"""A mesh and the material number of each face: bark, core, leaves."""

SHAPES = 6
"""Templates of each kind."""


def leaf_cloud(rng: np.random.Generator, centres: np.ndarray, normals: np.ndarray, size: float) -> Mesh:
    """A triangle at each of the centres (n 3), leaning any way about its normal (n 3)."""
    count = len(centres)
    lean = normals + rng.normal(0, 0.55, (count, 3))
    across = np.cross(lean, rng.normal(size=(count, 3)))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(lean, across)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    angle = np.array([0.0, 2.2, 4.1])
    scale = size * rng.uniform(0.6, 1.3, (count, 1, 1))
    corner = np.cos(angle)[None, :, None] * across[:, None] + np.sin(angle)[None, :, None] * other[:, None]
    return triangles(centres[:, None] + scale * corner)


def _on_balls(
    rng: np.random.Generator, centres: np.ndarray, radii: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Points and outward normals scattered near the skin of balls; large balls get more."""
    share = radii.min(axis=1) ** 2
    ball = rng.choice(len(centres), count, p=share / share.sum())
    normal = rng.normal(size=(count, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return centres[ball] + normal * radii[ball] * rng.uniform(0.88, 1.12, (count, 1)), normal


def _lumpy(rng: np.random.Generator, centre: np.ndarray, radius: np.ndarray, rings: int, sides: int) -> Mesh:
    ball = sphere(1.0, rings=rings, sides=sides)
    shape = 1 + rng.uniform(-0.16, 0.12, (len(ball.vertices), 1))
    # All corners at a pole are one point, and stay so.
    shape[:sides], shape[-sides:] = shape[0], shape[-1]
    return Mesh(ball.vertices * shape * (radius * 0.9) + centre, ball.faces)


def _limbs(rng: np.random.Generator, height: float, ends: np.ndarray, thick: float, sides: int) -> list[Part]:
    fork = np.array([rng.uniform(-0.1, 0.1), -height, rng.uniform(-0.1, 0.1)])
    foot = np.zeros(3)
    bend = fork * 0.5 + rng.normal(0, 0.04, 3)
    parts: list[Part] = [(tube(np.array([foot, bend, fork]), np.array([1.25, 0.9, 0.75]) * thick, sides), TRUNK)]
    for end in ends:
        middle = (fork + end) / 2 + (0.0, 0.12 * np.linalg.norm(end - fork), 0.0)
        parts.append((tube(np.array([fork, middle, end]), np.array([0.6, 0.4, 0.15]) * thick, 5), TRUNK))
    return parts


@lru_cache(maxsize=64)
def broadleaf(number: int, leaves: int) -> Plant:
    """A tree with a round crown, about 6.5 m high; `leaves` triangles in the crown."""
    rng = np.random.default_rng([11, number])
    height, wide = rng.uniform(2.0, 2.8), rng.uniform(1.5, 2.2)
    count = int(rng.integers(5, 8))
    angle = np.arange(count) * 2 * pi / count + rng.uniform(0, 6)
    out = wide * rng.uniform(0.35, 0.65, count)
    up = -height - rng.uniform(0.6, 2.9, count)
    centres = np.vstack([np.stack([out * np.cos(angle), up, out * np.sin(angle)], 1), [(0, -height - 2.2, 0)]])
    radii = rng.uniform(0.75, 1.25, (count + 1, 1)) * wide * 0.55 * np.array([1.0, 0.85, 1.0])
    points, normals = _on_balls(rng, centres, radii, leaves)
    fine = leaves > 400
    parts = _limbs(rng, height, centres[: 5 if fine else 2], rng.uniform(0.12, 0.2), 7 if fine else 5)
    rings, sides = (5, 8) if fine else (4, 6)
    parts += [(_lumpy(rng, c, r, rings, sides), CORE) for c, r in zip(centres, radii, strict=True)]
    return merged([*parts, (leaf_cloud(rng, points, normals, 5.2 / np.sqrt(leaves)), LEAF)])


@lru_cache(maxsize=64)
def conifer(number: int, leaves: int) -> Plant:
    """A fir, about 9 m high: whorls of hanging boughs."""
    rng = np.random.default_rng([13, number])
    height, wide = rng.uniform(7.5, 10.5), rng.uniform(1.5, 2.3)
    level = np.sqrt(rng.uniform(0.0, 1.0, leaves))  # 0 at the tip, 1 at the lowest bough
    ragged = 0.75 + 0.25 * np.sin(level * 40 + rng.uniform(0, 6))
    angle, out = rng.uniform(0, 2 * pi, leaves), wide * level * ragged * np.sqrt(rng.uniform(0.45, 1.05, leaves))
    y = -height + (height - 1.0) * level + 0.3 * out
    points = np.stack([out * np.cos(angle), y, out * np.sin(angle)], 1)
    normals = np.stack([np.cos(angle), np.full(leaves, -0.9), np.sin(angle)], 1)
    trunk = tube(np.array([[0, 0, 0], [0, -height * 0.97, 0]]), np.array([0.18, 0.02]), 6)
    core = tube(np.array([[0, -1.3, 0], [0, -height * 0.95, 0]]), np.array([wide * 0.62, 0.05]), 9)
    return merged([(trunk, TRUNK), (core, CORE), (leaf_cloud(rng, points, normals, 8.5 / np.sqrt(leaves)), LEAF)])


@lru_cache(maxsize=64)
def palm(number: int, leaves: int) -> Plant:
    """A palm, about 8 m high, with fronds of many blades."""
    rng = np.random.default_rng([17, number])
    height = rng.uniform(5.5, 8.5)
    top = np.array([rng.uniform(-0.6, 0.6), -height, rng.uniform(-0.6, 0.6)])
    share = np.linspace(0, 1, 6)[:, None] ** np.array([1.7, 1.0, 1.7])
    parts: list[Part] = [
        (tube(share * top, np.linspace(0.24, 0.13, 6), 8), TRUNK),
        (sphere(0.3, tuple(top), 4, 7), CORE),
    ]
    blades = max(leaves // 36, 5)
    for angle in np.arange(18) * 2 * pi / 18 + rng.uniform(-0.1, 0.1, 18):
        parts += _frond(rng, top, angle, rng.uniform(1.8, 2.6), rng.uniform(0.1, 0.9), blades)
    return merged(parts)


def _frond(
    rng: np.random.Generator, top: np.ndarray, angle: float, long: float, rise: float, blades: int
) -> list[Part]:
    way, side = np.array([np.cos(angle), 0, np.sin(angle)]), np.array([-np.sin(angle), 0, np.cos(angle)])
    along = np.linspace(0.05, 1, blades + 1)[:, None]
    rib = top + along * long * way - (rise * along * long - 0.75 * long * along**2) * np.array([0, 1.0, 0])
    width = 0.5 * np.sin(pi * np.clip(along[:-1] * 0.85 + 0.15, 0, 1)) * long * 0.35
    sag = np.array([0, 0.18, 0]) * long
    step = rib[1:] - rib[:-1]
    tips = [rib[:-1] + sign * side * width + step * 1.2 + sag * width for sign in (-1, 1)]
    corners = np.concatenate([np.stack([rib[:-1], rib[:-1] + 0.9 * step, tip], 1) for tip in tips])
    return [(triangles(corners), LEAF)]


@lru_cache(maxsize=64)
def bush(number: int, leaves: int) -> Plant:
    """A bush, about 1.1 m high."""
    rng = np.random.default_rng([19, number])
    count = 4
    centres = np.column_stack(
        [rng.uniform(-0.45, 0.45, count), -rng.uniform(0.35, 0.7, count), rng.uniform(-0.4, 0.4, count)]
    )
    radii = rng.uniform(0.34, 0.5, (count, 1)) * np.ones(3)
    points, normals = _on_balls(rng, centres, radii, leaves)
    points[:, 1] = np.minimum(points[:, 1], -0.03)
    cores: list[Part] = [(_lumpy(rng, c, r, 4, 7), CORE) for c, r in zip(centres, radii, strict=True)]
    return merged([*cores, (leaf_cloud(rng, points, normals, 1.5 / np.sqrt(leaves)), LEAF)])


@lru_cache(maxsize=64)
def bare(number: int, leaves: int) -> Plant:
    """A tree without leaves, about 7 m high: branches of three orders, `leaves` / 12 of the last."""
    rng = np.random.default_rng([23, number])
    ends = [(np.array([0.0, -2.4, 0.0]), np.array([0.0, -1.0, 0.0]), 1.5, 0.1)]
    parts: list[Part] = [
        (tube(np.array([[0, 0, 0], [0.05, -1.2, 0], [0, -2.4, 0]]), np.array([0.18, 0.13, 0.1]), 7), TRUNK)
    ]
    for order, forks in enumerate((5, 3, max(leaves // 180, 1))):
        tips = []
        for foot, way, long, thick in ends:
            for _ in range(forks):
                turn = way + rng.normal(0, 0.6, 3)
                turn /= np.linalg.norm(turn)
                tip = foot + turn * long * rng.uniform(0.8, 1.3)
                parts.append((tube(np.array([foot, tip]), np.array([thick, 0.5 * thick]), 5 - order), TRUNK))
                tips.append((tip, turn - np.array([0, 0.25, 0]), long * 0.75, thick * 0.5))
        ends = tips
    return merged(parts)


KINDS = {"broadleaf": broadleaf, "conifer": conifer, "palm": palm, "bush": bush, "bare": bare}


def planted(looks: Looks, name: str, at: Matrix, *, leaves: int, size: float = 1.0, stretch: float = 1.0) -> Body:
    """A plant of one of `KINDS` at a pose, `size` times as large and `stretch` times as high again."""
    mesh, numbers = KINDS[name](int(looks.rng.integers(SHAPES)), leaves)
    leaf = looks("needles" if name == "conifer" else "leaves")
    scale = size * np.array([1.0, stretch, 1.0])
    kind = "bush" if name == "bush" else "tree"
    return Body(Mesh(mesh.vertices * scale, mesh.faces), [looks("bark"), leaf, leaf], numbers, Still(at), kind)


def bedded(plant: Plant, materials: Sequence[Material], at: Matrix, kind: str = "hedge") -> Body:
    """A plant as a body."""
    return Body(plant[0], materials, plant[1], Still(at), kind)


def hedge(rng: np.random.Generator, long: float, height: float, deep: float, leaves: int) -> Plant:
    """A clipped hedge along Z from 0 to `long`, around x = 0."""
    half, count = deep / 2, max(int(long / 0.8), 1) + 1
    z = np.linspace(0, long, count)
    profile = np.array([(-half, 0), (-half, -height), (half, -height), (half, 0)])
    points = np.empty((count, 4, 3))
    points[..., :2], points[..., 2] = profile, z[:, None]
    points[:, 1:3] += rng.uniform(-0.05, 0.05, (count, 2, 3))
    grid = np.arange(count - 1)[:, None] * 4 + np.arange(3)
    a, b, c, d = grid, grid + 1, grid + 5, grid + 4
    ends = [
        (0, 1, 2),
        (0, 2, 3),
        (count * 4 - 4, count * 4 - 2, count * 4 - 3),
        (count * 4 - 4, count * 4 - 1, count * 4 - 2),
    ]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3), ends])
    spot = rng.uniform(0, 1, (leaves, 2))
    around = spot[:, 0] * (2 * height + deep)
    x = np.clip(around - height - half, -half, half)
    y = -np.where(around < height, around, np.where(around > height + deep, 2 * height + deep - around, height))
    normals = np.stack([x / half, np.where(np.abs(x) < half * 0.99, -1.0, 0.0), np.zeros(leaves)], 1)
    cloud = leaf_cloud(rng, np.stack([x, np.minimum(y, -0.05), spot[:, 1] * long], 1), normals, 0.1)
    return merged([(Mesh(points.reshape(-1, 3), faces.astype(np.int32)), CORE), (cloud, LEAF)])


@lru_cache(maxsize=16)
def tuft(number: int, blades: int) -> Mesh:
    """A tuft of grass, about 0.35 m high."""
    rng = np.random.default_rng([29, number])
    angle, foot = rng.uniform(0, 2 * pi, blades), rng.normal(0, 0.07, (blades, 2))
    base = np.stack([foot[:, 0], np.zeros(blades), foot[:, 1]], 1)
    side = 0.012 * np.stack([-np.sin(angle), np.zeros(blades), np.cos(angle)], 1)
    lean, high = rng.uniform(0.05, 0.3, blades), rng.uniform(0.15, 0.4, blades)
    tip = base + np.stack([lean * np.cos(angle), -high, lean * np.sin(angle)], 1)
    return triangles(np.stack([base - side, base + side, tip], 1))


def meadow(looks: Looks, places: np.ndarray, *, blades: int = 9) -> Body:
    """Tufts of grass at places (n 3), each turned and scaled its own way; one body."""
    rng = looks.rng
    mesh = tuft(int(rng.integers(SHAPES)), blades)
    angle, size = rng.uniform(0, 2 * pi, len(places)), rng.uniform(0.6, 1.5, len(places))
    c, s = size * np.cos(angle), size * np.sin(angle)
    x, y, z = mesh.vertices.T
    points = np.stack([np.outer(c, x) + np.outer(s, z), np.outer(size, y), np.outer(c, z) - np.outer(s, x)], -1)
    faces = mesh.faces[None] + (np.arange(len(places), dtype=np.int32) * len(mesh.vertices))[:, None, None]
    return Body(Mesh((points + places[:, None]).reshape(-1, 3), faces.reshape(-1, 3)), [looks("grass")], kind="grass")
