"""Karlsruhe sequences: `*_calib.txt`. The images are the region `roi` of the rectified ones, so `P1_roi` and `P2_roi`
describe them; `P1` and `P2` are for the uncropped ones.

Source: Geiger et al., ACCV 2010 (libelas), the data set's own description.
"""

from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.calibration.projection import calibration_from_projections
from wilddepth.formats.calibration.stereo import LONGEST_SIDE, StereoCalibration


def read(path: str | Path) -> StereoCalibration:
    """The pair as cropped.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    entries = read_entries(path, ":")
    # First and last column, first and last row, all inside.
    left, right, top, bottom = numbers(entries, "roi", 4, path)
    if not all(0 <= side < LONGEST_SIDE for side in (right - left, bottom - top)):
        raise SampleError(f"{path}: the region {left:g} {right:g} {top:g} {bottom:g} is impossible; check the file")
    size = (round(right - left) + 1, round(bottom - top) + 1)
    return calibration_from_projections(entries, "P1_roi", "P2_roi", path, size)
