"""Turning two cameras, in thought, until their rows match: new axes, one new camera matrix, and the pictures it sees.

Both rectified views get one focal length and one principal point: raw disparity is 0 at infinity and Z = f B / d.
Source of the axes: OpenCV's `stereoRectify` (each view is turned by half of the rotation between them, then both onto
the baseline). The matrix is fitted here, since OpenCV's needs one lens model and one size for both views.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from wilddepth.geometry.lens import Lens, Matrix, Pixels

# A flat picture stretches pixels fourfold at 60 degrees from its axis and without bound at 90.
_LARGEST_SLOPE = float(np.tan(np.radians(60)))
# Of an edge of the picture, for how much the lens must have an inverse.
_ENOUGH = 0.5
# Shrinking by more than this needs a mean over pixels, not samples of them.
_SHRUNK = 1.5


@dataclass(frozen=True)
class Rectification:
    """What rectification decided.

    Attributes:
        left: rectified_from_left.
        right: rectified_from_right.
        matrix: K of both rectified views, px.
        height: rows of the rectified pictures.
        width: columns.
    """

    left: Matrix
    right: Matrix
    matrix: Matrix
    height: int
    width: int


@dataclass(frozen=True)
class Resampler:
    """Makes rectified pictures of one view.

    Attributes:
        columns: where each pixel is taken from, px; a whole number of times finer than the picture made, so that a mean
            over them keeps fine texture from aliasing where the new picture is much coarser.
        rows: likewise.
        height: rows of the picture made.
        width: columns.
        black: share of it that the lens did not see, 0..1.
    """

    columns: Float32[np.ndarray, "r s"]
    rows: Float32[np.ndarray, "r s"]
    height: int
    width: int
    black: float

    def picture(self, image: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "{self.height} {self.width} 3"]:
        """The picture as the rectified camera sees it; black where the lens saw nothing."""
        fine = cv2.remap(image, self.columns, self.rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
        if fine.shape[:2] == (self.height, self.width):
            return np.asarray(fine)
        return np.asarray(cv2.resize(fine, (self.width, self.height), interpolation=cv2.INTER_AREA))


@dataclass(frozen=True)
class _Window:
    """A part of the plane z = 1: slopes x / z from `low` to `high`, and y / z likewise."""

    low: Float64[np.ndarray, "2"]
    high: Float64[np.ndarray, "2"]


def rectification(
    left: Lens,
    right: Lens,
    rotation: Matrix,
    translation: Float64[np.ndarray, "3"],
    *,
    alpha: float = 0.0,
    height: int | None = None,
    width: int | None = None,
) -> Rectification:
    """How to rectify two cameras side by side.

    Args:
        left: the left camera.
        right: the right camera.
        rotation: right_from_left.
        translation: of right_from_left, any unit; its x is negative.
        alpha: 0 = only pixels that both cameras see, nothing black; 1 = all that either sees, up to 60 degrees from the
            axis; between them, between.
        height: rows of the rectified pictures; None = those of the left view.
        width: columns; None = those of the left view.

    Raises:
        ValueError: for an alpha outside 0..1, views that share no field, or a lens that folds at the picture's edge.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha {alpha:g} is outside 0..1")
    rows, columns = height or left.height, width or left.width
    turns = _turns(rotation, translation)
    views = [_windows(lens, turn) for lens, turn in zip((left, right), turns, strict=True)]
    (left_inner, left_outer), (right_inner, right_outer) = views
    shared = _Window(np.maximum(left_inner.low, right_inner.low), np.minimum(left_inner.high, right_inner.high))
    whole = _Window(np.minimum(left_outer.low, right_outer.low), np.maximum(left_outer.high, right_outer.high))
    if not (shared.high > shared.low).all():
        raise ValueError("the views share no field that fills a picture: they look past each other")
    return Rectification(*turns, _matrix(shared, whole, alpha, rows, columns), rows, columns)


def resampler(lens: Lens, turn: Matrix, plan: Rectification) -> Resampler:
    """What makes rectified pictures of one view; worked out once for all of them.

    Args:
        lens: the camera of the view.
        turn: `plan.left` or `plan.right`.
        plan: what was decided.
    """
    coarser = float(lens.matrix[0, 0] / plan.matrix[0, 0])
    fold = max(1, math.ceil(coarser / _SHRUNK))
    maps = lens.sampling_maps(turn, _finer(plan.matrix, fold), plan.height * fold, plan.width * fold)
    columns, rows = maps
    inside = (columns >= -0.5) & (columns <= lens.width - 0.5) & (rows >= -0.5) & (rows <= lens.height - 0.5)
    return Resampler(columns, rows, plan.height, plan.width, black=float(1 - inside.mean()))


def rectified_points(pixels: Pixels, lens: Lens, turn: Matrix, plan: Rectification) -> Pixels:
    """Where the rectified view shows what is at these pixels of the picture as taken; nan where it cannot."""
    slopes = _slopes(lens, turn, pixels)
    return np.asarray(slopes * plan.matrix[0, 0] + plan.matrix[:2, 2])


def _turns(rotation: Matrix, translation: Float64[np.ndarray, "3"]) -> tuple[Matrix, Matrix]:
    """The axes, which depend on the motion only."""
    unit, none = np.eye(3), np.zeros(5)
    left, right, *_ = cv2.stereoRectify(unit, none, unit, none, (64, 64), rotation, translation.reshape(3, 1))
    return left, right


def _slopes(lens: Lens, turn: Matrix, pixels: Pixels) -> Pixels:
    """x / z and y / z after turning; nan for directions that are not ahead."""
    rays = lens.rays(pixels) @ turn.T
    with np.errstate(invalid="ignore"):
        ahead = rays[:, 2:] > 0
    return np.where(ahead, rays[:, :2] / np.where(ahead, rays[:, 2:], 1.0), np.nan)


def _windows(lens: Lens, turn: Matrix) -> tuple[_Window, _Window]:
    """The largest upright window inside what a view sees, and the smallest around it."""
    x, y = np.arange(lens.width, dtype=np.float64), np.arange(lens.height, dtype=np.float64)
    last_x, last_y = np.full_like(y, lens.width - 1), np.full_like(x, lens.height - 1)
    edges = [
        _edge(lens, turn, pixels, axis, sign)
        for pixels, axis, sign in (
            (np.column_stack((np.zeros_like(y), y)), 0, -1),
            (np.column_stack((x, np.zeros_like(x))), 1, -1),
            (np.column_stack((last_x, y)), 0, 1),
            (np.column_stack((x, last_y)), 1, 1),
        )
    ]
    inner = _Window(np.array([edges[0].max(), edges[1].max()]), np.array([edges[2].min(), edges[3].min()]))
    outer = _Window(np.array([edges[0].min(), edges[1].min()]), np.array([edges[2].max(), edges[3].max()]))
    return inner, outer


def _edge(lens: Lens, turn: Matrix, pixels: Pixels, axis: int, sign: int) -> Float64[np.ndarray, " m"]:
    """Slopes along one edge of the picture, across it, none beyond 60 degrees."""
    known = ~np.isnan(lens.rays(pixels)).any(axis=1)
    if not lens.fisheye and known.mean() < _ENOUGH:
        raise ValueError("the lens folds the picture at its edge: its distortion was fitted to the middle only")
    found = _slopes(lens, turn, pixels)[:, axis]
    # What is not ahead is to the side, as what a fisheye cannot tell is.
    found = np.where(np.isnan(found), sign * _LARGEST_SLOPE, found)
    return np.asarray(np.clip(found if lens.fisheye else found[known], -_LARGEST_SLOPE, _LARGEST_SLOPE))


def _matrix(shared: _Window, whole: _Window, alpha: float, rows: int, columns: int) -> Matrix:
    """K whose picture lies in the shared window (alpha 0), or has the whole one in it (alpha 1)."""
    span = np.array([columns - 1, rows - 1], np.float64)
    tight = float((span / (shared.high - shared.low)).max())
    # The shape of the picture may reach further than what is kept: not beyond the largest angle.
    loose = max(float((span / (whole.high - whole.low)).min()), float(span.max()) / (2 * _LARGEST_SLOPE))
    focal = (1 - alpha) * tight + alpha * loose
    middle = (1 - alpha) * (shared.low + shared.high) / 2 + alpha * (whole.low + whole.high) / 2
    centre = span / 2 - focal * middle
    return np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])


def _finer(matrix: Matrix, fold: int) -> Matrix:
    """K of a picture with `fold` times the pixels along each side; edges stay edges."""
    finer = matrix * fold
    finer[:2, 2] = (matrix[:2, 2] + 0.5) * fold - 0.5
    finer[2, 2] = 1.0
    return finer
