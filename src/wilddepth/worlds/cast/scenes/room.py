"""An empty room: floor, ceiling, four walls with doors and windows, skirting, what is outside.

The floor is y = 0; X runs from -width / 2 to width / 2, Z from 0 to length. Each wall has coordinates of its own:
u along it (its middle is 0, to the right as seen from inside), heights above the floor; the wall is at z = 0, the room
at z < 0.
"""

from dataclasses import dataclass, field

import numpy as np

from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Pattern, Still
from wilddepth.worlds.cast.scenes.assembly import Group, Parts, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes, mixed
from wilddepth.worlds.cast.shapes import boxes, quads, sheet, standing_box
from wilddepth.worlds.cast.solids import blocks, rods

REVEAL = 0.16
"""Depth of doors and windows in their walls, m."""
CURTAIN = 0.25
"""What curtains may take up beside a window, m."""


@dataclass(frozen=True)
class Opening:
    """A hole in a wall.

    Attributes:
        left: u, m.
        right: u, m.
        low: m above the floor.
        high: m above the floor.
        door: whether a leaf closes it; a window is open to the sky.
    """

    left: float
    right: float
    low: float
    high: float
    door: bool = False


@dataclass
class Wall:
    """One wall.

    Attributes:
        width: m.
        height: m.
        frame: its coordinates to the world.
        openings: they do not overlap.
    """

    width: float
    height: float
    frame: Matrix
    openings: list[Opening] = field(default_factory=list)

    def pierce(self, opening: Opening, margin: float = 0.1) -> bool:
        """Add an opening where it fits, `margin` m off the corners; says whether it did."""
        apart = all(opening.left > o.right + 0.15 or opening.right < o.left - 0.15 for o in self.openings)
        fits = max(-opening.left, opening.right) < self.width / 2 - margin
        if apart and fits and opening.high < self.height - 0.05:
            self.openings.append(opening)
            return True
        return False

    def covers(self, left: float, right: float, height: float) -> bool:
        """Whether something that high between two places would stand before a door or a window."""
        return any(
            o.left < right + (0.05 if o.door else CURTAIN) and o.right > left - (0.05 if o.door else CURTAIN)
            for o in self.openings
            if o.low < height
        )


@dataclass
class Room:
    """The shell; `walls` are far, left, right and near."""

    width: float
    length: float
    height: float
    walls: list[Wall]


def room(width: float, length: float, height: float) -> Room:
    """A room without openings."""
    half = np.pi / 2
    return Room(
        width, length, height,
        [
            Wall(width, height, upright(0, 0, length, 0)),
            Wall(length, height, upright(-width / 2, 0, length / 2, -half)),
            Wall(length, height, upright(width / 2, 0, length / 2, half)),
            Wall(width, height, upright(0, 0, 0, 2 * half)),
        ],
    )  # fmt: skip


def cut(wall: Wall) -> tuple[Mesh, Mesh | None]:
    """A wall with its holes, and the reveals in them, in the wall's coordinates."""
    u = np.unique([-wall.width / 2, wall.width / 2, *(side for o in wall.openings for side in (o.left, o.right))])
    h = np.unique([0, wall.height, *(side for o in wall.openings for side in (o.low, o.high))])
    column, row = (index.ravel() for index in np.meshgrid(np.arange(len(u) - 1), np.arange(len(h) - 1)))
    middle_u, middle_h = (u[column] + u[column + 1]) / 2, (h[row] + h[row + 1]) / 2
    solid = np.ones(len(column), bool)
    for o in wall.openings:
        solid &= ~((middle_u > o.left) & (middle_u < o.right) & (middle_h > o.low) & (middle_h < o.high))
    left, right, low, high = u[column[solid]], u[column[solid] + 1], h[row[solid]], h[row[solid] + 1]
    flat = np.stack([np.stack(c, 1) for c in ((left, -low), (left, -high), (right, -high), (right, -low))], 1)
    face = quads(np.concatenate([flat, np.zeros((*flat.shape[:2], 1))], 2))
    if not wall.openings:
        return face, None
    rims = [((o.left, o.low), (o.left, o.high), (o.right, o.high), (o.right, o.low)) for o in wall.openings]
    ring = np.array(rims) * (1, -1)
    start, end = ring.reshape(-1, 2), np.roll(ring, -1, axis=1).reshape(-1, 2)
    sides = np.stack([np.insert(p, 2, z, axis=1) for p, z in ((start, 0), (end, 0), (end, REVEAL), (start, REVEAL))], 1)
    return face, quads(sides)


def shell(finishes: Finishes, place_: Room, *, look: Material | None = None, skirting: bool = True) -> list[Body]:
    """Floor, ceiling and walls as bodies; all walls of one look, or one of another."""
    rng, w, d = finishes.rng, place_.width / 2, place_.length
    ceiling = finishes.paint((0.85, 0.97), (0.0, 0.06))
    floor = quads(np.array([[(-w, 0, 0), (-w, 0, d), (w, 0, d), (w, 0, 0)]]))
    lid = Mesh(floor.vertices - (0, place_.height, 0), floor.faces)
    bodies = [
        Parts("floor").add(floor, finishes.floor()).body(Still()),
        Parts("ceiling").add(lid, ceiling).body(Still()),
    ]
    common = look or finishes.wall()
    special = finishes.wall() if look is None and rng.random() < 0.4 else common
    trim = pick(rng, (finishes.paint, finishes.wood))()
    for number, wall in enumerate(place_.walls):
        face, rims = cut(wall)
        parts = Parts("wall").add(face, special if number == 0 else common)
        if rims is not None:
            parts.add(rims, trim)
        if skirting:
            parts.add(_skirting(wall), trim)
        bodies.append(parts.body(Still(wall.frame)))
        bodies += [body for o in wall.openings for body in _joinery(finishes, o, trim).bodies(wall.frame)]
    return bodies


def _skirting(wall: Wall) -> Mesh:
    doors = sorted((o.left, o.right) for o in wall.openings if o.low == 0)
    ends = np.array([-wall.width / 2, *(side for door in doors for side in door), wall.width / 2]).reshape(-1, 2)
    low = np.stack((ends[:, 0], np.full(len(ends), -0.08), np.full(len(ends), -0.014)), 1)
    return boxes(low, np.stack((ends[:, 1], np.zeros(len(ends)), np.zeros(len(ends))), 1))


def _joinery(finishes: Finishes, o: Opening, trim: Material) -> Group:
    """The frame of an opening with its door leaf, or its panes' bars; blinds or curtains before some windows."""
    rng, group, thick = finishes.rng, Group(), 0.05
    parts = Parts("door" if o.door else "window")
    rim = np.array([(o.left, o.low), (o.right, o.low), (o.left, o.high), (o.right, o.high)])
    middle, high, wide = (o.left + o.right) / 2, o.high - o.low, o.right - o.left
    centres = np.array([(rim[0, 0], 0), (rim[1, 0], 0), (middle, o.high), (middle, o.low)])
    centres[:2, 1] = (o.low + o.high) / 2
    sizes = np.array([(thick, high + thick, 0.03)] * 2 + [(wide + thick, thick, 0.03)] * 2)
    bars = 3 if o.low == 0 else 4
    parts.add(blocks(np.insert(centres * (1, -1), 2, -0.005, axis=1)[:bars], sizes[:bars]), trim)
    if o.door:
        return group.put(_leaf(finishes, parts, o))
    sashes = max(round(wide / rng.uniform(0.5, 0.9)), 1)
    u = np.linspace(o.left, o.right, sashes + 1)
    bar = np.stack((u, np.full_like(u, -(o.low + o.high) / 2), np.full_like(u, REVEAL - 0.04)), 1)
    parts.add(blocks(bar, (0.06, high, 0.05)), trim)
    cross = np.array([o.low, o.high] + ([o.low + high * rng.uniform(0.3, 0.7)] if rng.random() < 0.5 else []))
    parts.add(
        blocks(
            np.stack((np.full_like(cross, middle), -cross, np.full_like(cross, REVEAL - 0.04)), 1), (wide, 0.06, 0.05)
        ),
        trim,
    )
    if o.low > 0:
        parts.add(standing_box(wide + 0.1, 0.025, 0.2, x=middle, z=-0.02, lift=o.low - 0.025), trim)
    group.put(parts)
    chance = rng.random()
    if chance < 0.3:
        group.put(blinds(finishes, wide - 0.08, high * rng.uniform(0.3, 1.0)), upright(middle, -o.high + 0.03, 0.06))
    elif chance < 0.7:
        group.put(curtains(finishes, o))
    return group


def _leaf(finishes: Finishes, parts: Parts, o: Opening) -> Parts:
    look, rng = finishes.front(), finishes.rng
    middle, wide, high = (o.left + o.right) / 2, o.right - o.left, o.high - o.low
    parts.add(standing_box(wide, high, 0.04, x=middle, z=0.05), look)
    if rng.random() < 0.6:
        y = np.array([-0.28, -0.72]) * high
        sizes = np.array([(wide * 0.7, 0.3 * high, 0.012), (wide * 0.7, 0.42 * high, 0.012)])
        parts.add(blocks(np.stack((np.full(2, middle), y, np.full(2, 0.026)), 1), sizes), look)
    knob = o.right - 0.08 if rng.random() < 0.5 else o.left + 0.08
    return parts.add(rods((knob, -1.02, 0.03), (knob, -1.02, -0.035), 0.012), finishes.metal()).add(
        rods((knob, -1.02, -0.03), (knob + np.sign(middle - knob) * 0.11, -1.02, -0.03), 0.009), finishes.metal()
    )


def blinds(finishes: Finishes, width: float, drop: float, pitch: float = 0.04) -> Parts:
    """Slats below y = 0, tilted, on two cords."""
    count = max(int(drop / pitch), 2)
    tilt = finishes.rng.uniform(-0.9, 0.9)
    y = np.arange(count) * pitch + 0.03
    cosine, sine = np.cos(tilt), np.sin(tilt)
    turns = np.tile([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]], (count, 1, 1))
    slats = blocks(np.stack((np.zeros(count), y, np.zeros(count)), 1), np.array((width, 0.003, pitch * 0.85)), turns)
    parts = Parts("blinds").add(slats, pick(finishes.rng, (finishes.paint, finishes.wood, finishes.lacquer))())
    x = np.array((-0.35, 0.35)) * width
    cords = rods(np.stack((x, 0 * x, 0 * x - 0.02), 1), np.stack((x, 0 * x + y[-1], 0 * x - 0.02), 1), 0.002, sides=3)
    parts.add(cords, finishes.paint())
    return parts.add(blocks((0, 0, 0), (width, 0.04, 0.05)), finishes.paint())


def curtains(finishes: Finishes, o: Opening) -> Parts:
    """Two lengths of cloth in folds beside a window, on a rod."""
    rng, cloth = finishes.rng, finishes.cloth()
    high, foot = o.high + 0.08, 0.05 if rng.random() < 0.6 else o.low - 0.15
    share = rng.uniform(0.15, 0.4) * (o.right - o.left)
    parts = Parts("curtain").add(
        rods((o.left - 0.2, -high, -0.09), (o.right + 0.2, -high, -0.09), 0.012), finishes.metal()
    )
    for start, end in ((o.left - 0.15, o.left + share), (o.right - share, o.right + 0.15)):
        u, y = np.meshgrid(np.linspace(start, end, 33), np.linspace(-high, -max(foot, 0.03), 4))
        depth = -0.09 + 0.035 * np.sin(np.linspace(0, rng.uniform(20, 40), 33) + 0.1 * y)
        parts.add(sheet(np.stack((u, y, depth), -1)), cloth)
    return parts


def outside(finishes: Finishes, wall: Wall, bright: float) -> list[Body]:
    """What is seen through a wall's windows: hedges and a house some metres away, lit by day."""
    rng = finishes.rng
    if all(o.door for o in wall.openings):
        return []
    far = rng.uniform(5, 14)
    green = finishes.colour((0.3, 0.7), (0.3, 0.6), (0.2, 0.4))
    hedge = finishes.made(
        Pattern.NOISE,
        (mixed(green, (0, 0, 0), 0.7), green, mixed(green, (1, 1, 0.5), 0.3)),
        0.5,
        grain=0.5,
        glow=bright,
    )
    stone = finishes.colour((0.1, 0.5), (0.5, 0.8), (0.0, 0.14))
    house = finishes.made(Pattern.WINDOWS, (stone, (0.1, 0.12, 0.16), (0.8, 0.8, 0.8)), 2.4, glow=bright * 0.7)
    lawn = finishes.made(Pattern.NOISE, (green, (0.1, 0.2, 0.05), (0.3, 0.4, 0.1)), 0.5, grain=0.4, glow=bright * 0.4)
    parts = Parts("garden").add(standing_box(14, rng.uniform(0.9, 2.0), 0.5, z=far), hedge)
    parts.add(
        standing_box(rng.uniform(4, 9), far * rng.uniform(0.25, 0.5), 1.0, x=rng.uniform(-4, 4), z=far + 2), house
    )
    ground = quads(np.array([[(-9, 0.15, REVEAL + 0.01), (-9, 0.15, far), (9, 0.15, far), (9, 0.15, REVEAL + 0.01)]]))
    return [parts.add(ground, lawn).body(Still(wall.frame))]
