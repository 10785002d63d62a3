"""Flying objects: solids of many forms that drift and tumble before a random backdrop, in random rich textures."""

from dataclasses import dataclass, field

import numpy as np

from wilddepth.worlds.cast.scene import Body, Light, Material, Matrix, Mesh, Motion, Route, Scene, Still, Sun
from wilddepth.worlds.cast.scenes.assembly import along, any_turn, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.forms import form
from wilddepth.worlds.cast.shapes import height_field, quads, sheet, standing_box, turn_about

CLEAR = 0.35
"""m that stay free around wherever the camera may be."""


@dataclass(frozen=True)
class Drift:
    """To and fro along a line while turning: bounded, so that the camera is never met however long it lasts.

    Attributes:
        start: pose in the middle of the line.
        travel: m, world coordinates, from the middle to the end of the line.
        period: s, there and back.
        phase: share of a period by which it runs ahead.
        axis: of the turning, coordinates of the body.
        spin: rad/s.
    """

    start: Matrix = field(default_factory=lambda: np.eye(4))
    travel: tuple[float, float, float] = (0.0, 0.0, 0.0)
    period: float = 5.0
    phase: float = 0.0
    axis: tuple[float, float, float] = (0.0, 1.0, 0.0)
    spin: float = 0.0

    def pose(self, time: float) -> Matrix:
        """Body to world at a time, s."""
        matrix: Matrix = self.start @ turn_about(self.axis, self.spin * time)
        matrix[:3, 3] += np.multiply(self.travel, np.sin(2 * np.pi * (time / self.period + self.phase)))
        return matrix


def build_flying(rng: np.random.Generator) -> Scene:
    """Flying objects, as in FlyingThings3D in spirit; a camera moves slowly among them.

    Args:
        rng: gives the whole scene.

    Returns:
        Up to 32 objects at 1 to 12 m, so that their disparities are spread evenly; most of them move.
    """
    finishes = Finishes(rng)
    slant = rng.uniform(-0.3, 0.3, 2)
    route = Route(np.array([(0, 0, 0), (slant[0], 0, 1.2)]), rng.uniform(0.2, 0.8), low=1.4, high=2.1, sway=0.3)
    bodies = _backdrop(finishes)
    for _ in range(int(rng.integers(16, 33))):
        body = _flyer(finishes, route)
        if body is not None:
            bodies.append(body)
    return Scene(bodies, open_light(rng), route)


def _flyer(finishes: Finishes, route: Route) -> Body | None:
    """One object; None where its whole flight would come too near to the camera's way."""
    rng = finishes.rng
    depth = 1 / rng.uniform(1 / 12, 1 / 1.6)
    radius = depth * np.exp(rng.uniform(np.log(0.04), np.log(0.22)))
    middle = np.array((rng.uniform(-0.6, 0.6) * depth, -1.75 + rng.uniform(-0.45, 0.45) * depth, depth + 0.6))
    middle[1] = min(middle[1], -radius)
    swing = rng.normal(size=3) * (0.5, 0.3, 0.5) * rng.uniform(0, 0.3) * depth
    if middle[1] + abs(swing[1]) > -radius:
        swing[1] = 0.0
    if not clear_of(route, middle, radius + float(np.linalg.norm(swing))):
        return None
    return Body(*_skinned(finishes, radius), _flight(rng, middle, swing), "object")


def _flight(rng: np.random.Generator, middle: np.ndarray, swing: np.ndarray) -> Motion:
    start = any_turn(rng)
    start[:3, 3] = middle
    if rng.random() < 0.25:
        return Still(start)
    x, y, z = (float(v) for v in rng.normal(size=3))
    travel = float(swing[0]), float(swing[1]), float(swing[2])
    return Drift(start, travel, rng.uniform(2, 6), rng.uniform(0, 1), (x, y, z), rng.uniform(-1.2, 1.2))


def _skinned(finishes: Finishes, radius: float) -> tuple[Mesh, list[Material], np.ndarray | None]:
    """A form with one look, or with one for each part of it."""
    rng, unit = finishes.rng, form(finishes.rng)
    mesh = Mesh(unit.vertices * radius, unit.faces)
    first = finishes.rich((0.08 * radius, 1.5 * radius))
    if rng.random() < 0.6:
        return mesh, [first], None
    middle = mesh.vertices[mesh.faces].mean(1) @ rng.normal(size=3)
    return mesh, [first, finishes.rich((0.08 * radius, 1.5 * radius))], (middle > 0).astype(np.int32)


def clear_of(route: Route, middle: np.ndarray, radius: float) -> bool:
    """Whether a ball stays off every place where the camera may be."""
    line = along(route.points, 0.1)
    low, high = line[:, 1] - route.high, line[:, 1] - route.low
    away = middle - line
    away[:, 1] = middle[1] - np.clip(middle[1], low, high)
    return bool(np.linalg.norm(away, axis=1).min() > radius + route.sway + CLEAR)


def _backdrop(finishes: Finishes) -> list[Body]:
    """A wall, a bent sheet or hills behind everything; mostly a ground with blocks on it."""
    rng, far = finishes.rng, finishes.rng.uniform(13, 22)
    bodies = []
    u = np.linspace(-1, 1, 25)
    wide, high = 1.6 * far, far * rng.uniform(0.5, 1.3)
    x, y = np.meshgrid(u * wide, np.linspace(-high, high if rng.random() < 0.4 else 0.0, 9))
    bend = rng.uniform(-0.25, 0.5) * x**2 / wide + rng.uniform(-0.35, 0.35) * x + rng.uniform(0, 0.5) * np.sin(x + y)
    z = np.maximum(far + 1.5 - bend, 10.5)
    bodies.append(Body(sheet(np.stack((x, y, z), -1)), [finishes.rich((0.2, 4))], None, Still(), "backdrop"))
    if rng.random() < 0.75:
        bodies += _ground(finishes, far)
    return bodies


def _ground(finishes: Finishes, far: float) -> list[Body]:
    """A plain or hilly ground with standing blocks, cylinders, walls."""
    rng, look = finishes.rng, finishes.rich((0.2, 3))
    reach = np.linspace(-1.6 * far, 1.6 * far, 33)
    if rng.random() < 0.5:
        corner = 1.7 * far
        mesh = quads(np.array([[(-corner, 0, -3), (-corner, 0, far + 4), (corner, 0, far + 4), (corner, 0, -3)]]))
    else:
        z = np.linspace(-3, far + 4, 17)
        hills = 0.15 * np.sin(reach * 0.9 + 1)[None] * np.sin(z * 0.7)[:, None] + 0.15
        mesh = height_field(reach, z, hills)
    bodies = [Body(mesh, [look], None, Still(), "ground")]
    for _ in range(int(rng.integers(3, 11))):
        x, z_at = rng.uniform(-0.7, 0.7) * far, rng.uniform(4, far - 2)
        width, height, depth = rng.uniform(0.4, 1.6), rng.uniform(0.3, 4.5), rng.uniform(0.4, 1.6)
        block = standing_box(width, height + 0.4, depth, lift=-0.4)
        bodies.append(
            Body(block, [finishes.rich((0.1, 2))], None, Still(upright(x, 0, z_at, rng.uniform(0, 3))), "block")
        )
    return bodies


def open_light(rng: np.random.Generator) -> Light:
    """Any daylight: a sun from anywhere above or none, a sky of any brightness."""
    level, tint = rng.uniform(0.25, 0.8), rng.uniform(0.75, 1.1, 3)
    sky = tuple(float(v) for v in level * tint)
    sun = None
    if rng.random() < 0.7:
        turn, rise, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1.4), rng.uniform(0.6, 2.2)
        aim = (float(np.cos(rise) * np.cos(turn)), -float(np.sin(rise)), float(np.cos(rise) * np.sin(turn)))
        sun = Sun(aim, (strength, strength * rng.uniform(0.85, 1.0), strength * rng.uniform(0.75, 1.0)))
    pale = pick(rng, (0.9, 1.2, 1.5))
    horizon, ground = (sky[0] * pale, sky[1] * pale, sky[2] * pale), (sky[0] * 0.5, sky[1] * 0.5, sky[2] * 0.45)
    return Light(sun, (sky[0], sky[1], sky[2]), horizon, ground, rng.uniform(0, 1), 0.0, int(rng.integers(1 << 16)))
