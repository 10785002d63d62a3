"""Solid bodies whose pictures are known in closed form, for the ray-cast worlds."""

from collections.abc import Sequence

import numpy as np

from wilddepth.worlds.cast.scene import (
    Body,
    Lamp,
    Light,
    Material,
    Mesh,
    Motion,
    Pattern,
    Rig,
    Route,
    Scene,
    Still,
    Sun,
)

RIG = Rig(
    focal_x=100.0, focal_y=120.0, centre_x=40.3, centre_y=20.6, right_centre_x=40.3, baseline=0.5, height=48, width=96
)
"""A disparity of 50 px at 1 m."""
HERE = np.eye(4)
GREY = Material()
RICH = Material(Pattern.MEMORY, ((0.5, 0.4, 0.3),) * 3, size=1.0)
BRIGHT = Material(colours=((1.0, 1.0, 1.0),) * 3, glow=1.0)
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
DARK = Light(None, BLACK, BLACK, BLACK, 0.0)
EVEN = Light(None, WHITE, WHITE, WHITE, 0.0)
CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def pose(at: Sequence[float] = (0, 0, 0), yaw: float = 0.0, pitch: float = 0.0) -> np.ndarray:
    """Turned about X by `pitch`, then about Y by `yaw`, radians; then moved."""
    (cy, sy), (cp, sp) = ((np.cos(angle), np.sin(angle)) for angle in (yaw, pitch))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    matrix[:3, 3] = at
    return matrix


def plane(reach: float = 500.0) -> Mesh:
    """The plane z = 0."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * reach
    return Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def box(size: Sequence[float]) -> Mesh:
    """A box around the origin."""
    faces = [(a, b, c) for a, b, c, _ in SIDES] + [(a, c, d) for a, _, c, d in SIDES]
    return Mesh(CUBE * np.array(size), np.array(faces, np.int32))


def sphere(radius: float, rounds: int = 6) -> Mesh:
    """An octahedron, each round of it with four faces for one, on the sphere."""
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    corners = [points[[x, 2 + y, 4 + z]] for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    triangles = np.array(corners)
    for _ in range(rounds):
        a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
        ab, bc, ca = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a + b, b + c, c + a))
        triangles = np.concatenate([np.stack(new, 1) for new in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return Mesh(radius * triangles.reshape(-1, 3), np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3))


class Moves:
    """In a straight line."""

    def __init__(self, start: np.ndarray, velocity: Sequence[float]) -> None:
        self.start, self.velocity = start, np.array(velocity)

    def pose(self, time: float) -> np.ndarray:
        moved = self.start.copy()
        moved[:3, 3] += time * self.velocity
        return moved


def body(mesh: Mesh, motion: np.ndarray | Motion = HERE, look: Material = GREY, **more: object) -> Body:
    return Body(mesh, [look], motion=Still(motion) if isinstance(motion, np.ndarray) else motion, **more)  # type: ignore[arg-type]


def scene(
    *bodies: Body,
    light: Light = EVEN,
    lamps: Sequence[Lamp] = (),
    sun: Sequence[float] | None = None,
    wetness: float = 0.0,
) -> Scene:
    """Bodies in even light; a sun comes alone, out of a black sky."""
    if sun is not None:
        direction = np.array(sun, float) / np.linalg.norm(sun)
        light = Light(Sun((*direction,), (1.0, 1.0, 1.0)), BLACK, BLACK, BLACK, 0.0)  # type: ignore[arg-type]
    return Scene(bodies, light, Route(np.array([[0, 0, 0], [0, 0, 1.0]]), 1.0, 0.0, 0.0), lamps, wetness)


def rays(rig: Rig = RIG, camera: np.ndarray = HERE, *, right: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Origin (3) and directions (h w 3) of the rays through pixel centres, 1 m along the optical axis."""
    row, column = np.mgrid[0 : rig.height, 0 : rig.width].astype(float)
    centre = rig.right_centre_x if right else rig.centre_x
    local = np.stack([(column - centre) / rig.focal_x, (row - rig.centre_y) / rig.focal_y, np.ones_like(row)], axis=-1)
    origin = camera[:3, 3] + right * rig.baseline * camera[:3, 0]
    return origin, local @ camera[:3, :3].T


def depth_of_plane(at: np.ndarray, rig: Rig = RIG, camera: np.ndarray = HERE, *, right: bool = False) -> np.ndarray:
    """Depth (h w) at which rays meet `plane` in that pose."""
    origin, direction = rays(rig, camera, right=right)
    normal = at[:3, 2]
    return np.asarray(normal @ (at[:3, 3] - origin) / (direction @ normal))


def depth_of_sphere(
    centre: Sequence[float], radius: float, rig: Rig = RIG, camera: np.ndarray = HERE, *, right: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Depth (h w) at which rays meet a sphere, nan elsewhere, and the cosine at which they do."""
    origin, direction = rays(rig, camera, right=right)
    towards = np.array(centre) - origin
    a, b, c = (direction**2).sum(-1), direction @ towards, towards @ towards - radius**2
    root = np.sqrt(np.where(b * b > a * c, b * b - a * c, np.nan))
    return (b - root) / a, root / (np.sqrt(a) * radius)


def disparity(depth: np.ndarray, rig: Rig = RIG) -> np.ndarray:
    """Of a depth, px: the difference of the two columns, written down once more."""
    return rig.focal_x * rig.baseline / depth + rig.centre_x - rig.right_centre_x


def project(points: np.ndarray, rig: Rig = RIG, camera: np.ndarray = HERE) -> np.ndarray:
    """Column and row (... 2) at which the left camera sees points (... 3)."""
    local = (points - camera[:3, 3]) @ camera[:3, :3]
    focal, centre = np.array([rig.focal_x, rig.focal_y]), np.array([rig.centre_x, rig.centre_y])
    return np.asarray(local[..., :2] / local[..., 2:] * focal + centre)
