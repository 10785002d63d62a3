"""Middlebury `calib.txt` (2014 scenes and evaluation version 3): cam0, cam1, doffs in px, baseline in mm.

Source: Scharstein et al., GCPR 2014; the format is described on the page of the 2014 scenes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.calibration.stereo import StereoCalibration, checked, same_focal_length

# Files round to three decimals.
_DOFFS_TOLERANCE = 0.05


def read(path: str | Path) -> StereoCalibration:
    """The pair that the file describes.

    Raises:
        SampleError: for a file that is missing, of another format, cut off, impossible or contradicting itself.
    """
    entries = read_entries(path, "=")
    left, right = (numbers(entries, key, 9, path) for key in ("cam0", "cam1"))
    (baseline_mm,) = numbers(entries, "baseline", 1, path)
    calibration = replace(_pair(left, right, path), baseline_m=baseline_mm / 1000, **_size(entries, path))
    return checked(_with_doffs(calibration, entries, path), path)


def _pair(left: Sequence[float], right: Sequence[float], path: str | Path) -> StereoCalibration:
    """Both 3 x 3 matrices; the baseline is still to come."""
    return StereoCalibration(
        focal_x=same_focal_length(left[0], right[0], path),
        focal_y=left[4],
        centre_x=left[2],
        centre_y=left[5],
        right_centre_x=right[2],
        right_centre_y=right[5],
        baseline_m=0.0,
    )


def _size(entries: Mapping[str, str], path: str | Path) -> dict[str, int]:
    """Columns and rows, where the file states them."""
    stated = [key for key in ("width", "height") if key in entries]
    values = {key: numbers(entries, key, 1, path)[0] for key in stated}
    for key, value in values.items():
        if not (value.is_integer() and value > 0):
            raise SampleError(f"{path}: {key}={value:g} is impossible; check the file")
    return {key: int(value) for key, value in values.items()} if len(values) == 2 else {}


def _with_doffs(calibration: StereoCalibration, entries: Mapping[str, str], path: str | Path) -> StereoCalibration:
    """The matrices and `doffs` say the same thing twice; they must agree."""
    if "doffs" not in entries:
        return calibration
    (doffs,) = numbers(entries, "doffs", 1, path)
    if not abs(doffs - calibration.doffs) <= _DOFFS_TOLERANCE:
        raise SampleError(
            f"{path}: doffs={doffs:g} but the principal points of cam0 and cam1 are {calibration.doffs:g} px apart; "
            "was one of them not scaled with the images? Correct the file"
        )
    return calibration
