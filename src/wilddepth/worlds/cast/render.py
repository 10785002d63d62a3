"""Pairs of ray-cast worlds: a shot is one scene with its rig, its camera's way, its weather and its sensors."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.sample import Sample
from wilddepth.truth import Truth
from wilddepth.worlds.cast.builders import built
from wilddepth.worlds.cast.frame import Caster, Frame
from wilddepth.worlds.cast.light import HOURS
from wilddepth.worlds.cast.path import CameraPath, camera_path
from wilddepth.worlds.cast.rigs import RigPreset, draw_rig, fitted, rig_preset
from wilddepth.worlds.cast.scene import Matrix, Rig, Scene
from wilddepth.worlds.cast.tunnel import tunnelled
from wilddepth.worlds.rendered import Rendered, joined
from wilddepth.worlds.sensor import Sensor, developed, overexposed, sensed, sensor_preset, softened
from wilddepth.worlds.table import Weighted, World, world
from wilddepth.worlds.take import USUAL, Take
from wilddepth.worlds.weather import Conditions, draw_conditions, weather_named, weathered

_CHOICES, _WAY, _RIG, _FIT, _AIR, _LIGHT, _FRAME, _SPEED, _CURVE, _WHITE = range(1, 11)
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


def cast_batch(
    chosen: World,
    seed: int,
    indices: Sequence[int],
    height: int,
    width: int,
    *,
    occlusion: bool = True,
    take: Take = USUAL,
    neighbours: Sequence[int] = (),
    motion: bool = False,
) -> Rendered:
    """Frames number `indices` of a ray-cast world; see `catalog.render_batch`.

    Raises:
        ValueError: for no indices, or a neighbour outside the clip.
    """
    if not indices:
        raise ValueError("there are no scenes to render; give at least one index")
    frames = [_frame(chosen, seed, index, (height, width), take, occlusion, neighbours, motion) for index in indices]
    return joined(frames)


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
    choices = _random(seeds, _CHOICES)
    part = chosen
    chance = choices.random(5)
    if chosen.mixed:
        part = world(_drawn(chosen.builders, chance[0]))
    preset = rig_preset(take.rig or _drawn(part.rigs, chance[1]))
    weather = weather_named(word or _drawn(part.weathers, chance[2]))
    sensor = sensor_preset(take.sensor or _drawn(part.sensors, chance[3]))
    conditions = draw_conditions(weather, _random(seeds, _AIR, zlib.crc32(weather.name.encode())), size[0])
    of_light = _random(seeds, _LIGHT, zlib.crc32(conditions.light.encode()))
    scene = lit(_built(part, seeds, conditions.light, take), conditions, of_light)
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
        speed = float(_random(seeds, _SPEED).uniform(*part.speed))
        wishes |= {"speed": speed, "length": min(_LONGEST_ROUTE, speed * (take.clip - 1) / take.rate + _SPARE_ROUTE)}
    return built(name, rng, **wishes)


def lit(scene: Scene, conditions: Conditions, rng: np.random.Generator) -> Scene:
    """A scene in the light and with the wetness of a weather."""
    if not conditions.light:
        return scene
    wetness = max(scene.wetness, conditions.wetness)
    seen = replace(scene, light=HOURS[conditions.light](rng), wetness=wetness)
    return tunnelled(seen, rng) if conditions.tunnel else seen


def _way(
    scene: Scene, part: World, preset: RigPreset, seeds: tuple[int, int, int], take: Take, chance: float
) -> tuple[CameraPath, float]:
    """Where the camera goes, and when the clip begins."""
    seconds = (take.clip - 1) / take.rate
    # A baseline that is fitted later gets as much room as there is on one side of the route.
    room = scene.route.sway if preset.near is not None else preset.baseline[1]
    style = preset.style or part.style
    path = camera_path(scene.route, _random(seeds, _WAY), style, baseline=room, seconds=seconds)
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
    rig = draw_rig(preset, _random(seeds, _RIG), *size)
    if preset.near is None and preset.doffs == 0:
        return rig
    look = caster.frame(shrunk(rig), path.pose(start), start, occlusion=False)
    return fitted(rig, preset, look.left.depth, _random(seeds, _FIT), room=path.route.sway)


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


def _frame(
    chosen: World,
    seed: int,
    index: int,
    size: tuple[int, int],
    take: Take,
    occlusion: bool,
    neighbours: Sequence[int],
    motion: bool,
) -> Rendered:
    """One frame as a batch of one."""
    place = index % take.clip
    outside = [offset for offset in neighbours if not 0 <= place + offset < take.clip]
    if outside:
        raise ValueError(f"frame {index} has no neighbour {outside[0]:+d} in its clip of {take.clip}")
    shot = shot_of(chosen, seed, index, size, take)
    time, pose = _moment(shot, place, take)
    after = _moment(shot, place + 1, take) if motion and place + 1 < take.clip else None
    frame = shot.caster.frame(
        shot.rig,
        pose,
        time,
        samples=take.samples,
        occlusion=occlusion,
        after=None if after is None else (after[1], after[0]),
    )
    told: dict[str, float] = {}
    left, right = filmed(shot, frame, place, told)
    sample = Sample(
        image=left,
        right=right,
        **_calibration(shot.rig),
        neighbours={offset: _left_image(chosen, seed, index + offset, size, take) for offset in neighbours},
        poses={offset: _relative(_moment(shot, place + offset, take)[1], pose) for offset in neighbours},
        labels={
            "renderer": Label(origin="renderer", disparity=_map(frame.left.disparity)),
            "right/renderer": Label(origin="renderer", disparity=_map(frame.right.disparity)),
        },
        timestamps=torch.tensor([time], dtype=torch.float64),
        speed=torch.tensor([shot.path.speed], dtype=torch.float32),
        keys=(f"{chosen.name}-{seed}-{index:06d}",),
    )
    return Rendered(
        sample=sample,
        truth=_truth(frame, None if after is None else _relative(after[1], pose)),
        right_disparity=_map(frame.right.disparity),
        right_occluded=_mask(frame.right_occluded),
        records=(
            {
                "world": chosen.name,
                "seed": seed,
                "index": index,
                "clip": index // take.clip,
                **shot.record(time),
                "world_from_left": pose[:3].ravel().tolist(),
                "sensor": {"name": shot.sensor.name, **told},
            },
        ),
    )


def filmed(shot: Shot, frame: Frame, place: int, told: dict[str, float]) -> tuple[Tensor, Tensor]:
    """Both views through weather and cameras; `told` gets the strengths of the cameras."""
    views = []
    for side, view in enumerate((frame.left, frame.right)):
        falling = torch.Generator().manual_seed(_whole(shot.seeds, _FRAME, place, side))
        staying = torch.Generator().manual_seed(_whole(shot.seeds, _FRAME, side))
        image = torch.from_numpy(view.image).permute(2, 0, 1)[None].float()
        made = weathered(shot.conditions, image, _map(view.depth), falling=falling, staying=staying)
        views.append(made.contiguous())
    left, right = developed(shot.sensor, (views[0], views[1]), _random(shot.seeds, _CURVE), told)
    made = sensed(shot.sensor, left, right, shot.seeds, frame=place, told=told, blur=softened)
    return overexposed(shot.sensor, made, _random(shot.seeds, _WHITE), told)


@lru_cache(maxsize=4)
def _neighbour(name: str, seed: int, index: int, size: tuple[int, int], take: Take) -> Float[Tensor, "1 3 h w"]:
    """The left image of another frame; remembered, because both its neighbours ask for it."""
    chosen, place = world(name), index % take.clip
    shot = shot_of(chosen, seed, index, size, take)
    time, pose = _moment(shot, place, take)
    frame = shot.caster.frame(shot.rig, pose, time, samples=take.samples, occlusion=False)
    return filmed(shot, frame, place, {})[0]


def _left_image(chosen: World, seed: int, index: int, size: tuple[int, int], take: Take) -> Float[Tensor, "1 3 h w"]:
    return _neighbour(chosen.name, seed, index, size, take).clone()


def _moment(shot: Shot, place: int, take: Take) -> tuple[float, Matrix]:
    """Time and pose of a frame of the clip."""
    time = shot.start + place / take.rate
    return time, shot.path.pose(time)


def _relative(world_from_other: Matrix, world_from_here: Matrix) -> Float[Tensor, "1 4 4"]:
    """other_from_here."""
    return torch.from_numpy(np.linalg.inv(world_from_other) @ world_from_here).float()[None]


def _truth(frame: Frame, pose: Float[Tensor, "1 4 4"] | None) -> Truth:
    disparity, left = _map(frame.left.disparity), frame.left
    return Truth(
        valid=torch.ones_like(disparity, dtype=torch.bool),
        disparity=disparity,
        depth=_map(left.depth),
        occluded=_mask(frame.occluded),
        foreground=_mask(left.foreground),
        flow=None if frame.flow is None else torch.from_numpy(frame.flow).permute(2, 0, 1)[None].float(),
        pose=pose,
        moving=_mask(left.moving),
        surface=torch.from_numpy(left.surface.astype(np.int64))[None, None],
    )


def _calibration(rig: Rig) -> Mapping[str, Any]:
    focal = (rig.focal_x, rig.focal_y)
    return {
        "camera": Camera.single(*focal, rig.centre_x, rig.centre_y, rig.height, rig.width),
        "right_camera": Camera.single(*focal, rig.right_centre_x, rig.centre_y, rig.height, rig.width),
        "baseline": torch.tensor([rig.baseline], dtype=torch.float32),
    }


def _map(values: Float[np.ndarray, "h w"]) -> Float[Tensor, "1 1 h w"]:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))[None, None]


def _mask(values: Bool[np.ndarray, "h w"] | None) -> Bool[Tensor, "1 1 h w"] | None:
    return None if values is None else torch.from_numpy(np.ascontiguousarray(values))[None, None]


def _random(seeds: tuple[int, int, int], *purpose: int) -> np.random.Generator:
    return np.random.default_rng([*seeds, *purpose])


def _whole(seeds: tuple[int, int, int], *purpose: int) -> int:
    return int(_random(seeds, *purpose).integers(2**31))


def _drawn(names: Weighted, chance: float) -> str:
    """The name whose part of the whole weight holds this share, 0..1."""
    reached = np.cumsum([weight for _, weight in names])
    return names[int(np.searchsorted(reached, chance * reached[-1], side="right"))][0]
