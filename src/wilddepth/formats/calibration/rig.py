"""Two cameras fixed to each other, as a stereo calibration gives them: distorted, turned, not rectified."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wilddepth.errors import SampleError
from wilddepth.formats.calibration.camera_model import CameraModel, checked_camera
from wilddepth.formats.calibration.stereo import baseline_fault

Pose = Float64[np.ndarray, "4 4"]

# Files round to four places and more.
_ORTHONORMAL = 1e-3
# Rectifying views that look further apart leaves little that both see.
_LARGEST_TURN = 60.0


@dataclass(frozen=True)
class StereoRig:
    """Both cameras and the motion between them.

    Attributes:
        left: the left camera, the reference.
        right: the right camera.
        rotation: right_from_left, row by row: a point X of the left camera is at R X + T in the right one.
        translation: T, m; about (-baseline, 0, 0).
    """

    left: CameraModel
    right: CameraModel
    rotation: tuple[float, ...]
    translation: tuple[float, ...]

    @property
    def rotation_matrix(self) -> Float64[np.ndarray, "3 3"]:
        """R."""
        return np.array(self.rotation, np.float64).reshape(3, 3)

    @property
    def translation_vector(self) -> Float64[np.ndarray, "3"]:
        """T, m."""
        return np.array(self.translation, np.float64)

    @property
    def baseline_m(self) -> float:
        """Distance of the two optical centres, m."""
        return math.hypot(*self.translation)

    def for_size(self, width: int, height: int, name: str | Path) -> "StereoRig":
        """The rig of pictures of this size; see `CameraModel.for_size`.

        Raises:
            SampleError: when the file describes pictures of another shape.
        """
        left, right = (camera.for_size(width, height, name) for camera in (self.left, self.right))
        return replace(self, left=left, right=right)


def rig_from_poses(
    left: CameraModel, right: CameraModel, world_from_left: Pose, right_from_world: Pose, path: str | Path
) -> StereoRig:
    """The rig of two cameras whose places in one frame are known; lengths in m.

    Raises:
        SampleError: for a rig that cannot be.
    """
    for pose in (world_from_left, right_from_world):
        _check_rotation(pose[:3, :3], path)
    with np.errstate(all="ignore"):  # absurd numbers are refused below
        right_from_left = right_from_world @ world_from_left
    rotation, translation = right_from_left[:3, :3], right_from_left[:3, 3]
    return checked_rig(StereoRig(left, right, tuple(rotation.ravel().tolist()), tuple(translation.tolist())), path)


def pose_of(rotation: Sequence[float], translation: Sequence[float]) -> Pose:
    """The 4 x 4 matrix of nine and three numbers."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = np.array(rotation, np.float64).reshape(3, 3), translation
    return pose


def inverted(pose: Pose) -> Pose:
    """b_from_a of a_from_b, by transposing the rotation."""
    back, rotation = np.eye(4), pose[:3, :3]
    with np.errstate(all="ignore"):  # absurd numbers are refused with the rig
        back[:3, :3], back[:3, 3] = rotation.T, -rotation.T @ pose[:3, 3]
    return back


def checked_rig(rig: StereoRig, path: str | Path) -> StereoRig:
    """The rig itself, if its numbers can be those of two cameras side by side.

    Raises:
        SampleError: for a camera that cannot be, sizes that differ, a rotation that is none, a baseline that no pair
            has, views that are swapped, above each other or behind each other, or that look in different directions.
    """
    for camera in (rig.left, rig.right):
        checked_camera(camera, path)
    _check_rotation(rig.rotation_matrix, path)
    fault = _size_fault(rig) or _translation_fault(rig)
    if fault:
        raise SampleError(f"{path}: {fault}")
    return rig


def _check_rotation(rotation: Float64[np.ndarray, "3 3"], path: str | Path) -> None:
    with np.errstate(all="ignore"):
        error = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
    # Written so that nan is refused too.
    if not error <= _ORTHONORMAL:
        raise SampleError(f"{path}: the rotation is not orthonormal (off by {error:.2g}); check its nine numbers")
    if np.linalg.det(rotation) < 0:
        raise SampleError(f"{path}: the rotation mirrors (its determinant is -1); check its nine numbers")


def _size_fault(rig: StereoRig) -> str | None:
    if rig.left.size and rig.right.size and rig.left.size != rig.right.size:
        sizes = " and ".join(f"{camera.width}x{camera.height}" for camera in (rig.left, rig.right))
        return f"the views have different sizes ({sizes}); give both cameras of one pair"
    return None


def _translation_fault(rig: StereoRig) -> str | None:
    """Where the right camera is, seen in the direction halfway between both views."""
    if not all(math.isfinite(value) for value in rig.translation):
        return "the translation between the views is not finite; check the file"
    if rig.baseline_m == 0:
        return baseline_fault(0.0)
    turn = math.degrees(math.acos(float(np.clip((np.trace(rig.rotation_matrix) - 1) / 2, -1, 1))))
    if turn > _LARGEST_TURN:
        return f"the views are turned {turn:.0f} degrees against each other; check which two cameras these are"
    place = -rig.rotation_matrix.T @ rig.translation_vector  # of the right camera, seen from the left one
    x, y, z = (place - rig.translation_vector) / 2  # the mean of the direction in both views
    if abs(x) <= max(abs(y), abs(z)):
        where = "above or below" if abs(y) >= abs(z) else "in front of or behind"
        return f"the right camera is {where} the left one, not beside it; give a pair of cameras side by side"
    return baseline_fault(math.copysign(rig.baseline_m, x))
