"""Scene builders by name; each module is imported when its first scene is built."""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import signature

import numpy as np

from wilddepth.worlds.cast.scene import Scene

Builder = Callable[..., Scene]
"""Takes a random generator and options."""

_HOME = "wilddepth.worlds.cast.scenes"
BUILDERS: Mapping[str, tuple[str, str]] = {
    "street": ("street", "build_street"),
    "street-night-rain": ("street", "build_street_night_rain"),
    "open-road": ("drives", "build_open_road"),
    "lead-car": ("drives", "build_lead_car"),
    "city-a": ("cities", "build_city_a"),
    "city-b": ("cities", "build_city_b"),
    "nature": ("nature", "build_nature"),
    "indoor": ("indoor", "build_indoor"),
    "flying": ("flying", "build_flying"),
    "tabletop": ("tabletop", "build_tabletop"),
    "low-texture": ("plain", "build_low_texture"),
    "repetitive": ("repetitive", "build_repetitive"),
}
"""Module of `scenes`, and function in it."""


def builder(name: str) -> Builder:
    """The function that builds scenes of this name."""
    module, function = BUILDERS[name]
    found: Builder = getattr(import_module(f"{_HOME}.{module}"), function)
    return found


def built(name: str, rng: np.random.Generator, **wishes: object) -> Scene:
    """A scene of this name.

    Args:
        name: of `BUILDERS`.
        rng: decides everything.
        wishes: options for those builders that have them (`hour`, `length`, `speed`); None = as the builder likes.
    """
    make = builder(name)
    known = signature(make).parameters
    return make(rng, **{key: value for key, value in wishes.items() if key in known and value is not None})
