"""Pairs whose disparity is known by construction. Arrays h w c, 8 bits."""

import numpy as np


def texture(height: int, width: int, *, seed: int = 0, channels: int = 3, side: int = 1) -> np.ndarray:
    """Squares of noise; those of `side` > 1 can still be told apart at 1/side of the size."""
    rows, columns = -(-height // side), -(-width // side)
    noise = np.random.default_rng(seed).integers(0, 256, (rows, columns, channels), dtype=np.uint8)
    return noise.repeat(side, axis=0).repeat(side, axis=1)[:height, :width]


def shifted_pair(shift: int, height: int = 48, width: int = 96, *, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Left column x shows what right column x - shift shows."""
    wide = texture(height, width + abs(shift), channels=channels)
    start = max(0, -shift)
    return wide[:, start : start + width], wide[:, start + shift : start + shift + width]


def square_pair(width: int = 128, *, near: int = 20, far: int = 4, scale: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A near square (left columns 60..99, rows 16..47 of 64) before a far wall, beside which wall is hidden.

    `scale` enlarges everything but the disparities; `width` is that of the enlarged images.
    """
    height, left_edge, side = 64 * scale, 60 * scale, scale
    wall, square = texture(height, width + far, side=side), texture(32 * scale, 40 * scale, seed=1, side=side)
    rows, columns = slice(16 * scale, 48 * scale), np.arange(left_edge, left_edge + 40 * scale)
    left, right = wall[:, :width].copy(), wall[:, far : far + width].copy()
    left[rows, columns] = square
    right[rows, columns - near] = square
    return left, right
