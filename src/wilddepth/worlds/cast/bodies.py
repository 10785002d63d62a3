"""The bodies of a scene as arrays, at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import kernel
from wilddepth.worlds.cast.looks import looks_of
from wilddepth.worlds.cast.scene import Body, Matrix, Mesh
from wilddepth.worlds.cast.trace import Rays, Triangles, rays, solid

KEPT = 2
"""Times whose solids are kept: of a frame and of the one that its flow leads to."""


@dataclass(frozen=True)
class Moment:
    """All bodies at one time.

    Attributes:
        bodies: (b 12) float64: rotation (row by row) and shift that take world coordinates to those of each body.
        rays: through everything.
    """

    bodies: np.ndarray
    rays: Rays


class Bodies:
    """What a scene consists of; faces are numbered through, first those of what stands still.

    Attributes:
        planes: (f 4) float64: unit normal and distance from the origin of each face, in the coordinates of its body.
        body_of: (f) int32.
        look_of: (f) int32.
        looks: (m COLUMNS) float64, see `looks`.
        moving: (b + 1) bool, False for the last, which is the sky.
        foreground: (b + 1) bool.

    Raises:
        ConfigError: without the package embreex.
        ValueError: for a body that names vertices or materials that it does not have.
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        for number, body in enumerate(bodies):
            _check(body, number)
        self._all = tuple(bodies)
        order = sorted(range(len(bodies)), key=lambda number: bodies[number].moving)
        parts = [(bodies[k].mesh.vertices, bodies[k].mesh.faces) for k in order]
        counts = [len(faces) for _, faces in parts]
        self.planes = np.empty((sum(counts), 4))
        planes_of(*_one(parts), self.planes)
        self.body_of = np.repeat(np.array(order, np.int32), counts)
        begin = np.cumsum([0, *(len(body.materials) for body in bodies)]).astype(np.int32)
        used = [bodies[k].material_of for k in order]
        chosen = [np.zeros(n, np.int32) if u is None else u for u, n in zip(used, counts, strict=True)]
        self.look_of = (np.concatenate([np.zeros(0, np.int32), *chosen]) + begin[self.body_of]).astype(np.int32)
        self.looks = looks_of([material for body in bodies for material in body.materials])
        self.moving = np.array([*(body.moving for body in bodies), False])
        self.foreground = np.array([*(body.foreground for body in bodies), False])
        still = [(b.mesh, b.motion.pose(0.0)) for b in bodies if not b.moving]
        self._still_faces = sum(len(mesh.faces) for mesh, _ in still)
        self._solids = [solid(_placed(still), 0)] if still else []
        self._moments: dict[float, Moment] = {}

    def still(self) -> Moment:
        """What does not move, alone."""
        rows = [_row(np.eye(4) if body.moving else body.motion.pose(0.0)) for body in self._all]
        return Moment(np.array(rows).reshape(-1, 12), rays(self._solids, [0] * len(self._solids)))

    def at(self, time: float) -> Moment:
        """All bodies at a time, s."""
        if time not in self._moments:
            while len(self._moments) >= KEPT:
                self._moments.pop(next(iter(self._moments)))
            self._moments[time] = self._moment(time)
        return self._moments[time]

    def _moment(self, time: float) -> Moment:
        poses = [body.motion.pose(time) for body in self._all]
        moved = [(body.mesh, pose) for body, pose in zip(self._all, poses, strict=True) if body.moving]
        solids, first = list[Any](self._solids), [0] * len(self._solids)
        if moved:
            solids.append(solid(_placed(moved), len(solids)))
            first.append(self._still_faces)
        return Moment(np.array([_row(pose) for pose in poses]).reshape(-1, 12), rays(solids, first))


def _check(body: Body, number: int) -> None:
    """Refuse what compiled code would read beyond the end of."""
    mesh, used = body.mesh, body.material_of
    if not np.isfinite(mesh.vertices).all():
        raise ValueError(f"vertices of body {number} ({body.kind}) are not finite")
    if len(mesh.faces) and not 0 <= mesh.faces.min() <= mesh.faces.max() < len(mesh.vertices):
        raise ValueError(f"faces of body {number} ({body.kind}) name vertices beyond its {len(mesh.vertices)}")
    most = 0 if used is None or not len(used) else int(used.max())
    least = 0 if used is None or not len(used) else int(used.min())
    if not 0 <= least <= most < len(body.materials) or (used is not None and len(used) != len(mesh.faces)):
        raise ValueError(
            f"body {number} ({body.kind}) needs a material from 0 to {len(body.materials) - 1} for each of its "
            f"{len(mesh.faces)} faces"
        )


def _row(pose: Matrix) -> list[float]:
    """The inverse of a rigid pose: rotation, row by row, and shift."""
    (a, b, c, x), (d, e, f, y), (g, h, i, z) = pose[:3].tolist()
    shift = -(a * x + d * y + g * z), -(b * x + e * y + h * z), -(c * x + f * y + i * z)
    return [a, d, g, b, e, h, c, f, i, *shift]


def _one(parts: Sequence[Triangles]) -> Triangles:
    """Several meshes as one."""
    begin = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    faces = [rows + first for (_, rows), first in zip(parts, begin, strict=False)]
    vertices = [np.zeros((0, 3)), *(vertices for vertices, _ in parts)]
    return np.concatenate(vertices), np.concatenate([np.zeros((0, 3), np.int64), *faces])


def _placed(parts: Sequence[tuple[Mesh, Matrix]]) -> Triangles:
    """Meshes in their poses, as one in world coordinates."""
    return _one([(mesh.vertices @ pose[:3, :3].T + pose[:3, 3], mesh.faces) for mesh, pose in parts])


@kernel
@no_type_check
def planes_of(vertices, faces, planes):
    """Unit normal and distance from the origin (f 4) of each face; a face without an area, never hit, gets zeros."""
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        length = np.sqrt(nx * nx + ny * ny + nz * nz)
        scale = 1.0 / length if length > 0.0 else 0.0
        nx, ny, nz = nx * scale, ny * scale, nz * scale
        planes[f, 0], planes[f, 1], planes[f, 2] = nx, ny, nz
        planes[f, 3] = nx * vertices[a, 0] + ny * vertices[a, 1] + nz * vertices[a, 2]
