"""Depth in the wild, without labels.

The verbs of the command are Python calls of the same names: `wilddepth.adapt("./pairs", out="./adapted")`. Each is
imported, and torch with it, when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wilddepth.verbs.adapt import adapt
    from wilddepth.verbs.bench import bench
    from wilddepth.verbs.convert import convert
    from wilddepth.verbs.data import datasets
    from wilddepth.verbs.demo import demo
    from wilddepth.verbs.doctor import doctor
    from wilddepth.verbs.evaluate import evaluate
    from wilddepth.verbs.predict import predict, predictor
    from wilddepth.verbs.proxies import find_settings, proxy_labels
    from wilddepth.verbs.rectify import rectify
    from wilddepth.verbs.reproduce import reproduce
    from wilddepth.verbs.train import train
    from wilddepth.verbs.worlds import render_world

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "adapt",
    "bench",
    "convert",
    "datasets",
    "demo",
    "doctor",
    "evaluate",
    "find_settings",
    "predict",
    "predictor",
    "proxy_labels",
    "rectify",
    "render_world",
    "reproduce",
    "train",
]

_FILES = {
    "predictor": "predict",
    "datasets": "data",
    "proxy_labels": "proxies",
    "find_settings": "proxies",
    "render_world": "worlds",
}
"""Calls that do not have a file of their own name; `wilddepth.data`, `wilddepth.proxies` and `wilddepth.worlds` are the
packages that read data sets, make labels and render."""


def __getattr__(name: str) -> Any:
    """A verb, loaded now and remembered."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    verb = getattr(import_module(f"{__name__}.verbs.{_FILES.get(name, name)}"), name)
    globals()[name] = verb
    return verb


def __dir__() -> list[str]:
    """What there is, the verbs included."""
    return sorted({*globals(), *__all__})
