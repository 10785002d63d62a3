"""A bank of periodic procedural textures with mip levels.

Every texture is a square that repeats without a seam, so that a surface of any extent can be covered. The kinds span
what stereo meets: fine and coarse noise, hard edges of all sizes (dead leaves have the scale statistics of
photographs), repetition (bricks, stripes, dots) and nearly blank paint.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

SIDE = 256
"""Texels along a side of the finest level."""
LEVELS = 6
"""256, 128, ... 8 texels."""

Image = np.ndarray
Painter = Callable[[np.random.Generator], Image]


@dataclass(frozen=True)
class TextureBank:
    """All levels of all textures in one array.

    Attributes:
        texels: RGB, 8 bit; level l of texture t starts at row `start[l] + t * side_l ** 2`, row by row.
        start: first row of each level.
        count: number of textures.
    """

    texels: UInt8[Tensor, "n 3"]
    start: tuple[int, ...]
    count: int

    def to(self, device: torch.device | str) -> "TextureBank":
        """The same bank on `device`."""
        return TextureBank(self.texels.to(device), self.start, self.count)


def palette(rng: np.random.Generator, count: int) -> Image:
    """`count` RGB colours 0..255 that belong together: a few hues, many brightnesses, mostly muted."""
    base = rng.uniform(20, 235, (rng.integers(2, 6), 3))
    grey = base.mean(axis=1, keepdims=True)
    base = grey + (base - grey) * rng.uniform(0.1, 1.0)
    chosen = base[rng.integers(0, len(base), count)] * rng.uniform(0.4, 1.5, (count, 1))
    colours: Image = np.clip(chosen, 0, 255)
    return colours


def noise(rng: np.random.Generator) -> Image:
    """1/f^beta noise, colours partly correlated."""
    beta = rng.uniform(0.7, 2.0)
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    frequency[0, 0] = 1
    if rng.random() < 0.4:  # a grain direction, as in wood, brushed metal, grass
        frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None] * rng.uniform(1, 6), np.fft.rfftfreq(SIDE)[None]) + 1e-3
    planes = []
    for _ in range(4):
        spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE))) / frequency**beta
        spectrum[0, 0] = 0
        plane = np.fft.irfft2(spectrum, s=(SIDE, SIDE))
        planes.append(plane / plane.std())
    shared = planes[3][..., None]
    mixed = shared + rng.uniform(0, 0.6) * np.stack(planes[:3], axis=-1)
    canvas: Image = palette(rng, 1)[0] + rng.uniform(15, 55) * mixed
    return canvas


def wrapped(x: int, y: int, reach: int) -> Iterator[tuple[int, int]]:
    """(x, y) and its copies one side away, as far as what reaches so far can be seen inside the square."""
    for dx in (-SIDE, 0, SIDE):
        for dy in (-SIDE, 0, SIDE):
            if -reach <= x + dx < SIDE + reach and -reach <= y + dy < SIDE + reach:
                yield x + dx, y + dy


def leaves(rng: np.random.Generator) -> Image:
    """Dead leaves: opaque discs, boxes and ellipses with power-law sizes."""
    canvas = np.full((SIDE, SIDE, 3), 128, np.float32)
    count = int(rng.integers(150, 700))
    smallest = rng.uniform(1.5, 5)
    colours = palette(rng, count) if rng.random() < 0.7 else rng.uniform(0, 255, (count, 3))
    # p(r) ~ r^-3 between `smallest` and a third of the side: scale invariant
    radii = np.minimum(smallest / np.sqrt(rng.uniform(1e-4, 1, count)), SIDE / 3)
    kind = int(rng.integers(0, 4))
    for radius, colour in zip(np.sort(radii)[::-1], colours, strict=True):
        x, y = (int(v) for v in rng.integers(0, SIDE, 2))
        aspect, angle = rng.uniform(0.3, 1), rng.uniform(0, 180)
        axes = (max(int(radius), 1), max(int(radius * aspect), 1))
        shape = kind if kind < 3 else int(rng.integers(0, 3))
        for at in wrapped(x, y, int(radius) + 2):
            leaf(canvas, at, axes, angle, shape, tuple(float(c) for c in colour))
    return canvas


def leaf(
    canvas: Image, at: tuple[int, int], axes: tuple[int, int], angle: float, shape: int, paint: tuple[float, ...]
) -> None:
    """Draw an ellipse (shape 0), an upright box (1) or a turned one (2)."""
    if shape == 0:
        cv2.ellipse(canvas, at, axes, angle, 0, 360, paint, -1)
    elif shape == 1:
        cv2.rectangle(canvas, (at[0] - axes[0], at[1] - axes[1]), (at[0] + axes[0], at[1] + axes[1]), paint, -1)
    else:
        corners = cv2.boxPoints((at, (2 * axes[0], 2 * axes[1]), angle))
        cv2.fillConvexPoly(canvas, corners.astype(np.int32), paint)


def tile(image: Image, times: int) -> Image:
    """The image beside and below itself."""
    return np.tile(image, (times, times))


def grain(rng: np.random.Generator, strength: float) -> Image:
    """White noise in grey."""
    return rng.standard_normal((SIDE, SIDE, 1)) * strength


def bricks(rng: np.random.Generator) -> Image:
    """Rows of bricks or panes with joints."""
    rows = int(rng.choice([4, 8, 16, 32]))
    columns = int(rng.choice([2, 4, 8, 16]))
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    row = y * rows // SIDE
    offset = (row % 2) * rng.choice([0.0, 0.5])
    along = (x * columns / SIDE + offset) % columns
    colours = palette(rng, 1)[0] + rng.standard_normal((rows, columns, 3)) * rng.uniform(0, 40)
    canvas = colours[row, along.astype(int)]
    joint = (np.abs(along % 1 - 0.5) > 0.5 - rng.uniform(0.02, 0.12)) | (
        np.abs(y * rows / SIDE % 1 - 0.5) > 0.5 - rng.uniform(0.02, 0.15)
    )
    canvas[joint] = palette(rng, 1)[0]
    grainy: Image = canvas + grain(rng, rng.uniform(0, 8))
    return grainy


def stripes(rng: np.random.Generator) -> Image:
    """Straight or wavy stripes, hard or soft."""
    across, along = int(rng.integers(2, 24)), int(rng.integers(-3, 4))
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE * 2 * np.pi
    wave = np.sin(across * x + along * y + rng.uniform(0, 1) * np.sin(y * rng.integers(1, 4)))
    if rng.random() < 0.5:
        wave = np.tanh(wave * rng.uniform(2, 10))
    if rng.random() < 0.5:
        wave = wave.T
    first, second = palette(rng, 2)
    canvas: Image = (first + second) / 2 + wave[..., None] * (first - second) / 2 + grain(rng, rng.uniform(0, 8))
    return canvas


def dots(rng: np.random.Generator) -> Image:
    """A regular lattice of spots: the hardest repetition."""
    count = int(rng.choice([4, 8, 16, 32]))
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE * count
    radius = np.hypot(x % 1 - 0.5, y % 1 - 0.5)
    spot = np.clip((rng.uniform(0.15, 0.45) - radius) * 20, 0, 1)[..., None]
    first, second = palette(rng, 2)
    canvas: Image = first * (1 - spot) + second * spot + grain(rng, rng.uniform(0, 8))
    return canvas


def blank(rng: np.random.Generator) -> Image:
    """Paint, asphalt, plaster: hardly any contrast, at times a few scratches."""
    canvas = np.broadcast_to(palette(rng, 1)[0], (SIDE, SIDE, 3)) + grain(rng, rng.uniform(0.5, 6))
    soft = tile(rng.standard_normal((SIDE, SIDE)), 2)
    soft = cv2.GaussianBlur(soft, (0, 0), rng.uniform(8, 30))[SIDE // 2 : -SIDE // 2, SIDE // 2 : -SIDE // 2]
    canvas = np.ascontiguousarray(canvas + soft[..., None] / soft.std() * rng.uniform(0, 8), np.float32)
    for _ in range(int(rng.integers(0, 12))):
        start, end = rng.integers(0, SIDE, 2), rng.integers(0, SIDE, 2)
        shade = float(rng.uniform(-1, 1) * 30)
        layer = np.zeros((SIDE, SIDE), np.float32)
        cv2.line(layer, tuple(map(int, start)), tuple(map(int, end)), shade, int(rng.integers(1, 3)))
        canvas += layer[..., None]
    return canvas


def branches(rng: np.random.Generator) -> Image:
    """Crossing lines of all widths over noise: twigs, wires, grass."""
    canvas = np.ascontiguousarray(noise(rng), np.float32)
    for colour in palette(rng, int(rng.integers(40, 200))):
        x, y = (int(v) for v in rng.integers(0, SIDE, 2))
        dx, dy = (int(v) for v in rng.normal(0, 50, 2))
        paint, width = tuple(float(c) for c in colour), int(rng.integers(1, 5))
        for px, py in wrapped(x, y, 200):
            cv2.line(canvas, (px, py), (px + dx, py + dy), paint, width)
    return canvas


def letters(rng: np.random.Generator) -> Image:
    """Signs and posters: glyphs of all sizes on paint."""
    canvas: Image = np.clip(blank(rng), 0, 255).astype(np.uint8)  # glyphs are drawn on 8-bit images only
    alphabet = "ABCDEFGHKLMNPRSTUVXYZ0123456789#%&*+=?"
    for colour in palette(rng, int(rng.integers(15, 70))):
        x, y = (int(v) for v in rng.integers(0, SIDE, 2))
        word = "".join(rng.choice(list(alphabet), int(rng.integers(1, 6))))
        size, width = float(rng.uniform(0.3, 2.5)), int(rng.integers(1, 4))
        paint = tuple(float(c) for c in colour)
        for at in wrapped(x, y, 250):
            cv2.putText(canvas, word, at, cv2.FONT_HERSHEY_SIMPLEX, size, paint, width)
    return canvas


def speckled_leaves(rng: np.random.Generator) -> Image:
    """Dead leaves with noise on each."""
    fine = noise(rng)
    canvas: Image = leaves(rng) + (fine - fine.mean()) * rng.uniform(0.1, 0.6)
    return canvas


PAINTERS: dict[str, tuple[Painter, int]] = {
    "noise": (noise, 5),
    "leaves": (leaves, 5),
    "speckled_leaves": (speckled_leaves, 6),
    "bricks": (bricks, 3),
    "stripes": (stripes, 2),
    "dots": (dots, 1),
    "blank": (blank, 4),
    "branches": (branches, 3),
    "letters": (letters, 2),
}
"""Kind -> how it is painted and how many of each round of textures are of it."""

ROUND: tuple[str, ...] = tuple(kind for kind, (_, share) in PAINTERS.items() for _ in range(share))
"""Texture t of a bank is of kind ROUND[t % len(ROUND)]."""

BANK_SIZE = 4 * len(ROUND)
"""Textures of a bank."""


def textures_of(kinds: set[str], count: int) -> np.ndarray:
    """Numbers of the textures of some kinds in a bank of `count`."""
    unknown = kinds - set(PAINTERS)
    if unknown:
        raise ValueError(f"unknown texture kinds {sorted(unknown)}; there are {sorted(PAINTERS)}")
    return np.array([t for t in range(count) if ROUND[t % len(ROUND)] in kinds])


@lru_cache(maxsize=2)
def texture_bank(seed: int, count: int = BANK_SIZE) -> TextureBank:
    """The bank of a seed: the same textures for the same seed, on CPU, painted once a process."""
    textures = [mip_levels(paint(seed, number)) for number in range(count)]
    sizes = [count * (SIDE >> level) ** 2 for level in range(LEVELS)]
    texels = torch.from_numpy(np.concatenate([texture[level] for level in range(LEVELS) for texture in textures]))
    return TextureBank(texels=texels, start=tuple(int(s) for s in np.cumsum([0, *sizes[:-1]])), count=count)


def paint(seed: int, number: int) -> Image:
    """Texture `number` of the bank of a seed: (256 256 3) float32, 0..255."""
    painter, _ = PAINTERS[ROUND[number % len(ROUND)]]
    return np.clip(painter(np.random.default_rng([seed, number])), 0, 255).astype(np.float32)


def mip_levels(painted: Image) -> list[Image]:
    """A texture and its halved copies, as rows of 8-bit RGB."""
    levels = []
    for level in range(LEVELS):
        side = SIDE >> level
        # the mean of all the texels that fall into one, always from the finest level
        smaller = painted if level == 0 else cv2.resize(painted, (side, side), interpolation=cv2.INTER_AREA)
        levels.append(np.round(smaller).astype(np.uint8).reshape(-1, 3))
    return levels
