"""What a matcher says of one rectified pair: a disparity map of each view and, where asked for, its matching costs.

Arrays are one image without a batch. Disparities are px of this resolution, left minus right column in both views: left
column x matches right column x - d, right column x matches left column x + d.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Shaped

SUBPIXEL = 16
"""OpenCV's disparities are whole sixteenths of a pixel."""


@dataclass(frozen=True)
class View:
    """Disparities of one view and how far the other view disagrees.

    Attributes:
        disparity: px; nan where the matcher found none. Occluded pixels still carry a guess.
        difference: distance to the other view's disparity at the matched column, px; inf where there is none.
    """

    disparity: Float32[np.ndarray, "h w"]
    difference: Float32[np.ndarray, "h w"]

    @property
    def valid(self) -> Bool[np.ndarray, "h w"]:
        """Where the matcher found a disparity."""
        found: np.ndarray = np.isfinite(self.disparity)
        return found

    def checked(self, threshold: float) -> Float32[np.ndarray, "h w"]:
        """The disparities on which both views agree to `threshold` px; nan elsewhere."""
        return np.where(self.difference <= threshold, self.disparity, np.float32(np.nan))


@dataclass(frozen=True)
class Volume:
    """What it costs to match each left pixel at each disparity; smaller is better.

    Attributes:
        costs: uint8, uint16 or float32. Place k belongs to disparity `lowest + k`. Where the match lies outside the
            right view, it is the cost of that view's edge column, or inf (floats only): see the matcher.
        lowest: the first disparity, px.
        unit: makes costs comparable: `costs * unit` is 0 for a perfect match and at most 1 for the worst.
    """

    costs: Shaped[np.ndarray, "h w d"]
    lowest: int
    unit: float = 1.0

    def values(self) -> Float32[np.ndarray, "h w d"]:
        """The costs in 0..1 (inf stays)."""
        return self.costs.astype(np.float32) * np.float32(self.unit)

    def inside(self) -> Bool[np.ndarray, "w d"]:
        """Where the match lies inside the right view; the same for all rows."""
        width, number = self.costs.shape[1:]
        column = np.arange(width)[:, None] - self.lowest - np.arange(number)
        seen: np.ndarray = (column >= 0) & (column < width)
        return seen


@dataclass(frozen=True)
class Matched:
    """A matched pair, both views.

    Attributes:
        left: the left view.
        right: the right view.
        cost: matching costs of single pixels; None where not asked for, or not known (OpenCV keeps them).
        aggregated: the costs among which the left disparity is the smallest; None likewise.
    """

    left: View
    right: View
    cost: Volume | None = field(default=None, kw_only=True)
    aggregated: Volume | None = field(default=None, kw_only=True)


def views_of(left: Float32[np.ndarray, "h w"], right: Float32[np.ndarray, "h w"]) -> tuple[View, View]:
    """Both disparity maps, each with its distance to the other."""
    return (
        View(left, left_right_difference(left, right)),
        View(right, mirror(left_right_difference(mirror(right), mirror(left)))),
    )


def left_right_difference(
    left: Float32[np.ndarray, "h w"], right: Float32[np.ndarray, "h w"]
) -> Float32[np.ndarray, "h w"]:
    """How far the right view's disparity is from the left one's at the column that it matches, px.

    The right disparity is interpolated between two columns of one surface; across an edge the nearer of both is taken,
    so that a mixture of two surfaces is never compared. inf where either is missing or the match leaves the view.
    """
    target = np.arange(left.shape[1], dtype=np.float32) - left
    inside = (target >= 0) & (target <= left.shape[1] - 1)
    target = np.where(inside, target, np.float32(0))
    before, after = np.floor(target).astype(np.intp), np.ceil(target).astype(np.intp)
    first, second = np.take_along_axis(right, before, axis=1), np.take_along_axis(right, after, axis=1)
    between = np.abs(first + (target - before).astype(np.float32) * (second - first) - left)
    nearer = np.fmin(np.abs(first - left), np.abs(second - left))
    difference = np.where(np.abs(first - second) <= 1, between, nearer)
    return np.where(inside & np.isfinite(difference), difference, np.float32(np.inf))


def without_islands(view: View, threshold: float, pixels: int, step: float) -> View:
    """The view without small islands among the disparities on which both views agree.

    Args:
        view: as matched.
        threshold: px; what both views do not agree on to so much belongs to no island, and stays.
        pixels: islands of at most so many pixels lose their disparity; 0 = none do.
        step: disparities of one island differ by at most this between neighbours, px, to a sixteenth.
    """
    if pixels == 0:
        return view
    agreed = view.checked(threshold)
    known = np.isfinite(agreed)
    hole = np.iinfo(np.int16).min
    steps = np.where(known, np.rint(np.nan_to_num(agreed) * SUBPIXEL), hole).astype(np.int16)
    cv2.filterSpeckles(steps, hole, pixels, round(step * SUBPIXEL))
    island = known & (steps == hole)
    return View(
        np.where(island, np.float32(np.nan), view.disparity), np.where(island, np.float32(np.inf), view.difference)
    )


def mirror(image: np.ndarray) -> np.ndarray:
    """The image mirrored left to right, in memory order as OpenCV wants it."""
    return np.ascontiguousarray(image[:, ::-1])
