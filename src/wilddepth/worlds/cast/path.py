"""Where a camera is: smooth motion along the route of a scene, as a function of time.

A natural cubic spline goes through the points of the route at constant speed (its arc length is inverted), with
bounce, sway and shake of a car, a hand or a drone on top as a few slow waves. The heading is that of a chord of the
line, so that position and orientation both have continuous second derivatives in time. Camera axes: X right, Y down,
Z forward.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from wilddepth.worlds.cast.rigs import Style
from wilddepth.worlds.cast.scene import Matrix, Route

Vector = Float[np.ndarray, " 3"]
Range = tuple[float, float]
Parameter = float | Float[np.ndarray, "n 1"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_WAVES = 3
"""Sine waves in each motion."""


class Line:
    """A natural cubic spline through points, by the length travelled; beyond its ends it goes straight on.

    Both ends have no curvature, so that the straight parts fit on with continuous second derivatives.
    """

    def __init__(self, points: Float[np.ndarray, "n 3"]) -> None:
        """Two points or more, no two neighbours equal.

        Raises:
            ValueError: for fewer, or equal neighbours.
        """
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        if len(points) < 2 or steps.min() <= 0:
            raise ValueError("a line needs two points or more, no two of them equal one after the other")
        self.points = np.asarray(points, np.float64)
        self.knots = np.concatenate([[0.0], np.cumsum(steps)])
        self.bends = _second_derivatives(self.knots, self.points)
        parts = [self._arc(number, self.knots[number + 1]) for number in range(len(steps))]
        self.arcs = np.concatenate([[0.0], np.cumsum(parts)])

    @property
    def length(self) -> float:
        """m, from the first to the last point."""
        return float(self.arcs[-1])

    def at(self, travelled: float) -> Vector:
        """The place after so many metres from the first point; negative is before it."""
        if travelled <= 0:
            return self._straight(self.points[0], travelled, self._slope(0, 0.0))
        if travelled >= self.length:
            last = len(self.arcs) - 2
            return self._straight(self.points[-1], travelled - self.length, self._slope(last, self.knots[-1]))
        number = int(np.searchsorted(self.arcs, travelled, side="right")) - 1
        return self._place(number, self._parameter(number, travelled - self.arcs[number]))

    @staticmethod
    def _straight(start: Vector, metres: float, slope: Vector) -> Vector:
        place: Vector = start + metres * _unit(slope)
        return place

    def _parameter(self, number: int, arc: float) -> float:
        """The parameter at which a piece has this length: Newton's method, a few steps to the last digit."""
        start, end = self.knots[number], self.knots[number + 1]
        u = start + (end - start) * arc / (self.arcs[number + 1] - self.arcs[number])
        for _ in range(20):
            change = (arc - self._arc(number, u)) / float(np.linalg.norm(self._slope(number, u)))
            u = min(max(u + change, start), end)
            if abs(change) < 1e-13 * max(1.0, end):
                break
        return float(u)

    def _arc(self, number: int, until: float) -> float:
        """Length of a piece from its knot to a parameter, by Gauss-Legendre."""
        half = (until - self.knots[number]) / 2
        at = self.knots[number] + half * (1 + _NODES)
        return float(half * (_WEIGHTS * np.linalg.norm(self._slope(number, at[:, None]), axis=1)).sum())

    def _weights(self, number: int, u: Parameter) -> tuple[float, Parameter, Parameter]:
        step = float(self.knots[number + 1] - self.knots[number])
        b = (u - self.knots[number]) / step
        return step, 1 - b, b

    def _place(self, number: int, u: float) -> Vector:
        step, a, b = self._weights(number, u)
        bend = ((a**3 - a) * self.bends[number] + (b**3 - b) * self.bends[number + 1]) * step**2 / 6
        place: Vector = a * self.points[number] + b * self.points[number + 1] + bend
        return place

    def _slope(self, number: int, u: Parameter) -> Float[np.ndarray, "*n 3"]:
        step, a, b = self._weights(number, u)
        chord = (self.points[number + 1] - self.points[number]) / step
        bend = ((3 * b**2 - 1) * self.bends[number + 1] - (3 * a**2 - 1) * self.bends[number]) * step / 6
        slope: np.ndarray = chord + bend
        return slope


@dataclass(frozen=True)
class Waves:
    """A sum of sines: smooth, never above `size`.

    Attributes:
        size: the largest value it could reach.
        shares: of `size`, one for each wave.
        turns: radians a second.
        phases: radians.
    """

    size: float
    shares: tuple[float, ...]
    turns: tuple[float, ...]
    phases: tuple[float, ...]

    def at(self, time: float) -> float:
        """The value at a time, s."""
        waves = zip(self.shares, self.turns, self.phases, strict=True)
        return self.size * sum(share * math.sin(turn * time + phase) for share, turn, phase in waves)


def waves(rng: np.random.Generator, size: float, hertz: Range) -> Waves:
    """A few waves of frequencies between two, m or radians as `size` is."""
    shares = rng.dirichlet(np.full(_WAVES, 2.0))
    turns = 2 * math.pi * np.exp(rng.uniform(math.log(hertz[0]), math.log(hertz[1]), _WAVES))
    phases = rng.uniform(0, 2 * math.pi, _WAVES)
    return Waves(size, *(tuple(float(number) for number in numbers) for numbers in (shares, turns, phases)))


@dataclass(frozen=True)
class Habit:
    """How a way of carrying a camera moves it.

    Attributes:
        heave: m, up and down.
        pitch: degrees.
        roll: degrees.
        yaw: degrees, against the line.
        hertz: frequencies of these.
        drift: share of the free room at the side that is used, slowly.
        height: where between the least and the greatest height of the route, 0..1.
        down: degrees that it looks down.
        bank: degrees of roll for one g of sideways acceleration.
    """

    heave: float
    pitch: float
    roll: float
    yaw: float
    hertz: Range
    drift: float
    height: Range = (0.0, 1.0)
    down: Range = (0.0, 0.0)
    bank: float = 0.0


HABITS: Mapping[Style, Habit] = {
    "car": Habit(0.015, 0.5, 0.4, 0.3, (0.4, 1.6), 0.8, down=(-1.0, 3.0), bank=4.0),
    "handheld": Habit(0.02, 2.0, 2.0, 2.5, (0.3, 1.8), 0.8, down=(-4.0, 8.0)),
    "drone": Habit(0.1, 1.5, 2.0, 1.5, (0.1, 0.7), 0.8, (0.5, 1.0), (2.0, 15.0), bank=30.0),
    "tripod": Habit(0.0, 0.0, 0.0, 0.0, (0.5, 1.0), 0.3, down=(0.0, 4.0)),
}
_CHORD = 2.0
"""m of the line that give the heading."""
_DRIFT_HERTZ = (0.02, 0.1)
_GRAVITY = 9.81


@dataclass(frozen=True)
class CameraPath:
    """The left camera of a rig on its way.

    Attributes:
        route: where it may go.
        speed: m/s along the line.
        side: m to the right of the line, on average.
        above: m above the line, on average.
        down: radians that it looks down.
        bank: radians of roll for one m/s^2 sideways.
        moves: waves of heave and drift (m), pitch, roll and yaw (radians).
    """

    route: Route
    speed: float
    side: float
    above: float
    down: float
    bank: float
    moves: Mapping[str, Waves]

    @cached_property
    def line(self) -> Line:
        """What it goes along."""
        return Line(self.route.points)

    @property
    def duration(self) -> float:
        """s from one end of the route to the other; infinite for a camera that stays."""
        return self.line.length / self.speed if self.speed > 0 else math.inf

    def pose(self, time: float) -> Matrix:
        """Camera to world at a time, s since the start of the route."""
        travelled = self.speed * time
        middle = self.line.at(travelled)
        ahead = _unit(self.line.at(travelled + _CHORD / 2) - self.line.at(travelled - _CHORD / 2))
        across = _unit(np.array([ahead[2], 0.0, -ahead[0]]))
        place = middle + (self.side + self._move("drift", time)) * across
        place[1] -= self.above + self._move("heave", time)
        forward = ahead if self.route.gaze is None else _unit(np.asarray(self.route.gaze) - place)
        pose = np.eye(4)
        pose[:3, :3] = self._turned(forward, self._roll(time, travelled, across), time)
        pose[:3, 3] = place
        return pose

    def _move(self, name: str, time: float) -> float:
        return self.moves[name].at(time)

    def _roll(self, time: float, travelled: float, across: Vector) -> float:
        """Waves, and leaning with the acceleration to the side: v^2 times the curvature, from three points."""
        if self.bank == 0:
            return self._move("roll", time)
        line, reach = self.line, 2 * _CHORD
        bend = (line.at(travelled + reach) - 2 * line.at(travelled) + line.at(travelled - reach)) / reach**2
        return self._move("roll", time) + self.bank * self.speed**2 * float(bend @ across)

    def _turned(self, forward: Vector, roll: float, time: float) -> Float[np.ndarray, "3 3"]:
        yaw = math.atan2(forward[0], forward[2]) + self._move("yaw", time)
        # With a point to look at, the tilt is the one towards it.
        down = self.down if self.route.gaze is None else 0.0
        pitch = math.asin(max(-1.0, min(1.0, float(-forward[1])))) - down + self._move("pitch", time)
        return _rotation(yaw, pitch, roll)


def camera_path(
    route: Route, rng: np.random.Generator, style: Style, *, baseline: float = 0.0, seconds: float = 0.0
) -> CameraPath:
    """A way along a route.

    Args:
        route: where the camera may go; both cameras of the rig stay within its `low`, `high` and `sway`.
        rng: decides place and motion.
        style: see `HABITS`.
        baseline: m; the right camera needs room as well.
        seconds: how long it will be used: where the route ends earlier at its own speed, the camera goes slower.
    """
    habit = HABITS[style]
    room = max(0.0, route.sway - baseline / 2)
    drift = habit.drift * room * rng.uniform(0.0, 0.5)
    heave = min(habit.heave, (route.high - route.low) / 2)
    level = _scaled(habit.height, rng.random())
    turns = {name: math.radians(getattr(habit, name)) for name in ("pitch", "roll", "yaw")}
    line = Line(route.points)
    speed = route.speed if route.speed * seconds <= line.length else line.length / seconds
    return CameraPath(
        route=route,
        speed=speed,
        side=-baseline / 2 + rng.uniform(-1, 1) * (room - drift),
        above=route.low + heave + level * (route.high - route.low - 2 * heave),
        down=math.radians(_scaled(habit.down, rng.random())),
        bank=math.radians(habit.bank) / _GRAVITY,
        moves={
            "drift": waves(rng, drift, _DRIFT_HERTZ),
            "heave": waves(rng, heave, habit.hertz),
            **{name: waves(rng, size, habit.hertz) for name, size in turns.items()},
        },
    )


def _rotation(yaw: float, pitch: float, roll: float) -> Float[np.ndarray, "3 3"]:
    """Camera to world: first rolled clockwise, then tilted up, then turned to the right."""
    cy, sy, cp, sp, cr, sr = (function(angle) for angle in (yaw, pitch, roll) for function in (math.cos, math.sin))
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    tilt = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    lean = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    rotation: np.ndarray = turn @ tilt @ lean
    return rotation


def _second_derivatives(knots: Float[np.ndarray, " n"], points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    """Of the natural cubic spline, at its knots."""
    step = np.diff(knots)
    system, right = np.eye(len(knots)), np.zeros_like(points)
    slopes = np.diff(points, axis=0) / step[:, None]
    for row in range(1, len(knots) - 1):
        system[row, row - 1 : row + 2] = step[row - 1] / 6, (step[row - 1] + step[row]) / 3, step[row] / 6
        right[row] = slopes[row] - slopes[row - 1]
    bends: np.ndarray = np.linalg.solve(system, right)
    return bends


def _unit(vector: Vector) -> Vector:
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


def _scaled(limits: Range, share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share
