"""Light that comes from what is seen: sun, lamps, sky, gloss, glow, wet ground. All in linear light."""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast import looks as of
from wilddepth.worlds.cast.kernel import entry, inlined, kernel
from wilddepth.worlds.cast.lamps import LAMP_COLOUR, LAMP_ROW, lamp_share
from wilddepth.worlds.cast.noise import clouds
from wilddepth.worlds.cast.pattern import WINDOWS, flat, reflectance
from wilddepth.worlds.cast.raster import pane_of, windows
from wilddepth.worlds.cast.sky import SUN, SUN_COLOUR, SURROUNDINGS, from_around, mirrored_light, sky_light
from wilddepth.worlds.cast.space import BODY, PLANE, aim, normal_towards, to_body

LOOK = 8 * of.COLUMNS
"""Bytes of a row."""
STEEPEST = 0.05
"""Cosine below which a footprint is not stretched further along a surface seen edge on."""
WET_GLOSS, WET_SHININESS, WET_DARKNESS = 0.8, 150.0, 0.55


@inlined
@no_type_check
def highlight(nx, ny, nz, lx, ly, lz, vx, vy, vz, shininess):
    """Share of light from the unit direction l that a glossy surface sends towards v (Blinn)."""
    hx, hy, hz = lx + vx, ly + vy, lz + vz
    along = (nx * hx + ny * hy + nz * hz) / np.sqrt(hx * hx + hy * hy + hz * hz + 1e-12)
    return (shininess + 8.0) * 0.125 * along**shininess if along > 0.0 else 0.0


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


@inlined
@no_type_check
def sunlight(air, lit, nx, ny, nz, vx, vy, vz, gloss, shininess):
    """Light of the sun: irradiance, and what a mirror-like surface sends to the eye (2 x RGB)."""
    share = nx * entry(air, SUN) + ny * entry(air, SUN + 1) + nz * entry(air, SUN + 2)
    if lit == 0.0 or share <= 0.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    flash = 0.0
    if gloss > 0.0:
        sx, sy, sz = entry(air, SUN), entry(air, SUN + 1), entry(air, SUN + 2)
        flash = share * highlight(nx, ny, nz, sx, sy, sz, vx, vy, vz, shininess)
    r, g, b = entry(air, SUN_COLOUR), entry(air, SUN_COLOUR + 1), entry(air, SUN_COLOUR + 2)
    return r * share, g * share, b * share, r * flash, g * flash, b * flash


@inlined
@no_type_check
def lamplight(lamps, count, lit, casting, x, y, z, nx, ny, nz, vx, vy, vz, gloss, shininess):
    """Light of all lamps: irradiance, and what a mirror-like surface sends to the eye (2 x RGB)."""
    er, eg, eb, mr, mg, mb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        if k < casting and entry(lit, 1 + k) == 0.0:
            continue
        lamp = lamps + LAMP_ROW * k
        share, lx, ly, lz = lamp_share(lamp, x, y, z, nx, ny, nz)
        if share > 0.0:
            flash = share * highlight(nx, ny, nz, lx, ly, lz, vx, vy, vz, shininess) if gloss > 0.0 else 0.0
            r, g, b = entry(lamp, LAMP_COLOUR), entry(lamp, LAMP_COLOUR + 1), entry(lamp, LAMP_COLOUR + 2)
            er, eg, eb = er + r * share, eg + g * share, eb + b * share
            mr, mg, mb = mr + r * flash, mg + g * flash, mb + b * flash
    return er, eg, eb, mr, mg, mb


@inlined
@no_type_check
def mirrored(air, table, r, g, b, mr, mg, mb, facing, nx, ny, nz, vx, vy, vz, gloss, footprint):
    """Light of a surface (r, g, b), partly replaced by what it mirrors: what is around, and lights (mr, mg, mb).

    A polished surface mirrors a fifth straight on and all of it edge on; half straight on where what it mirrors is
    more than a bare sky, for that is meant to be seen.
    """
    grazing = (1.0 - facing) * (1.0 - facing)
    straight = 0.5 if entry(air, SURROUNDINGS) > 0.0 else 0.2
    share = gloss * (straight + (1.0 - straight) * grazing * grazing)
    twice = 2.0 * facing
    sr, sg, sb = mirrored_light(air, table, twice * nx - vx, twice * ny - vy, twice * nz - vz, footprint)
    return r + (sr + mr - r) * share, g + (sg + mg - g) * share, b + (sb + mb - b) * share


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
        planes: (f 4), see `space`.
        body_of: (f).
        bodies: (b 12), see `space`.
        look_of: (f).
        looks: (m COLUMNS), see `looks`.
        airs: sun and sky, see `sky.air_of`.
        lamps: (k COLUMNS), see `lamps.lamps_of`.
        lit: (n 1 + c) float64: 1 where the sun, and the c lamps that throw shadows, are not hidden, else 0.
        wetness: 0..1.
        table: address of the noise.
        light: output.
    """
    lens, air, casting = lenses.ctypes.data, airs.ctypes.data, lit.shape[1] - 1
    body_rows, plane_rows, look_rows = bodies.ctypes.data, planes.ctypes.data, looks.ctypes.data
    lamp_rows, lit_rows = lamps.ctypes.data, lit.ctypes.data
    for i in range(len(columns)):
        dx, dy, dz = aim(lens, columns[i], rows[i])
        unit, f, t = 1.0 / np.sqrt(dx * dx + dy * dy + dz * dz), faces[i], depths[i]
        vx, vy, vz = -dx * unit, -dy * unit, -dz * unit
        if f < 0:
            light[i, 0], light[i, 1], light[i, 2] = sky_light(air, table, -vx, -vy, -vz, entry(lens, 16) * unit)
            continue
        body, plane, look = body_rows + BODY * body_of[f], plane_rows + PLANE * f, look_rows + LOOK * look_of[f]
        nx, ny, nz = normal_towards(body, plane, dx, dy, dz)
        px, py, pz = entry(plane, 0), entry(plane, 1), entry(plane, 2)
        x, y, z = entry(lens, 0) + t * dx, entry(lens, 1) + t * dy, entry(lens, 2) + t * dz
        bx, by, bz = to_body(body, x, y, z)
        bx, by, bz = bx + entry(body, 9), by + entry(body, 10), bz + entry(body, 11)
        facing = nx * vx + ny * vy + nz * vz
        # Between the width (exponent 0) and the length (1) of what a pixel covers.
        slant = np.sqrt(max(facing, STEEPEST))
        footprint = t * entry(lens, 16) / (slant * np.sqrt(slant))
        r, g, b = reflectance(look, table, bx, by, bz, px, py, pz, footprint)
        er, eg, eb = from_around(air, ny)
        glow = glow_of(look, table, bx, by, bz, px, py, pz, footprint)
        gloss, shininess = entry(look, of.GLOSS), entry(look, of.SHININESS)
        water = wet(wetness, table, bx, bz, ny, footprint)
        if water > 0.0:
            dark = 1.0 - WET_DARKNESS * water
            r, g, b = r * dark, g * dark, b * dark
            gloss, shininess = gloss + (WET_GLOSS - gloss) * water, shininess + (WET_SHININESS - shininess) * water
        mask = lit_rows + 8 * (1 + casting) * i
        sr, sg, sb, mr, mg, mb = sunlight(air, entry(mask, 0), nx, ny, nz, vx, vy, vz, gloss, shininess)
        er, eg, eb = er + glow + sr, eg + glow + sg, eb + glow + sb
        if len(lamps) > 0:
            sr, sg, sb, lr, lg, lb = lamplight(
                lamp_rows, len(lamps), mask, casting, x, y, z, nx, ny, nz, vx, vy, vz, gloss, shininess
            )
            er, eg, eb, mr, mg, mb = er + sr, eg + sg, eb + sb, mr + lr, mg + lg, mb + lb
        r, g, b = r * er, g * eg, b * eb
        if gloss > 0.0:
            angle = entry(lens, 16) * unit
            r, g, b = mirrored(air, table, r, g, b, mr, mg, mb, facing, nx, ny, nz, vx, vy, vz, gloss, angle)
        light[i, 0], light[i, 1], light[i, 2] = r, g, b
