"""Pictures as 8-bit RGB.

Grey is repeated over the three channels, 16-bit values are scaled to 8, an alpha channel is dropped, and a camera's
orientation tag is ignored: turning one view of a stereo pair would break its rows. A file that holds several pictures
is refused, and one that states more pixels than `limits` allows is not decoded.
"""

import os
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import SampleError
from wilddepth.formats import wholeness
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.content import brief, content
from wilddepth.formats.header import Header, header, other_kind
from wilddepth.formats.limits import check_pixels

if "OPENCV_LOG_LEVEL" not in os.environ:
    # What is wrong with a file is one error of ours; the decoder's own lines would stand beside it.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

# In the order of preference where one picture is there twice: lossless first.
IMAGE_SUFFIXES = (".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg")

# 65535 / 255: white stays white.
_SIXTEEN_TO_EIGHT_BIT = 257
_ROWS_AT_ONCE = 256


def read_image(path: str | Path) -> UInt8[np.ndarray, "h w 3"]:
    """The picture as 8-bit RGB.

    Raises:
        SampleError: for a file that is missing, empty, truncated, damaged, no picture, several pictures or too large.
    """
    pixels = decoded(path)
    if pixels.dtype == np.uint16:
        pixels = _eight_bit(pixels)
    if pixels.dtype != np.uint8:
        raise SampleError(f"{path} holds {pixels.dtype} values; store pictures with 8 or 16 bits a channel")
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, 2::-1])


def image_size(path: str | Path) -> tuple[int, int]:
    """Rows and columns that the picture states; its pixels are not decoded for it.

    Raises:
        SampleError: as `read_image`, but for damage that only decoding finds.
    """
    _, stated = _whole(path)
    return stated.rows, stated.columns


def write_image(path: str | Path, rgb: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write an RGB picture as PNG, wholly or not at all.

    Raises:
        OutputError: when it cannot be written.
    """
    write_bytes(path, encoded_png(rgb[:, :, ::-1]))


def decoded(path: str | Path) -> np.ndarray:
    """The stored numbers as they are: h w, or h w c with blue first, 8 or 16 bits.

    Raises:
        SampleError: as `read_image`.
    """
    data, stated = _whole(path)
    for place, value in stated.as_stored:
        data = data[:place] + value + data[place + len(value) :]
    pixels = _decoded(data, path)
    if pixels.shape[:2] != (stated.rows, stated.columns):
        raise SampleError(f"{path} is damaged (its header states another size); copy or download it again")
    return pixels


def encoded_png(pixels: np.ndarray) -> bytes:
    """8-bit or 16-bit pixels (h w, or h w 3 with blue first) as the bytes of a PNG."""
    _, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    return bytes(data.tobytes())


def _whole(path: str | Path) -> tuple[bytes, Header]:
    """The bytes of one picture that is not cut off and may be decoded, and its header."""
    data = content(path)
    fault = wholeness.fault(data)
    if fault:
        raise SampleError(f"{path} {fault}; copy or download it again")
    stated = header(data)
    if stated is None:
        kind = other_kind(data) or "not a picture that can be read"
        raise SampleError(f"{path} is {kind}; expected one of {', '.join(IMAGE_SUFFIXES)}: save it again as PNG")
    check_pixels(stated.rows, stated.columns, path)
    if stated.pictures > 1:
        raise SampleError(
            f"{path} is a {stated.kind} with {stated.pictures} pictures and it is not known which is meant; save each "
            "as a file of its own"
        )
    return data, stated


def _decoded(data: bytes, path: str | Path) -> np.ndarray:
    """The pixels in `data`; `path` is for messages."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise SampleError(f"{path} cannot be decoded ({brief(error.err)}); save it again as PNG") from error
    if pixels is None:
        raise SampleError(f"{path} is damaged or cut off; copy or download it again, or save it again as PNG")
    return np.asarray(pixels)


def _eight_bit(pixels: np.ndarray) -> np.ndarray:
    """16-bit values as 8 bits, rounded to the nearest; some rows at a time, for want of memory in large pictures."""
    scaled = np.empty(pixels.shape, np.uint8)
    for top in range(0, len(pixels), _ROWS_AT_ONCE):
        rows = pixels[top : top + _ROWS_AT_ONCE].astype(np.uint32)
        scaled[top : top + _ROWS_AT_ONCE] = (rows + _SIXTEEN_TO_EIGHT_BIT // 2) // _SIXTEEN_TO_EIGHT_BIT
    return scaled
