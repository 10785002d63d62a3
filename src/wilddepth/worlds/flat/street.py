"""Street-like scenes: a ground seen by a level camera, facades, boxes, poles, crowns, fences, people."""

import numpy as np

from wilddepth.worlds.flat.flying import flying_card
from wilddepth.worlds.flat.pieces import Brush, backdrop, block, upright
from wilddepth.worlds.flat.scene import Rig, Scene, Shape, Surface

GROUND = {"noise", "blank", "bricks", "speckled_leaves", "branches"}
FACADE = {"bricks", "leaves", "speckled_leaves", "noise", "stripes", "letters", "blank", "dots"}
SKY = {"blank", "noise"}


def street_rig(rng: np.random.Generator, height: int, width: int) -> tuple[Rig, float]:
    """A window of a driving camera's image, and the camera's height above the ground, m.

    The window is cut anywhere from a wider image, so the principal point may lie outside it.
    """
    focal = float(rng.uniform(380, 900))
    camera_height = float(rng.uniform(1.1, 2.3))
    # rows below the horizon times baseline / height is the disparity of the ground: a third for KITTI
    baseline = camera_height * float(rng.uniform(0.15, 0.45))
    centre_x = width * float(rng.uniform(-0.25, 1.25))
    centre_y = height * float(rng.uniform(0.05, 0.65))
    return Rig(focal, centre_x, centre_y, baseline, height, width), camera_height


def ground(brush: Brush, level: float) -> list[Surface]:
    """The plane, a carriageway, markings and kerbs."""
    lean = brush.uniform(-0.02, 0.02)
    pieces = [
        brush.surface((0, level, 150), (120, 120 * lean, 0), (0, 0, 150), kinds=GROUND, texel_px=(0.7, 6), distance=9)
    ]
    left, right = brush.uniform(-9, -2.5), brush.uniform(2.5, 9)
    middle, half = (left + right) / 2, (right - left) / 2
    pieces.append(
        brush.surface(
            (middle, level - 0.01, 150),
            (half, half * lean, 0),
            (0, 0, 150),
            kinds=GROUND,
            texel_px=(0.7, 8),
            distance=9,
        )
    )
    for _ in range(int(brush.rng.integers(0, 5))):  # markings, patches, shadows
        x, z = brush.uniform(left, right), brush.uniform(4, 40)
        size = brush.log_uniform(0.1, 2.5), brush.log_uniform(0.5, 12)
        pieces.append(
            brush.surface(
                (x, level - 0.02, z),
                (size[0] / 2, size[0] / 2 * lean, 0),
                (0, 0, size[1] / 2),
                kinds=GROUND,
                distance=9,
            )
        )
    return pieces


def facades(brush: Brush, level: float) -> list[Surface]:
    """Rows of walls on both sides, with gaps and front faces."""
    pieces: list[Surface] = []
    for side in (-1, 1):
        if brush.chance(0.25):
            continue
        z, x = brush.uniform(3, 20), side * brush.uniform(4, 14)
        while z < 90 and len(pieces) < 12:
            length, tall, deep = brush.uniform(5, 25), brush.log_uniform(1.5, 14), brush.uniform(3, 10)
            outer = x + side * deep / 2
            pieces += block(brush, outer, level, z, (deep, tall, length), kinds=FACADE, texel_px=(0.6, 5))[:3]
            z += length + (brush.uniform(0, 10) if brush.chance(0.5) else 0)
            x += side * brush.uniform(-1, 1.5)
    return pieces


def cars(brush: Brush, level: float) -> list[Surface]:
    """Two-storey boxes: body and a narrower cabin with darker panes."""
    pieces: list[Surface] = []
    for _ in range(int(brush.rng.integers(0, 6))):
        z = brush.log_uniform(4, 45)
        x = brush.uniform(1.5, 8) * brush.rng.choice([-1, 1])
        yaw = brush.uniform(-0.15, 0.15) if brush.chance(0.7) else brush.uniform(-1.5, 1.5)
        size = brush.uniform(1.5, 2.2), brush.uniform(0.7, 1.1), brush.uniform(3, 5)
        pieces += block(brush, x, level - 0.15, z, size, yaw, texel_px=(1, 8))
        cabin = size[0] * 0.85, brush.uniform(0.4, 0.8), size[2] * 0.55
        pieces += block(
            brush, x, level - 0.15 - size[1], z + size[2] * 0.2, cabin, yaw, kinds={"blank", "noise", "leaves"}
        )
    return pieces


def tree(brush: Brush, level: float) -> list[Surface]:
    """A trunk and crowns in several depths."""
    x, z = brush.uniform(2, 14) * brush.rng.choice([-1, 1]), brush.log_uniform(4, 50)
    tall = brush.uniform(1.5, 5)
    pieces = [upright(brush, x, level, z, brush.uniform(0.12, 0.5), tall, kinds={"noise", "branches", "blank"})]
    for _ in range(int(brush.rng.integers(1, 4))):
        radius = brush.uniform(0.6, 2.5)
        at = (
            x + brush.uniform(-0.7, 0.7),
            level - tall - radius * brush.uniform(0.2, 0.8),
            z + brush.uniform(-0.8, 0.8),
        )
        shape = Shape.FOLIAGE if brush.chance(0.7) else Shape.BLOB
        pieces.append(
            brush.surface(
                at, (radius, 0, 0), (0, radius * brush.uniform(0.6, 1.2), 0), shape=shape, texel_px=(0.5, 2.5)
            )
        )
    return pieces


def street_furniture(brush: Brush, level: float) -> list[Surface]:
    """Poles, signs, people, bushes, fences."""
    pieces: list[Surface] = []
    for _ in range(int(brush.rng.integers(1, 8))):
        x, z = brush.uniform(1.5, 9) * brush.rng.choice([-1, 1]), brush.log_uniform(3.5, 40)
        kind = brush.rng.integers(0, 5)
        if kind == 0:
            tall = brush.uniform(2, 7)
            pieces.append(upright(brush, x, level, z, brush.uniform(0.06, 0.3), tall))
            if brush.chance(0.6):
                board = brush.uniform(0.3, 1.2)
                pieces.append(upright(brush, x, level - tall + board, z - 0.05, board, board * brush.uniform(0.5, 1.2)))
        elif kind == 1:
            pieces.append(
                upright(brush, x, level, z, brush.uniform(0.4, 0.8), brush.uniform(1.4, 1.9), shape=Shape.BLOB)
            )
        elif kind == 2:
            width, tall = brush.uniform(0.8, 4), brush.uniform(0.5, 1.8)
            pieces.append(upright(brush, x, level, z, width, tall, shape=Shape.FOLIAGE, texel_px=(0.5, 2)))
        elif kind == 3:
            long, tall = brush.uniform(2, 8), brush.uniform(0.7, 2)
            pieces.append(
                brush.surface(
                    (x, level - tall / 2, z + long), (0.3, 0, long), (0, tall / 2, 0), shape=Shape.BARS, distance=z
                )
            )
        else:
            pieces.append(upright(brush, x, level, z, brush.uniform(1, 5), brush.uniform(0.7, 2), shape=Shape.BARS))
    return pieces


def skyline(brush: Brush, level: float) -> list[Surface]:
    """Far cards at the horizon: houses, hills, woods."""
    pieces = []
    for _ in range(int(brush.rng.integers(1, 6))):
        z = brush.log_uniform(45, 250)
        shape = Shape.BOX if brush.chance(0.6) else Shape.BLOB
        tall = brush.log_uniform(3, 20)
        pieces.append(
            upright(brush, brush.uniform(-1, 1) * z, level, z, brush.log_uniform(0.2, 1.5) * z, tall, shape=shape)
        )
    return pieces


def build_street(
    rng: np.random.Generator, height: int, width: int, *, darkness: float = 0.0, contrast: float = 1.0
) -> Scene:
    """A street, a few stray cards at times."""
    rig, level = street_rig(rng, height, width)
    brush = Brush(rng, rig, darkness=darkness, contrast=contrast)
    pieces = ground(brush, level) + skyline(brush, level) + facades(brush, level) + cars(brush, level)
    for _ in range(int(rng.integers(0, 5))):
        pieces += tree(brush, level)
    pieces += street_furniture(brush, level)
    if brush.chance(0.25):
        nearest = 0.12 * width
        pieces += [
            flying_card(brush, brush.uniform(3, nearest), (0.03 * width, 0.25 * width), tilt=0.8)
            for _ in range(int(rng.integers(1, 5)))
        ]
    sky = backdrop(brush, 5e3 if brush.chance(0.75) else brush.uniform(80, 400), kinds=SKY)
    return Scene(rig=rig, surfaces=pieces, backdrop=sky)
