"""Lens models: a direction that is projected and looked up again is the same direction."""

import cv2
import numpy as np
import pytest

from wilddepth.geometry.lens import Lens

MATRIX = np.array([[458.0, 0, 367.0], [0, 457.0, 248.0], [0, 0, 1]])
LENSES = {
    "pinhole": Lens(MATRIX, np.zeros(0), False, 752, 480),
    "radtan": Lens(MATRIX, np.array([-0.28, 0.074, 0.0002, -0.0004, 0.01]), False, 752, 480),
    "rational": Lens(MATRIX, np.array([0.3, 0.02, 0.001, 0.0, 0.001, 0.5, 0.05, 0.001]), False, 752, 480),
    "fisheye": Lens(MATRIX / [[2, 1, 1], [1, 2, 1], [1, 1, 1]], np.array([0.02, -0.01, 0.003, 0.0]), True, 752, 480),
}


def pixels(step: int = 23) -> np.ndarray:
    grid = np.meshgrid(np.arange(0, 752, step), np.arange(0, 480, step))
    return np.stack([each.ravel() for each in grid], axis=1).astype(np.float64)


@pytest.mark.parametrize("kind", LENSES)
def test_rays_are_what_opencv_projects_to_their_pixels(kind: str):
    lens, places = LENSES[kind], pixels()
    rays = lens.rays(places)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1)
    ahead = rays[:, 2] > 0.05
    assert ahead.mean() > 0.8
    project = cv2.fisheye.projectPoints if lens.fisheye else cv2.projectPoints
    seen, _ = project(3.0 * rays[ahead][:, None], np.zeros(3), np.zeros(3), lens.matrix, lens.coefficients)
    np.testing.assert_allclose(seen.reshape(-1, 2), places[ahead], atol=1e-6)
    np.testing.assert_allclose(lens.projected(3.0 * rays[ahead]), places[ahead], atol=1e-6)


def test_a_pinhole_ray_in_closed_form():
    ray = LENSES["pinhole"].rays(np.array([[367.0 + 458.0, 248.0]]))[0]
    np.testing.assert_allclose(ray, [np.sqrt(0.5), 0, np.sqrt(0.5)])


def test_a_fisheye_sees_beyond_ninety_degrees():
    """r = f a without further terms: 1.2 * 90 degrees away from the centre is a direction behind."""
    lens = Lens(np.diag([100.0, 100.0, 1.0]), np.zeros(4), True, 10, 10)
    ray = lens.rays(np.array([[100.0 * 1.2 * np.pi / 2, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(ray[0], [np.sin(0.6 * np.pi), 0, np.cos(0.6 * np.pi)], atol=1e-12)
    np.testing.assert_allclose(ray[1], [0, 0, 1], atol=1e-12)


def test_where_a_lens_cannot_be_inverted_there_is_no_ray():
    """r (1 - r^2 / 2) has its largest value, 0.544, at r = 0.816: nothing is seen at 0.6."""
    lens = Lens(np.diag([100.0, 100.0, 1.0]), np.array([-0.5, 0, 0, 0, 0]), False, 10, 10)
    rays = lens.rays(np.array([[60.0, 0.0], [30.0, 0.0]]))
    assert np.isnan(rays[0]).all()
    assert np.isfinite(rays[1]).all()


@pytest.mark.parametrize("kind", LENSES)
def test_sampling_maps_lead_to_where_a_turned_camera_looks(kind: str):
    lens = LENSES[kind]
    turn, _ = cv2.Rodrigues(np.array([0.02, -0.03, 0.05]))
    matrix = np.array([[300.0, 0, 50.0], [0, 300.0, 30.0], [0, 0, 1]])
    columns, rows = lens.sampling_maps(turn, matrix, 60, 100)
    assert columns.shape == rows.shape == (60, 100)
    # The new camera's pixel (80, 10) looks along K^-1 (80, 10, 1), which is R^T of it in the old axes.
    direction = turn.T @ np.array([(80 - 50) / 300, (10 - 30) / 300, 1.0])
    np.testing.assert_allclose([columns[10, 80], rows[10, 80]], lens.projected(direction[None])[0], atol=1e-3)
