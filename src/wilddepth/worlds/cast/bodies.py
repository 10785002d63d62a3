"""The bodies of a scene as arrays, at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wilddepth.worlds.cast.looks import looks_of
from wilddepth.worlds.cast.scene import Body, Matrix
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
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        self._all = tuple(bodies)
        order = sorted(range(len(bodies)), key=lambda number: bodies[number].moving)
        faces = [_faces(bodies[number], number) for number in order]
        nothing = np.zeros((0, 4)), np.zeros(0, np.int32), np.zeros(0, np.int32)
        self.planes, self.body_of, used = (np.concatenate(part) for part in zip(nothing, *faces, strict=True))
        begin = np.cumsum([0, *(len(body.materials) for body in bodies)]).astype(np.int32)
        self.look_of = used + begin[self.body_of]
        self.looks = looks_of([material for body in bodies for material in body.materials])
        self.moving = np.array([*(body.moving for body in bodies), False])
        self.foreground = np.array([*(body.foreground for body in bodies), False])
        still = _triangles([(b.mesh.vertices, b.mesh.faces, b.motion.pose(0.0)) for b in bodies if not b.moving])
        self._solids = [solid(still, 0)] if len(still[1]) else []
        self._first = [0] * len(self._solids)
        self._still_faces = len(still[1])
        self._moments: dict[float, Moment] = {}

    def at(self, time: float) -> Moment:
        """All bodies at a time, s."""
        if time not in self._moments:
            while len(self._moments) >= KEPT:
                self._moments.pop(next(iter(self._moments)))
            self._moments[time] = self._moment(time)
        return self._moments[time]

    def _moment(self, time: float) -> Moment:
        poses = [body.motion.pose(time) for body in self._all]
        moved = [(b.mesh.vertices, b.mesh.faces, pose) for b, pose in zip(self._all, poses, strict=True) if b.moving]
        solids, first = list[Any](self._solids), list(self._first)
        if moved:
            solids.append(solid(_triangles(moved), len(solids)))
            first.append(self._still_faces)
        rows = [[*pose[:3, :3].T.ravel(), *(-pose[:3, :3].T @ pose[:3, 3])] for pose in poses]
        return Moment(np.array(rows, dtype=np.float64).reshape(-1, 12), rays(solids, first))


def _faces(body: Body, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Planes, body and own look of the faces of a body."""
    a, b, c = (np.asarray(body.mesh.vertices, np.float64)[body.mesh.faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    # A face without an area is never hit; it only must not divide by 0.
    normal /= np.maximum(np.sqrt(np.einsum("fk,fk->f", normal, normal)), 1e-300)[:, None]
    planes = np.concatenate([normal, np.einsum("fk,fk->f", normal, a)[:, None]], axis=1)
    count = len(planes)
    used = np.zeros(count, np.int32) if body.material_of is None else body.material_of.astype(np.int32)
    return planes, np.full(count, number, np.int32), used


def _triangles(parts: Sequence[tuple[np.ndarray, np.ndarray, Matrix]]) -> Triangles:
    """Vertices, faces and poses as one mesh in world coordinates."""
    begin = np.cumsum([0, *(len(vertices) for vertices, _, _ in parts)])
    vertices = [points @ pose[:3, :3].T + pose[:3, 3] for points, _, pose in parts]
    faces = [rows + first for (_, rows, _), first in zip(parts, begin, strict=False)]
    return np.concatenate([np.zeros((0, 3)), *vertices]), np.concatenate([np.zeros((0, 3), np.int64), *faces])
