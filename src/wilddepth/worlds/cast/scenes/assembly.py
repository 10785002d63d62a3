"""Putting things together: parts with looks become bodies, bodies become groups, groups find free places.

Groups stand at y = 0 with their front towards -Z; what hangs on a wall has the wall at z = 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, sin
from typing import TypeVar

import numpy as np

from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Motion, Route, Still
from wilddepth.worlds.cast.shapes import joined, turn_about

T = TypeVar("T")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of several, all alike likely."""
    return options[int(rng.integers(len(options)))]


def upright(x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw: float = 0.0) -> Matrix:
    """As `shapes.place` without a pitch, for the hundreds of poses of a scene: several times faster."""
    cosine, sine = cos(yaw), sin(yaw)
    return np.array([[cosine, 0.0, sine, x], [0.0, 1.0, 0.0, y], [-sine, 0.0, cosine, z], [0.0, 0.0, 0.0, 1.0]])


def any_turn(rng: np.random.Generator) -> Matrix:
    """(4 4) a rotation, all alike likely: from a random unit quaternion."""
    quaternion = rng.normal(size=4)
    quaternion /= np.linalg.norm(quaternion)
    return turn_about(quaternion[1:], 2 * float(np.arccos(np.clip(quaternion[0], -1, 1))))


@dataclass
class Parts:
    """Meshes with their looks that make one body."""

    kind: str
    meshes: list[Mesh] = field(default_factory=list)
    looks: list[Material] = field(default_factory=list)

    def add(self, mesh: Mesh, look: Material) -> "Parts":
        """One more part; gives itself back."""
        self.meshes.append(mesh)
        self.looks.append(look)
        return self

    def body(self, motion: Motion) -> Body:
        """All parts as one body."""
        materials = list({id(look): look for look in self.looks}.values())
        number = {id(look): index for index, look in enumerate(materials)}
        counts = [len(mesh.faces) for mesh in self.meshes]
        material_of = np.repeat([number[id(look)] for look in self.looks], counts).astype(np.int32)
        return Body(joined(self.meshes), materials, material_of, motion, self.kind)


@dataclass
class Group:
    """Bodies that stand together: a desk with what lies on it."""

    members: list[tuple[Parts, Matrix]] = field(default_factory=list)
    _points: np.ndarray | None = field(default=None, init=False, repr=False)

    def put(self, thing: "Parts | Group", at: Matrix | None = None) -> "Group":
        """One more thing, at a pose in the coordinates of the group; gives itself back."""
        pose = np.eye(4) if at is None else at
        inner = [(thing, np.eye(4))] if isinstance(thing, Parts) else thing.members
        self._points = None
        self.members += [(parts, pose @ own) for parts, own in inner]
        return self

    def bodies(self, at: Matrix) -> list[Body]:
        """The bodies where the group stands at a pose."""
        return [parts.body(Still(at @ own)) for parts, own in self.members]

    def bounds(self, at: Matrix | None = None) -> np.ndarray:
        """(2 3) least and greatest coordinates, m."""
        if self._points is None:
            apart = [mesh.vertices @ own[:3, :3].T + own[:3, 3] for parts, own in self.members for mesh in parts.meshes]
            self._points = np.concatenate(apart)
        points = self._points if at is None else self._points @ at[:3, :3].T + at[:3, 3]
        return np.stack((points.min(0), points.max(0)))


class Plan:
    """Which parts of a place are taken: boxes, and the way of the camera.

    Attributes:
        low: (3) least coordinates of the place.
        high: (3) greatest coordinates.
        route: where the camera goes.
        clear: m, kept free around the room the camera may use.
    """

    def __init__(self, low: Sequence[float], high: Sequence[float], route: Route, clear: float = 0.3) -> None:
        self.low, self.high = np.asarray(low, float), np.asarray(high, float)
        self.route, self.clear = route, clear
        self._taken = np.empty((0, 2, 3))

    def free(self, box: np.ndarray, gap: float = 0.02) -> bool:
        """Whether a box (2 3) is within the place, off the route and off all that stands."""
        if (box[0] < self.low - 1e-6).any() or (box[1] > self.high + 1e-6).any():
            return False
        apart = (box[0] > self._taken[:, 1] - gap) | (box[1] < self._taken[:, 0] + gap)
        return bool(apart.any(1).all()) and not in_the_way(box, self.route, self.clear)

    def take(self, box: np.ndarray) -> None:
        """Mark a box as taken."""
        self._taken = np.concatenate([self._taken, box[None]])


def in_the_way(box: np.ndarray, route: Route, clear: float) -> bool:
    """Whether a box (2 3) comes nearer than `clear` m to where a camera on the route may be."""
    line = along(route.points, 0.1)
    level = line[:, 1]
    beside = np.maximum(np.maximum(box[0] - line, line - box[1]), 0)[:, [0, 2]]
    near = np.hypot(beside[:, 0], beside[:, 1]) < route.sway + clear
    high_enough = (box[0][1] < level - route.low + clear) & (box[1][1] > level - route.high - clear)
    return bool((near & high_enough).any())


def along(points: np.ndarray, step: float) -> np.ndarray:
    """(m 3) points on a line of corners, at most `step` m apart, corners included."""
    pieces = [points[:1]]
    for start, end in pairwise(points):
        count = max(int(np.ceil(np.linalg.norm(end - start) / step)), 1)
        pieces.append(start + (end - start) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)
