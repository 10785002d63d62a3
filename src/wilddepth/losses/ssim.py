"""Structural similarity with a 3x3 uniform window, for colours in 0..1.

Written twice: by definition, and by running sums with the target's statistics kept and the gradient in closed form,
which is what training uses. Tests hold the two together.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

Padding: TypeAlias = Literal["reflect", "zero", "valid"]
"""What happens at the image border, where a 3x3 window is not complete.

"reflect" mirrors the images by one pixel (monodepth2), "zero" puts a frame of zeros, "no difference", around the map
(RTSA's per-pixel loss), "valid" leaves the frame out, so that the map is (h - 2) x (w - 2) (Godard et al. 2017).
"""

C1 = 0.01**2
C2 = 0.03**2
"""Stabilisers of Wang et al., 2004, for colours in 0..1."""


@dataclass(frozen=True)
class TargetStatistics:
    """An image with the local statistics that SSIM needs, computed once and used for every comparison with it.

    Attributes:
        image: the target, colours 0..1, at least float32.
        framed: the same with the border that `padding` asks for.
        mean: over the 3x3 windows of `framed`.
        variance: over the same windows.
        padding: the border rule these statistics were made for.
    """

    image: Float[Tensor, "b c h w"]
    framed: Float[Tensor, "b c h1 w1"]
    mean: Float[Tensor, "b c h2 w2"]
    variance: Float[Tensor, "b c h2 w2"]
    padding: Padding

    @classmethod
    @torch.no_grad()
    def of(cls, target: Float[Tensor, "b c h w"], *, padding: Padding = "reflect") -> "TargetStatistics":
        """The statistics of `target`, which is a constant from here on: no gradient reaches it."""
        # Variances are small differences of large numbers: half precision would leave nothing of them.
        image = target.detach().to(torch.promote_types(target.dtype, torch.float32))
        framed = _framed(image, padding)
        mean = _window_sum(framed).div_(9)
        variance = _window_sum(framed * framed).div_(9).sub_(mean * mean)
        return cls(image=image, framed=framed, mean=mean, variance=variance, padding=padding)


def dssim_map(
    rebuilt: Float[Tensor, "b c h w"],
    target: Float[Tensor, "b c h w"],
    *,
    padding: Padding = "reflect",
) -> Float[Tensor, "b c h2 w2"]:
    """Structural difference clip((1 - SSIM) / 2, 0, 1) by definition, per channel; 0 = equal.

    Args:
        rebuilt: colours 0..1.
        target: colours 0..1.
        padding: see `Padding`; the map is (h - 2) x (w - 2) for "valid", else h x w.

    Source:
        Wang et al., IEEE TIP 2004, eq. 13; window and clipping of Godard et al., CVPR 2017 (arXiv:1609.03677).
    """
    dssim = _dssim_by_definition(_framed(rebuilt, padding), _framed(target, padding))
    return functional.pad(dssim, (1, 1, 1, 1)) if padding == "zero" else dssim


def dssim_map_from(rebuilt: Float[Tensor, "b c h w"], target: TargetStatistics) -> Float[Tensor, "b c h2 w2"]:
    """`dssim_map` against kept statistics: the same values and gradients, about three times faster on a CPU.

    Differentiable in `rebuilt` any number of times; a second derivative goes through the definition.
    """
    x = _framed(rebuilt.to(target.image.dtype), target.padding)
    if torch.compiler.is_compiling():  # a compiler fuses the definition by itself
        dssim = _dssim_by_definition(x, target.framed)
    else:
        outputs = _RunningDssim.apply(x, target.framed, target.mean, target.variance)  # type: ignore[no-untyped-call]
        dssim = outputs[0]
    return functional.pad(dssim, (1, 1, 1, 1)) if target.padding == "zero" else dssim


def _dssim_by_definition(x: Float[Tensor, "b c h w"], y: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variance_x = _window_mean(x * x) - mean_x**2
    variance_y = _window_mean(y * y) - mean_y**2
    covariance = _window_mean(x * y) - mean_x * mean_y
    ssim = ((2 * mean_x * mean_y + C1) * (2 * covariance + C2)) / (
        (mean_x**2 + mean_y**2 + C1) * (variance_x + variance_y + C2)
    )
    return ((1 - ssim) / 2).clamp(0, 1)


class _RunningDssim(torch.autograd.Function):
    """DSSIM over complete windows with its gradient in closed form.

    SSIM = A1 A2 / (B1 B2) is a function of three window means of the rebuilt image x: m = E[x], p = E[x^2], q = E[x y].
    Its derivatives by m, p and q are computed with the value and kept; the gradient is their adjoint window sum.
    """

    @staticmethod
    def forward(x: Tensor, y: Tensor, mean_y: Tensor, variance_y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """DSSIM, and the derivatives of SSIM by the three window means."""
        m = _window_sum(x).div_(9)
        p = _window_sum(x * x).div_(9)
        q = _window_sum(x * y).div_(9)
        product, square = m * mean_y, m * m
        a1 = (2 * product).add_(C1)
        a2 = q.sub_(product).mul_(2).add_(C2)
        b1 = square.addcmul(mean_y, mean_y).add_(C1)
        b2 = p.sub_(square).add_(variance_y).add_(C2)
        inverse = (b1 * b2).reciprocal_()
        ssim = (a1 * a2).mul_(inverse)
        by_q = (2 * a1).mul_(inverse)
        by_p = (ssim * b1).mul_(inverse).neg_()
        by_m = a2.sub_(a1).mul_(mean_y).addcmul_(b1.sub_(b2).mul_(m), ssim).mul_(inverse).mul_(2)
        return ssim.neg_().add_(1).div_(2).clamp_(0, 1), by_m, by_p, by_q

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
        """Keep what the gradient needs."""
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*inputs[:2], *output[1:])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """The gradient of x; the target is a constant."""
        x, y, by_m, by_p, by_q = ctx.saved_tensors
        if torch.is_grad_enabled():  # to be differentiated again: the kept derivatives are no function of x to autograd
            dssim = _dssim_by_definition(x, y)
            return torch.autograd.grad(dssim, x, gradient, create_graph=True)[0], None, None, None
        gradient = gradient / -18  # -1/2 of DSSIM, 1/9 of the window mean
        total = _window_spread(gradient * by_m)
        total.addcmul_(_window_spread(gradient * by_p), x, value=2)
        total.addcmul_(_window_spread(gradient * by_q), y)
        return total, None, None, None


def _framed(image: Float[Tensor, "b c h w"], padding: Padding) -> Float[Tensor, "b c h1 w1"]:
    return functional.pad(image, (1, 1, 1, 1), mode="reflect") if padding == "reflect" else image


def _window_mean(image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    return functional.avg_pool2d(image, 3, stride=1)


def _window_sum(image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    """Sum over complete 3x3 windows, along rows and then columns: 4 additions a pixel instead of 8."""
    along_row = (image[..., :-2] + image[..., 1:-1]).add_(image[..., 2:])
    return (along_row[..., :-2, :] + along_row[..., 1:-1, :]).add_(along_row[..., 2:, :])


def _window_spread(values: Float[Tensor, "b c h2 w2"]) -> Float[Tensor, "b c h w"]:
    """The adjoint of `_window_sum`: every value is added to the 3x3 pixels of its window."""
    batch, channels, height, width = values.shape
    along_row = values.new_zeros(batch, channels, height, width + 2)
    for shift in range(3):
        along_row[..., shift : shift + width].add_(values)
    spread = values.new_zeros(batch, channels, height + 2, width + 2)
    for shift in range(3):
        spread[..., shift : shift + height, :].add_(along_row)
    return spread
