"""Three matchers looked at together: each pixel takes what most probably is right, with a confidence.

They fail in different places. The fine matcher keeps edges; at half size plain surfaces and noise are easier, and a
penalty reaches twice as far; the plain one, grey with a small window, keeps thin things. Where they agree they are
almost always right.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.confidence import confidence_of, disagreement, textured
from wilddepth.proxies.reach import measured_disparities, whole_sixteens
from wilddepth.proxies.sgm import Matched, MatcherSettings, View, match_pair


@dataclass(frozen=True)
class Matcher:
    """A matcher with what is known of it.

    Attributes:
        settings: the range of disparities is that of the pair, not the one given here.
        shrink: the images are matched at 1/shrink of their size.
        constant: of its confidence: the better the matcher, the larger.
    """

    settings: MatcherSettings
    shrink: int
    constant: float


MATCHERS = (
    Matcher(MatcherSettings(), 1, -2.61),
    Matcher(MatcherSettings(block=3, p1=16, p2=160), 2, -2.57),
    Matcher(MatcherSettings(mode="3way", block=3, p1=16, p2=160, prefilter_cap=63, images="grey"), 1, -2.49),
)
"""Fine, coarse, plain. Settings were fitted on rendered pairs; these three were picked with real pairs in view. The
numbers of confidence hold for them only."""
WEIGHTS = (2.11, 1.63, 1.12, 1.44)
"""Of `confidence.measurements`, the same for all matchers; see there how they were fitted."""


MOST_CELLS = 2**28
"""Pixels times disparities of the largest cost volume kept: 1 GiB for OpenCV's two copies of 2 bytes a cell."""


@dataclass(frozen=True)
class ProxySettings:
    """How proxy labels are made.

    Attributes:
        min_disparity: first disparity searched, px.
        num_disparities: how many are searched, a multiple of 16; None = as many as the pair needs, which a search at a
            quarter of its size tells.
        keep: a label with less confidence is none; 0.5 = it is more likely wrong than right.
    """

    min_disparity: int = 0
    num_disparities: int | None = None
    keep: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.keep <= 1:
            raise ValueError(f"keep must be a confidence in 0..1, not {self.keep}")
        if self.num_disparities is not None and (self.num_disparities < 16 or self.num_disparities % 16):
            raise ValueError(f"num_disparities must be a positive multiple of 16, not {self.num_disparities}")


@dataclass(frozen=True)
class Fused:
    """One view: disparity, px (nan where there is no label), and confidence, 0..1 (0 there)."""

    disparity: Float32[np.ndarray, "h w"]
    confidence: Float32[np.ndarray, "h w"]


def match_and_fuse(
    left: UInt8[np.ndarray, "h w c"], right: UInt8[np.ndarray, "h2 w2 c2"], settings: ProxySettings
) -> tuple[Fused, Fused]:
    """Proxy labels of both views of a rectified pair.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `ProxySettings`.

    Raises:
        ValueError: for views of different size.
    """
    matched = match_with_all(left, right, settings)
    return (
        fused([pair.left for pair in matched], left, settings.keep),
        fused([pair.right for pair in matched], right, settings.keep),
    )


def match_with_all(
    left: UInt8[np.ndarray, "h w c"], right: UInt8[np.ndarray, "h2 w2 c2"], settings: ProxySettings
) -> list[Matched]:
    """What each of `MATCHERS` says of a pair."""
    number = settings.num_disparities or measured_disparities(left, right, settings.min_disparity)
    return [match_shrunk(left, right, matcher, settings.min_disparity, number) for matcher in MATCHERS]


def match_shrunk(
    left: UInt8[np.ndarray, "h w c"], right: UInt8[np.ndarray, "h2 w2 c2"], matcher: Matcher, lowest: int, number: int
) -> Matched:
    """A pair matched at the matcher's size; everything in px of the full size, and of that size."""
    shrink = matcher.shrink
    first = lowest // shrink
    settings = replace(
        matcher.settings,
        min_disparity=first,
        num_disparities=whole_sixteens((lowest + number) / shrink - first),
    )
    if shrink == 1:
        return match_pair(left, right, slim(settings, left.shape[0] * left.shape[1]))
    small = shrunk(left, shrink), shrunk(right, shrink)
    found = match_pair(*small, slim(settings, small[0].shape[0] * small[0].shape[1]))
    return Matched(*(enlarged(view, left.shape[0], left.shape[1]) for view in (found.left, found.right)))


def slim(settings: MatcherSettings, pixels: int) -> MatcherSettings:
    """The settings, in the mode that keeps no cost volume if that of so many pixels were too large."""
    return replace(settings, mode="3way") if pixels * settings.num_disparities > MOST_CELLS else settings


def shrunk(image: UInt8[np.ndarray, "h w c"], factor: int) -> UInt8[np.ndarray, "h2 w2 c"]:
    """The image at 1/factor of its size (rounded down, at least one pixel), each pixel the mean of what it covers."""
    height, width, channels = image.shape
    size = max(1, width // factor), max(1, height // factor)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], channels)


def enlarged(view: View, height: int, width: int) -> View:
    """A view at another size, disparities in px of that size. Nearest: surfaces and holes must not mix."""
    scale = np.float32(width / view.disparity.shape[1])

    def grown(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values * scale, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)

    return View(grown(view.disparity), grown(view.difference))


def confidences(views: list[View]) -> Float32[np.ndarray, "n h w"]:
    """Confidence of what each of `MATCHERS` says of one view, given what the others say."""
    weights = [np.array([*WEIGHTS, matcher.constant], np.float32) for matcher in MATCHERS]
    return np.stack(
        [
            confidence_of(view, views[:number] + views[number + 1 :], weights[number])
            for number, view in enumerate(views)
        ]
    )


def fused(views: list[View], image: UInt8[np.ndarray, "h w c"], keep: float) -> Fused:
    """One view from what each of `MATCHERS` says of it.

    The most confident matcher decides; those that agree with it to 1 px are averaged into it by their confidence, which
    takes away part of each one's preference for whole disparities.
    """
    confidence = confidences(views)
    disparity = np.stack([view.disparity for view in views])
    best = confidence.argmax(axis=0)[None]
    chosen = np.take_along_axis(disparity, best, axis=0)[0]
    weight = confidence * np.stack([disagreement(candidate, chosen) <= 1 for candidate in disparity])
    total = weight.sum(axis=0)
    sure = confidence.max(axis=0) * textured(image)
    kept = (sure >= keep) & (total > 0)
    mean = (weight * np.nan_to_num(disparity)).sum(axis=0) / np.where(total > 0, total, np.float32(1))
    return Fused(np.where(kept, mean, np.float32(np.nan)), np.where(kept, sure, np.float32(0)))
