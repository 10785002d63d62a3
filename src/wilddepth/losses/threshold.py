"""A threshold on confidence that is learned with the network instead of chosen by hand."""

import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.losses.regression import l1_map


def gated_l1(
    prediction: Float[Tensor, "b 1 h w"],
    target: Float[Tensor, "b 1 h w"],
    confidence: Float[Tensor, "b 1 h w"],
    threshold: Float[Tensor, ""],
    *,
    softness: float = 0.05,
    weighted: bool = True,
) -> Float[Tensor, ""]:
    """sum of g C |e| / sum of g over labels with C > 0; a soft gate g = sigmoid((C - threshold) / softness).

    A hard threshold has no gradient. As `softness` goes to 0 this becomes `confidence_weighted_l1`.

    Args:
        prediction: px.
        target: proxy label, px; nan where there is none.
        confidence: 0..1.
        threshold: 0..1; receives a gradient.
        softness: of the gate, in units of confidence.
        weighted: False leaves C out: the masked variant.

    Returns:
        0 where nothing is labelled, still connected to `prediction`.

    Source:
        Tonioni et al., "Unsupervised domain adaptation for depth prediction from images", TPAMI 2020: that the
        threshold is learned. The gate is ours.
    """
    # A soft gate is open a little even for what has no confidence at all, such as the blocks that only judge.
    known = target.isfinite() & (confidence > 0)
    gate = torch.where(known, ((confidence - threshold) / softness).sigmoid(), torch.zeros_like(confidence))
    weight = gate * confidence if weighted else gate
    return (weight * l1_map(prediction, target)).sum() / gate.sum().clamp(min=1e-6)


def surplus_mean_l1(
    prediction: Float[Tensor, "b 1 h w"],
    target: Float[Tensor, "b 1 h w"],
    confidence: Float[Tensor, "b 1 h w"],
    threshold: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """sum of s |e| / sum of s over labelled pixels, where s = max(C - threshold, 0) is how far a label is above it.

    What a threshold is trained by: every label above it pulls, however far away, where a soft gate feels those next to
    it alone and leaves a threshold that begins far below all labels without a direction.

    Args:
        prediction: px.
        target: proxy label, px; nan where there is none.
        confidence: 0..1.
        threshold: 0..1; receives a gradient.

    Returns:
        px; 0 where no label is above the threshold.

    Source:
        Ours; that the threshold is learned is of Tonioni et al., TPAMI 2020.
    """
    surplus = torch.where(target.isfinite(), (confidence - threshold).clamp(min=0), torch.zeros_like(confidence))
    return (surplus * l1_map(prediction, target)).sum() / surplus.sum().clamp(min=1e-6)


def threshold_penalty(threshold: Float[Tensor, "*n"]) -> Float[Tensor, ""]:
    """-log(1 - threshold), summed: without it a threshold of 1, which drops every label, would be best."""
    return -torch.log1p(-threshold).sum()
