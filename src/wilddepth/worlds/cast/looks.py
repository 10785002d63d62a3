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


def look(material: Material) -> np.ndarray:
    """One material (COLUMNS) float64."""
    colours = np.array(material.colours, dtype=np.float64)
    offset = np.random.default_rng(material.seed).uniform(0, 100, 3)
    row = [
        float(material.pattern),
        *colours.ravel(),
        *colours.mean(axis=0),
        material.size,
        material.contrast,
        material.grain,
        material.grain_size,
        material.gloss,
        material.shininess,
        material.glow,
        float(material.seed & 0x7FFFFFFF),
        *offset,
    ]
    return np.array(row)


def looks_of(materials: Sequence[Material]) -> np.ndarray:
    """Many materials (m COLUMNS) float64."""
    return np.array([look(material) for material in materials], dtype=np.float64).reshape(-1, COLUMNS)
