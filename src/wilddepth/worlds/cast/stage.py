"""A scene at one time, looked at through lenses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wilddepth.worlds.cast import hits
from wilddepth.worlds.cast.bodies import Bodies, Moment
from wilddepth.worlds.cast.lamps import lamps_of
from wilddepth.worlds.cast.lens import parts, untiled
from wilddepth.worlds.cast.noise import noise_table
from wilddepth.worlds.cast.scene import SKY_DISTANCE, Matrix, Scene
from wilddepth.worlds.cast.shade import shade
from wilddepth.worlds.cast.sky import air_of

NEARER = 1e-3
"""How much nearer something must be to hide a point from another view, as a share of its distance."""
ENDLESS = 1e6
"""m: how far shadows are thrown by the sun."""

Hits = tuple[np.ndarray, np.ndarray]
"""Faces (n) int32, -1 = sky, and depths (n) float64, m."""


@dataclass(frozen=True)
class Seen:
    """What a lens sees, pixel after pixel in the order of `lens.tiled`.

    Attributes:
        lens: see `lens_of`.
        faces: (h*w) int32 at pixel centres, -1 = sky.
        depths: (h*w) float64, m, at pixel centres.
        light: (h*w 3) float32, linear, the mean of all samples.
    """

    lens: np.ndarray
    faces: np.ndarray
    depths: np.ndarray
    light: np.ndarray


class Stage:
    """A scene at one time, lit.

    Args:
        scene: the scene.
        bodies: its bodies.
        moment: where they are.
        pose: of the camera that carries lamps.
    """

    def __init__(self, scene: Scene, bodies: Bodies, moment: Moment, pose: Matrix) -> None:
        self.moment = moment
        self._bodies, self._wetness, self._air = bodies, scene.wetness, air_of(scene.light)
        self._sun = None if scene.light.sun is None else np.array([scene.light.sun.direction], dtype=np.float64)
        self._lamps, self._casting = lamps_of(scene.lamps, scene.light.lamps, pose)
        self._table = noise_table().ctypes.data

    def seen(self, lens: np.ndarray, height: int, width: int, samples: int) -> Seen:
        """Everything that a lens sees."""
        size = height * width
        seen = Seen(lens, np.empty(size, np.int32), np.empty(size), np.zeros((size, 3), np.float32))
        for part, column, row in parts(height, width):
            found = seen.faces[part], seen.depths[part] = self.hits(lens, column, row)
            if samples == 1:
                seen.light[part] = self.light(lens, column, row, found)
        if samples > 1:
            for part, column, row in parts(height, width, samples):
                light = self.light(lens, column, row, self.hits(lens, column, row))
                seen.light[part] = np.einsum("psc->pc", light.reshape(-1, samples**2, 3)) / np.float32(samples**2)
        return seen

    def hits(self, lens: np.ndarray, column: np.ndarray, row: np.ndarray) -> Hits:
        """What the rays through these places meet."""
        count, bodies = len(column), self._bodies
        rays, depths = np.empty((count, 3), np.float32), np.empty(count)
        hits.directions(lens, column, row, rays)
        faces, near = self.moment.rays.nearest(lens[None, :3].astype(np.float32), rays)
        planes = bodies.planes, bodies.body_of, self.moment.bodies
        hits.exact_depths(lens, column, row, faces, near, *planes, SKY_DISTANCE, depths)
        return faces, depths

    def light(self, lens: np.ndarray, column: np.ndarray, row: np.ndarray, found: Hits) -> np.ndarray:
        """Linear light (n 3) float32 that comes from there."""
        bodies, light = self._bodies, np.empty((len(column), 3), np.float32)
        geometry = lens, column, row, *found, bodies.planes, bodies.body_of, self.moment.bodies
        lit = self._lit(geometry, len(light))
        looks = bodies.look_of, bodies.looks
        shade(*geometry, *looks, self._air, self._lamps, lit, self._wetness, self._table, light)
        return light

    def _lit(self, geometry: Sequence[np.ndarray], count: int) -> np.ndarray:
        """(n 1 + c) float64: 1 where the sun, and the lamps that throw shadows, are not hidden, else 0."""
        lit = np.ones((count, 1 + self._casting))
        origins, rays, index = np.empty((count, 3), np.float32), np.empty((count, 3), np.float32), np.empty(count, int)
        if self._sun is not None:
            used = hits.sun_rays(*geometry, self._sun[0], origins, index)
            direction = self._sun.astype(np.float32)
            lit[index[:used], 0] = ~self.moment.rays.blocked(origins[:used], direction, ENDLESS)
        for k in range(self._casting):
            used = hits.lamp_rays(*geometry, self._lamps[k], origins, rays, index)
            lit[index[:used], 1 + k] = ~self.moment.rays.blocked(origins[:used], rays[:used], 0.999)
        return lit

    def elsewhere(
        self, seen: Seen, height: int, width: int, other: np.ndarray, later: Moment
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where another lens sees, at another moment, what this one sees now.

        Returns:
            Motion (h w 2) float32, px, and (h w) bool: where the other lens cannot see the point, as it is hidden or
            out of its picture.
        """
        flow, hidden = np.empty((height * width, 2), np.float32), np.empty(height * width, np.bool_)
        origin = other[None, :3].astype(np.float32)
        for part, column, row in parts(height, width):
            rays, at = np.empty((len(column), 3), np.float32), np.empty((len(column), 3))
            here = seen.lens, column, row, seen.faces[part], seen.depths[part]
            motion = self._bodies.body_of, self.moment.bodies, later.bodies
            hits.seen_elsewhere(*here, *motion, other, height, width, rays, at)
            flow[part] = at[:, :2] - np.stack([column, row], axis=1)
            hidden[part] = (at[:, 2] == 0) | later.rays.blocked(origin, rays, 1 - NEARER)
        return untiled(flow, height, width), untiled(hidden, height, width)
