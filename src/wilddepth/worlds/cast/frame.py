"""Pictures of a scene with everything that is known about them.

Truth is taken at pixel centres; colours are the mean of samples at regular places in the pixel, in linear light.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from wilddepth.worlds.cast import hits
from wilddepth.worlds.cast.looks import looks_of
from wilddepth.worlds.cast.noise import noise_table
from wilddepth.worlds.cast.scene import SKY_DISTANCE, Matrix, Rig, Scene
from wilddepth.worlds.cast.shade import LAMP_COLUMNS, air_of, lamp_row, shade
from wilddepth.worlds.cast.trace import Tracer

CHUNK = 4096
"""Rays at once: their numbers stay in the processor's cache."""
TILE = 4
NEARER = 1e-3
"""How much nearer something must be to hide a point, as a share of its distance."""
MIDDLE_GREY = 0.18
WHITE = 4.0
"""Light that is pure white, with 1 = a white sheet in a well exposed picture."""


@dataclass(frozen=True)
class View:
    """One picture.

    Attributes:
        image: (h w 3) float32, 0..1, after the tone curve.
        depth: (h w) float32, m along the optical axis.
        disparity: (h w) float32, px: left column minus right column of the same point.
        surface: (h w) int32, 0 = sky, else 1 + number of the body.
        moving: (h w) bool, of a body that moves by itself.
        foreground: (h w) bool.
    """

    image: np.ndarray
    depth: np.ndarray
    disparity: np.ndarray
    surface: np.ndarray
    moving: np.ndarray
    foreground: np.ndarray


@dataclass(frozen=True)
class Frame:
    """A stereo pair.

    Attributes:
        left: left view.
        right: right view.
        occluded: (h w) bool: the right view cannot see this pixel's point, as it is hidden or out of the picture.
        right_occluded: (h w) bool: the same of the right view.
        flow: (h w 2) float32, px (x, y): where the left view sees the pixel's point afterwards, minus where it is now.
        flow_occluded: (h w) bool: the left view cannot see the point afterwards.
    """

    left: View
    right: View
    occluded: np.ndarray | None = None
    right_occluded: np.ndarray | None = None
    flow: np.ndarray | None = None
    flow_occluded: np.ndarray | None = None


@cache
def tiled(height: int, width: int) -> np.ndarray:
    """Numbers (h w) of all pixels, tile after tile: rays that are near each other in time are so in space."""
    row, column = np.divmod(np.arange(height * width), width)
    return np.lexsort((column % TILE, row % TILE, column // TILE, row // TILE)).astype(np.int64)


def lens_of(rig: Rig, pose: Matrix, samples: int, *, right: bool) -> np.ndarray:
    """Origin (3), rotation (9), 1 / focal lengths, principal point, and width of a sample at 1 m, as (17) float64."""
    origin = pose[:3, 3] + right * rig.baseline * pose[:3, 0]
    centre = rig.right_centre_x if right else rig.centre_x
    inner = [1 / rig.focal_x, 1 / rig.focal_y, centre, rig.centre_y, 1 / (rig.focal_x * samples)]
    return np.array([*origin, *pose[:3, :3].ravel(), *inner], dtype=np.float64)


def tone(light: np.ndarray) -> np.ndarray:
    """Exposed linear light to 0..1: highlights are compressed, then the curve of sRGB (IEC 61966-2-1)."""
    squeezed = np.minimum(light * (1 + light / WHITE**2) / (1 + light), 1.0)
    return np.where(squeezed <= 0.0031308, 12.92 * squeezed, 1.055 * squeezed ** (1 / 2.4) - 0.055)


@dataclass(frozen=True)
class Moment:
    """The scene at one time: (b 12) bodies, (k LAMP_COLUMNS) lamps and what is solid."""

    bodies: np.ndarray
    tracers: tuple[tuple[Tracer, int], ...]


@dataclass(frozen=True)
class Seen:
    """What the centres of a view's pixels hit, in the order of `tiled`."""

    lens: np.ndarray
    faces: np.ndarray
    depths: np.ndarray
    light: np.ndarray


class Caster:
    """A scene prepared for rays.

    Args:
        scene: what is rendered.
        exposure: factor on the light; None = chosen from what a camera on the route sees, the same for all frames.

    Raises:
        ConfigError: without the package embreex.
    """

    def __init__(self, scene: Scene, exposure: float | None = None) -> None:
        self.scene = scene
        self._planes, self._body_of, self._look_of, self._looks = _faces(scene)
        self._air = air_of(scene.light)
        static = [n for n, body in enumerate(scene.bodies) if not body.moving]
        self._moving = [n for n, body in enumerate(scene.bodies) if body.moving]
        self._begin = np.cumsum([0, *(len(body.mesh.faces) for body in scene.bodies)])
        self._table = noise_table()
        self._still = self._tracer(static, [scene.bodies[n].motion.pose(0.0) for n in static])
        self._moments: dict[float, Moment] = {}
        self.exposure = self._exposure() if exposure is None else exposure

    def frame(
        self,
        rig: Rig,
        pose: Matrix,
        time: float = 0.0,
        *,
        samples: int = 1,
        occlusion: bool = True,
        after: tuple[Matrix, float] | None = None,
    ) -> Frame:
        """A stereo pair.

        Args:
            rig: the cameras.
            pose: left camera to world.
            time: s, of the bodies that move.
            samples: per side of a pixel, for the colours.
            occlusion: also ask which points the other view cannot see.
            after: pose and time to which `flow` is asked for.
        """
        lenses = [lens_of(rig, pose, samples, right=right) for right in (False, True)]
        moment = self._moment(time)
        lamps, shadows = self._lamps(pose)
        seen = [self._seen(rig, lens, moment, lamps, shadows, samples) for lens in lenses]
        left, right = (self._view(rig, view) for view in seen)
        frame = {}
        if occlusion:
            for name, here, there in (("occluded", 0, 1), ("right_occluded", 1, 0)):
                frame[name] = self._elsewhere(rig, seen[here], moment, lenses[there], moment)[1]
        if after is not None:
            lens = lens_of(rig, after[0], samples, right=False)
            frame["flow"], frame["flow_occluded"] = self._elsewhere(rig, seen[0], moment, lens, self._moment(after[1]))
        return Frame(left, right, **frame)

    def _tracer(self, numbers: list[int], poses: list[Matrix]) -> tuple[tuple[Tracer, np.ndarray], ...]:
        """Some bodies at their places, with the numbers of their faces."""
        if not numbers:
            return ()
        vertices, faces, names, start = [], [], [], 0
        for number, pose in zip(numbers, poses, strict=True):
            mesh = self.scene.bodies[number].mesh
            vertices.append(mesh.vertices @ pose[:3, :3].T + pose[:3, 3])
            faces.append(mesh.faces + start)
            names.append(np.arange(self._begin[number], self._begin[number + 1], dtype=np.int32))
            start += len(mesh.vertices)
        return ((Tracer(np.concatenate(vertices), np.concatenate(faces)), np.concatenate(names)),)

    def _moment(self, time: float) -> Moment:
        if time not in self._moments:
            poses = [body.motion.pose(time) for body in self.scene.bodies]
            moving = self._tracer(self._moving, [poses[n] for n in self._moving])
            rows = [[*pose[:3, :3].T.ravel(), *(-pose[:3, :3].T @ pose[:3, 3])] for pose in poses]
            if len(self._moments) > 1:
                self._moments.pop(next(iter(self._moments)))
            self._moments[time] = Moment(np.array(rows, dtype=np.float64).reshape(-1, 12), (*self._still, *moving))
        return self._moments[time]

    def _lamps(self, pose: Matrix) -> tuple[np.ndarray, list[int]]:
        factor, lamps = self.scene.light.lamps, self.scene.lamps
        if factor <= 0:
            return np.zeros((0, LAMP_COLUMNS)), []
        rows = [lamp_row(lamp, factor, pose if lamp.carried else np.eye(4)) for lamp in lamps]
        return np.array(rows).reshape(-1, LAMP_COLUMNS), [k for k, lamp in enumerate(lamps) if lamp.shadows]

    def _nearest(self, moment: Moment, lens: np.ndarray, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        origins = np.broadcast_to(lens[:3].astype(np.float32), rays.shape).copy()
        best, depth = np.full(len(rays), -1, np.int32), np.full(len(rays), np.inf, np.float32)
        for tracer, names in moment.tracers:
            face, far = tracer.nearest(origins, rays)
            nearer = (face >= 0) & (far < depth)
            best, depth = np.where(nearer, names[face], best), np.where(nearer, far, depth)
        return best, depth

    def _blocked(self, moment: Moment, origins: np.ndarray, rays: np.ndarray, far: float) -> np.ndarray:
        hidden = np.zeros(len(rays), bool)
        for tracer, _ in moment.tracers:
            hidden |= tracer.blocked(origins, rays, np.full(len(rays), far, np.float32))
        return hidden

    def _seen(
        self, rig: Rig, lens: np.ndarray, moment: Moment, lamps: np.ndarray, shadows: list[int], samples: int
    ) -> Seen:
        number = tiled(rig.height, rig.width)
        faces, depths = np.empty(len(number), np.int32), np.empty(len(number))
        light = np.zeros((len(number), 3), np.float32)
        offsets = (np.arange(samples) + 0.5) / samples - 0.5
        for part in _parts(len(number)):
            row, column = (place.astype(np.float64) for place in np.divmod(number[part], rig.width))
            faces[part], depths[part] = found = self._hits(moment, lens, column, row)
            for down in offsets:
                for along in offsets:
                    if samples > 1:
                        found = self._hits(moment, lens, column + along, row + down)
                    light[part] += self._light(moment, lens, column + along, row + down, *found, lamps, shadows)
        return Seen(lens, faces, depths, light / samples**2)

    def _hits(
        self, moment: Moment, lens: np.ndarray, column: np.ndarray, row: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        rays, depth = np.empty((len(column), 3), np.float32), np.empty(len(column))
        hits.directions(lens, column, row, rays)
        face, near = self._nearest(moment, lens, rays)
        hits.exact_depths(
            lens, column, row, face, near, self._planes, self._body_of, moment.bodies, SKY_DISTANCE, depth
        )
        return face, depth

    def _light(
        self,
        moment: Moment,
        lens: np.ndarray,
        column: np.ndarray,
        row: np.ndarray,
        face: np.ndarray,
        depth: np.ndarray,
        lamps: np.ndarray,
        shadows: list[int],
    ) -> np.ndarray:
        size = len(column)
        lit = np.ones((size, 1 + len(lamps)), np.uint8)
        origins, rays, index = np.empty((size, 3), np.float32), np.empty((size, 3), np.float32), np.empty(size, int)
        geometry = (lens, column, row, face, depth, self._planes, self._body_of)
        if self.scene.light.sun is not None:
            sun = np.array(self.scene.light.sun.direction, dtype=np.float64)
            count = hits.sun_rays(*geometry, moment.bodies, sun, origins, rays, index)
            lit[index[:count], 0] = ~self._blocked(moment, origins[:count], rays[:count], 1e6)
        for k in shadows:
            count = hits.lamp_rays(*geometry, moment.bodies, lamps, k, origins, rays, index)
            lit[index[:count], 1 + k] = ~self._blocked(moment, origins[:count], rays[:count], 0.999)
        light = np.empty((size, 3), np.float32)
        shade(
            *geometry,
            self._look_of,
            moment.bodies,
            self._looks,
            self._air,
            lamps,
            lit,
            self.scene.wetness,
            self._table,
            light,
        )
        return light

    def _view(self, rig: Rig, seen: Seen) -> View:
        number, size = tiled(rig.height, rig.width), (rig.height, rig.width)
        faces, depth, light = np.empty_like(seen.faces), np.empty_like(seen.depths), np.empty_like(seen.light)
        faces[number], depth[number], light[number] = seen.faces, seen.depths, seen.light
        body = np.where(faces < 0, -1, self._body_of[faces])
        flags = np.array([[b.moving, b.foreground] for b in self.scene.bodies] + [[False, False]])
        disparity = rig.focal_x * rig.baseline / depth - (rig.right_centre_x - rig.centre_x)
        return View(
            image=tone(light * np.float32(self.exposure)).astype(np.float32).reshape(*size, 3),
            depth=depth.astype(np.float32).reshape(size),
            disparity=disparity.astype(np.float32).reshape(size),
            surface=(body + 1).astype(np.int32).reshape(size),
            moving=flags[body, 0].reshape(size),
            foreground=flags[body, 1].reshape(size),
        )

    def _elsewhere(
        self, rig: Rig, seen: Seen, moment: Moment, other: np.ndarray, later: Moment
    ) -> tuple[np.ndarray, np.ndarray]:
        """Motion (h w 2) float32 from this view to another one, and (h w) where that one cannot see the point."""
        number, size = tiled(rig.height, rig.width), (rig.height, rig.width)
        flow, hidden = np.empty((len(number), 2), np.float32), np.empty(len(number), bool)
        for part in _parts(len(number)):
            row, column = (place.astype(np.float64) for place in np.divmod(number[part], rig.width))
            rays, at = np.empty((len(row), 3), np.float32), np.empty((len(row), 3))
            hits.seen_elsewhere(
                seen.lens,
                column,
                row,
                seen.faces[part],
                seen.depths[part],
                self._body_of,
                moment.bodies,
                later.bodies,
                other,
                rig.height,
                rig.width,
                rays,
                at,
            )
            origins = np.broadcast_to(other[:3].astype(np.float32), rays.shape).copy()
            flow[number[part]] = at[:, :2] - np.stack([column, row], axis=1)
            hidden[number[part]] = (at[:, 2] == 0) | self._blocked(later, origins, rays, 1 - NEARER)
        return flow.reshape(*size, 2), hidden.reshape(size)

    def _exposure(self) -> float:
        """What makes the mean light on the route middle grey."""
        values = []
        for place in (0.1, 0.5):
            rig, pose = _probe(self.scene, place)
            lamps, shadows = self._lamps(pose)
            seen = self._seen(rig, lens_of(rig, pose, 1, right=False), self._moment(0.0), lamps, shadows, 1)
            values.append(seen.light @ np.array([0.2126, 0.7152, 0.0722]))
        light = np.concatenate(values)
        return float(MIDDLE_GREY / max(1e-6, np.exp(np.log(light + 1e-4 * light.max() + 1e-9).mean())))


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, min(count, start + CHUNK)) for start in range(0, count, CHUNK))


def _faces(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Plane (f 4), body (f), look (f) of all faces of all bodies, and the looks."""
    planes, body_of, look_of, materials = [np.zeros((0, 4))], [np.zeros(0, int)], [np.zeros(0, int)], []
    for number, body in enumerate(scene.bodies):
        corners = body.mesh.vertices[body.mesh.faces].astype(np.float64)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(normal, axis=1, keepdims=True)
        normal = normal / np.maximum(length, 1e-300)
        planes.append(np.concatenate([normal, (normal * corners[:, 0]).sum(1, keepdims=True)], axis=1))
        body_of.append(np.full(len(corners), number))
        used = np.zeros(len(corners), int) if body.material_of is None else body.material_of
        look_of.append(used + len(materials))
        materials += list(body.materials)
    joined = np.concatenate(body_of).astype(np.int32), np.concatenate(look_of).astype(np.int32)
    return np.ascontiguousarray(np.concatenate(planes)), *joined, looks_of(materials)


def _probe(scene: Scene, place: float) -> tuple[Rig, Matrix]:
    """A small camera on the route."""
    points, route = scene.route.points, scene.route
    at = points[0] + (points[-1] - points[0]) * place
    at = at - np.array([0.0, 0.5 * (route.low + route.high), 0.0])
    ahead = (points[-1] - points[0]) if route.gaze is None else np.array(route.gaze) - at
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
    side = np.cross([0.0, 1.0, 0.0], ahead)
    side = side / max(float(np.linalg.norm(side)), 1e-9)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([side, np.cross(ahead, side), ahead], axis=1)
    pose[:3, 3] = at
    return Rig(24.0, 24.0, 23.5, 15.5, 23.5, 0.1, 32, 48), pose
