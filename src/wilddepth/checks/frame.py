"""Single frames and frames one after another: black, blank, grey, the same again."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.checks.view import Grey, Rgb

_BLOCK_PX = 8


@dataclass(frozen=True)
class Frame:
    """What a frame holds, in levels of 0..255.

    Attributes:
        level: mean brightness.
        range: between the 1st and the 99th percentile of the means of 8x8 blocks, so that noise is no content.
        colour: 99th percentile of the difference of the largest and the smallest channel.
    """

    level: float
    range: float
    colour: float


def measure_frame(rgb: Rgb, grey: Grey) -> Frame:
    """Brightness, content and colour."""
    height, width = grey.shape
    size = (max(1, width // _BLOCK_PX), max(1, height // _BLOCK_PX))
    low, high = np.percentile(cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA), (1, 99))
    sampled = rgb[::2, ::2]
    return Frame(
        level=float(grey.mean()),
        range=float(high - low),
        colour=float(np.percentile(sampled.max(axis=2) - sampled.min(axis=2), 99)),
    )


def frame_difference(one: Grey, other: UInt8[np.ndarray, "_ _"]) -> float:
    """Mean absolute difference of two frames, grey levels; infinite for frames of two sizes."""
    return float(cv2.absdiff(one, other).mean()) if one.shape == other.shape else float("inf")
