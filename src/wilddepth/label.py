"""What may supervise a network: made by a matcher, a teacher or a renderer, never read from ground truth silently."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Label:
    """Supervision for the left image of a sample.

    Attributes:
        origin: who made it, e.g. "sgm", "renderer"; "ground truth" only through `label_from_truth`.
        disparity: px of this resolution, left minus right column; nan where there is none. May be negative where the
            principal points differ. Exactly one of `disparity` and `depth` is given.
        depth: m along the optical axis; nan where there is none.
        confidence: 0..1, 1 = sure; None means 1 wherever a value exists.
    """

    origin: str
    disparity: Float[Tensor, "b 1 h w"] | None = None
    depth: Float[Tensor, "b 1 h w"] | None = None
    confidence: Float[Tensor, "b 1 h w"] | None = None

    def __post_init__(self) -> None:
        if (self.disparity is None) == (self.depth is None):
            raise ValueError(f"label from {self.origin!r} needs exactly one of disparity and depth")
