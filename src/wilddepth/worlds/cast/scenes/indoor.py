"""Rooms: living rooms, bedrooms, kitchens, studies: furniture along the walls and in the middle, lamps, daylight."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Body, Lamp, Light, Matrix, Route, Scene, Sun
from wilddepth.worlds.cast.scenes.assembly import Group, Parts, Plan, pick, upright
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.scenes.furniture import chair, office_chair, sofa, table
from wilddepth.worlds.cast.scenes.room import CURTAIN, Opening, Room, Wall, outside, room, shell
from wilddepth.worlds.cast.scenes.room_kinds import KINDS, Kind
from wilddepth.worlds.cast.scenes.things import floor_lamp, pendant, plant, stack, thing
from wilddepth.worlds.cast.shapes import standing_box
from wilddepth.worlds.cast.solids import rounded_box


@dataclass
class Stage:
    """A room that is being furnished."""

    finishes: Finishes
    room: Room
    plan: Plan
    bodies: list[Body] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)

    def stand(self, group: Group | Parts, at: Matrix) -> bool:
        """Put something there if there is room; says whether."""
        whole = group if isinstance(group, Group) else Group().put(group)
        return self._take(whole, at, whole.bounds(at))

    def _take(self, whole: Group, at: Matrix, box: np.ndarray) -> bool:
        if not self.plan.free(box):
            return False
        self.plan.take(box)
        self.bodies += whole.bodies(at)
        return True

    def lean(self, group: Group | Parts, wall: Wall) -> bool:
        """Put something with its back at a wall, at one of a few places, if there is room."""
        whole = group if isinstance(group, Group) else Group().put(group)
        box = whole.bounds()
        left, right, height = wall.width / 2 + box[0][0], wall.width / 2 - box[1][0], -box[0][1]
        if left + right <= 0.1:
            return False
        at = wall.frame @ upright(z=-box[1][2] - 0.03)
        middle, aside = whole.bounds(at), at[:3, 0]
        for u in self.finishes.rng.uniform(-left, right, 7):
            if wall.covers(u + box[0][0], u + box[1][0], height) or not self.plan.free(middle + u * aside):
                continue
            return self._take(whole, at @ upright(u), middle + u * aside)
        return False


def build_indoor(rng: np.random.Generator, kind: str | None = None) -> Scene:
    """A furnished room: living room, bedroom, kitchen, study or dining room.

    Args:
        rng: gives the whole scene.
        kind: one of `KINDS` by name; None = any.

    Returns:
        A room seen from one end; the camera walks a part of it at eye level and looks at its far half.

    Raises:
        ValueError: when there is no such kind.
    """
    chosen = [k for k in KINDS if kind in (None, k.name)]
    if not chosen:
        raise ValueError(f"no room of kind {kind!r}; there are {', '.join(k.name for k in KINDS)}")
    sort, finishes = pick(rng, chosen), Finishes(rng)
    place_ = room(rng.uniform(3.2, 5.2), rng.uniform(4.2, 7.0), rng.uniform(2.45, 3.1))
    day = bool(rng.random() < 0.75)
    _pierce(rng, place_, windows=True)
    route = _route(rng, place_)
    plan = Plan((-place_.width / 2, -place_.height, 0), (place_.width / 2, 0.05, place_.length), route)
    stage = Stage(finishes, place_, plan)
    stage.bodies += shell(finishes, place_)
    for wall in place_.walls[:3]:
        stage.bodies += outside(finishes, wall, rng.uniform(0.5, 1.2) if day else 0.0)
    _furnish(stage, sort)
    _hang(stage)
    return Scene(stage.bodies, daylight(rng, place_, day=day), route, tuple(stage.lamps))


def _pierce(rng: np.random.Generator, place_: Room, *, windows: bool) -> None:
    """Doors and windows."""
    far, left, right, _ = place_.walls
    for wall in (pick(rng, (far, left, right)), pick(rng, (left, right))):
        u, wide = rng.uniform(-0.4, 0.4) * wall.width, rng.uniform(0.75, 0.95)
        wall.pierce(Opening(u - wide / 2, u + wide / 2, 0.0, rng.uniform(1.95, 2.1), door=True))
    for wall in (far, left, right) if windows else ():
        if rng.random() < 0.7:
            u, wide = rng.uniform(-0.3, 0.3) * wall.width, rng.uniform(0.7, 2.0)
            low = rng.uniform(0.75, 1.0) if rng.random() < 0.85 else 0.05
            wall.pierce(Opening(u - wide / 2, u + wide / 2, low, rng.uniform(2.0, place_.height - 0.2)), margin=CURTAIN)


def _route(rng: np.random.Generator, place_: Room) -> Route:
    """From the near end inwards, slanting; eye level of somebody who sits or stands."""
    x, reach = rng.uniform(-0.25, 0.25, 2) * (place_.width - 2), rng.uniform(0.25, 0.42) * place_.length
    points = np.array([(x[0], 0, 0.6), (x[1], 0, 0.6 + reach * 0.7)])
    gaze = (rng.uniform(-0.25, 0.25) * place_.width, -rng.uniform(0.5, 1.2), place_.length * rng.uniform(0.8, 1.0))
    return Route(points, speed=rng.uniform(0.3, 0.7), low=1.1, high=1.65, sway=0.15, gaze=gaze)


def _furnish(stage: Stage, sort: Kind) -> None:
    rng, f, walls = stage.finishes.rng, stage.finishes, stage.room.walls[:3]
    for number, make in enumerate(sort.first):
        order = [0, 1, 2] if number == 0 and rng.random() < 0.6 else [int(k) for k in rng.permutation(3)]
        # What gives a room its name gets several trials, each of another size.
        for _ in range(6 if number == 0 else 1):
            item = make(f)
            if any(stage.lean(item, walls[k]) for k in order):
                break
    CENTRES[sort.centre](stage)
    if rng.random() < 0.5:
        _near(stage)
    for _ in range(int(rng.integers(7, 12))):
        make = pick(rng, sort.more)
        item = make(f)
        any(stage.lean(item, walls[int(k)]) for k in rng.permutation(3)[:2])
    if rng.random() < 0.7:
        _rug(stage)


def _tall_plant(f: Finishes) -> Parts:
    return plant(f, f.rng.uniform(0.8, 1.5))


def _middle(stage: Stage) -> tuple[float, float]:
    rng, place_ = stage.finishes.rng, stage.room
    return rng.uniform(-0.2, 0.2) * place_.width, place_.length * rng.uniform(0.5, 0.75)


def _easy_chair(f: Finishes) -> Parts:
    return sofa(f, 1)


def _near(stage: Stage) -> None:
    """Something close beside the way of the camera: large disparities, and edges before the whole room."""
    f, rng, points = stage.finishes, stage.finishes.rng, stage.plan.route.points
    makers: tuple[Callable[[Finishes], Parts], ...] = (chair, floor_lamp, office_chair, _tall_plant, _easy_chair)
    item = pick(rng, makers)(f)
    for _ in range(8):
        ahead, side = rng.uniform(0.8, 1.8), rng.uniform(0.5, 1.1) * pick(rng, (-1, 1))
        if stage.stand(item, upright(points[0][0] + side, 0, points[0][2] + ahead, rng.uniform(0, 2 * np.pi))):
            return


def _low_table(stage: Stage) -> None:
    f, rng = stage.finishes, stage.finishes.rng
    height = rng.uniform(0.32, 0.48)
    group = Group().put(table(f, rng.uniform(0.7, 1.2), rng.uniform(0.5, 0.7), height))
    for x in (-0.2, 0.02, 0.22):
        group.put(
            pick(rng, (stack, lambda g: thing(g, 0.09)))(f),
            upright(x, -height, rng.uniform(-0.1, 0.1), rng.uniform(-1, 1)),
        )
    for _ in range(4):
        x, z = _middle(stage)
        if stage.stand(group, upright(x, 0, z, rng.uniform(-0.3, 0.3))):
            return


def _dining(stage: Stage) -> None:
    f, rng = stage.finishes, stage.finishes.rng
    width, depth, height = rng.uniform(0.9, 1.7), rng.uniform(0.75, 0.9), rng.uniform(0.71, 0.77)
    group = Group().put(table(f, width, depth, height))
    for x in np.linspace(-width / 4, width / 4, 3):
        group.put(thing(f, 0.1), upright(x, -height, rng.uniform(-0.15, 0.15), rng.uniform(-1, 1)))
    seat, frame = pick(rng, (f.cloth, f.wood))(), f.wood()
    for side in (-1, 1):
        for x in np.linspace(-1, 1, 2 if width > 1.15 else 1) * (width / 4 if width > 1.15 else 0):
            own = rng.uniform(-0.25, 0.25) + (np.pi if side < 0 else 0)
            group.put(chair(f, seat, frame), upright(x, 0, side * (depth / 2 + rng.uniform(0.0, 0.25)), own))
    for _ in range(6):
        x, z = _middle(stage)
        if stage.stand(group, upright(x, 0, z, rng.uniform(-0.2, 0.2))):
            drop = stage.room.height - rng.uniform(1.45, 1.7)
            stage.stand(pendant(f, drop), upright(x, -stage.room.height, z))
            return


def _nothing(stage: Stage) -> None:
    """A room without a centre: now and then an ottoman or a single chair."""
    x, z = _middle(stage)
    f = stage.finishes
    if f.rng.random() < 0.5:
        pouf = Parts("pouf").add(rounded_box((0.5, 0.4, 0.5), 0.12), f.cloth())
        stage.stand(
            (f.rng.random() < 0.5 and Group().put(pouf, upright(0, -0.2))) or Group().put(chair(f)),
            upright(x, 0, z, f.rng.uniform(0, 6)),
        )


CENTRES: dict[str, Callable[[Stage], None]] = {"low": _low_table, "dining": _dining, "none": _nothing}


def _rug(stage: Stage) -> None:
    """A rug lies under furniture: 8 mm, so it takes no room."""
    rng, place_ = stage.finishes.rng, stage.room
    x, z = _middle(stage)
    wide, deep = min(rng.uniform(1.2, 2.4), place_.width - 0.6), min(rng.uniform(1.0, 2.0), place_.length * 0.4)
    x = float(np.clip(x, -place_.width / 2 + wide / 2 + 0.1, place_.width / 2 - wide / 2 - 0.1))
    z = min(z, place_.length - deep / 2 - 0.1)
    rug = Parts("rug").add(standing_box(wide, 0.008, deep), stage.finishes.carpet())
    stage.bodies += Group().put(rug).bodies(upright(x, 0, z))


def _hang(stage: Stage) -> None:
    """Pictures and shelves on the walls, lamps at the ceiling, lights of all lamps."""
    rng, f, place_ = stage.finishes.rng, stage.finishes, stage.room
    for wall in place_.walls[:3]:
        for _ in range(int(rng.integers(1, 5))):
            wide, high, lift = rng.uniform(0.25, 0.9), rng.uniform(0.25, 0.7), rng.uniform(1.2, 1.5)
            u = rng.uniform(-0.45, 0.45) * (wall.width - wide)
            box = picture(f, wide, high)
            if not wall.covers(u - wide / 2, u + wide / 2, lift + high):
                stage.stand(box, wall.frame @ upright(u, -lift, -0.02))
    x, z = rng.uniform(-0.2, 0.2) * place_.width, place_.length * rng.uniform(0.45, 0.7)
    stage.stand(pendant(f, rng.uniform(0.3, 0.6)), upright(x, -place_.height, z))
    warm = f.colour((0.1, 0.35), (0.95, 1.0), (0.07, 0.13))
    strength = rng.uniform(1.2, 2.4)
    stage.lamps.append(Lamp((x, 0.35 - place_.height, z), _times(warm, strength), shadows=True))
    for body in stage.bodies:
        high = -float(body.mesh.vertices[:, 1].min())
        if body.kind == "lamp" and high > 1.2 and len(stage.lamps) < 3:
            at = body.motion.pose(0.0)[:3, 3]
            stage.lamps.append(Lamp((float(at[0]), -high * 0.9, float(at[2])), _times(warm, 0.5 * strength)))


def picture(finishes: Finishes, width: float, height: float) -> Parts:
    """A framed print with its foot at y = 0, hanging on a wall behind it."""
    frame = pick(finishes.rng, (finishes.wood, finishes.metal, finishes.dark))()
    parts = Parts("picture").add(standing_box(width, height, 0.025), frame)
    rim = finishes.rng.uniform(0.015, 0.05)
    return parts.add(
        standing_box(width - 2 * rim, height - 2 * rim, 0.004, z=-0.013, lift=rim), finishes.print((0.1, 0.6))
    )


def _times(colour: RGB, factor: float) -> RGB:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def daylight(rng: np.random.Generator, place_: Room, *, day: bool) -> Light:
    """What comes from lamps, windows and walls; a sun that shines in through a window, often."""
    lamps = float(rng.uniform(0.2, 1.0)) if day else 1.0
    level = rng.uniform(0.35, 0.6) if day else rng.uniform(0.1, 0.3)
    tint = rng.uniform(0.85, 1.1, 3) * level
    sky = (float(tint[0]), float(tint[1]), float(tint[2]))
    sun = None
    walls = [wall for wall in place_.walls[:3] if any(not o.door for o in wall.openings)]
    if day and walls and rng.random() < 0.6:
        out = pick(rng, walls).frame[:3, 2] + rng.normal(0, 0.35, 3) * (1, 0, 1)
        rise = rng.uniform(0.45, 1.1)
        aim = np.array((out[0], -rise, out[2])) / np.linalg.norm((out[0], rise, out[2]))
        strength = rng.uniform(1.2, 2.5)
        sun = Sun((float(aim[0]), float(aim[1]), float(aim[2])), (strength, strength * 0.93, strength * 0.82))
    return Light(sun, sky, _times(sky, 1.1), _times(sky, 0.6), rng.uniform(0, 1), lamps, int(rng.integers(1 << 20)))
