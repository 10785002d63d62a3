"""The one table of methods: name -> how it is built.

Other packages add methods through the entry-point group `wilddepth.methods` (name = "package.module:function"); an
import path is never taken from a recipe or any other file.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from wilddepth import plain
from wilddepth.errors import ConfigError
from wilddepth.method import Method
from wilddepth.methods.active_stereo import ActiveStereo, ActiveStereoConfig
from wilddepth.methods.confidence_guided import ConfidenceGuided, ConfidenceGuidedConfig
from wilddepth.methods.domain_adaptation import DomainAdaptation, DomainAdaptationConfig
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig
from wilddepth.methods.left_right import LeftRightConfig, LeftRightMethod
from wilddepth.methods.supervised import Supervised, SupervisedConfig
from wilddepth.networks.stereo import StereoNetwork

Settings = Mapping[str, bool | int | float | str]
Build = Callable[[StereoNetwork, Settings], Method]
GROUP = "wilddepth.methods"


def _builder(method: Callable[[StereoNetwork, Any], Method], config: type[Any]) -> Build:
    """Builds a method with some settings."""

    def build_with(network: StereoNetwork, settings: Settings) -> Method:
        return method(network, plain.build(config, settings, "method.settings"))

    return build_with


METHODS: Mapping[str, Build] = {
    "supervised": _builder(Supervised, SupervisedConfig),
    "label-free": _builder(LabelFree, LabelFreeConfig),
    "confidence-guided": _builder(ConfidenceGuided, ConfidenceGuidedConfig),
    "domain-adaptation": _builder(DomainAdaptation, DomainAdaptationConfig),
    "left-right": _builder(LeftRightMethod, LeftRightConfig),
    "active-stereo": _builder(ActiveStereo, ActiveStereoConfig),
}


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
