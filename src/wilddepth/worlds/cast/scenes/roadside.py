"""What stands along roads: lamps, signs, traffic lights, wires, bins, benches."""

from functools import lru_cache
from itertools import pairwise

import numpy as np

from wilddepth.worlds.cast.scene import Body, Lamp, Matrix, Mesh, Still
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import (
    Part,
    assembled,
    box,
    cylinder,
    extrusion,
    instances,
    joined,
    moved,
    sphere,
    standing_box,
    transformed,
    tube,
    turn_about,
)

TUNGSTEN, WHITE = (1.0, 0.72, 0.42), (0.9, 0.95, 1.0)


@lru_cache(maxsize=8)
def lamp_post(style: int) -> tuple[tuple[Part, ...], tuple[float, float, float]]:
    """A lamp post whose arm reaches towards -X, as parts (0 = post, 1 = glass), and the place of its light."""
    if style == 0:  # a bent mast
        line = np.array([[0, 0, 0], [0, -5.5, 0], [-0.2, -6.9, 0], [-0.9, -7.6, 0], [-1.9, -7.8, 0]], float)
        mast = tube(line, np.array([0.09, 0.06, 0.05, 0.045, 0.04]), 7)
        head, glass, light = (
            box((0.8, 0.14, 0.26), (-2.1, -7.82, 0)),
            box((0.6, 0.06, 0.2), (-2.1, -7.74, 0)),
            (-2.1, -7.65, 0.0),
        )
    elif style == 1:  # a straight mast with a ball
        mast = cylinder(0.06, 3.6, 8, top=0.045)
        head, glass, light = (
            moved(cylinder(0.1, 0.1, 8), y=-3.55),
            sphere(0.22, (0, -3.85, 0), 6, 10),
            (-0.3, -3.85, 0.0),
        )
    else:  # an old lantern
        mast = joined([cylinder(0.11, 0.8, 8, top=0.08), moved(cylinder(0.05, 3.0, 8), y=-0.8)])
        head = joined([moved(cylinder(0.26, 0.22, 6, top=0.05), y=-4.35), moved(cylinder(0.14, 0.06, 6), y=-3.78)])
        glass, light = moved(cylinder(0.13, 0.5, 6, top=0.22), y=-3.84), (-0.3, -4.1, 0.0)
    foot = cylinder(0.14, 0.3, 8)
    return ((mast, 0), (head, 0), (foot, 0), (glass, 1)), light


def lamps_along(
    course: Course,
    looks: Looks,
    u: float,
    *,
    style: int,
    every: float,
    start: float,
    end: float,
    lit: int,
    strength: float = 1.0,
) -> tuple[Body, list[Lamp]]:
    """A row of lamp posts beside the road (their arms towards it), and the lights of the first `lit` ahead."""
    parts, light = lamp_post(style)
    s = np.arange(start, end, every)
    poses = np.stack([course.pose(float(one), u, 0.0 if u > 0 else np.pi) for one in s])
    numbered: list[Part] = [(instances(mesh, poses), number) for mesh, number in parts]
    tone = TUNGSTEN if looks.rng.random() < 0.7 else WHITE
    power = strength * light[1] ** 2
    lamps = []
    for pose in poses[s > -12][:lit]:
        x, y, z = (pose @ np.array([*light, 1.0]))[:3]
        lamps.append(Lamp((float(x), float(y), float(z)), (power * tone[0], power * tone[1], power * tone[2])))
    return assembled(numbered, [looks("metal"), looks("white", glow=8.0)], kind="pole"), lamps


def _disc(radius: float, sides: int) -> Mesh:
    angle = np.arange(sides) * 2 * np.pi / sides + np.pi / sides + (np.pi / 2 if sides == 3 else 0)
    return extrusion(radius * np.stack([np.cos(angle), np.sin(angle)], -1), 0.02)


def _bar(width: float, height: float) -> Mesh:
    return box((width, height, 0.024), (0, 0, -0.003))


@lru_cache(maxsize=16)
def sign(style: int) -> tuple[Part, ...]:
    """A road sign that looks towards -Z: 0 pole, 1 white, 2 red, 3 blue, 4 yellow, 5 poster."""
    red_ring, white_face = (_disc(0.32, 18), 2), (moved(_disc(0.25, 18), z=-0.006), 1)
    faces: tuple[list[Part], ...] = (
        [
            red_ring,
            white_face,
            (moved(_bar(0.12, 0.24), x=-0.08, z=-0.01), 0),
            (moved(_bar(0.1, 0.24), x=0.09, z=-0.01), 0),
        ],
        [(_disc(0.42, 3), 2), (moved(_disc(0.29, 3), z=-0.006), 1), (moved(_bar(0.06, 0.2), z=-0.01), 0)],
        [red_ring, (moved(_bar(0.42, 0.1), z=-0.004), 1)],
        [(_disc(0.38, 8), 2), (moved(_bar(0.46, 0.16), z=-0.004), 1)],
        [
            (box((0.6, 0.6, 0.02)), 3),
            (moved(_bar(0.16, 0.44), x=-0.1, z=-0.004), 1),
            (moved(_bar(0.3, 0.14), y=-0.14, z=-0.005), 1),
        ],
        [
            (transformed(box((0.5, 0.5, 0.02)), turn_about((0, 0, 1), np.pi / 4)), 4),
            (moved(_bar(0.2, 0.2), z=-0.004), 1),
        ],
        [(box((1.1, 0.75, 0.03)), 5)],
        [
            (box((0.62, 0.9, 0.02)), 3),
            (moved(_bar(0.5, 0.3), y=-0.2, z=-0.004), 1),
            (moved(_bar(0.4, 0.06), y=0.1, z=-0.004), 1),
        ],
    )
    pole = cylinder(0.03, 2.95, 6)
    return ((moved(pole, z=0.045), 0), *((moved(mesh, y=-2.55), number) for mesh, number in faces[style]))


SIGNS = 8


def sign_at(looks: Looks, at: Matrix, *, style: int | None = None) -> Body:
    """A road sign at a pose, its face towards -Z."""
    chosen = int(looks.rng.integers(SIGNS)) if style is None else style
    materials = [looks("metal"), looks("white"), looks("red"), looks("blue"), looks("yellow"), looks("sign")]
    return assembled(sign(chosen), materials, motion=Still(at), kind="sign")


@lru_cache(maxsize=1)
def _signal_parts() -> tuple[Part, ...]:
    case = box((0.3, 0.9, 0.25), (0, -2.75, -0.1))
    eyes = [
        moved(transformed(cylinder(0.1, 0.05, 10), turn_about((1, 0, 0), -np.pi / 2)), y=-2.75 + k * 0.28, z=-0.28)
        for k in (-1, 0, 1)
    ]
    arm = [tube(np.array([[0, -5.4, 0], [-3.2, -5.6, 0]]), np.array([0.06, 0.04]), 6), cylinder(0.09, 5.5, 8, top=0.06)]
    high = box((0.32, 0.95, 0.25), (-3.1, -5.4, -0.1))
    far = [moved(eye, x=-3.1, y=-2.65) for eye in eyes]
    parts: list[Part] = [(joined([case, high]), 0), (joined(arm), 1), (joined([eyes[0], far[0]]), 2)]
    return (*parts, (joined([eyes[1], far[1]]), 3), (joined([eyes[2], far[2]]), 4))


def traffic_light(looks: Looks, at: Matrix) -> Body:
    """A traffic light with an arm over the road towards -X."""
    lamp = int(looks.rng.integers(3))
    colours = [looks("red"), looks("yellow"), looks("green light")]
    materials = [looks("dark plastic"), looks("metal"), *colours]
    materials[2 + lamp] = looks(("red", "yellow", "green light")[lamp], glow=6.0)
    return assembled(_signal_parts(), materials, motion=Still(at), kind="pole")


def wires(
    course: Course, looks: Looks, u: float, *, every: float = 35.0, start: float = -20.0, end: float = 120.0
) -> Body:
    """Wooden poles with sagging wires."""
    s = np.arange(start, end, every)
    feet = course.at(s, u)
    pole = joined([cylinder(0.13, 8.0, 7, top=0.09), box((1.8, 0.12, 0.12), (0, -7.4, 0))])
    poses = np.stack([course.pose(float(one), u) for one in s])
    lines = []
    sag = np.linspace(0, 1, 7)[:, None]
    for side in (-0.8, 0.0, 0.8):
        tops = feet + np.array([side, -7.6, 0.0])
        for a, b in pairwise(tops):
            lines.append(tube(a + (b - a) * sag + np.array([0, 1.0, 0]) * 4 * 0.5 * sag * (1 - sag), 0.012, 3))
    return assembled([(instances(pole, poses), 0), (joined(lines), 1)], [looks("wood"), looks("rubber")], kind="pole")


@lru_cache(maxsize=8)
def _small(name: str) -> tuple[Part, ...]:
    if name == "bin":
        return ((cylinder(0.24, 0.9, 10, top=0.28), 0), (moved(cylinder(0.3, 0.08, 10), y=-0.9), 1))
    if name == "bollard":
        return ((cylinder(0.09, 0.85, 8), 0), (moved(sphere(0.1, rings=4, sides=8), y=-0.87), 1))
    if name == "hydrant":
        body = joined([cylinder(0.12, 0.55, 9), moved(sphere(0.13, rings=4, sides=9), y=-0.58)])
        return ((body, 1), (box((0.44, 0.12, 0.12), (0, -0.42, 0)), 1))
    if name == "cabinet":
        return ((standing_box(0.9, 1.2, 0.4), 0), (box((0.96, 0.06, 0.46), (0, -1.2, 0)), 1))
    if name == "bench":
        slats = [box((0.1, 0.04, 1.6), (-0.2 + 0.13 * k, -0.45, 0)) for k in range(4)]
        slats += [box((0.04, 0.1, 1.6), (0.28, -0.6 - 0.15 * k, 0)) for k in range(3)]
        legs = [standing_box(0.45, 0.44, 0.06, 0, z) for z in (-0.65, 0.65)] + [
            box((0.05, 0.5, 0.06), (0.3, -0.65, z)) for z in (-0.65, 0.65)
        ]
        return ((joined(slats), 1), (joined(legs), 0))
    posts = [standing_box(0.08, 2.5, 0.08, x, z) for x in (-0.6, 0.6) for z in (-1.7, 1.7)]
    shelter = joined([*posts, box((1.7, 0.1, 4.0), (0, -2.5, 0)), box((0.4, 0.05, 2.4), (0.3, -0.5, 0))])
    return ((shelter, 0), (box((0.03, 1.9, 3.3), (0.62, -1.3, 0)), 1), (box((1.1, 1.7, 0.05), (0, -1.3, 1.7)), 2))


SMALL = {
    "bin": ("metal", "dark plastic"),
    "bollard": ("metal", "red"),
    "hydrant": ("metal", "red"),
    "cabinet": ("metal", "metal"),
    "bench": ("metal", "wood"),
    "shelter": ("metal", "glass", "sign"),
}


def small_thing(looks: Looks, name: str, at: Matrix) -> Body:
    """One of `SMALL`; a bench and a bus shelter open towards -X."""
    return assembled(_small(name), looks.several(*SMALL[name]), motion=Still(at), kind=name)
