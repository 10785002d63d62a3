"""Measures that look at the grey images, at the matched windows or for texture. Larger = surer.

Source:
    Haeusler, Nair and Kondermann, CVPR 2013; Poggi, Tosi and Mattoccia, ICCV 2017, for the names.
"""

import numpy as np
from jaxtyping import Float32

from wilddepth.proxies.measures import windows
from wilddepth.proxies.measures.from_disparity import edge_distance
from wilddepth.proxies.measures.matching import Matching

Map = Float32[np.ndarray, "h w"]


def window_difference(m: Matching, *, radius: int = 2) -> Map:
    """ZSAD: minus the sum of absolute differences of the two 5x5 windows, each less its mean, grey levels.

    nan where the match lies outside the right view.
    """
    m.require("left", "right")
    return -windows.zero_mean_difference(np.asarray(m.left), np.asarray(m.right), m.matched_column, radius)


def horizontal_gradient(m: Matching) -> Map:
    """HGM: |I(x + 1) - I(x - 1)|, grey levels, the border mirrored. The published code loses falling edges."""
    m.require("left")
    framed = np.pad(np.asarray(m.left).astype(np.float32), ((0, 0), (1, 1)), mode="reflect")
    found: np.ndarray = np.abs(framed[:, 2:] - framed[:, :-2])
    return found


def from_image_edge(m: Matching, *, low: float = 50.0, ratio: float = 3.0) -> Map:
    """DTE: minus the distance to the next edge of the left image (Canny), px: far from edges little can be matched."""
    m.require("left")
    return -edge_distance(np.asarray(m.left), low, ratio)
