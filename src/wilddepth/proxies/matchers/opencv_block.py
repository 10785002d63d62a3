"""OpenCV's block matching: sums of absolute differences over a window, the fastest and the plainest there is."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.matched import Matched, mirror, views_of
from wilddepth.proxies.matchers.limits import check_filters, check_pair, check_search
from wilddepth.proxies.sgm import grey_levels, searched

PREFILTERS = {"response": cv2.STEREO_BM_PREFILTER_NORMALIZED_RESPONSE, "sobel": cv2.STEREO_BM_PREFILTER_XSOBEL}


@dataclass(frozen=True)
class OpenCVBlockSettings:
    """What OpenCV's block matcher is asked to do.

    Attributes:
        block: side of the window, px, odd, 5..255.
        min_disparity: first disparity searched, px.
        num_disparities: how many are searched, a multiple of 16.
        prefilter: what is compared: "sobel", the horizontal gradient, or "response", brightness above the local mean.
        prefilter_size: side of the window of "response", px, odd, 5..255.
        prefilter_cap: values are clipped to this before they are compared, 1..63.
        texture: windows with less texture (sum of absolute values after the filter) have no disparity.
        uniqueness: percentage by which the best cost must beat every other one; 0 = no such test.
        speckle_window: islands of equal disparity of at most this many pixels are removed; 0 = none.
        speckle_range: disparities of one island differ by at most this from pixel to pixel, px.
        extend_border: continue both images by their edge columns; see `sgm.MatcherSettings`.
        lr_threshold: largest difference between the disparities of both views that counts as agreement, px.
    """

    block: int = 21
    min_disparity: int = 0
    num_disparities: int = 192
    prefilter: Literal["response", "sobel"] = "sobel"
    prefilter_size: int = 9
    prefilter_cap: int = 31
    texture: int = 10
    uniqueness: int = 15
    speckle_window: int = 0
    speckle_range: int = 1
    extend_border: bool = True
    lr_threshold: float = 1.0

    def __post_init__(self) -> None:
        check_search(self.min_disparity, self.num_disparities)
        check_filters(self.uniqueness, self.lr_threshold, self.speckle_window, self.speckle_range)
        if self.num_disparities % 16:
            raise ValueError(f"num_disparities must be a multiple of 16, not {self.num_disparities}")
        for name in ("block", "prefilter_size"):
            if getattr(self, name) % 2 == 0 or not 5 <= getattr(self, name) <= 255:
                raise ValueError(f"{name} must be odd, 5..255, not {getattr(self, name)}")
        if not 1 <= self.prefilter_cap <= 63:
            raise ValueError(f"prefilter_cap must be 1..63, not {self.prefilter_cap}")
        if self.texture < 0:
            raise ValueError(f"texture must not be negative, it is {self.texture}")

    @property
    def border(self) -> tuple[int, int]:
        """Columns added before and after both images."""
        last = self.min_disparity + self.num_disparities
        return (max(0, last), max(0, -self.min_disparity)) if self.extend_border else (0, 0)


def match_opencv_block(
    left: UInt8[np.ndarray, "h w c"],
    right: UInt8[np.ndarray, "h2 w2 c2"],
    settings: OpenCVBlockSettings,
) -> Matched:
    """Both views of a rectified pair, each matched by itself; OpenCV keeps its costs.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `OpenCVBlockSettings`.

    Raises:
        ValueError: for views of different size, or smaller than the block.
    """
    check_pair(left, right)
    wide = left.shape[1] + sum(settings.border)
    if min(left.shape[0], wide) <= settings.block:
        raise ValueError(
            f"a block of {settings.block} px does not fit into views of {left.shape[0]}x{left.shape[1]} px; "
            "choose a smaller block, or another matcher"
        )
    first, second = grey_levels(left), grey_levels(right)
    from_left = _match_left(first, second, settings)
    return Matched(*views_of(from_left, mirror(_match_left(mirror(second), mirror(first), settings))))


def _match_left(
    left: UInt8[np.ndarray, "h w"], right: UInt8[np.ndarray, "h w"], settings: OpenCVBlockSettings
) -> Float32[np.ndarray, "h w"]:
    """Disparities of the left view alone; nan where the matcher found none."""
    matcher = cv2.StereoBM_create(settings.num_disparities, settings.block)  # type: ignore[attr-defined]
    matcher.setMinDisparity(settings.min_disparity)
    matcher.setPreFilterType(PREFILTERS[settings.prefilter])
    matcher.setPreFilterSize(settings.prefilter_size)
    matcher.setPreFilterCap(settings.prefilter_cap)
    matcher.setTextureThreshold(settings.texture)
    matcher.setUniquenessRatio(settings.uniqueness)
    matcher.setSpeckleWindowSize(settings.speckle_window)
    matcher.setSpeckleRange(settings.speckle_range)
    return searched(matcher.compute, left, right, settings.border, settings.min_disparity)
