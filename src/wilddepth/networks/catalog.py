"""The one table of stereo networks: name -> class and options."""

from collections.abc import Mapping
from typing import Any

import torch

from wilddepth import plain
from wilddepth.errors import ConfigError
from wilddepth.networks.dispnetc import DispNetC, DispNetCOptions
from wilddepth.networks.madnet import MADNet, MADNetOptions
from wilddepth.networks.madnet2 import MADNet2, MADNet2Options
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.networks.stereonet import StereoNet, StereoNetOptions

NETWORKS: Mapping[str, tuple[type[Any], type[Any]]] = {
    DispNetC.name: (DispNetC, DispNetCOptions),
    MADNet.name: (MADNet, MADNetOptions),
    MADNet2.name: (MADNet2, MADNet2Options),
    StereoNet.name: (StereoNet, StereoNetOptions),
}


def names() -> list[str]:
    """All networks there are."""
    return sorted(NETWORKS)


def build(
    name: str,
    settings: object = None,
    *,
    where: str = "network.settings",
    generator: torch.Generator | None = None,
) -> StereoNetwork:
    """A network by name, with fresh weights.

    Args:
        name: one of `names()`.
        settings: fields of its options, as plain values.
        where: what to call the settings in messages.
        generator: of the weights.

    Raises:
        ConfigError: for an unknown name, an unknown setting, or a wrong value of one.
    """
    if name not in NETWORKS:
        raise ConfigError(f"unknown network {name!r}; {plain.closest(name, names())}")
    kind, options = NETWORKS[name]
    network: StereoNetwork = kind(
        plain.build(options, {} if settings is None else settings, where), generator=generator
    )
    return network
