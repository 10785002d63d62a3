"""Two 3 x 4 projection matrices P = K [I | t] of one rectified pair, as KITTI, Karlsruhe, OpenCV and ROS write them.

The fourth column holds K t: its first entry is -f times the camera's place on the x axis. Its other entries, a few
millimetres of measured offset in KITTI, are below what rectified stereo can use and are left out, as the development
kits do.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from wilddepth.formats.calibration.entries import decimals
from wilddepth.formats.calibration.exact import added, decimal, product, ratio
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
    left, right = (decimals(entries, key, 12, path) for key in (left_key, right_key))
    return calibration_of_projections(left, right, path, size)


def calibration_of_projections(
    left: Sequence[Decimal], right: Sequence[Decimal], path: str | Path, size: tuple[int, int] | None = None
) -> StereoCalibration:
    """The pair of two matrices of twelve numbers, row by row; lengths in m.

    Raises:
        SampleError: for numbers that no pair has.
    """
    same_focal_length(float(left[0]), float(right[0]), path)
    width, height = size or (None, None)
    return checked(
        StereoCalibration(
            focal_x=float(left[0]),
            focal_y=float(left[5]),
            centre_x=float(left[2]),
            centre_y=float(left[6]),
            right_centre_x=float(right[2]),
            right_centre_y=float(right[6]),
            # A focal length of zero is refused by `checked`, not by a division here.
            baseline_m=float(ratio(added(left[3], -right[3]), left[0])) if left[0] else 0.0,
            width=width,
            height=height,
        ),
        path,
    )


def projections(pair: StereoCalibration) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
    """Both matrices, row by row: what `calibration_of_projections` reads as the same floats."""
    focal_x, focal_y = decimal(pair.focal_x), decimal(pair.focal_y)
    shift = -product(focal_x, decimal(pair.baseline_m))
    left = _matrix(focal_x, focal_y, pair.centre_x, pair.centre_y, Decimal(0))
    return left, _matrix(focal_x, focal_y, pair.right_centre_x, pair.right_centre_y, shift)


def _matrix(focal_x: Decimal, focal_y: Decimal, x: float, y: float, shift: Decimal) -> Sequence[Decimal]:
    zero, one = Decimal(0), Decimal(1)
    return [focal_x, zero, decimal(x), shift, zero, focal_y, decimal(y), zero, zero, zero, one, zero]
