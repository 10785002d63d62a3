"""Materials as rows of numbers, for the inner loops."""

from collections.abc import Sequence

import numpy as np

from wilddepth.worlds.cast.scene import Material

PATTERN = 0
COLOUR = 1
"""Nine numbers: three colours."""
MEAN = 10
"""Three numbers: the mean colour."""
SIZE, CONTRAST, GRAIN, GRAIN_SIZE, GLOSS, SHININESS, GLOW, SEED = range(13, 21)
OFFSET = 21
"""Three numbers: where in the endless texture this piece is cut out."""
COLUMNS = 24


def look(material: Material) -> list[float]:
    """One material (COLUMNS)."""
    first, second, third = material.colours
    mean = [(a + b + c) / 3 for a, b, c in zip(first, second, third, strict=True)]
    # Multiples of three irrational numbers: other seeds cut other pieces out of the endless texture.
    offset = [100.0 * (material.seed * share % 1.0) for share in (0.7548776662, 0.5698402910, 0.4301597090)]
    sizes = [material.size, material.contrast, material.grain, material.grain_size]
    surface = [material.gloss, material.shininess, material.glow, float(material.seed & 0x7FFFFFFF)]
    return [float(material.pattern), *first, *second, *third, *mean, *sizes, *surface, *offset]


def looks_of(materials: Sequence[Material]) -> np.ndarray:
    """Many materials (m COLUMNS) float64."""
    rows = [look(material) for material in materials]
    return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)
