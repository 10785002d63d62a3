"""Semi-global matching of one rectified pair with OpenCV, in both views, with a left-right check.

Arrays here are one image without a batch: (h, w) or (h, w, channels). Disparities are px of this resolution, left minus
right column in both views: left column x matches right column x - d, right column x matches left column x + d.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.matched import SUBPIXEL, mirror, views_of
from wilddepth.proxies.matched import Matched as Matched
from wilddepth.proxies.matched import View as View
from wilddepth.proxies.matched import left_right_difference as left_right_difference

Images: TypeAlias = Literal["grey", "colour", "structure"]
Mode: TypeAlias = Literal["sgbm", "hh", "3way", "hh4"]

MODES = {
    "sgbm": cv2.STEREO_SGBM_MODE_SGBM,
    "hh": cv2.STEREO_SGBM_MODE_HH,
    "3way": cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    "hh4": cv2.STEREO_SGBM_MODE_HH4,
}

UNCHECKED = 2**20
"""Switches OpenCV's own left-right check off (0 and below mean 1 px there): ours is symmetric and sub-pixel."""


@dataclass(frozen=True)
class MatcherSettings:
    """What OpenCV's semi-global block matcher is asked to do.

    Attributes:
        mode: directions along which costs are gathered: "sgbm" 5, "hh" 8, "3way" 3, "hh4" 4. "hh" and "hh4" keep the
            whole cost volume.
        block: window over which pixel costs are summed, px, odd.
        p1: factor of the penalty for a step of one px between neighbours; the penalty is p1 * channels * block^2.
        p2: the same for larger steps.
        min_disparity: first disparity searched, px; negative where the principal points differ.
        num_disparities: how many disparities are searched, a multiple of 16.
        prefilter_cap: horizontal gradients are clipped to this before they are compared, 1..63.
        uniqueness: percentage by which the best cost must beat every other one; 0 = no such test.
        speckle_window: islands of equal disparity of at most this many pixels are removed; 0 = none.
        speckle_range: disparities of one island differ by at most this from pixel to pixel, px.
        images: what is matched: "grey", "colour", or "structure", which is the grey image with its vertical gradient
            and its local contrast (see `structure_channels`).
        extend_border: continue both images by their edge columns, so that near objects are found up to the border.
            OpenCV itself (False) gives nothing for a column from which some searched disparity leaves the other view.
        lr_threshold: largest difference between the disparities of both views that counts as agreement, px.
    """

    mode: Mode = "hh4"
    block: int = 7
    p1: int = 8
    p2: int = 96
    min_disparity: int = 0
    num_disparities: int = 192
    prefilter_cap: int = 15
    uniqueness: int = 0
    speckle_window: int = 0
    speckle_range: int = 1
    images: Images = "structure"
    extend_border: bool = True
    lr_threshold: float = 1.0

    def __post_init__(self) -> None:
        if self.block < 1 or self.block % 2 == 0:
            raise ValueError(f"block must be odd and positive, not {self.block}")
        if self.num_disparities < 16 or self.num_disparities % 16:
            raise ValueError(f"num_disparities must be a positive multiple of 16, not {self.num_disparities}")
        if not 0 < self.p1 < self.p2:
            raise ValueError(f"penalties must grow: 0 < p1 < p2, not {self.p1} and {self.p2}")
        if not 1 <= self.prefilter_cap <= 63:
            raise ValueError(f"prefilter_cap must be 1..63, not {self.prefilter_cap}")
        if self.lr_threshold <= 0:
            raise ValueError(f"lr_threshold must be positive, not {self.lr_threshold}")
        # OpenCV keeps costs in 16 bits and would wrap round silently.
        if self.p2 * self.weight > np.iinfo(np.int16).max:
            raise ValueError(f"p2 {self.p2} with block {self.block} overflows OpenCV's 16-bit costs; lower either")

    @property
    def channels(self) -> int:
        """Channels that are matched."""
        return 1 if self.images == "grey" else 3

    @property
    def weight(self) -> int:
        """What `p1` and `p2` are multiplied with: the number of terms in a cost."""
        return self.channels * self.block**2

    @property
    def max_disparity(self) -> int:
        """First disparity that is not searched any more."""
        return self.min_disparity + self.num_disparities

    @property
    def border(self) -> tuple[int, int]:
        """Columns added before and after both images."""
        return (max(0, self.max_disparity), max(0, -self.min_disparity)) if self.extend_border else (0, 0)


def match_pair(
    left: UInt8[np.ndarray, "h w c"], right: UInt8[np.ndarray, "h2 w2 c2"], settings: MatcherSettings
) -> Matched:
    """Both views of a rectified pair matched by semi-global matching.

    The right view is matched by mirroring both images and letting them change places, so that each view is matched with
    the same care; nothing is derived from the other view's result but the check.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `MatcherSettings`.

    Raises:
        ValueError: for views of different size.

    Source:
        Hirschmüller, PAMI 2008, as implemented by OpenCV's StereoSGBM (block costs of Birchfield and Tomasi, 1998).
    """
    if left.shape != right.shape:
        raise ValueError(f"views differ in size: left {left.shape}, right {right.shape}")
    first, second = matched_channels(left, settings.images), matched_channels(right, settings.images)
    from_left = match_left(first, second, settings)
    from_right = mirror(match_left(mirror(second), mirror(first), settings))
    return Matched(*views_of(from_left, from_right))


def match_left(
    left: UInt8[np.ndarray, "h w *c"], right: UInt8[np.ndarray, "h w *c"], settings: MatcherSettings
) -> Float32[np.ndarray, "h w"]:
    """Disparities of the left view alone; nan where the matcher found none.

    Matches that end in the continuation of a border are left to the left-right check.
    """
    matcher = cv2.StereoSGBM_create(  # type: ignore[attr-defined]
        minDisparity=settings.min_disparity,
        numDisparities=settings.num_disparities,
        blockSize=settings.block,
        P1=settings.p1 * settings.weight,
        P2=settings.p2 * settings.weight,
        disp12MaxDiff=UNCHECKED,
        preFilterCap=settings.prefilter_cap,
        uniquenessRatio=settings.uniqueness,
        speckleWindowSize=settings.speckle_window,
        speckleRange=settings.speckle_range,
        mode=MODES[settings.mode],
    )
    return searched(matcher.compute, left, right, settings.border, settings.min_disparity)


def searched(
    compute: Callable[[np.ndarray, np.ndarray], np.ndarray],
    left: UInt8[np.ndarray, "h w *c"],
    right: UInt8[np.ndarray, "h w *c"],
    border: tuple[int, int],
    lowest: int,
) -> Float32[np.ndarray, "h w"]:
    """What one of OpenCV's matchers finds, px, after columns were added before and behind; nan where it found none."""
    wide = [cv2.copyMakeBorder(view, 0, 0, *border, cv2.BORDER_REPLICATE) for view in (left, right)]
    found = compute(*wide)[:, border[0] : border[0] + left.shape[1]].astype(np.float32) / SUBPIXEL
    return np.where(found >= lowest, found, np.float32(np.nan))


def matched_channels(image: UInt8[np.ndarray, "h w c"], images: Images) -> UInt8[np.ndarray, "h w *channels"]:
    """What is matched of an RGB or grey image (see `MatcherSettings.images`)."""
    if images == "colour":
        return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
    grey = grey_levels(image)
    return grey if images == "grey" else structure_channels(grey)


def grey_levels(image: UInt8[np.ndarray, "h w c"]) -> UInt8[np.ndarray, "h w"]:
    """The brightness of an RGB image, or the one channel of a grey one."""
    if image.shape[2] == 1:
        return np.ascontiguousarray(image[..., 0])
    brightness: np.ndarray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return brightness


def structure_channels(grey: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """Grey, its vertical gradient, and its local contrast: what a matcher that sees only horizontal gradients misses.

    The second tells rows apart (OpenCV's own prefilter is horizontal), the third hardly changes with the brightness and
    gain of a camera and lifts weak texture such as asphalt.
    """
    vertical = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3) / 2 + 128
    return np.stack([grey, as_bytes(vertical), as_bytes(128 + 40 * local_contrast(grey))], axis=-1)


def local_contrast(
    grey: UInt8[np.ndarray, "h w"], *, sigma: float = 3.0, floor: float = 3.0
) -> Float32[np.ndarray, "h w"]:
    """Difference to the local mean in units of the local standard deviation.

    Args:
        grey: 8 bits.
        sigma: of the Gaussian window, px.
        floor: added to the standard deviation, grey levels, so that noise on a plain surface stays small.
    """
    values = grey.astype(np.float32)
    centred = values - cv2.GaussianBlur(values, (0, 0), sigma)
    deviation = np.sqrt(cv2.GaussianBlur(centred * centred, (0, 0), sigma))
    contrast: np.ndarray = centred / (deviation + np.float32(floor))
    return contrast


def as_bytes(values: Float32[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Values rounded and clipped to 0..255."""
    levels: np.ndarray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels
