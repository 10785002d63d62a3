"""`transforms.json` of NeRF programs: intrinsics for all pictures or for each, and poses.

`fl_x fl_y cx cy w h k1 k2 k3 k4 p1 p2`, or only `camera_angle_x`, the field of view in radians. Their pixels are those
of COLMAP, half a pixel from ours, and a missing principal point is the middle. `transform_matrix` is world_from_camera
with x right, y up and z backwards; here y points down and z forward. The unit is that of the reconstruction.
Source: the instant-ngp and nerfstudio documentation of the data format.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.calibration.camera_model import CameraModel, Lens, camera_from_numbers, simplest_lens
from wilddepth.formats.calibration.colmap import HALF
from wilddepth.formats.calibration.entries import finite_number, whole_number
from wilddepth.formats.calibration.exact import added, decimal, ratio, written
from wilddepth.formats.content import brief, text

_FISHEYE = ("OPENCV_FISHEYE", "FISHEYE")
_KNOWN = ("PINHOLE", "SIMPLE_PINHOLE", "OPENCV", "SIMPLE_RADIAL", "RADIAL", *_FISHEYE)
_TANGENTIAL = ("k1", "k2", "p1", "p2", "k3")
_FISHEYE_KEYS = ("k1", "k2", "k3", "k4")


@dataclass(frozen=True)
class PosedView:
    """One picture of the list; it may be missing on disk.

    Attributes:
        file: its path, as written.
        camera: what took it.
        pose: world_from_camera, 4 x 4 row by row, x right, y down, z forward.
    """

    file: str
    camera: CameraModel
    pose: tuple[float, ...]


def read_camera(path: str | Path) -> CameraModel:
    """The camera of all pictures.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return _camera(_read(path), path)


def read_views(path: str | Path) -> Sequence[PosedView]:
    """The pictures with their poses.

    Raises:
        SampleError: as `read_camera`.
    """
    content = _read(path)
    frames = content.get("frames", [])
    if not isinstance(frames, list) or not all(isinstance(frame, Mapping) for frame in frames):
        raise SampleError(f"{path}: frames is not a list of pictures; check the file")
    return [_view(frame, content, path) for frame in frames]


def is_transforms(content: str) -> bool:
    """Whether a text is such a file, as its beginning tells."""
    return content.lstrip().startswith("{") and any(f'"{key}"' in content for key in ("fl_x", "camera_angle_x"))


def write(path: str | Path, camera: CameraModel, views: Sequence[PosedView] = ()) -> None:
    """Write one camera and the pictures it took.

    Raises:
        ValueError: for a camera whose size is not known, a rational lens, or a picture of another camera.
        OutputError: when the file cannot be written.
    """
    if any(view.camera != camera for view in views):
        raise ValueError("all pictures of one file are written with one camera")
    # Written by hand, because a principal point may need more digits than a float has.
    lines = [f' "{key}": {value}' for key, value in _camera_entries(camera)]
    frames = [{"file_path": view.file, "transform_matrix": _rows(_turned(view.pose))} for view in views]
    write_text(path, "{\n" + ",\n".join([*lines, f' "frames": {json.dumps(frames)}']) + "\n}\n")


def _read(path: str | Path) -> Mapping[str, Any]:
    try:
        # Numbers stay as they are written, with every digit.
        content = json.loads(text(path), parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise SampleError(f"{path} is not JSON ({brief(error)}); it may be cut off") from error
    if not isinstance(content, Mapping):
        raise SampleError(f"{path} holds no entries; check that it is the right file")
    return content


def _view(frame: Mapping[str, Any], shared: Mapping[str, Any], path: str | Path) -> PosedView:
    file, rows = frame.get("file_path"), frame.get("transform_matrix")
    if not isinstance(file, str):
        raise SampleError(f"{path}: a picture has no file_path; check the file")
    if not (isinstance(rows, list) and [len(row) if isinstance(row, list) else 0 for row in rows] == [4] * 4):
        raise SampleError(f"{path}: transform_matrix of {file} is not 4 x 4; check the file")
    values = [float(_number(value, "transform_matrix", path)) for row in rows for value in row]
    return PosedView(file, _camera({**shared, **frame}, path), _turned(values))


def _turned(pose: Sequence[float]) -> tuple[float, ...]:
    """From y up, z backwards to y down, z forward, or back: the second and third column change their sign."""
    return tuple(-value if place % 4 in (1, 2) else value for place, value in enumerate(pose))


def _rows(pose: Sequence[float]) -> Sequence[Sequence[float]]:
    return [list(pose[start : start + 4]) for start in range(0, 16, 4)]


def _camera(entries: Mapping[str, Any], path: str | Path) -> CameraModel:
    width, height = (_number(_present(entries, key, path), key, path) for key in ("w", "h"))
    size = (whole_number(width, "w", path), whole_number(height, "h", path))
    focal_x = _focal(entries, "x", width, path)
    focal_y = _focal(entries, "y", height, path) if {"fl_y", "camera_angle_y"} & set(entries) else focal_x
    centre = [
        float(added(_number(entries[key], key, path) if key in entries else ratio(length, Decimal(2)), -HALF))
        for key, length in (("cx", width), ("cy", height))
    ]
    return camera_from_numbers((focal_x, focal_y, *centre), _lens(entries, path), size, path)


def _focal(entries: Mapping[str, Any], axis: str, length: Decimal, path: str | Path) -> float:
    """px; from the field of view where it is not stated."""
    if f"fl_{axis}" in entries:
        return float(_number(entries[f"fl_{axis}"], f"fl_{axis}", path))
    key = f"camera_angle_{axis}"
    angle = float(_number(_present(entries, key, path), key, path))
    if not 0 < angle < math.pi:
        raise SampleError(f"{path}: {key}={angle:g} is no field of view in radians; check the file")
    return float(length) / (2 * math.tan(angle / 2))


def _lens(entries: Mapping[str, Any], path: str | Path) -> tuple[Lens, tuple[float, ...]]:
    model = entries.get("camera_model", "OPENCV")
    if model not in _KNOWN:
        raise SampleError(f"{path}: the camera_model {brief(model)!r} is not understood ({', '.join(_KNOWN)} are)")
    fisheye = model in _FISHEYE or entries.get("is_fisheye") is True
    keys = _FISHEYE_KEYS if fisheye else _TANGENTIAL
    values = [float(_number(entries.get(key, "0"), key, path)) for key in keys]
    if not fisheye and float(_number(entries.get("k4", "0"), "k4", path)):
        raise SampleError(f"{path}: k4 is stated for a lens that is no fisheye, which is not understood; set it to 0")
    return simplest_lens("equidistant" if fisheye else "radtan", values)


def _present(entries: Mapping[str, Any], key: str, path: str | Path) -> Any:
    if key not in entries:
        raise SampleError(f"{path} has no entry {key!r} (it has {brief(', '.join(list(entries)[:8]))}); add it")
    return entries[key]


def _number(value: Any, key: str, path: str | Path) -> Decimal:
    if not isinstance(value, str):
        raise SampleError(f"{path}: {key} is not a number; check the file")
    return finite_number(value, key, path)


def _camera_entries(camera: CameraModel) -> Sequence[tuple[str, str]]:
    if camera.size is None:
        raise ValueError("transforms.json states the size of the pictures, which this camera does not have")
    if camera.lens == "rational":
        raise ValueError("transforms.json has no rational lens; write another format")
    fisheye = camera.lens == "equidistant"
    keys = _FISHEYE_KEYS if fisheye else _TANGENTIAL
    centre = [added(decimal(value), HALF) for value in (camera.centre_x, camera.centre_y)]
    return [
        ("camera_model", '"OPENCV_FISHEYE"' if fisheye else '"OPENCV"'),
        ("w", str(camera.width)),
        ("h", str(camera.height)),
        ("fl_x", repr(camera.focal_x)),
        ("fl_y", repr(camera.focal_y)),
        *((key, written(value)) for key, value in zip(("cx", "cy"), centre, strict=True)),
        *((key, repr(value)) for key, value in zip(keys, camera.coefficients, strict=False)),
    ]
