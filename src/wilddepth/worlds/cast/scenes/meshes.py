"""Meshes of one's own among the things of any scene, in materials of ours; `mesh_files` reads them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from wilddepth.worlds.cast.scene import Body, Mesh, Scene, Still
from wilddepth.worlds.cast.scenes.assembly import any_turn, in_the_way, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.flying import CLEAR, Drift, clear_of
from wilddepth.worlds.cast.scenes.mesh_files import Up, read_meshes

Where = Literal["ground", "table", "flying", "any"]
TRIES = 24
LIFT = 0.001
"""m between a mesh and what it stands on, so that the two do not share a plane."""


def with_meshes(
    scene: Scene,
    folder: Path | Sequence[Mesh],
    rng: np.random.Generator,
    *,
    count: int = 4,
    size: tuple[float, float] = (0.2, 0.8),
    where: Where = "any",
    up: Up = "y",
) -> Scene:
    """A scene with meshes of one's own among its things, each in a random material.

    Colours and textures of the files are not used. A mesh is put only where nothing stands and the camera does not
    pass; where no such place is found in a few tries it is left out.

    Args:
        scene: any.
        folder: of mesh files, or what `read_meshes` gave (which saves reading it again).
        rng: chooses meshes, sizes, materials and places.
        count: how many are tried.
        size: range of their longest extents, m.
        where: on the ground, on tables, in the air (then they move), or any of these.
        up: which axis of the files points up.

    Returns:
        The scene with more bodies, of kind "mesh".

    Raises:
        SampleError: as `read_meshes`.
        ConfigError: as `read_meshes`.
        ValueError: a range of sizes that is not positive and ordered.
    """
    if not 0 < size[0] <= size[1]:
        raise ValueError(f"sizes go from a positive one to one not smaller, not {size}")
    meshes = read_meshes(folder, up=up) if isinstance(folder, Path) else folder
    solid, added = _corners(scene.bodies), []
    tops = [body for body in scene.bodies if body.kind in ("table", "desk")]
    for _ in range(count):
        mesh, finishes = pick(rng, meshes), Finishes(rng)
        options: tuple[Where, ...] = ("ground", "flying", "table") if tops else ("ground", "flying")
        here = pick(rng, options) if where == "any" else where
        scaled = Mesh(mesh.vertices * rng.uniform(*size), mesh.faces)
        if here == "flying":
            body = _flown(scene, scaled, finishes, solid)
        else:
            body = _stood(scene, scaled, finishes, solid, tops if here == "table" else None)
        if body is not None:
            added.append(body)
            solid = np.concatenate([solid, _corners([body])])
    return replace(scene, bodies=(*scene.bodies, *added))


def _corners(bodies: Sequence[Body]) -> np.ndarray:
    """(f 3 3) the triangles of bodies, world coordinates; of what moves, only where it is at first."""
    corners = []
    for body in bodies:
        pose = body.motion.pose(0.0)
        corners.append((body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3])[body.mesh.faces])
    return np.concatenate(corners)


def _free(scene: Scene, solid: np.ndarray, box: np.ndarray) -> bool:
    """Whether nothing is in a box, and its middle is seen from the beginning of the camera's way."""
    inside = ((solid.min(1) < box[1]) & (solid.max(1) > box[0])).all(1)
    if inside.any():
        return False
    start = scene.route.points[0] - (0, (scene.route.low + scene.route.high) / 2, 0)
    return not blocked(solid, start, box.mean(0))


def blocked(solid: np.ndarray, start: np.ndarray, end: np.ndarray) -> bool:
    """Whether a triangle (f 3 3) cuts the line between two points (Möller and Trumbore 1997)."""
    ray, first, second = end - start, solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0]
    across = np.cross(ray, second)
    scale = (first * across).sum(1)
    scale[np.abs(scale) < 1e-12] = np.inf
    from_corner = start - solid[:, 0]
    u = (from_corner * across).sum(1) / scale
    turned = np.cross(from_corner, first)
    v, t = turned @ ray / scale, (second * turned).sum(1) / scale
    return bool(((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < 1)).any())


def _ahead(scene: Scene, rng: np.random.Generator, near: float, far: float) -> np.ndarray:
    """A place on the floor plan before the camera, as it is seen from the beginning of its way."""
    points = scene.route.points
    aim = (np.array(scene.route.gaze) if scene.route.gaze is not None else points[-1]) - points[0]
    forward = np.array((aim[0], 0.0, aim[2])) / max(float(np.hypot(aim[0], aim[2])), 1e-9)
    depth = rng.uniform(near, far)
    sideways = rng.uniform(-0.5, 0.5) * depth
    return np.asarray(points[0] + forward * depth + np.array((forward[2], 0.0, -forward[0])) * sideways)


def _stood(
    scene: Scene, mesh: Mesh, finishes: Finishes, solid: np.ndarray, tables: Sequence[Body] | None
) -> Body | None:
    """Upright on the ground, or on one of the tables where these are given, where it is free."""
    rng = finishes.rng
    for _ in range(TRIES if tables is None or tables else 0):
        yaw = upright(yaw=rng.uniform(0, 2 * np.pi))
        turned = mesh.vertices @ yaw[:3, :3].T
        spot = _spot(scene, rng, solid) if tables is None else _on(pick(rng, tables), turned, rng)
        if spot is None:
            continue
        foot = spot - (0, turned[:, 1].max() + LIFT, 0)
        box = np.stack((turned.min(0), turned.max(0))) + foot
        if in_the_way(box, scene.route, CLEAR) or not _free(scene, solid, box):
            continue
        yaw[:3, 3] = foot
        return Body(mesh, [finishes.rich((0.03, 0.6))], None, Still(yaw), "mesh")
    return None


def _on(table: Body, turned: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """A place on a table from which nothing juts out; None where the thing is too large."""
    pose = table.motion.pose(0.0)
    points = table.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
    low, high = points.min(0) - turned.min(0), points.max(0) - turned.max(0)
    if (low > high)[[0, 2]].any():
        return None
    x, z = rng.uniform(low[[0, 2]], high[[0, 2]])
    return np.array((x, points[:, 1].min(), z))


def _spot(scene: Scene, rng: np.random.Generator, solid: np.ndarray) -> np.ndarray:
    """A place on the ground: the top of what is flat there near y = 0, or y = 0 where nothing is."""
    spot = _ahead(scene, rng, 0.8, 9.0)
    low, high = solid.min(1), solid.max(1)
    over = ((low <= spot) & (high >= spot))[:, [0, 2]].all(1)
    flat = over & (high[:, 1] - low[:, 1] < 0.02) & (np.abs(low[:, 1]) < 0.4)
    spot[1] = low[flat, 1].min() if flat.any() else 0.0
    return spot


def _flown(scene: Scene, mesh: Mesh, finishes: Finishes, solid: np.ndarray) -> Body | None:
    """Turning in the air where its ball and its way are free."""
    rng = finishes.rng
    radius = float(np.linalg.norm(mesh.vertices, axis=1).max())
    height = (scene.route.low + scene.route.high) / 2
    for _ in range(TRIES):
        middle = _ahead(scene, rng, 1.2, 8.0) - (0, height + rng.uniform(-0.8, 0.8), 0)
        swing = rng.uniform(-0.15, 0.15, 3)
        reach = radius + float(np.linalg.norm(swing))
        if not clear_of(scene.route, middle, reach) or not _free(
            scene, solid, np.stack((middle - reach, middle + reach))
        ):
            continue
        start = any_turn(rng)
        start[:3, 3] = middle
        x, y, z = (float(v) for v in rng.normal(size=3))
        drift = Drift(
            start, (swing[0], swing[1], swing[2]), rng.uniform(2, 6), rng.uniform(0, 1), (x, y, z), rng.uniform(-1, 1)
        )
        return Body(mesh, [finishes.rich((0.03, 0.6))], None, drift, "mesh")
    return None
