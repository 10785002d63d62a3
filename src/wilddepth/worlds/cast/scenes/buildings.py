"""Whole houses and towers; their coordinates are those of `facades`."""

import numpy as np

from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Still
from wilddepth.worlds.cast.scenes.facades import (
    BASE,
    DARK,
    METAL,
    ROOF,
    TRIM,
    WALL,
    Plan,
    blocks,
    columns_of,
    ground_floor,
    rows_of,
    storeys,
)
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import Part, assembled, boxes, merged, quads, triangles

Built = tuple[Mesh, np.ndarray]
"""A building and the material number of each face."""


def materials(
    looks: Looks, wall: str, *, roof: str = "roof", base: str = "concrete", bright: float = 1.6
) -> list[Material]:
    """The looks of one building, in the order of the parts; lit windows glow in the dark."""
    lit = looks("curtain", glow=bright)
    return [
        looks(wall),
        *looks.several("trim", "glass", "curtain"),
        lit,
        *looks.several(roof, "painted wood"),
        looks("sign", glow=1.2),
        *looks.several("awning", "metal", base),
    ]


def hull(plan: Plan) -> list[Part]:
    """Side walls, back and roof."""
    half, top, deep = plan.width / 2, plan.eaves, plan.depth
    sides = np.array(
        [
            [(-half, 1, 0), (-half, -top, 0), (-half, -top, deep), (-half, 1, deep)],
            [(half, 1, 0), (half, 1, deep), (half, -top, deep), (half, -top, 0)],
            [(-half, 1, deep), (-half, -top, deep), (half, -top, deep), (half, 1, deep)],
        ],
        float,
    )
    return [(quads(sides), WALL), *(_flat_roof(plan) if plan.roof == "flat" else _pitched_roof(plan))]


def _flat_roof(plan: Plan) -> list[Part]:
    half, top, deep = plan.width / 2, plan.eaves, plan.depth
    return [
        (
            blocks(
                (-half - 0.12, half + 0.12, top - 0.05, top + 0.45, -0.14, 0.2),
                (-half, half, top - 0.1, top, 0.0, deep),
            ),
            TRIM,
        ),
        (blocks((-half * 0.3, half * 0.3, top, top + 2.2, deep * 0.4, deep * 0.75)), BASE),
    ]


def _pitched_roof(plan: Plan) -> list[Part]:
    half, top, deep, over = plan.width / 2, plan.eaves, plan.depth, 0.35
    if plan.roof == "gable":
        ridge = top + plan.pitch * deep / 2
        low = top - plan.pitch * over
        a, b = (-half - 0.1, half + 0.1)
        slopes = [
            [(a, -low, -over), (a, -ridge, deep / 2), (b, -ridge, deep / 2), (b, -low, -over)],
            [(b, -low, deep + over), (b, -ridge, deep / 2), (a, -ridge, deep / 2), (a, -low, deep + over)],
        ]
        ends = [[(x, -top, 0), (x, -top, deep), (x, -ridge + 0.02, deep / 2)] for x in (-half, half)]
        stack = blocks((half - 1.4, half - 0.6, top, ridge + 0.9, deep / 2 - 0.4, deep / 2 + 0.4))
        gutter = blocks((a, b, low - 0.06, low + 0.06, -over - 0.1, -over + 0.02))
        pipe = blocks((half - 0.16, half - 0.06, 0.0, top, -0.12, -0.02))
        return [
            (quads(np.array(slopes)), ROOF),
            (triangles(np.array(ends)), WALL),
            (stack, BASE),
            (gutter, METAL),
            (pipe, METAL),
        ]
    ridge = top + plan.pitch * half
    slopes = [
        [
            (-half - over, -top + plan.pitch * over, -over),
            (-half - over, -top + plan.pitch * over, deep),
            (0, -ridge, deep),
            (0, -ridge, -over),
        ],
        [
            (half + over, -top + plan.pitch * over, deep),
            (half + over, -top + plan.pitch * over, -over),
            (0, -ridge, -over),
            (0, -ridge, deep),
        ],
    ]
    ends = [[(-half, -top, z), (half, -top, z), (0, -ridge + 0.02, z)] for z in (0.0, deep)]
    window = blocks((-0.45, 0.45, top + 0.2, top + 1.3, -0.03, 0.0))
    return [(quads(np.array(slopes)), ROOF), (triangles(np.array(ends)), WALL), (window, DARK)]


def bands(plan: Plan) -> list[Part]:
    """String courses between the floors and a cornice."""
    half = plan.width / 2
    heights = plan.ground + np.arange(plan.floors) * plan.storey
    spans = [(-half, half, h - 0.12, h + 0.1, -0.08, 0.0) for h in heights]
    return [(blocks(*spans, (-half - 0.05, half + 0.05, plan.eaves - 0.3, plan.eaves, -0.16, 0.0)), TRIM)]


def shutters(plan: Plan) -> Mesh:
    """Open shutters on both sides of the upper windows."""
    if plan.floors == 0:
        raise ValueError("a building without upper floors has no upper windows to hang shutters on")
    (x0, x1), (low, high) = columns_of(plan, plan.columns, plan.window[0]), rows_of(plan)
    wide = np.minimum((x1 - x0) / 2, (plan.width / plan.columns - (x1 - x0)) / 2 - 0.02)
    left = np.tile(np.concatenate([x0 - wide, x1]), plan.floors)
    right = np.tile(np.concatenate([x0, x1 + wide]), plan.floors)
    count = 2 * plan.columns
    foot, top = np.repeat(low, count), np.repeat(high, count)
    front, back = np.full_like(left, -0.06), np.full_like(left, -0.01)
    return boxes(np.stack([left, -top, front], 1), np.stack([right, -foot, back], 1))


def shell(rng: np.random.Generator, plan: Plan, lit: float) -> Built:
    """The whole building: its mesh and the material number of each face."""
    parts = [*storeys(rng, plan, lit=lit), *ground_floor(rng, plan, lit=lit), *hull(plan)]
    if plan.bands and plan.detail:
        parts += bands(plan)
    return merged(parts)


def building(looks: Looks, built: Built, at: Matrix, wall: str, *, size: float = 1.0, roof: str = "roof") -> Body:
    """A building at a pose, of the stuff `wall`; `size` stretches its front and its height a little."""
    mesh = Mesh(built[0].vertices * np.array([size, size, 1.0]), built[0].faces)
    return Body(mesh, materials(looks, wall, roof=roof), built[1], Still(at), "building")


def tower(looks: Looks, width: float, height: float, depth: float, at: Matrix) -> Body:
    """A tall block with a raster of panes on all sides."""
    half = width / 2
    parts: list[Part] = [
        (blocks((-half, half, 3.8, height, 0.0, depth)), 0),
        (blocks((-half + 0.5, half - 0.5, -1.0, 3.8, 0.5, depth - 0.5)), 1),
        (
            blocks(
                (-half - 0.15, half + 0.15, 3.7, 4.2, -0.15, depth),
                (-half - 0.1, half + 0.1, height - 0.1, height + 0.7, -0.1, depth),
            ),
            2,
        ),
        (
            blocks(
                *(
                    (x - 0.3, x + 0.3, -1.0, 3.8, 0.0, 0.6)
                    for x in np.linspace(-half + 0.4, half - 0.4, max(int(width / 5), 2))
                )
            ),
            2,
        ),
    ]
    return assembled(parts, looks.several("tower", "glass", "concrete"), motion=Still(at), kind="building")
