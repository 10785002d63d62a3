"""How sharp is a view? The width of its edges, along rows and along columns, in pixels."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from wilddepth.checks.view import Grey

SMOOTHING_PX = 0.5
"""Blur before anything is measured, taken out of the result: noise becomes weak, and alike at the next pixel only."""
NEAR_PX, FAR_PX = 2, 4
"""Distances over which slopes are compared: noise does not reach the first, sharp edges do not reach the second."""
DIFFERENCE_PX2 = 1 / 12
"""Variance that the difference of two neighbouring pixels adds."""
FAINTEST = 0.05
"""Mean square of slopes, grey levels^2, below which there is nothing to measure."""
WIDEST_PX = 24.0
"""What is said of edges that are wider than can be measured."""


@dataclass(frozen=True)
class Sharpness:
    """Standard deviation of the blur of a view, px: 0 for any that is sharp, nan without edges.

    Attributes:
        across_px: along rows, as motion to the side blurs.
        down_px: along columns.
    """

    across_px: float
    down_px: float

    @property
    def worst_px(self) -> float:
        """The larger of both that are known; nan where neither is."""
        known = [value for value in (self.across_px, self.down_px) if not math.isnan(value)]
        return max(known, default=float("nan"))


def measure_sharpness(view: Grey) -> Sharpness:
    """Blur by how alike the slopes of an edge are at two distances.

    The slope across a step that is blurred by s is a Gaussian of that width, and its correlation at the distance k is
    exp(-k^2 / (4 s^2)), as strong as the edge is high; of two distances the strength drops out. Strong edges count
    most, shading hardly at all.
    """
    image = cv2.GaussianBlur(view.astype(np.float32), (0, 0), SMOOTHING_PX)
    return Sharpness(_width(np.diff(image, axis=1)), _width(np.diff(image, axis=0).T))


def _width(slope: Float32[np.ndarray, "h w"]) -> float:
    """Blur along rows of these slopes."""
    if slope.shape[1] <= FAR_PX or float(np.square(slope).mean()) < FAINTEST:
        return float("nan")
    near, far = (float((slope[:, :-k] * slope[:, k:]).mean()) for k in (NEAR_PX, FAR_PX))
    # slopes of sharp edges have nothing in common at a distance, or opposite signs
    if near < FAINTEST or far <= 0:
        return 0.0
    if far >= near:
        return WIDEST_PX
    variance = (FAR_PX**2 - NEAR_PX**2) / (4 * math.log(near / far)) - SMOOTHING_PX**2 - DIFFERENCE_PX2
    return min(WIDEST_PX, math.sqrt(max(variance, 0.0)))
