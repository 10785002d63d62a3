"""How far rows are apart, on pairs that were moved by a known amount."""

import cv2
import numpy as np
import pytest

from wilddepth.checks.match import Matches, explained, find_matches


def texture(seed: int = 0, height: int = 260, width: int = 400) -> np.ndarray:
    """Blobs of many sizes, which features are found on."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.random((height // s, width // s)), (width, height), interpolation=cv2.INTER_CUBIC)
        for s in (4, 8, 16)
    ]
    total = sum(layers) / 3
    return (255 * (total - total.min()) / np.ptp(total)).astype(np.uint8)


def matches(left: np.ndarray, right: np.ndarray) -> Matches:
    return explained(find_matches(left, right))


def moved(image: np.ndarray, columns: float, rows: float) -> np.ndarray:
    matrix = np.array([[1.0, 0, -columns], [0, 1.0, rows]])
    return cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@pytest.mark.parametrize("rows", [0.0, 0.3, -12.4])
def test_the_rows_and_columns_that_a_view_was_moved_by_are_found(rows: float):
    image = texture()
    found = matches(image, moved(image, 7.0, rows))
    assert len(found.row_difference) > 50
    assert np.median(found.row_difference) == pytest.approx(rows, abs=0.05)
    assert np.median(found.disparity) == pytest.approx(7, abs=0.05)


def test_flat_and_unlike_views_have_no_matches():
    flat = np.full((200, 300), 90, np.uint8)
    assert len(matches(flat, flat).row_difference) == 0
    assert len(matches(texture(1), texture(2)).row_difference) == 0
    assert matches(flat, flat).disparity.shape == (0,)
