"""KITTI calibration: `calib_cam_to_cam.txt` of a recording day, and the short files with P0..P3.

Cameras 0 and 1 are the grey pair, 2 and 3 the colour pair. Short files come one for each frame (2012:
`calib/000000.txt`, object) or one for a sequence (odometry: `calib.txt`); they do not state the image size. The file of
a day (2015: one for each frame) also describes the cameras before rectification: S, K, D, and R, T from camera 0.
Source: Geiger et al., IJRR 2013, sec. "Camera calibration", and the development kits.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.calibration.camera_model import CameraModel, camera_from_matrix, lens_of
from wilddepth.formats.calibration.entries import numbers, read_entries, whole_number
from wilddepth.formats.calibration.exact import decimal, written
from wilddepth.formats.calibration.projection import calibration_from_projections, projections
from wilddepth.formats.calibration.rig import Pose, StereoRig, inverted, pose_of, rig_from_poses
from wilddepth.formats.calibration.stereo import StereoCalibration


def read_colour(path: str | Path) -> StereoCalibration:
    """The colour pair (cameras 2 and 3).

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return _read(path, 2)


def read_grey(path: str | Path) -> StereoCalibration:
    """The grey pair (cameras 0 and 1).

    Raises:
        SampleError: as `read_colour`.
    """
    return _read(path, 0)


def read_any(path: str | Path) -> StereoCalibration:
    """The colour pair where the file has it, else the grey pair.

    Raises:
        SampleError: as `read_colour`.
    """
    entries = read_entries(path, ":")
    return read_colour(path) if {"P3", "P_rect_03"} & set(entries) else read_grey(path)


def read_rig(path: str | Path) -> StereoRig:
    """The cameras of a day before rectification, the colour pair where the file has it, else the grey pair.

    Raises:
        SampleError: as `read_colour`, and for a short file, which describes rectified pictures only.
    """
    entries = read_entries(path, ":")
    if not {"K_00", "K_02"} & set(entries):
        raise SampleError(f"{path} describes rectified pictures only; the cameras are in calib_cam_to_cam.txt")
    left = 2 if {"K_02", "K_03"} & set(entries) else 0
    cameras = [_camera(entries, number, path) for number in (left, left + 1)]
    poses = [_pose(entries, number, path) for number in (left, left + 1)]
    return rig_from_poses(cameras[0], cameras[1], inverted(poses[0]), poses[1], path)


def write_short(path: str | Path, pair: StereoCalibration) -> None:
    """Write a rectified pair as P0..P3, the grey and the colour one alike, so that every reader finds it. No size.

    Raises:
        OutputError: when the file cannot be written.
    """
    left, right = projections(pair)
    write_text(path, "".join(_line(f"P{number}", (left, right)[number % 2]) for number in range(4)))


def write_day(path: str | Path, rig: StereoRig, pair: StereoCalibration) -> None:
    """Write a rig and the rectified pair made of it, as cameras 2 and 3; camera 2 stands where camera 0 would.

    Raises:
        ValueError: for a lens or size that the file cannot hold.
        OutputError: when the file cannot be written.
    """
    identity = ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
    motions, size = (identity, (rig.rotation, rig.translation)), _stated(pair.width, pair.height)
    lines = []
    for number, camera, motion, projection in zip(
        (2, 3), (rig.left, rig.right), motions, projections(pair), strict=True
    ):
        lines += [_line(f"{key}_{number:02d}", values) for key, values in _day_entries(camera, motion)]
        lines += [_line(f"S_rect_{number:02d}", size), _line(f"P_rect_{number:02d}", projection)]
    write_text(path, "".join(lines))


def _camera(entries: Mapping[str, str], number: int, path: str | Path) -> CameraModel:
    """One camera of a day."""
    matrix, distortion = (numbers(entries, f"{key}_{number:02d}", n, path) for key, n in (("K", 9), ("D", 5)))
    columns, rows = numbers(entries, f"S_{number:02d}", 2, path)
    return camera_from_matrix(matrix, lens_of(distortion, path), _size(columns, rows, path), path)


def _pose(entries: Mapping[str, str], number: int, path: str | Path) -> Pose:
    """camera_from_camera_0."""
    return pose_of(*(numbers(entries, f"{key}_{number:02d}", count, path) for key, count in (("R", 9), ("T", 3))))


def _day_entries(
    camera: CameraModel, motion: tuple[Sequence[float], Sequence[float]]
) -> Sequence[tuple[str, Sequence[float]]]:
    if camera.lens not in ("pinhole", "radtan"):
        raise ValueError(f"KITTI has five distortion coefficients, which cannot hold this {camera.lens} lens")
    matrix = [float(value) for value in camera.matrix.ravel()]
    size, lens = _stated(camera.width, camera.height), camera.coefficients or (0.0,) * 5
    return [("S", size), ("K", matrix), ("D", lens), ("R", motion[0]), ("T", motion[1])]


def _stated(width: int | None, height: int | None) -> tuple[int, int]:
    if width is None or height is None:
        raise ValueError("KITTI's file of a day states the size of the pictures, which is not known here")
    return width, height


def _line(key: str, values: Sequence[float | Decimal]) -> str:
    words = (written(value if isinstance(value, Decimal) else decimal(value)) for value in values)
    return f"{key}: {' '.join(words)}\n"


def _read(path: str | Path, left: int) -> StereoCalibration:
    """The pair of cameras `left` and `left + 1`."""
    entries = read_entries(path, ":")
    if f"P_rect_{left:02d}" in entries:
        columns, rows = numbers(entries, f"S_rect_{left:02d}", 2, path)
        keys = (f"P_rect_{left:02d}", f"P_rect_{left + 1:02d}")
        return calibration_from_projections(entries, *keys, path, _size(columns, rows, path))
    return calibration_from_projections(entries, f"P{left}", f"P{left + 1}", path)


def _size(columns: float, rows: float, path: str | Path) -> tuple[int, int]:
    return whole_number(columns, "image width", path), whole_number(rows, "image height", path)
