"""Two further families of streets: a modern city of wide avenues, and an old town of narrow lanes."""

from functools import lru_cache
from math import pi

import numpy as np

from wilddepth.worlds.cast.light import HOURS, outdoor
from wilddepth.worlds.cast.motion import Along
from wilddepth.worlds.cast.scene import Body, Lamp, Scene, Still
from wilddepth.worlds.cast.scenes import buildings, cars, facades, people, plants, roads, roadside
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.scenes.street import RIGHT
from wilddepth.worlds.cast.scenes.street_life import Section, headlights, parked_cars
from wilddepth.worlds.cast.shapes import Part, assembled, box, cone, cylinder, joined, moved, sphere, tube

MODERN = 60
OLD = 120
"""Templates of houses of each city."""


def build_city_a(
    rng: np.random.Generator, *, hour: str | None = None, length: float = 20.0, speed: float | None = None
) -> Scene:
    """A modern city: wide avenues, towers, blocks in clean colours, palms, buses.

    Args:
        rng: decides everything.
        hour: one of `light.HOURS`; None = some daylight.
        length: m that a camera can travel.
        speed: m/s; None = 8 to 16.
    """
    light = outdoor(rng.spawn(1)[0]) if hour is None else HOURS[hour](rng.spawn(1)[0])
    looks = Looks(rng, table="city a", dark=light.lamps > 0)
    course = Course(rng, length, bend=0.4, slope=0.5, beyond=170.0)
    half = float(rng.uniform(7.2, 8.2))
    section = Section(half, float(rng.choice([-1, 1])) * rng.uniform(1.9, 2.1), rng.uniform(4, 7), 1.6, False, 0.0)
    route = course.route(section.lane, float(rng.uniform(8, 16)) if speed is None else speed)
    bodies = [course.land(rng, looks("grass"), hills=8.0), *avenue(course, looks, section)]
    for side in (-1, 1):
        bodies += modern_row(course, looks, section, side)
        bodies += palms(course, looks, section, side)
    bodies += avenue_traffic(course, looks, section)
    bodies += passers_by(course, looks, section, int(rng.integers(1, 4)))
    poles, lamps = avenue_furniture(course, looks, section)
    return Scene([*bodies, *poles], light, route, [*lamps, *headlights(light)])


def avenue(course: Course, looks: Looks, section: Section) -> list[Body]:
    """Four lanes with double lines, zebra crossings, broad pavements with lawns."""
    half, rng = section.half, looks.rng
    lines = [roads.dashes(course, side * half / 2, dash=3.0, period=8.0) for side in (-1, 1)]
    lines += [roads.stripe(course, side * (half - 0.2), width=0.15) for side in (-1, 1)]
    if rng.random() < 0.6:
        lines.append(roads.crossing(course, float(rng.uniform(10, 40)), half))
    lines += [
        roads.arrow(course, float(s), u) for s in rng.uniform(6, 60, 2) for u in (section.lane, 2.8 * section.lane)
    ]
    middle = [roads.stripe(course, u, width=0.12) for u in (-0.15, 0.15)]
    bodies = [roads.carriageway(course, looks, half, lines, yellow=middle)]
    for side in (-1, 1):
        bodies += roads.pavement(course, looks, half, section.walk, side, verge=section.verge)
        bodies.append(roads.ground_strip(course, looks, "pavement", section.back, section.back + 30, side, "pavement"))
    return bodies


@lru_cache(maxsize=4 * MODERN)
def modern_block(number: int, detail: bool, dark: bool) -> tuple[facades.Plan, buildings.Built]:
    """A flat-roofed block with broad windows."""
    rng = np.random.default_rng([37, number])
    width = rng.uniform(12, 24)
    plan = facades.Plan(
        width,
        depth=rng.uniform(12, 20),
        floors=int(rng.integers(2, 7)),
        columns=max(int(width / rng.uniform(2.6, 5.0)), 3),
        storey=3.3,
        ground=4.4,
        window=(rng.uniform(0.55, 0.92), rng.uniform(0.5, 0.62)),
        roof="flat",
        front="shop",
        balconies=bool(rng.random() < 0.4),
        bands=bool(rng.random() < 0.6),
        detail=detail,
    )
    return plan, buildings.shell(rng, plan, 0.4 if dark else 0.05)


def modern_row(course: Course, looks: Looks, section: Section, side: int) -> list[Body]:
    """Towers and blocks with gaps."""
    rng, bodies, s = looks.rng, [], course.start + looks.rng.uniform(-4, 6)
    while s < course.end - 10:
        back = section.back + rng.uniform(0.3, 4.0)
        if rng.random() < 0.35:
            wide, deep = rng.uniform(14, 26), rng.uniform(14, 24)
            at = course.pose(s + wide / 2, side * back, side * RIGHT)
            bodies.append(buildings.tower(looks, wide, rng.uniform(22, 75), deep, at))
        else:
            plan, built = modern_block(int(rng.integers(MODERN)), bool(s < course.length + 40), looks.dark)
            wide, wall = plan.width, ("plaster", "plaster", "panel", "concrete")[int(rng.integers(4))]
            at = course.pose(s + wide / 2, side * back, side * RIGHT)
            bodies.append(buildings.building(looks, built, at, wall, roof="concrete"))
        s += wide + rng.uniform(1.0, 14.0)
    return bodies


def palms(course: Course, looks: Looks, section: Section, side: int) -> list[Body]:
    """A row of palms, or of round trees, in the strip of grass."""
    rng, spacing = looks.rng, looks.rng.uniform(9, 16)
    name = "palm" if rng.random() < 0.75 else "broadleaf"
    bodies, stretch = [], 1.0 if name == "palm" else 1.4
    for s in np.arange(rng.uniform(-3, spacing), course.length + 70, spacing):
        at = course.pose(float(s), side * (section.half + 1.0), rng.uniform(0, 6), roads.KERB)
        leaves = 260 if s < course.length + 25 else 150
        bodies.append(plants.planted(looks, name, at, leaves=leaves, size=rng.uniform(0.95, 1.2), stretch=stretch))
    for s in rng.uniform(2, course.length + 40, int(rng.integers(1, 5))):
        at = course.pose(float(s), side * (section.half + 1.0), 0.0, roads.KERB)
        bodies.append(plants.planted(looks, "bush", at, leaves=110, size=0.8))
    return bodies


def avenue_traffic(course: Course, looks: Looks, section: Section) -> list[Body]:
    """Cars and buses on the other lanes: against the camera, and slower beside it."""
    rng, bodies = looks.rng, []
    hand = 1.0 if section.lane > 0 else -1.0
    for lane in (-hand * section.half / 4, -hand * section.half * 0.75):
        for s in 14 + np.cumsum(rng.uniform(13, 45, int(rng.integers(1, 4)))):
            motion = Along(course.line, -8.0 - abs(lane), course.origin + float(s), offset=lane)
            bodies += cars.driven(cars.any_template(rng, large=0.2), cars.paintwork(looks), motion)
    for s in 6 + np.cumsum(rng.uniform(12, 35, int(rng.integers(0, 4)))):
        motion = Along(course.line, 7.0, course.origin + float(s), offset=hand * section.half * 0.75)
        bodies += cars.driven(cars.any_template(rng, large=0.25), cars.paintwork(looks), motion)
    return bodies


def passers_by(course: Course, looks: Looks, section: Section, count: int) -> list[Body]:
    """People who walk on the pavements."""
    rng, bodies = looks.rng, []
    walk = section.half + 0.2 + section.verge
    for _ in range(count):
        u = float(rng.choice([-1, 1])) * (walk + rng.uniform(0.3, 0.8) * section.walk)
        pace, start = float(rng.choice([-1, 1])) * rng.uniform(1.1, 1.6), course.origin + rng.uniform(7, 30)
        motion = Along(course.line, pace, start, offset=u, lift=roads.KERB + 0.015)
        bodies += people.walker(rng, looks, motion, rng.uniform(1.55, 1.9))
    return bodies


def avenue_furniture(course: Course, looks: Looks, section: Section) -> tuple[list[Body], list[Lamp]]:
    """Lamps on both sides, traffic lights, signs, bus stops."""
    rng, kerb = looks.rng, section.half + 0.45
    bodies, lamps = [], []
    for side in (-1, 1):
        row, lit = roadside.lamps_along(
            course, looks, side * kerb, style=0, every=26.0, start=-8, end=course.length + 90, lit=3, strength=1.2
        )
        bodies.append(row)
        lamps += lit
    if rng.random() < 0.6:
        s = rng.uniform(18, 45)
        bodies += [
            roadside.traffic_light(looks, course.pose(s, side * kerb, 0.0 if side > 0 else pi, roads.KERB))
            for side in (-1, 1)
        ]
    for name in ("shelter", "bench", "bin", "cabinet"):
        side = int(rng.choice([-1, 1]))
        at = course.pose(rng.uniform(5, 45), side * (section.back - 1.5), 0.0 if side > 0 else pi, roads.KERB)
        bodies.append(roadside.small_thing(looks, name, at))
    for _ in range(3):
        side = int(rng.choice([-1, 1]))
        bodies.append(roadside.sign_at(looks, course.pose(rng.uniform(6, 50), side * kerb, 0.0, roads.KERB)))
    return bodies, lamps


def build_city_b(
    rng: np.random.Generator, *, hour: str | None = None, length: float = 16.0, speed: float | None = None
) -> Scene:
    """An old town: narrow lanes of stone and warm plaster, arcades, tiled roofs, cobbles, lanterns.

    Args:
        rng: decides everything.
        hour: one of `light.HOURS`; None = some daylight.
        length: m that a camera can travel.
        speed: m/s; None = 2 to 6.
    """
    light = outdoor(rng.spawn(1)[0]) if hour is None else HOURS[hour](rng.spawn(1)[0])
    looks = Looks(rng, table="city b", dark=light.lamps > 0)
    course = Course(rng, length, beyond=80.0)
    half = float(rng.uniform(2.1, 3.2))
    section = Section(half, rng.uniform(-0.4, 0.4), rng.uniform(0.9, 1.8), 0.0, False, 0.0)
    route = course.route(section.lane, float(rng.uniform(2, 6)) if speed is None else speed, sway=0.3)
    bodies = [course.land(rng, looks("field"), hills=30.0), roads.carriageway(course, looks, half, [])]
    for side in (-1, 1):
        bodies += roads.pavement(course, looks, half, section.walk + 0.9, side)
        bodies += old_row(course, looks, section, side)
        bodies += pots(course, looks, section, side)
    bodies += over_the_lane(course, looks, section)
    if half > 2.8:
        bodies += parked_cars(course, looks, Section(half + 1.0, 1.0, 0.5, 0.0, True, 0.0))[:3]
    bodies += passers_by(course, looks, section, int(rng.integers(1, 5)))
    posts, lamps = roadside.lamps_along(
        course, looks, section.back - 0.3, style=2, every=11.0, start=3, end=length + 60, lit=5
    )
    return Scene([*bodies, posts, church(course, looks)], light, route, [*lamps, *headlights(light)])


@lru_cache(maxsize=4 * OLD)
def old_house(number: int, detail: bool, dark: bool) -> tuple[facades.Plan, buildings.Built]:
    """A narrow old house, often over arches."""
    rng = np.random.default_rng([41, number])
    width = rng.uniform(4.5, 10)
    plan = facades.Plan(
        width,
        depth=rng.uniform(7, 10),
        floors=int(rng.integers(1, 4)),
        columns=max(int(width / rng.uniform(1.9, 2.8)), 2),
        storey=rng.uniform(2.6, 3.2),
        ground=rng.uniform(3.2, 4.0),
        window=(rng.uniform(0.3, 0.46), rng.uniform(0.42, 0.58)),
        roof=("gable", "cross")[int(rng.random() < 0.35)],
        front=("arches", "door", "shop")[int(rng.choice(3, p=(0.4, 0.4, 0.2)))],
        balconies=bool(rng.random() < 0.2),
        bands=bool(rng.random() < 0.5),
        detail=detail,
        pitch=rng.uniform(0.5, 1.2),
    )
    mesh, numbers = buildings.shell(rng, plan, 0.4 if dark else 0.05)
    wings = buildings.shutters(plan)
    return plan, (joined([mesh, wings]), np.append(numbers, np.full(len(wings.faces), facades.DOOR, np.int32)))


def old_row(course: Course, looks: Looks, section: Section, side: int) -> list[Body]:
    """Houses wall to wall, none quite in line with the next."""
    rng, bodies, s = looks.rng, [], course.start - looks.rng.uniform(0, 4)
    while s < course.end - 8:
        plan, built = old_house(int(rng.integers(OLD)), bool(s < course.length + 40), looks.dark)
        wall = ("plaster", "plaster", "stone")[int(rng.integers(3))]
        u = side * (section.back + 0.05 + rng.uniform(0.0, 0.7))
        at = course.pose(s + plan.width / 2, u, side * RIGHT + rng.normal(0, 0.01))
        bodies.append(buildings.building(looks, built, at, wall, size=float(rng.uniform(0.95, 1.05))))
        s += plan.width * (1.0 if rng.random() < 0.92 else 1.4)
    return bodies


def pots(course: Course, looks: Looks, section: Section, side: int) -> list[Body]:
    """Plants in pots, barrels and crates along the walls."""
    rng, bodies, u = looks.rng, [], side * (section.back - 0.35)
    for s in rng.uniform(2, course.length + 30, int(rng.integers(3, 9))):
        at = course.pose(float(s), u, rng.uniform(-0.3, 0.3), roads.KERB)
        pick = rng.random()
        if pick < 0.5:
            pot: list[Part] = [(cylinder(0.16, 0.35, 9, top=0.22), 0)]
            bodies.append(assembled(pot, [looks("roof")], motion=Still(at), kind="pot"))
            above = at.copy()
            above[1, 3] -= 0.33
            bodies.append(plants.planted(looks, "bush", above, leaves=90, size=0.42))
        elif pick < 0.75:
            barrel = moved(sphere((0.3, 0.55, 0.3), rings=6, sides=12), y=-0.45)
            bodies.append(assembled([(barrel, 0)], [looks("wood")], motion=Still(at), kind="barrel"))
        else:
            crates = joined([box((0.5, 0.35, 0.4), (0, -0.175, 0)), box((0.45, 0.3, 0.4), (0.02, -0.5, 0.05))])
            bodies.append(assembled([(crates, 0)], [looks("wood")], motion=Still(at), kind="crate"))
    return bodies


def over_the_lane(course: Course, looks: Looks, section: Section) -> list[Body]:
    """Lines with washing or flags, and sometimes an arch from house to house."""
    rng, wide = looks.rng, section.back
    bodies = []
    for s in rng.uniform(6, course.length + 35, int(rng.integers(1, 4))):
        high, step = rng.uniform(4.5, 7.0), np.linspace(-1, 1, 9)
        line = np.stack([wide * step, -high + 0.35 * (1 - step**2), np.zeros(9)], -1)
        flags = [box((0.55, 0.7, 0.01), (x, y + 0.37, 0)) for x, y, _ in line[1:-1:2]]
        parts: list[Part] = [(tube(line, 0.01, 3), 0), *((flag, 1 + k % 2) for k, flag in enumerate(flags))]
        materials = looks.several("rubber", "cloth", "cloth")
        bodies.append(assembled(parts, materials, motion=Still(course.pose(float(s), 0.0)), kind="washing"))
    if rng.random() < 0.4:
        front = facades.arcade(2 * (wide + 0.4), rng.uniform(6.5, 8.5), 1)[:4]
        both = [*front, *((moved(mesh, z=0.5), number) for mesh, number in front[:3])]
        at = Still(course.pose(rng.uniform(22, 50), 0.0))
        bodies.append(assembled(both, buildings.materials(looks, "stone"), motion=at, kind="building"))
    return bodies


def church(course: Course, looks: Looks) -> Body:
    """A church tower behind the end of the lane."""
    wide = float(looks.rng.uniform(5, 7))
    high = float(looks.rng.uniform(18, 28))
    parts: list[Part] = [
        (box((wide, high + 2, wide), (0, -high / 2, 0)), 0),
        (moved(cone(wide * 0.75, wide * 1.8, 4 if looks.rng.random() < 0.5 else 8), y=-high), 1),
        (box((wide * 0.3, wide * 0.6, wide + 0.1), (0, -high * 0.82, 0)), 2),
        (box((wide + 0.5, 0.4, wide + 0.5), (0, -high * 0.66, 0)), 0),
    ]
    at = course.pose(course.end - 2, float(looks.rng.uniform(-5, 5)))
    return assembled(parts, looks.several("stone", "roof", "dark plastic"), motion=Still(at), kind="building")
