"""ETH3D two-view `calib.txt`: Middlebury's keys, with doffs = 0 and the baseline in mm as well.

`ndisp` there is the width of the image and says nothing about the disparities; a Middlebury file states a real bound.
Source: Schoeps et al., CVPR 2017; the format is described on the benchmark's page.
"""

from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import middlebury
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.calibration.stereo import StereoCalibration


def read(path: str | Path) -> StereoCalibration:
    """The pair that the file describes.

    Raises:
        SampleError: as `middlebury.read`.
    """
    return middlebury.read(path)


def recognises(path: str | Path) -> bool:
    """Whether the file is one of ETH3D rather than of Middlebury; False for one that cannot be read."""
    try:
        entries = read_entries(path, "=")
        doffs, width, bound = (numbers(entries, key, 1, path)[0] for key in ("doffs", "width", "ndisp"))
    except SampleError:
        return False
    return doffs == 0 and bound == width
