"""Maps of 0..1 as whole numbers in a grey PNG, whatever its width: 8 or 16 bits, the largest number = 1."""

from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import SampleError
from wilddepth.formats.image import decoded


def read_share(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """0..1.

    Raises:
        SampleError: for a file that is missing, damaged, or has several channels.
    """
    values = decoded(path)
    if values.ndim != 2:
        raise SampleError(f"{path} has {values.shape[2]} channels; a map of shares (a confidence) has one")
    scaled: np.ndarray = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
    return scaled
