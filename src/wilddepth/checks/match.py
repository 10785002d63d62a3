"""Points that both views show, found in every direction: nothing is taken for granted about rows or sides.

Positions are px of the images as they are, pixel centres at whole numbers, x before y.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from wilddepth.checks.view import Grey

MOST_PIXELS = 500_000
"""Larger images are shrunk to this many pixels: a 1242x375 pair is looked at as it is, and time stays the same."""
MOST_POINTS = 1500
"""Points described in each view. A row offset is known to 0.03 px from 300 matches; more only cost time."""
CONTRAST = 0.02
"""SIFT's threshold on contrast: half of the usual one, because images are stretched first and the fit forgives."""
SMOOTHING_PX = 0.6
"""Noise of dark views hides points; smoothed by this much, every pair of the dark world has enough."""
NEAR_LINE_PX = 1.5
"""Distance from the epipolar line at which a match still is one of a rigid scene."""
FEWEST = 20
"""Matches below which an epipolar geometry would explain anything."""
RATIO = 0.8
"""The second best match must be this much worse (Lowe, IJCV 2004, sec. 7.1)."""


@dataclass(frozen=True)
class Matches:
    """The same points in both views.

    Attributes:
        left: x, y in the left view, px.
        right: x, y in the right view, px.
        height: rows of the views.
        width: columns of the views.
    """

    left: Float[np.ndarray, "n 2"]
    right: Float[np.ndarray, "n 2"]
    height: int
    width: int

    def __len__(self) -> int:
        """How many."""
        return len(self.left)

    @property
    def disparity(self) -> Float[np.ndarray, " n"]:
        """Left column less right column, px."""
        return np.asarray(self.left[:, 0] - self.right[:, 0])

    @property
    def row_difference(self) -> Float[np.ndarray, " n"]:
        """Right row less left row, px: 0 in a rectified pair."""
        return np.asarray(self.right[:, 1] - self.left[:, 1])

    def chosen(self, which: Bool[np.ndarray, " n"]) -> "Matches":
        """Some of them."""
        return Matches(self.left[which], self.right[which], self.height, self.width)


def find_matches(left: Grey, right: Grey) -> Matches:
    """Sub-pixel matches of a pair, those that both directions agree on; some of them are wrong.

    Source:
        Lowe, IJCV 2004 (SIFT); descriptors are compared by their square roots: Arandjelović and Zisserman, CVPR 2012.
    """
    height, width = left.shape
    scale = min(1.0, float(np.sqrt(MOST_PIXELS / (height * width))))
    (left_points, left_words), (right_points, right_words) = (_described(view, scale) for view in (left, right))
    first, second = _mutual(left_words, right_words)
    return Matches(left_points[first], right_points[second], height, width)


def explained(matches: Matches) -> Matches:
    """Those that one epipolar geometry explains, whichever it is; none where that would be fewer than twenty."""
    if len(matches) < FEWEST:
        return matches.chosen(np.zeros(len(matches), bool))
    # the seed of OpenCV's draws is fixed
    _, inside = cv2.findFundamentalMat(matches.left, matches.right, cv2.FM_RANSAC, NEAR_LINE_PX, 0.999)
    kept = np.zeros(len(matches), bool) if inside is None else inside.ravel().astype(bool)
    return matches.chosen(kept if kept.sum() >= FEWEST else np.zeros(len(matches), bool))


def _described(view: Grey, scale: float) -> tuple[Float[np.ndarray, "n 2"], Float32[np.ndarray, "n 128"]]:
    """Points of a view and what each looks like."""
    small = cv2.resize(view, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else view
    finder = cv2.SIFT.create(nfeatures=MOST_POINTS, contrastThreshold=CONTRAST)
    points, words = finder.detectAndCompute(_stretched(small), None)
    if not points:
        return np.zeros((0, 2)), np.zeros((0, 128), np.float32)
    places = np.array([point.pt for point in points], dtype=np.float64)
    factor = np.array([view.shape[1] / small.shape[1], view.shape[0] / small.shape[0]])
    roots = np.sqrt(words / np.maximum(words.sum(axis=1, keepdims=True), 1e-6))
    return (places + 0.5) * factor - 0.5, roots.astype(np.float32)


def _stretched(view: Grey) -> Grey:
    """Contrast made full, so that a dark view has points too."""
    smooth = cv2.GaussianBlur(view, (0, 0), SMOOTHING_PX)
    low, high = np.percentile(smooth[::2, ::2], (1, 99))
    if high - low < 1:
        return smooth
    levels: Grey = np.clip((smooth.astype(np.float32) - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    return levels


def _mutual(left: Float32[np.ndarray, "n 128"], right: Float32[np.ndarray, "m 128"]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of those that choose each other, clearly."""
    if len(left) < 2 or len(right) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    alike = left @ right.T
    best, back = alike.argmax(axis=1), alike.argmax(axis=0)
    rows = np.arange(len(left))
    value = alike[rows, best]
    alike[rows, best] = -1
    # squared distance of two unit vectors: 2 (1 - cosine)
    clear = 1 - value < RATIO**2 * (1 - alike.max(axis=1))
    kept = np.flatnonzero(clear & (back[best] == rows))
    return kept, best[kept]
