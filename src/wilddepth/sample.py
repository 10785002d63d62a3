"""What a method may look at: images, calibration, labels. Never ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.errors import MissingView
from wilddepth.geometry.camera import Camera
from wilddepth.label import Label


@dataclass(frozen=True)
class StereoPair:
    """A rectified pair: row y of the left image matches row y of the right one."""

    left: Float[Tensor, "b 3 h w"]
    right: Float[Tensor, "b 3 h w"]


@dataclass(frozen=True)
class Sample:
    """A batch of views of one size, with everything known about them except ground truth.

    Attributes:
        image: RGB, 0..1; the left view of a stereo pair.
        camera: intrinsics of `image`, or None where the calibration is unknown.
        right: the right view of a rectified pair, RGB, 0..1.
        right_camera: intrinsics of `right`; None means those of `camera`.
        baseline: distance of the two optical centres, m, positive.
        neighbours: frame offset (-1 = the frame before) -> image.
        labels: name -> label; a label of the right view is stored under `right/NAME`.
        poses: frame offset -> known transform from the coordinates of `image` to those of the neighbour (m).
        timestamps: s.
        speed: m/s.
        mask: True on real pixels, False on padding; None means all are real.
        keys: one name for each image of the batch, for messages and files.
    """

    image: Float[Tensor, "b 3 h w"]
    camera: Camera | None = None
    right: Float[Tensor, "b 3 h w"] | None = None
    right_camera: Camera | None = None
    baseline: Float[Tensor, " b"] | None = None
    neighbours: Mapping[int, Float[Tensor, "b 3 h w"]] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    poses: Mapping[int, Float[Tensor, "b 4 4"]] = field(default_factory=dict)
    timestamps: Float[Tensor, " b"] | None = None
    speed: Float[Tensor, " b"] | None = None
    mask: Bool[Tensor, "b 1 h w"] | None = None
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        height, width = self.image.shape[-2:]
        for name, camera in (("camera", self.camera), ("right_camera", self.right_camera)):
            if camera is not None and (camera.height, camera.width) != (height, width):
                raise ValueError(
                    f"sample {self.keys or '?'}: {name} describes {camera.height}x{camera.width} images but the image "
                    f"is {height}x{width}; resize or crop the camera with the image"
                )

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.image.shape[-2], self.image.shape[-1]

    def stereo(self) -> StereoPair:
        """This sample as a rectified pair, or `MissingView`."""
        if self.right is None:
            raise MissingView(
                f"sample {self.keys or '?'} has no right image; choose a stereo source, or a method for one camera"
            )
        return StereoPair(left=self.image, right=self.right)

    def doffs(self) -> Float[Tensor, " b"]:
        """x-offset of the principal points, right minus left, px: Z = f B / (d + doffs).

        Zero where the calibration is unknown or both views share one camera.
        """
        if self.camera is None or self.right_camera is None:
            return torch.zeros(self.image.shape[0], device=self.image.device)
        return self.right_camera.centre_x - self.camera.centre_x

    def to(self, device: torch.device | str) -> "Sample":
        """The same sample with every tensor on `device`."""
        return replace(self, **{f.name: moved(getattr(self, f.name), device) for f in fields(self)})


def moved(value: Any, device: torch.device | str) -> Any:
    """`value` with every tensor inside it on `device`: tensors, cameras, labels, and mappings of them."""
    if isinstance(value, Tensor | Camera):
        return value.to(device)
    if isinstance(value, Label):
        return replace(value, **{f.name: moved(getattr(value, f.name), device) for f in fields(value)})
    if isinstance(value, Mapping):
        return {key: moved(entry, device) for key, entry in value.items()}
    return value
