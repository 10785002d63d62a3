"""Repetition out of doors: fences, columns, facades."""

import numpy as np

from wilddepth.worlds.cast.scene import Body, Material, Pattern, Scene, Still
from wilddepth.worlds.cast.scenes.assembly import Parts, pick, upright
from wilddepth.worlds.cast.scenes.repeat_kit import Kit, day, ground, walk
from wilddepth.worlds.cast.shapes import boxes, instances, joined, lathe, standing_box
from wilddepth.worlds.cast.solids import blocks, rods


def fence_scene(kit_: Kit) -> Scene:
    """A fence of pickets or bars along a path, another one or a wall behind it."""
    rng = kit_.rng
    route = walk(rng, 3.0, 0.6)
    bodies = [ground(kit_)]
    for side, reach in ((-1, rng.uniform(1.2, 2.2)), (1, rng.uniform(1.4, 3.5))):
        slant = side * rng.uniform(0.0, 0.12)
        bodies.append(_pickets(kit_, 26.0).body(Still(upright(side * reach + slant * 10, 0, 11, np.pi / 2 + slant))))
    bodies.append(_pickets(kit_, 30.0).body(Still(upright(0, 0, rng.uniform(5.5, 9)))))
    behind = standing_box(60, rng.uniform(2.2, 6.0), 0.4, z=rng.uniform(19, 28))
    bodies.append(
        Body(behind, [kit_.stuff(pick(rng, (Pattern.BRICKS, Pattern.WINDOWS)), 1.5, 1.0)], None, Still(), "wall")
    )
    return Scene(bodies, day(rng), route)


def _pickets(kit_: Kit, length: float) -> Parts:
    """One run of a fence about x = 0: boards with pointed tops, or round bars, on two rails and posts."""
    rng = kit_.rng
    height, pitch = rng.uniform(1.1, 2.0), rng.uniform(0.09, 0.18)
    x = np.arange(-length / 2, length / 2, pitch)
    look, parts = kit_.stuff(Pattern.PLANKS, 0.6), Parts("fence")
    if rng.random() < 0.5:
        low, high = np.zeros((len(x), 3)), np.zeros((len(x), 3))
        low[:, 0], high[:, 0] = x - pitch * 0.3, x + pitch * 0.3
        low[:, 1], high[:, 1], low[:, 2], high[:, 2] = -height, -0.06, -0.01, 0.01
        parts.add(boxes(low, high), look)
    else:
        foot = np.stack((x, 0 * x, 0 * x), 1)
        parts.add(rods(foot, foot - (0, height, 0), 0.011, sides=6), look)
    for lift in (0.2, height - 0.25):
        parts.add(standing_box(length, 0.07, 0.035, z=0.027, lift=lift), look)
    post = np.arange(-length / 2, length / 2 + 0.1, 2.2)
    return parts.add(
        blocks(np.stack((post, 0 * post - height / 2, 0 * post + 0.08), 1), np.array((0.09, height + 0.08, 0.09))), look
    )


def columns_scene(kit_: Kit) -> Scene:
    """A colonnade: rows of columns on plinths under a beam."""
    rng = kit_.rng
    height, radius, pitch, gap = (
        rng.uniform(3, 5),
        rng.uniform(0.16, 0.32),
        rng.uniform(1.3, 2.4),
        rng.uniform(2.2, 3.4),
    )
    stone, bodies = (
        kit_.stuff(Pattern.MARBLE, 1.2, 0.3),
        [ground(kit_, kit_.stuff(Pattern.TILES, rng.uniform(0.4, 0.9), 1.0))],
    )
    line = [
        (0, 0),
        (1.5, 0),
        (1.5, 0.25),
        (1.15, 0.32),
        (1.0, 0.4),
        (0.88, height - 0.4),
        (1.1, height - 0.25),
        (1.4, height - 0.2),
        (1.4, height),
        (0, height),
    ]
    shaft = lathe(np.array(line) * (radius, 1), 16)
    z = np.arange(2.0, 26.0, pitch)
    for row in [side * gap * (0.5 + step) for side in (-1, 1) for step in range(int(rng.integers(1, 3)))]:
        poses = np.tile(np.eye(4), (len(z), 1, 1))
        poses[:, 0, 3], poses[:, 2, 3] = row, z
        beam = standing_box(radius * 3, 0.5, 26.0, x=row, z=13.5, lift=height)
        bodies.append(Parts("column").add(joined([instances(shaft, poses), beam]), stone).body(Still()))
    end = standing_box(30, height + 2, 0.3, z=28)
    bodies.append(Body(end, [kit_.stuff(Pattern.WINDOWS, 2.5, 1.0)], None, Still(), "wall"))
    return Scene(bodies, day(rng), walk(rng, 5.0, gap - 1.9))


def windows_scene(kit_: Kit) -> Scene:
    """A street between two facades of like windows with sills, and balconies with bars."""
    rng = kit_.rng
    bodies, half = [ground(kit_, kit_.stuff(Pattern.TILES, 0.6, 0.7))], rng.uniform(3.0, 5.0)
    fronts = (upright(-half, 0, 16, -np.pi / 2), upright(half, 0, 16, np.pi / 2), upright(0, 0, rng.uniform(18, 26)))
    bodies += [_facade(kit_, 32.0).body(Still(at)) for at in fronts]
    return Scene(bodies, day(rng), walk(rng, 5.0, 1.5, 1.2))


def _facade(kit_: Kit, length: float) -> Parts:
    """A front about x = 0 that faces -Z: panes set back in frames, sills, some balconies."""
    rng = kit_.rng
    across, storey, wide = rng.uniform(1.6, 2.6), rng.uniform(2.8, 3.4), rng.uniform(0.8, 1.2)
    x, lift = np.meshgrid(np.arange(-length / 2 + across / 2, length / 2, across), np.arange(4) * storey + 0.9)
    x, lift = x.ravel(), lift.ravel()
    front, trim, pane = (
        kit_.stuff(pick(rng, (Pattern.BRICKS, Pattern.NOISE)), 0.3),
        kit_.stuff(contrast=0.2),
        kit_.pane(),
    )
    parts = Parts("building").add(standing_box(length, 4 * storey + 0.6, 0.3, z=0.15), front)

    def on_each(centre: tuple[float, float, float], size: tuple[float, float, float], look: Material) -> None:
        parts.add(blocks(np.stack((x + centre[0], -lift + centre[1], 0 * x + centre[2]), 1), np.array(size)), look)

    on_each((0, -0.75, -0.005), (wide, 1.5, 0.02), pane)
    on_each((0, 0.04, -0.06), (wide + 0.2, 0.08, 0.2), trim)
    on_each((0, -1.55, -0.03), (wide + 0.16, 0.12, 0.08), trim)
    for side in (-0.5, 0.0, 0.5):
        on_each((side * wide, -0.75, -0.03), (0.06, 1.5, 0.05), trim)
    on_each((0, -0.95, -0.03), (wide, 0.05, 0.05), trim)
    return parts
