"""From files to `Sample` and, apart from it, to `Truth`."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from wilddepth.data.layouts.layout import SceneFiles
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.image import decoded, image_size, read_image
from wilddepth.geometry.camera import Camera
from wilddepth.sample import Sample
from wilddepth.truth import Truth

_VISIBLE = 255


def load_sample(scene: SceneFiles) -> Sample:
    """The pair as a batch of one, RGB 0..1, with both cameras where the calibration is known.

    Raises:
        SampleError: for a picture or calibration that is missing, damaged, or does not fit the others.
    """
    left, right = _image(scene.left), _image(scene.right)
    if left.shape != right.shape:
        raise SampleError(
            f"{scene.left} is {left.shape[-1]}x{left.shape[-2]} but {scene.right} is {right.shape[-1]}x"
            f"{right.shape[-2]}; both views of a rectified pair must have one size: rectify them together"
        )
    if scene.calibration is None:
        return Sample(image=left, right=right, keys=(scene.key,))
    height, width = left.shape[-2:]
    calibration = scene.calibration.read().for_size(width, height, scene.calibration.path)
    left_camera, right_camera = cameras(calibration, height, width)
    return Sample(
        image=left,
        camera=left_camera,
        right=right,
        right_camera=right_camera,
        baseline=torch.tensor([calibration.baseline_m], dtype=torch.float32),
        keys=(scene.key,),
    )


def cameras(calibration: StereoCalibration, height: int, width: int) -> tuple[Camera, Camera]:
    """Left and right camera; they differ in their principal points ("doffs")."""
    focal = (calibration.focal_x, calibration.focal_y)
    left = Camera.single(*focal, calibration.centre_x, calibration.centre_y, height, width)
    right = Camera.single(*focal, calibration.right_centre_x, calibration.right_centre_y, height, width)
    return left, right


def load_truth(scene: SceneFiles) -> Truth | None:
    """The true disparity of the left view, a batch of one; None where the scene has none.

    With both maps of KITTI a pixel is valid where the complete one ("occ") knows it, and occluded where that one knows
    it and the one of visible pixels ("noc") does not. With one map it is valid where that one knows it.

    Raises:
        SampleError: for a file that is missing, damaged, or has another size than the left picture.
    """
    size = image_size(scene.left)
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


def _image(path: Path) -> Float[Tensor, "1 3 h w"]:
    """A picture, RGB 0..1."""
    return torch.from_numpy(read_image(path)).permute(2, 0, 1)[None].float() / 255


def _map(path: Path, values: Float32[np.ndarray, "h w"], size: tuple[int, int]) -> Float[Tensor, "1 1 h w"]:
    """A disparity map of the size of its picture."""
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
