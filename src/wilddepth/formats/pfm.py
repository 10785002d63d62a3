"""PFM: 32-bit float maps, bottom row first; the sign of the scale tells the byte order, infinity means "none".

The size of the scale is ignored, as the data sets that use the format do: values are stored as they are.
"""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.content import content
from wilddepth.formats.limits import check_pixels

# Kind, columns, rows, scale; after the scale exactly one line end (some writers put blanks before it). Bounded: a file
# of digits only must not become a number.
_HEADER = re.compile(rb"\A(P[Ff])\s{1,8}(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}(\S{1,40})[ \t\r]{0,8}\n")


def read_pfm(path: str | Path) -> Float32[np.ndarray, "h w"] | Float32[np.ndarray, "h w 3"]:
    """The stored values, top row first: grey as h w, colour (red first) as h w 3.

    Raises:
        SampleError: for a file that is missing, empty, no PFM, too large, or shorter than its header says.
    """
    data = content(path)
    header = _HEADER.match(data)
    if header is None:
        raise SampleError(f"{path} is not a PFM file (its header is wrong); check the file")
    channels = 3 if header[1] == b"PF" else 1
    width, height = int(header[2]), int(header[3])
    check_pixels(height, width, path)
    count = channels * width * height
    there = (len(data) - header.end()) // 4
    if there < count:
        raise SampleError(f"{path} is truncated: {there} values of {count}; copy or download it again")
    values = np.frombuffer(data, _value_type(header[4], path), count, header.end())
    shape = (height, width, 3) if channels == 3 else (height, width)
    return np.ascontiguousarray(values.reshape(shape)[::-1], dtype=np.float32)


def read_disparity(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """A grey PFM as a disparity map: px, nan where there is none.

    Raises:
        SampleError: as `read_pfm`, and for a colour file.
    """
    values = read_pfm(path)
    if values.ndim != 2:
        raise SampleError(f"{path} is a colour PFM; a disparity map has one channel")
    return np.where(np.isfinite(values), values, np.float32(np.nan))


def write_pfm(
    path: str | Path,
    values: Float32[np.ndarray, "h w"] | Float32[np.ndarray, "h w 3"],
    *,
    big_endian: bool = False,
) -> None:
    """Write values as they are (nan becomes infinity, which readers take as "none"), wholly or not at all.

    Raises:
        OutputError: when it cannot be written.
    """
    height, width = values.shape[:2]
    kind = "PF" if values.ndim == 3 else "Pf"
    stored = np.where(np.isnan(values), np.float32(np.inf), values)[::-1].astype(">f4" if big_endian else "<f4")
    header = f"{kind}\n{width} {height}\n{1.0 if big_endian else -1.0}\n"
    write_bytes(path, header.encode("ascii") + stored.tobytes())


def _value_type(scale: bytes, path: str | Path) -> np.dtype[np.float32]:
    """Little-endian for a negative scale, big-endian for a positive one."""
    try:
        number = float(scale)
    except ValueError:
        number = 0.0
    if not np.isfinite(number) or number == 0:
        raise SampleError(f"{path} is not a PFM file (its scale is {scale!r}); check the file")
    return np.dtype("<f4" if number < 0 else ">f4")
