"""The table of worlds: name, what it is, and whether training may look at it."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.degrade import sensor
from wilddepth.errors import ConfigError
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

Builder = Callable[[np.random.Generator, int, int], Scene]
VERSION = 1
"""Raised whenever the same (world, seed, index) would give other pixels."""


@dataclass(frozen=True)
class World:
    """One world.

    Attributes:
        name: as used in `worlds:NAME`.
        text: one line for people.
        role: "train", or "held_out": in no training recipe, ever (a test reads all recipes).
        builders: scene builders with their weights.
        differences: strength of the photometric differences between the views: 0 = none, 1 = two cheap cameras.
        exposure: range of a factor on the brightness of both views.
        read_noise: range of the noise in the dark, 0..1 scale.
        key: what its random numbers hang on: a world that changes its name keeps its scenes.
    """

    name: str
    text: str
    role: Literal["train", "held_out"]
    builders: Sequence[tuple[Builder, float]]
    differences: float
    exposure: tuple[float, float] = (0.8, 1.2)
    read_noise: tuple[float, float] = (0.0, 0.02)
    key: str = ""


WORLDS: Mapping[str, World] = {
    world.name: world
    for world in (
        World("flat-flying", "flying cards only, views alike", "train", ((build_flying, 1.0),), 0.1, key="flying"),
        World("flat-street", "ground, facades, cars, poles, trees", "train", ((build_street, 1.0),), 1.0, key="street"),
        World("flat-indoor", "rooms with clutter", "train", ((build_indoor, 1.0),), 1.0, key="indoor"),
        World(
            "flat-all",
            "streets, rooms and flying cards together",
            "train",
            ((build_street, 0.6), (build_indoor, 0.2), (build_flying, 0.2)),
            differences=1.0,
            key="all",
        ),
        World(
            "flat-dusk",
            "streets of other textures, dark, low contrast, noisy: the target of the demo",
            "held_out",
            ((partial(build_street, darkness=0.12, contrast=0.6), 1.0),),
            differences=1.6,
            exposure=(0.35, 0.6),
            read_noise=(0.015, 0.03),
            key="street-dusk",
        ),
    )
}


def world(name: str) -> World:
    """A world by name, or `ConfigError` with the names there are."""
    if name not in WORLDS:
        raise ConfigError(f"unknown world {name!r}; there are {', '.join(WORLDS)}")
    return WORLDS[name]


def bank_of(chosen: World) -> TextureBank:
    """Textures of a world: those of held-out worlds are never seen in training."""
    return texture_bank(zlib.crc32(chosen.key.encode()) if chosen.role == "held_out" else 1)


def build(chosen: World, seed: int, index: int, height: int, width: int) -> Scene:
    """The scene of a (world, seed, index): the same wherever and whenever it is built."""
    rng = np.random.default_rng([zlib.crc32(chosen.key.encode()), seed, index])
    weights = np.array([weight for _, weight in chosen.builders])
    builder = chosen.builders[int(rng.choice(len(weights), p=weights / weights.sum()))][0]
    return builder(rng, height, width)


def sensed(
    chosen: World, left: Float[Tensor, "1 3 h w"], right: Float[Tensor, "1 3 h w"], seed: Sequence[int]
) -> tuple[Float[Tensor, "1 3 h w"], Float[Tensor, "1 3 h w"]]:
    """One pair as two real cameras would deliver it: blur, tone, vignetting, exposure, colour, noise.

    One pair at a time: its noise must not depend on who is in its batch. The noise is that of the device.
    """
    rng = np.random.default_rng([*seed, 77])
    generator = torch.Generator(left.device).manual_seed(int(rng.integers(2**31)))

    def draw(low: float, high: float) -> Float[Tensor, " 1"]:
        return torch.tensor([rng.uniform(low, high)], dtype=torch.float32, device=left.device)

    exposure, shared_gamma, sharp = draw(*chosen.exposure), draw(0.8, 1.25), draw(0.0, 0.8)
    read, shot, corner = draw(*chosen.read_noise), draw(0.0, 0.03), draw(0.0, 0.3)
    amount, views = chosen.differences, []
    for view in (left, right):
        factor = exposure * (1 + amount * draw(-0.08, 0.08))
        cast = 1 + amount * torch.stack([draw(-0.04, 0.04) for _ in range(3)], dim=1)
        changed = sensor.blur(view, sharp + amount * draw(0.0, 0.25))
        changed = sensor.gamma(changed, shared_gamma * (1 + amount * draw(-0.06, 0.06)))
        changed = sensor.vignette(changed, corner * (1 + amount * draw(-0.2, 0.2)))
        changed = sensor.colour_cast(sensor.gain(changed, factor), cast)
        views.append(sensor.noise(changed, read, shot, generator))
    return views[0], views[1]


@dataclass(frozen=True)
class Rendered:
    """A batch of rendered pairs with everything that is known about them, of both views.

    Attributes:
        sample: images, calibration and the labels `renderer` and `right/renderer`.
        truth: of the left view; `surface` is 0 on the backdrop and else 1 + the place in the scene's list of surfaces.
        right_disparity: of the right view, px, positive.
        right_occluded: True where the left view cannot see what the right one sees; None if it was not asked for.
    """

    sample: Sample
    truth: Truth
    right_disparity: Float[Tensor, "b 1 h w"]
    right_occluded: Bool[Tensor, "b 1 h w"] | None


def render_batch(
    name: str,
    seed: int,
    indices: Sequence[int],
    height: int = 256,
    width: int = 512,
    *,
    occlusion: bool = True,
    device: torch.device | str = "cpu",
) -> Rendered:
    """Pairs number `indices` of a world.

    Args:
        name: see `WORLDS`.
        seed: another seed is another endless list of scenes.
        height: rows; the scenes of another size are other scenes.
        width: columns.
        occlusion: also ask which pixels the other view cannot see (costs about as much as the images).
        device: where to render; scenes are built on the CPU in either case. Another kind of device draws other noise.

    Raises:
        ConfigError: for an unknown world.
        ValueError: for no indices.
    """
    chosen = world(name)
    scenes = [build(chosen, seed, index, height, width) for index in indices]
    packed = pack(scenes).to(device)
    bank = bank_of(chosen).to(device)
    left, right = (render_view(packed, bank, height, width, right=side) for side in (False, True))
    pairs = [
        sensed(chosen, left.image[i : i + 1], right.image[i : i + 1], (zlib.crc32(chosen.key.encode()), seed, index))
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
        keys=tuple(f"{name}-{seed}-{index:06d}" for index in indices),
    )
    hidden = occluded_in_other(packed, right, right=True) if occlusion else None
    return Rendered(sample=sample, truth=truth, right_disparity=right.disparity, right_occluded=hidden)


def calibration(scenes: Sequence[Scene], device: torch.device) -> tuple[Camera, Float[Tensor, " b"]]:
    """The camera of both views and the baseline, m."""
    rigs = [scene.rig for scene in scenes]

    def numbers(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)

    focal = numbers([rig.focal for rig in rigs])
    centre_x, centre_y = numbers([rig.centre_x for rig in rigs]), numbers([rig.centre_y for rig in rigs])
    camera = Camera(focal, focal, centre_x, centre_y, rigs[0].height, rigs[0].width)
    return camera, numbers([rig.baseline for rig in rigs])


def render(
    name: str, seed: int, index: int, height: int | None = None, width: int | None = None
) -> tuple[Sample, Truth]:
    """One pair of a world with its truth (default 256x512)."""
    rendered = render_batch(name, seed, [index], height or 256, width or 512)
    return rendered.sample, rendered.truth
