"""Repetition, held out from training: fences, blinds, tiles, columns, windows, shelves with like boxes.

Its palettes and its texture seeds are its own: no scene for training draws from them.
"""

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Body, Lamp, Light, Material, Pattern, Route, Scene, Still, Sun
from wilddepth.worlds.cast.scenes.assembly import Parts, pick
from wilddepth.worlds.cast.scenes.finishes import SEEDS, Finishes, linear
from wilddepth.worlds.cast.scenes.room import Opening, blinds, outside, room, shell
from wilddepth.worlds.cast.shapes import boxes, instances, joined, lathe, place, quads, standing_box
from wilddepth.worlds.cast.solids import blocks, rods

PALETTES: tuple[tuple[RGB, RGB, RGB], ...] = tuple(
    (linear(a), linear(b), linear(c))
    for a, b, c in (
        ((0.78, 0.71, 0.55), (0.66, 0.58, 0.43), (0.36, 0.33, 0.29)),
        ((0.34, 0.47, 0.45), (0.47, 0.58, 0.53), (0.86, 0.85, 0.78)),
        ((0.61, 0.29, 0.21), (0.72, 0.42, 0.31), (0.83, 0.78, 0.70)),
        ((0.23, 0.30, 0.42), (0.33, 0.41, 0.52), (0.75, 0.77, 0.78)),
        ((0.87, 0.85, 0.80), (0.79, 0.78, 0.74), (0.52, 0.53, 0.53)),
        ((0.45, 0.40, 0.22), (0.56, 0.52, 0.31), (0.88, 0.82, 0.60)),
        ((0.55, 0.36, 0.45), (0.66, 0.49, 0.55), (0.90, 0.84, 0.83)),
    )
)
"""Sand, sage, terracotta, slate, chalk, olive, plum."""


class Kit(Finishes):
    """Materials of the held-out palettes and seeds."""

    def stuff(self, pattern: Pattern = Pattern.NOISE, size: float = 0.5, contrast: float = 0.5, gloss: float = 0.0) -> Material:
        """A material of any palette."""
        colours = pick(self.rng, PALETTES)
        return self.made(pattern, colours, size, contrast=contrast, grain=self.rng.uniform(0, 0.1), gloss=gloss)


def kit(rng: np.random.Generator) -> Kit:
    """The maker of materials for a repetitive scene."""
    return Kit(rng, hues=(0.0, 1.0), first_seed=SEEDS)


def build_repetitive(rng: np.random.Generator, kind: str | None = None) -> Scene:
    """Things that repeat, which mislead matching: held out.

    Args:
        rng: gives the whole scene.
        kind: one of `KINDS`; None = any.

    Raises:
        ValueError: when there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no repetitive scene of kind {kind!r}; there are {', '.join(KINDS)}")
    return KINDS[kind or pick(rng, tuple(KINDS))](kit(rng))


def _walk(rng: np.random.Generator, reach: float, free: float, speed: float = 0.8) -> Route:
    x = rng.uniform(-0.5, 0.5, 2) * free
    return Route(np.array([(x[0], 0, 0), (x[1], 0, reach)]), speed, low=1.2, high=1.75, sway=0.12)


def _ground(kit_: Kit, look: Material | None = None) -> Body:
    mesh = quads(np.array([[(-40, 0, -5), (-40, 0, 70), (40, 0, 70), (40, 0, -5)]], float))
    return Body(mesh, [look or kit_.stuff(Pattern.SPECKLE, 0.03)], None, Still(), "ground")


def _day(rng: np.random.Generator) -> Light:
    level, turn, rise, sun = rng.uniform(0.4, 0.7), rng.uniform(0, 6.28), rng.uniform(0.4, 1.2), rng.uniform(0.8, 2.0)
    aim = (float(np.cos(rise) * np.cos(turn)), -float(np.sin(rise)), float(np.cos(rise) * np.sin(turn)))
    return Light(
        Sun(aim, (sun, sun * 0.95, sun * 0.88)) if rng.random() < 0.75 else None,
        (0.7 * level, 0.85 * level, 1.1 * level), (level, level, level), (0.4 * level,) * 3,
        rng.uniform(0.1, 0.9), 0.0, SEEDS + int(rng.integers(1000)),
    )  # fmt: skip


def _inside(rng: np.random.Generator, height: float, spots: np.ndarray) -> tuple[Light, tuple[Lamp, ...]]:
    level, strength = rng.uniform(0.2, 0.5), rng.uniform(0.8, 2.0)
    lamps = [
        Lamp((0.0, 0.3 - height, float(z)), (strength, strength, 0.93 * strength), shadows=number == 0)
        for number, z in enumerate(spots[:4])
    ]
    return Light(None, (level,) * 3, (level,) * 3, (0.6 * level,) * 3, 0.5, 1.0, SEEDS), tuple(lamps)


def _fence(kit_: Kit) -> Scene:
    """A fence of pickets or bars along a path, another one or a wall behind it."""
    rng = kit_.rng
    route = _walk(rng, 4.0, 0.6)
    bodies = [_ground(kit_)]
    for side, reach in ((-1, rng.uniform(1.2, 2.2)), (1, rng.uniform(1.4, 3.5))):
        slant = side * rng.uniform(0.0, 0.12)
        bodies.append(_pickets(kit_, 26.0).body(Still(place(side * reach + slant * 10, 0, 11, np.pi / 2 + slant))))
    bodies.append(_pickets(kit_, 30.0).body(Still(place(0, 0, rng.uniform(11, 16)))))
    behind = standing_box(60, rng.uniform(2.2, 6.0), 0.4, z=rng.uniform(19, 28))
    bodies.append(Body(behind, [kit_.stuff(pick(rng, (Pattern.BRICKS, Pattern.WINDOWS)), 1.5, 1.0)], None, Still(), "wall"))
    return Scene(bodies, _day(rng), route)


def _pickets(kit_: Kit, length: float) -> Parts:
    """One run of a fence about x = 0: boards with pointed tops, or round bars, on two rails and posts."""
    rng = kit_.rng
    height, pitch = rng.uniform(0.9, 1.9), rng.uniform(0.09, 0.18)
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
    return parts.add(blocks(np.stack((post, 0 * post - height / 2, 0 * post + 0.08), 1), np.array((0.09, height + 0.08, 0.09))), look)


def _blinds(kit_: Kit) -> Scene:
    """An office whose windows all have blinds."""
    rng = kit_.rng
    width, length, height = rng.uniform(4, 6), rng.uniform(6, 9), rng.uniform(2.6, 3.1)
    place_, wide = room(width, length, height), rng.uniform(0.9, 1.4)
    bodies: list[Body] = []
    pitch, drop = rng.uniform(0.04, 0.07), rng.uniform(0.9, 1.35)
    slats = blinds(kit_, wide - 0.02, drop, pitch)
    slats.looks = [kit_.stuff(contrast=0.2)] * len(slats.meshes)
    for wall in place_.walls[:3]:
        for u in np.arange(-wall.width / 2 + 0.25 + wide / 2, wall.width / 2 - wide / 2 - 0.2, wide + 0.2):
            if wall.pierce(Opening(float(u) - wide / 2, float(u) + wide / 2, 0.9, 2.3)):
                bodies.append(slats.body(Still(wall.frame @ place(float(u), -2.28, 0, 0) @ place(z=-0.035))))
    walls = [body for body in shell(kit_, place_, look=kit_.stuff(size=3.0, contrast=0.2)) if body.kind in SHELL]
    for wall in place_.walls[:3]:
        bodies += outside(kit_, wall, rng.uniform(0.6, 1.2))
    light, lamps = _inside(rng, height, np.array([length * 0.4]))
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


def _tiles(kit_: Kit) -> Scene:
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
    pillars = [standing_box(0.35, height, 0.35, x=side * (width / 2 - 0.175), z=float(k)) for k in z for side in (-1, 1)]
    look = kit_.stuff(Pattern.TILES, 0.117, 1.0, 0.1)
    bodies.append(Parts("column").add(joined(pillars), look).body(Still()))
    light, lamps = _inside(rng, height, z)
    points = np.array([(rng.uniform(-0.4, 0.4), 0, 0.6), (rng.uniform(-0.4, 0.4), 0, 0.35 * length)])
    return Scene(bodies, light, Route(points, 0.8, 1.2, 1.7, 0.12), lamps)


def _columns(kit_: Kit) -> Scene:
    """A colonnade: rows of columns on plinths under a beam."""
    rng = kit_.rng
    height, radius, pitch, gap = rng.uniform(3, 5), rng.uniform(0.16, 0.32), rng.uniform(1.3, 2.4), rng.uniform(1.7, 2.8)
    stone, bodies = kit_.stuff(Pattern.MARBLE, 1.2, 0.3), [_ground(kit_, kit_.stuff(Pattern.TILES, rng.uniform(0.4, 0.9), 1.0))]
    line = [(0, 0), (1.5, 0), (1.5, 0.25), (1.15, 0.32), (1.0, 0.4), (0.88, height - 0.4), (1.1, height - 0.25), (1.4, height - 0.2), (1.4, height), (0, height)]
    shaft = lathe(np.array(line) * (radius, 1), 16)
    z = np.arange(2.0, 26.0, pitch)
    for row in [side * gap * (0.5 + step) for side in (-1, 1) for step in range(int(rng.integers(1, 3)))]:
        poses = np.tile(np.eye(4), (len(z), 1, 1))
        poses[:, 0, 3], poses[:, 2, 3] = row, z
        beam = standing_box(radius * 3, 0.5, 26.0, x=row, z=13.5, lift=height)
        bodies.append(Parts("column").add(joined([instances(shaft, poses), beam]), stone).body(Still()))
    end = standing_box(30, height + 2, 0.3, z=28)
    bodies.append(Body(end, [kit_.stuff(Pattern.WINDOWS, 2.5, 1.0)], None, Still(), "wall"))
    return Scene(bodies, _day(rng), _walk(rng, 5.0, max(gap - 1.6, 0.1)))


def _windows(kit_: Kit) -> Scene:
    """A street between two facades of like windows with sills, and balconies with bars."""
    rng = kit_.rng
    bodies, half = [_ground(kit_, kit_.stuff(Pattern.TILES, 0.6, 0.7))], rng.uniform(3.0, 5.0)
    for at in (place(-half, 0, 16, -np.pi / 2), place(half, 0, 16, np.pi / 2), place(0, 0, rng.uniform(18, 26))):
        bodies.append(_facade(kit_, 32.0).body(Still(at)))
    return Scene(bodies, _day(rng), _walk(rng, 5.0, 1.5, 1.2))


def _facade(kit_: Kit, length: float) -> Parts:
    """A front about x = 0 that faces -Z: panes set back in frames, sills, some balconies."""
    rng = kit_.rng
    across, storey, wide = rng.uniform(1.6, 2.6), rng.uniform(2.8, 3.4), rng.uniform(0.8, 1.2)
    x, lift = np.meshgrid(np.arange(-length / 2 + across / 2, length / 2, across), np.arange(4) * storey + 0.9)
    x, lift = x.ravel(), lift.ravel()
    front, trim, pane = kit_.stuff(pick(rng, (Pattern.BRICKS, Pattern.NOISE)), 0.3), kit_.stuff(contrast=0.2), kit_.stuff(gloss=0.5)
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


def _shelves(kit_: Kit) -> Scene:
    """A store: an aisle between racks full of like boxes."""
    rng = kit_.rng
    height, gap, length = rng.uniform(2.4, 3.6), rng.uniform(1.8, 2.6), 14.0
    bodies = [_ground(kit_, kit_.stuff(Pattern.NOISE, 2.0, 0.3, 0.1))]
    for side in (-1, 1):
        bodies.append(_rack(kit_, length, height).body(Still(place(side * (gap / 2 + 0.35), 0, 7.5, side * np.pi / 2))))
    bodies.append(_rack(kit_, gap + 3, height).body(Still(place(0, 0, 15.5))))
    lid = quads(np.array([[(-20, -height - 1.2, -5), (20, -height - 1.2, -5), (20, -height - 1.2, 30), (-20, -height - 1.2, 30)]]))
    bodies.append(Body(lid, [kit_.stuff(Pattern.STRIPES, 0.8)], None, Still(), "ceiling"))
    light, lamps = _inside(rng, height + 1.0, np.array([1.5, 5.0, 9.0, 13.0]))
    return Scene(bodies, light, _walk(rng, 4.5, gap - 1.5), lamps)


def _rack(kit_: Kit, length: float, height: float) -> Parts:
    """Posts, boards, and on each board a row of boxes of one kind, about x = 0, front towards -Z."""
    rng, steel = kit_.rng, kit_.stuff(contrast=0.2)
    levels, posts = np.linspace(0.12, height - 0.5, int(rng.integers(4, 6))), np.arange(-length / 2, length / 2 + 0.1, 1.75)
    parts = Parts("shelf").add(blocks(np.stack((0 * levels, -levels, 0 * levels), 1), np.array((length, 0.05, 0.7))), steel)
    for z in (-0.33, 0.33):
        parts.add(blocks(np.stack((posts, 0 * posts - height / 2, 0 * posts + z), 1), np.array((0.06, height, 0.06))), steel)
    for level in levels:
        pitch = rng.uniform(0.28, 0.55)
        x = np.arange(-length / 2 + pitch, length / 2 - pitch / 2, pitch)
        high = min((levels[1] - levels[0]) * 0.8, pitch * rng.uniform(0.6, 1.1))
        carton = kit_.stuff(pick(rng, (Pattern.NOISE, Pattern.PLAIN)), 0.3, 0.3)
        parts.add(blocks(np.stack((x, 0 * x - level - 0.025 - high / 2, 0 * x), 1), np.array((pitch * 0.86, high, 0.55))), carton)
        label = np.stack((x, 0 * x - level - 0.025 - high * 0.6, 0 * x - 0.276), 1)
        parts.add(blocks(label, np.array((pitch * 0.4, high * 0.3, 0.002))), kit_.stuff(Pattern.STRIPES, 0.03, 1.0))
    return parts


KINDS = {"fence": _fence, "blinds": _blinds, "tiles": _tiles, "columns": _columns, "windows": _windows, "shelves": _shelves}
