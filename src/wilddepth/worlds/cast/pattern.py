"""Solid textures: the reflectance of a material at a point of its body."""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast import looks as of
from wilddepth.worlds.cast import raster
from wilddepth.worlds.cast.kernel import entry, inlined
from wilddepth.worlds.cast.noise import MOST_OCTAVES, clouds, hashed, noise, sand, seen
from wilddepth.worlds.cast.scene import Pattern

PLAIN, NOISE, SPECKLE, BRICKS, PLANKS, TILES, CHECKER, STRIPES, MARBLE, CELLS, WINDOWS, WEAVE, POSTER, MEMORY = (
    int(pattern) for pattern in Pattern
)
COLOUR, MEAN, OFFSET = of.COLOUR, of.MEAN, of.OFFSET
SIZE, CONTRAST, GRAIN, GRAIN_SIZE, SEED, GLOW = of.SIZE, of.CONTRAST, of.GRAIN, of.GRAIN_SIZE, of.SEED, of.GLOW
CLOUDINESS = 0.3
CLOUDS_MIXED, VEINS_MIXED = 0.68, 0.56
"""Of the tones of clouds (normal, deviation CLOUDINESS) and veins, see `blurred`."""


@inlined
@no_type_check
def flat(x, y, z, nx, ny, nz):
    """The two coordinates of a point along the face that its normal is nearest to; v runs down where it can."""
    ax, ay, az = abs(nx), abs(ny), abs(nz)
    if ay >= ax and ay >= az:
        return x, z
    if ax >= az:
        return z, y
    return x, y


@inlined
@no_type_check
def three(look, tone):
    """The colour at `tone` 0..1 on the way from the first over the second to the third."""
    tone = min(1.0, max(0.0, tone)) * 2.0
    k = 0 if tone < 1.0 else 1
    part, at = tone - k, COLOUR + 3 * k
    return (
        entry(look, at) + (entry(look, at + 3) - entry(look, at)) * part,
        entry(look, at + 1) + (entry(look, at + 4) - entry(look, at + 1)) * part,
        entry(look, at + 2) + (entry(look, at + 5) - entry(look, at + 2)) * part,
    )


@inlined
@no_type_check
def two(look, tone, mask):
    """The colour at `tone` between the first two, under a share `mask` of the third."""
    rest = 1.0 - mask
    first, second = rest * (1.0 - tone), rest * tone
    return (
        entry(look, COLOUR) * first + entry(look, COLOUR + 3) * second + entry(look, COLOUR + 6) * mask,
        entry(look, COLOUR + 1) * first + entry(look, COLOUR + 4) * second + entry(look, COLOUR + 7) * mask,
        entry(look, COLOUR + 2) * first + entry(look, COLOUR + 5) * second + entry(look, COLOUR + 8) * mask,
    )


@inlined
@no_type_check
def blurred(look, tone, lost, mixed):
    """The colour at a tone; where detail is lost in the pixel, the mean of all its tones instead of that of the middle.

    Args:
        look: address of a row of `looks`.
        tone: 0..1; 0.5 where everything is lost.
        lost: 0..1, share of the detail.
        mixed: how far the mean of the tones' colours lies from the middle one to that of all three, 0..1.
    """
    r, g, b = three(look, tone)
    lost *= mixed
    return (
        r + lost * (entry(look, MEAN) - entry(look, COLOUR + 3)),
        g + lost * (entry(look, MEAN + 1) - entry(look, COLOUR + 4)),
        b + lost * (entry(look, MEAN + 2) - entry(look, COLOUR + 5)),
    )


@inlined
@no_type_check
def speckle(look, table, x, y, z, footprint):
    """Grains of the second and third colour in the first."""
    left = seen(footprint)
    sharp = 2.5 * left
    second = min(1.0, max(0.0, sharp * (noise(table, x, y, z) - 0.6) + 0.3)) if left > 0.0 else 0.27
    third = min(1.0, max(0.0, sharp * (noise(table, y + 5.3, z + 1.7, x) - 0.6) + 0.3)) if left > 0.0 else 0.27
    # The mean share of grains, where they are too fine to be seen; more of them lie in some pixels than in others.
    second, third = 0.27 + (second - 0.27) * left, 0.27 + (third - 0.27) * left
    if left < 1.0:
        second += 0.35 * (1.0 - left) * sand(table, x, y, z, footprint)
        third += 0.35 * (1.0 - left) * sand(table, y + 5.3, z + 1.7, x, footprint)
    return two(look, second, third)


@inlined
@no_type_check
def marble(look, table, x, y, z, footprint):
    """Veins: waves bent by noise."""
    bent = x + 0.6 * z + 0.35 * clouds(table, 0.7 * x, 0.7 * y, 0.7 * z, footprint, 6, 0.55)[0]
    vein = abs(np.sin(3.0 * bent))
    left = seen(footprint)
    tone = 0.5 + left * (np.sqrt(vein) - 0.75) * 0.9
    tone += 0.1 * noise(table, 4.0 * y, 4.0 * x, 4.0 * z) * seen(4.0 * footprint)
    return blurred(look, tone, 1.0 - left, VEINS_MIXED)


@inlined
@no_type_check
def around(mean, chance):
    """A random reflectance, as far from the mean as there is room on both sides."""
    return mean + 1.9 * (chance - 0.5) * min(mean, 1.0 - mean)


@inlined
@no_type_check
def poster(look, u, v, footprint, seed):
    """Blocks in random colours, bars and smaller blocks on them."""
    r, g, b = entry(look, MEAN), entry(look, MEAN + 1), entry(look, MEAN + 2)
    scale = 1.0
    for level in range(4):
        column, row = np.floor(u * scale), np.floor(v * scale)
        x, y = u * scale - column, v * scale - row
        place = seed + 101 * level
        clear = raster.calm(footprint * scale)
        if clear > 0.0 and (level == 0 or hashed(column, row, place) < 0.55):
            wide = 0.5 if level == 0 else 0.12 + 0.38 * hashed(column, row, place + 1)
            tall = 0.5 if level == 0 else 0.12 + 0.38 * hashed(column, row, place + 2)
            inward = min(wide - abs(x - 0.5), tall - abs(y - 0.5))
            share = raster.covered(inward, footprint * scale) * clear
            r += (around(entry(look, MEAN), hashed(column, row, place + 3)) - r) * share
            g += (around(entry(look, MEAN + 1), hashed(column, row, place + 4)) - g) * share
            b += (around(entry(look, MEAN + 2), hashed(column, row, place + 5)) - b) * share
        scale *= 2.7
    return r, g, b


@inlined
@no_type_check
def memory(look, table, x, y, z, footprint):
    """Three independent clouds of slowly falling amplitudes around the mean."""
    light = clouds(table, x, y, z, footprint, MOST_OCTAVES, 0.9)[0]
    red = clouds(table, y + 3.1, z + 8.2, x, footprint, 5, 0.85)[0]
    blue = clouds(table, z + 6.4, x + 1.9, y, footprint, 5, 0.85)[0]
    tone = 1.0 + 0.5 * light
    r, g, b = entry(look, MEAN), entry(look, MEAN + 1), entry(look, MEAN + 2)
    return r * (tone + 0.4 * red), g * (tone - 0.2 * (red + blue)), b * (tone + 0.4 * blue)


@inlined
@no_type_check
def planar(look, table, x, y, z, nx, ny, nz, footprint):
    """Patterns of a plane, with a little cloudiness so that no two cells are quite alike."""
    kind, seed = int(entry(look, of.PATTERN)), int(entry(look, SEED))
    u, v = flat(x, y, z, nx, ny, nz)
    if kind == BRICKS:
        tone, mask = raster.bricks(u, v, footprint, seed)
    elif kind == PLANKS:
        tone, mask = raster.planks(u, v, footprint, seed)
        rings = clouds(table, 0.25 * u + 17.0 * tone, 4.0 * v, 3.1 * tone, 4.0 * footprint, 3, 0.7)[0]
        tone += 0.25 * rings
    elif kind == TILES:
        tone, mask = raster.tiles(u, v, footprint, seed)
    elif kind == CHECKER:
        tone, mask = raster.checker(u, v, footprint, seed)
    elif kind == STRIPES:
        tone, mask = raster.stripes(u, v, footprint, seed)
    elif kind == WEAVE:
        tone, mask = raster.weave(u, v, footprint, seed)
    elif kind == CELLS:
        tone, mask = raster.cells(u, v, footprint, seed)
    elif abs(ny) > 0.7:  # roofs have no windows
        tone, mask = 0.0, 0.0
    else:
        tone, mask = raster.windows(u, v, footprint, seed)
        mask *= 0.35 + 0.65 * raster.pane_of(u, v, footprint, seed)
    return two(look, min(1.0, max(0.0, tone)), mask)


@inlined
@no_type_check
def reflectance(look, table, x, y, z, nx, ny, nz, footprint):
    """Share of the light that a material gives back at a point of its body, RGB.

    Args:
        look: address of a row of `looks`.
        table: address of the noise.
        x, y, z: m, in the coordinates of the body.
        nx, ny, nz: unit normal there.
        footprint: m, width of what a pixel sees.
    """
    kind = int(entry(look, of.PATTERN))
    scale, fine = 1.0 / entry(look, SIZE), 1.0 / entry(look, GRAIN_SIZE)
    gx, gy, gz, grain = x * fine, y * fine, z * fine, entry(look, GRAIN)
    sx, sy, sz = x * scale, y * scale, z * scale
    px, py, pz, wide = (
        sx + entry(look, OFFSET),
        sy + entry(look, OFFSET + 1),
        sz + entry(look, OFFSET + 2),
        footprint * scale,
    )
    if kind == PLAIN:
        r, g, b = entry(look, COLOUR), entry(look, COLOUR + 1), entry(look, COLOUR + 2)
    else:
        if kind == NOISE:
            value, left = clouds(table, px, py, pz, wide, MOST_OCTAVES, 0.85)
            r, g, b = blurred(look, 0.5 + CLOUDINESS * value, 1.0 - left, CLOUDS_MIXED)
        elif kind == SPECKLE:
            r, g, b = speckle(look, table, px, py, pz, wide)
        elif kind == MARBLE:
            r, g, b = marble(look, table, px, py, pz, wide)
        elif kind == MEMORY:
            r, g, b = memory(look, table, px, py, pz, wide)
        elif kind == POSTER:
            u, v = flat(sx, sy, sz, nx, ny, nz)
            r, g, b = poster(look, u, v, wide, int(entry(look, SEED)))
        else:
            r, g, b = planar(look, table, sx, sy, sz, nx, ny, nz, wide)
        contrast = entry(look, CONTRAST)
        r = entry(look, MEAN) + (r - entry(look, MEAN)) * contrast
        g = entry(look, MEAN + 1) + (g - entry(look, MEAN + 1)) * contrast
        b = entry(look, MEAN + 2) + (b - entry(look, MEAN + 2)) * contrast
    if grain > 0.0:
        factor = 1.0 + grain * sand(table, gx, gy, gz, footprint * fine)
        r, g, b = r * factor, g * factor, b * factor
    return min(1.0, max(0.0, r)), min(1.0, max(0.0, g)), min(1.0, max(0.0, b))
