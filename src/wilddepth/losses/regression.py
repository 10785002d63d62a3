"""Distance to a label: per-pixel maps, and how they become one number.

A target is nan where it is unknown; such a pixel has error 0, gradient 0, and is not counted.
"""

from typing import Literal, TypeAlias

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Normalise: TypeAlias = Literal["selected", "labelled", "confidence"]


def l1_map(prediction: Float[Tensor, "b 1 h w"], target: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """|prediction - target|; 0 where the target is nan."""
    return _difference(prediction, target).abs()


def huber_map(
    prediction: Float[Tensor, "b 1 h w"], target: Float[Tensor, "b 1 h w"], *, delta: float = 1.0
) -> Float[Tensor, "b 1 h w"]:
    """e^2 / 2 up to |e| = `delta`, then linear: delta (|e| - delta / 2); 0 where the target is nan.

    The published code of MADNet tests the signed difference, so that large negative errors stay quadratic; not here.

    Source:
        Huber, Annals of Mathematical Statistics 35, 1964.
    """
    error = l1_map(prediction, target)
    quadratic = error.clamp(max=delta)
    return quadratic * (error - quadratic / 2)


def confidence_weighted_l1(
    prediction: Float[Tensor, "b 1 h w"],
    target: Float[Tensor, "b 1 h w"],
    confidence: Float[Tensor, "b 1 h w"],
    threshold: float = 0.0,
    *,
    normalise: Normalise = "selected",
) -> Float[Tensor, ""]:
    """sum of C |e| over the pixels whose confidence C is above the threshold, divided by their number.

    Args:
        prediction: px.
        target: proxy label, px; nan where there is none.
        confidence: 0..1; nan counts as 0.
        threshold: pixels with C > threshold are used.
        normalise: divide by the number of pixels that are "selected" (the paper) or "labelled" (the published Caffe
            code: the loss then shrinks as the threshold grows), or by the sum of "confidence" of those selected.

    Returns:
        0 where nothing is selected, still connected to `prediction`.

    Source:
        Tonioni et al., ICCV 2017, eq. 2.
    """
    known = target.isfinite()
    selected = known & (confidence > threshold)
    weight = torch.where(selected, confidence, torch.zeros_like(confidence))
    total = (l1_map(prediction, target) * weight).sum()
    if normalise == "confidence":
        return total / weight.sum().clamp(min=1e-6)
    return total / (selected if normalise == "selected" else known).sum().clamp(min=1)


def masked_mean_l1(
    prediction: Float[Tensor, "b 1 h w"], target: Float[Tensor, "b 1 h w"], valid: Bool[Tensor, "b 1 h w"]
) -> Float[Tensor, ""]:
    """Mean |prediction - target| over the valid pixels of the whole batch; 0 if there are none."""
    valid = valid & target.isfinite()
    return masked_sum_l1(prediction, target, valid) / valid.sum().clamp(min=1)


def masked_sum_l1(
    prediction: Float[Tensor, "b 1 h w"], target: Float[Tensor, "b 1 h w"], valid: Bool[Tensor, "b 1 h w"]
) -> Float[Tensor, ""]:
    """Sum of |prediction - target| over the valid pixels of the whole batch."""
    return (l1_map(prediction, target) * valid).sum()


def usable_target(target: Float[Tensor, "b 1 h w"], *, max_disparity: float = 192.0) -> Bool[Tensor, "b 1 h w"]:
    """Where a disparity is known (not nan, not 0) and below `max_disparity` px: the mask of MADNet's training."""
    return target.isfinite() & (target != 0) & (target < max_disparity)


def _difference(prediction: Float[Tensor, "b 1 h w"], target: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """Prediction minus target, 0 without gradient where the target is not finite."""
    return torch.where(target.isfinite(), prediction - target, torch.zeros_like(prediction))
