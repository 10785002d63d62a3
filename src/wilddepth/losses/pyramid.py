"""Supervision of every level of a coarse-to-fine network at the level's own resolution."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

Downsample: TypeAlias = Literal["nearest", "centre", "corners", "mean-valid"]

PWC_WEIGHTS: Mapping[int, float] = MappingProxyType({2: 0.005, 3: 0.01, 4: 0.02, 5: 0.08, 6: 0.32})
"""Weight of each level; level 2 is a quarter of the resolution. Sun et al., CVPR 2018 (arXiv:1709.02371), sec. 4."""


def sum_l1_levels(
    levels: Mapping[int, Float[Tensor, "b 1 _ _"]],
    target_disparity: Float[Tensor, "b 1 h w"],
    valid: Bool[Tensor, "b 1 h w"],
    weights: Mapping[int, float] = PWC_WEIGHTS,
    *,
    unit: float = -20.0,
    downsample: Downsample = "nearest",
    reduction: Literal["sum", "mean"] = "sum",
) -> Float[Tensor, ""]:
    """The pre-training loss: sum over levels k of weight_k |V_k - target / unit|.

    Args:
        levels: level number k -> V_k, the network's output at 1 / 2**k of the (padded) resolution, in units of
            `unit` px of full resolution. Levels without a weight are left out.
        target_disparity: px, at the padded resolution; may be nan where not valid.
        valid: where the target is to be used.
        weights: level number -> weight.
        unit: px of full resolution for a V of 1 (MADNet: -20).
        downsample: see `downsampled_target`.
        reduction: "sum" adds the errors of all valid pixels and divides by the batch (the paper), "mean" divides each
            level by its number of valid pixels. A level without valid pixels counts 0 in both.

    Raises:
        ValueError: when a weighted level is missing or is not 1 / 2**k of the target.

    Source:
        Tonioni et al., CVPR 2019 (arXiv:1810.05424), supplement; weights as in PWC-Net.
    """
    missing = sorted(set(weights) - set(levels))
    if missing:
        raise ValueError(f"levels {missing} have a weight but no prediction; given are levels {sorted(levels)}")
    errors = l1_by_level(
        {level: levels[level] for level in weights},
        target_disparity,
        valid,
        unit=unit,
        downsample=downsample,
        reduction=reduction,
    )
    return torch.stack([weights[level] * error for level, error in errors.items()]).sum()


def l1_by_level(
    levels: Mapping[int, Float[Tensor, "b 1 _ _"]],
    target_disparity: Float[Tensor, "b 1 h w"],
    valid: Bool[Tensor, "b 1 h w"],
    *,
    unit: float = -20.0,
    downsample: Downsample = "nearest",
    reduction: Literal["sum", "mean"] = "sum",
) -> dict[int, Float[Tensor, ""]]:
    """The unweighted error of each level, in units of `unit`; arguments as in `sum_l1_levels`."""
    errors = {}
    for level, values in levels.items():
        target, known = downsampled_target(target_disparity, valid, 2**level, downsample)
        if values.shape != target.shape:
            raise ValueError(
                f"level {level} is {tuple(values.shape[-2:])} but 1/{2**level} of the target is "
                f"{tuple(target.shape[-2:])}; give the target at the padded resolution"
            )
        total = (values - target / unit).abs().mul(known).sum()
        errors[level] = total / (values.shape[0] if reduction == "sum" else known.sum().clamp(min=1))
    return errors


def downsampled_target(
    disparity: Float[Tensor, "b 1 h w"],
    valid: Bool[Tensor, "b 1 h w"],
    factor: int,
    method: Downsample = "nearest",
) -> tuple[Float[Tensor, "b 1 h2 w2"], Bool[Tensor, "b 1 h2 w2"]]:
    """A disparity map at 1 / factor of its resolution, values unchanged (px of full resolution), 0 where not valid.

    Args:
        disparity: px; may be nan where not valid.
        valid: where it is to be used.
        factor: whole number that divides both sides.
        method: "nearest" keeps pixel (factor i, factor j), where the legacy TF1 resize puts pixel (i, j) of a level;
            "centre" keeps the one right below the centre of the factor x factor cell (half-pixel enlarging);
            "corners" the one that align-corners enlarging puts it on; "mean-valid" averages the valid pixels of the
            cell.
    """
    known = valid & disparity.isfinite()
    filled = torch.where(known, disparity, torch.zeros_like(disparity))
    if method != "mean-valid":
        rows, columns = (_kept(size, factor, method).to(filled.device) for size in filled.shape[-2:])
        return filled[..., rows, :][..., columns], known[..., rows, :][..., columns]
    share = functional.avg_pool2d(known.to(filled.dtype), factor)
    mean = functional.avg_pool2d(filled, factor) / share.clamp(min=0.5 / factor**2)
    return mean, share > 0


def _kept(size: int, factor: int, method: Downsample) -> Int[Tensor, " n"]:
    """The pixels of a row that stand for its cells."""
    if method == "corners":
        return torch.linspace(0, size - 1, size // factor, dtype=torch.float64).round().long()
    return torch.arange(factor // 2 if method == "centre" else 0, size, factor)
