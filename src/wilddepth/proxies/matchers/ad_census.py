"""AD-Census after Mei et al.: adaptive supports, scanline optimisation, and a chain of repairs that leaves no hole.

Every stage can be switched off; what is then left is what the later stages work on.

Source:
    Mei, Sun, Zhou, Jiao, Wang and Zhang, "On building an accurate stereo matching system on graphics hardware",
    ICCVW 2011.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from wilddepth.proxies.matched import Matched, Volume, views_of, without_islands
from wilddepth.proxies.matchers import outliers
from wilddepth.proxies.matchers.ad_cost import ONE, Terms, first_costs
from wilddepth.proxies.matchers.census import check_window
from wilddepth.proxies.matchers.cross import LONGEST_ARM, arms_of, averaged
from wilddepth.proxies.matchers.edges import adjusted, between, smoothed
from wilddepth.proxies.matchers.kernel import share
from wilddepth.proxies.matchers.limits import check_filters, check_pair, check_search
from wilddepth.proxies.matchers.scanline import optimised
from wilddepth.proxies.matchers.select import disparities
from wilddepth.proxies.sgm import matched_channels

DIRECTIONS = 4
LARGEST_PENALTY = 100.0
"""Path costs are kept in 32 bits, 2^17 to 1."""


@dataclass(frozen=True)
class ADCensusSettings:
    """What AD-Census is asked to do; the defaults are the paper's.

    Attributes:
        terms: costs of colour, of census codes, or "both".
        colour_scale: mean difference of colours at which that cost is 63 % of its largest, grey levels.
        census_scale: differing bits at which that cost is 63 % of its largest.
        window_height: of the census window, rows, odd.
        window_width: of the census window, columns, odd.
        aggregations: rounds of averaging over supports; 0 = none.
        arm: supports reach less far than this, px.
        arm_strict: beyond this colours must be more alike, px.
        arm_colour: largest step of colour within a support, grey levels (exclusive).
        arm_colour_strict: the same beyond `arm_strict`.
        scanlines: gather costs along four directions.
        p1: penalty for a step of one disparity, in units of a cost term.
        p2: penalty for larger ones.
        edge_colour: penalties fall where colours change by so many grey levels.
        check: drop what both views do not agree on; without, there are no outliers to repair.
        lr_threshold: largest difference between the disparities of both views that counts as agreement, px.
        occlusion: which outliers are occluded, see `outliers.kinds`.
        votes: rounds in which outliers ask their support; 0 = none.
        vote_count: more pixels must vote.
        vote_share: of them, more must agree.
        interpolate: close what is left from its surroundings; without, it has no disparity.
        adjust: choose anew at edges of the map.
        subpixel: "parabola" or "none".
        median: smooth the map, 3x3.
        speckle_window: islands of at most so many pixels, among those that agree, are removed; 0 = none.
        speckle_range: disparities of one island differ by at most this from pixel to pixel, px.
        min_disparity: first disparity searched, px.
        num_disparities: how many are searched.
    """

    terms: Terms = "both"
    colour_scale: float = 10.0
    census_scale: float = 30.0
    window_height: int = 7
    window_width: int = 9
    aggregations: int = 4
    arm: int = 34
    arm_strict: int = 17
    arm_colour: int = 20
    arm_colour_strict: int = 6
    scanlines: bool = True
    p1: float = 1.0
    p2: float = 3.0
    edge_colour: int = 15
    check: bool = True
    lr_threshold: float = 1.0
    occlusion: outliers.Rule = "occluder"
    votes: int = 5
    vote_count: int = 20
    vote_share: float = 0.4
    interpolate: bool = True
    adjust: bool = True
    subpixel: Literal["none", "parabola"] = "parabola"
    median: bool = True
    speckle_window: int = 0
    speckle_range: float = 1.0
    min_disparity: int = 0
    num_disparities: int = 192

    def __post_init__(self) -> None:
        check_window(self.window_height, self.window_width)
        check_search(self.min_disparity, self.num_disparities)
        check_filters(0, self.lr_threshold, self.speckle_window, self.speckle_range)
        self._check_supports()
        if not (0 < self.colour_scale < np.inf and 0 < self.census_scale < np.inf):
            raise ValueError(f"scales must be positive, not {self.colour_scale} and {self.census_scale}")
        if not 0 < self.p1 <= self.p2 <= LARGEST_PENALTY:
            raise ValueError(f"penalties: 0 < p1 <= p2 <= {LARGEST_PENALTY:g}, not {self.p1} and {self.p2}")
        if not 0 <= self.vote_share <= 1:
            raise ValueError(f"vote_share must be in 0..1, not {self.vote_share}")

    def _check_supports(self) -> None:
        if not 1 <= self.arm <= LONGEST_ARM:
            raise ValueError(f"arm must be 1..{LONGEST_ARM}: sums over larger supports overflow; it is {self.arm}")
        for name in ("aggregations", "votes"):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"{name} must be 0..100 rounds, not {getattr(self, name)}")
        for name in ("arm_strict", "arm_colour", "arm_colour_strict", "edge_colour", "vote_count"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, it is {getattr(self, name)}")

    @property
    def search(self) -> tuple[int, int]:
        """First disparity and number of disparities."""
        return self.min_disparity, self.num_disparities

    def arms(self, image: UInt8[np.ndarray, "h w 3"], threads: int = 1) -> UInt8[np.ndarray, "4 h w"]:
        """The supports of a view."""
        lengths, colours = (self.arm, self.arm_strict), (self.arm_colour, self.arm_colour_strict)
        return arms_of(image, lengths, colours, threads)


def match_ad_census(
    left: UInt8[np.ndarray, "h w c"],
    right: UInt8[np.ndarray, "h2 w2 c2"],
    settings: ADCensusSettings,
    *,
    volumes: bool = False,
    threads: int = 1,
) -> Matched:
    """Both views of a rectified pair.

    The right map is read from the left view's costs and then repaired like the left one, by its own colours. With all
    stages, `View.difference` tells which pixels of the finished maps disagree: most of what was filled in does.

    Args:
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        settings: see `ADCensusSettings`.
        volumes: give the first costs and those among which the smallest won (float32) too.
        threads: that share the work; results do not depend on them.

    Raises:
        ValueError: for views of different size.
    """
    check_pair(left, right)
    colours = matched_channels(left, "colour"), matched_channels(right, "colour")
    scales, window = (settings.colour_scale, settings.census_scale), (settings.window_height, settings.window_width)
    costs = first_costs(*colours, settings.terms, scales, window, settings.search, threads)
    terms = 2 if settings.terms == "both" else 1
    first = volume_of(costs, settings, terms) if volumes else None
    arms = share(threads, (settings.arms, colours[0]), (settings.arms, colours[1]))
    averaged(costs, arms[0], settings.aggregations, threads)
    largest = float(terms)
    if settings.scanlines:
        penalties = round(settings.p1 * ONE), round(settings.p2 * ONE)
        costs = optimised(costs, *colours, penalties, settings.edge_colour, settings.min_disparity, threads)
        largest = DIRECTIONS * (terms + settings.p2)
    raw = disparities(Volume(costs, settings.min_disparity), "none", 0, threads)
    sides = enumerate((outliers.LEFT, outliers.RIGHT))
    tasks = [(repaired, raw[k], raw[1 - k], side, colours[k], arms[k], costs, settings) for k, side in sides]
    finished = share(threads, *tasks)
    speckles = settings.lr_threshold, settings.speckle_window, settings.speckle_range
    views = [without_islands(view, *speckles) for view in views_of(*finished)]
    return Matched(*views, cost=first, aggregated=volume_of(costs, settings, largest) if volumes else None)


def volume_of(costs: Int32[np.ndarray, "h w d"], settings: ADCensusSettings, largest: float) -> Volume:
    """Costs as others read them, the largest there can be."""
    return Volume(costs.astype(np.float32), settings.min_disparity, 1 / (ONE * largest))


def repaired(
    ours: Float32[np.ndarray, "h w"],
    theirs: Float32[np.ndarray, "h w"],
    side: int,
    image: UInt8[np.ndarray, "h w 3"],
    arms: UInt8[np.ndarray, "4 h w"],
    costs: Int32[np.ndarray, "h w d"],
    settings: ADCensusSettings,
    threads: int = 1,
) -> Float32[np.ndarray, "h w"]:
    """One map after all repairs that are asked for."""
    disparity = filled(ours, theirs, side, image, arms, settings, threads) if settings.check else ours
    if settings.adjust:
        disparity = adjusted(disparity, costs, side, settings.min_disparity, threads)
    if settings.subpixel == "parabola":
        disparity = between(disparity, costs, side, settings.min_disparity, threads)
    return smoothed(disparity) if settings.median else disparity


def filled(
    ours: Float32[np.ndarray, "h w"],
    theirs: Float32[np.ndarray, "h w"],
    side: int,
    image: UInt8[np.ndarray, "h w 3"],
    arms: UInt8[np.ndarray, "4 h w"],
    settings: ADCensusSettings,
    threads: int = 1,
) -> Float32[np.ndarray, "h w"]:
    """One map with what the other view contradicts replaced, or nan."""
    kind = outliers.kinds(ours, theirs, side, settings.lr_threshold, settings.search, settings.occlusion)
    disparity = ours
    for _ in range(settings.votes):
        disparity, kind = outliers.voted(
            disparity, kind, arms, settings.vote_count, settings.vote_share, settings.search, threads
        )
    if settings.interpolate:
        return outliers.interpolated(disparity, kind, image, threads)
    return np.where(kind == outliers.FINE, disparity, np.float32(np.nan))
