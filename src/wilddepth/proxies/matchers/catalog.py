"""The one table of matchers: name -> its settings, how it is called, and whether it shows its costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8

from wilddepth import plain
from wilddepth.errors import ConfigError
from wilddepth.proxies.matched import Matched
from wilddepth.proxies.matchers.ad_census import ADCensusSettings, match_ad_census
from wilddepth.proxies.matchers.block import BlockSettings, match_block
from wilddepth.proxies.matchers.census_box import CensusBoxSettings, match_census_box
from wilddepth.proxies.matchers.census_sgm import CensusSGMSettings, match_census_sgm
from wilddepth.proxies.matchers.opencv_block import OpenCVBlockSettings, match_opencv_block
from wilddepth.proxies.sgm import MatcherSettings, match_pair


@dataclass(frozen=True)
class Matcher:
    """One matcher.

    Attributes:
        text: one line for people.
        settings: the dataclass of its settings: frozen, plain values, absurd ones refused with a `ValueError`. All have
            `min_disparity`, `num_disparities` and `lr_threshold` (px).
        function: left, right, settings -> `Matched`; where it shows costs, also `volumes` and `threads`.
        shows_costs: whether it can give its cost volume.
    """

    text: str
    settings: type[Any]
    function: Callable[..., Matched]
    shows_costs: bool = True

    def build(self, values: Mapping[str, object] | None = None) -> Any:
        """The settings, from plain values.

        Raises:
            ConfigError: for an unknown setting, or a value of the wrong type or out of range.
        """
        try:
            return plain.build(self.settings, values or {}, "settings")
        except ValueError as error:
            raise ConfigError(f"settings: {error}") from error

    def __call__(
        self,
        left: UInt8[np.ndarray, "h w c"],
        right: UInt8[np.ndarray, "h2 w2 c2"],
        settings: Any = None,
        *,
        volumes: bool = False,
        threads: int = 1,
    ) -> Matched:
        """Both views of a rectified pair.

        Args:
            left: 8-bit RGB, or one grey channel.
            right: the same, of the same size.
            settings: of type `settings`; None = its defaults.
            volumes: give the costs too.
            threads: that share the work, where it can be shared.

        Raises:
            ConfigError: when costs are asked of a matcher that keeps them.
            ValueError: for views of different size, or settings of another matcher.
        """
        chosen = self.settings() if settings is None else settings
        if not isinstance(chosen, self.settings):
            raise ValueError(f"settings must be {self.settings.__name__}, not {type(chosen).__name__}")
        if self.shows_costs:
            return self.function(left, right, chosen, volumes=volumes, threads=threads)
        if volumes:
            raise ConfigError(f"this matcher keeps its costs; {', '.join(showing_costs())} show them")
        return self.function(left, right, chosen)


MATCHERS: Mapping[str, Matcher] = {
    "opencv-sgm": Matcher(
        "OpenCV's semi-global matching, mode = sgbm, hh, 3way or hh4", MatcherSettings, match_pair, shows_costs=False
    ),
    "opencv-block": Matcher("OpenCV's block matching", OpenCVBlockSettings, match_opencv_block, shows_costs=False),
    "census-sgm": Matcher("semi-global matching on census codes", CensusSGMSettings, match_census_sgm),
    "census-box": Matcher(
        "census, box and winner-takes-all: the AD-CENSUS of the Bologna group", CensusBoxSettings, match_census_box
    ),
    "ad-census": Matcher("AD-Census after Mei et al., every stage a switch", ADCensusSettings, match_ad_census),
    "block": Matcher("block matching by sad, ssd, zncc or census", BlockSettings, match_block),
}


def showing_costs() -> list[str]:
    """The matchers that can give their cost volume."""
    return [name for name, matcher in MATCHERS.items() if matcher.shows_costs]


def matcher(name: str) -> Matcher:
    """A matcher by name, or `ConfigError` with the nearest name."""
    if name not in MATCHERS:
        raise ConfigError(f"unknown matcher {name!r}; {plain.closest(name, list(MATCHERS))}")
    return MATCHERS[name]
