"""Pairs of ray-cast worlds: frames of their shots, through weather and cameras."""

from collections.abc import Mapping, Sequence
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
from wilddepth.worlds.cast.frame import Frame
from wilddepth.worlds.cast.scene import Matrix, Rig
from wilddepth.worlds.cast.shot import CURVE, FRAME, WHITE, Shot, random_for, shot_of
from wilddepth.worlds.rendered import Rendered, joined
from wilddepth.worlds.sensor import developed, overexposed, sensed, softened
from wilddepth.worlds.table import World, world
from wilddepth.worlds.take import USUAL, Take
from wilddepth.worlds.weather import weathered


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
        falling = torch.Generator().manual_seed(_whole(shot.seeds, FRAME, place, side))
        staying = torch.Generator().manual_seed(_whole(shot.seeds, FRAME, side))
        image = torch.from_numpy(view.image).permute(2, 0, 1)[None].float()
        made = weathered(shot.conditions, image, _map(view.depth), falling=falling, staying=staying)
        views.append(made.contiguous())
    left, right = developed(shot.sensor, (views[0], views[1]), random_for(shot.seeds, CURVE), told)
    delivered = sensed(shot.sensor, left, right, shot.seeds, frame=place, told=told, blur=softened)
    return overexposed(shot.sensor, delivered, random_for(shot.seeds, WHITE), told)


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


def _whole(seeds: tuple[int, int, int], *purpose: int) -> int:
    return int(random_for(seeds, *purpose).integers(2**31))
