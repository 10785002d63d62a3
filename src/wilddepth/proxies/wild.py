"""Labels for learning confidence without ground truth: pixels on which several measures agree.

Measures of quite different kinds seldom fail together. Where all of them are sure a match is taken for right, where all
are unsure for wrong; everything between stays unlabelled.

Source:
    Tosi, Poggi, Tonioni, Di Stefano and Mattoccia, "Learning confidence measures in the wild", BMVC 2017.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int8

from wilddepth.errors import ConfigError
from wilddepth.proxies.measures.catalog import Measure, measure
from wilddepth.proxies.measures.matching import Matching

POSITIVE, NEGATIVE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)


@dataclass(frozen=True)
class WildSettings:
    """How labels are chosen.

    Attributes:
        fraction: of the pixels that a measure is surest of, and as many that it is least sure of, above 0 and at most
            one half. Binary measures are taken as they are.
        positive: measures that must all be sure.
        negative: measures that must all be unsure.
        zero_is_wrong: a disparity of 0 px is never right: nothing to be seen is infinitely far. Only where the search
            begins at 0.
    """

    fraction: float = 0.4
    positive: tuple[str, ...] = ("lrc", "uc", "dbl", "apkr", "med", "wmn")
    negative: tuple[str, ...] = ("lrc", "uc", "apkr", "wmn")
    zero_is_wrong: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 0.5:
            raise ConfigError(f"the fraction of surest pixels must be above 0 and at most 0.5, not {self.fraction}")
        if not self.positive or not self.negative:
            raise ConfigError("labels need at least one measure for right and one for wrong pixels; name some")
        for name in (*self.positive, *self.negative):
            measure(name)


VOTES: Mapping[str, WildSettings] = {
    "published": WildSettings(),
    "wide": WildSettings(
        positive=("lrc", "uc", "apkr", "med", "ds"), negative=("lrc", "apkr", "ds"), zero_is_wrong=False
    ),
    "maps": WildSettings(positive=("lrc", "uc", "med", "ds", "da"), negative=("lrc", "ds", "da"), zero_is_wrong=False),
    "views": WildSettings(positive=("lrc",), negative=("lrc",), zero_is_wrong=False),
}
"""Sets of measures by name. The published one looks at costs above all, and takes the sky for wrong. In the wide one
the disparity map has a say (DS), and neither the left border nor the sky is judged beforehand: on rendered pairs its
labels are purer. The third leaves costs out, which say less once they are summed along paths (semi-global matching).
The fourth asks the two views alone, and is meant to be confirmed by another matcher (`second_opinion`).
"""


def wild_labels(matching: Matching, settings: WildSettings | None = None) -> Int8[np.ndarray, "h w"]:
    """`POSITIVE`, `NEGATIVE` or `UNKNOWN` for each pixel; unknown where there is no disparity.

    Args:
        matching: with all parts that the measures need: the defaults need both disparity maps and the volume.
        settings: None = the published ones, with UC binary, which the published code ranks by mistake.

    Raises:
        MissingPartError: when a part is missing.
    """
    chosen = settings or WildSettings()
    maps = {name: measure(name).confidence(matching) for name in {*chosen.positive, *chosen.negative}}
    known, share = matching.known, chosen.fraction
    right = every([surest(measure(name), maps[name], known, share) for name in chosen.positive])
    wrong = every([least_sure(measure(name), maps[name], known, share) for name in chosen.negative])
    if chosen.zero_is_wrong and matching.lowest == 0:
        zero = np.abs(matching.disparity) < 0.5
        right, wrong = right & ~zero, wrong | zero
    labels = np.where(wrong, NEGATIVE, np.where(right, POSITIVE, UNKNOWN))
    return np.where(known, labels, UNKNOWN).astype(np.int8)


def second_opinion(
    labels: Int8[np.ndarray, "h w"],
    matching: Matching,
    other: Float32[np.ndarray, "h w"],
    *,
    near: float = 1.0,
    far: float = 3.0,
) -> Int8[np.ndarray, "h w"]:
    """Labels that another matcher confirms; the others become unknown.

    Matchers of different kinds seldom err alike: right pixels have a disparity within `near` px of the other's, wrong
    ones are more than `far` px from it. Where it has none, nothing is confirmed.
    """
    apart = np.abs(matching.disparity - other)
    confirmed = ((labels == POSITIVE) & (apart <= near)) | ((labels == NEGATIVE) & (apart > far))
    return np.where(confirmed, labels, UNKNOWN)


def every(masks: Sequence[Bool[np.ndarray, "h w"]]) -> Bool[np.ndarray, "h w"]:
    """Where all masks hold."""
    found: np.ndarray = np.logical_and.reduce(list(masks))
    return found


def surest(
    kind: Measure, values: Float32[np.ndarray, "h w"], known: Bool[np.ndarray, "h w"], fraction: float
) -> Bool[np.ndarray, "h w"]:
    """The known pixels that a binary measure is sure of; of another one, the `fraction` of largest values.

    Equal values stay together: a group that does not wholly fit into the fraction is left out.
    """
    return known & (values > 0.5) if kind.binary else largest(values, known, fraction)


def least_sure(
    kind: Measure, values: Float32[np.ndarray, "h w"], known: Bool[np.ndarray, "h w"], fraction: float
) -> Bool[np.ndarray, "h w"]:
    """The same from the other end."""
    return known & (values < 0.5) if kind.binary else largest(-values, known, fraction)


def largest(
    values: Float32[np.ndarray, "h w"], known: Bool[np.ndarray, "h w"], fraction: float
) -> Bool[np.ndarray, "h w"]:
    """The `fraction` of the known pixels that have the largest values."""
    count = int(fraction * np.count_nonzero(known))
    if count == 0:
        return np.zeros_like(known)
    limit = np.partition(values[known], -count - 1)[-count - 1]  # the largest value that is left outside
    found: np.ndarray = known & (values > limit)
    return found
