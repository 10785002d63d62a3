"""Two 3 x 4 projection matrices P = K [I | t] of one rectified pair, as KITTI and Karlsruhe write them.

The fourth column holds K t: its first entry is -f times the camera's place on the x axis. Its other entries, a few
millimetres of measured offset in KITTI, are below what rectified stereo can use and are left out, as the development
kits do.
"""

from collections.abc import Mapping
from pathlib import Path

from wilddepth.formats.calibration.entries import numbers
from wilddepth.formats.calibration.stereo import StereoCalibration, checked, same_focal_length


def calibration_from_projections(
    entries: Mapping[str, str],
    left_key: str,
    right_key: str,
    path: str | Path,
    size: tuple[int, int] | None = None,
) -> StereoCalibration:
    """The pair of the cameras `left_key` and `right_key`; `size` = columns and rows where the file says so.

    Raises:
        SampleError: for entries that are missing, cut off or impossible.
    """
    left, right = (numbers(entries, key, 12, path) for key in (left_key, right_key))
    focal_x = same_focal_length(left[0], right[0], path)
    width, height = size or (None, None)
    return checked(
        StereoCalibration(
            focal_x=focal_x,
            focal_y=left[5],
            centre_x=left[2],
            centre_y=left[6],
            right_centre_x=right[2],
            right_centre_y=right[6],
            # A focal length of zero is refused by `checked`, not by a division here.
            baseline_m=(left[3] - right[3]) / focal_x if focal_x else 0.0,
            width=width,
            height=height,
        ),
        path,
    )
