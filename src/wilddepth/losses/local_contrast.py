"""Photometric error that does not depend on brightness: differences of local contrast, pooled over similar pixels."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional


def local_contrast(
    image: Float[Tensor, "b c h w"], *, radius: int = 4, offset: float = 0.01
) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, "b c h w"]]:
    """(I - mean) / (sigma + offset) and sigma, over the window of 2 radius + 1 pixels, as far as it is in the image.

    Source:
        Zhang et al., "ActiveStereoNet", ECCV 2018 (arXiv:1807.06009).
    """
    mean = _window_mean(image, radius)
    variance = _window_mean(image * image, radius) - mean * mean
    # The root has no gradient at 0, and rounding makes small variances negative.
    sigma = variance.clamp(min=1e-10).sqrt()
    return (image - mean) / (sigma + offset), sigma


def contrast_error(
    rebuilt: Float[Tensor, "b c h w"], target: Float[Tensor, "b c h w"], *, radius: int = 4, offset: float = 0.01
) -> Float[Tensor, "b 1 h w"]:
    """sigma |LCN(target) - LCN(rebuilt)|, mean over channels; sigma, of the target, keeps flat regions from being loud.

    Source:
        Zhang et al., ECCV 2018: weighted local contrast normalisation.
    """
    wanted, sigma = local_contrast(target, radius=radius, offset=offset)
    found, _ = local_contrast(rebuilt, radius=radius, offset=offset)
    return (sigma * (wanted - found).abs()).mean(1, keepdim=True)


def pooled_mean(
    error: Float[Tensor, "b 1 h w"],
    guide: Float[Tensor, "b 1 h w"],
    valid: Bool[Tensor, "b 1 h w"],
    *,
    radius: int = 16,
    softness: float = 2 / 255,
) -> Float[Tensor, ""]:
    """Mean over valid pixels p of the error pooled around p: sum_q w_pq e_q / sum_q w_pq, w = exp(-|I_p - I_q| / s).

    The pooled error is linear in e with weights that only the guide decides, so each e_q counts with one number, which
    is computed without gradient; nothing of the size of the window is ever kept.

    Args:
        error: of each pixel; the only argument that receives a gradient.
        guide: intensity I, 0..1.
        valid: pixels p to average over; 0 where there are none.
        radius: the window has 2 radius + 1 rows and columns.
        softness: s, a difference of intensity.

    Source:
        Zhang et al., ECCV 2018: window-based aggregation with adaptive support weights.
    """
    return (error * support(guide, valid, radius=radius, softness=softness)).sum() / valid.sum().clamp(min=1)


@torch.no_grad()
def support(
    guide: Float[Tensor, "b 1 h w"], valid: Bool[Tensor, "b 1 h w"], *, radius: int, softness: float
) -> Float[Tensor, "b 1 h w"]:
    """How much each pixel q counts in all valid p together: sum_p w_pq / (sum_q' w_pq')."""
    pairs = _pairs(guide.shape[-2], guide.shape[-1], radius)
    total = torch.ones_like(guide)  # a pixel itself has weight 1
    for near, far in pairs:
        weight = likeness(guide, near, far, softness)
        total[near] += weight
        total[far] += weight
    share = valid.to(guide.dtype) / total
    found = share.clone()
    for near, far in pairs:
        weight = likeness(guide, near, far, softness)
        found[near] += weight * share[far]
        found[far] += weight * share[near]
    return found


Place = tuple[slice, slice, slice, slice]


def _pairs(height: int, width: int, radius: int) -> list[tuple[Place, Place]]:
    """Each pair of pixels of one window once: where the first and the second of them are, for every offset."""
    found = []
    for down in range(min(radius, height - 1) + 1):
        for across in range(-min(radius, width - 1), min(radius, width - 1) + 1):
            if down == 0 and across <= 0:
                continue
            rows = slice(0, height - down), slice(down, height)
            first, second = (
                slice(max(-across, 0), width - max(across, 0)),
                slice(max(across, 0), width - max(-across, 0)),
            )
            whole = slice(None)
            found.append(((whole, whole, rows[0], first), (whole, whole, rows[1], second)))
    return found


LEAST = -30.0
"""Exponent below which likeness does not fall: beside the 1 of a pixel itself e^-30 is nothing in float32, but numbers
smaller than 1e-38 (e^-87) take a processor far longer: all in all twice as long on rendered woods."""


def likeness(guide: Tensor, near: Place, far: Place, softness: float) -> Tensor:
    """exp(-|I_p - I_q| / s), at least e^-30, of the pixels p at one place of the guide (b 1 h w) and q at another."""
    return (guide[near] - guide[far]).abs_().div_(-softness).clamp_(min=LEAST).exp_()


def _window_mean(image: Tensor, radius: int) -> Tensor:
    return functional.avg_pool2d(image, 2 * radius + 1, stride=1, padding=radius, count_include_pad=False)
