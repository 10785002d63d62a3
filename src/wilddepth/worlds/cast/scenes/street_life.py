"""What fills a street: cars, people, lamps, signs, benches."""

from dataclasses import dataclass
from math import pi

import numpy as np

from wilddepth.worlds.cast.motion import Along, Line
from wilddepth.worlds.cast.scene import Body, Lamp, Light, Route
from wilddepth.worlds.cast.scenes import cars, people, roads, roadside
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks


@dataclass(frozen=True)
class Section:
    """What lies across the street.

    Attributes:
        half: m from the middle to the kerb.
        lane: m, u of the camera's lane; negative where traffic keeps left.
        walk: m, width of the pavements.
        verge: m, width of the grass between kerb and pavement.
        parking: whether cars are parked along the kerbs.
        garden: m between pavement and houses; 0 = houses stand at the pavement.
    """

    half: float
    lane: float
    walk: float
    verge: float
    parking: bool
    garden: float

    @property
    def edge(self) -> float:
        """m from the middle to where a cyclist rides."""
        return self.half - (2.5 if self.parking else 0.5)

    @property
    def back(self) -> float:
        """u at which the pavement ends."""
        return self.half + 0.2 + self.verge + self.walk


def headlights(light: Light) -> list[Lamp]:
    """Of the camera's own car, in the dark."""
    if light.lamps <= 0:
        return []
    return [Lamp((side * 0.6, 0.9, 0.5), (40.0, 38.0, 33.0), (0.0, 0.06, 1.0), 32.0, carried=True) for side in (-1, 1)]


def parked_cars(course: Course, looks: Looks, section: Section) -> list[Body]:
    """Cars along both kerbs, with gaps."""
    rng, bodies = looks.rng, []
    for side in (-1, 1):
        s = rng.uniform(-8, 6)
        full = rng.uniform(0.45, 0.95)
        while s < course.length + 48:
            template = cars.any_template(rng, large=0.04)
            s += template.half_length
            if rng.random() < full:
                back = pi if rng.random() < 0.15 else 0.0
                facing = (0.0 if side * section.lane > 0 else pi) + back
                at = course.pose(
                    s,
                    side * (section.half - max(1.13, template.half_width + 0.12)),
                    facing + rng.normal(0, 0.012),
                    tilted=True,
                )
                bodies.append(cars.parked(template, cars.paintwork(looks), at, fine=s < course.length + 15))
            s += template.half_length + rng.uniform(0.6, 1.6)
    return bodies


def traffic(course: Course, looks: Looks, section: Section, route: Route) -> list[Body]:
    """Cars that come towards the camera, and perhaps one far ahead in its own lane."""
    rng, bodies = looks.rng, []
    hand = 1 if section.lane > 0 else -1
    pace = rng.uniform(6, 12)
    for s in 22 + np.cumsum(rng.uniform(13, 60, int(rng.integers(0, 4)))):
        motion = Along(course.line, -pace, course.origin + s, offset=-hand * 1.6)
        bodies += cars.driven(cars.any_template(rng, large=0.12), cars.paintwork(looks), motion)
    if rng.random() < 0.5:
        motion = Along(Line(route.points), route.speed, rng.uniform(14, 45), wave=rng.uniform(0, 1.0), period=9.0)
        bodies += cars.driven(cars.any_template(rng, large=0.1), cars.paintwork(looks), motion)
    return bodies


def walkers(course: Course, looks: Looks, section: Section) -> list[Body]:
    """People on the pavements, perhaps a cyclist."""
    rng, bodies = looks.rng, []
    walk = section.half + 0.2 + section.verge
    for _ in range(int(rng.integers(1, 5))):
        side = int(rng.choice([-1, 1]))
        u = side * (walk + rng.uniform(0.35, 0.65) * section.walk)
        motion = Along(
            course.line,
            rng.choice([-1, 1]) * rng.uniform(1.1, 1.6),
            course.origin + rng.uniform(7, 40),
            offset=float(u),
            lift=roads.KERB + 0.015,
        )
        bodies += people.walker(rng, looks, motion, rng.uniform(1.55, 1.9))
    for _ in range(int(rng.integers(0, 3))):
        at = course.pose(
            rng.uniform(7, 40),
            rng.choice([-1, 1]) * (walk + 0.35 * section.walk),
            rng.uniform(-3, 3),
            roads.KERB + 0.015,
        )
        bodies.append(people.standing(rng, looks, at, rng.uniform(1.55, 1.9)))
    if rng.random() < 0.35:
        hand = 1 if section.lane > 0 else -1
        motion = Along(
            course.line, -rng.uniform(3, 5), course.origin + rng.uniform(25, 70), offset=-hand * section.edge
        )
        bodies += people.cyclist(looks, motion, 1.75)
    return bodies


def furniture(course: Course, looks: Looks, section: Section) -> tuple[list[Body], list[Lamp]]:
    """Street lamps, signs, traffic lights, bins, benches, bus stops, wires."""
    rng, kerb, far = looks.rng, section.half + 0.4, course.length + 90
    side, style = int(rng.choice([-1, 1])), int(rng.integers(3))
    every = rng.uniform(20, 30) if style == 0 else rng.uniform(13, 20)
    posts, lamps = roadside.lamps_along(
        course, looks, side * kerb, style=style, every=every, start=-15 + rng.uniform(0, every), end=far, lit=6
    )
    bodies = [posts]
    signs = rng.uniform(5, course.length + 50, int(rng.integers(3, 7)))
    bodies += [_sign(course, looks, kerb, float(s)) for s in signs]
    if rng.random() < 0.3:
        s = rng.uniform(15, 50)
        bodies += [
            roadside.traffic_light(looks, course.pose(s, hand * kerb, 0.0 if hand > 0 else pi, roads.KERB))
            for hand in (-1, 1)
        ]
    for name in rng.choice(list(roadside.SMALL), int(rng.integers(3, 7))):
        hand = int(rng.choice([-1, 1]))
        u = hand * (section.back - 0.9 if name in ("shelter", "bench") else kerb + 0.1)
        bodies.append(
            roadside.small_thing(
                looks,
                str(name),
                course.pose(rng.uniform(4, course.length + 40), u, 0.0 if hand > 0 else pi, roads.KERB),
            )
        )
    if rng.random() < 0.3:
        bodies.append(roadside.wires(course, looks, -side * (kerb + 0.2), start=-20 + rng.uniform(0, 20), end=far))
    return bodies, lamps


def _sign(course: Course, looks: Looks, kerb: float, s: float) -> Body:
    hand = int(looks.rng.choice([-1, 1]))
    facing = 0.0 if looks.rng.random() < 0.7 else pi
    return roadside.sign_at(looks, course.pose(s, hand * kerb, facing + looks.rng.normal(0, 0.1), roads.KERB))
