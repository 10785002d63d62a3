"""EuRoC (ASL) `sensor.yaml`, one for each camera: intrinsics, radial-tangential lens, place on the body (T_BS, m).

Source: Burri et al., IJRR 2016, sec. 4; the data set's page.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import tree as trees
from wilddepth.formats.calibration.camera_model import CameraModel, Lens, camera_from_numbers, named_lens
from wilddepth.formats.calibration.entries import whole_number
from wilddepth.formats.calibration.kalibr import lens_without_k3
from wilddepth.formats.calibration.rig import Pose, StereoRig, inverted, pose_of, rig_from_poses
from wilddepth.formats.calibration.tree import Tree, list_text, write_lines
from wilddepth.formats.content import brief

_LENSES: dict[str, Lens] = {"radial-tangential": "radtan", "radtan": "radtan", "equidistant": "equidistant"}


def read_camera(path: str | Path) -> CameraModel:
    """The camera of one sensor.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return _camera(trees.read_tree(path), path)


def read_rig(left: str | Path, right: str | Path) -> StereoRig:
    """The rig of two sensors on one body.

    Raises:
        SampleError: as `read_camera`.
    """
    sensors = [(trees.read_tree(path), path) for path in (left, right)]
    cameras = [_camera(tree, path) for tree, path in sensors]
    poses = [_body_from_sensor(tree, path) for tree, path in sensors]
    return rig_from_poses(cameras[0], cameras[1], poses[0], inverted(poses[1]), right)


def is_sensor(tree: Tree) -> bool:
    """Whether a tree is one sensor."""
    return trees.has(tree, "T_BS", "intrinsics")


def write_rig(left: str | Path, right: str | Path, rig: StereoRig) -> None:
    """Write both sensors; the body has the axes of the right camera, so that nothing is inverted or rounded.

    Raises:
        ValueError: for a lens that four coefficients cannot hold, or a camera whose size is not known.
        OutputError: when a file cannot be written.
    """
    write_lines(left, _lines(rig.left, pose_of(rig.rotation, rig.translation)))
    write_lines(right, _lines(rig.right, np.eye(4)))


def _camera(tree: Tree, path: str | Path) -> CameraModel:
    model = trees.word(tree, "camera_model", path)
    if model != "pinhole":
        raise SampleError(f"{path}: the camera model {brief(model)!r} is not understood; only pinhole is")
    width, height = trees.numbers(tree, "resolution", path, 2)
    size = (whole_number(width, "resolution", path), whole_number(height, "resolution", path))
    values = trees.numbers(tree, "distortion_coefficients", path)
    lens = named_lens(trees.word(tree, "distortion_model", path), _LENSES, values, path)
    return camera_from_numbers(trees.numbers(tree, "intrinsics", path, 4), lens, size, path)


def _body_from_sensor(tree: Tree, path: str | Path) -> Pose:
    return np.array(trees.numbers(tree, "T_BS", path, 16)).reshape(4, 4)


def _lines(camera: CameraModel, body_from_sensor: Pose) -> Sequence[str]:
    if camera.size is None:
        raise ValueError("sensor.yaml states the size of the pictures, which this camera does not have")
    intrinsics = [camera.focal_x, camera.focal_y, camera.centre_x, camera.centre_y]
    return [
        "%YAML:1.0",
        "sensor_type: camera",
        "T_BS:",
        "  cols: 4",
        "  rows: 4",
        f"  data: {list_text([float(value) for value in body_from_sensor.ravel()])}",
        f"resolution: [{camera.width}, {camera.height}]",
        "camera_model: pinhole",
        f"intrinsics: {list_text(intrinsics)} # fu, fv, cu, cv",
        f"distortion_model: {'equidistant' if camera.lens == 'equidistant' else 'radial-tangential'}",
        f"distortion_coefficients: {list_text(lens_without_k3(camera, 'EuRoC'))}",
    ]
