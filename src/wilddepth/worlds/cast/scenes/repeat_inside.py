"""Repetition indoors: blinds, tiles, shelves."""

import numpy as np

from wilddepth.worlds.cast.scene import Body, Pattern, Route, Scene, Still
from wilddepth.worlds.cast.scenes.assembly import Parts, pick, upright
from wilddepth.worlds.cast.scenes.repeat_kit import Kit, ground, inside, walk
from wilddepth.worlds.cast.scenes.room import Opening, blinds, outside, room, shell
from wilddepth.worlds.cast.shapes import joined, quads, standing_box
from wilddepth.worlds.cast.solids import blocks


def blinds_scene(kit_: Kit) -> Scene:
    """An office whose windows all have blinds."""
    rng = kit_.rng
    width, length, height = rng.uniform(4, 6), rng.uniform(6, 9), rng.uniform(2.6, 3.1)
    place_, wide = room(width, length, height), rng.uniform(0.9, 1.4)
    pitch, drop = rng.uniform(0.04, 0.07), rng.uniform(0.9, 1.35)
    slats = blinds(kit_, wide - 0.02, drop, pitch)
    slats.looks = [kit_.stuff(contrast=0.2)] * len(slats.meshes)
    for wall in place_.walls[:3]:
        for u in np.arange(-wall.width / 2 + 0.25 + wide / 2, wall.width / 2 - wide / 2 - 0.2, wide + 0.2):
            wall.pierce(Opening(float(u) - wide / 2, float(u) + wide / 2, 0.9, 2.3))
    walls = [body for body in shell(kit_, place_, look=kit_.stuff(size=3.0, contrast=0.2)) if body.kind in SHELL]
    openings = [(wall, o) for wall in place_.walls for o in wall.openings]
    bodies = [slats.body(Still(wall.frame @ upright((o.left + o.right) / 2, -2.28, -0.035))) for wall, o in openings]
    for wall in place_.walls[:3]:
        bodies += outside(kit_, wall, rng.uniform(0.6, 1.2))
    light, lamps = inside(rng, height, np.array([length * 0.4]))
    x = rng.uniform(-0.2, 0.2, 2) * width
    points = np.array([(x[0], 0, 0.6), (x[1], 0, 0.4 * length)])
    gaze = (rng.uniform(-0.4, 0.4) * width, -1.3, length)
    return Scene([*_own(kit_, walls), *bodies], light, Route(points, 0.5, 1.2, 1.7, 0.12, gaze), lamps)


SHELL = ("floor", "ceiling", "wall", "window", "door")


def _own(kit_: Kit, bodies: list[Body]) -> list[Body]:
    """The same bodies in stuff of the held-out palettes."""
    return [
        Body(b.mesh, [kit_.stuff(contrast=0.3) for _ in b.materials], b.material_of, b.motion, b.kind) for b in bodies
    ]


def tiles_scene(kit_: Kit) -> Scene:
    """A passage or a bath with tiles on all sides and square pillars."""
    rng = kit_.rng
    width, length, height = rng.uniform(2.8, 5), rng.uniform(7, 14), rng.uniform(2.5, 3.2)
    wall = kit_.stuff(Pattern.TILES, rng.uniform(0.08, 0.25), 1.0, rng.uniform(0, 0.3))
    ground = kit_.stuff(pick(rng, (Pattern.TILES, Pattern.CHECKER)), rng.uniform(0.15, 0.5), 1.0, rng.uniform(0, 0.2))
    bodies = []
    for body in shell(kit_, room(width, length, height), look=wall, skirting=False):
        looks = {"floor": [ground], "wall": [wall]}.get(body.kind, [kit_.stuff(size=3.0, contrast=0.2)])
        bodies.append(Body(body.mesh, looks, None, body.motion, body.kind))
    z = np.arange(rng.uniform(1.5, 2.5), length - 0.4, rng.uniform(1.5, 2.6))
    pillars = [
        standing_box(0.35, height, 0.35, x=side * (width / 2 - 0.175), z=float(k)) for k in z for side in (-1, 1)
    ]
    look = kit_.stuff(Pattern.TILES, 0.117, 1.0, 0.1)
    bodies.append(Parts("column").add(joined(pillars), look).body(Still()))
    light, lamps = inside(rng, height, z)
    points = np.array([(rng.uniform(-0.4, 0.4), 0, 0.6), (rng.uniform(-0.4, 0.4), 0, 0.35 * length)])
    return Scene(bodies, light, Route(points, 0.8, 1.2, 1.7, 0.12), lamps)


def shelves_scene(kit_: Kit) -> Scene:
    """A store: an aisle between racks full of like boxes."""
    rng = kit_.rng
    height, gap, length = rng.uniform(2.4, 3.6), rng.uniform(1.8, 2.6), 14.0
    bodies = [ground(kit_, kit_.stuff(Pattern.NOISE, 2.0, 0.3, 0.1))]
    turned = [upright(side * (gap / 2 + 0.35), 0, 7.5, side * np.pi / 2) for side in (-1, 1)]
    bodies += [_rack(kit_, length, height).body(Still(at)) for at in turned]
    bodies.append(_rack(kit_, gap + 3, height).body(Still(upright(0, 0, 15.5))))
    for side in (-1, 1):
        wall = standing_box(0.1, height + 1.2, 30, x=side * (gap / 2 + 0.8), z=10)
        bodies.append(Body(wall, [kit_.stuff(size=3.0, contrast=0.3)], None, Still(), "wall"))
    back = standing_box(20, height + 1.2, 0.1, z=16.0)
    bodies.append(Body(back, [kit_.stuff(size=3.0, contrast=0.3)], None, Still(), "wall"))
    lid = quads(
        np.array(
            [[(-20, -height - 1.2, -5), (20, -height - 1.2, -5), (20, -height - 1.2, 30), (-20, -height - 1.2, 30)]]
        )
    )
    bodies.append(Body(lid, [kit_.stuff(Pattern.STRIPES, 0.8)], None, Still(), "ceiling"))
    light, lamps = inside(rng, height + 1.0, np.array([1.5, 5.0, 9.0, 13.0]))
    return Scene(bodies, light, walk(rng, 4.5, gap - 1.5), lamps)


def _rack(kit_: Kit, length: float, height: float) -> Parts:
    """Posts, boards, and on each board a row of boxes of one kind, about x = 0, front towards -Z."""
    rng, steel = kit_.rng, kit_.stuff(contrast=0.2)
    levels, posts = (
        np.linspace(0.12, height - 0.5, int(rng.integers(4, 6))),
        np.arange(-length / 2, length / 2 + 0.1, 1.75),
    )
    parts = Parts("shelf").add(
        blocks(np.stack((0 * levels, -levels, 0 * levels), 1), np.array((length, 0.05, 0.7))), steel
    )
    for z in (-0.33, 0.33):
        parts.add(
            blocks(np.stack((posts, 0 * posts - height / 2, 0 * posts + z), 1), np.array((0.06, height, 0.06))), steel
        )
    for level in levels:
        pitch = rng.uniform(0.28, 0.55)
        x = np.arange(-length / 2 + pitch, length / 2 - pitch / 2, pitch)
        high = min((levels[1] - levels[0]) * 0.8, pitch * rng.uniform(0.6, 1.1))
        carton = kit_.stuff(pick(rng, (Pattern.NOISE, Pattern.PLAIN)), 0.3, 0.3)
        parts.add(
            blocks(np.stack((x, 0 * x - level - 0.025 - high / 2, 0 * x), 1), np.array((pitch * 0.86, high, 0.55))),
            carton,
        )
        label = np.stack((x, 0 * x - level - 0.025 - high * 0.6, 0 * x - 0.276), 1)
        parts.add(blocks(label, np.array((pitch * 0.4, high * 0.3, 0.002))), kit_.stuff(Pattern.STRIPES, 0.03, 1.0))
    return parts
