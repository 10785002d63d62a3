"""Ground truth: for scoring only.

Only `data` and `worlds` make it; methods, losses, networks, proxies and policies may not import this module (an import
contract holds it). "Without ground truth" is so a property of the types. The one bridge is `label_from_truth`.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from wilddepth.label import Label


@dataclass(frozen=True)
class Truth:
    """What is known to be right about the left image of a sample.

    Attributes:
        valid: True where `disparity` or `depth` is known.
        disparity: px, left minus right column; any finite number where not valid.
        depth: m along the optical axis.
        occluded: True where the surface is not seen in the right view.
        foreground: True on the objects that KITTI 2015 scores apart (cars).
        flow: motion to the next frame, px.
        pose: transform from this camera to the next frame's, m.
        moving: True on surfaces that move by themselves.
        surface: number of the surface seen.
    """

    valid: Bool[Tensor, "b 1 h w"]
    disparity: Float[Tensor, "b 1 h w"] | None = None
    depth: Float[Tensor, "b 1 h w"] | None = None
    occluded: Bool[Tensor, "b 1 h w"] | None = None
    foreground: Bool[Tensor, "b 1 h w"] | None = None
    flow: Float[Tensor, "b 2 h w"] | None = None
    pose: Float[Tensor, "b 4 4"] | None = None
    moving: Bool[Tensor, "b 1 h w"] | None = None
    surface: Int[Tensor, "b 1 h w"] | None = None

    def visible(self) -> "Truth":
        """The same truth without occluded pixels ("noc"); unchanged where occlusion is unknown."""
        if self.occluded is None:
            return self
        return replace(self, valid=self.valid & ~self.occluded)


def label_from_truth(truth: Truth, *, origin: str = "ground truth") -> Label:
    """Truth as supervision; called only where a recipe says so, and the run is then SUPERVISED."""
    missing = torch.tensor(float("nan"))
    if truth.disparity is not None:
        return Label(origin=origin, disparity=torch.where(truth.valid, truth.disparity, missing.to(truth.disparity)))
    if truth.depth is not None:
        return Label(origin=origin, depth=torch.where(truth.valid, truth.depth, missing.to(truth.depth)))
    raise ValueError("truth holds neither disparity nor depth")
