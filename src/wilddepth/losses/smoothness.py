"""Disparity should change where the image does."""

from jaxtyping import Float
from torch import Tensor


def edge_aware_smoothness(
    disparity: Float[Tensor, "b 1 h w"],
    image: Float[Tensor, "b c h w"],
    *,
    mean_normalised: bool = False,
    vertical: bool = True,
) -> Float[Tensor, ""]:
    """mean |dx d| exp(-mean_c |dx I|) + mean |dy d| exp(-mean_c |dy I|), with forward differences.

    Args:
        disparity: in any unit: the loss scales with it.
        image: colours 0..1.
        mean_normalised: divide each disparity map by its mean first (monodepth2), so that a network cannot make the
            loss small by shrinking its disparities.
        vertical: with the second term, as in the paper; the published code of Godard et al. drops it by an indexing
            slip.

    Source:
        Godard et al., CVPR 2017 (arXiv:1609.03677), eq. 3; the mean: Wang et al., CVPR 2018 (arXiv:1712.00175).
    """
    if mean_normalised:
        # The guard of monodepth2: a map of zeros stays a map of zeros.
        disparity = disparity / (disparity.mean(dim=(2, 3), keepdim=True) + 1e-7)
    weight_x = (-_step_x(image).mean(dim=1, keepdim=True)).exp()
    horizontal = (_step_x(disparity) * weight_x).mean()
    if not vertical:
        return horizontal
    weight_y = (-_step_y(image).mean(dim=1, keepdim=True)).exp()
    return horizontal + (_step_y(disparity) * weight_y).mean()


def four_neighbour_smoothness(disparity: Float[Tensor, "b 1 h w"]) -> Float[Tensor, ""]:
    """Mean absolute difference to the four neighbours, blind to the image: (mean |dx d| + mean |dy d|) / 2.

    Source:
        Tonioni et al., ICCV 2017, sec. 3.2. Its published Caffe weights equal 0.5 times this, its TensorFlow port
        4 lambda times this.
    """
    return (_step_x(disparity).mean() + _step_y(disparity).mean()) / 2


def _step_x(values: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w1"]:
    return (values[..., 1:] - values[..., :-1]).abs()


def _step_y(values: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h1 w"]:
    return (values[..., 1:, :] - values[..., :-1, :]).abs()
