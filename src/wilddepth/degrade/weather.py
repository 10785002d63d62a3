"""Fog and rain: image -> image with a strength in the unit in which weather is reported or drawn.

Images are RGB, 0..1, (b 3 h w).
"""

import math

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.degrade.sensor import spread

_CONTRAST_AT_VISIBILITY = 0.05
"""Meteorological optical range: where 5 % of the contrast is left (WMO No. 8, vol. I, ch. 9)."""
_STREAK = 0.85
"""Brightness of a rain streak, which shows the sky."""
_OPACITY = 0.35
"""Of a streak: it passes a pixel in a part of the exposure."""


def fog(
    image: Float[Tensor, "b 3 h w"],
    depth: Float[Tensor, "b 1 h w"],
    visibility: Float[Tensor, " b"] | float,
    airlight: Float[Tensor, " b"] | float = 0.8,
) -> Float[Tensor, "b 3 h w"]:
    """Fog of even density: I t + A (1 - t) with t = 0.05 ** (Z / visibility).

    Args:
        image: without fog.
        depth: along the optical axis, m; may be infinite.
        visibility: where 5 % of the contrast is left, m; infinite = no fog.
        airlight: brightness of the fog itself, 0..1.

    Source:
        Koschmieder's law; Narasimhan and Nayar, IJCV 2002, sec. 2.
    """
    passed = torch.exp(math.log(_CONTRAST_AT_VISIBILITY) * depth / spread(visibility, image))
    return image * passed + spread(airlight, image) * (1 - passed)


def rain(
    image: Float[Tensor, "b 3 h w"],
    density: float,
    generator: torch.Generator,
    *,
    length: float = 20.0,
    degrees: float = 10.0,
) -> Float[Tensor, "b 3 h w"]:
    """Bright streaks at places that differ in every image, so that the views of a pair disagree about them.

    Args:
        image: without rain.
        density: streaks a thousand pixels; 0 = none, 1 is a downpour.
        generator: where they fall.
        length: px, of the longest; the shortest have half of it.
        degrees: of the streaks against the vertical.
    """
    batch, _, height, width = image.shape
    count = round(density * height * width / 1000)
    places = torch.rand(batch, count, 3, generator=generator, device=generator.device).cpu().numpy()
    masks = np.stack([_streaks(each, height, width, length, math.radians(degrees)) for each in places])
    opacity = _OPACITY * torch.from_numpy(masks)[:, None].to(image)
    return image * (1 - opacity) + _STREAK * opacity


def _streaks(
    places: Float[np.ndarray, "n 3"], height: int, width: int, length: float, angle: float
) -> Float[np.ndarray, "h w"]:
    """Lines, smoothed at their sides: 1 in the middle of a streak."""
    mask = np.zeros((height, width), np.uint8)
    for across, down, long in places:
        reach = length * (0.5 + 0.5 * long) / 2
        side, fall = reach * math.sin(angle), reach * math.cos(angle)
        x, y = across * width, down * height
        ends = [(round(x + sign * side), round(y + sign * fall)) for sign in (-1, 1)]
        cv2.line(mask, ends[0], ends[1], 255, 1, cv2.LINE_AA)
    return mask.astype(np.float32) / 255
