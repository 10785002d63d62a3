"""ROS `camera_info`: the YAML of camera_calibration_parsers, or the message itself (`K D R P`, lower case in ROS 2).

A pair is two files, or one file with both: two documents, or the keys `left` and `right`. R and P describe the
rectified pair: R turns the camera's own axes to the rectified ones, and the right P[0, 3] is -f B. The motion between
the cameras is not stated; it follows from both R and B.
Source: ROS sensor_msgs/CameraInfo; REP 104.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import tree as trees
from wilddepth.formats.calibration.camera_model import CameraModel, Lens, camera_from_matrix, named_lens
from wilddepth.formats.calibration.exact import written
from wilddepth.formats.calibration.projection import calibration_of_projections, projections
from wilddepth.formats.calibration.rig import StereoRig, checked_rig
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.calibration.tree import Tree, list_text, write_lines

_MODELS: dict[str, Lens] = {
    "plumb_bob": "radtan",
    "rational_polynomial": "rational",
    "equidistant": "equidistant",
    "": "pinhole",
}
_NAMES: dict[Lens, str] = {
    "pinhole": "plumb_bob",
    "radtan": "plumb_bob",
    "rational": "rational_polynomial",
    "equidistant": "equidistant",
}
# Of the YAML file, of the message in ROS 1, of the message in ROS 2.
_KEYS = {
    "matrix": ("camera_matrix", "K", "k"),
    "distortion": ("distortion_coefficients", "D", "d"),
    "rectification": ("rectification_matrix", "R", "r"),
    "projection": ("projection_matrix", "P", "p"),
}


@dataclass(frozen=True)
class CameraInfo:
    """What one camera_info says.

    Attributes:
        camera: the camera as it is.
        rectification: R, 3 x 3 row by row: rectified_from_camera.
        projection: P, 3 x 4 row by row, of the rectified picture; px and px m.
        name: of the camera.
    """

    camera: CameraModel
    rectification: tuple[float, ...]
    projection: tuple[Decimal, ...]
    name: str = "camera"


def read_infos(*paths: str | Path) -> Sequence[CameraInfo]:
    """The cameras of the files, in order.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return [_info(tree, path) for path in paths for tree in _trees(path)]


def read_camera(path: str | Path) -> CameraModel:
    """The one camera of a file.

    Raises:
        SampleError: as `read_infos`, and for a file of several.
    """
    infos = read_infos(path)
    if len(infos) != 1:
        raise SampleError(f"{path} holds {len(infos)} cameras; one was expected")
    return infos[0].camera


def read_rig(*paths: str | Path) -> StereoRig:
    """The rig that left and right camera_info imply.

    Raises:
        SampleError: as `read_infos`, and when there are not two cameras, or their P have no baseline.
    """
    left, right = _two(paths)
    pair = _rectified(left, right, paths[-1])
    left_turn, right_turn = (np.array(info.rectification).reshape(3, 3) for info in (left, right))
    with np.errstate(all="ignore"):  # absurd numbers are refused below
        rotation = right_turn.T @ left_turn
        translation = right_turn.T @ np.array([-pair.baseline_m, 0.0, 0.0])
    rig = StereoRig(left.camera, right.camera, tuple(rotation.ravel().tolist()), tuple(translation.tolist()))
    return checked_rig(rig, paths[-1])


def read_rectified(*paths: str | Path) -> StereoCalibration:
    """The rectified pair that both P describe.

    Raises:
        SampleError: as `read_rig`.
    """
    left, right = _two(paths)
    return _rectified(left, right, paths[-1])


def infos_of(
    rig: StereoRig, turns: tuple[Sequence[float], Sequence[float]], pair: StereoCalibration
) -> tuple[CameraInfo, CameraInfo]:
    """What to write for a rig that was rectified.

    Args:
        rig: the cameras.
        turns: R of both views, row by row: rectified_from_camera.
        pair: the rectified pair.
    """
    left, right = (
        CameraInfo(camera, tuple(turn), tuple(projection), name)
        for camera, turn, projection, name in zip(
            (rig.left, rig.right), turns, projections(pair), ("left", "right"), strict=True
        )
    )
    return left, right


def write_infos(path: str | Path, *infos: CameraInfo) -> None:
    """Write cameras as the documents of one file.

    Raises:
        ValueError: for a camera whose size is not known, or without any camera.
        OutputError: when the file cannot be written.
    """
    if not infos:
        raise ValueError("there is no camera to write")
    lines = [line for info in infos for line in ("---", *_lines(info))]
    write_lines(path, lines[1:])


def is_info(tree: Tree) -> bool:
    """Whether a tree is one camera, or two under `left` and `right`."""
    if trees.has(tree, "left", "right"):
        return all(isinstance(tree[side], dict) and is_info(tree[side]) for side in ("left", "right"))
    return all(_present(tree, part) is not None for part in ("matrix", "projection"))


def _trees(path: str | Path) -> Sequence[Tree]:
    found = trees.read_trees(path)
    if len(found) == 1 and trees.has(found[0], "left", "right"):
        return [trees.inner(found[0], side, path) for side in ("left", "right")]
    return found


def _info(tree: Tree, path: str | Path) -> CameraInfo:
    model = trees.word(tree, "distortion_model", path) if "distortion_model" in tree else "plumb_bob"
    values = trees.numbers(tree, _present(tree, "distortion") or "", path) if _present(tree, "distortion") else ()
    lens = named_lens(model if values else "", _MODELS, values, path)
    keys = ("image_width", "image_height") if "image_width" in tree else ("width", "height")
    matrix = trees.numbers(tree, _key(tree, "matrix"), path, 9)
    return CameraInfo(
        camera=camera_from_matrix(matrix, lens, trees.size(tree, keys, path), path),
        rectification=trees.numbers(tree, _key(tree, "rectification"), path, 9),
        projection=tuple(trees.decimals(tree, _key(tree, "projection"), path, 12)),
        name=trees.word(tree, "camera_name", path) if "camera_name" in tree else "camera",
    )


def _present(tree: Tree, part: str) -> str | None:
    return next((key for key in _KEYS[part] if key in tree), None)


def _key(tree: Tree, part: str) -> str:
    """The key of a part; the first of its names, to be complained about, where none is there."""
    return _present(tree, part) or _KEYS[part][0]


def _two(paths: Sequence[str | Path]) -> tuple[CameraInfo, CameraInfo]:
    infos = read_infos(*paths)
    if len(infos) != 2:
        raise SampleError(f"{paths[-1]}: a pair has two cameras, not {len(infos)}; give the files of both")
    return infos[0], infos[1]


def _rectified(left: CameraInfo, right: CameraInfo, path: str | Path) -> StereoCalibration:
    return calibration_of_projections(left.projection, right.projection, path, left.camera.size)


def _lines(info: CameraInfo) -> Sequence[str]:
    camera = info.camera
    if camera.size is None:
        raise ValueError("camera_info states the size of the pictures, which this camera does not have")
    coefficients = camera.coefficients or (0.0,) * 5
    return [
        f"image_width: {camera.width}",
        f"image_height: {camera.height}",
        f"camera_name: {info.name}",
        *_matrix_lines("camera_matrix", 3, list_text([float(value) for value in camera.matrix.ravel()])),
        f"distortion_model: {_NAMES[camera.lens]}",
        *_matrix_lines("distortion_coefficients", 1, list_text(coefficients), len(coefficients)),
        *_matrix_lines("rectification_matrix", 3, list_text(info.rectification)),
        *_matrix_lines("projection_matrix", 3, f"[{', '.join(map(_decimal_text, info.projection))}]", 4),
    ]


def _matrix_lines(key: str, rows: int, data: str, columns: int = 3) -> Sequence[str]:
    return [f"{key}:", f"  rows: {rows}", f"  cols: {columns}", f"  data: {data}"]


def _decimal_text(value: Decimal) -> str:
    """All digits, with the point that YAML wants in a number."""
    digits = written(value)
    return digits if "." in digits else digits + ".0"
