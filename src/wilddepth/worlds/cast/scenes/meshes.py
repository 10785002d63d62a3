"""Meshes of one's own in any scene: every OBJ, PLY, STL, GLB and OFF file of a folder, in materials of ours.

Only the triangles are read: colours, textures and materials of the files are not used, and nothing that a file names
is opened. Files are held to a size and a number of faces; nothing is simplified unasked, as that would change what the
user gave: a mesh that is too large is refused, with the number it must come down to.
"""

import struct
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from wilddepth.errors import ConfigError, SampleError
from wilddepth.worlds.cast.scene import Body, Mesh, Scene, Still
from wilddepth.worlds.cast.scenes.assembly import any_turn, in_the_way, pick
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.flying import CLEAR, Drift, clear_of
from wilddepth.worlds.cast.shapes import place, turn_about

SUFFIXES = (".obj", ".ply", ".stl", ".glb", ".off")
MOST_BYTES = 64 << 20
MOST_FACES = 20_000
MOST_FILES = 2_000
Up = Literal["y", "-y", "z", "-z"]
Where = Literal["ground", "table", "flying", "any"]
_UPRIGHT = {
    "y": turn_about((1, 0, 0), np.pi),
    "-y": np.eye(4),
    "z": turn_about((1, 0, 0), np.pi / 2),
    "-z": turn_about((1, 0, 0), -np.pi / 2),
}
TRIES = 24


def read_meshes(
    folder: Path, *, up: Up = "y", most_bytes: int = MOST_BYTES, most_faces: int = MOST_FACES
) -> list[Mesh]:
    """All meshes of a folder, in the order of their names, each centred and 1 across.

    Args:
        folder: looked through without its subfolders; other files are passed over.
        up: which axis of the files points up.
        most_bytes: of one file.
        most_faces: of one mesh.

    Returns:
        Meshes upright in our coordinates (Y down), the middle of their boxes at the origin, longest extent 1.

    Raises:
        SampleError: the folder is missing or holds no mesh; a file is damaged, empty or too large.
        ConfigError: trimesh is not installed.
    """
    if not folder.is_dir():
        raise SampleError(f"{folder} is not a folder; give one that holds {_kinds()} files")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise SampleError(f"{folder} holds no mesh; put {_kinds()} files into it")
    if len(files) > MOST_FILES:
        raise SampleError(f"{folder} holds {len(files)} meshes, more than {MOST_FILES}; split it into several folders")
    return [_upright(read_mesh(path, most_bytes=most_bytes, most_faces=most_faces), up) for path in files]


def read_mesh(path: Path, *, most_bytes: int = MOST_BYTES, most_faces: int = MOST_FACES) -> Mesh:
    """The triangles of one file, as they are.

    Raises:
        SampleError: it is damaged, empty or too large; the message names the file and what to do.
        ConfigError: trimesh is not installed.
    """
    size = path.stat().st_size
    if size > most_bytes:
        raise SampleError(f"{path} has {size >> 20} MiB, more than {most_bytes >> 20}; simplify it or leave it out")
    vertices, faces = _triangles(path)
    if len(faces) == 0:
        raise SampleError(f"{path} holds no triangle; export it as a surface mesh or leave it out")
    if len(faces) > most_faces:
        raise SampleError(f"{path} has {len(faces)} triangles, more than {most_faces}; simplify it to fewer")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise SampleError(f"{path} names corners that it does not hold; export it again or leave it out")
    used = vertices[faces]
    if not np.isfinite(used).all() or np.abs(used).max() > 1e9 or np.ptp(used.reshape(-1, 3), axis=0).max() <= 0:
        raise SampleError(f"{path} has corners without a usable place; export it again or leave it out")
    return Mesh(vertices, faces.astype(np.int32))


def _triangles(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Corners (v 3) and faces (f 3) as trimesh reads them from an open file: nothing beside it can be reached."""
    try:
        import trimesh
    except ImportError as error:
        raise ConfigError('reading meshes needs trimesh; install it with: pip install "wilddepth[worlds]"') from error
    kind = path.suffix.lower().lstrip(".")
    try:
        with path.open("rb") as file:
            whole = trimesh.load_scene(file, file_type=kind, skip_materials=True, process=False)
        parts = [part for part in whole.dump() if isinstance(part, trimesh.Trimesh)]
    except DAMAGE as error:
        raise SampleError(
            f"{path} cannot be read as {kind.upper()} ({_short(error)}); export it again or leave it out"
        ) from error
    if not parts:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [np.asarray(part.faces, np.int64) + start for part, start in zip(parts, starts[:-1], strict=True)]
    return np.concatenate([np.asarray(part.vertices, float) for part in parts]), np.concatenate(faces)


DAMAGE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, ArithmeticError, OSError, EOFError,
    NotImplementedError, NameError, MemoryError, RecursionError, struct.error, zipfile.BadZipFile, ImportError,
)  # fmt: skip
"""What the readers of trimesh raise on bytes that are not what they say."""


def _short(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return text[0][:120] if text else type(error).__name__


def _kinds() -> str:
    return ", ".join(suffix[1:].upper() for suffix in SUFFIXES)


def _upright(mesh: Mesh, up: Up) -> Mesh:
    points = mesh.vertices @ _UPRIGHT[up][:3, :3].T
    used = points[np.unique(mesh.faces)]
    low, high = used.min(0), used.max(0)
    return Mesh((points - (low + high) / 2) / (high - low).max(), mesh.faces)


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
    boxes, added = _boxes(scene.bodies), []
    tops = [body for body in scene.bodies if body.kind in ("table", "desk")]
    for _ in range(count):
        mesh, finishes = pick(rng, meshes), Finishes(rng)
        options: tuple[Where, ...] = ("ground", "flying", "table") if tops else ("ground", "flying")
        here = pick(rng, options) if where == "any" else where
        scaled = Mesh(mesh.vertices * rng.uniform(*size), mesh.faces)
        if here == "flying":
            body = _flown(scene, scaled, finishes, boxes)
        else:
            body = _stood(scene, scaled, finishes, boxes, tops if here == "table" else [])
        if body is not None:
            added.append(body)
            boxes = np.concatenate([boxes, _boxes([body])])
    return replace(scene, bodies=(*scene.bodies, *added))


def _boxes(bodies: Sequence[Body]) -> np.ndarray:
    """(f 2 3): the box of each triangle; of what moves, only of where it is at first."""
    corners = []
    for body in bodies:
        pose = body.motion.pose(0.0)
        corners.append((body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3])[body.mesh.faces])
    points = np.concatenate(corners)
    return np.stack((points.min(1), points.max(1)), 1)


def _hit(boxes: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    return bool(((boxes[:, 0] < high) & (boxes[:, 1] > low)).all(1).any())


def _ahead(scene: Scene, rng: np.random.Generator, near: float, far: float) -> np.ndarray:
    """A place on the floor plan before the camera, as it is seen from the beginning of its way."""
    points = scene.route.points
    aim = (np.array(scene.route.gaze) if scene.route.gaze is not None else points[-1]) - points[0]
    forward = np.array((aim[0], 0.0, aim[2])) / max(float(np.hypot(aim[0], aim[2])), 1e-9)
    depth = rng.uniform(near, far)
    sideways = rng.uniform(-0.5, 0.5) * depth
    return np.asarray(points[0] + forward * depth + np.array((forward[2], 0.0, -forward[0])) * sideways)


def _stood(scene: Scene, mesh: Mesh, finishes: Finishes, boxes: np.ndarray, tables: Sequence[Body]) -> Body | None:
    """Upright on the ground, or on a table, where it is free."""
    rng = finishes.rng
    for _ in range(TRIES):
        x, _, z = _ahead(scene, rng, 0.8, 9.0)
        if tables:
            low, high = _span(pick(rng, tables))
            (x, z), y = rng.uniform(low[[0, 2]], high[[0, 2]]), low[1]
        else:
            y = _floor(boxes, x, z)
        yaw = place(yaw=rng.uniform(0, 2 * np.pi))
        turned = mesh.vertices @ yaw[:3, :3].T
        foot = np.array((x, y - turned[:, 1].max() - 0.002, z))
        box = np.stack((turned.min(0), turned.max(0))) + foot
        over = bool(tables) and bool((box[0][[0, 2]] < low[[0, 2]]).any() or (box[1][[0, 2]] > high[[0, 2]]).any())
        if over or in_the_way(box, scene.route, CLEAR) or _hit(boxes, box[0], box[1]):
            continue
        yaw[:3, 3] = foot
        return Body(mesh, [finishes.rich((0.03, 0.6))], None, Still(yaw), "mesh")
    return None


def _span(body: Body) -> np.ndarray:
    pose = body.motion.pose(0.0)
    points = body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
    return np.stack((points.min(0), points.max(0)))


def _floor(boxes: np.ndarray, x: float, z: float) -> float:
    """Height of the ground there: the top of the flat triangles near y = 0 over that place; 0 where there is none."""
    over = (boxes[:, 0, 0] <= x) & (boxes[:, 1, 0] >= x) & (boxes[:, 0, 2] <= z) & (boxes[:, 1, 2] >= z)
    flat = over & (boxes[:, 1, 1] - boxes[:, 0, 1] < 0.02) & (np.abs(boxes[:, 0, 1]) < 0.4)
    return float(boxes[flat, 0, 1].min()) if flat.any() else 0.0


def _flown(scene: Scene, mesh: Mesh, finishes: Finishes, boxes: np.ndarray) -> Body | None:
    """Turning in the air where its ball and its way are free."""
    rng = finishes.rng
    radius = float(np.linalg.norm(mesh.vertices, axis=1).max())
    height = (scene.route.low + scene.route.high) / 2
    for _ in range(TRIES):
        middle = _ahead(scene, rng, 1.2, 8.0) - (0, height + rng.uniform(-0.8, 0.8), 0)
        swing = rng.uniform(-0.15, 0.15, 3)
        reach = radius + float(np.linalg.norm(swing))
        if not clear_of(scene.route, middle, reach) or _hit(boxes, middle - reach, middle + reach):
            continue
        start = any_turn(rng)
        start[:3, 3] = middle
        x, y, z = (float(v) for v in rng.normal(size=3))
        drift = Drift(
            start, (swing[0], swing[1], swing[2]), rng.uniform(2, 6), rng.uniform(0, 1), (x, y, z), rng.uniform(-1, 1)
        )
        return Body(mesh, [finishes.rich((0.03, 0.6))], None, drift, "mesh")
    return None
