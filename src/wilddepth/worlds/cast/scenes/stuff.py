"""What outdoor things are made of: the ranges from which materials are drawn.

Colours are written as on a screen (sRGB, hexadecimal) and turned into linear light. One colour is varied to a darker
and a lighter one; three with slashes between them are taken as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wilddepth.worlds.cast.scene import RGB, Pattern

Range = tuple[float, float]


@dataclass(frozen=True)
class Stuff:
    """Ranges of a `Material`; each piece draws its own within them.

    Attributes:
        pattern: see `Pattern`.
        colours: sRGB in hexadecimal, with spaces between choices.
        size: m.
        contrast: see `Material`.
        grain: see `Material`.
        grain_size: m.
        gloss: see `Material`.
        shininess: exponent of the highlight.
        spread: how far the darker and the lighter colour are from the middle one.
    """

    pattern: Pattern
    colours: str
    size: Range = (1.0, 2.0)
    contrast: Range = (0.5, 1.0)
    grain: Range = (0.0, 0.1)
    grain_size: Range = (0.015, 0.04)
    gloss: Range = (0.0, 0.0)
    shininess: float = 20.0
    spread: float = 0.3


Table = Mapping[str, tuple[Stuff, ...]]


def linear(text: str) -> RGB:
    """A colour in sRGB hexadecimal as linear light, 0..1."""
    red, green, blue = (int(text[k : k + 2], 16) / 255 for k in (0, 2, 4))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
