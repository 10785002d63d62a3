"""Scene builders by name; each module is imported when its first scene is built."""

from collections.abc import Callable, Mapping
from importlib import import_module

from wilddepth.worlds.cast.scene import Scene

Builder = Callable[..., Scene]
"""Takes a random generator and options."""

_HOME = "wilddepth.worlds.cast.scenes"
BUILDERS: Mapping[str, tuple[str, str]] = {
    "street": ("street", "build_street"),
    "open-road": ("open_road", "build_open_road"),
    "lead-car": ("lead_car", "build_lead_car"),
    "city-a": ("city_a", "build_city_a"),
    "city-b": ("city_b", "build_city_b"),
    "nature": ("nature", "build_nature"),
    "indoor": ("indoor", "build_indoor"),
    "flying": ("flying", "build_flying"),
    "tabletop": ("tabletop", "build_tabletop"),
    "low-texture": ("low_texture", "build_low_texture"),
    "repetitive": ("repetitive", "build_repetitive"),
}
"""Module of `scenes`, and function in it."""


def builder(name: str) -> Builder:
    """The function that builds scenes of this name."""
    module, function = BUILDERS[name]
    found: Builder = getattr(import_module(f"{_HOME}.{module}"), function)
    return found
