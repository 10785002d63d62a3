"""Can a calibration be that of these images?"""

import math
from dataclasses import dataclass

from wilddepth.geometry.camera import Camera


@dataclass(frozen=True)
class Intrinsics:
    """What a camera says about the size of its images.

    Attributes:
        width_factor: the image width for which the principal point would be central, over the real one.
        height_factor: likewise of the heights.
        aspect: focal length along x over the one along y.
        field_degrees: horizontal field of view.
    """

    width_factor: float
    height_factor: float
    aspect: float
    field_degrees: float


def measure_intrinsics(camera: Camera) -> Intrinsics:
    """The first camera of the batch against the size of its images."""
    focal_x, focal_y = float(camera.focal_x[0]), float(camera.focal_y[0])
    return Intrinsics(
        width_factor=2 * (float(camera.centre_x[0]) + 0.5) / camera.width,
        height_factor=2 * (float(camera.centre_y[0]) + 0.5) / camera.height,
        aspect=focal_x / focal_y,
        field_degrees=2 * math.degrees(math.atan(camera.width / (2 * focal_x))),
    )
