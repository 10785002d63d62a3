"""Both views rebuild each other, are smooth, and agree on disparity."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.geometry.warp import Border, warp_by_disparity
from wilddepth.losses.photometric import mean_ssim_l1
from wilddepth.losses.smoothness import edge_aware_smoothness


@dataclass(frozen=True)
class TwoViews:
    """Both views at one scale.

    Attributes:
        left: colours 0..1.
        right: colours 0..1.
        left_disparity: of the left view, as a share of the width.
        right_disparity: of the right view, as a share of the width.
    """

    left: Float[Tensor, "b 3 h w"]
    right: Float[Tensor, "b 3 h w"]
    left_disparity: Float[Tensor, "b 1 h w"]
    right_disparity: Float[Tensor, "b 1 h w"]


@dataclass(frozen=True)
class LeftRight:
    """The three terms, summed over both views and all scales; smoothness by 2^-i at scale i."""

    image: Float[Tensor, ""]
    smoothness: Float[Tensor, ""]
    consistency: Float[Tensor, ""]


def left_right_terms(
    scales: Sequence[TwoViews], *, alpha: float = 0.85, border: Border = "replicate", vertical: bool = True
) -> LeftRight:
    """The terms of unsupervised stereo with left-right consistency.

    Args:
        scales: finest first, each half as large as the one before.
        alpha: share of DSSIM in the image term.
        border: "zeros" as in the published code, where what lies outside a view is black; "replicate" repeats its edge.
        vertical: also penalise vertical steps, as the paper says; the published code leaves them out by a slip.

    Raises:
        ValueError: without scales.

    Source:
        Godard et al., CVPR 2017 (arXiv:1609.03677), eq. 1-4.
    """
    if not scales:
        raise ValueError("no scale to compare the views at; give at least one")
    found = [_at_scale(views, alpha, border, vertical) for views in scales]
    image, smoothness, consistency = (torch.stack(terms) for terms in zip(*found, strict=True))
    shrinking = 2.0 ** -torch.arange(len(scales), device=smoothness.device)
    return LeftRight(image.sum(), (smoothness * shrinking).sum(), consistency.sum())


def _at_scale(views: TwoViews, alpha: float, border: Border, vertical: bool) -> tuple[Tensor, Tensor, Tensor]:
    width = views.left.shape[-1]
    left_px, right_px = views.left_disparity * width, views.right_disparity * width
    left, _ = warp_by_disparity(views.right, left_px, border=border)
    right, _ = warp_by_disparity(views.left, -right_px, border=border)
    image = mean_ssim_l1(left, views.left, alpha=alpha, colour_divisor=255)
    image = image + mean_ssim_l1(right, views.right, alpha=alpha, colour_divisor=255)
    smoothness = edge_aware_smoothness(views.left_disparity, views.left, vertical=vertical)
    smoothness = smoothness + edge_aware_smoothness(views.right_disparity, views.right, vertical=vertical)
    from_right, _ = warp_by_disparity(views.right_disparity, left_px, border=border)
    from_left, _ = warp_by_disparity(views.left_disparity, -right_px, border=border)
    consistency = (from_right - views.left_disparity).abs().mean() + (from_left - views.right_disparity).abs().mean()
    return image, smoothness, consistency
