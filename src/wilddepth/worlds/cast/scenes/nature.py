"""A path through woods and hills: uneven ground, trees, rocks, grass, fallen trunks, water."""

from functools import lru_cache
from math import pi

import numpy as np

from wilddepth.worlds.cast.light import HOURS, outdoor
from wilddepth.worlds.cast.motion import Swing
from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Route, Scene, Still
from wilddepth.worlds.cast.scenes import plants
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import height_field, place, quads, sheet, sphere, tube

FREE = 1.1
"""m to each side of the path where nothing stands."""


class Terrain:
    """Ground of any height, with a path along Z.

    Args:
        rng: draws hills and the bends of the path.
        rough: m, height of the small bumps.
        hills: m, height of the far hills.
    """

    def __init__(self, rng: np.random.Generator, *, rough: float, hills: float) -> None:
        self.rough, self.hills = rough, hills
        self.phases = rng.uniform(0, 2 * pi, 12)
        self.turns = np.array([rng.uniform(0.3, 1.6), rng.uniform(1.0, 5.0)])
        self.cross, self.climb = rng.uniform(-0.16, 0.16), rng.uniform(0.3, 2.2)

    def path(self, z: np.ndarray) -> np.ndarray:
        """x of the middle of the path."""
        a, b = self.phases[:2]
        near, far = self.turns
        return np.asarray(near * (np.sin(z / 7 + a) - np.sin(a)) + far * (np.sin(z / 31 + b) - np.sin(b)))

    def height(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        """y of the ground, m, down."""
        p = self.phases
        off = x - self.path(z)
        beside = np.minimum(np.abs(off) / 3, 1.0) ** 2
        small = np.sin(0.55 * x + p[2]) * np.sin(0.47 * z + p[3]) + 0.5 * np.sin(1.1 * x + 0.8 * z + p[4])
        wide = np.sin(x / 13 + z / 19 + p[5]) + np.sin(x / 23 - z / 29 + p[6])
        along = self.climb * np.sin(z / 17 + p[7])
        far = np.maximum(np.hypot(x, z - 20) - 45, 0.0)
        ranges = 0.6 + 0.25 * np.sin(x / 90 + z / 140 + p[8]) + 0.2 * np.sin(x / 41 - z / 57 + p[9])
        slope = self.cross * np.clip(off, -40, 40)
        return np.asarray(
            along
            + slope
            + beside * (0.5 * self.rough * small + 0.5 * wide)
            - self.hills * ranges * (1 - np.exp(-far / 180))
        )

    def at(self, x: float, z: float, yaw: float = 0.0, sink: float = 0.0) -> Matrix:
        """The pose of something that stands there."""
        return place(x, float(self.height(np.array(x), np.array(z))) + sink, z, yaw)

    def points(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Places (n 3) on the ground."""
        return np.stack([x, self.height(x, z), z], -1)


def build_nature(
    rng: np.random.Generator,
    *,
    hour: str | None = None,
    style: str | None = None,
    length: float = 15.0,
    speed: float | None = None,
) -> Scene:
    """A path through nature, of stuff that training never sees.

    Args:
        rng: decides everything.
        hour: one of `light.HOURS`; None = some daylight.
        style: "forest", "meadow" or "rocks"; None = any.
        length: m that a camera can travel.
        speed: m/s; None = 0.8 to 3.
    """
    light = outdoor(rng.spawn(1)[0]) if hour is None else HOURS[hour](rng.spawn(1)[0])
    looks = Looks(rng, table="held out", dark=light.lamps > 0)
    kind = style or ("forest", "meadow", "rocks")[int(rng.integers(3))]
    land = Terrain(rng, rough=rng.uniform(0.3, 0.7), hills=rng.uniform(15, 60))
    z = np.arange(0.0, length + 1.0, 0.5)
    line = land.points(land.path(z), z)
    route = Route(line, float(rng.uniform(0.8, 3.0)) if speed is None else speed, 1.2, 2.2, 0.3)
    floor = ("grass", "grass", "field", "soil")[int(rng.integers(4))]
    bodies = [ground(land, looks, length, floor), trail(land, looks, length, floor)]
    bodies += wood(land, looks, length, kind) + undergrowth(land, looks, length, kind)
    bodies += rocks(land, looks, length, 26 if kind == "rocks" else 9)
    if kind != "rocks":
        bodies += fallen(land, looks, length)
    if rng.random() < 0.5:
        bodies.append(water(land, looks))
    return Scene(bodies, light, route)


def ground(land: Terrain, looks: Looks, length: float, stuff: str) -> Body:
    """Grass or soil up to the hills at the horizon."""
    near = np.arange(-24, 24.1, 1.6)
    out = 24 + np.geomspace(3, 1200, 16)
    x = np.concatenate([-out[::-1], near, out])
    z = np.concatenate(
        [-np.geomspace(200, 12, 5), np.arange(-8, length + 42, 1.6), length + 42 + np.geomspace(3, 1600, 18)]
    )
    grid_x, grid_z = np.meshgrid(x, z)
    return Body(height_field(x, z, land.height(grid_x, grid_z)), [looks(stuff)], kind="ground")


def trail(land: Terrain, looks: Looks, length: float, floor: str) -> Body:
    """The trodden path, a little above the ground so that no edge of the coarser ground comes through."""
    z = np.arange(-8.0, length + 40, 0.8)
    wide = 0.75 + 0.15 * np.sin(z * 1.3) + 0.1 * np.sin(z * 3.1 + 1)
    across = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    x = land.path(z)[:, None] + wide[:, None] * across
    y = land.height(x, z[:, None]) - 0.05 * (1 - across**2) - 0.035 + 0.08 * (np.abs(across) == 1)
    stuff = "gravel" if floor == "soil" or looks.rng.random() < 0.5 else "soil"
    return Body(sheet(np.stack([x, y, np.broadcast_to(z[:, None], x.shape)], -1)), [looks(stuff)], kind="path")


def _places(land: Terrain, rng: np.random.Generator, count: int, near: float, length: float, wide: float) -> np.ndarray:
    """Places (n 2) beside the path, `near` m from it or more, denser the nearer."""
    z = rng.uniform(-2, length + 40, count)
    off = near + wide * rng.random(count) ** 1.6
    return np.stack([land.path(z) + rng.choice([-1, 1], count) * off, z], 1)


def wood(land: Terrain, looks: Looks, length: float, kind: str) -> list[Body]:
    """Trees: many near the path in a forest, few elsewhere, and woods on the hills."""
    rng, bodies = looks.rng, []
    names = [("conifer", "broadleaf", "bare")[int(k)] for k in rng.choice(3, 2, p=(0.45, 0.4, 0.15))]
    count = {"forest": 26, "meadow": 7, "rocks": 9}[kind]
    spots = _places(land, rng, count, 0.0, length, 22.0)
    for x, z in spots:
        name = names[int(rng.integers(2))]
        size = rng.uniform(0.9, 1.5)
        clear = {"conifer": 2.6, "broadleaf": 1.0, "bare": 1.3}[name] * size + FREE
        away = x - float(land.path(np.array(z)))
        x = x + np.copysign(clear, away)
        fine = z < length + 12 and abs(away) < 10
        stretch = 1.0 if name == "conifer" else 1.75
        bodies.append(
            plants.planted(
                looks,
                name,
                land.at(x, z, rng.uniform(0, 6), 0.1),
                leaves=620 if fine else 150,
                size=size,
                stretch=stretch,
            )
        )
    far = _places(land, rng, 22, 26.0, length + 60, 80.0)
    for x, z in far:
        at = land.at(float(x), float(z + 14), 0.0, 0.4)
        bodies.append(plants.planted(looks, names[0], at, leaves=70, size=rng.uniform(1.0, 1.8)))
    return bodies


def undergrowth(land: Terrain, looks: Looks, length: float, kind: str) -> list[Body]:
    """Tufts of grass beside the path, bushes, ferns."""
    rng = looks.rng
    count = {"forest": 260, "meadow": 700, "rocks": 200}[kind]
    spots = _places(land, rng, count, 0.85, min(length, 25.0), 9.0)
    bodies = [plants.meadow(looks, land.points(spots[:, 0], spots[:, 1]), blades=9)]
    for x, z in _places(land, rng, int(rng.integers(4, 12)), FREE + 0.9, length, 9.0):
        at = land.at(float(x), float(z), rng.uniform(0, 6), 0.08)
        bush = plants.planted(looks, "bush", at, leaves=170, size=rng.uniform(0.5, 1.3))
        bodies.append(swaying(bush, rng) if rng.random() < 0.3 else bush)
    return bodies


def swaying(body: Body, rng: np.random.Generator) -> Body:
    """A plant that moves in the wind."""
    pivot = body.motion.pose(0.0)
    moving = Swing(
        Still(pivot), (0.0, 0.0, 0.0), (1.0, 0.0, 0.3), 0.04, float(rng.uniform(1.5, 3.0)), float(rng.uniform())
    )
    return Body(body.mesh, body.materials, body.material_of, moving, body.kind)


@lru_cache(maxsize=12)
def boulder(number: int) -> Mesh:
    """A rock, about 1 m across, with flats and edges, around the origin."""
    rng = np.random.default_rng([43, number])
    ball = sphere(1.0, rings=9, sides=14)
    points = ball.vertices.copy()
    # Cut by planes: what lies beyond one is pressed onto it.
    for _ in range(14):
        way = rng.normal(size=3)
        way /= np.linalg.norm(way)
        beyond = np.maximum(points @ way - rng.uniform(0.45, 0.85), 0.0)
        points -= beyond[:, None] * way
    bumps = 0.03 * np.sin(points @ rng.normal(0, 6, (3, 3)) + rng.uniform(0, 6, 3))
    return Mesh((points + bumps) * 0.6, ball.faces)


def rocks(land: Terrain, looks: Looks, length: float, count: int) -> list[Body]:
    """Rocks of all sizes, sunk into the ground."""
    rng, bodies = looks.rng, []
    stuff = [looks("rock") for _ in range(3)]
    for x, z in _places(land, rng, count, 0.3, length, 12.0):
        size = rng.uniform(0.3, 1.0) if rng.random() < 0.7 else rng.uniform(1.0, 3.2)
        shape = size * rng.uniform(0.7, 1.3, 3) * (1.0, 0.8, 1.0)
        away = x - float(land.path(np.array(z)))
        at = land.at(float(x + np.copysign(FREE + 0.8 * shape.max(), away)), float(z), rng.uniform(0, 6), -0.1 * size)
        mesh = boulder(int(rng.integers(12)))
        bodies.append(
            Body(Mesh(mesh.vertices * shape, mesh.faces), [stuff[int(rng.integers(3))]], None, Still(at), "rock")
        )
    return bodies


def fallen(land: Terrain, looks: Looks, length: float) -> list[Body]:
    """Fallen trunks and stumps beside the path."""
    rng, bodies = looks.rng, []
    for x, z in _places(land, rng, int(rng.integers(1, 5)), FREE + 0.8, length, 8.0):
        side = np.sign(x - float(land.path(np.array(z))))
        long, thick, turn = rng.uniform(2, 6), rng.uniform(0.12, 0.32), rng.uniform(-0.5, 0.5)
        along = np.linspace(0, long, 5)
        points = land.points(x + side * along * np.cos(turn), z + along * np.sin(turn))
        points[:, 1] -= 0.7 * thick
        bodies.append(_log(points, thick, looks("bark")))
    return bodies


def _log(points: np.ndarray, thick: float, bark: Material) -> Body:
    return Body(tube(points, np.linspace(thick, 0.75 * thick, len(points)), 9), [bark], kind="log")


def water(land: Terrain, looks: Looks) -> Body:
    """A pond that fills the hollows on the lower side of the path."""
    side = np.sign(land.cross) or 1.0
    z = np.arange(-6.0, 92.0, 1.0)
    beside = land.height(land.path(z) + side * 6.0, z)
    shore = land.height(land.path(z), z)
    level = max(float(np.quantile(beside, 0.6)), float(shore.max()) + 0.25)
    x0, x1 = sorted((side * 2.0 + float(land.path(z).mean()), side * 60.0))
    corners = np.array([[(x0, level, -5), (x1, level, -5), (x1, level, 90), (x0, level, 90)]], float)
    return Body(quads(corners), [looks("water")], kind="water")
