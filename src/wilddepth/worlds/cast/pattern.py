"""Solid textures: the reflectance of a material at a point of its body."""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast import looks as of
from wilddepth.worlds.cast import raster
from wilddepth.worlds.cast.kernel import kernel
from wilddepth.worlds.cast.noise import MOST_OCTAVES, clouds, hashed, noise, seen
from wilddepth.worlds.cast.scene import Pattern

PLAIN, NOISE, SPECKLE, BRICKS, PLANKS, TILES, CHECKER, STRIPES, MARBLE, CELLS, WINDOWS, WEAVE, POSTER, MEMORY = (
    int(pattern) for pattern in Pattern
)
COLOUR, MEAN, OFFSET = of.COLOUR, of.MEAN, of.OFFSET
SIZE, CONTRAST, GRAIN, GRAIN_SIZE, SEED, GLOW = of.SIZE, of.CONTRAST, of.GRAIN, of.GRAIN_SIZE, of.SEED, of.GLOW


@kernel
@no_type_check
def flat(x, y, z, nx, ny, nz):
    """The two coordinates of a point along the face that its normal is nearest to; v runs down where it can."""
    ax, ay, az = abs(nx), abs(ny), abs(nz)
    if ay >= ax and ay >= az:
        return x, z
    if ax >= az:
        return z, y
    return x, y


@kernel
@no_type_check
def three(looks, m, tone):
    """The colour at `tone` 0..1 on the way from the first over the second to the third."""
    tone = min(1.0, max(0.0, tone)) * 2.0
    k = 0 if tone < 1.0 else 1
    part, at = tone - k, COLOUR + 3 * k
    return (
        looks[m, at] + (looks[m, at + 3] - looks[m, at]) * part,
        looks[m, at + 1] + (looks[m, at + 4] - looks[m, at + 1]) * part,
        looks[m, at + 2] + (looks[m, at + 5] - looks[m, at + 2]) * part,
    )


@kernel
@no_type_check
def two(looks, m, tone, mask):
    """The colour at `tone` between the first two, under a share `mask` of the third."""
    rest = 1.0 - mask
    first, second = rest * (1.0 - tone), rest * tone
    return (
        looks[m, COLOUR] * first + looks[m, COLOUR + 3] * second + looks[m, COLOUR + 6] * mask,
        looks[m, COLOUR + 1] * first + looks[m, COLOUR + 4] * second + looks[m, COLOUR + 7] * mask,
        looks[m, COLOUR + 2] * first + looks[m, COLOUR + 5] * second + looks[m, COLOUR + 8] * mask,
    )


@kernel
@no_type_check
def speckle(looks, m, table, x, y, z, footprint):
    """Grains of the second and third colour in the first."""
    left = seen(footprint)
    sharp = 2.5 * left
    second = min(1.0, max(0.0, sharp * (noise(table, x, y, z) - 0.6) + 0.3)) if left > 0.0 else 0.27
    third = min(1.0, max(0.0, sharp * (noise(table, y + 5.3, z + 1.7, x) - 0.6) + 0.3)) if left > 0.0 else 0.27
    # The mean share of grains, where they are too fine to be seen.
    second, third = 0.27 + (second - 0.27) * left, 0.27 + (third - 0.27) * left
    return two(looks, m, second, third)


@kernel
@no_type_check
def marble(looks, m, table, x, y, z, footprint):
    """Veins: waves bent by noise."""
    bent = x + 0.6 * z + 0.35 * clouds(table, 0.7 * x, 0.7 * y, 0.7 * z, footprint, 6, 0.55)
    vein = abs(np.sin(3.0 * bent))
    left = seen(footprint)
    tone = 0.5 + left * (np.sqrt(vein) - 0.75) * 0.9
    return three(looks, m, tone + 0.1 * noise(table, 4.0 * y, 4.0 * x, 4.0 * z) * seen(4.0 * footprint))


@kernel
@no_type_check
def poster(looks, m, u, v, footprint, seed):
    """Blocks in random colours, bars and smaller blocks on them."""
    r, g, b = looks[m, MEAN], looks[m, MEAN + 1], looks[m, MEAN + 2]
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
            r += (hashed(column, row, place + 3) * 0.85 + 0.05 - r) * share
            g += (hashed(column, row, place + 4) * 0.85 + 0.05 - g) * share
            b += (hashed(column, row, place + 5) * 0.85 + 0.05 - b) * share
        scale *= 2.7
    return r, g, b


@kernel
@no_type_check
def memory(looks, m, table, x, y, z, footprint):
    """Three independent clouds of slowly falling amplitudes around the mean."""
    light = clouds(table, x, y, z, footprint, MOST_OCTAVES, 0.9)
    red = clouds(table, y + 3.1, z + 8.2, x, footprint, 5, 0.85)
    blue = clouds(table, z + 6.4, x + 1.9, y, footprint, 5, 0.85)
    tone = 1.0 + 0.5 * light
    r, g, b = looks[m, MEAN], looks[m, MEAN + 1], looks[m, MEAN + 2]
    return r * (tone + 0.4 * red), g * (tone - 0.2 * (red + blue)), b * (tone + 0.4 * blue)


@kernel
@no_type_check
def planar(looks, m, table, x, y, z, nx, ny, nz, footprint):
    """Patterns of a plane, with a little cloudiness so that no two cells are quite alike."""
    kind, seed = int(looks[m, of.PATTERN]), int(looks[m, SEED])
    u, v = flat(x, y, z, nx, ny, nz)
    if kind == BRICKS:
        tone, mask = raster.bricks(u, v, footprint, seed)
    elif kind == PLANKS:
        tone, mask = raster.planks(u, v, footprint, seed)
        rings = clouds(table, 0.25 * u + 17.0 * tone, 4.0 * v, 3.1 * tone, 4.0 * footprint, 3, 0.7)
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
    return two(looks, m, min(1.0, max(0.0, tone)), mask)


@kernel
@no_type_check
def reflectance(looks, m, table, x, y, z, nx, ny, nz, footprint):
    """Share of the light that the material m gives back at a point of its body, RGB.

    Args:
        x, y, z: m, in the coordinates of the body.
        nx, ny, nz: unit normal there.
        footprint: m, width of what a pixel sees.
    """
    kind = int(looks[m, of.PATTERN])
    scale, fine = 1.0 / looks[m, SIZE], 1.0 / looks[m, GRAIN_SIZE]
    gx, gy, gz, grain = x * fine, y * fine, z * fine, looks[m, GRAIN] * seen(0.5 * footprint * fine)
    sx, sy, sz = x * scale, y * scale, z * scale
    px, py, pz, wide = sx + looks[m, OFFSET], sy + looks[m, OFFSET + 1], sz + looks[m, OFFSET + 2], footprint * scale
    if kind == PLAIN:
        r, g, b = looks[m, COLOUR], looks[m, COLOUR + 1], looks[m, COLOUR + 2]
    else:
        if kind == NOISE:
            r, g, b = three(looks, m, 0.5 + 0.3 * clouds(table, px, py, pz, wide, MOST_OCTAVES, 0.85))
        elif kind == SPECKLE:
            r, g, b = speckle(looks, m, table, px, py, pz, wide)
        elif kind == MARBLE:
            r, g, b = marble(looks, m, table, px, py, pz, wide)
        elif kind == MEMORY:
            r, g, b = memory(looks, m, table, px, py, pz, wide)
        elif kind == POSTER:
            u, v = flat(sx, sy, sz, nx, ny, nz)
            r, g, b = poster(looks, m, u, v, wide, int(looks[m, SEED]))
        else:
            r, g, b = planar(looks, m, table, sx, sy, sz, nx, ny, nz, wide)
        contrast = looks[m, CONTRAST]
        r = looks[m, MEAN] + (r - looks[m, MEAN]) * contrast
        g = looks[m, MEAN + 1] + (g - looks[m, MEAN + 1]) * contrast
        b = looks[m, MEAN + 2] + (b - looks[m, MEAN + 2]) * contrast
    if grain > 0.0:
        factor = 1.0 + grain * clouds(table, gx, gy, gz, footprint * fine, 2, 0.7)
        r, g, b = r * factor, g * factor, b * factor
    return min(1.0, max(0.0, r)), min(1.0, max(0.0, g)), min(1.0, max(0.0, b))
