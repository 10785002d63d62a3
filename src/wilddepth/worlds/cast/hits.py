"""Where rays hit, in double precision: Embree says which face, its plane says where."""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import kernel
from wilddepth.worlds.cast.shade import aim, lamp_share, normal_towards, to_body

CLOSE = 1e-3
"""How far the depth of the plane may be from that of Embree, as a share: more only at faces seen edge on."""


@kernel
@no_type_check
def directions(lens, columns, rows, out):
    """Directions (n 3) of the rays through positions of the picture, 1 m along the optical axis."""
    for i in range(len(columns)):
        out[i, 0], out[i, 1], out[i, 2] = aim(lens, columns[i], rows[i])


@kernel
@no_type_check
def exact_depths(lens, columns, rows, faces, near, planes, body_of, bodies, sky, out):
    """Depth (n) float64, m, of the faces' planes along the rays; `near` is what Embree found in single precision."""
    for i in range(len(columns)):
        f = faces[i]
        if f < 0:
            out[i] = sky
            continue
        body, plane = bodies[body_of[f]], planes[f]
        dx, dy, dz = aim(lens, columns[i], rows[i])
        dx, dy, dz = to_body(body, dx, dy, dz)
        ox, oy, oz = to_body(body, lens[0], lens[1], lens[2])
        ox, oy, oz = ox + body[9], oy + body[10], oz + body[11]
        away = plane[3] - plane[0] * ox - plane[1] * oy - plane[2] * oz
        depth = away / (plane[0] * dx + plane[1] * dy + plane[2] * dz)
        out[i] = depth if abs(depth - near[i]) <= CLOSE * near[i] else np.float64(near[i])


@kernel
@no_type_check
def lifted(lens, t, dx, dy, dz, nx, ny, nz):
    """A hit point, moved a little off its face so that rays from there do not meet it."""
    away = 3e-4 + 5e-5 * t
    return lens[0] + t * dx + away * nx, lens[1] + t * dy + away * ny, lens[2] + t * dz + away * nz


@kernel
@no_type_check
def sun_rays(lens, columns, rows, faces, depths, planes, body_of, bodies, sun, origins, index):
    """Rays to the sun from every hit that faces it; returns how many."""
    count = 0
    for i in range(len(columns)):
        f = faces[i]
        if f < 0:
            continue
        dx, dy, dz = aim(lens, columns[i], rows[i])
        nx, ny, nz = normal_towards(bodies[body_of[f]], planes[f], dx, dy, dz)
        if nx * sun[0] + ny * sun[1] + nz * sun[2] > 0.0:
            x, y, z = lifted(lens, depths[i], dx, dy, dz, nx, ny, nz)
            origins[count, 0], origins[count, 1], origins[count, 2] = x, y, z
            index[count] = i
            count += 1
    return count


@kernel
@no_type_check
def lamp_rays(lens, columns, rows, faces, depths, planes, body_of, bodies, lamps, k, origins, rays, index):
    """Rays to lamp k, as long as its distance, from every hit that it reaches; returns how many."""
    count = 0
    for i in range(len(columns)):
        f = faces[i]
        if f < 0:
            continue
        dx, dy, dz = aim(lens, columns[i], rows[i])
        nx, ny, nz = normal_towards(bodies[body_of[f]], planes[f], dx, dy, dz)
        x, y, z = lifted(lens, depths[i], dx, dy, dz, nx, ny, nz)
        if lamp_share(lamps, k, x, y, z, nx, ny, nz)[0] > 0.0:
            origins[count, 0], origins[count, 1], origins[count, 2] = x, y, z
            rays[count, 0], rays[count, 1], rays[count, 2] = lamps[k, 0] - x, lamps[k, 1] - y, lamps[k, 2] - z
            index[count] = i
            count += 1
    return count


@kernel
@no_type_check
def seen_elsewhere(lens, columns, rows, faces, depths, body_of, bodies, later, other, height, width, rays, at):
    """Where each point of this view is in another one.

    Args:
        lens: of this view.
        columns: (n) px.
        rows: (n) px.
        faces: (n).
        depths: (n) m.
        body_of: (f).
        bodies: (b 12) where the bodies are.
        later: (b 12) where they are when the other view is taken.
        other: lens of the other view.
        height: of the other view.
        width: of the other view.
        rays: (n 3) output: from the other view's origin to the point.
        at: (n 3) float64 output: column and row there, and 1 where that is inside of the picture, else 0.
    """
    for i in range(len(columns)):
        dx, dy, dz = aim(lens, columns[i], rows[i])
        t, f = depths[i], faces[i]
        x, y, z = lens[0] + t * dx, lens[1] + t * dy, lens[2] + t * dz
        if f >= 0:
            now, then = bodies[body_of[f]], later[body_of[f]]
            x, y, z = to_body(now, x, y, z)
            x, y, z = x + now[9] - then[9], y + now[10] - then[10], z + now[11] - then[11]
            # The transpose of a rotation is its inverse.
            x, y, z = (
                then[0] * x + then[3] * y + then[6] * z,
                then[1] * x + then[4] * y + then[7] * z,
                then[2] * x + then[5] * y + then[8] * z,
            )
        x, y, z = x - other[0], y - other[1], z - other[2]
        rays[i, 0], rays[i, 1], rays[i, 2] = x, y, z
        ahead = other[5] * x + other[8] * y + other[11] * z
        at[i, 0] = (other[3] * x + other[6] * y + other[9] * z) / (ahead * other[12]) + other[14]
        at[i, 1] = (other[4] * x + other[7] * y + other[10] * z) / (ahead * other[13]) + other[15]
        inside = -0.5 <= at[i, 0] < width - 0.5 and -0.5 <= at[i, 1] < height - 0.5
        at[i, 2] = 1.0 if ahead > 0.0 and inside else 0.0
