"""`wilddepth demo`: the main job on built-in data, in a few minutes, with a report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wilddepth.verbs.adapt import adapt
from wilddepth.verbs.common import Say, quiet

TARGET = "worlds:flat-dusk?seed=7&frames=8&height=256&width=640"
"""A world that no training recipe may name (held out): dark streets of other textures, unequal cameras, noise."""
STEPS = 240
QUICK_TARGET = "worlds:flat-dusk?seed=7&frames=4&height=192&width=448"
"""The same world in smaller and fewer pictures."""
QUICK_STEPS = 60


def demo(
    *,
    out: Path | str,
    quick: bool = False,
    overwrite: bool = False,
    resume: bool = False,
    device: str = "auto",
    precision: str = "auto",
    compile_network: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Adapt the packaged `madnet-flying` to a dark street it has never seen, and show what that brought.

    The renderer knows the exact disparity of the target, so the numbers before and after are measured, not guessed; the
    adaptation itself sees only the images. Arguments are those of `verbs.adapt.adapt`, and `quick`: smaller and fewer
    pictures and steps, to see in a minute that everything runs; its numbers are its own.

    Returns:
        The result of `adapt`, and whether it was the `quick` one.
    """
    result = adapt(
        QUICK_TARGET if quick else TARGET,
        out=out,
        weights="madnet-flying",
        steps=QUICK_STEPS if quick else STEPS,
        score=True,
        overwrite=overwrite,
        resume=resume,
        device=device,
        precision=precision,
        compile_network=compile_network,
        seed=seed,
        threads=threads,
        say=say,
    )
    return {**result, "quick": quick}
