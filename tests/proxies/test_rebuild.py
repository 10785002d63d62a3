"""Photometric errors of many maps of one pair."""

import kornia
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from known_pairs import shifted_pair, texture
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import photometric_map_by_definition
from wilddepth.proxies.rebuild import Rebuilder


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 255


def by_definition(left: np.ndarray, right: np.ndarray, disparity: np.ndarray, alpha: float = 0.85) -> np.ndarray:
    rebuilt, _ = warp_by_disparity(tensor(right), torch.from_numpy(disparity)[None, None])
    return photometric_map_by_definition(rebuilt, tensor(left), alpha=alpha)[0, 0].numpy()


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(2, 20), st.sampled_from([1, 3]), st.floats(0, 1), st.integers(0, 99))
def test_errors_are_those_of_the_loss(height: int, width: int, channels: int, alpha: float, seed: int):
    rng = np.random.default_rng(seed)
    left, right = (texture(height, width, seed=seed + i, channels=channels) for i in range(2))
    disparity = rng.uniform(-4, width + 4, (height, width)).astype(np.float32)
    found = Rebuilder.of(left, right).error(disparity, alpha=alpha)
    np.testing.assert_allclose(found, by_definition(left, right, disparity, alpha), atol=2e-5)


def test_the_ssim_share_is_kornias():
    left, right = texture(24, 40, side=3), texture(24, 40, seed=1, side=3)
    found = Rebuilder.of(left, right).error(np.zeros((24, 40), np.float32), alpha=1.0)
    uniform = torch.full((1, 3, 3), 1 / 9)
    views = [torch.nn.functional.pad(tensor(view), (1, 1, 1, 1), mode="reflect") for view in (right, left)]
    mean = [kornia.filters.filter2d(view, uniform, padding="valid") for view in views]
    square = [
        kornia.filters.filter2d(view * view, uniform, padding="valid") - m * m
        for view, m in zip(views, mean, strict=True)
    ]
    both = kornia.filters.filter2d(views[0] * views[1], uniform, padding="valid") - mean[0] * mean[1]
    c1, c2 = 1e-4, 9e-4
    ssim = (2 * mean[0] * mean[1] + c1) * (2 * both + c2) / ((mean[0] ** 2 + mean[1] ** 2 + c1) * (sum(square) + c2))
    np.testing.assert_allclose(found, ((1 - ssim) / 2).clamp(0, 1).mean(1)[0].numpy(), atol=2e-4)  # plain windows


def test_the_true_disparity_rebuilds_the_view():
    left, right = shifted_pair(7)
    error = Rebuilder.of(left, right).error(np.full(left.shape[:2], 7, np.float32))
    assert error[:, 9:].max() < 1e-6
    assert error[:, :5].mean() > 0.1  # the other view does not show these


def test_unknown_pixels_take_the_colour_of_the_first_corner():
    left, right = shifted_pair(7)
    known = np.ones(left.shape[:2], bool)
    known[20, 30] = False
    disparity = np.full(left.shape[:2], 7, np.float32)
    error = Rebuilder.of(left, right).error(disparity, known, alpha=0.0)
    expected = np.abs(left[20, 30].astype(float) - right[0, 0]).mean() / 255
    assert error[20, 30] == pytest.approx(expected, abs=1e-6)
    error[20, 30] = 0
    assert error[:, 9:].max() < 1e-6


def test_views_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        Rebuilder.of(texture(8, 8), texture(8, 9))
