"""Maps as 8-bit RGB pictures.

A map is an array or a tensor of one image: `h w`, or with leading dimensions of size 1. Colours mean the same in every
picture of one kind: disparity goes from dark blue (far) to red (near), confidence from dark blue (unsure) to yellow
(sure), errors from blue (right) to red (wrong). Dark grey is where there is no value, black where nothing is scored.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from wilddepth.formats.image import write_image
from wilddepth.report.number import Number

Plane = Float[np.ndarray, "... _ _"] | Float[Tensor, "... _ _"]
Mask = Bool[np.ndarray, "... _ _"] | Bool[Tensor, "... _ _"]
Scale = Literal["disparity", "confidence", "error"]

NO_VALUE = (64, 64, 64)
UNSCORED = (0, 0, 0)

# The error scale of KITTI 2015: each step doubles, the fifth edge is the outlier rule of D1.
ERROR_EDGES_PX = (0.1875, 0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0)
OUTLIER_PX = 3.0
OUTLIER_SHARE = 0.05
# ColorBrewer's ten-class RdYlBu from its blue end, as KITTI uses it; blue and red are told apart by all readers.
ERROR_COLOURS = (
    (49, 54, 149),
    (69, 117, 180),
    (116, 173, 209),
    (171, 217, 233),
    (224, 243, 248),
    (254, 224, 144),
    (253, 174, 97),
    (244, 109, 67),
    (215, 48, 39),
    (165, 0, 38),
)

# Laser truth leaves gaps of about a pixel; below this share the gaps would drown the colours.
_SPARSE = 0.5


def image_picture(
    image: Float[np.ndarray, "... 3 _ _"] | Float[Tensor, "... 3 _ _"], *, white: Number = 1.0
) -> UInt8[np.ndarray, "h w 3"]:
    """A camera image.

    Args:
        image: RGB, 0..1, channels first; what is outside is clipped, nan is black.
        white: the value shown as white; smaller ones brighten a dark image (the caption should say so).
    """
    values = _array(image)
    values = np.nan_to_num(values.reshape(values.shape[-3:]) / white)
    levels: np.ndarray = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(levels.transpose(1, 2, 0))


def disparity_picture(disparity: Plane, largest: Number | None = None) -> UInt8[np.ndarray, "h w 3"]:
    """A disparity map in colours.

    Args:
        disparity: px; dark grey where not finite, the colour of 0 where negative.
        largest: what has the last colour, px, positive. Give the same (`largest_disparity`) to the maps that will be
            compared, such as before and after; None takes this map's own.
    """
    values = _plane(disparity)
    top = largest_disparity(values) if largest is None else largest
    if not top > 0:
        raise ValueError(f"the largest disparity of a colour scale is positive, not {top}")
    return _coloured(values / top, "disparity")


def largest_disparity(*maps: Plane, share: Number = 0.99) -> float:
    """The end of one colour scale for all `maps`, px: below it are `share` of their values; whole, at least 1."""
    values = np.concatenate([np.zeros(0), *(_finite(each) for each in maps)])
    return float(max(1, math.ceil(np.quantile(values, share)))) if values.size else 1.0


def confidence_picture(confidence: Plane) -> UInt8[np.ndarray, "h w 3"]:
    """A confidence map (0..1, 1 = sure; clipped) in colours; dark grey where not finite."""
    return _coloured(_plane(confidence), "confidence")


def error_picture(
    disparity: Plane, truth: Plane, valid: Mask, *, grow: int | None = None
) -> UInt8[np.ndarray, "h w 3"]:
    """Where a disparity map is wrong, and by how much, in ten colours.

    Blue is right; from yellow to red the pixel is an outlier of D1 (off by more than 3 px and by more than 5 % of the
    truth), so the share of yellow-to-red pixels is D1-all. A missing prediction has the last colour.

    Args:
        disparity: px.
        truth: px, of the same size.
        valid: where it is known; the rest is black.
        grow: paint unscored pixels up to so many px from a scored one in the worst colour near them, because single
            points are hard to see (KITTI does so by 1). None: 1 where the truth is sparse, 0 where it is dense.

    Source:
        KITTI 2015 stereo development kit: the smaller of |e| / 3 px and |e| / 5 % of the truth on a scale of doublings.
        There an exact tie has the colour above it, here the one below, as in the strict rule of D1.
    """
    predicted, true, scored = _plane(disparity), _plane(truth), _plane(valid)
    if not predicted.shape == true.shape == scored.shape:
        raise ValueError(f"disparity {predicted.shape}, truth {true.shape} and mask {scored.shape} differ in size")
    scored = scored & np.isfinite(true)
    classes = np.where(scored, 1 + _error_class(predicted, true), 0).astype(np.uint8)
    reach = int(scored.mean() < _SPARSE) if grow is None else grow
    if reach:
        worst = cv2.dilate(classes, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        classes = np.where(scored, classes, worst)
    picture: np.ndarray = np.array([UNSCORED, *ERROR_COLOURS], dtype=np.uint8)[classes]
    return picture


def colour_bar(scale: Scale, *, height: int = 16, width: int = 500) -> UInt8[np.ndarray, "h w 3"]:
    """The colours of a scale from its first (left) to its last; those of `error` as ten equal steps."""
    table = _table(scale)
    columns = np.arange(width) * len(table) // width
    return np.repeat(table[columns][None], height, axis=0)


def side_by_side(*pictures: UInt8[np.ndarray, "_ _ 3"], gap: int = 8) -> UInt8[np.ndarray, "h w 3"]:
    """Pictures of one height in a row, `gap` white columns between them."""
    heights = {picture.shape[0] for picture in pictures}
    if len(heights) != 1:
        raise ValueError(f"pictures side by side need one height, not {sorted(heights)}")
    space = np.full((heights.pop(), gap, 3), 255, dtype=np.uint8)
    row = [part for picture in pictures for part in (space, picture)]
    return np.concatenate(row[1:], axis=1)


def write_png(path: str | Path, picture: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write a picture, wholly or not at all.

    Raises:
        OutputError: when it cannot be written.
    """
    write_image(path, picture)


def _error_class(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """0..9 for each pixel; the last one where nothing is predicted."""
    error = np.where(np.isfinite(predicted), np.abs(predicted - true), np.inf).astype(np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The quotient in 32 bits, as the development kit and `metrics` have it, so that ties fall on the same side.
        relative = (error / np.abs(true)).astype(np.float64) / OUTLIER_SHARE
    # fmin: 0 / 0 is nan and leaves the decision to the pixels.
    scaled = np.fmin(error.astype(np.float64) / OUTLIER_PX, relative)
    classes: np.ndarray = np.searchsorted(np.array(ERROR_EDGES_PX) / OUTLIER_PX, scaled, side="left")
    return classes


def _coloured(values: np.ndarray, scale: Scale) -> UInt8[np.ndarray, "h w 3"]:
    """Values 0..1 in the colours of a scale."""
    known = np.isfinite(values)
    table = _table(scale)
    levels = np.rint(np.clip(np.where(known, values, 0), 0, 1) * (len(table) - 1)).astype(np.intp)
    return np.where(known[..., None], table[levels], np.array(NO_VALUE, dtype=np.uint8))


@cache
def _table(scale: Scale) -> UInt8[np.ndarray, "n 3"]:
    return TABLES[scale]()


def _opencv_table(number: int) -> UInt8[np.ndarray, "256 3"]:
    table: np.ndarray = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], number)
    return table.reshape(256, 3)[:, ::-1]


TABLES: Mapping[Scale, Callable[[], np.ndarray]] = {
    "disparity": lambda: _opencv_table(cv2.COLORMAP_TURBO),
    "confidence": lambda: _opencv_table(cv2.COLORMAP_CIVIDIS),
    "error": lambda: np.array(ERROR_COLOURS, dtype=np.uint8),
}


def _finite(values: Plane) -> np.ndarray:
    plane = _plane(values)
    finite: np.ndarray = plane[np.isfinite(plane)]
    return finite


def _plane(values: Plane | Mask) -> np.ndarray:
    """Rows and columns of the one map that `values` holds."""
    array = _array(values)
    if array.ndim < 2 or math.prod(array.shape[:-2]) != 1:
        raise ValueError(f"a picture shows one map, rows x columns, not values of shape {array.shape}")
    plane = array.reshape(array.shape[-2:])
    return plane if plane.dtype == np.bool_ else plane.astype(np.float32)


def _array(values: np.ndarray | Tensor) -> np.ndarray:
    if not isinstance(values, Tensor):
        return values
    # numpy does not know bfloat16
    known = values.detach().float() if values.is_floating_point() else values
    array: np.ndarray = known.cpu().numpy()
    return array
