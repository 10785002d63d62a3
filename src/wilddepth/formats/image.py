"""Pictures as 8-bit RGB.

Grey is repeated over the three channels, 16-bit values are scaled to 8, an alpha channel is dropped, and a camera's
orientation tag is ignored: turning one view of a stereo pair would break its rows.
"""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import SampleError
from wilddepth.formats import wholeness
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.content import content

# In the order of preference where one picture is there twice: lossless first.
IMAGE_SUFFIXES = (".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg")

# 65535 / 255: white stays white.
_SIXTEEN_TO_EIGHT_BIT = 257


def read_image(path: str | Path) -> UInt8[np.ndarray, "h w 3"]:
    """The picture as 8-bit RGB.

    Raises:
        SampleError: for a file that is missing, empty, truncated, damaged or no picture.
    """
    pixels = decoded(path)
    if pixels.dtype == np.uint16:
        # In whole numbers, rounded to the nearest: floats would need four times the memory.
        pixels = ((pixels.astype(np.uint32) + _SIXTEEN_TO_EIGHT_BIT // 2) // _SIXTEEN_TO_EIGHT_BIT).astype(np.uint8)
    if pixels.dtype != np.uint8:
        raise SampleError(f"{path} holds {pixels.dtype} values; store pictures with 8 or 16 bits a channel")
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, 2::-1])


def image_size(path: str | Path) -> tuple[int, int]:
    """Rows and columns of the picture; the pixels of a PNG or JPEG are not decoded for it.

    Raises:
        SampleError: as `read_image`.
    """
    data = _whole(path)
    return wholeness.size(data) or _decoded(data, path).shape[:2]


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
    return _decoded(_whole(path), path)


def encoded_png(pixels: np.ndarray) -> bytes:
    """8-bit or 16-bit pixels (h w, or h w 3 with blue first) as the bytes of a PNG."""
    _, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    return bytes(data.tobytes())


def _whole(path: str | Path) -> bytes:
    """The bytes of a picture that is not cut off."""
    data = content(path)
    fault = wholeness.fault(data)
    if fault:
        raise SampleError(f"{path} {fault}; copy or download it again")
    return data


def _decoded(data: bytes, path: str | Path) -> np.ndarray:
    """The pixels in `data`; `path` is for messages."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise SampleError(f"{path} cannot be decoded ({error.err}); save it again as PNG") from error
    if pixels is None:
        raise SampleError(f"{path} is not a picture that can be read; expected one of {', '.join(IMAGE_SUFFIXES)}")
    return np.asarray(pixels)
