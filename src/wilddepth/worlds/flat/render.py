"""Batches of pairs of the layered worlds."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.sample import Sample
from wilddepth.truth import Truth
from wilddepth.worlds.flat.flying import build_flying
from wilddepth.worlds.flat.forms import pack
from wilddepth.worlds.flat.indoor import build_indoor
from wilddepth.worlds.flat.layered import occluded_in_other, render_view, surface_seen
from wilddepth.worlds.flat.scene import Scene
from wilddepth.worlds.flat.street import build_street
from wilddepth.worlds.flat.texture import TextureBank, texture_bank
from wilddepth.worlds.rendered import Rendered
from wilddepth.worlds.sensor import sensed, sensor_preset
from wilddepth.worlds.table import World

Builder = Callable[[np.random.Generator, int, int], Scene]
BUILDERS: Mapping[str, Builder] = {
    "flying": build_flying,
    "street": build_street,
    "indoor": build_indoor,
    "dusk": partial(build_street, darkness=0.12, contrast=0.6),
}
VERSION = 1
"""Raised whenever the same (world, seed, index) would give other pixels."""


def bank_of(chosen: World) -> TextureBank:
    """Textures of a world: those of held-out worlds are never seen in training."""
    return texture_bank(zlib.crc32(chosen.key.encode()) if chosen.role == "held_out" else 1)


def build(chosen: World, seed: int, index: int, height: int, width: int) -> Scene:
    """The scene of a (world, seed, index): the same wherever and whenever it is built."""
    rng = np.random.default_rng([zlib.crc32(chosen.key.encode()), seed, index])
    weights = np.array([weight for _, weight in chosen.builders])
    name, _ = chosen.builders[int(rng.choice(len(weights), p=weights / weights.sum()))]
    return BUILDERS[name](rng, height, width)


def flat_batch(
    chosen: World,
    seed: int,
    indices: Sequence[int],
    height: int,
    width: int,
    *,
    occlusion: bool = True,
    device: torch.device | str = "cpu",
    sensor: str | None = None,
) -> Rendered:
    """Pairs number `indices` of a layered world; see `catalog.render_batch`.

    Raises:
        ValueError: for no indices.
    """
    camera_pair = sensor_preset(sensor or chosen.sensors[0][0])
    told: list[dict[str, float]] = [{} for _ in indices]
    scenes = [build(chosen, seed, index, height, width) for index in indices]
    packed = pack(scenes).to(device)
    bank = bank_of(chosen).to(device)
    left, right = (render_view(packed, bank, height, width, right=side) for side in (False, True))
    pairs = [
        sensed(
            camera_pair,
            left.image[i : i + 1],
            right.image[i : i + 1],
            (zlib.crc32(chosen.key.encode()), seed, index),
            told=told[i],
        )
        for i, index in enumerate(indices)
    ]
    image, other = (torch.cat(views) for views in zip(*pairs, strict=True))
    truth = Truth(
        valid=torch.ones_like(left.disparity, dtype=torch.bool),
        disparity=left.disparity,
        occluded=occluded_in_other(packed, left, right=False) if occlusion else None,
        surface=surface_seen(packed, left),
    )
    camera, baseline = calibration(scenes, image.device)
    sample = Sample(
        image=image,
        right=other,
        camera=camera,
        right_camera=camera,
        baseline=baseline,
        labels={
            "renderer": Label(origin="renderer", disparity=left.disparity),
            "right/renderer": Label(origin="renderer", disparity=right.disparity),
        },
        keys=tuple(f"{chosen.name}-{seed}-{index:06d}" for index in indices),
    )
    hidden = occluded_in_other(packed, right, right=True) if occlusion else None
    records = tuple(
        {"world": chosen.name, "seed": seed, "index": index, "sensor": {"name": camera_pair.name, **drawn}}
        for index, drawn in zip(indices, told, strict=True)
    )
    return Rendered(sample, truth, right.disparity, hidden, records)


def calibration(scenes: Sequence[Scene], device: torch.device) -> tuple[Camera, Float[Tensor, " b"]]:
    """The camera of both views and the baseline, m."""
    rigs = [scene.rig for scene in scenes]

    def numbers(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)

    focal = numbers([rig.focal for rig in rigs])
    centre_x, centre_y = numbers([rig.centre_x for rig in rigs]), numbers([rig.centre_y for rig in rigs])
    camera = Camera(focal, focal, centre_x, centre_y, rigs[0].height, rigs[0].width)
    return camera, numbers([rig.baseline for rig in rigs])
