"""Pairs as a distorted, turned rig would take them of one slanted wall, whose distance is known in closed form."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.image import write_image

# The wall: NORMAL . X = DISTANCE in the left camera's axes, m; two axes span it.
NORMAL = np.array([0.25, 0.1, 1.0]) / np.linalg.norm([0.25, 0.1, 1.0])
DISTANCE = 3.0
ACROSS = np.cross([0.0, 1.0, 0.0], NORMAL) / np.linalg.norm(np.cross([0.0, 1.0, 0.0], NORMAL))
DOWN = np.cross(NORMAL, ACROSS)

_PIXELS_A_METRE = 150.0


def take(rig: StereoRig, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Both pictures (h w 3), exact but for the interpolation of the texture."""
    picture = _texture(seed)
    turn, shift = rig.rotation_matrix, rig.translation_vector
    return _view(rig.left, np.eye(3), np.zeros(3), picture), _view(rig.right, turn, shift, picture)


def write_pairs(folder: Path, rig: StereoRig, count: int = 1) -> Path:
    """Pairs in left/ and right/."""
    for index in range(count):
        for name, view in zip(("left", "right"), take(rig, index), strict=True):
            write_image(folder / name / f"{index:04d}.png", view)
    return folder


def _view(camera: CameraModel, turn: np.ndarray, shift: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """What a camera at X_camera = turn X + shift sees."""
    rays = _rays(camera) @ turn  # in the left camera's axes
    centre = -turn.T @ shift
    points = centre + rays * ((DISTANCE - NORMAL @ centre) / (rays @ NORMAL))[:, None]
    places = np.stack((points @ ACROSS, points @ DOWN), axis=1) * _PIXELS_A_METRE + np.array(picture.shape[1::-1]) / 2
    maps = places.astype(np.float32).reshape(camera.height, camera.width, 2)
    return cv2.remap(picture, maps, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@lru_cache
def _rays(camera: CameraModel) -> np.ndarray:
    """Directions of all pixels, by repeating slope += (wanted - projected) / f until they meet."""
    grid = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    wanted = np.stack([each.ravel() for each in grid], axis=1).astype(np.float64)
    focal = np.array([camera.focal_x, camera.focal_y])
    slopes = (wanted - [camera.centre_x, camera.centre_y]) / focal
    fisheye = camera.lens == "equidistant"
    project = cv2.fisheye.projectPoints if fisheye else cv2.projectPoints
    for _ in range(60 if fisheye else 20):
        points = np.column_stack((slopes, np.ones(len(slopes))))[:, None]
        seen, _ = project(points, np.zeros(3), np.zeros(3), camera.matrix, np.array(camera.coefficients))
        seen = seen.reshape(-1, 1, 2)
        slopes += (wanted - seen[:, 0]) / focal
    assert np.abs(wanted - seen[:, 0]).max() < 1e-3
    return np.column_stack((slopes, np.ones(len(slopes))))


@lru_cache
def _texture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (900, 1200)
    layers = [
        cv2.resize(rng.random((900 // s, 1200 // s)), shape[::-1], interpolation=cv2.INTER_CUBIC) for s in (4, 9, 25)
    ]
    total = sum(layers)
    grey = (30 + 195 * (total - total.min()) / np.ptp(total)).astype(np.uint8)
    return np.stack((grey, grey // 2 + 60, 255 - grey // 3), axis=2)
