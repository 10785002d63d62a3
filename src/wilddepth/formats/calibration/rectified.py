"""The rectified pair that a rig of two cameras already is, where it is one."""

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wilddepth.errors import SampleError
from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.calibration.stereo import StereoCalibration, checked, same_focal_length

# px: what rows may differ by in a pair that is used as rectified.
_ROWS = 1.0
# Where pictures are not sized: how far from the axis points are looked at, in focal lengths.
_HALF_FIELD = 0.5
# The nearest point looked at, in baselines.
_NEAREST = 8.0


def pair_of_rig(rig: StereoRig, path: str | Path) -> StereoCalibration:
    """The rig as a rectified pair: of pictures that a program has rectified before it wrote the calibration.

    Raises:
        SampleError: when rows of such a pair would differ by more than a pixel, or a lens would move a point by more.
    """
    if not rows_apart(rig) <= _ROWS:
        raise SampleError(
            f"{path}: the rows of these views are up to {rows_apart(rig):.3g} px apart, so the pair is not rectified; "
            f"rectify it: wilddepth rectify SOURCE --calib {path} --out DIR"
        )
    left, right = rig.left, rig.right
    width, height = left.size or (None, None)
    return checked(
        StereoCalibration(
            focal_x=_focal(rig, path),
            focal_y=left.focal_y,
            centre_x=left.centre_x,
            centre_y=left.centre_y,
            right_centre_x=right.centre_x,
            right_centre_y=right.centre_y,
            baseline_m=rig.baseline_m,
            width=width,
            height=height,
        ),
        path,
    )


def rows_apart(rig: StereoRig) -> float:
    """How far the rows of a point differ at most between both views, or a lens moves it; px.

    Points are taken over the left picture, at infinity and at eight baselines.
    """
    rays = _rays(rig.left)
    points = rays @ rig.rotation_matrix.T
    near = rays * _NEAREST * rig.baseline_m @ rig.rotation_matrix.T + rig.translation_vector
    rows = rig.left.focal_y * rays[:, 1] + rig.left.centre_y
    with np.errstate(all="ignore"):
        found = [rig.right.focal_y * seen[:, 1] / seen[:, 2] + rig.right.centre_y for seen in (points, near)]
        largest = max(float(np.abs(each - rows).max()) for each in found)
    return max(largest, *(_moved(camera, rays) for camera in (rig.left, rig.right)))


def _focal(rig: StereoRig, path: str | Path) -> float:
    return same_focal_length(rig.left.focal_x, rig.right.focal_x, path)


def _rays(camera: CameraModel) -> Float64[np.ndarray, "n 3"]:
    """Directions over the picture, depth 1."""
    if camera.size is None:
        across = down = np.linspace(-_HALF_FIELD, _HALF_FIELD, 9)
    else:
        across = (np.linspace(0, camera.size[0] - 1, 9) - camera.centre_x) / camera.focal_x
        down = (np.linspace(0, camera.size[1] - 1, 9) - camera.centre_y) / camera.focal_y
    x, y = (grid.ravel() for grid in np.meshgrid(across, down))
    return np.stack((x, y, np.ones_like(x)), axis=1)


def _moved(camera: CameraModel, rays: Float64[np.ndarray, "n 3"]) -> float:
    """How far the lens moves a point, px; a fisheye or rational lens counts as far."""
    if camera.lens not in ("pinhole", "radtan"):
        return float("inf")
    k1, k2, p1, p2, k3 = camera.coefficients or (0.0,) * 5
    x, y = rays[:, 0], rays[:, 1]
    with np.errstate(all="ignore"):
        r2 = x * x + y * y
        radial = r2 * (k1 + r2 * (k2 + r2 * k3))
        dx = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        dy = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        return float(np.hypot(camera.focal_x * dx, camera.focal_y * dy).max())
