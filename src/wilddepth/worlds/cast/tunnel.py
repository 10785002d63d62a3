"""A tunnel around the route of any road: the road and what drives on it stay, what stands beside it does not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from wilddepth.worlds.cast.path import Line
from wilddepth.worlds.cast.scene import Body, Lamp, Material, Mesh, Pattern, Scene
from wilddepth.worlds.cast.shapes import boxes, sheet

Points = Float[np.ndarray, "n 3"]
HALF_WIDTH, HEIGHT, DEPTH = 6.5, 5.6, 0.3
"""m, of the tube; its floor lies this much below the route, so that kerbs and gutters are above it."""
BEHIND, AHEAD = 14.0, 90.0
"""m of tube before the start of the route and beyond its end."""
_STEP = 2.0
_LAMPS_APART, _LAMPS_AT_MOST = 12.0, 14
_GROUND = ("road", "pavement", "kerb", "grass", "ground", "marking")
"""Kinds of what lies on the ground and is not in the way of walls."""
_SINKS = 0.02
"""m by which the floor lies lower with each m beyond the route, where the road may bend down."""
_LATER = 3.0
"""s: what leaves the tube within this time is left out, too."""


def tunnelled(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with a tube around its route, and lamps under its ceiling instead of others.

    Args:
        scene: with a route on the ground.
        rng: of the looks.
    """
    line = Line(scene.route.points)
    along = np.arange(-BEHIND, line.length + AHEAD, _STEP)
    middle = np.array([line.at(place) for place in along])
    across = _across(middle)
    kept = [body for body in scene.bodies if _fits(body, middle, across)]
    carried = [lamp for lamp in scene.lamps if lamp.carried]
    lamps = _lamps(line, rng)
    fittings = Body(_fittings(lamps), [Material(colours=((1.0, 0.85, 0.6),) * 3, glow=3.0)], kind="lamp")
    return replace(scene, bodies=[*kept, _walls(middle, across, rng), fittings], lamps=[*carried, *lamps])


def _across(middle: Points) -> Points:
    """Level unit vectors to the right of a line."""
    ahead = np.gradient(middle, axis=0)
    right = np.stack([ahead[:, 2], np.zeros(len(ahead)), -ahead[:, 0]], axis=1)
    across: np.ndarray = right / np.linalg.norm(right, axis=1, keepdims=True)
    return across


def _walls(middle: Points, across: Points, rng: np.random.Generator) -> Body:
    """A closed arch: floor, upright walls, round ceiling."""
    angle, spring = np.linspace(0, np.pi, 13), 0.5 * HEIGHT
    side = np.concatenate([[HALF_WIDTH], HALF_WIDTH * np.cos(angle), [-HALF_WIDTH]])
    high = np.concatenate([[0.0], spring + (HEIGHT - spring) * np.sin(angle), [0.0]])
    rings = middle[:, None] + side[:, None] * across[:, None] - high[:, None] * np.array([0.0, 1.0, 0.0])
    beyond = _STEP * np.arange(len(middle)) - BEHIND - (_STEP * len(middle) - BEHIND - AHEAD)
    rings[:, [0, -1], 1] += (DEPTH + _SINKS * np.maximum(0.0, beyond))[:, None]
    mesh = sheet(rings, around=True)
    tone = float(rng.uniform(0.25, 0.6))
    colours = tuple((tone * k, tone * k, tone * k * 0.95) for k in (0.7, 1.0, 1.2))
    pattern = (Pattern.TILES, Pattern.NOISE, Pattern.SPECKLE, Pattern.BRICKS)[int(rng.integers(4))]
    material = Material(
        pattern,
        (colours[0], colours[1], colours[2]),
        size=float(rng.uniform(0.6, 2.5)),
        contrast=0.8,
        grain=0.15,
        gloss=0.05,
        seed=int(rng.integers(1 << 16)),
    )
    return Body(mesh, [material], kind="wall")


def _lamps(line: Line, rng: np.random.Generator) -> Sequence[Lamp]:
    """A row under the ceiling, with the camera's part of the route in their middle."""
    apart = max(_LAMPS_APART, (line.length + AHEAD) / _LAMPS_AT_MOST)
    strength = float(rng.uniform(8.0, 16.0))
    tone = (1.0, float(rng.uniform(0.62, 0.95)), float(rng.uniform(0.3, 0.85)))
    places = np.arange(-0.4 * BEHIND, line.length + 0.7 * AHEAD, apart)
    lamps = []
    for place in places:
        x, y, z = (float(value) for value in line.at(float(place)))
        lamps.append(Lamp((x, y - HEIGHT + 0.4, z), (strength * tone[0], strength * tone[1], strength * tone[2])))
    return lamps


def _fittings(lamps: Sequence[Lamp]) -> Mesh:
    """A box above each lamp."""
    at = np.array([lamp.position for lamp in lamps])
    return boxes(at - np.array([0.15, 0.25, 0.6]), at + np.array([0.15, -0.1, 0.6]))


def _fits(body: Body, middle: Points, across: Points) -> bool:
    """Whether a body is inside, now and a little later, or lies on the ground."""
    if body.kind in _GROUND:
        return True
    return all(_inside(_placed(body, time), middle, across) for time in (0.0, _LATER * body.moving))


def _placed(body: Body, time: float) -> Points:
    pose = body.motion.pose(time)
    placed: np.ndarray = body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
    return placed


def _inside(points: Float[np.ndarray, "v 3"], middle: Points, across: Points) -> bool:
    """Whether the box around some points is between the walls and below the ceiling."""
    low, high = points.min(axis=0), points.max(axis=0)
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    nearest = np.linalg.norm((corners[:, None] - middle)[..., [0, 2]], axis=2).argmin(axis=1)
    away = corners - middle[nearest]
    between = np.abs((away * across[nearest]).sum(axis=1)) < HALF_WIDTH - 0.1
    # The ceiling is round: tall things stand near the middle, so what is below three quarters of it fits.
    below = away[:, 1] > -0.75 * HEIGHT
    return bool((between & below & (nearest > 0) & (nearest < len(middle) - 1)).all())
