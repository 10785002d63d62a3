"""A scene as a list of flat surfaces in front of a rectified stereo rig.

Coordinates: X right, Y down, Z forward, metres, the left camera at the origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

Vector = np.ndarray
Triple = np.ndarray | Sequence[float | np.floating | int]
"""Three numbers."""


class Shape(IntEnum):
    """Outline of a surface in its own coordinates (s, t), in which the plain square is |s| < 1, |t| < 1."""

    BOX = 0
    """|s| < 1 and |t| < 1."""
    BLOB = 1
    """A disc with a wavy rim."""
    BARS = 2
    """The box cut into bars along t: fences, railings."""
    FOLIAGE = 3
    """A disc with holes all over: crowns of trees, bushes."""


@dataclass(frozen=True)
class Surface:
    """One flat, textured piece.

    Attributes:
        origin: centre, m.
        half_s: vector from the centre to the middle of one side, m; its length is the half width.
        half_t: the same along the other direction; need not be orthogonal to `half_s`.
        shape: outline.
        wave: amplitude, frequency and phase of the outline's waves (BLOB, FOLIAGE), or duty, bars and phase (BARS).
        texture: number in the bank.
        texel: m along a side of a texel.
        gain: contrast of the texture.
        tint: colour added, RGB, 0..1 scale.
        slope: relative brightness change from centre to rim along s.
    """

    origin: Vector
    half_s: Vector
    half_t: Vector
    texture: int
    texel: float
    shape: Shape = Shape.BOX
    wave: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gain: float = 1.0
    tint: tuple[float, float, float] = (0.0, 0.0, 0.0)
    slope: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite([*self.origin, *self.half_s, *self.half_t, self.texel]).all() or self.texel <= 0:
            raise ValueError("a surface needs finite vectors and a positive texel size")


@dataclass(frozen=True)
class Rig:
    """Both cameras: same intrinsics, the right one `baseline` m along +X."""

    focal: float
    centre_x: float
    centre_y: float
    baseline: float
    height: int
    width: int


@dataclass(frozen=True)
class Scene:
    """What is rendered: the backdrop is an infinite fronto-parallel plane, so that every pixel has a surface."""

    rig: Rig
    surfaces: list[Surface]
    backdrop: Surface


def quad(origin: Triple, half_s: Triple, half_t: Triple) -> tuple[Vector, Vector, Vector]:
    """The three vectors as float64 arrays."""
    return vector(origin), vector(half_s), vector(half_t)


def vector(numbers: Triple) -> Vector:
    """Three numbers as a float64 array."""
    return np.asarray(numbers, dtype=np.float64)
