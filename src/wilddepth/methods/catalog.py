"""The one table of methods: name -> how it is built.

Other packages add methods through the entry-point group `wilddepth.methods` (name = "package.module:function"); an
import path is never taken from a recipe or any other file.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.metadata import entry_points

from wilddepth.errors import ConfigError
from wilddepth.method import Method
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig
from wilddepth.methods.supervised import Supervised, SupervisedConfig
from wilddepth.networks.madnet import MADNet

Settings = Mapping[str, bool | int | float | str]
Build = Callable[[MADNet, Settings], Method]
GROUP = "wilddepth.methods"


def build_supervised(network: MADNet, settings: Settings) -> Method:
    """`Supervised` with some settings."""
    return Supervised(network, SupervisedConfig(**checked(settings, SupervisedConfig)))  # type: ignore[arg-type]


def build_label_free(network: MADNet, settings: Settings) -> Method:
    """`LabelFree` with some settings."""
    return LabelFree(network, LabelFreeConfig(**checked(settings, LabelFreeConfig)))  # type: ignore[arg-type]


METHODS: Mapping[str, Build] = {"supervised": build_supervised, "label-free": build_label_free}


def checked(settings: Settings, config: type) -> dict[str, bool | int | float | str]:
    """The settings, or `ConfigError` naming the first unknown or wrongly typed one."""
    known = {field.name: field.type for field in fields(config)}
    for name, value in settings.items():
        if name not in known:
            raise ConfigError(f"unknown setting {name!r} of {config.__name__}; there are {', '.join(known)}")
        wanted = known[name]
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            continue
        if isinstance(wanted, type) and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
            raise ConfigError(f"setting {name!r} of {config.__name__} is {value!r}; it should be a {wanted.__name__}")
    return dict(settings)


def names() -> list[str]:
    """All methods that can be built here."""
    return sorted({*METHODS, *(entry.name for entry in entry_points(group=GROUP))})


def build(name: str, network: MADNet, settings: Settings | None = None) -> Method:
    """A method by name around a network.

    Raises:
        ConfigError: for an unknown name or setting.
    """
    if name in METHODS:
        return METHODS[name](network, settings or {})
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            builder: Build = entry.load()
            return builder(network, settings or {})
    raise ConfigError(f"unknown method {name!r}; there are {', '.join(names())}")
