"""Which pixels taught a network, and why others did not, as a picture."""

from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from wilddepth.report.legend import Legend
from wilddepth.report.picture import NO_VALUE, image_picture

Reason = Literal["taught", "left out", "no label", "kept for judging"]
REASONS: tuple[Reason, ...] = ("taught", "left out", "no label", "kept for judging")
"""The class of a pixel is its place here."""
# Okabe and Ito's blue, orange and purple, which all readers tell apart; grey is no value, as in every picture.
COLOURS = ((0, 114, 178), (230, 159, 0), NO_VALUE, (204, 121, 167))

# How much of a colour stays where the image is black, so that a class can be told there too.
_GROUND = 0.45


def mask_picture(
    classes: UInt8[np.ndarray, "h w"], image: Float[np.ndarray, "3 y x"] | Float[Tensor, "3 y x"] | None = None
) -> UInt8[np.ndarray, "h w 3"]:
    """Classes of pixels in their colours.

    Args:
        classes: places in `REASONS`.
        image: shades the colours by its brightness, so that things can be found again; RGB, 0..1. None = flat colours.

    Raises:
        ValueError: for a class that does not exist, or an image of another size.
    """
    if classes.size and int(classes.max()) >= len(REASONS):
        raise ValueError(f"classes are 0 to {len(REASONS) - 1}, not {int(classes.max())}")
    flat: np.ndarray = np.array(COLOURS, dtype=np.uint8)[classes]
    if image is None:
        return flat
    light = image_picture(image).mean(axis=-1, keepdims=True) / 255
    if light.shape[:2] != classes.shape:
        raise ValueError(f"classes {classes.shape} and image {light.shape[:2]} differ in size")
    shaded: np.ndarray = np.rint(flat * (_GROUND + (1 - _GROUND) * light)).astype(np.uint8)
    return shaded


def shares(classes: UInt8[np.ndarray, "h w"]) -> dict[Reason, float]:
    """The share of each class, 0..1; nan for no pixels at all."""
    counts = np.bincount(classes.ravel(), minlength=len(REASONS))
    with np.errstate(invalid="ignore"):
        found = counts / np.float64(classes.size)
    return {reason: float(share) for reason, share in zip(REASONS, found, strict=True)}


def mask_legend() -> Legend:
    """The colours of `mask_picture`."""
    bar = np.repeat(np.array(COLOURS, dtype=np.uint8)[None], 125, axis=1).repeat(16, axis=0)
    # the last word alone: on a narrow screen four of them stand side by side
    places = tuple(((number + 0.5) / len(REASONS), reason.split(" for ")[-1]) for number, reason in enumerate(REASONS))
    return Legend("Which pixels taught (shaded by the image)", bar, places)
