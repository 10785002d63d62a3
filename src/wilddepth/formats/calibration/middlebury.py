"""Middlebury `calib.txt` (2014 scenes and evaluation version 3): cam0, cam1, doffs in px, baseline in mm.

Source: Scharstein et al., GCPR 2014; the format is described on the page of the 2014 scenes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.calibration.entries import decimals, numbers, read_entries, whole_number
from wilddepth.formats.calibration.exact import decimal, written
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
    (baseline_mm,) = decimals(entries, "baseline", 1, path)
    baseline = float(baseline_mm.scaleb(-3))
    calibration = replace(_pair(left, right, path), baseline_m=baseline, **_size(entries, path))
    return checked(_with_doffs(calibration, entries, path), path)


def write(path: str | Path, pair: StereoCalibration, *, disparities: int | None = None) -> None:
    """Write a rectified pair.

    Args:
        path: the file.
        pair: what it says; the baseline is written in mm.
        disparities: a bound on the disparity, px (`ndisp`); None = the width of the pictures, which is one.

    Raises:
        OutputError: when the file cannot be written.
    """
    left, right = ((pair.centre_x, pair.centre_y), (pair.right_centre_x, pair.right_centre_y))
    bound = disparities or pair.width
    lines = [
        *(_matrix_line(f"cam{number}", pair, *centre) for number, centre in enumerate((left, right))),
        f"doffs={pair.doffs!r}",
        f"baseline={written(decimal(pair.baseline_m).scaleb(3))}",
        *([] if pair.width is None or pair.height is None else [f"width={pair.width}", f"height={pair.height}"]),
        *([] if bound is None else [f"ndisp={bound}"]),
    ]
    write_text(path, "\n".join(lines) + "\n")


def _matrix_line(key: str, pair: StereoCalibration, x: float, y: float) -> str:
    return f"{key}=[{pair.focal_x!r} 0 {x!r}; 0 {pair.focal_y!r} {y!r}; 0 0 1]"


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
    if not {"width", "height"} <= set(entries):
        return {}
    return {key: whole_number(numbers(entries, key, 1, path)[0], key, path) for key in ("width", "height")}


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
