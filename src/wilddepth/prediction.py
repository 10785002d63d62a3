"""What a method says about an image, with its unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from jaxtyping import Float
from torch import Tensor

from wilddepth.errors import MissingView
from wilddepth.geometry.camera import Camera
from wilddepth.geometry.disparity import depth_from_disparity
from wilddepth.geometry.resample import resize


class Quantity(Enum):
    """The unit of `Prediction.values`."""

    DISPARITY_PX = "disparity, px of this resolution"
    DEPTH_M = "depth, m"
    INVERSE_DEPTH = "inverse depth, up to an unknown scale"


@dataclass(frozen=True)
class Prediction:
    """A dense prediction for the left image of a sample.

    Attributes:
        values: in the unit that `quantity` names; nan where nothing is predicted.
        quantity: see `Quantity`.
        confidence: 0..1, 1 = sure.
        right: the same for the right view.
        pose: predicted motion to a neighbour, m or up to scale.
        camera: predicted intrinsics, where the method predicts them.
        maps: further maps to look at, by name.
    """

    values: Float[Tensor, "b 1 h w"]
    quantity: Quantity
    confidence: Float[Tensor, "b 1 h w"] | None = None
    right: Float[Tensor, "b 1 h w"] | None = None
    pose: Float[Tensor, "b 4 4"] | None = None
    camera: Camera | None = None
    maps: Mapping[str, Float[Tensor, "b 1 h w"]] = field(default_factory=dict)

    def disparity(self) -> Float[Tensor, "b 1 h w"]:
        """The values, which must be disparities in px."""
        if self.quantity is not Quantity.DISPARITY_PX:
            raise MissingView(f"this prediction holds {self.quantity.value}, not disparity in px")
        return self.values

    def depth(
        self,
        camera: Camera,
        baseline: Float[Tensor, " b"],
        *,
        doffs: Float[Tensor, " b"] | None = None,
    ) -> Float[Tensor, "b 1 h w"]:
        """Depth along the optical axis, m, whatever the quantity predicted.

        Args:
            camera: left camera at the resolution of `values`.
            baseline: m, positive.
            doffs: right minus left principal point, px (see `Sample.doffs`).

        Raises:
            MissingView: for a prediction up to scale, which no camera turns into metres.
        """
        if self.quantity is Quantity.DEPTH_M:
            return self.values
        if self.quantity is Quantity.DISPARITY_PX:
            return depth_from_disparity(self.values, camera, baseline, doffs=doffs)
        raise MissingView("inverse depth up to scale has no metres; align it first or use a stereo method")

    def resized(self, height: int, width: int) -> "Prediction":
        """The same prediction of a picture of another size: disparities shrink or grow with the width.

        Pixels beside those without a prediction become such.

        Raises:
            ValueError: for one that has a camera: it belongs to the size it was predicted at.
        """
        if self.camera is not None:
            raise ValueError("a predicted camera belongs to the size it was predicted at")
        grown = width / self.values.shape[-1] if self.quantity is Quantity.DISPARITY_PX else 1.0

        def changed(values: Tensor) -> Tensor:
            return resize(values, height, width, "half-pixel")

        return replace(
            self,
            values=changed(self.values) * grown,
            confidence=None if self.confidence is None else changed(self.confidence),
            right=None if self.right is None else changed(self.right) * grown,
            maps={name: changed(values) for name, values in self.maps.items()},
        )

    def shifted(self, shift: Float[Tensor, " b"]) -> "Prediction":
        """The same prediction with `shift` px added to every disparity (see `geometry.disparity.shift_columns`)."""
        if self.quantity is not Quantity.DISPARITY_PX:
            return self
        offset = shift.view(-1, 1, 1, 1)
        return replace(self, values=self.values + offset, right=None if self.right is None else self.right + offset)
