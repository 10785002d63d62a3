"""Measures that look at disparity maps alone. Larger = surer; nan where the left view has no disparity.

Source:
    Poggi, Tosi and Mattoccia, ICCV 2017, for the names.
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.measures import windows
from wilddepth.proxies.measures.matching import Matching

Map = Float32[np.ndarray, "h w"]


def disparity_variance(m: Matching) -> Map:
    """DVM: minus the length of the disparity's Sobel gradient (8 times the slope, px per px)."""
    along, down = (cv2.Sobel(m.disparity, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    return -np.hypot(along, down)


def left_right_consistency(m: Matching, *, threshold: float = 3.0) -> Map:
    """LRC: 1 where |d_L(x) - d_R(x - d_L)| is at most `threshold` px, else 0; 0 outside the right view."""
    m.require("right_disparity")
    right = m.at_match(np.asarray(m.right_disparity), outside=np.nan)
    found: np.ndarray = (np.abs(m.disparity - right) <= threshold).astype(np.float32)
    return found


def median_deviation(m: Matching, *, threshold: float = 3.0, radius: int = 5) -> Map:
    """MED: 1 where the disparity is within `threshold` px of the median of an 11x11 window, else 0."""
    return windows.near_median(m.disparity, threshold, radius).astype(np.float32)


def agreement(m: Matching, *, radius: int = 5) -> Map:
    """DA: share of an 11x11 window whose disparity differs by less than 1 px."""
    near = windows.agreeing(m.disparity, -1.0, 1.0, radius).astype(np.float32)
    found: np.ndarray = near / windows.pixels_in_window(m.disparity.shape, radius)
    return found


def scattering(m: Matching, *, radius: int = 5) -> Map:
    """DS: -ln(number of different disparities, rounded to px, in an 11x11 window / its pixels)."""
    different = np.maximum(windows.distinct(m.disparity, radius), 1).astype(np.float32)
    found: np.ndarray = -np.log(different / windows.pixels_in_window(m.disparity.shape, radius))
    return found


def from_left_border(m: Matching) -> Map:
    """DBL: 1 in the columns whose whole search range lies inside the right view, 0 left of them.

    The published code takes half the range.
    """
    height, width = m.disparity.shape
    first = m.lowest + m.depth - 1
    return np.broadcast_to((np.arange(width) >= first).astype(np.float32), (height, width)).copy()


def from_border(m: Matching) -> Map:
    """DB: distance to the border of the image, px."""
    height, width = m.disparity.shape
    y, x = np.minimum(np.arange(height), np.arange(height)[::-1]), np.minimum(np.arange(width), np.arange(width)[::-1])
    return np.minimum(y[:, None], x[None]).astype(np.float32)


def from_discontinuity(m: Matching, *, low: float = 50.0, ratio: float = 3.0) -> Map:
    """DTD: distance to the next edge of the disparity map (Canny), px; the image's diagonal where there is none."""
    shifted = np.nan_to_num(m.disparity - np.float32(m.lowest))
    return edge_distance(np.clip(np.rint(shifted), 0, 255).astype(np.uint8), low, ratio)


def edge_distance(image: UInt8[np.ndarray, "h w"], low: float, ratio: float) -> Map:
    """Distance to the next Canny edge, px."""
    edges = cv2.Canny(image, low, low * ratio)
    if not edges.any():
        return np.full(image.shape, np.hypot(*image.shape), np.float32)
    distance: np.ndarray = cv2.distanceTransform(255 - edges, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance.astype(np.float32)
