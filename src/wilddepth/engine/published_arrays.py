"""Weights as named arrays: under the names of this package, or of the variables of TensorFlow code.

Source:
    The variables of the code published with Tonioni et al., CVPR 2019.
"""

import re
from collections.abc import Callable, Iterator

import torch

from wilddepth.engine.published_table import Entry, Published, Shape
from wilddepth.networks.dispnetc import DispNetC
from wilddepth.networks.madnet import MADNet
from wilddepth.networks.stereo import StereoNetwork

_SCOPES = re.compile(
    r"\A.*/(?=(gc-read-pyramid/conv|G[2-6]/fgc-volume-filtering-[2-6]/disp-|context-)\d"
    r"|(?<!gc-read-pyramid/)(conv(\d|_redir)|up[1-5]/|prediction/))"
)

# What TensorFlow's optimisers and counters store beside the weights.
_TF_STATE = r"(.*/)?(global_step|beta[12]_power|(Adam|Adam_1|Momentum))"


def arrays() -> tuple[Published, ...]:
    """MADNet and DispNetC, each under the names of this package or of the original's TensorFlow variables."""
    return (*_arrays(MADNet, _madnet_name), *_arrays(DispNetC, _dispnetc_name))


def _arrays(kind: Callable[[], StereoNetwork], renamed: Callable[[str], str]) -> Iterator[Published]:
    with torch.device("meta"):  # shapes only
        network = kind()
    ours = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    original = {renamed(name): _from_tensorflow(name, shape) for name, shape in ours.items()}
    yield Published(network.name, {name: Entry(name, shape) for name, shape in ours.items()}, runs=network.name)
    yield Published(network.name, original, _TF_STATE, runs=network.name)


def plain_name(name: str) -> str:
    """The name of an original's variable without `:0` and scopes around the network; others as they are."""
    return _SCOPES.sub("", name.removesuffix(":0"))


def _dispnetc_name(name: str) -> str:
    """`same.3.weight` -> `conv3/1/weights`, `predict.6.bias` -> `up5/predict/biases`."""
    room, *place, kind = name.split(".")
    level = place[0] if place else ""
    layer = {
        "redirect": "conv_redir",
        "down": f"conv{level}",
        "same": f"conv{level}/1",
        "up": f"up{'/'.join(place)}",
        "predict": "prediction" if level == "1" else f"up{int(level or 0) - 1}/predict",
    }[room]
    return f"{layer}/{'weights' if kind == 'weight' else 'biases'}"


def _madnet_name(name: str) -> str:
    """`pyramid.0.weight` -> `gc-read-pyramid/conv1/weights`."""
    room, *place, kind = name.split(".")
    number = int(place[-1]) + 1
    decoder = f"G{place[0]}/fgc-volume-filtering-{place[0]}/disp-{number}"
    layer = {"pyramid": f"gc-read-pyramid/conv{number}", "context": f"context-{number}"}.get(room, decoder)
    return f"{layer}/{'weights' if kind == 'weight' else 'biases'}"


def _from_tensorflow(name: str, shape: Shape) -> Entry:
    """TensorFlow keeps rows, columns, inputs, outputs."""
    if len(shape) == 1:
        return Entry(name, shape)
    outputs, inputs, rows, columns = shape
    return Entry(name, (rows, columns, inputs, outputs), order=(3, 2, 0, 1))
