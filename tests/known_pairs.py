"""Pairs whose disparity is known by construction. Arrays h w c, 8 bits."""

import numpy as np


def texture(height: int, width: int, *, seed: int = 0, channels: int = 3) -> np.ndarray:
    """White noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def shifted_pair(shift: int, height: int = 48, width: int = 96, *, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Left column x shows what right column x - shift shows."""
    wide = texture(height, width + abs(shift), channels=channels)
    start = max(0, -shift)
    return wide[:, start : start + width], wide[:, start + shift : start + shift + width]


def square_pair(height: int = 64, width: int = 128, near: int = 20, far: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A near square (left columns 60..99) before a far wall; beside it the wall is hidden in the other view."""
    wall, square = texture(height, width + far), texture(32, 40, seed=1)
    left, right = wall[:, :width].copy(), wall[:, far : far + width].copy()
    left[16:48, 60:100] = square
    right[16:48, 60 - near : 100 - near] = square
    return left, right
