"""What a calibration file says about a rectified pair, as plain numbers."""

import math
from dataclasses import dataclass, fields, replace
from pathlib import Path

from wilddepth.errors import SampleError

# Two cameras closer than half a millimetre or further apart than 50 m are a mistake of units (mm for m, or m for mm).
SMALLEST_BASELINE_M, LARGEST_BASELINE_M = 0.0005, 50.0
# In image widths: 0.1 is a field of view of 157 degrees, 100 one of 0.6. Normalised intrinsics (0.58) are far below.
SMALLEST_FOCAL, LARGEST_FOCAL = 0.1, 100.0
# Where the file does not say how wide the images are.
NARROWEST_IMAGE, WIDEST_IMAGE = 100, 20000
# Image sides from the image: a small crop far from the middle of a large picture has its principal point outside.
FARTHEST_CENTRE = 10.0
LONGEST_SIDE = 1_000_000


@dataclass(frozen=True)
class StereoCalibration:
    """Intrinsics of both views of a rectified pair.

    Attributes:
        focal_x: px, the same in both views.
        focal_y: px.
        centre_x: principal point of the left view, px, pixel centres at whole numbers.
        centre_y: px.
        right_centre_x: principal point of the right view, px; less `centre_x` it is "doffs".
        right_centre_y: px.
        baseline_m: distance of the optical centres, m, positive.
        width: columns of the images described; None where the file does not say.
        height: rows; None where the file does not say.
    """

    focal_x: float
    focal_y: float
    centre_x: float
    centre_y: float
    right_centre_x: float
    right_centre_y: float
    baseline_m: float
    width: int | None = None
    height: int | None = None

    @property
    def doffs(self) -> float:
        """x-offset of the principal points, right minus left, px: Z = f B / (d + doffs)."""
        return self.right_centre_x - self.centre_x

    def for_size(self, width: int, height: int, name: str | Path) -> "StereoCalibration":
        """The calibration of images of this size: the ones described, or those shrunk by a whole number.

        Only whole numbers, because two cameras whose images differ by a few columns are different cameras, and one
        calibration stretched to the other would be wrong without a sign of it.

        Args:
            width: columns.
            height: rows.
            name: the calibration file, for the message.

        Raises:
            SampleError: when the file describes images of another shape.
        """
        if self.width is None or self.height is None:
            return replace(self, width=width, height=height)
        shrink_factor((self.width, self.height), (width, height), name)
        return self._resized(width, height)

    def _resized(self, width: int, height: int) -> "StereoCalibration":
        """Half-pixel convention: the edges of the image stay edges."""
        scale_x, scale_y = width / (self.width or width), height / (self.height or height)
        return StereoCalibration(
            focal_x=self.focal_x * scale_x,
            focal_y=self.focal_y * scale_y,
            centre_x=(self.centre_x + 0.5) * scale_x - 0.5,
            centre_y=(self.centre_y + 0.5) * scale_y - 0.5,
            right_centre_x=(self.right_centre_x + 0.5) * scale_x - 0.5,
            right_centre_y=(self.right_centre_y + 0.5) * scale_y - 0.5,
            baseline_m=self.baseline_m,
            width=width,
            height=height,
        )


def shrink_factor(described: tuple[int, int], wanted: tuple[int, int], name: str | Path) -> int:
    """The whole number by which pictures of a described size (columns, rows) were shrunk to the wanted one.

    Raises:
        SampleError: when there is none, naming the calibration file.
    """
    (width, height), (columns, rows) = described, wanted
    factor = round(width / columns)  # 0 for larger pictures, which no difference is below
    if abs(width - factor * columns) >= factor or abs(height - factor * rows) >= factor:
        raise SampleError(
            f"{name} describes {width}x{height} images but these are {columns}x{rows}; "
            "give the calibration of the images as they are, or remove the file"
        )
    return factor


def checked(calibration: StereoCalibration, path: str | Path) -> StereoCalibration:
    """The calibration itself, if its numbers can be those of a rectified pair.

    Raises:
        SampleError: for a number that is not finite, a focal length or baseline that no pair has, views that are
            swapped, or principal points that rectification cannot leave.
    """
    fault = _fault(calibration)
    if fault:
        raise SampleError(f"{path}: {fault}")
    return calibration


def same_focal_length(left: float, right: float, path: str | Path) -> float:
    """The focal length that both views of a rectified pair share.

    Raises:
        SampleError: when they differ by more than a thousandth.
    """
    # Written so that nan is refused too.
    if not abs(left - right) <= 1e-3 * abs(left):
        raise SampleError(
            f"{path}: the views have different focal lengths ({left:g} and {right:g} px), so this pair is not "
            "rectified; rectify it and use the calibration that rectification gives"
        )
    return left


def _fault(calibration: StereoCalibration) -> str | None:
    """What is wrong, with the next step; None where nothing is."""
    for entry in fields(calibration):
        value = getattr(calibration, entry.name)
        if isinstance(value, float) and not math.isfinite(value):
            return f"{entry.name} is {value}; check the file"
    sides = [side for side in (calibration.width, calibration.height) if side is not None]
    if not all(1 <= side <= LONGEST_SIDE for side in sides):
        return f"the image size is {calibration.width}x{calibration.height}; check the file"
    return (
        focal_fault(calibration.focal_x, calibration.focal_y, calibration.width)
        or baseline_fault(calibration.baseline_m)
        or _centre_fault(calibration)
    )


def focal_fault(focal_x: float, focal_y: float, width: int | None) -> str | None:
    """What is wrong with focal lengths (px) of pictures of this width, with the next step; None where nothing is."""
    smallest = SMALLEST_FOCAL * (width or NARROWEST_IMAGE)
    largest = LARGEST_FOCAL * (width or WIDEST_IMAGE)
    for focal in (focal_x, focal_y):
        if not smallest <= focal <= largest:
            return (
                f"a focal length of {focal:g} px cannot be right; give it in pixels of these images "
                "(normalised intrinsics must be multiplied by the image size)"
            )
    return None


def baseline_fault(baseline: float) -> str | None:
    """What is wrong with a baseline (m, negative where the views are swapped), with the next step; None if nothing."""
    if baseline == 0:
        return "the baseline is zero, so the file describes one camera twice; check which two cameras it names"
    if baseline < 0:
        return f"the baseline is negative ({baseline:g} m): left and right are swapped; swap the views"
    if not SMALLEST_BASELINE_M <= baseline <= LARGEST_BASELINE_M:
        return f"a baseline of {baseline:g} m cannot be right; check its unit (m or mm)"
    return None


def _centre_fault(calibration: StereoCalibration) -> str | None:
    width = calibration.width or WIDEST_IMAGE
    if abs(calibration.doffs) > width:
        return f"the principal points are {calibration.doffs:g} px apart, more than the image is wide; check the file"
    rows = calibration.right_centre_y - calibration.centre_y
    if abs(rows) > 1:
        return f"the principal points are {rows:g} rows apart, so this pair is not rectified; rectify it first"
    height = calibration.height or WIDEST_IMAGE
    for place, side in ((calibration.centre_x, width), (calibration.centre_y, height)):
        if not -FARTHEST_CENTRE * side <= place <= (FARTHEST_CENTRE + 1) * side:
            return f"a principal point at {place:g} px cannot be right in an image of {side} px; check the file"
    return None
