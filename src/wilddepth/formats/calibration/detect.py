"""A calibration file of a format that its content tells."""

from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import karlsruhe, kitti, middlebury
from wilddepth.formats.calibration.entries import read_entries
from wilddepth.formats.calibration.stereo import StereoCalibration


def read_calibration(path: str | Path) -> StereoCalibration:
    """The pair in a Middlebury, ETH3D, KITTI or Karlsruhe file (KITTI: the colour pair where there is one).

    Raises:
        SampleError: for a file that is missing, of no format known, cut off or impossible.
    """
    if "cam0" in read_entries(path, "="):
        return middlebury.read(path)
    keys = set(read_entries(path, ":"))
    if "P1_roi" in keys:
        return karlsruhe.read(path)
    if keys & {"P0", "P2", "P_rect_00", "P_rect_02"}:
        return kitti.read_any(path)
    raise SampleError(
        f"{path} is of no calibration format known; write cam0=[f 0 cx; 0 f cy; 0 0 1], cam1=[...], baseline=<mm>, "
        "width=<px>, height=<px> (Middlebury), or P0..P3 (KITTI)"
    )
