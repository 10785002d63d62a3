"""Roads through open land: with nothing ahead, or with one car that keeps its distance."""

from dataclasses import replace

import numpy as np

from wilddepth.worlds.cast.light import HOURS, outdoor
from wilddepth.worlds.cast.motion import Along, Line
from wilddepth.worlds.cast.scene import Body, Scene, Still
from wilddepth.worlds.cast.scenes import buildings, cars, fences, plants, roads, roadside
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.scenes.street import HOUSES, build_street, house_template
from wilddepth.worlds.cast.scenes.street_life import headlights
from wilddepth.worlds.cast.shapes import Part, assembled, instances, moved, standing_box


def build_open_road(
    rng: np.random.Generator,
    *,
    hour: str | None = None,
    style: str | None = None,
    length: float = 30.0,
    speed: float | None = None,
) -> Scene:
    """A road with nothing ahead, up to the horizon.

    Args:
        rng: decides everything.
        hour: one of `light.HOURS`; None = some daylight.
        style: "country" (two lanes, fields, posts, trees) or "highway" (barriers, two carriageways); None = either.
        length: m that a camera can travel.
        speed: m/s; None = 14 to 32.
    """
    light = outdoor(rng.spawn(1)[0]) if hour is None else HOURS[hour](rng.spawn(1)[0])
    looks = Looks(rng, dark=light.lamps > 0)
    kind = style or ("country", "highway")[int(rng.integers(2))]
    course = Course(rng, length, beyond=420.0, before=12.0)
    hand = -1 if rng.random() < 0.3 else 1
    half = 3.5 if kind == "country" else 5.3
    pace = float(rng.uniform(14, 22) if kind == "country" else rng.uniform(22, 32)) if speed is None else speed
    bodies = [course.land(rng, looks("field"), hills=float(rng.uniform(15, 110)), near=float(rng.uniform(40, 90)))]
    bodies += verges(course, looks, half)
    bodies += country(course, looks, half) if kind == "country" else highway(course, looks, half, hand)
    bodies += [*scattered_trees(course, looks, half + 9.0), *farms(course, looks), *far_woods(course, looks)]
    route = course.route(hand * 1.75, pace, low=1.1, high=2.2, sway=0.4)
    return Scene(bodies, light, route, headlights(light))


def build_lead_car(
    rng: np.random.Generator,
    *,
    hour: str | None = None,
    gap: float | None = None,
    length: float = 30.0,
    speed: float | None = None,
) -> Scene:
    """A car ahead that goes as fast as the camera: it stays where it is in the picture while all else moves.

    Args:
        rng: decides everything.
        hour: one of `light.HOURS`; None = some daylight.
        gap: m from the camera to its rear; None = 6 to 28.
        length: m that a camera can travel.
        speed: m/s of both; None = as of the road.
    """
    if rng.random() < 0.5:
        scene = build_open_road(rng, hour=hour, length=length, speed=speed)
    else:
        scene = build_street(rng, hour=hour, length=length, speed=speed, alone=True)
    looks = Looks(rng, dark=scene.light.lamps > 0)
    template = cars.any_template(rng, large=0.15)
    ahead = float(rng.uniform(6, 28)) if gap is None else gap
    motion = Along(
        Line(scene.route.points),
        scene.route.speed,
        ahead + template.half_length,
        wave=float(rng.uniform(0.05, 0.06 * ahead)),
        period=float(rng.uniform(6, 12)),
        phase=float(rng.uniform()),
    )
    lead = cars.driven(template, cars.paintwork(looks), motion)
    return replace(scene, bodies=[*scene.bodies, *lead])


def verges(course: Course, looks: Looks, half: float) -> list[Body]:
    """Gravel shoulders and mown grass on both sides."""
    bodies = []
    for side in (-1, 1):
        for stuff, kind, inner, outer, high in (
            ("gravel", "road", 0.0, 0.8, -0.01),
            ("grass", "grass", 0.8, 6.5, -0.01),
        ):
            profile = np.array([(half + inner, high), (half + outer, high - 0.03 * (inner > 0))])
            mesh = course.swept(profile if side > 0 else profile[::-1] * (-1, 1))
            bodies.append(Body(mesh, [looks(stuff)], kind=kind))
    return bodies


def country(course: Course, looks: Looks, half: float) -> list[Body]:
    """Two lanes between posts, fences and wires."""
    rng = looks.rng
    lines = [roads.dashes(course, 0.0, dash=float(rng.choice([3.0, 4.0])), period=float(rng.choice([8.0, 12.0])))]
    lines += [roads.stripe(course, side * (half - 0.25), width=0.12) for side in (-1, 1)]
    bodies = [roads.carriageway(course, looks, half, lines), delineators(course, looks, half + 1.1)]
    for side in (-1, 1):
        style = ("posts", "barrier", "wall", "hedge", "none")[int(rng.choice(5, p=(0.3, 0.2, 0.1, 0.1, 0.3)))]
        end = course.length + 110
        if style == "hedge":
            leaf = looks("leaves")
            plant = plants.hedge(rng, 40.0, 1.6, 1.2, 900)
            bodies.append(plants.bedded(plant, [leaf, leaf, leaf], course.pose(10.0, side * (half + 4.5))))
        elif style != "none":
            bodies.append(
                fences.fence(course, looks, side * (half + (1.4 if style == "barrier" else 5.0)), -10, end, style)
            )
    if rng.random() < 0.5:
        bodies.append(roadside.wires(course, looks, float(rng.choice([-1, 1])) * (half + 7), end=course.length + 250))
    if rng.random() < 0.5:
        hand = int(rng.choice([-1, 1]))
        bodies.append(roadside.sign_at(looks, course.pose(rng.uniform(12, 40), hand * (half + 1.3))))
    return bodies


def highway(course: Course, looks: Looks, half: float, hand: int) -> list[Body]:
    """One carriageway between barriers, another one beyond the middle strip, gantries."""
    rng = looks.rng
    lines = [roads.dashes(course, 0.0, width=0.16, dash=6.0, period=18.0)]
    lines += [roads.stripe(course, side * (half - 1.2), width=0.2) for side in (-1, 1)]
    bodies = [roads.carriageway(course, looks, half, lines)]
    other = np.array([(half + 3.0, 0.0), (half + 3.0 + 2 * half, 0.0)])
    bodies.append(Body(course.swept(other if hand < 0 else other[::-1] * (-1, 1)), [looks("asphalt")], kind="road"))
    end = course.length + 160
    bodies += [fences.fence(course, looks, -hand * (half + d), -10, end, "barrier") for d in (0.7, 2.2)]
    bodies.append(fences.fence(course, looks, hand * (half + 1.2), -10, end, "barrier"))
    bodies += [gantry(course, looks, s, half) for s in 30 + np.cumsum(rng.uniform(20, 200, int(rng.integers(0, 3))))]
    if rng.random() < 0.5:
        bodies.append(noise_wall(course, looks, hand * (half + 4.5), end))
    return bodies


def delineators(course: Course, looks: Looks, u: float) -> Body:
    """White posts with dark bands on both sides."""
    s = np.arange(course.start + 4, course.length + 200, 25.0)
    poses = np.stack([course.pose(float(one), side * u) for one in s for side in (-1, 1)])
    post, band = standing_box(0.12, 1.05, 0.1), moved(standing_box(0.125, 0.22, 0.105), y=-0.72)
    parts: list[Part] = [(instances(post, poses), 0), (instances(band, poses), 1)]
    return assembled(parts, looks.several("white", "dark plastic"), kind="pole")


def gantry(course: Course, looks: Looks, s: float, half: float) -> Body:
    """Large signs on a bridge over the road."""
    wide = half + 1.8
    posts = [standing_box(0.35, 6.6, 0.35, x) for x in (-wide, wide)]
    beams = [standing_box(2 * wide, 0.25, 0.25, lift=high) for high in (5.7, 6.5)]
    panels = [standing_box(0.8 * half, 2.6, 0.1, x=side * half * 0.5, z=-0.25, lift=5.3) for side in (-1, 1)]
    text = [
        standing_box(0.8 * half - w, 0.3, 0.12, x=side * half * 0.5, z=-0.26, lift=h)
        for side in (-1, 1)
        for h, w in ((7.1, 1.2), (6.5, 1.9), (5.8, 1.5))
    ]
    parts: list[Part] = (
        [(mesh, 0) for mesh in (*posts, *beams)] + [(mesh, 1) for mesh in panels] + [(mesh, 2) for mesh in text]
    )
    return assembled(parts, looks.several("metal", "blue", "white"), motion=Still(course.pose(s, 0.0)), kind="sign")


def noise_wall(course: Course, looks: Looks, u: float, end: float) -> Body:
    """A long wall beside the road."""
    mesh = fences.low_wall(20.0, end, float(looks.rng.uniform(2.5, 4.0)))
    stuff = ("concrete", "wood", "panel")[int(looks.rng.integers(3))]
    return Body(course.bent(moved(mesh, x=u)), [looks(stuff)], kind="wall")


def scattered_trees(course: Course, looks: Looks, u: float) -> list[Body]:
    """Single trees, rows and small woods in the land beside the road."""
    rng, bodies = looks.rng, []
    name = ("broadleaf", "conifer", "bare")[int(rng.choice(3, p=(0.6, 0.25, 0.15)))]
    count = int(rng.integers(6, 34))
    s, away = rng.uniform(5, course.length + 220, count), u + rng.exponential(14.0, count)
    side = rng.choice([-1, 1], count)
    for one, out, hand in zip(s, away, side, strict=True):
        far = float(one + out) > course.length + 50
        at = course.pose(float(one), float(hand * out), rng.uniform(0, 6))
        bodies.append(plants.planted(looks, name, at, leaves=130 if far else 450, size=rng.uniform(0.8, 1.7)))
    for one in rng.uniform(0, course.length + 60, int(rng.integers(0, 8))):
        at = course.pose(float(one), float(rng.choice([-1, 1])) * (u - 3.5))
        bodies.append(plants.planted(looks, "bush", at, leaves=160, size=rng.uniform(0.9, 1.6)))
    s = rng.uniform(2, 45, 160)
    where = course.at(s, rng.choice([-1, 1], 160) * (u - 8.0 + rng.exponential(2.0, 160)))
    return [*bodies, plants.meadow(looks, where, blades=7)]


def farms(course: Course, looks: Looks) -> list[Body]:
    """Houses far from the road."""
    rng, bodies = looks.rng, []
    for _ in range(int(rng.integers(0, 5))):
        _, built = house_template("suburb", int(rng.integers(HOUSES)), False, looks.dark)
        hand = int(rng.choice([-1, 1]))
        at = course.pose(rng.uniform(40, course.length + 250), hand * rng.uniform(24, 70), rng.uniform(-3, 3))
        bodies.append(buildings.building(looks, built, at, ("plaster", "brick", "wood")[int(rng.integers(3))]))
    return bodies


def far_woods(course: Course, looks: Looks) -> list[Body]:
    """Edges of woods on the horizon."""
    rng, bodies = looks.rng, []
    name = "conifer" if rng.random() < 0.4 else "broadleaf"
    for _ in range(int(rng.integers(1, 5))):
        s, u = rng.uniform(90, course.length + 400), rng.choice([-1, 1]) * rng.uniform(30, 85)
        for k in range(int(rng.integers(4, 9))):
            at = course.pose(float(s + 3 * rng.normal() + 5 * k), float(u + 4 * rng.normal()), rng.uniform(0, 6))
            bodies.append(plants.planted(looks, name, at, leaves=70, size=rng.uniform(1.2, 2.0)))
    return bodies
