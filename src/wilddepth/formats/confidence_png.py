"""Confidence, 0..1, as a 16-bit PNG: confidence = v / 65535."""

from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import OutputError, SampleError
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.image import decoded, encoded_png

STEPS = 65535


def read_confidence(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """A map of 0..1.

    Raises:
        SampleError: for a file that is missing, damaged, has several channels or 8 bits.
    """
    stored = decoded(path)
    if stored.ndim != 2 or stored.dtype != np.uint16:
        raise SampleError(f"{path} is no 16-bit map of one channel, as confidence is stored; make the labels again")
    return stored.astype(np.float32) / np.float32(STEPS)


def write_confidence(path: str | Path, confidence: Float32[np.ndarray, "h w"]) -> None:
    """Write a map, v = round(65535 c), wholly or not at all; what is above 0 stays above 0.

    Raises:
        OutputError: when it cannot be written, or for values outside 0..1.
    """
    if confidence.size and not (confidence.min() >= 0 and confidence.max() <= 1):
        raise OutputError(f"{path}: confidence must lie in 0..1, not {confidence.min()}..{confidence.max()}")
    stored = np.where(confidence > 0, np.maximum(np.rint(confidence * np.float32(STEPS)), 1), 0)
    write_bytes(path, encoded_png(stored.astype(np.uint16)))
