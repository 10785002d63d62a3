"""OpenCV's YAML (`cv::FileStorage`): one camera, or a pair with R and T.

Names differ from program to program, so several are read: M1/K1/cameraMatrix1 and the like for a pair, camera_matrix/K
for one camera. The lens is told by the number of coefficients, as OpenCV's functions do; a fisheye is told only by an
entry `distortion_model: equidistant`, which is written here. OpenCV does not know the unit of T: whoever reads says it.
R and T take points of the first camera to the second, as `stereoCalibrate` gives them. P1 and P2, if there, describe
the rectified pair.
Source: OpenCV documentation, "Camera Calibration and 3D Reconstruction" and "FileStorage".
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import tree as trees
from wilddepth.formats.calibration.camera_model import (
    CameraModel,
    Lens,
    camera_from_matrix,
    lens_of,
    named_lens,
)
from wilddepth.formats.calibration.entries import whole_number
from wilddepth.formats.calibration.exact import decimal, product
from wilddepth.formats.calibration.projection import calibration_of_projections
from wilddepth.formats.calibration.rig import StereoRig, checked_rig
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.calibration.tree import Tree, list_text, write_lines

_MATRIX = ("M{}", "K{}", "cameraMatrix{}", "camera_matrix_{}", "CM{}")
_DISTORTION = ("D{}", "distCoeffs{}", "dist_coeffs_{}", "distortion_coefficients_{}")
_SINGLE_MATRIX = ("camera_matrix", "cameraMatrix", "K", "M")
_SINGLE_DISTORTION = ("distortion_coefficients", "distCoeffs", "dist_coeffs", "D")
_SIZES = (("image_width", "image_height"), ("width", "height"))


def read_camera(path: str | Path) -> CameraModel:
    """The one camera of a file.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return _camera(trees.read_tree(path), _SINGLE_MATRIX, _SINGLE_DISTORTION, path)


def read_rig(path: str | Path, *, unit_m: float = 1.0) -> StereoRig:
    """The pair of a file.

    Args:
        path: the file.
        unit_m: the unit of T in m: 0.001 where the board was measured in mm.

    Raises:
        SampleError: as `read_camera`.
    """
    tree = trees.read_tree(path)
    left, right = (_camera(tree, _numbered(_MATRIX, side), _numbered(_DISTORTION, side), path) for side in (1, 2))
    rotation = trees.numbers(tree, "R", path)
    if len(rotation) != 9:
        raise SampleError(f"{path}: R holds {len(rotation)} numbers; give the 3 x 3 rotation")
    translation = [product(value, decimal(unit_m)) for value in trees.decimals(tree, "T", path, 3)]
    return checked_rig(StereoRig(left, right, rotation, tuple(map(float, translation))), path)


def read_rectified(path: str | Path, *, unit_m: float = 1.0) -> StereoCalibration:
    """The pair that P1 and P2 describe, which `stereoRectify` gave.

    Raises:
        SampleError: as `read_camera`, and for a file without them.
    """
    tree = trees.read_tree(path)
    left, right = (_in_metres(trees.decimals(tree, key, path, 12), unit_m) for key in ("P1", "P2"))
    return calibration_of_projections(left, right, path, _size(tree, path))


def is_pair(tree: Tree) -> bool:
    """Whether a tree holds the first or second camera of a pair, and should hold both."""
    return any(any(key in tree for key in _numbered(_MATRIX, side)) for side in (1, 2))


def is_camera(tree: Tree) -> bool:
    """Whether a tree holds one camera."""
    return any(key in tree for key in _SINGLE_MATRIX)


def write_camera(path: str | Path, camera: CameraModel) -> None:
    """Write one camera.

    Raises:
        OutputError: when the file cannot be written.
    """
    lines = [*_header(camera), *_matrix_lines("camera_matrix", _rows(camera), 3)]
    write_lines(path, [*lines, *_matrix_lines("distortion_coefficients", _written(camera), 1)])


def write_rig(path: str | Path, rig: StereoRig) -> None:
    """Write a pair: K1 D1 K2 D2 R T, T in m.

    Raises:
        ValueError: when one view has a fisheye lens and the other has not.
        OutputError: when the file cannot be written.
    """
    if (rig.left.lens == "equidistant") != (rig.right.lens == "equidistant"):
        raise ValueError("OpenCV knows no pair of a fisheye and another lens; write Kalibr's format")
    lines = [*_header(rig.left)]
    for side, camera in ((1, rig.left), (2, rig.right)):
        lines += [*_matrix_lines(f"K{side}", _rows(camera), 3), *_matrix_lines(f"D{side}", _written(camera), 1)]
    lines += [*_matrix_lines("R", rig.rotation, 3), *_matrix_lines("T", rig.translation, 3)]
    write_lines(path, lines)


def _numbered(names: Sequence[str], side: int) -> Sequence[str]:
    return [name.format(side) for name in names]


def _camera(tree: Tree, matrices: Sequence[str], distortions: Sequence[str], path: str | Path) -> CameraModel:
    """The camera under the first of these names that is there."""
    matrix = trees.numbers(tree, _present(tree, matrices), path, 9)
    key = _present(tree, distortions)
    values = trees.numbers(tree, key, path) if key in tree else ()
    return camera_from_matrix(matrix, _lens(tree, values, path), _size(tree, path), path)


def _lens(tree: Tree, values: Sequence[float], path: str | Path) -> tuple[Lens, tuple[float, ...]]:
    if "distortion_model" in tree and trees.word(tree, "distortion_model", path) in ("equidistant", "fisheye"):
        return named_lens("equidistant", {"equidistant": "equidistant"}, values, path)
    return lens_of(values, path)


def _present(tree: Tree, names: Sequence[str]) -> str:
    return next((name for name in names if name in tree), names[0])


def _size(tree: Tree, path: str | Path) -> tuple[int, int] | None:
    for keys in _SIZES:
        if trees.has(tree, *keys):
            return trees.size(tree, keys, path)
    for key in ("imageSize", "image_size"):
        if key in tree:
            width, height = trees.numbers(tree, key, path, 2)
            return whole_number(width, key, path), whole_number(height, key, path)
    return None


def _in_metres(projection: Sequence[Decimal], unit_m: float) -> Sequence[Decimal]:
    """The fourth column holds lengths."""
    unit = decimal(unit_m)
    return [product(value, unit) if place % 4 == 3 else value for place, value in enumerate(projection)]


def _header(camera: CameraModel) -> Sequence[str]:
    size = [] if camera.size is None else [f"image_width: {camera.width}", f"image_height: {camera.height}"]
    lens = ["distortion_model: equidistant"] if camera.lens == "equidistant" else []
    return ["%YAML:1.0", "---", *size, *lens]


def _rows(camera: CameraModel) -> Sequence[float]:
    return [float(value) for value in camera.matrix.ravel()]


def _written(camera: CameraModel) -> Sequence[float]:
    """FileStorage reads no matrix without entries: a pinhole is written as zeros."""
    return camera.coefficients or (0.0,) * 5


def _matrix_lines(key: str, values: Sequence[float], rows: int) -> Sequence[str]:
    columns = len(values) // rows
    shape = [f"   rows: {rows}", f"   cols: {columns}", "   dt: d"]
    return [f"{key}: !!opencv-matrix", *shape, f"   data: {list_text(values)}"]
