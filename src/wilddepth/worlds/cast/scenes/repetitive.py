"""Repetition, held out from training: fences, blinds, tiles, columns, windows, shelves with like boxes.

Its palettes and its texture seeds are its own: no scene for training draws from them.
"""

import numpy as np

from wilddepth.worlds.cast.scene import Scene
from wilddepth.worlds.cast.scenes.assembly import pick
from wilddepth.worlds.cast.scenes.repeat_inside import blinds_scene, shelves_scene, tiles_scene
from wilddepth.worlds.cast.scenes.repeat_kit import kit
from wilddepth.worlds.cast.scenes.repeat_outside import columns_scene, fence_scene, windows_scene


def build_repetitive(rng: np.random.Generator, kind: str | None = None) -> Scene:
    """Things that repeat, which mislead matching: held out.

    Args:
        rng: gives the whole scene.
        kind: one of `KINDS`; None = any.

    Raises:
        ValueError: when there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no repetitive scene of kind {kind!r}; there are {', '.join(KINDS)}")
    return KINDS[kind or pick(rng, tuple(KINDS))](kit(rng))


KINDS = {
    "fence": fence_scene,
    "blinds": blinds_scene,
    "tiles": tiles_scene,
    "columns": columns_scene,
    "windows": windows_scene,
    "shelves": shelves_scene,
}
