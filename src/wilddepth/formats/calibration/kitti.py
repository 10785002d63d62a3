"""KITTI calibration: `calib_cam_to_cam.txt` of a recording day, and the short files with P0..P3.

Cameras 0 and 1 are the grey pair, 2 and 3 the colour pair. Short files come one for each frame (2012:
`calib/000000.txt`, object) or one for a sequence (odometry: `calib.txt`); they do not state the image size.
Source: Geiger et al., IJRR 2013, sec. "Camera calibration", and the development kits.
"""

from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.calibration.projection import calibration_from_projections
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


def _read(path: str | Path, left: int) -> StereoCalibration:
    """The pair of cameras `left` and `left + 1`."""
    entries = read_entries(path, ":")
    if f"P_rect_{left:02d}" in entries:
        columns, rows = numbers(entries, f"S_rect_{left:02d}", 2, path)
        keys = (f"P_rect_{left:02d}", f"P_rect_{left + 1:02d}")
        return calibration_from_projections(entries, *keys, path, (_whole(columns, path), _whole(rows, path)))
    return calibration_from_projections(entries, f"P{left}", f"P{left + 1}", path)


def _whole(value: float, path: str | Path) -> int:
    """A number of pixels."""
    if not (value.is_integer() and value > 0):
        raise SampleError(f"{path}: an image size of {value:g} px is impossible; check the file")
    return int(value)
