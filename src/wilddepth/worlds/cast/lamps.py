"""Lamps."""

from collections.abc import Sequence
from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import entry, inlined
from wilddepth.worlds.cast.scene import Lamp, Matrix

LAMP, LAMP_COLOUR, AXIS, INNER, OUTER, REACH = 0, 3, 6, 9, 10, 11
"""Places in a row."""
COLUMNS = 12
LAMP_ROW = 8 * COLUMNS
"""Bytes of a row."""
NEGLIGIBLE = 1e-3
"""Irradiance below which a lamp is not looked at."""


def lamps_of(lamps: Sequence[Lamp], factor: float, pose: Matrix) -> tuple[np.ndarray, int]:
    """Lamps (k COLUMNS) float64 in world coordinates, first those that throw shadows; and how many of them do.

    Args:
        lamps: of a scene.
        factor: on all of them; 0 = there are none.
        pose: of the camera, for those that it carries.
    """
    chosen = sorted(lamps, key=lambda lamp: not lamp.shadows) if factor > 0 else []
    rows = [lamp_row(lamp, factor, pose if lamp.carried else np.eye(4)) for lamp in chosen]
    return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS), sum(lamp.shadows for lamp in chosen)


def lamp_row(lamp: Lamp, factor: float, pose: np.ndarray) -> np.ndarray:
    """One lamp (COLUMNS) float64 in world coordinates; `pose` is that of what carries it."""
    position = pose[:3, :3] @ np.array(lamp.position) + pose[:3, 3]
    axis = np.zeros(3) if lamp.direction is None else pose[:3, :3] @ np.array(lamp.direction)
    colour = np.array(lamp.colour) * factor
    cone = np.radians(lamp.cone)
    # Without an axis the cosine with it is 0 and lies inside any cone.
    inner, outer = (-2.0, -3.0) if lamp.direction is None else (np.cos(0.75 * cone), np.cos(cone))
    return np.array([*position, *colour, *axis, inner, outer, colour.max() / NEGLIGIBLE])


@inlined
@no_type_check
def lamp_share(lamp, x, y, z, nx, ny, nz):
    """How much of a lamp falls on a point, as a factor on its strength at 1 m, and the unit direction to it."""
    lx, ly, lz = entry(lamp, LAMP) - x, entry(lamp, LAMP + 1) - y, entry(lamp, LAMP + 2) - z
    square = lx * lx + ly * ly + lz * lz
    facing = nx * lx + ny * ly + nz * lz
    if facing <= 0.0 or square > entry(lamp, REACH):
        return 0.0, 0.0, 0.0, 0.0
    inverse = 1.0 / np.sqrt(max(square, 1e-8))
    lx, ly, lz, facing = lx * inverse, ly * inverse, lz * inverse, facing * inverse
    along = -(entry(lamp, AXIS) * lx + entry(lamp, AXIS + 1) * ly + entry(lamp, AXIS + 2) * lz)
    if along <= entry(lamp, OUTER):
        return 0.0, 0.0, 0.0, 0.0
    inside = min(1.0, (along - entry(lamp, OUTER)) / max(entry(lamp, INNER) - entry(lamp, OUTER), 1e-6))
    return facing * inside * inside * (3.0 - 2.0 * inside) / max(square, 0.01), lx, ly, lz
