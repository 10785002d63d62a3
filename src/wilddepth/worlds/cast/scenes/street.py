"""A street by day: houses, trees, parked and moving cars, people, lamps, signs."""

from dataclasses import replace
from functools import lru_cache
from math import pi

import numpy as np

from wilddepth.worlds.cast.light import HOURS, outdoor
from wilddepth.worlds.cast.scene import Body, Scene
from wilddepth.worlds.cast.scenes import buildings, facades, fences, plants, roads
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.scenes.street_life import Section, furniture, headlights, parked_cars, traffic, walkers

RIGHT = pi / 2
"""Yaw of a building on the right of the street, so that its front looks at it; on the left it is the opposite."""

SIGHT = 45.0
"""m ahead up to which things are built in detail."""


def draw_section(rng: np.random.Generator, style: str) -> Section:
    """A cross-section of a "town" street or of a "suburb" street."""
    parking, hand = bool(rng.random() < 0.75), -1 if rng.random() < 0.3 else 1
    half = rng.uniform(3.1, 3.9) + (2.1 if parking else 0.0)
    lane = hand * rng.uniform(1.5, 1.8)
    if style == "town":
        return Section(half, lane, rng.uniform(2.0, 3.6), 0.0, parking, 0.0)
    return Section(half, lane, rng.uniform(1.5, 2.2), float(rng.choice([0.0, 1.3])), parking, rng.uniform(3.5, 7.0))


def build_street(
    rng: np.random.Generator,
    *,
    hour: str | None = None,
    style: str | None = None,
    length: float = 20.0,
    speed: float | None = None,
    table: str = "train",
    alone: bool = False,
) -> Scene:
    """A street in a town or a suburb.

    Args:
        rng: decides everything.
        hour: one of `light.HOURS`; None = some daylight.
        style: "town" (houses wall to wall, shops) or "suburb" (gardens, fences, hedges); None = either.
        length: m that a camera can travel.
        speed: m/s; None = 6 to 13.
        table: of what things are made, see `looks.Looks`.
        alone: without other cars under way.
    """
    light = outdoor(rng.spawn(1)[0]) if hour is None else HOURS[hour](rng.spawn(1)[0])
    looks = Looks(rng, table=table, dark=light.lamps > 0)
    kind = style or ("town", "suburb")[int(rng.integers(2))]
    section, course = draw_section(rng, kind), Course(rng, length)
    route = course.route(section.lane, float(rng.uniform(6, 13)) if speed is None else speed)
    bodies = [course.land(rng, looks("field")), *surface(course, looks, section)]
    bodies += houses(course, looks, section, kind)
    bodies += trees(course, looks, section, kind)
    if section.parking:
        bodies += parked_cars(course, looks, section)
    if not alone:
        bodies += traffic(course, looks, section, route)
    bodies += walkers(course, looks, section)
    poles, lamps = furniture(course, looks, section)
    return Scene([*bodies, *poles], light, route, [*lamps, *headlights(light)])


def build_street_night_rain(rng: np.random.Generator, *, length: float = 20.0, speed: float | None = None) -> Scene:
    """A wet street at night under lamps and headlights, of stuff that training never sees; rain is put on afterwards.

    Arguments as of `build_street`.
    """
    scene = build_street(rng, hour="night", length=length, speed=speed, table="held out")
    return replace(scene, wetness=float(rng.uniform(0.6, 1.0)))


def surface(course: Course, looks: Looks, section: Section) -> list[Body]:
    """Road, kerbs and pavements."""
    rng, half = looks.rng, section.half
    edge = half - (2.15 if section.parking else 0.25)
    lines = [roads.dashes(course, 0.0, dash=3.0, period=float(rng.choice([6.0, 9.0])))]
    if section.parking or rng.random() < 0.5:
        lines += [roads.stripe(course, side * edge, width=0.1) for side in (-1, 1)]
    if rng.random() < 0.5:
        lines.append(roads.crossing(course, float(rng.uniform(9, 45)), half))
    if rng.random() < 0.4:
        lines += [roads.arrow(course, s, section.lane) for s in (rng.uniform(8, 20), rng.uniform(30, 60))]
    bodies = [roads.carriageway(course, looks, half, lines)]
    for side in (-1, 1):
        bodies += roads.pavement(course, looks, half, section.walk, side, verge=section.verge)
        stuff, kind = ("grass", "grass") if section.garden > 0 else ("concrete", "pavement")
        bodies.append(roads.ground_strip(course, looks, stuff, section.back, section.back + 25, side, kind))
    return bodies


WALLS = ("plaster", "plaster", "brick", "brick", "stone", "concrete")


def houses(course: Course, looks: Looks, section: Section, style: str) -> list[Body]:
    """Both rows of houses."""
    rng, bodies = looks.rng, []
    for side in (-1, 1):
        s = course.start + rng.uniform(0, 8)
        while s < course.end - 20:
            near, size = s < course.length + SIGHT, float(rng.uniform(0.92, 1.1))
            plan, built = house_template(style, int(rng.integers(HOUSES)), near, looks.dark)
            width = plan.width * size
            middle = s + width / 2
            u = side * (section.back + section.garden + 0.05 + _bulge(course, middle, width))
            wall = WALLS[int(rng.integers(len(WALLS)))]
            bodies.append(buildings.building(looks, built, course.pose(middle, u, side * RIGHT), wall, size=size))
            if section.garden > 0 and near:
                bodies += garden(course, looks, section, s, width, side)
            s += width + (0.0 if style == "town" and rng.random() < 0.88 else rng.uniform(3, 9))
    return bodies


HOUSES = 160
"""Templates of each style; each is built when it is first met."""


@lru_cache(maxsize=4 * HOUSES)
def house_template(style: str, number: int, detail: bool, dark: bool) -> tuple[facades.Plan, buildings.Built]:
    """A house of a "town" or of a "suburb"."""
    rng = np.random.default_rng([31, number])
    plan = town_plan(rng, detail) if style == "town" else suburb_plan(rng, detail)
    return plan, buildings.shell(rng, plan, 0.35 if dark else 0.06)


def _bulge(course: Course, s: float, width: float) -> float:
    """How far the course comes towards a straight front of this width, m."""
    turn = abs(course.yaw(s + width / 2) - course.yaw(s - width / 2))
    return turn * width / 8


def town_plan(rng: np.random.Generator, detail: bool) -> facades.Plan:
    """A house of a closed row: flats over shops or doors."""
    width = rng.uniform(7, 15)
    return facades.Plan(
        width,
        depth=rng.uniform(9, 13),
        floors=int(rng.integers(1, 5)),
        columns=max(int(width / rng.uniform(2.2, 3.2)), 2),
        storey=rng.uniform(2.7, 3.4),
        ground=rng.uniform(3.2, 4.2),
        window=(rng.uniform(0.36, 0.6), rng.uniform(0.45, 0.62)),
        roof=("gable", "flat")[int(rng.random() < 0.45)],
        front=("shop", "door")[int(rng.random() < 0.5)],
        balconies=bool(rng.random() < 0.3),
        bands=bool(rng.random() < 0.4),
        detail=detail,
        pitch=rng.uniform(0.5, 1.0),
    )


def suburb_plan(rng: np.random.Generator, detail: bool) -> facades.Plan:
    """A house in a garden."""
    width = rng.uniform(7, 12)
    return facades.Plan(
        width,
        depth=rng.uniform(7, 10),
        floors=int(rng.integers(0, 2)),
        columns=int(rng.integers(2, 4)),
        storey=2.7,
        ground=rng.uniform(2.7, 3.1),
        window=(rng.uniform(0.36, 0.55), rng.uniform(0.42, 0.55)),
        roof=("gable", "cross")[int(rng.random() < 0.5)],
        balconies=bool(rng.random() < 0.15),
        detail=detail,
        pitch=rng.uniform(0.6, 1.1),
    )


def garden(course: Course, looks: Looks, section: Section, s: float, width: float, side: int) -> list[Body]:
    """Fence, hedge or wall towards the street, bushes behind it."""
    rng, u = looks.rng, side * (section.back + 0.25)
    styles = ("picket", "boards", "railing", "wall", "hedge", "none")
    style = styles[int(rng.choice(6, p=(0.22, 0.14, 0.14, 0.16, 0.24, 0.1)))]
    bodies = []
    if style == "hedge":
        plant = plants.hedge(rng, width, rng.uniform(0.9, 1.8), 0.6, 350)
        leaf = looks("leaves")
        at = course.pose(s, u + side * (0.35 + _bulge(course, s, 2 * width)))
        bodies.append(plants.bedded(plant, [leaf, leaf, leaf], at))
    elif style != "none":
        bodies.append(fences.fence(course, looks, u, s, s + width + 1, style))
    for _ in range(int(rng.integers(0, 3))):
        at = course.pose(
            s + rng.uniform(0.5, width), u + side * rng.uniform(1.2, section.garden - 1.2), rng.uniform(0, 6)
        )
        bodies.append(plants.planted(looks, "bush", at, leaves=160, size=rng.uniform(0.8, 1.4)))
    return bodies


def trees(course: Course, looks: Looks, section: Section, style: str) -> list[Body]:
    """Trees along the pavement (town) or in the gardens, and a belt of trees where the street ends."""
    rng, bodies = looks.rng, []
    name = ("broadleaf", "broadleaf", "bare", "conifer")[int(rng.integers(4))] if style == "suburb" else "broadleaf"
    spacing = rng.uniform(9, 22)
    # The boughs of a fir begin low: it stays in the garden.
    at_kerb = style == "town" or (section.verge > 0 and name != "conifer")
    # Crowns that reach over the road leave room below for what drives there.
    stretch = 1.25 if section.parking else 1.45
    for side in (-1, 1):
        if style == "town" and rng.random() < 0.4:
            continue
        for s in np.arange(course.start + 12 + rng.uniform(0, spacing), course.length + 85, spacing):
            in_garden = section.back + rng.uniform(2.0, max(section.garden - 1.0, 2.2))
            u = section.half + 0.85 if at_kerb else in_garden
            at = course.pose(float(s + rng.uniform(-1, 1)), side * u, rng.uniform(0, 6))
            leaves, size = 500 if -3 < s < course.length + 14 else 160, rng.uniform(1.1, 1.35)
            bodies.append(plants.planted(looks, name, at, leaves=leaves, size=size, stretch=stretch))
    return bodies + belt(course, looks, 10)


def belt(course: Course, looks: Looks, count: int) -> list[Body]:
    """Large trees behind the end of the street."""
    rng = looks.rng
    places = zip(course.end + rng.uniform(0, 12, count), np.linspace(-28, 28, count), strict=True)
    return [
        plants.planted(looks, "broadleaf", course.pose(float(s), float(u)), leaves=90, size=rng.uniform(1.8, 2.8))
        for s, u in places
    ]
