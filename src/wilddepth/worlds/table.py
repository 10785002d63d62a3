"""The table of worlds: what each one is, what it is made of, and whether training may look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wilddepth.errors import ConfigError
from wilddepth.plain import closest

Role = Literal["train", "held_out"]
Weighted = Sequence[tuple[str, float]]
"""Names with their weights."""


@dataclass(frozen=True)
class World:
    """One world.

    Attributes:
        name: as used in `worlds:NAME`.
        text: one line for people.
        role: "train", or "held_out": in no training recipe, ever (a test reads all recipes).
        renderer: "flat" draws layers, on any device; "cast" casts rays on the CPU and needs the extra `worlds`.
        builders: scene builders with their weights; for a mix, other worlds.
        sensors: camera pairs (see `sensor`).
        key: what its random numbers hang on: a world that changes its name keeps its scenes.
        mixed: whether `builders` are names of worlds.
        speed: range, m/s, of clips on roads that are built as long as a clip needs; None = routes are as they are.
        rigs: rigs (see `cast.rigs`); of ray-cast worlds only, as the following ones.
        weathers: weathers (see `weather`).
        style: how a camera moves whose rig does not say so.
        indoors: whether it has a sky: most weathers do not go indoors.
        surroundings: range of the height of what glossy surfaces mirror, see `cast.scene.Light`; of a mix, in all its
            parts. (0, 0): they mirror a bare sky.
    """

    name: str
    text: str
    role: Role
    renderer: Literal["flat", "cast"]
    builders: Weighted
    sensors: Weighted
    key: str
    mixed: bool = False
    speed: tuple[float, float] | None = None
    rigs: Weighted = ()
    weathers: Weighted = (("clear", 1.0),)
    style: Literal["car", "handheld", "drone", "tripod"] = "handheld"
    indoors: bool = False
    surroundings: tuple[float, float] = (0.0, 0.0)


def _flat(name: str, text: str, builders: Weighted, sensor: str, key: str, role: Role = "train") -> World:
    return World(name, text, role, "flat", builders, ((sensor, 1.0),), key)


CAMERAS: Weighted = (("plain", 0.35), ("cheap", 0.3), ("matched", 0.15), ("video", 0.15), ("dim", 0.05))
"""Of ray-cast worlds: mostly unlike views, as in the wild."""
ON_ROADS: Weighted = (("any", 0.5), ("kitti", 0.3), ("drivingstereo", 0.2))
BY_DAY: Weighted = (("day", 0.5), ("overcast", 0.2), ("low-sun", 0.15), ("rain", 0.05), ("fog", 0.05), ("dusk", 0.05))
AT_ANY_HOUR: Weighted = (
    *(("day", 0.36), ("overcast", 0.2), ("low-sun", 0.12), ("dusk", 0.08)),
    *(("night", 0.08), ("rain", 0.06), ("fog", 0.05), ("tunnel", 0.05)),
)
INSIDE: Weighted = (("clear", 0.85), ("dim", 0.1), ("glare", 0.05))


def _road(name: str, text: str, weathers: Weighted, speed: tuple[float, float]) -> World:
    return World(
        name,
        text,
        "train",
        "cast",
        ((name, 1.0),),
        CAMERAS,
        f"cast-{name}",
        rigs=ON_ROADS,
        weathers=weathers,
        style="car",
        speed=speed,
    )


def _near(name: str, text: str, rigs: Weighted, *, role: Role = "train", weathers: Weighted = INSIDE) -> World:
    return World(
        name, text, role, "cast", ((name, 1.0),), CAMERAS, f"cast-{name}", rigs=rigs, weathers=weathers, indoors=True
    )


ROOM: Weighted = (("any", 0.4), ("indoor", 0.4), ("handheld", 0.2))

WORLDS: Mapping[str, World] = {
    world.name: world
    for world in (
        _road("street", "a street of houses, cars, people, poles, fences and trees", AT_ANY_HOUR, (6.0, 13.0)),
        _near("indoor", "rooms with furniture, thin structures, glossy and blank walls", ROOM),
        World(
            "nature",
            "woods and meadows, rocks, branches and grass",
            "held_out",
            "cast",
            (("nature", 1.0),),
            CAMERAS,
            "cast-nature",
            rigs=(("handheld", 0.5), ("drone", 0.5)),
            weathers=(("day", 0.6), ("overcast", 0.3), ("low-sun", 0.1)),
        ),
        _near("flying", "objects of any kind and texture, flying", (("any", 1.0),)),
        _near("tabletop", "things on a table, near", (("tabletop", 0.6), ("any", 0.2), ("handheld", 0.2))),
        _near("low-texture", "blank walls and smooth things", ROOM),
        _near("repetitive", "tiles, blinds, shelves and fences: one pattern again and again", ROOM, role="held_out"),
        _road("open-road", "a road with nothing ahead", AT_ANY_HOUR, (14.0, 30.0)),
        _road("lead-car", "a car ahead that keeps its distance", AT_ANY_HOUR, (8.0, 22.0)),
        World(
            "street-night-rain",
            "the street at night in the rain, with an old webcam at times",
            "held_out",
            "cast",
            (("street-night-rain", 1.0),),
            (("cheap", 0.5), ("dim", 0.2), ("webcam", 0.3)),
            "cast-street-night-rain",
            rigs=(("kitti", 0.6), ("drivingstereo", 0.4)),
            weathers=(("night-rain", 1.0),),
            style="car",
            speed=(6.0, 13.0),
        ),
        _road("city-a", "blocks and wide roads of other shapes and textures; for CARLA", BY_DAY, (6.0, 14.0)),
        _road("city-b", "a city in bright plain colours, seen from odd places; for SYNTHIA", BY_DAY, (6.0, 14.0)),
        World(
            "all",
            "all ray-cast worlds that training may see, mixed",
            "train",
            "cast",
            (
                *(("street", 0.24), ("city-a", 0.11), ("city-b", 0.11), ("lead-car", 0.04), ("open-road", 0.03)),
                *(("indoor", 0.16), ("tabletop", 0.1), ("flying", 0.16), ("low-texture", 0.05)),
            ),
            CAMERAS,
            "cast-all",
            mixed=True,
        ),
        World(
            "roads",
            "streets, cities and roads where panes and paint mirror what stands around",
            "train",
            "cast",
            (("street", 0.5), ("city-a", 0.12), ("city-b", 0.08), ("lead-car", 0.2), ("open-road", 0.1)),
            CAMERAS,
            "cast-roads",
            mixed=True,
            surroundings=(0.1, 0.8),
        ),
        _flat("flat-flying", "flying cards only, views alike", (("flying", 1.0),), "matched", "flying"),
        _flat("flat-street", "ground, facades, cars, poles, trees", (("street", 1.0),), "cheap", "street"),
        _flat("flat-indoor", "rooms with clutter", (("indoor", 1.0),), "cheap", "indoor"),
        _flat(
            "flat-all",
            "streets, rooms and flying cards together",
            (("street", 0.6), ("indoor", 0.2), ("flying", 0.2)),
            "cheap",
            "all",
        ),
        _flat(
            "flat-dusk",
            "streets of other textures, dark, low contrast, noisy: the target of the demo",
            (("dusk", 1.0),),
            "dim",
            "street-dusk",
            "held_out",
        ),
    )
}


def world(name: str) -> World:
    """A world by name, or `ConfigError` with the names there are."""
    if name not in WORLDS:
        raise ConfigError(f"unknown world {name!r}; {closest(name, list(WORLDS))}")
    return WORLDS[name]


def worlds_in(chosen: World) -> Sequence[World]:
    """The worlds that a mix is made of; else the world itself."""
    return [world(name) for name, _ in chosen.builders] if chosen.mixed else [chosen]
