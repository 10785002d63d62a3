"""Places with hardly any texture: blank corridors, empty rooms, plain solids before a bent sheet of paper."""

from collections.abc import Callable

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Body, Lamp, Light, Material, Mesh, Pattern, Route, Scene, Still
from wilddepth.worlds.cast.scenes.assembly import Group, Parts, Plan, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes, tones
from wilddepth.worlds.cast.scenes.room import Opening, Room, outside, room, shell
from wilddepth.worlds.cast.shapes import cone, cylinder, moved, sheet, sphere, standing_box
from wilddepth.worlds.cast.solids import blocks, rods, rounded_box, torus


def build_low_texture(rng: np.random.Generator, kind: str | None = None) -> Scene:
    """A corridor, an empty room or a studio, nearly without texture: smooth shading and a few edges.

    Args:
        rng: gives the whole scene.
        kind: "corridor", "empty room" or "studio"; None = any.

    Raises:
        ValueError: when there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no low-texture scene of kind {kind!r}; there are {', '.join(KINDS)}")
    return KINDS[kind or pick(rng, (*KINDS, "corridor"))](rng)


def blank(
    finishes: Finishes, value: tuple[float, float] = (0.5, 0.95), saturation: tuple[float, float] = (0.0, 0.3)
) -> Material:
    """Paint without a mark, or with clouds so large and weak that they are gradients."""
    rng, colour = finishes.rng, finishes.colour(saturation, value)
    gloss, shininess = max(0.0, rng.uniform(-0.2, 0.25)), rng.uniform(15, 60)
    return finishes.made(
        Pattern.NOISE, tones(colour, rng.uniform(0.02, 0.2)), rng.uniform(3, 8), contrast=rng.uniform(0, 0.5),
        grain=rng.uniform(0, 0.02), grain_size=0.01, gloss=gloss, shininess=shininess,
    )  # fmt: skip


def _corridor(rng: np.random.Generator) -> Scene:
    """A long passage with doors, a skirting, lights at the ceiling."""
    finishes = Finishes(rng)
    width, length, height = rng.uniform(1.7, 2.8), rng.uniform(9, 22), rng.uniform(2.3, 2.9)
    place_ = room(width, length, height)
    for wall in place_.walls[1:3]:
        for u in np.arange(-length / 2 + rng.uniform(1.2, 2.5), length / 2 - 1, rng.uniform(2.2, 4.5)):
            if rng.random() < 0.7:
                wall.pierce(Opening(float(u) - 0.45, float(u) + 0.45, 0.0, 2.05, door=True))
    if rng.random() < 0.6:
        middle = rng.uniform(-0.1, 0.1) * width
        wide = rng.uniform(0.4, 0.6)
        door = rng.random() < 0.6
        place_.walls[0].pierce(Opening(middle - wide, middle + wide, 0.0 if door else 0.9, 2.1, door=door))
    bodies = _plain_shell(finishes, place_)
    spots = np.arange(2.0, length, rng.uniform(2.4, 4.0))
    panel = blocks(
        np.stack((0 * spots, 0 * spots - height + 0.01, spots), 1), np.array((0.3, 0.02, rng.uniform(0.3, 1.4)))
    )
    bodies.append(Parts("lamp").add(panel, finishes.glowing(3.0)).body(Still()))
    if rng.random() < 0.5:
        bodies.append(_handrail(finishes, width, length))
    x = rng.uniform(-0.15, 0.15, 2) * (width - 1.2)
    points = np.array([(x[0], 0, 0.6), (x[1], 0, 0.6 + rng.uniform(0.2, 0.35) * length)])
    route = Route(points, rng.uniform(0.5, 1.2), low=1.1, high=1.65, sway=0.12)
    plan = Plan((-width / 2, -height, 0), (width / 2, 0.01, length), route)
    bodies += _few_things(finishes, plan, int(rng.integers(0, 4)))
    strength = rng.uniform(0.5, 1.4)
    lamps = tuple(
        Lamp((0.0, 0.15 - height, float(z)), (strength, strength, strength * 0.9), shadows=number == 0)
        for number, z in enumerate(spots[:4])
    )
    return Scene(bodies, _soft(rng), route, lamps)


def _handrail(finishes: Finishes, width: float, length: float) -> Body:
    z = np.arange(0.5, length - 0.3, 1.2)
    x = (width / 2 - 0.07) * (1 if finishes.rng.random() < 0.5 else -1)
    held = rods(
        np.stack((0 * z + x, 0 * z - 0.9, z), 1), np.stack((0 * z + np.sign(x) * width / 2, 0 * z - 0.9, z), 1), 0.008
    )
    return (
        Parts("rail")
        .add(rods((x, -0.9, 0.3), (x, -0.9, length - 0.1), 0.02), finishes.metal())
        .add(held, finishes.metal())
        .body(Still())
    )


def _empty_room(rng: np.random.Generator) -> Scene:
    """A room with columns, a window or two, a box here and there."""
    finishes = Finishes(rng)
    width, length, height = rng.uniform(3.5, 7), rng.uniform(5, 10), rng.uniform(2.5, 3.6)
    place_ = room(width, length, height)
    for wall in place_.walls[:3]:
        if rng.random() < 0.7:
            u, wide, door = rng.uniform(-0.3, 0.3) * wall.width, rng.uniform(0.4, 0.9), rng.random() < 0.5
            wall.pierce(Opening(u - wide, u + wide, 0.0 if door else 0.9, 2.1, door=door))
    bodies = _plain_shell(finishes, place_)
    for wall in place_.walls[:3]:
        bodies += outside(finishes, wall, rng.uniform(0.5, 1.0))
    x = rng.uniform(-0.25, 0.25, 2) * width
    points = np.array([(x[0], 0, 0.6), (x[1], 0, 0.6 + 0.35 * length)])
    gaze = (rng.uniform(-0.3, 0.3) * width, -rng.uniform(0.6, 1.3), length)
    route = Route(points, rng.uniform(0.3, 0.8), low=1.1, high=1.65, sway=0.15, gaze=gaze)
    plan = Plan((-width / 2, -height, 0), (width / 2, 0.01, length), route)
    bodies += _few_things(finishes, plan, int(rng.integers(4, 9)), column=height)
    strength = rng.uniform(2, 5)
    lamp = Lamp(
        (rng.uniform(-1, 1), 0.2 - height, length * 0.5), (strength, strength * 0.97, strength * 0.9), shadows=True
    )
    return Scene(bodies, _soft(rng), route, (lamp,))


def _studio(rng: np.random.Generator) -> Scene:
    """Plain solids on a sheet of paper that bends up behind them."""
    finishes = Finishes(rng)
    angle, bend, back = np.linspace(0, np.pi / 2, 40), rng.uniform(0.5, 1.5), rng.uniform(3.0, 5.0)
    z = np.r_[-1.5, back - bend + bend * np.sin(angle), back]
    y = np.r_[0, -bend + bend * np.cos(angle), -4.0]
    x = np.linspace(-5, 5, 3)
    paper = sheet(np.stack((np.tile(x, (len(z), 1)), np.tile(y[:, None], 3), np.tile(z[:, None], 3)), -1))
    bodies = [Body(paper, [blank(finishes, (0.3, 0.95))], None, Still(), "backdrop")]
    x_span = rng.uniform(0.05, 0.3, 2)
    points = np.array([(-x_span[0], 0, -0.2), (x_span[1], 0, 0.1)])
    gaze = (rng.uniform(-0.2, 0.2), -rng.uniform(0.2, 0.5), back * 0.7)
    route = Route(points, rng.uniform(0.1, 0.3), low=0.5, high=1.2, sway=0.1, gaze=gaze)
    plan = Plan((-1.8, -2.0, 0.9), (1.8, 0.01, back - bend), route)
    bodies += _few_things(finishes, plan, int(rng.integers(5, 13)))
    strength = rng.uniform(2, 6)
    lamp = Lamp(
        (rng.uniform(-2, 2), -rng.uniform(2, 3.5), rng.uniform(-1, 2)), (strength, strength, strength), shadows=True
    )
    return Scene(bodies, _soft(rng), route, (lamp,))


def _plain_shell(finishes: Finishes, place_: Room) -> list[Body]:
    """The shell with every wall, the floor and the ceiling blank."""
    bodies, look = [], blank(finishes)
    for body in shell(finishes, place_, look=look, skirting=bool(finishes.rng.random() < 0.6)):
        bare = body.kind in ("floor", "door")
        looks = [blank(finishes, (0.25, 0.8)) for _ in body.materials] if bare else body.materials
        bodies.append(Body(body.mesh, looks, body.material_of, body.motion, body.kind))
    return bodies


def _solid(finishes: Finishes) -> Parts:
    """A plain box, ball, cylinder, cone, ring or cushion that lies or stands."""
    rng, s, look = finishes.rng, finishes.rng.uniform(0.15, 0.5), blank(finishes, (0.15, 0.95), (0.0, 0.9))
    shapes: tuple[Callable[[], Mesh], ...] = (
        lambda: standing_box(*(s * rng.uniform(0.4, 1.4, 3))),
        lambda: sphere(s * 0.6, (0, -0.6 * s, 0), 28, 40),
        lambda: cylinder(s * 0.4, s * rng.uniform(0.5, 2), 40),
        lambda: cone(s * 0.5, s * rng.uniform(0.8, 1.6), 40),
        lambda: moved(torus(s * 0.6, s * 0.2, sides=40, ring=16), y=-s * 0.2),
        lambda: moved(rounded_box((s, s * 0.8, s), s * 0.25, rings=10), y=-s * 0.4),
    )
    return Parts("solid").add(pick(rng, shapes)(), look)


def _few_things(finishes: Finishes, plan: Plan, count: int, column: float = 0.0) -> list[Body]:
    """Solids on the floor, and columns up to the ceiling where its height is given."""
    rng, bodies = finishes.rng, []
    for _ in range(count):
        thing = _solid(finishes)
        if column and rng.random() < 0.35:
            wide = rng.uniform(0.25, 0.5)
            shaft = standing_box(wide, column, wide) if rng.random() < 0.5 else cylinder(wide / 2, column, 40)
            thing = Parts("column").add(shaft, blank(finishes))
        for _ in range(5):
            x, z = rng.uniform(plan.low[[0, 2]], plan.high[[0, 2]])
            at = upright(x, 0, z, 0.0 if thing.kind == "column" else rng.uniform(0, 1.5))
            box = Group().put(thing).bounds(at)
            if plan.free(box):
                plan.take(box)
                bodies.append(thing.body(Still(at)))
                break
    return bodies


def _soft(rng: np.random.Generator) -> Light:
    """Even light from all sides, brighter from above."""
    level = rng.uniform(0.15, 0.5)
    r, g, b = (float(v) for v in level * rng.uniform(0.88, 1.06, 3))
    floor: RGB = (0.6 * r, 0.6 * g, 0.6 * b)
    return Light(None, (r, g, b), (r, g, b), floor, 0.3, 1.0, 0)


KINDS = {"corridor": _corridor, "empty room": _empty_room, "studio": _studio}
