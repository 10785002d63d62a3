"""A camera with lens distortion, as OpenCV models it: pixels to directions and back.

Pixel centres are at whole numbers; camera axes x right, y down, z forward. Numpy and float64, as calibrations are.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64

Matrix = Float64[np.ndarray, "3 3"]
Pixels = Float64[np.ndarray, "n 2"]
Rays = Float64[np.ndarray, "n 3"]

# Newton's steps double the digits each; where ten are not enough the lens cannot be inverted.
_STEPS = 30
# px: a direction that is projected back must meet its pixel.
_INVERTED = 1e-3


@dataclass(frozen=True)
class Lens:
    """One camera.

    Attributes:
        matrix: K, px, no skew.
        coefficients: in OpenCV's order: none, 4, 5, 8, 12 or 14 of its standard model, or 4 of its fisheye model.
        fisheye: which of the two models.
        width: columns.
        height: rows.

    Source:
        OpenCV documentation, "Camera Calibration and 3D Reconstruction" and its fisheye module.
    """

    matrix: Matrix
    coefficients: Float64[np.ndarray, " k"]
    fisheye: bool
    width: int
    height: int

    def rays(self, pixels: Pixels) -> Rays:
        """The direction that each pixel sees, of unit length; nan where the lens cannot be inverted."""
        centred = (pixels - self.matrix[:2, 2]) / self.matrix.diagonal()[:2]
        rays = self._fisheye_rays(centred) if self.fisheye else self._standard_rays(centred, pixels)
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))

    def projected(self, points: Rays) -> Pixels:
        """Where points in front of the camera are seen, px."""
        project = cv2.fisheye.projectPoints if self.fisheye else cv2.projectPoints
        zero = np.zeros(3)
        pixels, _ = project(points[:, None], zero, zero, self.matrix, self.coefficients)
        return np.asarray(pixels, np.float64).reshape(-1, 2)

    def sampling_maps(
        self, rotation: Matrix, matrix: Matrix, height: int, width: int
    ) -> tuple[Float32[np.ndarray, "{height} {width}"], Float32[np.ndarray, "{height} {width}"]]:
        """For each pixel of a pinhole camera with K `matrix`, turned by `rotation`: the column and row seen here.

        Args:
            rotation: new_from_this camera's axes.
            matrix: K of the new camera, px.
            height: rows of its picture.
            width: columns.
        """
        make = cv2.fisheye.initUndistortRectifyMap if self.fisheye else cv2.initUndistortRectifyMap
        columns, rows = make(self.matrix, self.coefficients, rotation, matrix, (width, height), cv2.CV_32FC1)
        return columns, rows

    def _standard_rays(self, centred: Pixels, pixels: Pixels) -> Rays:
        """Newton's method on the projection, whose derivative OpenCV gives; its own inverse stops too early."""
        slopes, zero = centred.copy(), np.zeros(3)
        with np.errstate(all="ignore"):  # where it runs away the result is nan
            for _ in range(_STEPS):
                points = np.nan_to_num(np.column_stack((slopes, np.ones(len(slopes)))), posinf=0.0, neginf=0.0)
                seen, jacobian = cv2.projectPoints(points[:, None], zero, zero, self.matrix, self.coefficients)
                error = seen[:, 0] - pixels
                # Columns 3 and 4: by the translation along x and y, which at depth 1 is by the slopes.
                slopes = points[:, :2] - _solved(jacobian[:, 3:5].reshape(-1, 2, 2), error)
            # A lens that folds has other solutions: on the other side of the axis, or where it runs backwards.
            same_side = (points[:, :2] * centred).sum(axis=1) >= 0
            forwards = np.linalg.det(jacobian[:, 3:5].reshape(-1, 2, 2)) > 0
        points[~((np.abs(error).max(axis=1) <= _INVERTED) & same_side & forwards)] = np.nan
        return np.asarray(points)

    def _fisheye_rays(self, centred: Pixels) -> Rays:
        """Newton's method on the angle: r = a (1 + k1 a^2 + k2 a^4 + k3 a^6 + k4 a^8)."""
        radius = np.linalg.norm(centred, axis=1)
        powers = 2 * np.arange(5) + 1
        weights = np.concatenate(([1.0], self.coefficients))
        angle = np.minimum(radius, np.pi / 2)
        with np.errstate(all="ignore"):
            for _ in range(_STEPS):
                error = (weights * angle[:, None] ** powers).sum(axis=1) - radius
                angle = angle - error / (weights * powers * angle[:, None] ** (powers - 1)).sum(axis=1)
            missed = ~((np.abs(error) * self.matrix[0, 0] <= _INVERTED) & (angle >= 0) & (angle < np.pi))
            unit = np.where(radius[:, None] > 0, centred / radius[:, None], 0.0)
        rays = np.column_stack((np.sin(angle)[:, None] * unit, np.cos(angle)))
        rays[missed] = np.nan
        return rays


def _solved(jacobian: Float64[np.ndarray, "n 2 2"], error: Pixels) -> Pixels:
    """The steps that undo small errors; not finite where the projection does not move."""
    (a, b), (c, d) = jacobian.transpose(1, 2, 0)
    determinant = a * d - b * c
    steps = (d * error[:, 0] - b * error[:, 1], a * error[:, 1] - c * error[:, 0])
    return np.asarray(np.column_stack(steps) / determinant[:, None])
