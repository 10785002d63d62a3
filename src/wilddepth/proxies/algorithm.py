"""Label makers by name: an algorithm with all of its settings as one plain value that files can hold.

What is in `ALGORITHMS` can be named on the command line and in a recipe; nothing is imported by a name from a file.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, make_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import ConfigError
from wilddepth.formats.content import text
from wilddepth.plain import Range, assign, build, closest, dump_json, load_yaml, plain
from wilddepth.proxies.confidence import usable
from wilddepth.proxies.fusion import Fused, ProxySettings, match_and_fuse
from wilddepth.proxies.hints import HintSettings, hinted
from wilddepth.proxies.judge import AGREEMENT, Map, check_judge, judged, needs_costs
from wilddepth.proxies.matched import View
from wilddepth.proxies.matchers.catalog import MATCHERS, Matcher
from wilddepth.proxies.reach import measured_disparities, whole_sixteens

VERSION = 1
"""Of the labels themselves: raised whenever equal settings give other labels than before."""
DEFAULT = "trio"

Labels = tuple[Fused, Fused]
"""Of the left and of the right view."""
Picture = UInt8[np.ndarray, "h w 3"]
Other = UInt8[np.ndarray, "h2 w2 3"]


@dataclass(frozen=True)
class Maker:
    """An algorithm without settings.

    Attributes:
        settings: the dataclass of its settings, each with a default.
        make: left, right (8-bit RGB), settings, lowest disparity to search (px, 0 or below) -> labels of both views.
        about: one line for people.
    """

    settings: type[Any]
    make: Callable[[Picture, Other, Any, int], Labels]
    about: str


def of_three(left: Picture, right: Other, settings: ProxySettings, lowest: int) -> Labels:
    """See `fusion`."""
    return match_and_fuse(left, right, replace(settings, min_disparity=min(settings.min_disparity, lowest)))


def maker_of(name: str, matcher: Matcher) -> Maker:
    """Labels on which both views of one matcher agree.

    The settings are the matcher's own and three more. `measured`: search as many disparities as each pair needs, as a
    search at a quarter of its size tells, instead of `num_disparities`. `confidence`: who says how sure a label is:
    "agreement" (of both views), "ccnn", or a measure of `measures.catalog`. `keep`: a label with less confidence is
    none.
    """

    def check(self: Any) -> None:
        matcher.settings.__post_init__(self)
        check_judge(self.confidence, name)

    settings = make_dataclass(
        f"{matcher.settings.__name__}OfLabels",
        [
            ("measured", bool, field(default=True)),
            ("confidence", str, field(default=AGREEMENT)),
            ("keep", Annotated[float, Range(0, 1)], field(default=0.5)),
        ],
        bases=(matcher.settings,),
        namespace={"__post_init__": check},
        frozen=True,
    )
    return Maker(settings, partial(of_one, name, matcher), f"{matcher.text}, where both views agree")


def of_one(name: str, matcher: Matcher, left: Picture, right: Other, settings: Any, lowest: int) -> Labels:
    """What one matcher says of both views, with the confidence that the settings ask for.

    Confidence is 0 where the views differ by more than the settings' `lr_threshold`.
    """
    first = min(settings.min_disparity, lowest)
    number = settings.num_disparities
    if settings.measured:
        number = measured_disparities(left, right, first)
    elif first < settings.min_disparity:
        number = whole_sixteens(settings.min_disparity - first + number)
    chosen = replace(settings, min_disparity=first, num_disparities=number)
    volumes = needs_costs(settings.confidence)
    found = matcher(left, right, chosen, volumes=volumes, threads=max(1, cv2.getNumThreads()))
    sure = judged(settings.confidence, name, found, left, right, first)
    return agreed(found.left, sure[0], settings), agreed(found.right, sure[1], settings)


def agreed(view: View, confidence: Map, settings: Any) -> Fused:
    """One view of one matcher where the other agrees and it is sure enough."""
    sure = confidence * usable(view)
    kept = (view.difference <= settings.lr_threshold) & (sure > 0) & (sure >= settings.keep)
    return Fused(
        np.where(kept, view.disparity, np.float32(np.nan)), np.where(kept, sure, np.float32(0)).astype(np.float32)
    )


ALGORITHMS: dict[str, Maker] = {
    "trio": Maker(ProxySettings, of_three, "three semi-global matchers, weighed by a confidence fitted on worlds"),
    "depth-hints": Maker(
        HintSettings, hinted, "twelve published settings, at each pixel the one that rebuilds it best"
    ),
    **{name: maker_of(name, matcher) for name, matcher in MATCHERS.items()},
}


@dataclass(frozen=True)
class Algorithm:
    """A label maker with its settings.

    Attributes:
        name: in `ALGORITHMS`.
        settings: of the maker's type.
    """

    name: str
    settings: Any

    def __call__(self, left: Picture, right: Other, lowest: int = 0) -> Labels:
        """Labels of both views of a rectified pair: disparity (px, nan = none) and confidence (0..1).

        Args:
            left: 8-bit RGB.
            right: the same, of the same size.
            lowest: first disparity to search where that is below the settings', px: minus doffs, rounded down.

        Raises:
            ValueError: for views of different size.
        """
        return ALGORITHMS[self.name].make(left, right, self.settings, lowest)

    def plain(self) -> dict[str, Any]:
        """Name, settings (defaults written out) and version, as files hold them."""
        return {"algorithm": self.name, "settings": plain(self.settings), "version": VERSION}

    def digest(self) -> str:
        """SHA-256 of `plain`: equal labels from equal pairs, equal digests."""
        return hashlib.sha256(json.dumps(self.plain(), sort_keys=True).encode()).hexdigest()


def algorithm(name: str = DEFAULT, settings: object = None) -> Algorithm:
    """An algorithm by name, with settings as a mapping; those that are not given take their defaults.

    Raises:
        ConfigError: for an unknown name or setting, or a value out of range.
    """
    if name not in ALGORITHMS:
        raise ConfigError(f"unknown algorithm {name!r}; {closest(name, list(ALGORITHMS))}")
    try:
        return Algorithm(name, build(ALGORITHMS[name].settings, {} if settings is None else settings, name))
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from error


def with_overrides(base: Algorithm, assignments: Iterable[str]) -> Algorithm:
    """The algorithm with settings replaced: `block=5`.

    Raises:
        ConfigError: for a text that is not KEY=VALUE, an unknown setting, or a value out of range.
    """
    tree = plain(base.settings)
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key:
            raise ConfigError(f"{assignment!r} is not KEY=VALUE, e.g. keep=0.7")
        assign(tree, key, load_yaml(value))
    return algorithm(base.name, tree)


def read_algorithm(path: Path | str) -> Algorithm:
    """An algorithm from a file of `plain` values: one that `find-settings` wrote, or the manifest of a label folder.

    Raises:
        ConfigError: for a file that holds something else, or labels of another version.
        SampleError: for a file that is missing or no text.
    """
    try:
        tree = load_yaml(text(path))  # JSON is YAML
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(tree, dict) or not isinstance(tree.get("algorithm"), str):
        raise ConfigError(f"{path} names no algorithm; give the settings.json that --find-settings wrote")
    if tree.get("version", VERSION) != VERSION:
        raise ConfigError(
            f"{path} is of version {tree['version']!r} of the label makers, this is {VERSION}; find settings again"
        )
    try:
        return algorithm(tree["algorithm"], tree.get("settings"))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def written(chosen: Algorithm, more: Mapping[str, Any] | None = None) -> str:
    """The text of a file that `read_algorithm` reads; `more` stands beside and is not read."""
    return dump_json({**chosen.plain(), **(more or {})}) + "\n"
