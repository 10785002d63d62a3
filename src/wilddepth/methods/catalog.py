"""The one table of methods: name -> how it is built.

Other packages add methods through the entry-point group `wilddepth.methods` (name = "package.module:function"); an
import path is never taken from a recipe or any other file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
GROUP = "wilddepth.methods"


@dataclass(frozen=True)
class Entry:
    """A method of the table.

    Attributes:
        method: network and config -> the method.
        config: the dataclass of its settings; its `labels` names the proxies that such settings learn from.
        about: one line for people.
        supervised: it learns from labels of the truth; all others from images and proxies.
    """

    method: Callable[[StereoNetwork, Any], Method]
    config: type[Any]
    about: str
    supervised: bool = False

    def configured(self, settings: Settings) -> Any:
        """The config with some settings replaced; `ConfigError` for an unknown one, or a wrong value."""
        return plain.build(self.config, settings, "method.settings")

    def __call__(self, network: StereoNetwork, settings: Settings) -> Method:
        """The method around a network."""
        return self.method(network, self.configured(settings))


METHODS: Mapping[str, Entry] = {
    "supervised": Entry(Supervised, SupervisedConfig, "labels on every level", supervised=True),
    "label-free": Entry(LabelFree, LabelFreeConfig, "proxies on every level, photometric error where both views see"),
    "confidence-guided": Entry(ConfidenceGuided, ConfidenceGuidedConfig, "sure proxies and smoothness (ICCV 2017)"),
    "domain-adaptation": Entry(
        DomainAdaptation,
        DomainAdaptationConfig,
        "sure proxies, smoothness and photometric error; two proxies; a threshold that can be learned (PAMI 2020)",
    ),
    "left-right": Entry(LeftRightMethod, LeftRightConfig, "photometric error of both views, consistency (CVPR 2017)"),
    "active-stereo": Entry(
        ActiveStereo, ActiveStereoConfig, "local contrast of both views where they agree (ECCV 2018)"
    ),
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
            builder: Callable[[StereoNetwork, Settings], Method] = entry.load()
            return builder(network, settings or {})
    raise ConfigError(f"unknown method {name!r}; {plain.closest(name, names())}")
