"""A calibration file of a format that its content tells."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import (
    colmap,
    eth3d,
    euroc,
    kalibr,
    karlsruhe,
    kitti,
    matrix_text,
    middlebury,
    opencv,
    ros,
    transforms,
)
from wilddepth.formats.calibration import tree as trees
from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.entries import read_entries
from wilddepth.formats.calibration.rectified import pair_of_rig
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.content import text

Kind = Literal[
    "middlebury",
    "eth3d",
    "karlsruhe",
    "kitti",
    "opencv",
    "ros",
    "kalibr",
    "euroc",
    "colmap",
    "matrix",
    "transforms",
]

_KITTI_KEYS = ("P0", "P2", "P_rect_00", "P_rect_02", "K_00", "K_02")


def detect(path: str | Path) -> Kind:
    """Which kind of calibration a file is.

    Args:
        path: the file; a folder with `cameras.txt` is a COLMAP model.

    Raises:
        SampleError: for a file that is missing, or of no kind known.
    """
    if (Path(path) / "cameras.txt").is_file():
        return "colmap"
    content = text(path)
    found = _text_kind(content, path) or _yaml_kind(content, path)
    if found is None:
        raise SampleError(
            f"{path} is of no calibration format known; write cam0=[f 0 cx; 0 f cy; 0 0 1], cam1=[...], baseline=<mm>, "
            "width=<px>, height=<px> (Middlebury), P0..P3 (KITTI), or YAML of OpenCV, ROS, Kalibr or EuRoC"
        )
    return found


def read_calibration(path: str | Path) -> StereoCalibration:
    """The rectified pair in a file (KITTI: the colour pair where there is one).

    A file of two cameras and the motion between them is read where the pair is rectified already.

    Raises:
        SampleError: for a file that is missing, of no format known, cut off or impossible, that describes one camera
            only, or a pair that is not rectified.
    """
    match detect(path):
        case "middlebury" | "eth3d":
            return middlebury.read(path)
        case "karlsruhe":
            return karlsruhe.read(path)
        case "kitti":
            return kitti.read_any(path)
        case "matrix":
            return matrix_text.read_rectified(path)
        case "ros":
            return ros.read_rectified(path)
        case "opencv" if trees.has(trees.read_tree(path), "P1", "P2"):
            return opencv.read_rectified(path)
        case _:
            return pair_of_rig(read_rig(path), path)


def read_camera(path: str | Path) -> CameraModel:
    """The one camera in a file (of a pair or chain: the left or first one).

    Raises:
        SampleError: as `read_calibration`, and for formats that hold rectified pairs only.
    """
    match detect(path):
        case "opencv":
            tree = trees.read_tree(path)
            return opencv.read_rig(path).left if opencv.is_pair(tree) else opencv.read_camera(path)
        case "ros":
            return ros.read_infos(path)[0].camera
        case "kalibr":
            return kalibr.read_camera(path)
        case "euroc":
            return euroc.read_camera(path)
        case "colmap":
            return next(iter(colmap.read_cameras(path).values()))
        case "matrix":
            return matrix_text.read_camera(path)
        case "transforms":
            return transforms.read_camera(path)
        case "kitti":
            return kitti.read_rig(path).left
        case kind:
            raise SampleError(f"{path} is a {kind} file, which describes a rectified pair; give a file of one camera")


def read_rig(*paths: str | Path, unit_m: float = 1.0) -> StereoRig:
    """The two cameras, before rectification, of one file or of a left and a right one.

    Args:
        paths: one file, or the left and the right camera's (EuRoC's `sensor.yaml`, ROS).
        unit_m: the unit of lengths in m, for OpenCV's files and COLMAP's, which do not state it.

    Raises:
        SampleError: for a file that is missing, of no format known, cut off or impossible, or that describes one
            camera or a rectified pair only.
    """
    kinds = [detect(path) for path in paths]
    if len(paths) == 2:
        return _rig_of_two(paths, kinds)
    if len(paths) != 1:
        raise SampleError(f"a rig is one or two calibration files, not {len(paths)}; give the left and the right one")
    match kinds[0]:
        case "opencv":
            return opencv.read_rig(paths[0], unit_m=unit_m)
        case "kalibr":
            return kalibr.read_rig(paths[0])
        case "kitti":
            return kitti.read_rig(paths[0])
        case "ros":
            return ros.read_rig(paths[0])
        case "colmap":
            return colmap.read_rig(paths[0], unit_m=unit_m)
        case "euroc" | "matrix" | "transforms":
            raise SampleError(f"{paths[0]} describes one camera; a rig needs both, and the motion between them")
        case kind:
            raise SampleError(f"{paths[0]} is a {kind} file, which describes a pair that is rectified already")


def _rig_of_two(paths: Sequence[str | Path], kinds: Sequence[Kind]) -> StereoRig:
    if kinds[0] == kinds[1] == "euroc":
        return euroc.read_rig(*paths)
    if kinds[0] == kinds[1] == "ros":
        return ros.read_rig(*paths)
    raise SampleError(
        f"{paths[0]} is a {kinds[0]} file and {paths[1]} a {kinds[1]} file; two files are understood of EuRoC "
        "(sensor.yaml) and ROS (camera_info) only: give one file that holds both cameras"
    )


def _text_kind(content: str, path: str | Path) -> Kind | None:
    """The formats that are not YAML. OpenCV's YAML has P1 and P2 as KITTI has, so its marks are looked for first."""
    if transforms.is_transforms(content):
        return "transforms"
    if content.startswith("%YAML") or "opencv-matrix" in content:
        return None
    if "cam0" in read_entries(path, "="):
        return "eth3d" if eth3d.recognises(path) else "middlebury"
    if matrix_text.is_matrix(content):
        return "matrix"
    if any(colmap.is_camera_line(line) for line in content.splitlines()[:20]):
        return "colmap"
    entries = read_entries(path, ":")
    if "P1_roi" in entries:
        return "karlsruhe"
    # Followed by numbers, where YAML has brackets or nothing.
    keys = [key for key in _KITTI_KEYS if entries.get(key, "").lstrip("+-.")[:1].isdecimal()]
    return "kitti" if keys else None


def _yaml_kind(content: str, path: str | Path) -> Kind | None:
    if ":" not in content:
        return None
    first = trees.read_trees(path)[0]
    if euroc.is_sensor(first):
        return "euroc"
    if kalibr.is_chain(first):
        return "kalibr"
    if ros.is_info(first):
        return "ros"
    return "opencv" if opencv.is_pair(first) or opencv.is_camera(first) else None
