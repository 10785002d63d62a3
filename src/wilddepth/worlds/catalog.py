"""Pairs of any world by (world, seed, index): the same wherever and whenever they are rendered."""

from collections.abc import Sequence

import torch

from wilddepth.sample import Sample
from wilddepth.truth import Truth
from wilddepth.worlds.flat import render as flat
from wilddepth.worlds.rendered import Rendered
from wilddepth.worlds.table import WORLDS, World, world
from wilddepth.worlds.take import USUAL, Take

__all__ = ["USUAL", "VERSIONS", "WORLDS", "Rendered", "Take", "World", "render", "render_batch", "world"]

VERSIONS = {"flat": flat.VERSION, "cast": 2}
"""By renderer; raised whenever the same (world, seed, index) would give other pixels."""
HEIGHT, WIDTH = 256, 512


def render_batch(
    name: str,
    seed: int,
    indices: Sequence[int],
    height: int = HEIGHT,
    width: int = WIDTH,
    *,
    occlusion: bool = True,
    device: torch.device | str = "cpu",
    take: Take = USUAL,
    neighbours: Sequence[int] = (),
    motion: bool = False,
) -> Rendered:
    """Pairs number `indices` of a world.

    Args:
        name: see `table.WORLDS`.
        seed: another seed is another endless list of scenes.
        height: rows; the scenes of another size are other scenes.
        width: columns.
        occlusion: also ask which pixels the other view cannot see (costs about as much as the images).
        device: where layered worlds are rendered, and where the result is. Scenes are built on the CPU, and rays are
            cast there. Another kind of device draws other noise.
        take: how a ray-cast world is filmed; `index` is then the number of a frame.
        neighbours: frame offsets whose left images the sample brings along, with their poses; all indices must have
            them in their clip. Ray-cast worlds only.
        motion: the truth tells flow and pose to the next frame as well, where the clip has one.

    Raises:
        ConfigError: for an unknown world, a take that it cannot be, or a ray-cast one without the extra `worlds`.
        ValueError: for no indices.
    """
    chosen = world(name)
    take.check(chosen)
    if chosen.renderer == "flat":
        return flat.flat_batch(
            chosen, seed, indices, height, width, occlusion=occlusion, device=device, sensor=take.sensor
        )
    # Rays are cast with compiled code, which only those wait for who need it.
    from wilddepth.worlds.cast.render import cast_batch

    return cast_batch(
        chosen, seed, indices, height, width, occlusion=occlusion, take=take, neighbours=neighbours, motion=motion
    ).to(device)


def render(
    name: str, seed: int, index: int, height: int | None = None, width: int | None = None, *, take: Take = USUAL
) -> tuple[Sample, Truth]:
    """One pair of a world with its truth (default 256x512)."""
    rendered = render_batch(name, seed, [index], height or HEIGHT, width or WIDTH, take=take)
    return rendered.sample, rendered.truth
