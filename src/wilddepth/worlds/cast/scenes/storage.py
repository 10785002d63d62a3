"""What things are kept in: shelves with books, cupboards, desks, kitchen lines. Feet at y = 0, backs at +Z, metres."""

import numpy as np

from wilddepth.worlds.cast.scene import Material, Mesh
from wilddepth.worlds.cast.scenes.assembly import Group, Parts, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.furniture import table
from wilddepth.worlds.cast.scenes.things import cable, desk_lamp, stack, thing
from wilddepth.worlds.cast.shapes import boxes, cylinder, joined, moved, standing_box
from wilddepth.worlds.cast.solids import blocks, cord, rods, rounded_box


def books(rng: np.random.Generator, left: float, right: float, foot: float, room: float, depth: float) -> list[Mesh]:
    """A row of books on a board, in six lots for as many covers; some lean, a gap is left at the end.

    Args:
        rng: what they are drawn from.
        left: x of the first, m.
        right: x where the board ends.
        foot: y of the board's upper side.
        room: m above it.
        depth: m of the board; books stand at its middle.
    """
    thick = rng.uniform(0.012, 0.05, 64)
    ends = np.cumsum(thick)
    count = int(np.searchsorted(ends, (right - left) * rng.uniform(0.5, 1.0)))
    if count == 0:
        return []
    thick, x = thick[:count], left + ends[:count] - thick[:count] / 2
    tall, deep = room * rng.uniform(0.6, 0.95, count), depth * rng.uniform(0.55, 0.85, count)
    centres = np.stack((x, foot - tall / 2, rng.uniform(-0.02, 0.01, count)), 1)
    sizes = np.stack((thick * 0.97, tall, deep), 1)
    lot = rng.integers(6, size=count)
    return [blocks(centres[lot == number], sizes[lot == number]) for number in np.unique(lot)]


def shelf(finishes: Finishes, width: float, height: float, *, filled: float = 0.75) -> Parts:
    """A bookcase, with or without a back: rows of books, boxes and gaps."""
    rng = finishes.rng
    wood, depth, thick = pick(rng, (finishes.wood, finishes.paint))(), rng.uniform(0.24, 0.34), rng.uniform(0.016, 0.03)
    levels = -np.linspace(0.06, height - thick, max(int(height / rng.uniform(0.3, 0.4)), 1) + 1)
    uprights = np.linspace(-width / 2, width / 2, max(round(width / 0.9), 1) + 1)
    boards = np.stack((np.zeros_like(levels), levels - thick / 2, np.zeros_like(levels)), 1)
    sides = np.stack((uprights, np.full_like(uprights, -height / 2), np.zeros_like(uprights)), 1)
    parts = (
        Parts("shelf").add(blocks(boards, (width, thick, depth)), wood).add(blocks(sides, (thick, height, depth)), wood)
    )
    if rng.random() < 0.6:
        parts.add(standing_box(width, height, 0.008, z=depth / 2), wood)
    covers = [pick(rng, (finishes.lacquer, finishes.cloth, finishes.cover))() for _ in range(6)]
    for level, above in zip(levels[:-1] - thick, levels[1:], strict=True):
        for left, right in zip(uprights[:-1] + thick, uprights[1:] - thick, strict=True):
            _fill(finishes, parts, covers, (left, right, level, level - above), depth, filled)
    return parts


def _fill(
    finishes: Finishes,
    parts: Parts,
    covers: list[Material],
    cell: tuple[float, float, float, float],
    depth: float,
    filled: float,
) -> None:
    rng, (left, right, foot, room) = finishes.rng, cell
    chance = rng.random()
    if chance < filled:
        lots = books(rng, left, right, foot, room, depth)
        for mesh, cover in zip(lots, covers, strict=False):
            parts.add(mesh, cover)
    elif chance < filled + 0.15:
        width = min(rng.uniform(0.2, 0.35), right - left - 0.02)
        tall = room * rng.uniform(0.5, 0.85)
        x = rng.uniform(left + width / 2, right - width / 2)
        parts.add(standing_box(width, tall, depth * 0.8, x=x, lift=-foot), finishes.print())


def cupboard(finishes: Finishes, width: float, height: float, depth: float, *, rows: int = 1) -> Parts:
    """Doors or drawers with gaps and handles before a carcass: wardrobes, sideboards, chests of drawers."""
    rng = finishes.rng
    body, front, handle = finishes.front(), finishes.front(), finishes.metal()
    foot, columns = rng.uniform(0.03, 0.12), max(round(width / rng.uniform(0.4, 0.55)), 1)
    parts = Parts("cupboard").add(standing_box(width, height - foot, depth - 0.02, z=0.01, lift=foot), body)
    parts.add(standing_box(width - 0.1, foot, depth - 0.1, z=0.03), finishes.dark())
    low, high = fronts(width, height, foot, rows, columns)
    low[:, 2], high[:, 2] = -depth / 2 - 0.002, -depth / 2 + 0.02
    parts.add(boxes(low, high), front)
    middle = (low + high) / 2
    middle[:, 2] = low[:, 2] - 0.012
    upright = rows == 1
    if upright:
        middle[:, 0] += np.where(np.arange(len(middle)) % 2, -1, 1) * (high[0, 0] - low[0, 0]) * 0.4
    return parts.add(blocks(middle, (0.012, 0.14, 0.025) if upright else (0.12, 0.012, 0.025)), handle)


def fronts(width: float, height: float, foot: float, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest corners (n 3) of a raster of doors with gaps of 5 mm; z is left at 0."""
    x = -width / 2 + np.arange(columns + 1) * (width / columns)
    y = -height + np.arange(rows + 1) * ((height - foot) / rows)
    column, row = (index.ravel() for index in np.meshgrid(np.arange(columns), np.arange(rows)))
    low, high = np.zeros((len(row), 3)), np.zeros((len(row), 3))
    low[:, 0], high[:, 0] = x[column] + 0.0025, x[column + 1] - 0.0025
    low[:, 1], high[:, 1] = y[row] + 0.0025, y[row + 1] - 0.0025
    return low, high


def sideboard(finishes: Finishes, *, screen: bool) -> Group:
    """A low cupboard with a television or with things on it."""
    rng = finishes.rng
    width, height, depth = rng.uniform(1.2, 2.0), rng.uniform(0.45, 0.8), rng.uniform(0.35, 0.45)
    group = Group().put(cupboard(finishes, width, height, depth, rows=int(rng.integers(1, 3))))
    if screen:
        return group.put(monitor(finishes, min(width * 0.75, 1.3)), upright(0, -height, 0))
    for x in np.linspace(-width / 2 + 0.2, width / 2 - 0.2, int(rng.integers(2, 5))):
        group.put(thing(finishes, 0.12), upright(x, -height, rng.uniform(-0.03, 0.03), rng.uniform(-1, 1)))
    return group


def monitor(finishes: Finishes, width: float) -> Parts:
    """A flat screen on a foot, dark or showing something."""
    rng, dark = finishes.rng, finishes.dark()
    tall, lift = width * 0.58, 0.03 + 0.1 * width
    parts = Parts("screen").add(standing_box(width, tall, 0.035, lift=lift), dark)
    parts.add(standing_box(width * 0.35, 0.015, 0.18), dark).add(standing_box(0.05, lift, 0.03, z=0.015), dark)
    show = finishes.print((0.1, 0.5)) if rng.random() < 0.4 else finishes.dark()
    return parts.add(standing_box(width - 0.03, tall - 0.03, 0.002, z=-0.0185, lift=lift + 0.015), show)


def desk(finishes: Finishes) -> Group:
    """A desk with a screen, keyboard, lamp, papers, cables."""
    rng = finishes.rng
    width, depth, height = rng.uniform(1.1, 1.7), rng.uniform(0.6, 0.8), rng.uniform(0.7, 0.76)
    group = Group().put(table(finishes, width, depth, height, "desk"))
    group.put(
        monitor(finishes, rng.uniform(0.45, 0.7)), upright(rng.uniform(-0.1, 0.1), -height, 0.1, rng.uniform(-0.2, 0.2))
    )
    keys = Parts("keyboard").add(standing_box(0.42, 0.02, 0.14), finishes.keys())
    group.put(keys, upright(rng.uniform(-0.05, 0.05), -height, -depth / 2 + 0.2, rng.uniform(-0.1, 0.1)))
    group.put(desk_lamp(finishes), upright(-width * 0.4, -height, 0.1, rng.uniform(-1, 0.5)))
    group.put(stack(finishes), upright(width * 0.36, -height, rng.uniform(-0.1, 0.1), rng.uniform(-0.5, 0.5)))
    return group.put(
        cable(finishes, (-0.1, -height + 0.02, depth / 2 - 0.02), (rng.uniform(-0.5, 0.5), -0.02, depth / 2))
    )


def kitchen(finishes: Finishes, length: float) -> Group:
    """A kitchen line: units, worktop, sink with tap, hob and oven, wall units, tiles behind, jars on top."""
    rng, front, depth = finishes.rng, finishes.front(), 0.6
    base = cupboard(finishes, length, 0.87, depth, rows=int(rng.integers(1, 4)))
    base.kind = "kitchen"
    base.add(standing_box(length + 0.02, 0.035, depth + 0.03, lift=0.87), pick(rng, (finishes.marble, finishes.wood))())
    base.add(standing_box(length, 0.55, 0.012, z=depth / 2 - 0.006, lift=0.905), finishes.tiles((0.06, 0.2)))
    hob, sink = length * rng.uniform(-0.35, -0.15), length * rng.uniform(0.1, 0.3)
    dark, steel = finishes.dark(), finishes.metal()
    base.add(standing_box(0.56, 0.008, 0.48, x=hob, lift=0.905), dark)
    base.add(standing_box(0.58, 0.55, 0.03, x=hob, z=-depth / 2 - 0.005, lift=0.2), dark)
    base.add(rods((hob - 0.22, -0.7, -0.36), (hob + 0.22, -0.7, -0.36), 0.01), steel)
    base.add(standing_box(0.5, 0.012, 0.4, x=sink, lift=0.905), steel)
    spout = np.array([(0, 0, 0.2), (0, -0.25, 0.2), (0, -0.32, 0.14), (0, -0.32, 0.05), (0, -0.27, 0.02)])
    base.add(cord(np.add(spout, (sink, -0.905, 0)), 0.013), steel)
    group = Group().put(base)
    if rng.random() < 0.8:
        group.put(_wall_units(finishes, length, front, hob), upright(0, -1.46, depth / 2 - 0.17))
    for x in np.linspace(-length / 2 + 0.2, length / 2 - 0.2, int(length / 0.4)):
        if abs(x - hob) > 0.42 and abs(x - sink) > 0.38 and rng.random() < 0.8:
            group.put(thing(finishes, 0.1), upright(x, -0.905, rng.uniform(-0.05, 0.12), rng.uniform(-1, 1)))
    return group


def _wall_units(finishes: Finishes, length: float, front: Material, hob: float) -> Parts:
    """Units that hang with their foot at y = 0, and a hood over the hob in their gap."""
    columns = max(round(length / 0.5), 2)
    low, high = fronts(length, 0.65, 0.0, 1, columns)
    over = (low[:, 0] < hob + 0.28) & (high[:, 0] > hob - 0.28)
    low[:, 2], high[:, 2] = -0.17, 0.17
    parts = Parts("cupboard").add(boxes(low[~over], high[~over]), front) if not over.all() else Parts("cupboard")
    hood = moved(cylinder(0.38, 0.12, 4, top=0.16), x=hob, y=-0.05)
    return parts.add(joined([hood, standing_box(0.2, 0.5, 0.2, x=hob, lift=0.15)]), finishes.metal())


def fridge(finishes: Finishes) -> Parts:
    """A tall glossy box with two doors and handles."""
    rng, skin, height = finishes.rng, finishes.lacquer(), finishes.rng.uniform(1.5, 1.9)
    parts = Parts("fridge").add(
        moved(rounded_box((0.6, height - 0.03, 0.6), 0.03), y=-height / 2 - 0.015, z=0.02), skin
    )
    for lift, tall in ((0.06, height * 0.35), (0.08 + height * 0.35, height * 0.6)):
        parts.add(standing_box(0.59, tall, 0.03, z=-0.3, lift=lift), skin)
        parts.add(
            rods((-0.24, -lift - tall * 0.3, -0.345), (-0.24, -lift - tall * 0.7, -0.345), 0.012), finishes.metal()
        )
    if rng.random() < 0.7:
        note = rng.uniform((-0.2, -height + 0.2), (0.2, -height + 0.6), (4, 2))
        parts.add(blocks(np.insert(note, 2, -0.318, axis=1), (0.11, 0.14, 0.004)), finishes.print((0.02, 0.1)))
    return parts.add(standing_box(0.5, 0.04, 0.5), finishes.dark())
