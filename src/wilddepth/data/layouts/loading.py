"""From files to `Sample` and, apart from it, to `Truth`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from wilddepth.data.layouts.layout import DepthMap, SceneFiles, StoredFile
from wilddepth.data.layouts.tracks import neighbour_pictures, neighbour_poses, seconds_of
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.image import decoded, image_size, read_image
from wilddepth.geometry.camera import Camera
from wilddepth.sample import Sample
from wilddepth.truth import Truth

_VISIBLE = 255


def load_sample(scene: SceneFiles, *, neighbours: Sequence[int] = (), with_poses: bool = False) -> Sample:
    """The pair, or the only view, as a batch of one, RGB 0..1, with the cameras where they are known.

    Args:
        scene: the files.
        neighbours: frame offsets (-1 = the frame before) of the pictures to load as well; those that are not there are
            left out.
        with_poses: also give the known transforms to those neighbours. Some data sets score with them, so this is
            a choice.

    Raises:
        SampleError: for a picture or calibration that is missing, damaged, or does not fit the others.
    """
    image = read_picture(scene.left)
    sample = Sample(image=image, keys=(scene.key,), **_surroundings(scene, image, neighbours, with_poses))
    if scene.right is None:
        return replace(sample, camera=_only_camera(scene, *sample.size))
    right = read_picture(scene.right)
    check_same_size(image, right, scene.left, scene.right)
    return with_calibration(replace(sample, right=right), scene.calibration)


def with_calibration(sample: Sample, stored: StoredFile[StereoCalibration] | None) -> Sample:
    """A pair with its cameras and baseline.

    Raises:
        SampleError: for a calibration that cannot be read or describes images of another size.
    """
    if stored is None:
        return sample
    height, width = sample.size
    calibration = stored.read().for_size(width, height, stored.path)
    camera, right_camera = cameras(calibration, height, width)
    baseline = torch.tensor([calibration.baseline_m], dtype=torch.float32)
    return replace(sample, camera=camera, right_camera=right_camera, baseline=baseline)


def check_same_size(
    left: Float[Tensor, "1 3 h w"], right: Float[Tensor, "1 3 h2 w2"], left_name: object, right_name: object
) -> None:
    """Refuse two views of different sizes; the names are for the message."""
    if left.shape != right.shape:
        raise SampleError(
            f"{left_name} is {left.shape[-1]}x{left.shape[-2]} but {right_name} is {right.shape[-1]}x"
            f"{right.shape[-2]}; both views of a rectified pair must have one size: rectify them together"
        )


def _surroundings(
    scene: SceneFiles, image: Float[Tensor, "1 3 h w"], offsets: Sequence[int], with_poses: bool
) -> dict[str, Any]:
    """What the sequence knows: neighbours, poses, the time."""
    pictures = {offset: (path, read_picture(path)) for offset, path in neighbour_pictures(scene, offsets).items()}
    for path, picture in pictures.values():
        check_same_size(image, picture, scene.left, path)
    poses = neighbour_poses(scene, list(pictures)) if with_poses else {}
    seconds = seconds_of(scene)
    return {
        "neighbours": {offset: picture for offset, (_, picture) in pictures.items()},
        "poses": {offset: torch.from_numpy(pose).float()[None] for offset, pose in poses.items()},
        # float64: float32 could not tell frames of a long recording apart.
        "timestamps": None if seconds is None else torch.tensor([seconds], dtype=torch.float64),
    }


def _only_camera(scene: SceneFiles, height: int, width: int) -> Camera | None:
    """The camera of a source with one view."""
    if scene.camera is None:
        return None
    known = scene.camera.read()
    if (known.width or width, known.height or height) != (width, height):
        raise SampleError(
            f"{scene.camera.path} describes {known.width}x{known.height} images but {scene.left} is {width}x{height}; "
            "give the intrinsics of the images as they are"
        )
    return Camera.single(known.focal_x, known.focal_y, known.centre_x, known.centre_y, height, width)


def cameras(calibration: StereoCalibration, height: int, width: int) -> tuple[Camera, Camera]:
    """Left and right camera; they differ in their principal points ("doffs")."""
    focal = (calibration.focal_x, calibration.focal_y)
    left = Camera.single(*focal, calibration.centre_x, calibration.centre_y, height, width)
    right = Camera.single(*focal, calibration.right_centre_x, calibration.right_centre_y, height, width)
    return left, right


def load_truth(scene: SceneFiles) -> Truth | None:
    """The true disparity of the left view (depth for a source with one view), a batch of one; None where there is none.

    Where a data set of pairs measured depth, the disparity is d = f B / Z - doffs with the calibration of that pair.

    With both maps of KITTI a pixel is valid where the complete one ("occ") knows it, and occluded where that one knows
    it and the one of visible pixels ("noc") does not. With one map it is valid where that one knows it.

    Raises:
        SampleError: for a file that is missing, damaged, or has another size than the left picture.
    """
    size = image_size(scene.left)
    if scene.depth is not None:
        return _truth_from_depth(scene, scene.depth, size)
    complete = _map(scene.disparity.path, scene.disparity.read(), size) if scene.disparity else None
    visible = _map(scene.visible.path, scene.visible.read(), size) if scene.visible else None
    known = complete if complete is not None else visible
    if known is None:
        return None
    valid = torch.isfinite(known)
    return Truth(
        valid=valid,
        disparity=torch.where(valid, known, torch.zeros(())),
        occluded=_occluded(scene, valid, None if complete is None else visible, size),
        foreground=None if scene.foreground is None else _mask(scene.foreground, size) > 0,
    )


def _truth_from_depth(scene: SceneFiles, stored: StoredFile[DepthMap], size: tuple[int, int]) -> Truth:
    """Measured depth, and for pairs the disparity that it means."""
    depth = _map(stored.path, stored.read(), size)
    valid = torch.isfinite(depth) & (depth > 0)
    truth = Truth(valid=valid, depth=torch.where(valid, depth, torch.zeros(())))
    if scene.right is None:
        return truth
    if scene.calibration is None:
        raise SampleError(
            f"{stored.path} holds depth, which needs focal length and baseline to become disparity, and {scene.left} "
            "has no calibration; put the file of its day (calib_cam_to_cam.txt) beside the recordings"
        )
    calibration = scene.calibration.read().for_size(size[1], size[0], scene.calibration.path)
    disparity = calibration.focal_x * calibration.baseline_m / depth - calibration.doffs
    return replace(truth, disparity=torch.where(valid, disparity, torch.zeros(())))


def _occluded(
    scene: SceneFiles,
    valid: Bool[Tensor, "1 1 h w"],
    visible: Float[Tensor, "1 1 h w"] | None,
    size: tuple[int, int],
) -> Bool[Tensor, "1 1 h w"] | None:
    """Where the surface is known and not seen in the right view; None where nothing tells."""
    if visible is not None:
        return valid & ~torch.isfinite(visible)
    if scene.visible_mask is not None:
        return valid & (_mask(scene.visible_mask, size) != _VISIBLE)
    return None


def read_picture(path: Path) -> Float[Tensor, "1 3 h w"]:
    """A picture, RGB 0..1."""
    return torch.from_numpy(read_image(path)).permute(2, 0, 1)[None].float() / 255


def _map(path: Path, values: Float32[np.ndarray, "h w"], size: tuple[int, int]) -> Float[Tensor, "1 1 h w"]:
    """A disparity or depth map of the size of its picture."""
    _check_size(path, values.shape, size)
    return torch.from_numpy(values)[None, None]


def _mask(path: Path, size: tuple[int, int]) -> Float[Tensor, "1 1 h w"]:
    """The first channel of a picture that marks pixels, as stored."""
    values = decoded(path)
    _check_size(path, values.shape[:2], size)
    return torch.from_numpy((values if values.ndim == 2 else values[:, :, 0]).astype(np.float32))[None, None]


def _check_size(path: Path, shape: tuple[int, ...], size: tuple[int, int]) -> None:
    if shape != size:
        raise SampleError(
            f"{path} is {shape[1]}x{shape[0]} but its left picture is {size[1]}x{size[0]}; "
            "use the truth made for these pictures"
        )
