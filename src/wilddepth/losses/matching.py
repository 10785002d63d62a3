"""A loss on features: every left pixel should find its match among all pixels of the right row."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional


def matching_loss(
    left_features: Float[Tensor, "b c h w"],
    right_features: Float[Tensor, "b c h w"],
    disparity_at_level: Float[Tensor, "b 1 h w"],
    valid: Bool[Tensor, "b 1 h w"],
    *,
    temperature: float = 0.07,
    max_shift: int | None = None,
    min_shift: int = 0,
    rows: int | None = None,
    generator: torch.Generator | None = None,
) -> Float[Tensor, ""]:
    """Cross-entropy of the true right column under a softmax of cosine similarities along the row.

    The true column x - d is split linearly between its two neighbours. The mean is over pixels that are valid, whose
    disparity lies in `min_shift`..`max_shift` and whose match lies inside the right view; 0 if there are none.

    Args:
        left_features: of the left view.
        right_features: of the right view.
        disparity_at_level: true disparity, px of *this* level; may be nan where not valid.
        valid: left pixels with a known disparity that are visible in the right view.
        temperature: similarities (-1..1) are divided by it.
        max_shift: largest candidate disparity, px of this level; None = the whole row.
        min_shift: smallest candidate disparity; negative where principal points differ.
        rows: use this many random rows (the same ones for the whole batch); None = all. Memory is b * rows * w * w.
        generator: source of the choice of rows.
    """
    height, width = left_features.shape[-2:]
    if rows is not None and rows < height:
        chosen = torch.randperm(height, generator=generator)[:rows].to(left_features.device)
        left_features, right_features, disparity_at_level, valid = (
            tensor.index_select(2, chosen) for tensor in (left_features, right_features, disparity_at_level, valid)
        )
    column = torch.arange(width, device=left_features.device)
    shift = column.view(-1, 1) - column.view(1, -1)
    allowed = (shift >= min_shift) & (shift <= (width if max_shift is None else max_shift))
    log_probability = row_log_softmax(left_features, right_features, allowed, temperature)

    position = column - disparity_at_level[:, 0].to(torch.promote_types(disparity_at_level.dtype, torch.float32))
    usable = valid[:, 0] & (position >= 0) & (position <= width - 1) & (disparity_at_level[:, 0] >= min_shift)
    if max_shift is not None:
        usable = usable & (disparity_at_level[:, 0] <= max_shift)
    position = torch.where(usable, position, torch.zeros_like(position))
    losses = -_log_probability_at(log_probability, position, width)
    # `where`, not a product: a masked candidate may hold a huge number.
    return torch.where(usable, losses, torch.zeros_like(losses)).sum() / usable.sum().clamp(min=1)


def row_log_softmax(
    left_features: Float[Tensor, "b c h w"],
    right_features: Float[Tensor, "b c h w"],
    allowed: Bool[Tensor, "w w"],
    temperature: float,
) -> Float[Tensor, "b h w w"]:
    """log p(right column j | left column i) for every row, from cosine similarities / temperature."""
    left = functional.normalize(left_features, dim=1).permute(0, 2, 3, 1)
    right = functional.normalize(right_features, dim=1).permute(0, 2, 1, 3)
    similarity = left @ right
    similarity = similarity.to(torch.promote_types(similarity.dtype, torch.float32)) / temperature
    # Not -inf: a row without any candidate would be nan, and nan survives masking in the gradient.
    return similarity.masked_fill(~allowed, torch.finfo(similarity.dtype).min).log_softmax(dim=-1)


def _log_probability_at(
    log_probability: Float[Tensor, "b h w w"], position: Float[Tensor, "b h w"], width: int
) -> Float[Tensor, "b h w"]:
    """The log-probability at fractional columns, linear between the two neighbours."""
    before = position.floor()
    weight = position - before
    first: Int[Tensor, "b h w"] = before.long()
    # Where the position is a whole number the second neighbour has weight 0 and may be masked: take the first twice.
    second = torch.where(weight > 0, first + 1, first).clamp(max=width - 1)
    both = log_probability.gather(-1, torch.stack((first, second), dim=-1))
    return both[..., 0] * (1 - weight) + both[..., 1] * weight
