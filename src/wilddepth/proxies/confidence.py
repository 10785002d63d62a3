"""How sure a matched disparity is, 0..1, without ground truth.

A logistic model on four measurements of agreement: between the two views, with what other matchers say of the same view
at the pixel and around it, and among neighbours; where the two views contradict each other there is no confidence. Its
numbers were fitted on rendered pairs (world `all`), where the truth is exact, by `benchmarks/proxy_confidence.py`;
nothing of it was fitted on real pairs. 1 = sure: among pixels with confidence c about a share c is right (3 px or 5 %).

The amount of texture is no measurement: on rendered pairs it sorts errors a little, on real ones, where plain surfaces
are mostly large and smooth, it sorts them worse. Only a surface without any texture at all is not believed.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from wilddepth.proxies.sgm import View, grey_levels

FAR = np.float32(99)
"""Stands for "no agreement" where a difference is unknown, px."""
OPPOSED = 3.0
"""Views that differ by more contradict each other: mostly occlusion, where agreeing matchers only guess alike, px."""
SIGHT = 11
"""Side of the window in which the two views are compared, px."""
NEIGHBOURHOOD = 7
"""Side of the window in which two matchers are compared, px."""
PLAIN_GRADIENT = 0.05
"""Mean |horizontal gradient| at which confidence falls to 63 %, grey levels per px: far below the noise of a camera."""


def disagreement(first: Float32[np.ndarray, "h w"], second: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """|first - second|, px; `FAR` where either is missing."""
    return known_or_far(np.abs(first - second))


def known_or_far(difference: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """The difference, `FAR` where it is unknown or larger."""
    bounded: np.ndarray = np.where(difference < FAR, difference, FAR)
    return bounded


def measurements(view: View, others: Sequence[View]) -> Float32[np.ndarray, "h w 4"]:
    """What confidence is made of, each 0..1, 1 = the best.

    In this order: share of the window where both views agree to 1 px; the other matchers agree here (soft); share of
    the window where they agree to 1 px; the disparity hardly varies around.

    Args:
        view: what one matcher says.
        others: what the others say of the same view, at least one.
    """
    apart = [disagreement(view.disparity, other.disparity) for other in others]
    return np.stack(
        [
            share(known_or_far(view.difference), SIGHT),
            np.mean([soft(difference) for difference in apart], axis=0),
            np.mean([share(difference, NEIGHBOURHOOD) for difference in apart], axis=0),
            steadiness(view.disparity),
        ],
        axis=-1,
    )


def soft(difference: Float32[np.ndarray, "h w"], *, scale: float = 2.0) -> Float32[np.ndarray, "h w"]:
    """exp(-difference / scale), px."""
    agreement: np.ndarray = np.exp(difference / np.float32(-scale))
    return agreement


def share(difference: Float32[np.ndarray, "h w"], side: int) -> Float32[np.ndarray, "h w"]:
    """Share of a square window in which the difference is at most 1 px."""
    found: np.ndarray = cv2.blur((difference <= 1).astype(np.float32), (side, side))
    return found


def steadiness(disparity: Float32[np.ndarray, "h w"], *, scale: float = 4.0) -> Float32[np.ndarray, "h w"]:
    """exp(-range / scale) of the disparity in a 9x9 window, px: 0 beside edges, holes and speckle."""
    window = np.ones((9, 9), np.uint8)
    filled = np.where(np.isfinite(disparity), disparity, np.float32(-1e4))
    return soft(cv2.dilate(filled, window) - cv2.erode(filled, window), scale=scale)


def confidence_of(view: View, others: Sequence[View], weights: Float32[np.ndarray, " 5"]) -> Float32[np.ndarray, "h w"]:
    """Confidence of what one matcher says; 0 where it says nothing or the other view contradicts it.

    Args:
        view: disparities of one view and their distance to the other view's.
        others: what the other matchers say of the same view.
        weights: of the four `measurements`, and the constant, last.
    """
    logit = measurements(view, others) @ weights[:-1] + weights[-1]
    return np.where(usable(view), 1 / (1 + np.exp(-logit)), np.float32(0)).astype(np.float32)


def usable(view: View) -> Bool[np.ndarray, "h w"]:
    """Where there is a disparity and the other view does not contradict it."""
    seen: np.ndarray = np.isfinite(view.disparity) & (view.difference <= OPPOSED)
    return seen


def textured(image: UInt8[np.ndarray, "h w c"]) -> Float32[np.ndarray, "h w"]:
    """1 where there is anything to match, falling to 0 where a 15x15 window holds one grey level along every row."""
    gradient = np.abs(cv2.Sobel(grey_levels(image), cv2.CV_32F, 1, 0, ksize=3)) / 8
    return 1 - soft(cv2.blur(gradient, (15, 15)), scale=PLAIN_GRADIENT)
