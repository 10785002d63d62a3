"""Fronts of houses: windows, doors, shops, arcades, balconies.

A building stands on y = 0 with its front in the plane z = 0, looking towards -Z (where the street is), from
x = -width / 2 to width / 2, and goes back to z = depth. Its foot goes a metre into the ground.
"""

from dataclasses import dataclass, field

import numpy as np

from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.shapes import Part, boxes, quads

WALL, TRIM, DARK, BLIND, LIT, ROOF, DOOR, SIGN, AWNING, METAL, BASE = range(11)
GLASS = (DARK, BLIND, LIT)


@dataclass(frozen=True)
class Plan:
    """The shape of a building.

    Attributes:
        width: m of the front.
        depth: m.
        floors: above the ground floor.
        columns: windows side by side.
        storey: m.
        ground: m, height of the ground floor.
        window: share of a column and of a storey that is window.
        roof: "flat", "gable" (ridge along the street) or "cross" (gable to the street).
        front: ground floor: "door", "shop", "arches" or "gate".
        balconies: whether there are some.
        bands: whether floors are parted by a string course.
        detail: whether windows are set back and have frames and sills; far ones need not.
    """

    width: float
    depth: float = 9.0
    floors: int = 2
    columns: int = 4
    storey: float = 3.0
    ground: float = 3.3
    window: tuple[float, float] = (0.42, 0.52)
    roof: str = "gable"
    front: str = "door"
    balconies: bool = False
    bands: bool = False
    detail: bool = True
    pitch: float = field(default=0.7)

    @property
    def eaves(self) -> float:
        """m, height of the front wall."""
        return self.ground + self.floors * self.storey


def upright(x0: np.ndarray, x1: np.ndarray, low: np.ndarray, high: np.ndarray, z: float) -> Mesh:
    """Rectangles in a plane of constant z that look towards -Z, between x0 and x1, heights `low` and `high`."""
    corners = np.empty((len(x0), 4, 3))
    corners[:, 0, 0] = corners[:, 3, 0] = x0
    corners[:, 1, 0] = corners[:, 2, 0] = x1
    corners[:, :2, 1], corners[:, 2:, 1] = -high[:, None], -low[:, None]
    corners[..., 2] = z
    return quads(corners)


def blocks(*spans: tuple[float, float, float, float, float, float]) -> Mesh:
    """Boxes by x0, x1, low, high, z0, z1."""
    x0, x1, low, high, z0, z1 = np.array(spans, float).T
    return boxes(np.stack([x0, -high, z0], 1), np.stack([x1, -low, z1], 1))


def pierced(
    x0: np.ndarray,
    x1: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    left: float,
    right: float,
    foot: float,
    top: float,
) -> Mesh:
    """A wall in z = 0 with a grid of holes: columns x0..x1 (c) in every row low..high (r)."""
    edges = np.concatenate([[foot], np.stack([low, high], 1).ravel(), [top]])
    bands = edges[0::2], edges[1::2]
    full = np.full(len(bands[0]), left), np.full(len(bands[0]), right)
    sides = np.concatenate([[left], x1]), np.concatenate([x0, [right]])
    rows = len(low)
    return upright(
        np.concatenate([full[0], np.tile(sides[0], rows)]),
        np.concatenate([full[1], np.tile(sides[1], rows)]),
        np.concatenate([bands[0], np.repeat(low, len(sides[0]))]),
        np.concatenate([bands[1], np.repeat(high, len(sides[0]))]),
        0.0,
    )


def _reveals(x0: np.ndarray, x1: np.ndarray, low: np.ndarray, high: np.ndarray, deep: float) -> Mesh:
    """The four sides of each hole, from the wall back to the pane."""
    corner = np.stack(
        [np.stack([x0, -low], 1), np.stack([x1, -low], 1), np.stack([x1, -high], 1), np.stack([x0, -high], 1)], 1
    )
    onward = np.roll(corner, -1, axis=1)
    sides = np.empty((len(x0), 4, 4, 3))
    sides[..., 0, :2], sides[..., 1, :2], sides[..., 2, :2], sides[..., 3, :2] = corner, onward, onward, corner
    sides[..., :2, 2], sides[..., 2:, 2] = 0.0, deep
    return quads(sides.reshape(-1, 4, 3))


def _panes(
    rng: np.random.Generator, x0: np.ndarray, x1: np.ndarray, low: np.ndarray, high: np.ndarray, deep: float, lit: float
) -> list[Part]:
    """Glass: dark, with blinds, or with light behind it."""
    kind = rng.choice(3, len(x0), p=(0.8 - lit, 0.2, lit))
    return [
        (upright(x0[kind == k], x1[kind == k], low[kind == k], high[kind == k], deep), GLASS[k])
        for k in range(3)
        if np.any(kind == k)
    ]


def _frames(x0: np.ndarray, x1: np.ndarray, low: np.ndarray, high: np.ndarray, deep: float) -> list[Part]:
    """A bar upright, one across, and a sill."""
    middle, bar, across = (x0 + x1) / 2, 0.035, low + 0.66 * (high - low)
    upright_bar = upright(middle - bar, middle + bar, low, high, deep - 0.02)
    cross_bar = upright(x0, x1, across - bar, across + bar, deep - 0.02)
    sills = boxes(
        np.stack([x0 - 0.06, -low, np.full_like(x0, -0.09)], 1),
        np.stack([x1 + 0.06, -low + 0.08, np.full_like(x0, deep)], 1),
    )
    return [(upright_bar, TRIM), (cross_bar, TRIM), (sills, TRIM)]


def rows_of(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Heights of the lower and upper edges of the windows of each floor."""
    foot = plan.ground + np.arange(plan.floors) * plan.storey + 0.28 * plan.storey
    return foot, foot + plan.window[1] * plan.storey


def columns_of(plan: Plan, count: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """x of the left and right edges of windows side by side."""
    pitch = plan.width / count
    centre = -plan.width / 2 + pitch * (np.arange(count) + 0.5)
    return centre - share * pitch / 2, centre + share * pitch / 2


def storeys(rng: np.random.Generator, plan: Plan, *, lit: float = 0.1) -> list[Part]:
    """The front above the ground floor."""
    if plan.floors == 0:
        return []
    columns, rows = columns_of(plan, plan.columns, plan.window[0]), rows_of(plan)
    half = plan.width / 2
    parts: list[Part] = [(pierced(*columns, *rows, -half, half, plan.ground, plan.eaves), WALL)]
    x0, x1 = (np.tile(edge, plan.floors) for edge in columns)
    low, high = (np.repeat(edge, plan.columns) for edge in rows)
    deep = 0.16 if plan.detail else 0.06
    parts += _panes(rng, x0, x1, low, high, deep, lit)
    if plan.detail:
        parts += [(_reveals(x0, x1, low, high, deep), TRIM), *_frames(x0, x1, low, high, deep)]
    if plan.balconies:
        parts += _balconies(rng, plan, x0, x1, low)
    return parts


def _balconies(rng: np.random.Generator, plan: Plan, x0: np.ndarray, x1: np.ndarray, low: np.ndarray) -> list[Part]:
    chosen = np.flatnonzero(np.tile(rng.random(plan.columns) < 0.5, plan.floors))
    if not len(chosen):
        return []
    slabs, rails = [], []
    for a, b, foot in zip(x0[chosen] - 0.25, x1[chosen] + 0.25, low[chosen] - 0.25, strict=True):
        slabs.append((a, b, foot - 0.15, foot, -1.0, 0.05))
        rails.append((a, b, foot + 0.95, foot + 1.0, -1.0, -0.96))
        step = 0.22 if plan.detail else 0.6
        rails += [(x, x + 0.02, foot, foot + 0.96, -0.99, -0.97) for x in np.arange(a, b, step)]
    return [(blocks(*slabs), TRIM), (blocks(*rails), METAL)]


def ground_floor(rng: np.random.Generator, plan: Plan, *, lit: float = 0.1) -> list[Part]:
    """Door and windows, or shop windows, or arches."""
    if plan.front == "shop":
        return _shop(rng, plan, lit)
    if plan.front == "arches":
        return arcade(plan.width, plan.ground, max(int(plan.width / 3.2), 2))
    count = max(plan.columns, 2)
    x0, x1 = columns_of(plan, count, plan.window[0])
    door = int(rng.integers(count))
    low, high = np.full(count, 1.0), np.full(count, plan.ground - 0.65)
    others = np.arange(count) != door
    half = plan.width / 2
    # The door is wider and reaches the ground: its column of wall is left out below the window.
    parts: list[Part] = [
        (pierced(x0, x1, low[:1], high[:1], -half, half, -1.0, plan.ground), WALL),
        (blocks((x0[door] - 0.15, x1[door] + 0.15, -0.3, high[0] + 0.12, -0.05, 0.02)), TRIM),
        (blocks((x0[door] + 0.02, x1[door] - 0.02, -0.3, high[0] - 0.1, -0.08, 0.0)), DOOR),
        (
            blocks(
                (x0[door] - 0.2, x1[door] + 0.2, -0.5, 0.16, -0.55, 0.0),
                (x0[door] - 0.3, x1[door] + 0.3, -0.5, 0.08, -0.85, 0.0),
            ),
            BASE,
        ),
        (blocks((-half - 0.01, half + 0.01, -1.0, 0.5, -0.03, 0.0)), BASE),
    ]
    parts += _panes(rng, x0[others], x1[others], low[others], high[others], 0.16, lit)
    if plan.detail:
        parts += [(_reveals(x0[others], x1[others], low[others], high[others], 0.16), TRIM)]
        parts += _frames(x0[others], x1[others], low[others], high[others], 0.16)
    return parts


def _shop(rng: np.random.Generator, plan: Plan, lit: float) -> list[Part]:
    half, top = plan.width / 2, plan.ground
    count = max(int(plan.width / 2.4), 2)
    x0, x1 = columns_of(plan, count, 0.9)
    low, high = np.full(count, 0.45), np.full(count, top - 0.85)
    door = int(rng.integers(count))
    low[door] = -0.1
    parts: list[Part] = [
        (pierced(x0, x1, np.array([0.45]), high[:1], -half, half, -1.0, top), BASE),
        (blocks((-half + 0.1, half - 0.1, top - 0.75, top - 0.1, -0.14, 0.0)), SIGN),
        *_panes(rng, x0, x1, np.full(count, 0.45), high, 0.25, min(0.1 + 2 * lit, 0.6)),
        (blocks((x0[door] + 0.1, x1[door] - 0.1, -0.3, high[0], -0.04, 0.02)), DOOR),
    ]
    if plan.detail:
        parts.append((_reveals(x0, x1, np.full(count, 0.45), high, 0.25), TRIM))
    if rng.random() < 0.5:
        parts.append((_canopy(-half + 0.3, half - 0.3, top - 0.75), AWNING))
    return parts


def _canopy(left: float, right: float, high: float) -> Mesh:
    """A slanted awning with a hanging edge."""
    a, b, c = (-high, 0.0), (-high + 0.5, -1.3), (-high + 0.72, -1.3)
    slope = [(left, *a), (right, *a), (right, *b), (left, *b)]
    edge = [(left, *b), (right, *b), (right, *c), (left, *c)]
    return quads(np.array([slope, edge]))


def arcade(width: float, height: float, bays: int) -> list[Part]:
    """An open passage behind round arches."""
    half, pitch = width / 2, width / bays
    span, spring = 0.72 * pitch, height - 0.36 * pitch - 0.5
    angle = np.linspace(np.pi, 0, 9)
    rim = np.stack([span / 2 * np.cos(angle), spring + span / 2 * np.sin(angle)], -1)
    x, y = rim[:, 0], rim[:, 1]
    centre = (-half + pitch * (np.arange(bays) + 0.5))[:, None]
    above = np.empty((bays, 8, 4, 3))
    above[..., 0] = np.stack([x[:-1], x[1:], x[1:], x[:-1]], 1) + centre[:, :, None]
    above[..., 1] = np.stack([np.full(8, -height), np.full(8, -height), -y[1:], -y[:-1]], 1)
    above[..., 2] = 0.0
    foot, post = np.full(bays, -1.0), np.full(bays, height)
    left = upright(centre[:, 0] - pitch / 2, centre[:, 0] - span / 2, foot, post, 0.0)
    right = upright(centre[:, 0] + span / 2, centre[:, 0] + pitch / 2, foot, post, 0.0)
    return [
        (quads(above.reshape(-1, 4, 3)), WALL),
        (left, WALL),
        (right, WALL),
        (_soffit(centre[:, 0], rim, 0.5), TRIM),
        (blocks((-half, half, -1.0, height - 0.2, 3.0, 3.1)), WALL),
        (blocks((-half, half, height - 0.3, height, 0.01, 3.1), (-half, half, -1.0, 0.17, -0.05, 3.1)), BASE),
        (blocks(*((c - span / 3, c + span / 3, -0.2, 2.4, 2.9, 2.99) for c in centre[::2, 0])), DOOR),
    ]


def _soffit(centres: np.ndarray, rim: np.ndarray, deep: float) -> Mesh:
    """The inner side of arches and of the piers below them."""
    line = np.vstack([(rim[0, 0], -1.0), rim, (rim[-1, 0], -1.0)])
    a, b = line[:-1], line[1:]
    flat = np.stack([a, b, b, a], 1)
    corners = np.empty((len(centres), len(a), 4, 3))
    corners[..., 0] = flat[None, ..., 0] + centres[:, None, None]
    corners[..., 1] = -flat[None, ..., 1]
    corners[..., :2, 2], corners[..., 2:, 2] = 0.0, deep
    return quads(corners.reshape(-1, 4, 3))
