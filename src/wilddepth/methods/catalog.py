"""The one table of methods: name -> how it is built.

Other packages add methods through the entry-point group `wilddepth.methods` (name = "package.module:function"); an
import path is never taken from a recipe or any other file.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from wilddepth import plain
from wilddepth.errors import ConfigError
from wilddepth.method import Method
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig
from wilddepth.methods.supervised import Supervised, SupervisedConfig
from wilddepth.networks.stereo import StereoNetwork

Settings = Mapping[str, bool | int | float | str]
Build = Callable[[StereoNetwork, Settings], Method]
GROUP = "wilddepth.methods"


def build_supervised(network: StereoNetwork, settings: Settings) -> Method:
    """`Supervised` with some settings."""
    return Supervised(network, plain.build(SupervisedConfig, settings, "method.settings"))


def build_label_free(network: StereoNetwork, settings: Settings) -> Method:
    """`LabelFree` with some settings."""
    return LabelFree(network, plain.build(LabelFreeConfig, settings, "method.settings"))


METHODS: Mapping[str, Build] = {"supervised": build_supervised, "label-free": build_label_free}


def names() -> list[str]:
    """All methods that can be built here."""
    return sorted({*METHODS, *(entry.name for entry in entry_points(group=GROUP))})


def build(name: str, network: StereoNetwork, settings: Settings | None = None) -> Method:
    """A method by name around a network.

    Args:
        name: one of `names()`; those of this package come before those of others.
        network: with its weights.
        settings: fields of the method's config, as plain values.

    Raises:
        ConfigError: for an unknown name, an unknown setting, or a wrong value of one.
    """
    if name in METHODS:
        return METHODS[name](network, settings or {})
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            builder: Build = entry.load()
            return builder(network, settings or {})
    raise ConfigError(f"unknown method {name!r}; {plain.closest(name, names())}")
