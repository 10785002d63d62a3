"""Rays and bodies in space, for the inner loops.

A lens is a row of numbers, see `lens.lens_of`; a body a row of twelve: the rotation (row by row) and the shift that
take world coordinates to its own; a plane a row of four: unit normal and distance from the origin.
"""

from typing import no_type_check

from wilddepth.worlds.cast.kernel import entry, inlined

BODY, PLANE = 8 * 12, 8 * 4
"""Bytes of a row."""


@inlined
@no_type_check
def aim(lens, column, row):
    """Direction of the ray through a position of the picture, world coordinates, 1 m along the optical axis."""
    x, y = (column - entry(lens, 14)) * entry(lens, 12), (row - entry(lens, 15)) * entry(lens, 13)
    return (
        entry(lens, 3) * x + entry(lens, 4) * y + entry(lens, 5),
        entry(lens, 6) * x + entry(lens, 7) * y + entry(lens, 8),
        entry(lens, 9) * x + entry(lens, 10) * y + entry(lens, 11),
    )


@inlined
@no_type_check
def to_body(body, x, y, z):
    """A direction in the coordinates of a body."""
    return (
        entry(body, 0) * x + entry(body, 1) * y + entry(body, 2) * z,
        entry(body, 3) * x + entry(body, 4) * y + entry(body, 5) * z,
        entry(body, 6) * x + entry(body, 7) * y + entry(body, 8) * z,
    )


@inlined
@no_type_check
def to_world(body, x, y, z):
    """A direction of a body in world coordinates."""
    return (
        entry(body, 0) * x + entry(body, 3) * y + entry(body, 6) * z,
        entry(body, 1) * x + entry(body, 4) * y + entry(body, 7) * z,
        entry(body, 2) * x + entry(body, 5) * y + entry(body, 8) * z,
    )


@inlined
@no_type_check
def normal_towards(body, plane, dx, dy, dz):
    """Unit normal of a face, world coordinates, on the side that a ray of this direction meets."""
    nx, ny, nz = to_world(body, entry(plane, 0), entry(plane, 1), entry(plane, 2))
    side = -1.0 if nx * dx + ny * dy + nz * dz > 0.0 else 1.0
    return side * nx, side * ny, side * nz
