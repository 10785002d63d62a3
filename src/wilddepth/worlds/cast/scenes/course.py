"""The line of a street through its land: everything is laid out along it and set on its ground."""

from bisect import bisect
from math import atan, atan2, cos, hypot, pi

import numpy as np

from wilddepth.worlds.cast.motion import Line
from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Route
from wilddepth.worlds.cast.shapes import place, sheet

STEP = 2.0
"""m between the points of a course."""


class Course:
    """A gently bent and sloped line, mostly along Z. Places on it are (s, u): m along it and m to its right.

    The ground is as high as the line at every Z, so that whatever stands at (x, z) knows its foot.

    Args:
        rng: draws bends and slopes.
        length: m on which a camera travels; the course goes on for `beyond`.
        beyond: m.
        before: m behind the place where a camera starts.
        bend: 0 = straight, 1 = radii down to about 130 m.
        slope: 0 = level, 1 = up to 3 percent.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        length: float,
        *,
        beyond: float = 130.0,
        before: float = 16.0,
        bend: float = 1.0,
        slope: float = 1.0,
    ) -> None:
        self.length, self.start, self.end = length, -before, length + beyond
        z = np.arange(-before - 10, length + beyond + 11, STEP)
        wave, hill = rng.uniform(250, 500), rng.uniform(150, 400)
        sideways = bend * rng.choice([0.0, 1.0], p=[0.4, 0.6]) * rng.uniform(0, 12) * rng.choice([-1, 1])
        up = slope * rng.choice([0.0, 1.0], p=[0.3, 0.7]) * rng.uniform(0, 0.005) * hill
        phases = rng.uniform(0, 2 * pi, 2)
        x = sideways * (np.sin(2 * pi * z / wave + phases[0]) - np.sin(phases[0]))
        y = up * (np.sin(2 * pi * z / hill + phases[1]) - np.sin(phases[1]))
        self.line = Line(np.stack([x, y, z], -1))
        self.origin = float(np.interp(0.0, z, self.line.reached))
        self._first, self._heights = float(z[0]), y.tolist()
        self._reached, self._points = self.line.reached.tolist(), self.line.points.tolist()
        self._tangents = self.line.tangents.tolist()

    def ground(self, z: np.ndarray | float) -> np.ndarray:
        """y of the road at the depth z."""
        return np.asarray(np.interp(z, self.line.points[:, 2], self.line.points[:, 1]))

    def at(self, s: np.ndarray | float, u: np.ndarray | float) -> np.ndarray:
        """Points on the ground (n 3), or (3)."""
        points = self.line.beside(np.asarray(s) + self.origin, u)
        points[..., 1] = self.ground(points[..., 2])
        return points

    def bent(self, mesh: Mesh) -> Mesh:
        """A mesh given along a straight street (x = u, z = s, y above its ground) as it follows the course."""
        u, y, s = mesh.vertices.T
        points = self.at(s, u)
        points[:, 1] += y
        return Mesh(points, mesh.faces)

    def yaw(self, s: float) -> float:
        """Heading there, radians."""
        return float(self.line.yaw(s + self.origin))

    def pose(self, s: float, u: float, yaw: float = 0.0, lift: float = 0.0, *, tilted: bool = False) -> Matrix:
        """Something that stands at (s, u), turned by `yaw` against the street; upright, or tilted with the slope."""
        x, y, z, heading = self._spot(s, u)
        slope = (self._height(z + 1.0) - self._height(z - 1.0)) / 2 if tilted else 0.0
        return place(x, y - lift, z, heading + yaw, -atan(slope * cos(yaw)))

    def _height(self, z: float) -> float:
        """As `ground`, for one place."""
        share = min(max((z - self._first) / STEP, 0.0), len(self._heights) - 1.001)
        k = int(share)
        return float(self._heights[k] + (share - k) * (self._heights[k + 1] - self._heights[k]))

    def _spot(self, s: float, u: float) -> tuple[float, float, float, float]:
        """As `at`, for one place, with the heading: much faster than with arrays of one."""
        distance = s + self.origin
        k = min(max(bisect(self._reached, distance) - 1, 0), len(self._reached) - 2)
        share = (distance - self._reached[k]) / (self._reached[k + 1] - self._reached[k])
        if not 0.0 <= share <= 1.0:
            x, y, z = self.at(s, u).tolist()
            return x, y, z, self.yaw(s)
        (x0, _, z0), (x1, _, z1) = self._points[k], self._points[k + 1]
        (a0, _, c0), (a1, _, c1) = self._tangents[k], self._tangents[k + 1]
        a, c = a0 + share * (a1 - a0), c0 + share * (c1 - c0)
        flat = hypot(a, c)
        x, z = x0 + share * (x1 - x0) + u * c / flat, z0 + share * (z1 - z0) - u * a / flat
        return x, self._height(z), z, atan2(a, c)

    def lane(self, u: float, start: float = 0.0, end: float | None = None) -> np.ndarray:
        """Points on the ground (n 3) along the course, `u` m to its right."""
        stop = self.end if end is None else end
        return self.at(np.arange(start, stop + STEP, STEP), u)

    def route(self, u: float, speed: float, *, low: float = 1.1, high: float = 2.0, sway: float = 0.3) -> Route:
        """A camera's way along a lane."""
        return Route(self.lane(u, 0.0, self.length), speed, low, high, sway)

    def swept(self, profile: np.ndarray, start: float | None = None, end: float | None = None) -> Mesh:
        """A profile (k 2) of u and height above the ground, drawn along the course; from left to right it faces up."""
        s = np.arange(self.start if start is None else start, (self.end if end is None else end) + STEP / 2, STEP)
        profile = np.asarray(profile, float)
        points = np.empty((len(s), len(profile), 3))
        points[..., 0], points[..., 1], points[..., 2] = profile[:, 0], -profile[:, 1], s[:, None]
        grid = sheet(points)
        return self.bent(grid)

    def land(self, rng: np.random.Generator, material: Material, *, hills: float = 20.0, near: float = 150.0) -> Body:
        """The land up to the horizon, just below the road, with hills of about that height away from the street."""
        x = np.concatenate(
            [-(near + np.geomspace(1500, 10, 9)), np.linspace(-near, near, 9), near + np.geomspace(10, 1500, 9)]
        )
        z = np.concatenate(
            [np.arange(-200, self.start, 40), np.arange(self.start, self.end, 8), self.end + np.geomspace(1, 2500, 14)]
        )
        grid_x, grid_z = np.meshgrid(x, z)
        away = np.maximum(np.abs(grid_x) - near, 0) + np.maximum(grid_z - self.end - 60, 0)
        a, b, c = rng.uniform(0, 2 * pi, 3)
        rise = (
            0.5
            + 0.25 * np.sin(grid_x / 210 + a)
            + 0.25 * np.sin(grid_z / 170 + grid_x / 390 + b)
            + 0.15 * np.sin(grid_x / 67 + c)
        )
        y = self.ground(grid_z) + 0.06 - hills * np.maximum(rise, 0) * (1 - np.exp(-away / 400))
        return Body(sheet(np.stack([grid_x, y, grid_z], -1)), [material], kind="grass")
