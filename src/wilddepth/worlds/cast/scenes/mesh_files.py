"""Meshes of one's own: every OBJ, PLY, STL, GLB and OFF file of a folder.

Only the triangles are read: colours, textures and materials of the files are not used, and nothing that a file names
is opened. Files are held to a size and a number of faces; nothing is simplified unasked, as that would change what the
user gave: a mesh that is too large is refused, with the number it must come down to.
"""

import json
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np

from wilddepth.errors import ConfigError, SampleError
from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.shapes import turn_about

SUFFIXES = (".obj", ".ply", ".stl", ".glb", ".off")
MOST_BYTES = 64 << 20
MOST_FACES = 20_000
MOST_FILES = 2_000
Up = Literal["y", "-y", "z", "-z"]
_UPRIGHT = {
    "y": turn_about((1, 0, 0), np.pi),
    "-y": np.eye(4),
    "z": turn_about((1, 0, 0), np.pi / 2),
    "-z": turn_about((1, 0, 0), -np.pi / 2),
}
MOST_COUNT = 8_000_000
"""Numbers that one table of a GLB file may announce: a few bytes can announce any number."""


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
    if path.suffix.lower() == ".glb" and _announced(path) > MOST_COUNT:
        raise SampleError(f"{path} announces more than {MOST_COUNT} numbers in one table; simplify it or leave it out")
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
    """Corners (v 3) and faces (f 3) as trimesh reads them from bytes: nothing beside the file can be reached."""
    try:
        import trimesh
    except ImportError as error:
        raise ConfigError('reading meshes needs trimesh; install it with: pip install "wilddepth[worlds]"') from error
    kind = path.suffix.lower().lstrip(".")
    try:
        # Bytes without a name: from an open file trimesh would take the folder, and open what the mesh asks for.
        whole = trimesh.load_scene(BytesIO(path.read_bytes()), file_type=kind, skip_materials=True, process=False)
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


def _announced(path: Path) -> int:
    """The largest count that the tables of a GLB file announce; 0 where it cannot be read (then trimesh complains)."""
    with path.open("rb") as file:
        head = file.read(20)
        length = int.from_bytes(head[12:16], "little")
        text = file.read(min(length, MOST_BYTES))
    try:
        return max((int(table["count"]) for table in json.loads(text)["accessors"]), default=0)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return 0


def _short(error: BaseException) -> str:
    if isinstance(error, ImportError):  # what guesses encodings is not installed
        return "its text is not UTF-8"
    text = str(error).strip().splitlines()
    return text[0][:120] if text else type(error).__name__


def _kinds() -> str:
    return ", ".join(suffix[1:].upper() for suffix in SUFFIXES)


def _upright(mesh: Mesh, up: Up) -> Mesh:
    points = mesh.vertices @ _UPRIGHT[up][:3, :3].T
    used = points[np.unique(mesh.faces)]
    low, high = used.min(0), used.max(0)
    return Mesh((points - (low + high) / 2) / (high - low).max(), mesh.faces)
