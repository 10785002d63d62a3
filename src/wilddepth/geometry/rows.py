"""How far the rows of two views are apart, by features that both show.

Features are matched anywhere in the other view, kept where they are each other's best, and where one epipolar geometry,
which may be any, explains them: nothing here presumes that rows match.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

# Enough for a 95th percentile; more cost time.
_FEATURES = 2000
# Lowe's ratio of the best to the second distance (IJCV 2004, sec. 7.1).
_RATIO = 0.75
# px from the epipolar line.
_NEAR_LINE = 1.5
FEWEST_MATCHES = 20


@dataclass(frozen=True)
class Matches:
    """Features of one pair.

    Attributes:
        left: column and row in the left view, px.
        right: in the right view.
    """

    left: Float64[np.ndarray, "n 2"]
    right: Float64[np.ndarray, "n 2"]

    @property
    def rows(self) -> Float64[np.ndarray, " n"]:
        """Right row less left row, px."""
        return np.asarray(self.right[:, 1] - self.left[:, 1])

    @property
    def disparities(self) -> Float64[np.ndarray, " n"]:
        """Left column less right column, px."""
        return np.asarray(self.left[:, 0] - self.right[:, 0])


def matches(left: UInt8[np.ndarray, "h w"], right: UInt8[np.ndarray, "h w"]) -> Matches:
    """Features that both grey views show; none where there are fewer than twenty."""
    detector = cv2.SIFT.create(nfeatures=_FEATURES)
    (left_points, left_words), (right_points, right_words) = (
        detector.detectAndCompute(view, None) for view in (left, right)
    )
    if left_words is None or right_words is None or min(len(left_words), len(right_words)) < FEWEST_MATCHES:
        return _none()
    pairs = _mutual(left_words, right_words)
    if len(pairs) < FEWEST_MATCHES:
        return _none()
    places = [
        np.array([points[index].pt for index in pairs[:, side]], np.float64)
        for side, points in enumerate((left_points, right_points))
    ]
    kept = _explained(*places)
    return Matches(places[0][kept], places[1][kept]) if kept.sum() >= FEWEST_MATCHES else _none()


def _none() -> Matches:
    return Matches(np.zeros((0, 2)), np.zeros((0, 2)))


def _mutual(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Index pairs of descriptors that are each other's best, and much better than the second."""
    matcher = cv2.BFMatcher()
    forward = dict(_distinct(matcher.knnMatch(left, right, k=2)))
    backward = dict(_distinct(matcher.knnMatch(right, left, k=2)))
    return np.array([(a, b) for a, b in forward.items() if backward.get(b) == a], int).reshape(-1, 2)


def _distinct(found: Sequence[Sequence[cv2.DMatch]]) -> list[tuple[int, int]]:
    return [(best.queryIdx, best.trainIdx) for best, second in found if best.distance < _RATIO * second.distance]


def _explained(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which matches one fundamental matrix explains; the seed of OpenCV's draws is fixed."""
    _, inside = cv2.findFundamentalMat(left, right, cv2.FM_RANSAC, _NEAR_LINE, 0.999)
    return np.zeros(len(left), bool) if inside is None else inside.ravel().astype(bool)
