"""Several settings of OpenCV's matcher on one pair, and of all they say the best at each pixel, without ground truth.

Depth Hints matches every pair with twelve settings and keeps at each pixel what rebuilds the view best. OpenCV rounds
some of what it is given, so that several settings may ask for one and the same map: none is computed twice here.

Source:
    Watson et al., ICCV 2019 (arXiv:1909.09051), and the settings of its published code.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Int64, UInt8

from wilddepth.proxies.confidence import OPPOSED, disagreement
from wilddepth.proxies.fill import fill_holes
from wilddepth.proxies.fusion import Fused
from wilddepth.proxies.matched import SUBPIXEL, View, left_right_difference, mirror
from wilddepth.proxies.reach import whole_sixteens
from wilddepth.proxies.rebuild import Rebuilder

Choose: TypeAlias = Literal["best", "average", "random"]
Holes: TypeAlias = Literal["excluded", "published"]
Map: TypeAlias = Float32[np.ndarray, "h w"]
Picture: TypeAlias = UInt8[np.ndarray, "h w c"]
Other: TypeAlias = UInt8[np.ndarray, "h2 w2 c2"]

EVEN_PREFILTER, LEAST_PREFILTER = 1, 15
DEFAULT_P1, DEFAULT_P2 = 2, 5


@dataclass(frozen=True)
class HintMatcher:
    """What OpenCV's StereoSGBM (5 directions, colour) is given, in its own words; the defaults are Depth Hints'.

    Attributes:
        block: blockSize, px; positive.
        num_disparities: searched from `min_disparity` on, a multiple of 16.
        min_disparity: px.
        p1: P1 as OpenCV takes it, not multiplied by the size of the block.
        p2: P2.
        prefilter_cap: preFilterCap.
        uniqueness: uniquenessRatio, percent.
        speckle_window: speckleWindowSize, px.
        speckle_range: speckleRange, px.
        left_right: disp12MaxDiff, px: OpenCV's own check against the right view.
    """

    block: int = 3
    num_disparities: int = 160
    min_disparity: int = 0
    p1: int = 36
    p2: int = 288
    prefilter_cap: int = 63
    uniqueness: int = 10
    speckle_window: int = 100
    speckle_range: int = 16
    left_right: int = 0

    def __post_init__(self) -> None:
        if self.block < 1:
            raise ValueError(f"block must be positive, not {self.block}")
        if self.num_disparities < 16 or self.num_disparities % 16:
            raise ValueError(f"num_disparities must be a positive multiple of 16, not {self.num_disparities}")

    def effective(self) -> "HintMatcher":
        """The settings that OpenCV works with when it is given these: equal ones give one and the same map.

        Blocks have a whole half-width, so an even one counts as the next odd one; no left-right limit, or a negative
        one, counts as 1 px; the prefilter's cap is raised to 15 and made odd; penalties are raised to 2 and above p1;
        without a speckle window its range does not matter.
        """
        p1 = self.p1 if self.p1 > 0 else DEFAULT_P1
        return replace(
            self,
            block=self.block | 1,
            p1=p1,
            p2=max(self.p2 if self.p2 > 0 else DEFAULT_P2, p1 + 1),
            prefilter_cap=max(self.prefilter_cap, LEAST_PREFILTER) | EVEN_PREFILTER,
            speckle_range=self.speckle_range if self.speckle_window > 0 else 0,
            left_right=self.left_right if self.left_right > 0 else 1,
        )


PUBLISHED = tuple(HintMatcher(block, number) for block in (1, 2, 3) for number in (64, 96, 128, 160))
"""The twelve of Depth Hints, in the order of their numbers; eight of them differ (blocks 2 and 3 are one)."""


@dataclass(frozen=True)
class HintSettings:
    """How labels of several matchers are made.

    Attributes:
        choose: of what the matchers say, at each pixel the "best" by photometric error, or the "average" of those that
            say anything; "random": one matcher is drawn for the whole pair and the others are not asked.
        holes: "excluded": a matcher that found nothing at a pixel has no say there; "published": it competes with the
            colour that the published code's projection of depth 0 gives (that of the other view's first corner), and
            where it wins there is no label.
        alpha: share of DSSIM in the photometric error; the rest is L1.
        keep: a label with less confidence is none.
        seed: of what is drawn; the pair's own pixels go into the draw too, so that it does not depend on the order.
    """

    choose: Choose = "best"
    holes: Holes = "excluded"
    alpha: float = 0.85
    keep: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value in (("alpha", self.alpha), ("keep", self.keep)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name} must lie in 0..1, not {value}")


def hinted(left: Picture, right: Other, settings: HintSettings, lowest: int = 0) -> tuple[Fused, Fused]:
    """Labels of both views from the published settings of Depth Hints.

    Confidence is the share of the matchers that agree to 1 px with what was chosen, 1 for one that was drawn; 0 where
    the labels of both views contradict each other by more than 3 px. The published labels have none. OpenCV finds
    nothing in the columns at the border from which some searched disparity leaves the other view.

    Args:
        left: 8-bit RGB.
        right: the same, of the same size.
        settings: see `HintSettings`.
        lowest: first disparity searched, px; below 0 the search is that much wider.

    Raises:
        ValueError: for views of different size.
    """
    if left.shape != right.shape:
        raise ValueError(f"views differ in size: left {left.shape}, right {right.shape}")
    matchers = [
        replace(matcher, min_disparity=lowest, num_disparities=whole_sixteens(matcher.num_disparities - lowest))
        for matcher in PUBLISHED
    ]
    if settings.choose == "random":
        matchers = [drawn(matchers, left, right, settings.seed)]
    from_left = matched_once(left, right, matchers)
    from_right = matched_once(mirror(right), mirror(left), matchers)
    one = chosen(left, right, from_left, settings, lowest)
    two = chosen(mirror(right), mirror(left), from_right, settings, lowest)
    # The check looks at both views as they are.
    first = View(one, left_right_difference(one, mirror(two)))
    second = View(two, left_right_difference(two, mirror(one)))
    found = marked(first, from_left, settings.keep), marked(second, from_right, settings.keep)
    return found[0], Fused(mirror(found[1].disparity), mirror(found[1].confidence))


def drawn(matchers: Sequence[HintMatcher], left: Picture, right: Picture, seed: int) -> HintMatcher:
    """One of the matchers, by the seed and the pixels of the pair."""
    pixels = [zlib.crc32(np.ascontiguousarray(view).tobytes()) for view in (left, right)]
    return matchers[int(np.random.default_rng([seed, *pixels]).integers(len(matchers)))]


def distinct(matchers: Sequence[HintMatcher]) -> tuple[list[HintMatcher], list[int]]:
    """The matchers whose maps differ, and for each one given the number of its map among them."""
    kept: dict[HintMatcher, int] = {}
    numbers = [kept.setdefault(matcher.effective(), len(kept)) for matcher in matchers]
    return list(kept), numbers


def matched_once(left: Picture, right: Picture, matchers: Sequence[HintMatcher]) -> list[Map]:
    """What each matcher says of the left view, px (nan = nothing); settings that ask for one map share it."""
    different, numbers = distinct(matchers)
    maps = [match(left, right, matcher) for matcher in different]
    return [maps[number] for number in numbers]


def match(left: Picture, right: Picture, matcher: HintMatcher) -> Map:
    """What one matcher says of the left view, px; nan = nothing."""
    engine = cv2.StereoSGBM_create(  # type: ignore[attr-defined]
        minDisparity=matcher.min_disparity,
        numDisparities=matcher.num_disparities,
        blockSize=matcher.block,
        P1=matcher.p1,
        P2=matcher.p2,
        disp12MaxDiff=matcher.left_right,
        preFilterCap=matcher.prefilter_cap,
        uniquenessRatio=matcher.uniqueness,
        speckleWindowSize=matcher.speckle_window,
        speckleRange=matcher.speckle_range,
        mode=cv2.STEREO_SGBM_MODE_SGBM,
    )
    found: np.ndarray = engine.compute(np.ascontiguousarray(left), np.ascontiguousarray(right)).astype(np.float32)
    found /= SUBPIXEL
    return np.where(found >= matcher.min_disparity, found, np.float32(np.nan))


def chosen(left: Picture, right: Picture, maps: Sequence[Map], settings: HintSettings, lowest: int = 0) -> Map:
    """One map of several, as the settings say; px, nan where none says anything or a hole won."""
    if settings.choose == "average":
        return average(maps)
    if len(maps) == 1:
        return maps[0]
    number = best(left, right, maps, holes=settings.holes, alpha=settings.alpha, lowest=lowest)
    taken: Map = np.take_along_axis(np.stack(maps), number[None], axis=0)[0]
    return taken


def average(maps: Sequence[Map]) -> Map:
    """The mean of those that say anything, px; nan where none does."""
    values = np.stack(maps)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, np.float32(0)).sum(axis=0) / np.maximum(count, 1).astype(np.float32)
    return np.where(count > 0, mean, np.float32(np.nan))


def best(
    left: Picture,
    right: Picture,
    maps: Sequence[Map],
    *,
    holes: Holes = "excluded",
    alpha: float = 0.85,
    lowest: int = 0,
) -> Int64[np.ndarray, "h w"]:
    """The number of the map that rebuilds the left view best at each pixel; of equal ones the first.

    Maps that are one and the same object are looked at once.

    Args:
        left: 8-bit RGB.
        right: the same.
        maps: of the left view, px; nan = hole.
        holes: see `HintSettings`. Holes without a say are rebuilt from the background around them, because the windows
            of their neighbours reach into them.
        alpha: share of DSSIM.
        lowest: no disparity is smaller, px.

    Raises:
        ValueError: without any map.
    """
    if not maps:
        raise ValueError("there is no map to choose from")
    pair = Rebuilder.of(left, right)
    least = np.full(left.shape[:2], np.inf, np.float32)
    number = np.zeros(left.shape[:2], np.int64)
    firsts = {id(one): index for index, one in reversed(list(enumerate(maps)))}
    for index in sorted(firsts.values()):
        error = error_of(pair, maps[index], holes=holes, alpha=alpha, lowest=lowest)
        better = error < least
        np.copyto(least, error, where=better)
        number[better] = index
    return number


def error_of(
    pair: Rebuilder, disparity: Map, *, holes: Holes = "excluded", alpha: float = 0.85, lowest: int = 0
) -> Map:
    """Photometric error of a map with holes; infinite on holes that have no say."""
    known = np.isfinite(disparity)
    if holes == "published":
        return pair.error(np.where(known, disparity, np.float32(0)), known, alpha=alpha)
    if not known.any():
        return np.full(disparity.shape, np.float32(np.inf))
    error = pair.error(fill_holes(disparity, lowest=lowest), alpha=alpha)
    return np.where(known, error, np.float32(np.inf))


def marked(view: View, maps: Sequence[Map], keep: float) -> Fused:
    """A chosen map with its confidence; where the other view says nothing, it has no say either."""
    different = list({id(one): one for one in maps}.values())
    agree = np.mean([disagreement(one, view.disparity) <= 1 for one in different], axis=0)
    opposed = np.isfinite(view.difference) & (view.difference > OPPOSED)
    kept = np.isfinite(view.disparity) & ~opposed & (agree > 0) & (agree >= keep)
    return Fused(
        np.where(kept, view.disparity, np.float32(np.nan)), np.where(kept, agree, np.float32(0)).astype(np.float32)
    )
