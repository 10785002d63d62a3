"""One camera as it comes out of a calibration, lens distortion included, as plain numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from wilddepth.errors import SampleError
from wilddepth.formats.calibration.stereo import focal_fault, shrink_factor
from wilddepth.formats.content import brief

Lens = Literal["pinhole", "radtan", "rational", "equidistant"]

# How many coefficients each lens has.
COUNTS: dict[Lens, tuple[int, ...]] = {"pinhole": (0,), "radtan": (5,), "rational": (8, 12, 14), "equidistant": (4,)}
# A principal point half a picture outside is already rarer than a mistake (another resolution, x and y mixed up).
_OUTSIDE = 0.5


@dataclass(frozen=True)
class CameraModel:
    """Intrinsics and distortion of one camera, of pictures as the sensor gives them.

    Attributes:
        focal_x: px.
        focal_y: px.
        centre_x: principal point, px, pixel centres at whole numbers.
        centre_y: px.
        width: columns of the pictures described; None where the file does not say.
        height: rows; None where the file does not say.
        lens: "pinhole" without distortion; "radtan" with k1 k2 p1 p2 k3 (Brown); "rational" with k1 k2 p1 p2 k3 k4 k5
            k6, then thin prism s1..s4, then tilt; "equidistant" with k1..k4 (fisheye, Kannala and Brandt). The order
            and meaning are OpenCV's.
        coefficients: of the lens.

    Raises:
        ValueError: for a number of coefficients that the lens does not have.
    """

    focal_x: float
    focal_y: float
    centre_x: float
    centre_y: float
    width: int | None = None
    height: int | None = None
    lens: Lens = "pinhole"
    coefficients: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.coefficients) not in COUNTS[self.lens]:
            raise ValueError(f"{self.lens} has {COUNTS[self.lens]} coefficients, not {len(self.coefficients)}")

    @property
    def matrix(self) -> Float64[np.ndarray, "3 3"]:
        """K, px."""
        return np.array([[self.focal_x, 0, self.centre_x], [0, self.focal_y, self.centre_y], [0, 0, 1]], np.float64)

    @property
    def size(self) -> tuple[int, int] | None:
        """Columns and rows, where the file says so."""
        return None if self.width is None or self.height is None else (self.width, self.height)

    def for_size(self, width: int, height: int, name: str | Path) -> "CameraModel":
        """The camera of pictures of this size: the ones described, or those shrunk by a whole number.

        Distortion is in units of the focal length and stays.

        Args:
            width: columns.
            height: rows.
            name: the calibration file, for the message.

        Raises:
            SampleError: when the file describes pictures of another shape, or the principal point cannot be theirs.
        """
        if self.size is None:
            return checked_camera(replace(self, width=width, height=height), name)
        shrink_factor(self.size, (width, height), name)
        scale_x, scale_y = width / self.size[0], height / self.size[1]
        return replace(
            self,
            focal_x=self.focal_x * scale_x,
            focal_y=self.focal_y * scale_y,
            centre_x=(self.centre_x + 0.5) * scale_x - 0.5,
            centre_y=(self.centre_y + 0.5) * scale_y - 0.5,
            width=width,
            height=height,
        )


def simplest_lens(lens: Lens, coefficients: Sequence[float]) -> tuple[Lens, tuple[float, ...]]:
    """The lens that says the same with the fewest coefficients, so that equal cameras are equal values.

    Radtan without k3 gets k3 = 0, as OpenCV takes it; all zeros are a pinhole. An equidistant lens without coefficients
    is still a fisheye.

    Raises:
        ValueError: for a number of coefficients that the lens does not have.
    """
    values = tuple(coefficients)
    if lens == "rational" and len(values) in COUNTS["rational"]:
        while len(values) > 8 and not any(values[8 if len(values) == 12 else 12 :]):
            values = values[: 8 if len(values) == 12 else 12]
        if len(values) == 8 and not any(values[5:]):
            lens, values = "radtan", values[:5]
    if lens == "radtan" and len(values) == 4:
        values = (*values, 0.0)
    if lens == "radtan" and len(values) == 5 and not any(values):
        return "pinhole", ()
    if len(values) not in COUNTS[lens]:
        raise ValueError(f"{lens} has {' or '.join(map(str, COUNTS[lens]))} coefficients, not {len(values)}")
    return lens, values


def lens_of(values: Sequence[float], path: str | Path) -> tuple[Lens, tuple[float, ...]]:
    """The lens that OpenCV takes a list of coefficients for: none, radtan of 4 or 5, rational of 8, 12 or 14.

    Raises:
        SampleError: for another number of them.
    """
    kinds: dict[int, Lens] = {0: "pinhole", 4: "radtan", 5: "radtan", 8: "rational", 12: "rational", 14: "rational"}
    if len(values) not in kinds:
        raise SampleError(f"{path}: {len(values)} distortion coefficients; give 0, 4, 5, 8, 12 or 14, as OpenCV does")
    return simplest_lens(kinds[len(values)], values)


def named_lens(
    name: str, known: dict[str, Lens], values: Sequence[float], path: str | Path
) -> tuple[Lens, tuple[float, ...]]:
    """The lens that a format calls `name`.

    Raises:
        SampleError: for a name that is not known, or a number of coefficients that the lens does not have.
    """
    if name not in known:
        raise SampleError(
            f"{path}: the distortion model {brief(name)!r} is not understood ({', '.join(known)} are); "
            "calibrate the camera with one of these"
        )
    try:
        return simplest_lens(known[name], values if known[name] != "pinhole" else ())
    except ValueError as error:
        raise SampleError(f"{path}: {brief(error)}; the file may be cut off") from error


def camera_from_matrix(
    matrix: Sequence[float],
    lens: tuple[Lens, tuple[float, ...]],
    size: tuple[int, int] | None,
    path: str | Path,
) -> CameraModel:
    """The camera of a 3 x 3 matrix, row by row.

    Raises:
        SampleError: when it is no matrix of a camera without skew, or describes an impossible one.
    """
    fx, skew, cx, zero_a, fy, cy, *last = matrix
    if max(abs(zero_a), abs(last[0]), abs(last[1]), abs(last[2] - 1)) > 1e-6 or abs(skew) > 1e-3 * abs(fx):
        raise SampleError(f"{path}: [{', '.join(f'{value:g}' for value in matrix)}] is not [f 0 cx; 0 f cy; 0 0 1]")
    return camera_from_numbers((fx, fy, cx, cy), lens, size, path)


def camera_from_numbers(
    intrinsics: Sequence[float],
    lens: tuple[Lens, tuple[float, ...]],
    size: tuple[int, int] | None,
    path: str | Path,
) -> CameraModel:
    """The camera of four numbers: focal lengths x and y, principal point x and y, px.

    Raises:
        SampleError: when they describe an impossible one.
    """
    focal_x, focal_y, centre_x, centre_y = intrinsics
    width, height = size or (None, None)
    return checked_camera(CameraModel(focal_x, focal_y, centre_x, centre_y, width, height, *lens), path)


def checked_camera(camera: CameraModel, path: str | Path) -> CameraModel:
    """The camera itself, if its numbers can be those of one.

    Raises:
        SampleError: for a number that is not finite, a focal length that no camera has, or a principal point far
            outside the picture.
    """
    fault = _fault(camera)
    if fault:
        raise SampleError(f"{path}: {fault}")
    return camera


def _fault(camera: CameraModel) -> str | None:
    """What is wrong, with the next step; None where nothing is."""
    numbers = (camera.focal_x, camera.focal_y, camera.centre_x, camera.centre_y, *camera.coefficients)
    if not all(math.isfinite(value) for value in numbers):
        return "a focal length, principal point or distortion is not finite; check the file"
    if camera.size is not None and min(camera.size) < 1:
        return f"the image size is {camera.width}x{camera.height}; check the file"
    return focal_fault(camera.focal_x, camera.focal_y, camera.width) or _centre_fault(camera)


def _centre_fault(camera: CameraModel) -> str | None:
    if camera.size is None:
        return None
    for centre, length in zip((camera.centre_x, camera.centre_y), camera.size, strict=True):
        if not -_OUTSIDE * length <= centre <= (1 + _OUTSIDE) * length:
            return (
                f"the principal point ({camera.centre_x:g}, {camera.centre_y:g}) is far outside pictures of "
                f"{camera.width}x{camera.height}; was the calibration made at another resolution?"
            )
    return None
