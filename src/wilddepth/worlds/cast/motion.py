"""How bodies move: each motion gives the exact pose at any time, so that flow and object motion are exact too."""

from dataclasses import dataclass, field
from math import pi, sin

import numpy as np

from wilddepth.worlds.cast.scene import Matrix, Motion, Still
from wilddepth.worlds.cast.shapes import place, turn_about

Axis = tuple[float, float, float]


@dataclass(frozen=True)
class Glide:
    """Straight on at constant speed, turning about an axis of its own at a constant rate.

    Attributes:
        start: pose at time 0.
        velocity: m/s, world coordinates.
        axis: of the spin, coordinates of the body.
        spin: rad/s.
    """

    start: Matrix = field(default_factory=lambda: np.eye(4))
    velocity: Axis = (0.0, 0.0, 0.0)
    axis: Axis = (0.0, 1.0, 0.0)
    spin: float = 0.0

    def pose(self, time: float) -> Matrix:
        """Body to world at a time, s."""
        matrix: Matrix = self.start @ turn_about(self.axis, self.spin * time)
        matrix[:3, 3] += np.multiply(self.velocity, time)
        return matrix


@dataclass(frozen=True)
class Swing:
    """To and fro about a hinge on another body: arms, legs, doors, pendulums, branches.

    Attributes:
        parent: the motion of what the hinge sits on.
        pivot: m, the hinge in the coordinates of the parent; also the origin of this body.
        axis: of the hinge, coordinates of the parent.
        amplitude: radians to each side of `rest`.
        period: s.
        phase: share of a period by which it runs ahead.
        rest: radians, the middle of the swing.
    """

    parent: Motion = field(default_factory=Still)
    pivot: Axis = (0.0, 0.0, 0.0)
    axis: Axis = (1.0, 0.0, 0.0)
    amplitude: float = 0.5
    period: float = 1.0
    phase: float = 0.0
    rest: float = 0.0

    def pose(self, time: float) -> Matrix:
        """Body to world at a time, s."""
        angle = self.rest + self.amplitude * sin(2 * pi * (time / self.period + self.phase))
        hinge = turn_about(self.axis, angle)
        hinge[:3, 3] = self.pivot
        return np.asarray(self.parent.pose(time) @ hinge)


@dataclass(frozen=True)
class Spin:
    """Round and round an axis on another body: wheels, fans, globes. Attributes as in `Swing`; `rate` in rad/s."""

    parent: Motion = field(default_factory=Still)
    pivot: Axis = (0.0, 0.0, 0.0)
    axis: Axis = (1.0, 0.0, 0.0)
    rate: float = 1.0
    phase: float = 0.0

    def pose(self, time: float) -> Matrix:
        """Body to world at a time, s."""
        hinge = turn_about(self.axis, self.rate * time + 2 * pi * self.phase)
        hinge[:3, 3] = self.pivot
        return np.asarray(self.parent.pose(time) @ hinge)


class Line:
    """A polyline (n 3), by the length travelled along it; straight on before its first and after its last point."""

    def __init__(self, points: np.ndarray) -> None:
        self.points = np.asarray(points, float)
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        if len(self.points) < 2 or not np.all(steps > 0):
            raise ValueError("a line needs two points or more, no two neighbours at one place")
        self.reached = np.concatenate([[0.0], np.cumsum(steps)])
        self.tangents = np.gradient(self.points, self.reached, axis=0)
        self.tangents /= np.linalg.norm(self.tangents, axis=1, keepdims=True)

    @property
    def length(self) -> float:
        """m."""
        return float(self.reached[-1])

    def position(self, distance: np.ndarray | float) -> np.ndarray:
        """The places (n 3), or (3), at distances along the line, m."""
        inside = np.clip(distance, 0.0, self.length)
        place_on = np.stack([np.interp(inside, self.reached, axis) for axis in self.points.T], -1)
        return np.asarray(place_on + np.expand_dims(np.asarray(distance) - inside, -1) * self.direction(distance))

    def direction(self, distance: np.ndarray | float) -> np.ndarray:
        """Unit vectors (n 3), or (3), along the line there; they change steadily from point to point."""
        along = np.stack([np.interp(distance, self.reached, axis) for axis in self.tangents.T], -1)
        return np.asarray(along / np.linalg.norm(along, axis=-1, keepdims=True))

    def beside(self, distance: np.ndarray | float, offset: np.ndarray | float) -> np.ndarray:
        """Places `offset` m to the right of the line (negative: left), level with it."""
        along = self.direction(distance)
        right = np.stack([along[..., 2], np.zeros_like(along[..., 0]), -along[..., 0]], -1)
        right = right / np.linalg.norm(right, axis=-1, keepdims=True)
        return np.asarray(self.position(distance) + np.expand_dims(np.asarray(offset, float), -1) * right)

    def yaw(self, distance: np.ndarray | float) -> np.ndarray:
        """Heading there, radians, 0 = along Z, to the right."""
        along = self.direction(distance)
        return np.asarray(np.arctan2(along[..., 0], along[..., 2]))


@dataclass(frozen=True)
class Along:
    """Along a line, at constant speed with a slow change on top: cars, people, cyclists.

    Attributes:
        line: where it goes.
        speed: m/s; negative = against the line, and facing so.
        start: m along the line at time 0.
        offset: m to the right of the line.
        lift: m above the line.
        wave: m by which it runs ahead and falls behind.
        period: s of that wave.
        phase: share of the period.
    """

    line: Line
    speed: float
    start: float = 0.0
    offset: float = 0.0
    lift: float = 0.0
    wave: float = 0.0
    period: float = 10.0
    phase: float = 0.0

    def distance(self, time: float) -> float:
        """m along the line at a time, s."""
        return self.start + self.speed * time + self.wave * sin(2 * pi * (time / self.period + self.phase))

    def pose(self, time: float) -> Matrix:
        """Body to world at a time, s; the body's Z axis points where it goes, without roll."""
        distance = self.distance(time)
        back = pi if self.speed < 0 else 0.0
        x, y, z = self.line.beside(distance, self.offset)
        along = self.line.direction(distance)
        climb = float(np.arcsin(np.clip(-along[1], -1.0, 1.0)))
        return place(x, y - self.lift, z, float(self.line.yaw(distance)) + back, -climb if back else climb)
