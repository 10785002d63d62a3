"""Meshes of simple forms, and how they are put together.

Coordinates as in `scene`: X right, Y down, Z forward, metres. What stands on the ground has its foot at y = 0 and grows
towards negative y. Faces run so that the normal (b - a) x (c - a) of a closed form points outwards.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, hypot, sin

import numpy as np

from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Motion, Still

Vector = Sequence[float] | np.ndarray
Part = tuple[Mesh, int]
"""A mesh and the number of its material."""


def box(size: Vector, centre: Vector = (0.0, 0.0, 0.0)) -> Mesh:
    """A box of `size` (x, y, z) around `centre`."""
    half, middle = np.asarray(size, float) / 2, np.asarray(centre, float)
    return boxes((middle - half)[None], (middle + half)[None])


def standing_box(width: float, height: float, depth: float, x: float = 0.0, z: float = 0.0, lift: float = 0.0) -> Mesh:
    """A box whose foot is `lift` above the ground, around (x, z): width along X, depth along Z."""
    return box((width, height, depth), (x, -lift - height / 2, z))


_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
_BOX_FACES = np.array(
    [
        (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5),  # -x, +x
        (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6),  # -y, +y
        (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3),  # -z, +z
    ],
    np.int32,
)  # fmt: skip


def boxes(low: np.ndarray, high: np.ndarray) -> Mesh:
    """Many boxes along the axes at once, between their corners `low` and `high`, both (n 3)."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    return repeated(low[:, None] + _CORNERS * (high - low)[:, None], _BOX_FACES)


def repeated(vertices: np.ndarray, faces: np.ndarray) -> Mesh:
    """Copies of one form with vertices of their own: `vertices` (n v 3), `faces` (f 3) of one copy."""
    copies, count = vertices.shape[:2]
    offsets = np.arange(copies, dtype=np.int32)[:, None, None] * count
    return Mesh(np.ascontiguousarray(vertices.reshape(-1, 3)), (faces[None] + offsets).reshape(-1, 3).astype(np.int32))


def quads(corners: np.ndarray) -> Mesh:
    """Flat four-sided pieces: `corners` (n 4 3), counterclockwise as seen from where the normal points."""
    return repeated(np.asarray(corners, float), np.array([(0, 1, 2), (0, 2, 3)], np.int32))


def triangles(corners: np.ndarray) -> Mesh:
    """Loose triangles: `corners` (n 3 3)."""
    return repeated(np.asarray(corners, float), np.array([(0, 1, 2)], np.int32))


@lru_cache(maxsize=256)
def _grid_faces(rows: int, columns: int, around: bool) -> np.ndarray:
    along = np.arange(columns if around else columns - 1)
    i, j = (index.ravel() for index in np.meshgrid(np.arange(rows - 1), along, indexing="ij"))
    right = (j + 1) % columns
    a, b, c, d = i * columns + j, i * columns + right, (i + 1) * columns + right, (i + 1) * columns + j
    faces = np.stack([np.stack([a, b, c], 1), np.stack([a, c, d], 1)], 1).reshape(-1, 3).astype(np.int32)
    faces.setflags(write=False)
    return faces


def sheet(points: np.ndarray, *, around: bool = False) -> Mesh:
    """A surface through a grid of points (r c 3); the normal is along the columns x along the rows.

    Args:
        points: rows of points.
        around: whether each row is a ring.
    """
    rows, columns = points.shape[:2]
    return Mesh(np.asarray(points, float).reshape(-1, 3), _grid_faces(rows, columns, around))


def height_field(x: np.ndarray, z: np.ndarray, y: np.ndarray) -> Mesh:
    """Ground at the heights `y` (len(z) len(x)), y down, over a grid; its normal points up."""
    grid_x, grid_z = np.meshgrid(x, z)
    return sheet(np.stack([grid_x, y, grid_z], -1))


def lathe(profile: np.ndarray, sides: int = 12) -> Mesh:
    """A body of revolution about the Y axis: bottles, balls, lamps.

    Args:
        profile: (k 2), radius and height above the ground, from the foot up; a radius of 0 at an end closes it there.
        sides: corners of each ring.
    """
    profile = np.asarray(profile, float)
    angle = np.arange(sides) * (2 * np.pi / sides)
    ring = np.stack([np.cos(angle), np.zeros(sides), np.sin(angle)], -1)
    points = profile[:, 0, None, None] * ring
    points[..., 1] = -profile[:, 1, None]
    closed = bool(profile[0, 0] == 0), bool(profile[-1, 0] == 0)
    return Mesh(points.reshape(-1, 3), _lathe_faces(len(profile), sides, *closed))


@lru_cache(maxsize=256)
def _lathe_faces(rows: int, sides: int, foot: bool, top: bool) -> np.ndarray:
    faces = _grid_faces(rows, sides, True).reshape(rows - 1, sides, 2, 3)
    keep = np.ones((rows - 1, sides, 2), bool)
    # Where a ring has shrunk to a point one triangle of each pair has no area.
    keep[0, :, 0] &= not foot
    keep[-1, :, 1] &= not top
    kept = faces[keep]
    kept.setflags(write=False)
    return kept


def cylinder(radius: float, height: float, sides: int = 12, *, top: float | None = None, capped: bool = True) -> Mesh:
    """An upright cylinder, or a truncated cone with another radius at the `top`; its foot is at y = 0."""
    upper = radius if top is None else top
    wall = [(radius, 0.0), (upper, height)]
    return lathe(np.array([(0.0, 0.0), *wall, (0.0, height)] if capped else wall), sides)


def cone(radius: float, height: float, sides: int = 12) -> Mesh:
    """An upright cone with its foot at y = 0."""
    return lathe(np.array([(0.0, 0.0), (radius, 0.0), (0.0, height)]), sides)


def sphere(radius: Vector | float = 1.0, centre: Vector = (0.0, 0.0, 0.0), rings: int = 8, sides: int = 12) -> Mesh:
    """A ball, or an ellipsoid with three radii, around `centre`; `rings` bands from pole to pole."""
    unit = _unit_sphere(rings, sides)
    return Mesh(unit.vertices * np.asarray(radius, float) + np.asarray(centre, float), unit.faces)


@lru_cache(maxsize=32)
def _unit_sphere(rings: int, sides: int) -> Mesh:
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    radius = np.cos(angle)
    radius[[0, -1]] = 0.0
    return lathe(np.stack([radius, np.sin(angle)], -1), sides)


def tube(points: np.ndarray, radius: float | np.ndarray, sides: int = 6) -> Mesh:
    """A pipe along a line (n 3), one radius or one at each point: wires, branches. Its ends are open."""
    points = np.asarray(points, float)
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    reference = np.eye(3)[np.abs(along).max(axis=0).argmin()]
    across = np.cross(along, reference)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(along, across)
    angle = np.arange(sides) * (2 * np.pi / sides)
    ring = np.cos(angle)[None, :, None] * across[:, None] + np.sin(angle)[None, :, None] * other[:, None]
    thick = np.broadcast_to(np.asarray(radius, float), (len(points),))[:, None, None]
    return sheet(points[:, None] + thick * ring, around=True)


def extrusion(outline: np.ndarray, depth: float) -> Mesh:
    """A simple polygon (n 2) in X and Y, drawn out along Z from -depth / 2 to depth / 2. It need not be convex."""
    outline = np.asarray(outline, float)
    if _area(outline) < 0:
        outline = outline[::-1]
    count, lid = len(outline), polygon_faces(outline)
    front = np.column_stack([outline, np.full(count, -depth / 2)])
    back = np.column_stack([outline, np.full(count, depth / 2)])
    ring = np.arange(count, dtype=np.int32)
    onward = np.roll(ring, -1)
    wall = np.concatenate(
        [np.stack([ring, onward, onward + count], 1), np.stack([ring, onward + count, ring + count], 1)]
    )
    faces = np.concatenate([wall, lid[:, ::-1], lid + count]).astype(np.int32)
    return Mesh(np.concatenate([front, back]), faces)


def _area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def polygon_faces(outline: np.ndarray) -> np.ndarray:
    """Triangles (n - 2, 3) of a simple polygon (n 2), by cutting ears; they turn as the polygon does.

    Raises:
        ValueError: when the outline crosses itself.
    """
    turn = 1.0 if _area(outline) > 0 else -1.0
    left, found = list(range(len(outline))), []
    while len(left) > 3:
        ear = next((k for k in range(len(left)) if _is_ear(outline, left, k, turn)), None)
        if ear is None:
            raise ValueError("the outline crosses itself; give the corners of a simple polygon in order")
        found.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    return np.array([*found, tuple(left)], np.int32)


def _is_ear(outline: np.ndarray, left: list[int], k: int, turn: float) -> bool:
    corner = [left[k - 1], left[k], left[(k + 1) % len(left)]]
    a, b, c = outline[corner]
    if turn * _cross(b - a, c - b) <= 0:
        return False
    others = outline[[index for index in left if index not in corner]]
    sides = [turn * _cross(q - p, others - p) for p, q in ((a, b), (b, c), (c, a))]
    return not bool(np.any((sides[0] >= 0) & (sides[1] >= 0) & (sides[2] >= 0)))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def place(x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw: float = 0.0, pitch: float = 0.0) -> Matrix:
    """The pose of something at (x, y, z); angles in radians.

    Args:
        x: m.
        y: m, down.
        z: m.
        yaw: turns Z towards X, to the right.
        pitch: turns Z upwards, before the yaw.
    """
    c, s, d, t = cos(yaw), sin(yaw), cos(pitch), sin(pitch)
    return np.array([[c, s * t, s * d, x], [0.0, d, -t, y], [-s, c * t, c * d, z], [0.0, 0.0, 0.0, 1.0]])


def turn_about(axis: Vector, angle: float) -> Matrix:
    """The rotation by an angle (radians, right hand) about an axis through the origin (Rodrigues)."""
    length = hypot(*axis)
    x, y, z = (float(value) / length for value in axis)
    c, s = cos(angle), sin(angle)
    a, b, d = (1 - c) * x, (1 - c) * y, (1 - c) * z
    return np.array(
        [
            [c + a * x, a * y - s * z, a * z + s * y, 0.0],
            [a * y + s * z, c + b * y, b * z - s * x, 0.0],
            [a * z - s * y, b * z + s * x, c + d * z, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def transformed(mesh: Mesh, matrix: Matrix) -> Mesh:
    """The mesh, moved."""
    return Mesh(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3], mesh.faces)


def moved(mesh: Mesh, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
    """The mesh, shifted."""
    return Mesh(mesh.vertices + np.array([x, y, z]), mesh.faces)


def scaled(mesh: Mesh, factor: Vector | float) -> Mesh:
    """The mesh, larger by one factor or by three positive ones."""
    return Mesh(mesh.vertices * np.asarray(factor, float), mesh.faces)


def instances(mesh: Mesh, matrices: np.ndarray) -> Mesh:
    """Copies of a mesh at the poses (n 4 4), which may scale, in one mesh; face i of copy k is at k * f + i."""
    points = np.einsum("nij,vj->nvi", matrices[:, :3, :3], mesh.vertices) + matrices[:, None, :3, 3]
    return repeated(points, mesh.faces)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + np.int32(start) for mesh, start in zip(meshes, starts[:-1], strict=True)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces).astype(np.int32))


def merged(parts: Sequence[Part]) -> tuple[Mesh, np.ndarray]:
    """Several meshes as one, and the material number (f) of each of its faces."""
    numbers = np.repeat(np.array([number for _, number in parts], np.int32), [len(mesh.faces) for mesh, _ in parts])
    return joined([mesh for mesh, _ in parts]), numbers


def assembled(
    parts: Sequence[Part],
    materials: Sequence[Material],
    *,
    motion: Motion | None = None,
    kind: str = "thing",
    foreground: bool = False,
) -> Body:
    """One body of several meshes, each with the number of its material."""
    mesh, numbers = merged(parts)
    return Body(mesh, materials, numbers, motion if motion is not None else Still(), kind, foreground)
