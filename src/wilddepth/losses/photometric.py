"""How much a rebuilt view differs from the real one: a mixture of DSSIM and L1."""

from jaxtyping import Float
from torch import Tensor

from wilddepth.losses.ssim import Padding, TargetStatistics, dssim_map, dssim_map_from

__all__ = [
    "Padding",
    "TargetStatistics",
    "dssim_map",
    "mean_ssim_l1",
    "photometric_map",
    "photometric_map_by_definition",
]


def photometric_map(
    rebuilt: Float[Tensor, "b c h w"],
    target: Float[Tensor, "b c h w"] | TargetStatistics,
    *,
    alpha: float = 0.85,
    padding: Padding = "reflect",
) -> Float[Tensor, "b 1 h2 w2"]:
    """alpha DSSIM + (1 - alpha) |rebuilt - target|, mean over channels.

    Args:
        rebuilt: colours 0..1.
        target: colours 0..1, or its `TargetStatistics` where several rebuilt views are compared with it.
        alpha: share of DSSIM.
        padding: see `Padding`; the map is (h - 2) x (w - 2) for "valid", else h x w.

    Raises:
        ValueError: for statistics made for another padding.

    Source:
        Godard et al., CVPR 2017 (arXiv:1609.03677), eq. 2.
    """
    if isinstance(target, Tensor):
        if target.requires_grad:  # kept statistics are constants
            return photometric_map_by_definition(rebuilt, target, alpha=alpha, padding=padding)
        target = TargetStatistics.of(target, padding=padding)
    if target.padding != padding:
        raise ValueError(f"the target's statistics are for padding {target.padding!r}, not {padding!r}")
    return _mixed(dssim_map_from(rebuilt, target), rebuilt, target.image, alpha)


def photometric_map_by_definition(
    rebuilt: Float[Tensor, "b c h w"],
    target: Float[Tensor, "b c h w"],
    *,
    alpha: float = 0.85,
    padding: Padding = "reflect",
) -> Float[Tensor, "b 1 h2 w2"]:
    """`photometric_map` without kept statistics: slower, with a gradient for both images."""
    return _mixed(dssim_map(rebuilt, target, padding=padding), rebuilt, target, alpha)


def mean_ssim_l1(
    rebuilt: Float[Tensor, "b c h w"],
    target: Float[Tensor, "b c h w"],
    *,
    alpha: float = 0.85,
    colour_divisor: int = 256,
) -> Float[Tensor, ""]:
    """The online adaptation loss of MADNet: alpha mean(DSSIM) + (1 - alpha) mean |rebuilt - target|.

    DSSIM is averaged over complete windows only, L1 over the whole image, border included.

    Args:
        rebuilt: colours 0..1; the only argument that receives a gradient.
        target: colours 0..1.
        alpha: share of DSSIM.
        colour_divisor: the published code divides 8-bit colours by 256; 255 takes the colours as they are given
            (up to 0.8 % more L1, and SSIM constants that weigh 0.8 % less).

    Source:
        Tonioni et al., CVPR 2019 (arXiv:1810.05424), sec. 3.1, and its published code.
    """
    scale = 255 / colour_divisor
    rebuilt, statistics = rebuilt * scale, TargetStatistics.of(target * scale, padding="valid")
    difference = (rebuilt - statistics.image).abs()
    return alpha * dssim_map_from(rebuilt, statistics).mean() + (1 - alpha) * difference.mean()


def _mixed(
    dssim: Float[Tensor, "b c h2 w2"], rebuilt: Float[Tensor, "b c h w"], target: Float[Tensor, "b c h w"], alpha: float
) -> Float[Tensor, "b 1 h2 w2"]:
    difference = (rebuilt - target).abs()
    if dssim.shape != difference.shape:  # "valid": without the frame of one pixel
        difference = difference[..., 1:-1, 1:-1]
    return (alpha * dssim + (1 - alpha) * difference).mean(dim=1, keepdim=True)
