"""Meshes of what rooms and flying things need beyond `shapes`: turned blocks, bars, rings, cages, lumps, cushions.

Coordinates as there: Y down, metres; these forms lie around the origin, faces outwards.
"""

from functools import lru_cache

import numpy as np

from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.shapes import Vector, box, lathe, repeated, sheet

_BOX = box((1.0, 1.0, 1.0))


def blocks(centres: Vector, sizes: Vector, turns: np.ndarray | None = None) -> Mesh:
    """Many boxes as one mesh, turned or not.

    Args:
        centres: (n 3), m; one triple for one box.
        sizes: (n 3), full extents, m; one triple for boxes that are alike.
        turns: (n 3 3) rotations about their centres.
    """
    centre, size = np.atleast_2d(np.asarray(centres, float)), np.atleast_2d(np.asarray(sizes, float))
    corners = _BOX.vertices * np.broadcast_to(size, centre.shape)[:, None]
    if turns is not None:
        corners = corners @ np.swapaxes(turns, 1, 2)
    return repeated(corners + centre[:, None], _BOX.faces)


def rods(
    starts: Vector,
    ends: Vector,
    radius: float | np.ndarray,
    *,
    end_radius: float | np.ndarray | None = None,
    sides: int = 6,
) -> Mesh:
    """Straight round bars with closed ends: legs, wires, poles.

    Args:
        starts: (n 3), m.
        ends: (n 3), m.
        radius: m, of all or of each (n).
        end_radius: m; None = as `radius`.
        sides: corners of the section.
    """
    start, end = np.atleast_2d(np.asarray(starts, float)), np.atleast_2d(np.asarray(ends, float))
    count = len(start)
    axis = end - start
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    across = np.cross(axis, np.where(np.abs(axis[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    angle = np.arange(sides) * (2 * np.pi / sides)
    ring = across[:, None] * np.cos(angle)[:, None] + np.cross(axis, across)[:, None] * np.sin(angle)[:, None]
    first = np.broadcast_to(np.asarray(radius, float), (count,))[:, None, None]
    last = first if end_radius is None else np.broadcast_to(np.asarray(end_radius, float), (count,))[:, None, None]
    vertices = np.concatenate((start[:, None] + first * ring, end[:, None] + last * ring), axis=1)
    return repeated(vertices, _rod_faces(sides))


@lru_cache(maxsize=32)
def _rod_faces(sides: int) -> np.ndarray:
    this, after = np.arange(sides), (np.arange(sides) + 1) % sides
    wall = np.concatenate([np.stack((this, after, after + sides), 1), np.stack((this, after + sides, this + sides), 1)])
    fan = np.arange(1, sides - 1)
    foot = np.stack((np.zeros_like(fan), fan, fan + 1), 1)
    return np.concatenate([wall, foot[:, ::-1], foot + sides])


def torus(radius: float, thickness: float, *, sides: int = 20, ring: int = 10) -> Mesh:
    """A ring about the Y axis.

    Args:
        radius: m, of the centre line.
        thickness: m, radius of the section.
        sides: faces around the axis.
        ring: faces around the section.
    """
    angle = np.arange(ring + 1) * (2 * np.pi / ring)
    return lathe(np.stack((radius + thickness * np.cos(angle), thickness * np.sin(angle)), 1), sides=sides)


def cord(path: np.ndarray, radius: float | np.ndarray, *, sides: int = 6) -> Mesh:
    """A bent round bar with closed ends: cables, handles, taps.

    Args:
        path: (n 3), m, n >= 2; neighbours differ.
        radius: m, of all or of each point (n).
        sides: corners of the section.
    """
    line = np.asarray(path, float)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along[0], (0.0, 1.0, 0.0) if abs(along[0][1]) < 0.9 else (1.0, 0.0, 0.0))
    frames = np.empty_like(line)
    for number, direction in enumerate(along):  # carried along the line, so that the section does not twist
        across = across - direction * (direction @ across)
        across = across / np.sqrt(across @ across)
        frames[number] = across
    angle = np.arange(sides) * (2 * np.pi / sides)
    second = np.cross(along, frames)
    ring = frames[:, None] * np.cos(angle)[:, None] + second[:, None] * np.sin(angle)[:, None]
    mesh = sheet(line[:, None] + np.broadcast_to(radius, len(line))[:, None, None] * ring, around=True)
    fan = np.arange(1, sides - 1)
    foot = np.stack((np.zeros_like(fan), fan, fan + 1), 1)
    caps = np.concatenate([foot[:, ::-1], foot + (len(line) - 1) * sides])
    return Mesh(mesh.vertices, np.concatenate([mesh.faces, caps]).astype(np.int32))


def prism(outline: np.ndarray, thickness: float) -> Mesh:
    """A flat shape with a thickness, seen from the front (-Z): stars, gears, letters without holes.

    Args:
        outline: (n 2) x and y, m, around the origin, which sees all of it.
        thickness: m, along Z.
    """
    count = len(outline)
    rings = np.zeros((4, count, 3))
    rings[1:3, :, :2] = outline
    rings[:2, :, 2], rings[2:, :, 2] = -thickness / 2, thickness / 2
    mesh = sheet(rings, around=True)
    band = mesh.faces.reshape(3, count, 2, 3)
    # The first and the last ring are points: one triangle of each pair is enough.
    return Mesh(mesh.vertices, np.concatenate([band[0, :, 1], band[1].reshape(-1, 3), band[2, :, 0]]))


def star(points: int, outer: float, inner: float) -> np.ndarray:
    """(2 points, 2): an outline for `prism`."""
    angle = np.arange(2 * points) * (np.pi / points)
    radius = np.where(np.arange(2 * points) % 2, inner, outer)
    return np.stack((radius * np.sin(angle), -radius * np.cos(angle)), 1)


def rounded_box(size: tuple[float, float, float], radius: float, *, rings: int = 4) -> Mesh:
    """A box about the origin whose edges are round; soft furniture.

    Args:
        size: full extents, m.
        radius: m, at most half of the least extent.
        rings: of the rounding, even.
    """
    unit = _rounding(rings)
    half = np.asarray(size, float) / 2
    reach = min(radius, float(half.min()))
    points = unit * reach + np.sign(unit) * (half - reach)
    columns = points.shape[1]
    mesh = sheet(points, around=True)
    fan = np.arange(1, columns - 1)
    lid = np.stack((np.zeros_like(fan), fan, fan + 1), 1)
    caps = np.concatenate([lid[:, ::-1], lid + (len(points) - 1) * columns])
    return Mesh(mesh.vertices, np.concatenate([mesh.faces, caps]).astype(np.int32))


@lru_cache(maxsize=8)
def _rounding(rings: int) -> np.ndarray:
    """(rings, 4 rings / 2, 3) points of a sphere, none on a plane between its eight parts."""
    height = np.linspace(np.pi / 2, -np.pi / 2, rings + 2)[1:-1]
    corner = np.linspace(0.06, np.pi / 2 - 0.06, max(rings // 2, 2))
    angle = (np.arange(4)[:, None] * (np.pi / 2) + corner).reshape(-1)
    flat = np.cos(height)[:, None]
    return np.stack((flat * np.cos(angle), np.repeat(np.sin(height)[:, None], len(angle), 1), flat * np.sin(angle)), -1)


@lru_cache(maxsize=4)
def icosphere(steps: int) -> Mesh:
    """A sphere of radius 1 of 20 * 4^steps triangles of nearly one size."""
    golden = (1 + 5**0.5) / 2
    corners = [(s, t * golden, 0.0) for s in (-1, 1) for t in (-1, 1)]
    points = np.array([corner[k:] + corner[:k] for k in range(3) for corner in corners])
    distance = np.linalg.norm(points[:, None] - points, axis=-1)
    near = distance < 2.1
    faces = np.array(
        [(a, b, c) for a in range(12) for b in range(a) for c in range(b) if near[a, b] and near[b, c] and near[a, c]]
    )
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    inwards = np.linalg.det(points[faces]) < 0
    faces[inwards] = faces[inwards][:, ::-1]
    for _ in range(steps):
        points, faces = _quartered(points, faces)
    return Mesh(points, faces.astype(np.int32))


def _quartered(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = points[unique].mean(1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    ab, bc, ca = (len(points) + inverse.reshape(-1, 3)).T
    a, b, c = faces.T
    four = [np.stack(corners, 1) for corners in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))]
    return np.concatenate([points, middle]), np.concatenate(four)


def blob(rng: np.random.Generator, radius: float, *, roughness: float = 0.35, steps: int = 2) -> Mesh:
    """A lump like no other: a ball pushed in and out by a few random waves; within about 1.6 radii."""
    base = icosphere(steps)
    waves = rng.normal(size=(5, 3)) * 1.8
    lift = np.cos(base.vertices @ waves.T + rng.uniform(0, 2 * np.pi, 5)) @ rng.uniform(0, 1, 5)
    return Mesh(base.vertices * (radius * (1 + roughness * lift / 2.5))[:, None], base.faces)


def edges_of(mesh: Mesh) -> np.ndarray:
    """(e 2) vertex numbers of all edges, each once."""
    return np.unique(np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)


def wireframe(mesh: Mesh, radius: float, *, sides: int = 5) -> Mesh:
    """The edges of a mesh as bars."""
    edges = edges_of(mesh)
    return rods(mesh.vertices[edges[:, 0]], mesh.vertices[edges[:, 1]], radius, sides=sides)


def cage(size: tuple[float, float, float], radius: float) -> Mesh:
    """The twelve edges of a box about the origin, as bars."""
    corners = _BOX.vertices * np.asarray(size, float)
    pairs = np.array([(a, a | bit) for bit in (1, 2, 4) for a in range(8) if not a & bit])
    return rods(corners[pairs[:, 0]], corners[pairs[:, 1]], radius, sides=6)
