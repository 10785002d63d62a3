"""A proxy on every level of a coarse-to-fine network, beside the last head."""

from collections.abc import Mapping, Sequence

from torch import Tensor
from torch.nn import functional

from wilddepth.losses.pyramid import downsampled_target
from wilddepth.networks.stereo import SCALE, StereoHeads, StereoNetwork

LEVEL_WEIGHTS: Mapping[int, float] = {6: 0.25, 5: 0.25, 4: 0.25, 3: 0.5, 2: 1.0, 1: 1.0, 0: 1.0}
"""Beside 1 for the last head."""


def on_every_level(
    loss: Tensor, network: StereoNetwork, heads: StereoHeads, proxy: Tensor, kept: Tensor, levels: Sequence[int]
) -> Tensor:
    """The weighted mean of a loss of the last head and of the L1 of levels at their own resolution, in px / 20.

    Args:
        loss: of the last head, px / 20.
        network: tells which pixel a coarse one stands for.
        heads: what it predicted.
        proxy: disparity (b 1 h w), px; nan where there is none.
        kept: the pixels (b 1 h w) that teach; they count all the same.
        levels: those that learn.
    """
    total, weight = loss, 1.0
    border = (heads.padding.left, heads.padding.right, heads.padding.top, heads.padding.bottom)
    target, known = (functional.pad(values, border) for values in (proxy.nan_to_num(0.0), kept & proxy.isfinite()))
    for k in levels:
        cell, has = downsampled_target(target, known, 2**k, network.target_pixel if k < 4 else "mean-valid")
        error = (heads.levels[k] + cell / SCALE).abs()
        total = total + LEVEL_WEIGHTS[k] * (error * has).sum() / has.sum().clamp(min=1)
        weight += LEVEL_WEIGHTS[k]
    return total / weight
