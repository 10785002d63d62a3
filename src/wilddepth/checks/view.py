"""Views as the checks look at them: 8-bit arrays, RGB or grey."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

Rgb = UInt8[np.ndarray, "h w 3"]
Grey = UInt8[np.ndarray, "h w"]


def rgb_of(image: Float[Tensor, "1 3 h w"]) -> Rgb:
    """One image, RGB 0..1, as 8 bits."""
    levels = (image[0].detach() * 255).round().clamp(0, 255).byte().permute(1, 2, 0)
    return np.ascontiguousarray(levels.cpu().numpy())


def grey_of(rgb: Rgb) -> Grey:
    """Its brightness (0.299 R + 0.587 G + 0.114 B)."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
