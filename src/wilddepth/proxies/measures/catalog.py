"""The one table of confidence measures: name -> how it is computed, what it needs, and how it becomes 0..1.

Every measure has one sign: larger = surer. `Measure.value` gives the published quantity in its own unit,
`Measure.confidence` the same order in 0..1, by a fixed rising function, so that numbers of two images can be compared.
That is an order, not a probability: the share of right pixels among those of confidence c is not c.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import ConfigError
from wilddepth.plain import closest
from wilddepth.proxies.measures import from_disparity, from_images, from_volume
from wilddepth.proxies.measures.matching import Matching

Map = Float32[np.ndarray, "h w"]
Part = Literal["right_disparity", "volume", "left", "right"]
Bounded = Callable[[Map, Matching], Map]


@dataclass(frozen=True)
class Measure:
    """One way to be more or less sure.

    Attributes:
        name: as published.
        value: the quantity; larger = surer, nan where undefined.
        bounded: a rising function of it with values in 0..1.
        needs: parts of a `Matching` beside the disparity.
        binary: whether there are two values only.
    """

    name: str
    value: Callable[[Matching], Map]
    bounded: Bounded
    needs: tuple[Part, ...] = ()
    binary: bool = False

    def confidence(self, matching: Matching) -> Map:
        """0..1, 1 = sure; 0 where the disparity is unknown or the measure undefined.

        Raises:
            MissingPartError: when the matching lacks a part that the measure needs.
        """
        matching.require(*self.needs)
        value = self.bounded(self.value(matching), matching)
        # Sums of many disparities leave the range by a rounding error.
        known = np.where(matching.known & np.isfinite(value), value, np.float32(0))
        return known.clip(0, 1).astype(np.float32)


def itself(value: Map, m: Matching) -> Map:
    """Values that lie in 0..1 already."""
    return value


def rising(half: float) -> Bounded:
    """v / (v + half): 0 at 0, one half at `half`, never quite 1, so that no order is lost."""
    return lambda value, m: value / (value + np.float32(half))


def falling(half: float) -> Bounded:
    """Of values up to 0: half / (half - v): 1 at 0, one half at -half."""
    return lambda value, m: np.float32(half) / (np.float32(half) - value)


def above_one(value: Map, m: Matching) -> Map:
    """Of ratios from 1 on: 1 - 1 / v."""
    return 1 - 1 / value


def share_of_range(value: Map, m: Matching) -> Map:
    """Of values from -(number of disparities - 1) to 0."""
    return 1 + value / np.float32(m.depth - 1)


def share_of_bits(value: Map, m: Matching) -> Map:
    """Of an entropy, negative, in bits."""
    return 1 + value / np.float32(np.log2(m.depth))


def against_even(value: Map, m: Matching) -> Map:
    """Of shares: one half where the share is that of one disparity among all."""
    return value / (value + np.float32(1 / m.depth))


WHOLE: tuple[Part, ...] = ("volume",)
SELF: tuple[Part, ...] = ("volume", "left")
MATCH: tuple[Part, ...] = ("left", "right")

MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("msm", from_volume.matching_score, falling(0.1), WHOLE),
        Measure("lc", from_volume.local_curve, rising(0.1 / 480), WHOLE),
        Measure("cur", from_volume.curvature, rising(0.1), WHOLE),
        Measure("pkr", from_volume.peak_ratio, above_one, WHOLE),
        Measure("pkrn", from_volume.peak_ratio_naive, above_one, WHOLE),
        Measure("apkr", from_volume.average_peak_ratio, rising(1.0), WHOLE),
        Measure("apkrn", from_volume.average_peak_ratio_naive, rising(1.0), WHOLE),
        Measure("mm", from_volume.maximum_margin, rising(0.1), WHOLE),
        Measure("mmn", from_volume.maximum_margin_naive, rising(0.1), WHOLE),
        Measure("nmm", from_volume.nonlinear_margin, above_one, WHOLE),
        Measure("nmmn", from_volume.nonlinear_margin_naive, above_one, WHOLE),
        Measure("wmn", from_volume.winner_margin, against_even, WHOLE),
        Measure("wmnn", from_volume.winner_margin_naive, against_even, WHOLE),
        Measure("mlm", from_volume.maximum_likelihood, itself, WHOLE),
        Measure("aml", from_volume.attainable_likelihood, itself, WHOLE),
        Measure("nem", from_volume.negative_entropy, share_of_bits, WHOLE),
        Measure("noi", from_volume.few_minima, falling(1.0), WHOLE),
        Measure("per", from_volume.perturbation, share_of_range, WHOLE),
        Measure("dam", from_volume.distance_of_minima, share_of_range, WHOLE),
        Measure("lmn", from_volume.minima_in_neighbourhood, lambda value, m: value / np.float32(25), WHOLE),
        Measure("lrd", from_volume.left_right_difference, rising(1.0), WHOLE),
        Measure("uc", from_volume.uniqueness, itself, WHOLE, binary=True),
        Measure("acc", from_volume.asymmetric_consistency, itself, WHOLE, binary=True),
        Measure("dts", from_volume.distinctiveness, rising(0.1), SELF),
        Measure("dsm", from_volume.distinctive_similarity, rising(1.0), (*WHOLE, *MATCH)),
        Measure("samm", from_volume.self_aware, lambda value, m: (1 + value) / 2, SELF),
        Measure("lrc", from_disparity.left_right_consistency, itself, ("right_disparity",), binary=True),
        Measure("med", from_disparity.median_deviation, itself, binary=True),
        Measure("dvm", from_disparity.disparity_variance, falling(8.0)),
        Measure("da", from_disparity.agreement, itself),
        Measure("ds", from_disparity.scattering, lambda value, m: value / np.float32(np.log(121))),
        Measure("dtd", from_disparity.from_discontinuity, rising(10.0)),
        Measure("db", from_disparity.from_border, rising(10.0)),
        Measure("dbl", from_disparity.from_left_border, itself, WHOLE, binary=True),
        Measure("zsad", from_images.window_difference, falling(100.0), MATCH),
        Measure("hgm", from_images.horizontal_gradient, rising(10.0), ("left",)),
        Measure("dte", from_images.from_image_edge, falling(10.0), ("left",)),
    )
}


def measure(name: str) -> Measure:
    """A measure by name, or `ConfigError` with the names there are."""
    if name not in MEASURES:
        raise ConfigError(f"unknown measure of confidence {name!r}; {closest(name, list(MEASURES))}")
    return MEASURES[name]


def all_confidences(matching: Matching) -> dict[str, Map]:
    """Every measure that the parts of the matching allow, 0..1, by name."""
    return {
        name: each.confidence(matching)
        for name, each in MEASURES.items()
        if all(getattr(matching, part) is not None for part in each.needs)
    }
