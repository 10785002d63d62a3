"""Settings of a matcher found on a rig's own pairs, without ground truth.

Two things are known of a matcher without any truth: how well its map rebuilds one view from the other, and on how much
of the view its two maps agree. The first alone chooses badly: small windows match noise, which rebuilds a view well and
is wrong. `benchmarks/find_settings.py` shows how both together order candidates like the truth does.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import SampleError
from wilddepth.plain import plain
from wilddepth.proxies.algorithm import Algorithm, Labels, algorithm
from wilddepth.proxies.fill import fill_holes
from wilddepth.proxies.matched import left_right_difference
from wilddepth.proxies.rebuild import Rebuilder

DISAGREEMENT = 0.3
"""What a pixel on which both views disagree costs: as much as this photometric error. Chosen on the worlds flat-street
and flat-indoor; 0.2 to 0.5 order candidates nearly alike there."""
AGREE = 1.0
"""Both views agree where their disparities differ by at most this, px."""

Picture = UInt8[np.ndarray, "h w 3"]
Other = UInt8[np.ndarray, "h2 w2 3"]


@dataclass(frozen=True)
class Measured:
    """What is known of the labels of one pair, or of the mean of several, without truth.

    Attributes:
        photometric: mean error (0..1) of the left view rebuilt by its map, holes closed from the background, over the
            pixels whose match lies inside the right view.
        consistent: share of the left view on which the maps of both views agree.
    """

    photometric: float
    consistent: float

    @property
    def score(self) -> float:
        """The less the better."""
        return self.photometric + DISAGREEMENT * (1 - self.consistent)


@dataclass(frozen=True)
class Candidate:
    """An algorithm with what was measured of it on several pairs."""

    maker: Algorithm
    measured: Measured

    def row(self) -> dict[str, Any]:
        """A row of a table: the score, its parts, and the settings that the candidates differ in."""
        return {
            "score": self.measured.score,
            "photometric": self.measured.photometric,
            "consistent": self.measured.consistent,
            "algorithm": self.maker.name,
            "settings": plain(self.maker.settings),
        }


def default_candidates() -> tuple[Algorithm, ...]:
    """What is tried when nothing else is asked for: 24 settings of one matcher, and the other algorithms as they come.

    Modes, images, windows and penalties from weak to strong; each was the best of its kind for some kind of pairs.
    """
    base = algorithm("opencv-sgm").settings
    windows = ((3, 8, 32), (3, 16, 160), (5, 8, 96), (7, 8, 96))
    grid = [
        replace(base, mode=mode, images=images, block=block, p1=p1, p2=p2, prefilter_cap=63 if block < 5 else 15)
        for mode, images, (block, p1, p2) in product(("3way", "hh4"), ("grey", "colour", "structure"), windows)
    ]
    return (*(Algorithm("opencv-sgm", settings) for settings in grid), algorithm("trio"), algorithm("depth-hints"))


def measured(left: Picture, right: Other, labels: Labels, lowest: int = 0) -> Measured:
    """What is known of the labels of a pair without truth.

    Args:
        left: 8-bit RGB.
        right: the same, of the same size.
        labels: of both views.
        lowest: no disparity is smaller, px.

    Returns:
        An error of 1 and no agreement for labels that say nothing.
    """
    mine, other = (view.disparity for view in labels)
    if not np.isfinite(mine).any():
        return Measured(1.0, 0.0)
    filled = fill_holes(mine, lowest=lowest)
    place = np.arange(mine.shape[1]) - filled
    inside = (place >= 0) & (place <= mine.shape[1] - 1)
    error = Rebuilder.of(left, right).error(filled)
    agreed = left_right_difference(mine, other) <= AGREE
    return Measured(float(error[inside].mean()) if inside.any() else 1.0, float(agreed.mean()))


def find_settings(
    pairs: Iterable[tuple[Picture, Other, int]],
    candidates: Sequence[Algorithm] | None = None,
    *,
    on_candidate: Callable[[int], None] | None = None,
) -> list[Candidate]:
    """Candidates by what they do on some pairs, the best first; no truth is looked at.

    Args:
        pairs: left, right (8-bit RGB) and the first disparity to search, px; a few that show what the rig sees.
        candidates: what is tried; None = `default_candidates`.
        on_candidate: told after each candidate on each pair how often that was.

    Raises:
        SampleError: without any pair.
        ValueError: without any candidate.
    """
    tried = default_candidates() if candidates is None else tuple(candidates)
    if not tried:
        raise ValueError("there is no candidate to try")
    found: list[list[Measured]] = []
    for left, right, lowest in pairs:
        found.append([])
        for maker in tried:
            found[-1].append(measured(left, right, maker(left, right, lowest), lowest))
            if on_candidate is not None:
                on_candidate(sum(map(len, found)))
    if not found:
        raise SampleError("there is no pair to find settings on; check the source")
    means = [
        Candidate(maker, Measured(*(float(np.mean([getattr(one, name) for one in each])) for name in NAMES)))
        for maker, each in zip(tried, zip(*found, strict=True), strict=True)
    ]
    return sorted(means, key=lambda candidate: candidate.measured.score)


NAMES = ("photometric", "consistent")
