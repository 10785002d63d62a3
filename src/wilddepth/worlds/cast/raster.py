"""Regular patterns of a plane: bricks, boards, tiles, checks, stripes, windows, weave, blocks.

Every edge is as wide as a pixel's footprint, and what is finer than the footprint fades into its mean. Coordinates and
footprints are in cells of the pattern; `u` runs along, `v` down. Each function gives (tone, mask): `tone` 0..1 chooses
between the first two colours, `mask` 0..1 is the share of the third (joints, frames, panes).
"""

from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.kernel import inlined
from wilddepth.worlds.cast.noise import hashed


@inlined
@no_type_check
def covered(distance, footprint):
    """Share of a pixel that lies inside an edge: `distance` inward, both in cells."""
    return min(1.0, max(0.0, distance / max(footprint, 1e-6) + 0.5))


@inlined
@no_type_check
def calm(footprint):
    """1 where single cells can be told apart, 0 where many lie in one pixel."""
    return min(1.0, max(0.0, 1.6 - 1.6 * footprint))


@inlined
@no_type_check
def joint(u, v, width, height, joint_width, footprint):
    """Share of joints around a cell of this size, at (u, v) inside it."""
    inward = min(min(u, width - u), min(v, height - v)) - 0.5 * joint_width
    share = 1.0 - covered(inward, footprint)
    mean = min(1.0, joint_width / width + joint_width / height)
    clear = calm(footprint / min(width, height))
    return mean + (share - mean) * clear


@inlined
@no_type_check
def bricks(u, v, footprint, seed):
    """Rows of a third of a length, each shifted by half a brick."""
    row = np.floor(v * 3.0)
    shifted = u + 0.5 * (np.int64(row) & 1)
    column = np.floor(shifted)
    tone = 0.5 + (hashed(column, row, seed) - 0.5) * calm(footprint)
    return tone, joint(shifted - column, v - row / 3.0, 1.0, 1.0 / 3.0, 0.05, footprint)


@inlined
@no_type_check
def tiles(u, v, footprint, seed):
    """Squares with joints."""
    column, row = np.floor(u), np.floor(v)
    tone = 0.5 + (hashed(column, row, seed) - 0.5) * calm(footprint)
    return tone, joint(u - column, v - row, 1.0, 1.0, 0.04, footprint)


@inlined
@no_type_check
def planks(u, v, footprint, seed):
    """Boards one cell wide and about nine long, with dark gaps; the tone is that of the board."""
    row = np.floor(v)
    shifted = u / 9.0 + hashed(row, 7, seed)
    column = np.floor(shifted)
    tone = 0.5 + (hashed(column, row, seed) - 0.5) * calm(footprint)
    return tone, joint((shifted - column) * 9.0, v - row, 9.0, 1.0, 0.03, footprint)


@inlined
@no_type_check
def wave(position, footprint):
    """A square wave of period 2 and values -1, 1, as a pixel of this width sees it."""
    inside = position - 2.0 * np.floor(position * 0.5)
    edge = min(min(inside, abs(1.0 - inside)), 2.0 - inside)
    sign = 1.0 if inside < 1.0 else -1.0
    return sign * min(1.0, 2.0 * edge / max(footprint, 1e-6)) * calm(footprint)


@inlined
@no_type_check
def checker(u, v, footprint, seed):
    """Two colours in turn."""
    return 0.5 + 0.5 * wave(u, footprint) * wave(v, footprint), 0.0


@inlined
@no_type_check
def stripes(u, v, footprint, seed):
    """Stripes along v: the first two colours in turn, every fourth with a line of the third."""
    tone = 0.5 + 0.5 * wave(u, footprint)
    inside = u * 0.25 - np.floor(u * 0.25)
    line = covered(0.03 - abs(inside - 0.3), footprint * 0.25)
    return tone, 0.06 + (line - 0.06) * calm(footprint * 0.5)


@inlined
@no_type_check
def windows(u, v, footprint, seed):
    """A facade: panes (third colour) in frames (second) in a wall (first); see `lit` for single panes."""
    column, row = np.floor(u), np.floor(v)
    x, y = abs(u - column - 0.5), abs(v - row - 0.5)
    frame = covered(min(0.33 - x, 0.36 - y), footprint)
    bar = min(abs(x), abs(v - row - 0.38))
    pane = covered(min(min(0.29 - x, 0.32 - y), bar - 0.02), footprint)
    clear = calm(footprint)
    frame, pane = 0.47 + (frame - 0.47) * clear, 0.33 + (pane - 0.33) * clear
    return frame, pane


@inlined
@no_type_check
def pane_of(u, v, footprint, seed):
    """A number 0..1 of the pane at (u, v); 0.5 where panes cannot be told apart."""
    return 0.5 + (hashed(np.floor(u), np.floor(v), seed + 3) - 0.5) * calm(footprint)


@inlined
@no_type_check
def weave(u, v, footprint, seed):
    """Threads over and under each other."""
    column, row = np.floor(u), np.floor(v)
    over = (np.int64(column) + np.int64(row)) & 1
    along = (v - row if over else u - column) - 0.5
    across = (u - column if over else v - row) - 0.5
    clear = calm(footprint)
    height = (1.0 - 2.0 * along * along) * (1.0 - 3.2 * across * across)
    tone = 0.5 + (float(over) - 0.5) * clear
    return tone, 0.25 + (max(0.0, 1.0 - height) - 0.25) * clear


@inlined
@no_type_check
def cells(u, v, footprint, seed):
    """Irregular cells: tone of the nearest of the random points, mask on the rims between two."""
    column, row = np.floor(u), np.floor(v)
    first, second, tone = 9.0, 9.0, 0.0
    for i in range(-1, 2):
        for j in range(-1, 2):
            ci, cj = column + i, row + j
            x = ci + 0.5 + 0.8 * (hashed(ci, cj, seed) - 0.5) - u
            y = cj + 0.5 + 0.8 * (hashed(ci, cj, seed + 1) - 0.5) - v
            distance = x * x + y * y
            if distance < first:
                first, second, tone = distance, first, hashed(ci, cj, seed + 2)
            elif distance < second:
                second = distance
    rim = 0.5 * (np.sqrt(second) - np.sqrt(first))
    clear = calm(footprint)
    share = 1.0 - covered(rim - 0.04, max(footprint, 0.03))
    return 0.5 + (tone - 0.5) * clear, 0.15 + (share - 0.15) * clear
