"""Pinhole camera, in pixels.

Pixel centres are at whole numbers: (0, 0) is the centre of the top-left pixel, so the image covers
[-0.5, width - 0.5] x [-0.5, height - 0.5].
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Camera:
    """Intrinsics of a batch of images of one size.

    Attributes:
        focal_x: focal length along x, px, one for each image of the batch.
        focal_y: focal length along y, px.
        centre_x: principal point, px, pixel centres at whole numbers.
        centre_y: principal point, px.
        height: rows of the images described.
        width: columns of the images described.

    Every change of the images (resize, crop, pad, mirror) has its method here and returns a new camera: intrinsics
    travel with the images.
    """

    focal_x: Float[Tensor, " b"]
    focal_y: Float[Tensor, " b"]
    centre_x: Float[Tensor, " b"]
    centre_y: Float[Tensor, " b"]
    height: int
    width: int

    @classmethod
    def single(
        cls, focal_x: float, focal_y: float, centre_x: float, centre_y: float, height: int, width: int
    ) -> "Camera":
        """A batch of one from plain numbers."""
        numbers = torch.tensor([[focal_x], [focal_y], [centre_x], [centre_y]], dtype=torch.float32)
        return cls(numbers[0], numbers[1], numbers[2], numbers[3], height, width)

    @property
    def batch(self) -> int:
        """Number of images described."""
        return self.focal_x.shape[0]

    def resized(self, height: int, width: int) -> "Camera":
        """The camera of the same images resized to height x width (half-pixel convention: edges map to edges)."""
        scale_x, scale_y = width / self.width, height / self.height
        return Camera(
            focal_x=self.focal_x * scale_x,
            focal_y=self.focal_y * scale_y,
            centre_x=(self.centre_x + 0.5) * scale_x - 0.5,
            centre_y=(self.centre_y + 0.5) * scale_y - 0.5,
            height=height,
            width=width,
        )

    def cropped(self, top: int, left: int, height: int, width: int) -> "Camera":
        """The camera of the window `image[top:top + height, left:left + width]`."""
        if top < 0 or left < 0 or top + height > self.height or left + width > self.width:
            raise ValueError(
                f"window rows {top}..{top + height}, columns {left}..{left + width} leaves the "
                f"{self.height}x{self.width} image; use Camera.padded to grow it"
            )
        return replace(self, centre_x=self.centre_x - left, centre_y=self.centre_y - top, height=height, width=width)

    def padded(self, top: int, bottom: int, left: int, right: int) -> "Camera":
        """The camera after adding rows and columns around the images."""
        return replace(
            self,
            centre_x=self.centre_x + left,
            centre_y=self.centre_y + top,
            height=self.height + top + bottom,
            width=self.width + left + right,
        )

    def flipped(self) -> "Camera":
        """The camera of the images mirrored left to right."""
        return replace(self, centre_x=self.width - 1 - self.centre_x)

    def to(self, device: torch.device | str) -> "Camera":
        """The same camera with its numbers on `device`."""
        return replace(
            self,
            focal_x=self.focal_x.to(device),
            focal_y=self.focal_y.to(device),
            centre_x=self.centre_x.to(device),
            centre_y=self.centre_y.to(device),
        )

    def selected(self, index: slice | Tensor) -> "Camera":
        """The cameras of some images of the batch."""
        return replace(
            self,
            focal_x=self.focal_x[index],
            focal_y=self.focal_y[index],
            centre_x=self.centre_x[index],
            centre_y=self.centre_y[index],
        )
