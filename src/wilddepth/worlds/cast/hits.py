"""Where rays hit, in double precision: Embree says which face, its plane says where."""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import entry, inlined, kernel
from wilddepth.worlds.cast.lamps import lamp_share
from wilddepth.worlds.cast.space import BODY, PLANE, aim, normal_towards, to_body, to_world

CLOSE = 1e-3
"""How far the depth of the plane may be from that of Embree, as a share: more only at faces seen edge on."""


@kernel
@no_type_check
def directions(lenses, columns, rows, out):
    """Directions (n 3) of the rays through positions of the picture, 1 m along the optical axis."""
    lens = lenses.ctypes.data
    for i in range(len(columns)):
        out[i, 0], out[i, 1], out[i, 2] = aim(lens, columns[i], rows[i])


@kernel
@no_type_check
def exact_depths(lenses, columns, rows, faces, near, planes, body_of, bodies, sky, out):
    """Depth (n) float64, m, of the faces' planes along the rays; `near` is what Embree found in single precision."""
    lens, body_rows, plane_rows = lenses.ctypes.data, bodies.ctypes.data, planes.ctypes.data
    for i in range(len(columns)):
        f = faces[i]
        if f < 0:
            out[i] = sky
            continue
        body, plane = body_rows + BODY * body_of[f], plane_rows + PLANE * f
        dx, dy, dz = aim(lens, columns[i], rows[i])
        dx, dy, dz = to_body(body, dx, dy, dz)
        ox, oy, oz = to_body(body, entry(lens, 0), entry(lens, 1), entry(lens, 2))
        ox, oy, oz = ox + entry(body, 9), oy + entry(body, 10), oz + entry(body, 11)
        away = entry(plane, 3) - entry(plane, 0) * ox - entry(plane, 1) * oy - entry(plane, 2) * oz
        depth = away / (entry(plane, 0) * dx + entry(plane, 1) * dy + entry(plane, 2) * dz)
        out[i] = depth if abs(depth - near[i]) <= CLOSE * near[i] else np.float64(near[i])


@inlined
@no_type_check
def lifted(lens, t, dx, dy, dz, nx, ny, nz):
    """A hit point, moved a little off its face so that rays from there do not meet it."""
    away = 3e-4 + 5e-5 * t
    return entry(lens, 0) + t * dx + away * nx, entry(lens, 1) + t * dy + away * ny, entry(lens, 2) + t * dz + away * nz


@kernel
@no_type_check
def sun_rays(lenses, columns, rows, faces, depths, planes, body_of, bodies, suns, origins, index):
    """Rays to the sun from every hit that faces it; returns how many."""
    count = 0
    lens, body_rows, plane_rows = lenses.ctypes.data, bodies.ctypes.data, planes.ctypes.data
    sun = suns.ctypes.data
    for i in range(len(columns)):
        f = faces[i]
        if f < 0:
            continue
        dx, dy, dz = aim(lens, columns[i], rows[i])
        nx, ny, nz = normal_towards(body_rows + BODY * body_of[f], plane_rows + PLANE * f, dx, dy, dz)
        if nx * entry(sun, 0) + ny * entry(sun, 1) + nz * entry(sun, 2) > 0.0:
            x, y, z = lifted(lens, depths[i], dx, dy, dz, nx, ny, nz)
            origins[count, 0], origins[count, 1], origins[count, 2] = x, y, z
            index[count] = i
            count += 1
    return count


@kernel
@no_type_check
def lamp_rays(lenses, columns, rows, faces, depths, planes, body_of, bodies, lamps, origins, rays, index):
    """Rays to a lamp, as long as its distance, from every hit that it reaches; returns how many."""
    count = 0
    lens, body_rows, plane_rows = lenses.ctypes.data, bodies.ctypes.data, planes.ctypes.data
    lamp = lamps.ctypes.data
    for i in range(len(columns)):
        f = faces[i]
        if f < 0:
            continue
        dx, dy, dz = aim(lens, columns[i], rows[i])
        nx, ny, nz = normal_towards(body_rows + BODY * body_of[f], plane_rows + PLANE * f, dx, dy, dz)
        x, y, z = lifted(lens, depths[i], dx, dy, dz, nx, ny, nz)
        if lamp_share(lamp, x, y, z, nx, ny, nz)[0] > 0.0:
            origins[count, 0], origins[count, 1], origins[count, 2] = x, y, z
            rays[count, 0], rays[count, 1], rays[count, 2] = entry(lamp, 0) - x, entry(lamp, 1) - y, entry(lamp, 2) - z
            index[count] = i
            count += 1
    return count


@kernel
@no_type_check
def seen_elsewhere(lenses, columns, rows, faces, depths, body_of, bodies, later, others, height, width, rays, at):
    """Where each point of this view is in another one.

    Args:
        lenses: of this view.
        columns: (n) px.
        rows: (n) px.
        faces: (n).
        depths: (n) m.
        body_of: (f).
        bodies: (b 12) where the bodies are.
        later: (b 12) where they are when the other view is taken.
        others: lens of the other view.
        height: of the other view.
        width: of the other view.
        rays: (n 3) output: from the other view's origin to the point.
        at: (n 3) float64 output: column and row there, and 1 where that is inside of the picture, else 0.
    """
    lens, other, body_rows, later_rows = lenses.ctypes.data, others.ctypes.data, bodies.ctypes.data, later.ctypes.data
    for i in range(len(columns)):
        dx, dy, dz = aim(lens, columns[i], rows[i])
        t, f = depths[i], faces[i]
        x, y, z = entry(lens, 0) + t * dx, entry(lens, 1) + t * dy, entry(lens, 2) + t * dz
        if f >= 0:
            now, then = body_rows + BODY * body_of[f], later_rows + BODY * body_of[f]
            x, y, z = to_body(now, x, y, z)
            x, y, z = to_world(
                then,
                x + entry(now, 9) - entry(then, 9),
                y + entry(now, 10) - entry(then, 10),
                z + entry(now, 11) - entry(then, 11),
            )
        x, y, z = x - entry(other, 0), y - entry(other, 1), z - entry(other, 2)
        rays[i, 0], rays[i, 1], rays[i, 2] = x, y, z
        ahead = entry(other, 5) * x + entry(other, 8) * y + entry(other, 11) * z
        at[i, 0] = (entry(other, 3) * x + entry(other, 6) * y + entry(other, 9) * z) / (
            ahead * entry(other, 12)
        ) + entry(other, 14)
        at[i, 1] = (entry(other, 4) * x + entry(other, 7) * y + entry(other, 10) * z) / (
            ahead * entry(other, 13)
        ) + entry(other, 15)
        inside = -0.5 <= at[i, 0] < width - 0.5 and -0.5 <= at[i, 1] < height - 0.5
        at[i, 2] = 1.0 if ahead > 0.0 and inside else 0.0
