"""Light that comes from what is seen: sun, lamps, sky, gloss, glow, wet ground; and the sky itself.

All in linear light and world coordinates. A lens is a row of numbers, see `frame.Lens`; a body a row of twelve: the
rotation and the shift that take world coordinates to its own.
"""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast import looks as of
from wilddepth.worlds.cast.kernel import entry, inlined, kernel
from wilddepth.worlds.cast.noise import clouds
from wilddepth.worlds.cast.pattern import WINDOWS, flat, reflectance
from wilddepth.worlds.cast.raster import pane_of, windows
from wilddepth.worlds.cast.scene import Lamp, Light

ZENITH, HORIZON, GROUND, CLOUDS, CLOUD_SEED, SUN, SUN_COLOUR, DAYLIGHT = 0, 3, 6, 9, 10, 11, 14, 17
AIR_COLUMNS = 18
LAMP, LAMP_COLOUR, AXIS, INNER, OUTER, REACH = 0, 3, 6, 9, 10, 11
LAMP_COLUMNS = 12
BODY, PLANE, LOOK, LAMP_ROW = 8 * 12, 8 * 4, 8 * of.COLUMNS, 8 * LAMP_COLUMNS
"""Bytes of a row."""
NEGLIGIBLE = 1e-3
"""Irradiance below which a lamp is not looked at."""
STEEPEST = 0.05
"""Cosine below which a footprint is not stretched further along a surface seen edge on."""


def air_of(light: Light) -> np.ndarray:
    """Sun and sky (AIR_COLUMNS) float64."""
    sun = light.sun
    sunny = [*sun.direction, *sun.colour, 1.0] if sun else [0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    seed = float(light.seed & 0xFFFF)
    return np.array([*light.zenith, *light.horizon, *light.ground, light.clouds, seed, *sunny], dtype=np.float64)


def lamp_row(lamp: Lamp, factor: float, pose: np.ndarray) -> np.ndarray:
    """One lamp (LAMP_COLUMNS) float64 in world coordinates; `pose` is that of what carries it."""
    position = pose[:3, :3] @ np.array(lamp.position) + pose[:3, 3]
    axis = np.zeros(3) if lamp.direction is None else pose[:3, :3] @ np.array(lamp.direction)
    colour = np.array(lamp.colour) * factor
    cone = np.radians(lamp.cone)
    # Without an axis the cosine with it is 0 and lies inside any cone.
    inner, outer = (-2.0, -3.0) if lamp.direction is None else (np.cos(0.75 * cone), np.cos(cone))
    return np.array([*position, *colour, *axis, inner, outer, colour.max() / NEGLIGIBLE])


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


@inlined
@no_type_check
def sky_gradient(air, dy):
    """Light of a clear sky, or of the ground, from a unit direction that goes down by dy."""
    if dy > 0.0:
        at, low = GROUND, min(1.0, 4.0 * dy)
    else:
        rest = 1.0 + dy
        at, low = ZENITH, 1.0 - rest * rest * rest
    return (
        entry(air, HORIZON) + (entry(air, at) - entry(air, HORIZON)) * low,
        entry(air, HORIZON + 1) + (entry(air, at + 1) - entry(air, HORIZON + 1)) * low,
        entry(air, HORIZON + 2) + (entry(air, at + 2) - entry(air, HORIZON + 2)) * low,
    )


@inlined
@no_type_check
def sky_light(air, table, dx, dy, dz, footprint):
    """Light of the sky from a unit direction, with clouds and the disc of the sun; `footprint` in radians."""
    r, g, b = sky_gradient(air, dy)
    if dy >= 0.0:
        return r, g, b
    flatter, shift = 0.6 / (0.12 - dy), entry(air, CLOUD_SEED) * 0.37
    density = clouds(table, dx * flatter + shift, shift, dz * flatter, footprint * flatter * flatter, 6, 0.62)[0]
    share = (
        min(1.0, max(0.0, 0.9 * density + 2.8 * entry(air, CLOUDS) - 1.3))
        * min(1.0, -8.0 * dy)
        * min(1.0, 8.0 * entry(air, CLOUDS))
    )
    bright = 1.15 - 0.35 * share
    r += (entry(air, HORIZON) * bright - r) * share
    g += (entry(air, HORIZON + 1) * bright - g) * share
    b += (entry(air, HORIZON + 2) * bright - b) * share
    if entry(air, DAYLIGHT) > 0.0:
        towards = dx * entry(air, SUN) + dy * entry(air, SUN + 1) + dz * entry(air, SUN + 2)
        if towards > 0.9:
            halo = (0.15 * np.exp((towards - 1.0) * 300.0) + (8.0 if towards > 0.99996 else 0.0)) * (1.0 - 0.8 * share)
            r += entry(air, SUN_COLOUR) * halo
            g += entry(air, SUN_COLOUR + 1) * halo
            b += entry(air, SUN_COLOUR + 2) * halo
    return r, g, b


@inlined
@no_type_check
def highlight(nx, ny, nz, lx, ly, lz, vx, vy, vz, shininess):
    """Share of light from the unit direction l that a glossy surface sends towards v (Blinn)."""
    hx, hy, hz = lx + vx, ly + vy, lz + vz
    along = (nx * hx + ny * hy + nz * hz) / np.sqrt(hx * hx + hy * hy + hz * hz + 1e-12)
    return (shininess + 8.0) * 0.125 * along**shininess if along > 0.0 else 0.0


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


@inlined
@no_type_check
def wet(wetness, table, x, z, ny, footprint):
    """0..1: how much water stands at a point of a surface; puddles lie where noise has its hollows."""
    if wetness <= 0.0 or ny > -0.8:
        return 0.0
    hollow = clouds(table, 0.3 * x, 0.0, 0.3 * z, 0.3 * footprint, 3, 0.5)[0]
    return min(1.0, max(0.0, 1.6 * wetness - 0.5 + 0.6 * hollow)) * 0.75 + 0.25 * wetness


@inlined
@no_type_check
def glow_of(look, table, x, y, z, nx, ny, nz, footprint):
    """Factor on the colours that a surface gives off itself; of facades, only some panes do."""
    glow = entry(look, of.GLOW)
    if glow <= 0.0 or int(entry(look, of.PATTERN)) != WINDOWS:
        return glow
    if abs(ny) > 0.7:
        return 0.0
    scale = 1.0 / entry(look, of.SIZE)
    u, v = flat(x * scale, y * scale, z * scale, nx, ny, nz)
    seed, wide = int(entry(look, of.SEED)), footprint * scale
    on = min(1.0, max(0.0, 4.0 * pane_of(u, v, wide, seed) - 2.0))
    return glow * windows(u, v, wide, seed)[1] * on


@kernel
@no_type_check
def shade(
    lenses,
    columns,
    rows,
    faces,
    depths,
    planes,
    body_of,
    bodies,
    look_of,
    looks,
    airs,
    lamps,
    lit,
    wetness,
    table,
    light,
):
    """Linear light (n 3) of what the rays through these positions hit, written to `light`.

    Args:
        lenses: where the rays begin, see `lens.lens_of`.
        columns: (n) px.
        rows: (n) px.
        faces: (n) what they hit; -1 = the sky.
        depths: (n) m.
        planes: (f 4) unit normal and offset of each face, in the coordinates of its body.
        body_of: (f).
        bodies: (b 12).
        look_of: (f).
        looks: (m COLUMNS).
        airs: sun and sky, see `air_of`.
        lamps: (k LAMP_COLUMNS).
        lit: (n 1 + k) 1 where the sun, the lamps are not hidden.
        wetness: 0..1.
        table: address of the noise.
        light: output.
    """
    lens, air = lenses.ctypes.data, airs.ctypes.data
    body_rows, plane_rows, look_rows, lamp_rows = (
        bodies.ctypes.data,
        planes.ctypes.data,
        looks.ctypes.data,
        lamps.ctypes.data,
    )
    for i in range(len(columns)):
        dx, dy, dz = aim(lens, columns[i], rows[i])
        unit = 1.0 / np.sqrt(dx * dx + dy * dy + dz * dz)
        f = faces[i]
        if f < 0:
            light[i, 0], light[i, 1], light[i, 2] = sky_light(
                air, table, dx * unit, dy * unit, dz * unit, entry(lens, 16) * unit
            )
            continue
        body, plane = body_rows + BODY * body_of[f], plane_rows + PLANE * f
        look, t = look_rows + LOOK * look_of[f], depths[i]
        nx, ny, nz = normal_towards(body, plane, dx, dy, dz)
        x, y, z = entry(lens, 0) + t * dx, entry(lens, 1) + t * dy, entry(lens, 2) + t * dz
        bx, by, bz = to_body(body, x, y, z)
        bx, by, bz = bx + entry(body, 9), by + entry(body, 10), bz + entry(body, 11)
        vx, vy, vz = -dx * unit, -dy * unit, -dz * unit
        facing = nx * vx + ny * vy + nz * vz
        # Between the width (exponent 0) and the length (1) of what a pixel covers.
        slant = np.sqrt(max(facing, STEEPEST))
        footprint = t * entry(lens, 16) / (slant * np.sqrt(slant))
        px, py, pz = entry(plane, 0), entry(plane, 1), entry(plane, 2)
        r, g, b = reflectance(look, table, bx, by, bz, px, py, pz, footprint)
        # What comes from all around.
        up = 0.5 - 0.5 * ny
        er = entry(air, GROUND) + (0.6 * entry(air, ZENITH) + 0.4 * entry(air, HORIZON) - entry(air, GROUND)) * up
        eg = (
            entry(air, GROUND + 1)
            + (0.6 * entry(air, ZENITH + 1) + 0.4 * entry(air, HORIZON + 1) - entry(air, GROUND + 1)) * up
        )
        eb = (
            entry(air, GROUND + 2)
            + (0.6 * entry(air, ZENITH + 2) + 0.4 * entry(air, HORIZON + 2) - entry(air, GROUND + 2)) * up
        )
        glow = glow_of(look, table, bx, by, bz, px, py, pz, footprint)
        er, eg, eb = er + glow, eg + glow, eb + glow
        gloss, shininess = entry(look, of.GLOSS), entry(look, of.SHININESS)
        water = wet(wetness, table, bx, bz, ny, footprint)
        if water > 0.0:
            dark = 1.0 - 0.55 * water
            r, g, b = r * dark, g * dark, b * dark
            gloss, shininess = gloss + (0.8 - gloss) * water, shininess + (150.0 - shininess) * water
        mr, mg, mb = 0.0, 0.0, 0.0
        if lit[i, 0] > 0:
            share = nx * entry(air, SUN) + ny * entry(air, SUN + 1) + nz * entry(air, SUN + 2)
            if share > 0.0:
                er += entry(air, SUN_COLOUR) * share
                eg += entry(air, SUN_COLOUR + 1) * share
                eb += entry(air, SUN_COLOUR + 2) * share
                if gloss > 0.0:
                    flash = share * highlight(
                        nx, ny, nz, entry(air, SUN), entry(air, SUN + 1), entry(air, SUN + 2), vx, vy, vz, shininess
                    )
                    mr, mg, mb = (
                        entry(air, SUN_COLOUR) * flash,
                        entry(air, SUN_COLOUR + 1) * flash,
                        entry(air, SUN_COLOUR + 2) * flash,
                    )
        for k in range(len(lamps)):
            if lit[i, 1 + k] > 0:
                lamp = lamp_rows + LAMP_ROW * k
                share, lx, ly, lz = lamp_share(lamp, x, y, z, nx, ny, nz)
                if share > 0.0:
                    er += entry(lamp, LAMP_COLOUR) * share
                    eg += entry(lamp, LAMP_COLOUR + 1) * share
                    eb += entry(lamp, LAMP_COLOUR + 2) * share
                    if gloss > 0.0:
                        flash = share * highlight(nx, ny, nz, lx, ly, lz, vx, vy, vz, shininess)
                        mr += entry(lamp, LAMP_COLOUR) * flash
                        mg += entry(lamp, LAMP_COLOUR + 1) * flash
                        mb += entry(lamp, LAMP_COLOUR + 2) * flash
        r, g, b = r * er, g * eg, b * eb
        if gloss > 0.0:
            grazing = (1.0 - facing) * (1.0 - facing)
            mirrored = gloss * (0.2 + 0.8 * grazing * grazing)
            sr, sg, sb = sky_gradient(air, 2.0 * facing * ny - vy)
            r, g, b = r + (sr + mr - r) * mirrored, g + (sg + mg - g) * mirrored, b + (sb + mb - b) * mirrored
        light[i, 0], light[i, 1], light[i, 2] = r, g, b
