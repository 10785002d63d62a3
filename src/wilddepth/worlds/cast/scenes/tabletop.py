"""Things on a table seen close: cones, pots, books, toys, wires and cloth before printed boards."""

import numpy as np

from wilddepth.worlds.cast.scene import Body, Lamp, Light, Material, Mesh, Route, Scene, Still
from wilddepth.worlds.cast.scenes.assembly import Group, Parts, Plan, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.forms import form
from wilddepth.worlds.cast.scenes.room import room, shell
from wilddepth.worlds.cast.scenes.things import TOYS, stack
from wilddepth.worlds.cast.shapes import moved, sheet, standing_box
from wilddepth.worlds.cast.solids import blocks, cord, rods


def build_tabletop(rng: np.random.Generator) -> Scene:
    """A still life on a table, half a metre to three metres away.

    Args:
        rng: gives the whole scene.

    Returns:
        A table top with things and boards; the camera moves slowly sideways and looks at their middle.
    """
    finishes = Finishes(rng)
    top, width, depth = rng.uniform(0.65, 0.9), rng.uniform(1.3, 2.0), rng.uniform(0.8, 1.1)
    near = -depth / 2 - rng.uniform(0.4, 0.75)
    x, gaze_depth = rng.uniform(0.05, 0.4, 2), rng.uniform(-0.1, 0.25)
    points = np.array([(-x[0], 0, near), (x[1], 0, near + rng.uniform(-0.1, 0.05))])
    gaze = (rng.uniform(-0.15, 0.15), -top - rng.uniform(0.05, 0.2), gaze_depth)
    route = Route(points, rng.uniform(0.05, 0.2), low=top + 0.12, high=top + 0.6, sway=0.08, gaze=gaze)
    plan = Plan((-width / 2, -top - 0.75, -depth / 2), (width / 2, -top + 0.001, depth / 2), route, clear=0.25)
    bodies = [_board(finishes, width, depth, top), *_surroundings(finishes, depth)]
    bodies += _backs(finishes, plan, top, depth)
    bodies += _things(finishes, plan, top)
    bodies += _wires(finishes, plan, top)
    return Scene(bodies, _room_light(rng), route, _lamps(rng, top))


def _board(finishes: Finishes, width: float, depth: float, top: float) -> Body:
    """The table: a wooden, tiled, printed or covered top on two trestles."""
    rng = finishes.rng
    look = pick(rng, (finishes.wood, finishes.wood, finishes.cloth, finishes.print, finishes.carpet, finishes.marble))()
    parts = Parts("table").add(standing_box(width, 0.03, depth, lift=top - 0.03), look)
    sides = np.array([(-0.4 * width, -(top - 0.03) / 2, 0), (0.4 * width, -(top - 0.03) / 2, 0)])
    return parts.add(blocks(sides, np.array((0.04, top - 0.03, depth * 0.8))), finishes.wood()).body(Still())


def _surroundings(finishes: Finishes, depth: float) -> list[Body]:
    """The room: its far wall stands one to two metres behind the table."""
    rng = finishes.rng
    behind, before = depth / 2 + rng.uniform(0.6, 1.9), 2.2
    shift = upright(rng.uniform(-0.4, 0.4), 0, -before)
    return [
        Body(body.mesh, body.materials, body.material_of, Still(shift @ body.motion.pose(0.0)), body.kind)
        for body in shell(finishes, room(rng.uniform(3.5, 5), before + behind, 2.6))
    ]


def _backs(finishes: Finishes, plan: Plan, top: float, depth: float) -> list[Body]:
    """Boards that stand on the table's far end: prints, lattices, cloth in folds; slanting."""
    rng, bodies = finishes.rng, []
    for _ in range(int(rng.integers(2, 6))):
        wide, high, yaw = rng.uniform(0.3, 0.8), rng.uniform(0.25, 0.7), rng.uniform(-0.5, 0.5)
        style = rng.random()
        if style < 0.6:
            back = Parts("board").add(standing_box(wide, high, 0.012), _rich_print(finishes))
        elif style < 0.8:
            back = Parts("board").add(
                _grid(rng, wide, high), pick(rng, (finishes.wood, finishes.metal, finishes.plastic))()
            )
        else:
            back = Parts("cloth").add(_hanging(rng, wide, high), finishes.cloth())
        for _ in range(4):
            at = upright(rng.uniform(-0.6, 0.6) * plan.high[0], -top, depth / 2 - rng.uniform(0.1, 0.35), yaw)
            if _settle(plan, back, at):
                bodies.append(back.body(Still(at)))
                break
    return bodies


def _settle(plan: Plan, thing: Parts | Group, at: np.ndarray) -> bool:
    whole = thing if isinstance(thing, Group) else Group().put(thing)
    bounds = whole.bounds(at)
    if plan.free(bounds, gap=-0.003):
        plan.take(bounds)
        return True
    return False


def _rich_print(finishes: Finishes) -> Material:
    return finishes.print((0.03, 0.35)) if finishes.rng.random() < 0.7 else finishes.rich((0.02, 0.4))


def _grid(rng: np.random.Generator, width: float, height: float) -> Mesh:
    """Laths that stand and lie: a trellis."""
    x, y = np.linspace(-0.5, 0.5, int(rng.integers(3, 9))) * width, np.linspace(-0.03, -height, int(rng.integers(2, 6)))
    upright = blocks(np.stack((x, 0 * x - height / 2, 0 * x), 1), (0.012, height, 0.012))
    across = blocks(np.stack((0 * y, y, 0 * y + 0.012), 1), (width, 0.012, 0.012))
    return Mesh(
        np.concatenate([upright.vertices, across.vertices]),
        np.concatenate([upright.faces, across.faces + len(upright.vertices)]),
    )


def _hanging(rng: np.random.Generator, width: float, height: float) -> Mesh:
    """Cloth with upright folds, standing on its lower edge."""
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, 41), np.linspace(0, 1, 12))
    folds = np.sin(u * rng.uniform(12, 40) + v * rng.uniform(-2, 2)) + 0.5 * np.sin(u * rng.uniform(30, 60))
    return sheet(np.stack((u * width, (v - 1) * height, 0.035 * folds * (0.4 + 0.6 * v)), -1))


def drape(rng: np.random.Generator, radius: float, height: float) -> Mesh:
    """Cloth thrown over something: high in the middle, its folds grow towards the rim, which lies at y = 0."""
    turn, out = np.meshgrid(np.arange(48) * (2 * np.pi / 48), np.linspace(0.02, 1, 14))
    waves = np.sin(turn * rng.integers(5, 10) + rng.uniform(0, 6)) + 0.6 * np.sin(turn * rng.integers(3, 15))
    reach = out * radius * (1 + 0.12 * waves * out)
    lift = height * (0.5 + 0.5 * np.cos(np.pi * out**1.3)) + 0.05 * height * (waves + 1.6) * out * (1 - out) * 4
    return sheet(np.stack((reach * np.cos(turn), -lift, reach * np.sin(turn)), -1), around=True)


def _things(finishes: Finishes, plan: Plan, top: float) -> list[Body]:
    """Toys, pots and books, some on top of others, each standing on the table."""
    rng, bodies = finishes.rng, []
    for _ in range(int(rng.integers(14, 24))):
        group = _thing(finishes)
        for _ in range(5):
            x, z = rng.uniform(plan.low[[0, 2]], plan.high[[0, 2]]) * 0.92
            at = upright(x, -top, z, rng.uniform(0, 2 * np.pi))
            if _settle(plan, group, at):
                bodies += group.bodies(at)
                break
    return bodies


def _thing(finishes: Finishes) -> Group:
    rng, chance = finishes.rng, finishes.rng.random()
    size = float(np.exp(rng.uniform(np.log(0.06), np.log(0.2))))
    if chance < 0.1:
        return Group().put(Parts("cloth").add(drape(rng, size * 1.4, size * 1.5), finishes.cloth()))
    if chance < 0.22:
        unit = form(rng)
        solid = Mesh(unit.vertices * size * 0.8, unit.faces)
        return Group().put(
            Parts("figure").add(moved(solid, y=-float(solid.vertices[:, 1].max())), finishes.rich((0.02, 0.3)))
        )
    if chance < 0.42:
        base = stack(finishes, rng.uniform(0.14, 0.22))
        foot = min(float(mesh.vertices[:, 1].min()) for mesh in base.meshes)
        return Group().put(base).put(pick(rng, TOYS)(finishes, size * 0.6), upright(0, foot))
    return Group().put(pick(rng, TOYS)(finishes, size * 1.5 if chance > 0.9 else size))


def _wires(finishes: Finishes, plan: Plan, top: float) -> list[Body]:
    """Wires that arch over the table and sticks that lean; thin, so they may pass between the things."""
    rng, bodies = finishes.rng, []
    for _ in range(int(rng.integers(0, 5))):
        start, end = rng.uniform(plan.low[[0, 2]], plan.high[[0, 2]], (2, 2)) * 0.9
        share = np.linspace(0, 1, 24)
        flat = (
            start
            + (end - start) * share[:, None]
            + np.outer(np.sin(share * 9), rng.normal(0, 0.04, 2)) * np.sin(np.pi * share)[:, None]
        )
        thick = rng.uniform(0.002, 0.008)
        lift = np.sin(np.pi * share) * rng.uniform(0.05, 0.45) + thick
        line = np.clip(np.stack((flat[:, 0], -top - lift, flat[:, 1]), 1), plan.low, plan.high)
        bodies.append(
            Parts("wire").add(cord(line, thick), pick(rng, (finishes.plastic, finishes.metal))()).body(Still())
        )
    if rng.random() < 0.4:
        x = rng.uniform(0.5, 0.9) * plan.high[0] * pick(rng, (-1, 1))
        tripod = rods(
            np.array([(x - 0.08, -top, 0.2), (x + 0.08, -top, 0.2), (x, -top, 0.34)]),
            np.tile((x, -top - 0.5, 0.25), (3, 1)),
            0.006,
        )
        bodies.append(Parts("stand").add(tripod, finishes.metal()).body(Still()))
    return bodies


def _lamps(rng: np.random.Generator, top: float) -> tuple[Lamp, ...]:
    warm, strength = rng.uniform(0.6, 1.0), rng.uniform(0.8, 2.2)
    at = (rng.uniform(-1.2, 1.2), -top - rng.uniform(1.0, 1.6), rng.uniform(-1.2, 0.2))
    return (Lamp(at, (strength, strength * (0.8 + 0.2 * warm), strength * warm), shadows=True),)


def _room_light(rng: np.random.Generator) -> Light:
    level = rng.uniform(0.2, 0.6)
    r, g, b = (float(v) for v in rng.uniform(0.85, 1.1, 3) * level)
    return Light(None, (r, g, b), (r, g, b), (0.6 * r, 0.6 * g, 0.6 * b), 0.5, 1.0, 0)
