"""Flying shapes: slanted cards of all sizes in front of a backdrop; no ground, no gravity."""

import numpy as np

from wilddepth.worlds.flat.pieces import Brush, backdrop, random_rotation
from wilddepth.worlds.flat.scene import Rig, Scene, Shape, Surface

SHAPES = (Shape.BOX, Shape.BOX, Shape.BLOB, Shape.BLOB, Shape.BARS, Shape.FOLIAGE)


def flying_card(
    brush: Brush, disparity: float, size_px: tuple[float, float], tilt: float, shape: Shape | None = None
) -> Surface:
    """A slanted card whose centre is somewhere in the left view, at `disparity` px."""
    rig, rng = brush.rig, brush.rng
    z = rig.focal * rig.baseline / disparity
    column, row = rng.uniform(-0.05, 1.05) * rig.width, rng.uniform(-0.05, 1.05) * rig.height
    origin = np.array([(column - rig.centre_x) * z / rig.focal, (row - rig.centre_y) * z / rig.focal, z])
    rotation = random_rotation(rng, tilt)
    half = 0.5 * brush.log_uniform(*size_px) * z / rig.focal
    aspect = brush.log_uniform(0.12, 1.0)
    chosen = SHAPES[int(rng.integers(len(SHAPES)))] if shape is None else shape
    return brush.surface(origin, rotation[:, 0] * half, rotation[:, 1] * half * aspect, shape=chosen)


def build_flying(rng: np.random.Generator, height: int, width: int) -> Scene:
    """10 to 30 cards, disparities from 1 px to a fifth of the width."""
    focal = rng.uniform(0.7, 1.6) * width
    rig = Rig(focal, (width - 1) / 2, (height - 1) / 2, float(rng.uniform(0.1, 0.6)), height, width)
    brush = Brush(rng, rig)
    largest = brush.log_uniform(0.06, 0.22) * width
    farthest = largest * brush.uniform(0.02, 0.4)
    behind = backdrop(brush, rig.focal * rig.baseline / farthest)
    cards = [
        flying_card(brush, brush.uniform(farthest * 1.05, largest), (0.05 * width, 0.6 * width), tilt=0.9)
        for _ in range(int(rng.integers(10, 31)))
    ]
    return Scene(rig=rig, surfaces=cards, backdrop=behind)
