"""Sun and sky, and what stands between them and the horizon where glossy surfaces mirror it."""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import entry, inlined
from wilddepth.worlds.cast.noise import clouds
from wilddepth.worlds.cast.scene import Light

ZENITH, HORIZON, GROUND, CLOUDS, CLOUD_SEED, SUN, SUN_COLOUR, DAYLIGHT, ABOVE = 0, 3, 6, 9, 10, 11, 14, 17, 18
SURROUNDINGS = 21
"""Places in a row."""
LUMA = np.array([0.2126, 0.7152, 0.0722])
BLUENESS = 0.5
"""How much of the sky's colour is left in what lights a surface from above: some of that light has met other things."""
SKYLINE, WALLS = 1.7, 4.0
"""Waves to a radian: of the skyline, and of what stands below it."""
DISC = 0.99996
"""Cosine of the sun's radius, a little larger than it is."""


def air_of(light: Light) -> np.ndarray:
    """Sun and sky as one row (22) float64."""
    sun = light.sun
    sunny = [*sun.direction, *sun.colour, 1.0] if sun else [0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    seed = float(light.seed & 0xFFFF)
    above = 0.6 * np.array(light.zenith) + 0.4 * np.array(light.horizon)
    above = BLUENESS * above + (1 - BLUENESS) * (above @ LUMA)
    sky = [*light.zenith, *light.horizon, *light.ground, light.clouds, seed]
    return np.array([*sky, *sunny, *above, light.surroundings], dtype=np.float64)


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
            halo = (0.15 * np.exp((towards - 1.0) * 300.0) + (8.0 if towards > DISC else 0.0)) * (1.0 - 0.8 * share)
            r += entry(air, SUN_COLOUR) * halo
            g += entry(air, SUN_COLOUR + 1) * halo
            b += entry(air, SUN_COLOUR + 2) * halo
    return r, g, b


@inlined
@no_type_check
def from_around(air, ny):
    """Irradiance of a face whose normal goes down by ny, from the sky above and the ground below."""
    up = 0.5 - 0.5 * ny
    return (
        entry(air, GROUND) + (entry(air, ABOVE) - entry(air, GROUND)) * up,
        entry(air, GROUND + 1) + (entry(air, ABOVE + 1) - entry(air, GROUND + 1)) * up,
        entry(air, GROUND + 2) + (entry(air, ABOVE + 2) - entry(air, GROUND + 2)) * up,
    )


@inlined
@no_type_check
def mirrored_light(air, table, dx, dy, dz, footprint):
    """Light that comes from a unit direction to what mirrors it: sky, a skyline of houses and trees, or ground.

    They are endlessly far away: both views see them at the same place in a flat mirror. `footprint` in radians.
    """
    height = entry(air, SURROUNDINGS)
    if height <= 0.0 or dy > 0.0:
        return sky_gradient(air, dy)
    level = np.sqrt(dx * dx + dz * dz) + 1e-9
    ax, az, shift = dx / level, dz / level, entry(air, CLOUD_SEED) * 0.73
    rough = clouds(table, SKYLINE * ax + shift, shift, SKYLINE * az, SKYLINE * footprint, 5, 0.6)[0]
    if -dy > height * (1.0 + 0.6 * rough) * level:
        return sky_light(air, table, dx, dy, dz, footprint)
    # Walls, windows, trunks: of about the brightness of the ground, finer than the skyline, lit from the side.
    up, fine = -WALLS * dy / level, WALLS * footprint
    tone = clouds(table, WALLS * ax, up + shift, WALLS * az, fine, 4, 0.7)[0]
    tint = clouds(table, 0.3 * WALLS * ax, 0.3 * up, 0.3 * WALLS * az + shift, 0.3 * fine, 2, 0.5)[0]
    share, warm = max(0.04, 0.3 + 0.28 * tone), 1.0 + 0.15 * tint
    r, g, b = from_around(air, 0.0)
    return r * share * warm, g * share, b * share / max(0.5, warm)
