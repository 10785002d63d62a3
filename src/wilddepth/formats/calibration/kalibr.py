"""Kalibr's camchain YAML: cam0, cam1, ... with the motion of each from the one before (`T_cn_cnm1`, m).

Source: the Kalibr wiki, "yaml formats".
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import tree as trees
from wilddepth.formats.calibration.camera_model import CameraModel, Lens, camera_from_numbers, named_lens
from wilddepth.formats.calibration.entries import whole_number
from wilddepth.formats.calibration.rig import StereoRig, checked_rig
from wilddepth.formats.calibration.tree import Tree, list_text, write_lines
from wilddepth.formats.content import brief

_LENSES: dict[str, Lens] = {"radtan": "radtan", "equidistant": "equidistant", "equi": "equidistant", "none": "pinhole"}


def read_camera(path: str | Path, name: str = "cam0") -> CameraModel:
    """One camera of a chain.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return _camera(trees.inner(trees.read_tree(path), name, path), path)


def read_rig(path: str | Path) -> StereoRig:
    """The first two cameras of a chain.

    Raises:
        SampleError: as `read_camera`.
    """
    tree = trees.read_tree(path)
    left, right = (trees.inner(tree, name, path) for name in ("cam0", "cam1"))
    pose = np.array(trees.numbers(right, "T_cn_cnm1", path, 16)).reshape(4, 4)
    rotation, translation = tuple(pose[:3, :3].ravel().tolist()), tuple(pose[:3, 3].tolist())
    return checked_rig(StereoRig(_camera(left, path), _camera(right, path), rotation, translation), path)


def is_chain(tree: Tree) -> bool:
    """Whether a tree is a chain."""
    return isinstance(tree.get("cam0"), dict) and "intrinsics" in tree["cam0"]


def write_rig(path: str | Path, rig: StereoRig) -> None:
    """Write a chain of two cameras.

    Raises:
        ValueError: for a lens that Kalibr does not have, or a camera whose size is not known.
        OutputError: when the file cannot be written.
    """
    rows = [
        [*rig.rotation[0:3], rig.translation[0]],
        [*rig.rotation[3:6], rig.translation[1]],
        [*rig.rotation[6:9], rig.translation[2]],
        [0.0, 0.0, 0.0, 1.0],
    ]
    pose = ["  T_cn_cnm1:", *(f"  - {list_text(row)}" for row in rows)]
    write_lines(path, ["cam0:", *_lines(rig.left), "cam1:", *pose, *_lines(rig.right)])


def lens_without_k3(camera: CameraModel, name: str) -> Sequence[float]:
    """k1 k2 p1 p2, or the four of a fisheye.

    Raises:
        ValueError: for a lens that a format of four coefficients cannot hold.
    """
    if camera.lens == "rational" or (camera.lens == "radtan" and camera.coefficients[4]):
        raise ValueError(f"{name} has four distortion coefficients, which cannot hold this {camera.lens} lens")
    return camera.coefficients[:4] or (0.0,) * 4


def _camera(tree: Tree, path: str | Path) -> CameraModel:
    model = trees.word(tree, "camera_model", path)
    if model != "pinhole":
        raise SampleError(
            f"{path}: the camera model {brief(model)!r} is not understood; calibrate with pinhole-radtan or -equi"
        )
    name = trees.word(tree, "distortion_model", path)
    values = trees.numbers(tree, "distortion_coeffs", path) if name != "none" else ()
    width, height = trees.numbers(tree, "resolution", path, 2)
    size = (whole_number(width, "resolution", path), whole_number(height, "resolution", path))
    intrinsics = trees.numbers(tree, "intrinsics", path, 4)
    return camera_from_numbers(intrinsics, named_lens(name, _LENSES, values, path), size, path)


def _lines(camera: CameraModel) -> Sequence[str]:
    if camera.size is None:
        raise ValueError("Kalibr states the size of the pictures, which this camera does not have")
    intrinsics = [camera.focal_x, camera.focal_y, camera.centre_x, camera.centre_y]
    return [
        "  camera_model: pinhole",
        f"  distortion_coeffs: {list_text(lens_without_k3(camera, 'Kalibr'))}",
        f"  distortion_model: {'equidistant' if camera.lens == 'equidistant' else 'radtan'}",
        f"  intrinsics: {list_text(intrinsics)}",
        f"  resolution: [{camera.width}, {camera.height}]",
    ]
