"""Random functions of a point in space, the same for whoever looks at it.

Noise of one scale is a table: white noise of which only wavelengths near four cells are left, so that linear
interpolation is smooth and no direction stands out. It repeats after 16 wavelengths; scales are turned against each
other, so that their sum does not.
"""

from functools import cache
from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import fetch, inlined

SIDE = 64
MASK = SIDE - 1
CELLS = 4.0
"""Table cells in a wavelength."""
MOST_OCTAVES = 8
SAND_OCTAVES = 9


@cache
def noise_table() -> np.ndarray:
    """(64 64 64) float32: mean 0, periodic, wavelengths near `CELLS`; between its cells the standard deviation is 1."""
    white = np.fft.rfftn(np.random.default_rng(1).standard_normal((SIDE,) * 3))
    whole, half = np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE)
    frequency = np.sqrt(whole[:, None, None] ** 2 + whole[None, :, None] ** 2 + half**2)
    band = np.exp(-(((frequency * CELLS - 1) / 0.35) ** 2))
    band[0, 0, 0] = 0.0
    # Linear interpolation at all places of a cell, along an axis, keeps this share of the power of a wave.
    kept = [(2 + np.cos(2 * np.pi * axis)) / 3 for axis in (whole[:, None, None], whole[None, :, None], half)]
    spectrum = white * band
    power = np.fft.irfftn(np.abs(spectrum) ** 2 * kept[0] * kept[1] * kept[2], s=(SIDE,) * 3, axes=(0, 1, 2))[0, 0, 0]
    values = np.fft.irfftn(spectrum, s=(SIDE,) * 3, axes=(0, 1, 2))
    return np.ascontiguousarray(values / np.sqrt(power / SIDE**3), dtype=np.float32)


@inlined
@no_type_check
def noise(table, x, y, z):
    """Noise of wavelength 1 at a point; `table` is the address of `noise_table`."""
    x, y, z = x * CELLS, y * CELLS, z * CELLS
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    i, j, k = np.int64(fx) & MASK, np.int64(fy) & MASK, np.int64(fz) & MASK
    x, y, z = x - fx, y - fy, z - fz
    i, i1 = i * SIDE * SIDE, ((i + 1) & MASK) * SIDE * SIDE
    j, j1 = j * SIDE, ((j + 1) & MASK) * SIDE
    k1 = (k + 1) & MASK
    a = fetch(table, i + j + k)
    a += (fetch(table, i + j + k1) - a) * z
    b = fetch(table, i + j1 + k)
    b += (fetch(table, i + j1 + k1) - b) * z
    c = fetch(table, i1 + j + k)
    c += (fetch(table, i1 + j + k1) - c) * z
    d = fetch(table, i1 + j1 + k)
    d += (fetch(table, i1 + j1 + k1) - d) * z
    a += (b - a) * y
    c += (d - c) * y
    return a + (c - a) * x


@inlined
@no_type_check
def seen(footprint):
    """How much of a wave is left when a pixel covers this many wavelengths: all below a fourth, none from 0.65 on."""
    return min(1.0, max(0.0, (0.55 - footprint) * 3.0))


@inlined
@no_type_check
def turned(x, y, z):
    """A point turned about a skew axis, at twice the frequency."""
    return (
        1.6 * x + 0.96 * y - 0.72 * z,
        -1.2 * x + 1.28 * y - 0.96 * z + 31.7,
        0.0 * x + 1.2 * y + 1.6 * z + 12.3,
    )


@inlined
@no_type_check
def clouds(table, x, y, z, footprint, octaves, decay):
    """Noise of wavelengths 1, 1/2, 1/4, ... whose amplitudes fall by `decay`; what a pixel cannot show is left out.

    Returns:
        The sum, whose standard deviation is 1 where everything is seen, and the standard deviation that is left.
    """
    total, amplitude, power, shown = 0.0, 1.0, 0.0, 0.0
    for _ in range(octaves):
        power += amplitude * amplitude
        left = amplitude * seen(footprint)
        if left > 0.0:
            total += left * noise(table, x, y, z)
            shown += left * left
            x, y, z = turned(x, y, z)
        amplitude *= decay
        footprint *= 2.0
    scale = 1.0 / np.sqrt(power)
    return total * scale, np.sqrt(shown) * scale


@inlined
@no_type_check
def sand(table, x, y, z, footprint):
    """Grains of wavelength 1, as pixels of this width see them: the fewer grains in a pixel, the stronger.

    As grains lie at random, their mean over wider pixels varies too, in inverse proportion to the width: by longer
    waves of half the amplitude each. Of those that a pixel can show, the two or three shortest are taken. The standard
    deviation is 1 close by.
    """
    total, amplitude, found, rest = 0.0, 0.894, 0, 1.0
    for _ in range(SAND_OCTAVES):
        left = seen(footprint)
        if left > 0.0:
            # The third comes as the first goes.
            total += amplitude * (left if found < 2 else rest) * noise(table, x, y, z)
            rest = 1.0 - left if found == 0 else rest
            found += 1
            if found == 3 or (found == 2 and rest <= 0.0):
                break
        amplitude, footprint = 0.5 * amplitude, 0.5 * footprint
        x, y, z = 0.5 * y + 3.7, 0.5 * z + 5.1, 0.5 * x + 1.3
    return total


@inlined
@no_type_check
def hashed(i, j, seed):
    """A number 0..1 for a cell, without any relation to that of its neighbours."""
    value = np.uint32(np.int64(i)) * np.uint32(0x9E3779B1)
    value = np.uint32(value ^ (np.uint32(np.int64(j)) * np.uint32(0x85EBCA77)))
    value = np.uint32(value ^ (np.uint32(np.int64(seed)) * np.uint32(0xC2B2AE3D)))
    value = np.uint32((value ^ (value >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
    value = np.uint32((value ^ (value >> np.uint32(12))) * np.uint32(0x297A2D39))
    value = np.uint32(value ^ (value >> np.uint32(15)))
    return np.float64(value) * (1.0 / 4294967296.0)
