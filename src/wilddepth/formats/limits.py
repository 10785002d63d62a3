"""How large an input may be before it is decoded: a few kilobytes can state a picture of many gigabytes."""

import math
import os
from pathlib import Path

from wilddepth.errors import ConfigError, SampleError

VARIABLE = "WILDDEPTH_MAX_MEGAPIXELS"

# Stereo cameras have up to some 24 million pixels; with 64 the largest map that is read stays below 2 GiB of memory.
MEGAPIXELS = 64.0

# Colour PFM, the largest pixel of all formats: three 32-bit floats.
_BYTES_A_PIXEL = 12
# Headers, calibration, colour profiles.
_BYTES_BESIDE = 16 << 20


def most_pixels() -> int:
    """The largest number of pixels that is decoded; the environment variable `WILDDEPTH_MAX_MEGAPIXELS` changes it.

    Raises:
        ConfigError: when the variable holds no positive number.
    """
    text = os.environ.get(VARIABLE, "")
    if not text.strip():
        return int(MEGAPIXELS * 1e6)
    try:
        megapixels = float(text)
    except ValueError:
        megapixels = math.nan
    if not 0 < megapixels < 1e9:
        raise ConfigError(f"{VARIABLE}={text!r} is not a positive number; give millions of pixels, like {VARIABLE}=64")
    return int(megapixels * 1e6)


def most_bytes() -> int:
    """The largest file that is read: what that many pixels need in the format that takes most."""
    return most_pixels() * _BYTES_A_PIXEL + _BYTES_BESIDE


def check_pixels(rows: int, columns: int, path: str | Path) -> None:
    """Refuse a size before anything of it is decoded.

    Raises:
        SampleError: for no pixels, or more than the limit.
    """
    if rows < 1 or columns < 1:
        raise SampleError(f"{path} states a size of {columns}x{rows} pixels; copy or download it again")
    if rows * columns > most_pixels():
        raise SampleError(
            f"{path} states a size of {columns}x{rows} pixels, more than {most_pixels() / 1e6:g} million; if it is "
            f"right, set {VARIABLE}={math.ceil(rows * columns / 1e6)}"
        )
