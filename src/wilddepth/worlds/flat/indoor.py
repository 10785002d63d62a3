"""Rooms: floor, walls, ceiling, turned boxes and clutter, near objects with large disparities."""

import numpy as np

from wilddepth.worlds.flat.flying import flying_card
from wilddepth.worlds.flat.pieces import Brush, backdrop, block, upright
from wilddepth.worlds.flat.scene import Rig, Scene, Shape, Surface


def walls(brush: Brush, half_width: float, floor: float, ceiling: float, depth: float) -> list[Surface]:
    """The inside of a box around the camera."""
    tall, middle = floor - ceiling, (floor + ceiling) / 2
    flat, upward, along = (half_width, 0, 0), (0, tall / 2, 0), (0, 0, depth / 2)
    ground = brush.surface((0, floor, depth / 2), flat, along, texel_px=(0.7, 6))
    turned = (half_width, 0, brush.uniform(-0.5, 0.5))
    ahead = brush.surface((0, middle, depth), turned, upward, texel_px=(0.7, 8))
    sides = [brush.surface((x, middle, depth / 2), along, upward, texel_px=(0.7, 8)) for x in (-half_width, half_width)]
    pieces = [ground, ahead, *sides]
    if brush.chance(0.7):
        pieces.append(brush.surface((0, ceiling, depth / 2), flat, along, kinds={"blank", "noise"}))
    return pieces


def build_indoor(rng: np.random.Generator, height: int, width: int) -> Scene:
    """A room with furniture and clutter."""
    focal = float(rng.uniform(0.7, 1.5)) * width
    rig = Rig(
        focal,
        width * float(rng.uniform(0.2, 0.8)),
        height * float(rng.uniform(0.2, 0.8)),
        float(rng.uniform(0.06, 0.25)),
        height,
        width,
    )
    brush = Brush(rng, rig)
    floor, ceiling = brush.uniform(0.5, 1.6), -brush.uniform(0.8, 2)
    half_width, depth = brush.uniform(1.2, 4), brush.uniform(2.5, 9)
    pieces = walls(brush, half_width, floor, ceiling, depth)
    for _ in range(int(rng.integers(3, 9))):
        x, z = brush.uniform(-1, 1) * half_width, brush.uniform(0.25, 0.85) * depth
        size = brush.log_uniform(0.15, 1.5), brush.log_uniform(0.15, 1.5), brush.log_uniform(0.15, 1.5)
        foot = floor if brush.chance(0.7) else brush.uniform(min(ceiling + size[1], floor), floor)
        pieces += block(brush, x, foot, z, size, yaw=brush.uniform(-1.5, 1.5))
    for _ in range(int(rng.integers(0, 6))):
        x, z = brush.uniform(-1, 1) * half_width, brush.uniform(0.25, 0.9) * depth
        shape = Shape(int(rng.integers(0, 4)))
        pieces.append(upright(brush, x, floor, z, brush.log_uniform(0.03, 0.8), brush.log_uniform(0.2, 2), shape=shape))
    largest = min(rig.focal * rig.baseline / (0.2 * depth), 0.25 * width)
    pieces += [
        flying_card(brush, brush.uniform(0.3, 1) * largest, (0.04 * width, 0.3 * width), tilt=1.0)
        for _ in range(int(rng.integers(0, 8)))
    ]
    return Scene(rig=rig, surfaces=pieces, backdrop=backdrop(brush, depth * brush.uniform(1.05, 3)))
