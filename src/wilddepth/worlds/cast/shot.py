"""A shot: one scene of a ray-cast world with its rig, its camera's way, its weather and its sensors."""

import zlib
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from wilddepth.worlds.cast.builders import built
from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.light import HOURS
from wilddepth.worlds.cast.path import CameraPath, camera_path
from wilddepth.worlds.cast.rigs import RigPreset, draw_rig, fitted, rig_preset
from wilddepth.worlds.cast.scene import Rig, Scene
from wilddepth.worlds.cast.tunnel import tunnelled
from wilddepth.worlds.sensor import Sensor, sensor_preset
from wilddepth.worlds.table import Weighted, World, world
from wilddepth.worlds.take import Take
from wilddepth.worlds.weather import Conditions, draw_conditions, weather_named

_CHOICES, _WAY, _RIG, _FIT, _AIR, _LIGHT, FRAME, _SPEED, CURVE, WHITE, _AROUND = range(1, 12)
"""What random numbers are for: so that none of these changes with another."""
_LOOK_ROWS, _LOOK_COLUMNS = 24, 48
"""Of the look at a scene that fits the baseline."""
_LONGEST_WAIT = 10.0
"""s: latest start of a shot whose camera stays."""
_LONGEST_ROUTE, _SPARE_ROUTE = 300.0, 5.0
"""m: of roads that are built for a clip, and what is left at their end. On longer ways the camera goes slower."""


@dataclass(frozen=True)
class Shot:
    """One scene as it is filmed.

    Attributes:
        world: what it is of; for a mix, the part that was drawn.
        seeds: what all its random numbers hang on.
        caster: the scene, ready to be looked at.
        preset: name of the rig.
        rig: the cameras.
        path: where they go.
        start: time of the first frame, s.
        conditions: weather.
        sensor: camera pair.
    """

    world: World
    seeds: tuple[int, int, int]
    caster: Caster
    preset: str
    rig: Rig
    path: CameraPath
    start: float
    conditions: Conditions
    sensor: Sensor

    def record(self, time: float) -> dict[str, Any]:
        """How it is made, as plain values."""
        return {
            "scene": self.world.name,
            "time": time,
            "speed": self.path.speed,
            "rig": {"name": self.preset, **asdict(self.rig)},
            "weather": self.conditions.record(),
        }


def shot_of(chosen: World, seed: int, index: int, size: tuple[int, int], take: Take) -> Shot:
    """The shot that frame number `index` belongs to; that of the newest frames is remembered."""
    # Sampling and the frames of the stream do not change a shot.
    return _shot(chosen.name, seed, index // take.clip, size, take.weather_of(index), _filmed(take))


def _filmed(take: Take) -> Take:
    return replace(take, samples=1, weather=(), frames=None)


@lru_cache(maxsize=2)
def _shot(name: str, seed: int, number: int, size: tuple[int, int], word: str | None, take: Take) -> Shot:
    """A clip in one weather: two are kept, because neighbours may have another."""
    chosen = world(name)
    seeds = (zlib.crc32(chosen.key.encode()), seed, number)
    choices = random_for(seeds, _CHOICES)
    part = chosen
    chance = choices.random(5)
    if chosen.mixed:
        part = world(_drawn(chosen.builders, chance[0]))
    preset = rig_preset(take.rig or _drawn(part.rigs, chance[1]))
    weather = weather_named(word or _drawn(part.weathers, chance[2]))
    sensor = sensor_preset(take.sensor or _drawn(part.sensors, chance[3]))
    conditions = draw_conditions(weather, random_for(seeds, _AIR, zlib.crc32(weather.name.encode())), size[0])
    of_light = random_for(seeds, _LIGHT, zlib.crc32(conditions.light.encode()))
    scene = lit(_built(part, seeds, conditions.light, take), conditions, of_light)
    if chosen.surroundings[1] > 0:
        scene = surrounded(scene, float(random_for(seeds, _AROUND).uniform(*chosen.surroundings)))
    caster = Caster(scene)
    path, start = _way(scene, part, preset, seeds, take, float(chance[4]))
    rig = _rig(caster, preset, seeds, size, path, start)
    return Shot(part, seeds, caster, preset.name, rig, path, start, conditions, sensor)


def _built(part: World, seeds: tuple[int, int, int], light: str, take: Take) -> Scene:
    """The scene, with a route that is long enough for the clip."""
    rng = np.random.default_rng(seeds)
    name = _drawn(part.builders, float(rng.random()))
    wishes: dict[str, object] = {"hour": light or None}
    if take.clip > 1 and part.speed is not None:
        speed = float(random_for(seeds, _SPEED).uniform(*part.speed))
        wishes |= {"speed": speed, "length": min(_LONGEST_ROUTE, speed * (take.clip - 1) / take.rate + _SPARE_ROUTE)}
    return built(name, rng, **wishes)


def lit(scene: Scene, conditions: Conditions, rng: np.random.Generator) -> Scene:
    """A scene in the light and with the wetness of a weather."""
    if not conditions.light:
        return scene
    wetness = max(scene.wetness, conditions.wetness)
    seen = replace(scene, light=HOURS[conditions.light](rng), wetness=wetness)
    return tunnelled(seen, rng) if conditions.tunnel else seen


def surrounded(scene: Scene, height: float) -> Scene:
    """A scene whose glossy surfaces mirror what stands around, so high (see `Light`)."""
    return replace(scene, light=replace(scene.light, surroundings=height))


def _way(
    scene: Scene, part: World, preset: RigPreset, seeds: tuple[int, int, int], take: Take, chance: float
) -> tuple[CameraPath, float]:
    """Where the camera goes, and when the clip begins."""
    seconds = (take.clip - 1) / take.rate
    # A baseline that is fitted later gets as much room as there is on one side of the route.
    room = scene.route.sway if preset.near is not None else preset.baseline[1]
    style = preset.style or part.style
    path = camera_path(scene.route, random_for(seeds, _WAY), style, baseline=room, seconds=seconds)
    spare = path.duration - seconds if path.speed > 0 else _LONGEST_WAIT
    return path, chance * max(0.0, spare)


def _rig(
    caster: Caster,
    preset: RigPreset,
    seeds: tuple[int, int, int],
    size: tuple[int, int],
    path: CameraPath,
    start: float,
) -> Rig:
    """The rig of a shot, fitted to what it sees at the start."""
    rig = draw_rig(preset, random_for(seeds, _RIG), *size)
    if preset.near is None and preset.doffs == 0:
        return rig
    look = caster.frame(shrunk(rig), path.pose(start), start, occlusion=False)
    return fitted(rig, preset, look.left.depth, random_for(seeds, _FIT), room=path.route.sway)


def shrunk(rig: Rig) -> Rig:
    """The rig with few pixels over the same field of view."""
    across, down = _LOOK_COLUMNS / rig.width, _LOOK_ROWS / rig.height
    return replace(
        rig,
        focal_x=rig.focal_x * across,
        focal_y=rig.focal_y * down,
        centre_x=(rig.centre_x + 0.5) * across - 0.5,
        centre_y=(rig.centre_y + 0.5) * down - 0.5,
        right_centre_x=(rig.right_centre_x + 0.5) * across - 0.5,
        height=_LOOK_ROWS,
        width=_LOOK_COLUMNS,
    )


def random_for(seeds: tuple[int, int, int], *purpose: int) -> np.random.Generator:
    """Random numbers of a shot for one purpose, which no other purpose changes."""
    return np.random.default_rng([*seeds, *purpose])


def _drawn(names: Weighted, chance: float) -> str:
    """The name whose part of the whole weight holds this share, 0..1."""
    reached = np.cumsum([weight for _, weight in names])
    return names[int(np.searchsorted(reached, chance * reached[-1], side="right"))][0]
