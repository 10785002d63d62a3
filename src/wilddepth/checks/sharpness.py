"""How sharp is a view? The width of its sharpest edges, across and down, in pixels."""

from dataclasses import dataclass

import cv2
import numpy as np

from wilddepth.checks.view import Grey

SMOOTHING_PX = 0.5
"""Blur before anything is measured, taken out of the result: single noisy pixels are no edges."""
REBLUR_PX = 1.0
"""Standard deviation of the blur added to see what it changes."""
SAMPLING_PX2 = 0.5
"""Variance that sampling adds: a slope is the mean over 2 px (1/3), and its peak lies beside the edge (up to 1/4)."""
SHARPEST = 25.0
"""Percentile of edge widths that stands for the lens: scenes have soft shadows, but some edge is sharp."""
EDGES = 300
"""So many of the steepest edges are looked at."""
WEAKEST = 3.0
"""Grey levels a pixel below which a slope is noise."""
FEWEST = 30
"""Edges along an axis below which its blur is not known."""


@dataclass(frozen=True)
class Sharpness:
    """Standard deviation of the blur of a view, px; nan where it has too few edges.

    Attributes:
        across_px: along rows, as motion to the side blurs.
        down_px: along columns.
    """

    across_px: float
    down_px: float

    @property
    def worst_px(self) -> float:
        """The larger of both that are known; nan where neither is."""
        known = [value for value in (self.across_px, self.down_px) if value == value]
        return max(known, default=float("nan"))


def measure_sharpness(view: Grey) -> Sharpness:
    """Blur by what a further, known blur does to the slopes of edges.

    A step blurred by s has the slope A / (s sqrt(2 pi)); blurred once more by r, its slope falls by
    sqrt(s^2 + r^2) / s, which gives s.

    Source:
        Zhuo and Sim, Pattern Recognition 2011, sec. 3.
    """
    image = cv2.GaussianBlur(view.astype(np.float32), (0, 0), SMOOTHING_PX)
    again = cv2.GaussianBlur(image, (0, 0), REBLUR_PX)
    return Sharpness(_width(image, again, across=True), _width(image, again, across=False))


def _width(image: np.ndarray, again: np.ndarray, *, across: bool) -> float:
    """Blur along one axis."""
    slope, weaker = (np.abs(_slope(values, across=across)) for values in (image, again))
    crossing = np.abs(_slope(image, across=not across))
    edges = np.flatnonzero((slope >= WEAKEST) & (slope > 2 * crossing) & _peaks(slope, across=across))
    if len(edges) < FEWEST:
        return float("nan")
    steep, softer = slope.ravel()[edges], weaker.ravel()[edges]
    if len(edges) > EDGES:
        chosen = np.argpartition(steep, -EDGES)[-EDGES:]
        steep, softer = steep[chosen], softer[chosen]
    ratio = steep / np.maximum(softer, 1e-3)
    squares = REBLUR_PX**2 / np.maximum(ratio**2 - 1, 1e-3) - SMOOTHING_PX**2 - SAMPLING_PX2
    return float(np.sqrt(max(np.percentile(squares, SHARPEST), 0.0)))


def _slope(values: np.ndarray, *, across: bool) -> np.ndarray:
    kernel = np.array([[-0.5, 0.0, 0.5]], dtype=np.float32)
    return np.asarray(cv2.filter2D(values, cv2.CV_32F, kernel if across else kernel.T, borderType=cv2.BORDER_REPLICATE))


def _peaks(slope: np.ndarray, *, across: bool) -> np.ndarray:
    """Where the slope is the largest of its neighbours along the axis: the middle of an edge."""
    kernel = np.ones((1, 3) if across else (3, 1), np.uint8)
    peaks: np.ndarray = slope >= cv2.dilate(slope, kernel)
    return peaks
