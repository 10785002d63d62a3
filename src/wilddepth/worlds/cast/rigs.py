"""Rigs by name: cameras like those of well-known recordings, scaled to any size of image.

A preset states focal lengths in image widths, so that the field of view stays when the size changes. A wide preset on
a tall image would look into the sky: the vertical field of view has a limit, and the focal length grows to keep it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from wilddepth.errors import ConfigError
from wilddepth.worlds.cast.scene import Rig

Style = Literal["car", "handheld", "drone", "tripod"]
"""How a camera moves, see `path`."""
Range = tuple[float, float]

LARGEST_VERTICAL_FIELD = 80.0
"""Degrees. Wider views are those of other lenses than pinhole ones."""
LARGEST_DISPARITY = 0.3
"""Image widths: what is nearer is out of the search range of any matcher, and hardly ever in both views."""
_FREE = 0.3
"""Of the distance of what is nearest in view: so far to the side nothing is expected to stand."""


@dataclass(frozen=True)
class RigPreset:
    """A kind of rig.

    Attributes:
        name: as in `rig=NAME`.
        text: one line for people.
        focal: range of the focal length, image widths.
        baseline: range, m.
        near: range of the disparity that the nearest surfaces should get, image widths: the baseline follows from it,
            within its range; None = the baseline is drawn, whatever the scene.
        centre: how far the principal point is from the middle at most, image sides.
        doffs: largest share of the smallest disparity by which the principal points of the views differ (Middlebury's
            "doffs"); 0 = they agree.
        style: how it moves; None = as is usual in the world.
    """

    name: str
    text: str
    focal: Range
    baseline: Range
    near: Range | None = None
    centre: float = 0.02
    doffs: float = 0.0
    style: Style | None = None


RIGS: Mapping[str, RigPreset] = {
    preset.name: preset
    for preset in (
        RigPreset("kitti", "on a car roof: 81 degrees wide, 0.54 m", (0.577, 0.585), (0.53, 0.54), style="car"),
        RigPreset(
            "drivingstereo", "on a car, narrow: 47 degrees wide, 0.54 m", (1.12, 1.18), (0.53, 0.55), style="car"
        ),
        RigPreset(
            "handheld",
            "two lenses of a phone or a small stereo camera: 50 to 70 degrees, 0.02 to 0.12 m, hand shake",
            (0.71, 1.07),
            (0.02, 0.12),
            near=(0.03, 0.2),
            style="handheld",
        ),
        RigPreset("drone", "below a drone: 60 to 80 degrees, 0.1 to 0.5 m", (0.6, 0.87), (0.1, 0.5), style="drone"),
        RigPreset(
            "indoor",
            "on a tripod in a room, as Middlebury: 30 to 50 degrees, principal points that differ at times",
            (1.07, 1.87),
            (0.05, 0.4),
            near=(0.06, 0.25),
            doffs=0.6,
            style="handheld",
        ),
        RigPreset(
            "tabletop",
            "near a table: 30 to 50 degrees, 0.02 to 0.2 m",
            (1.07, 1.87),
            (0.02, 0.2),
            near=(0.06, 0.25),
            doffs=0.4,
            style="tripod",
        ),
        RigPreset(
            "any",
            "for training: 40 to 90 degrees, any baseline that gives the nearest surfaces 2 to 30 % of the width",
            (0.5, 1.37),
            (0.02, 2.0),
            near=(0.02, 0.3),
            centre=0.06,
            doffs=0.3,
        ),
    )
}


def rig_preset(name: str) -> RigPreset:
    """A preset by name, or `ConfigError` with the names there are."""
    if name not in RIGS:
        raise ConfigError(f"unknown rig {name!r}; there are {', '.join(RIGS)}")
    return RIGS[name]


def draw_rig(preset: RigPreset, rng: np.random.Generator, height: int, width: int) -> Rig:
    """A rig of a kind, for images of this size; baselines are drawn alike on a logarithmic scale.

    Args:
        preset: what kind.
        rng: five numbers are taken, whatever the preset.
        height: rows.
        width: columns.
    """
    focal = _between(preset.focal, rng.random()) * width
    focal = max(focal, height / (2 * math.tan(math.radians(LARGEST_VERTICAL_FIELD) / 2)))
    baseline = _between(preset.baseline, rng.random())
    off_x, off_y, stretch = rng.uniform(-1, 1, 3)
    centre_x = (width - 1) / 2 + preset.centre * width * off_x
    return Rig(
        focal_x=focal,
        focal_y=focal * (1 + 0.005 * stretch),
        centre_x=centre_x,
        centre_y=(height - 1) / 2 + preset.centre * height * off_y,
        right_centre_x=centre_x,
        baseline=baseline,
        height=height,
        width=width,
    )


def fitted(
    rig: Rig, preset: RigPreset, depth: Float[np.ndarray, "h w"], rng: np.random.Generator, *, room: float = 0.0
) -> Rig:
    """The rig with a baseline that suits what it sees, and with principal points that differ where the preset says so.

    Args:
        rig: as drawn.
        preset: its kind.
        depth: of what it sees, m, at a few places all over the image.
        rng: three numbers are taken, whatever the preset.
        room: m to the right of the left camera that are known to be free; further it goes only where what is seen
            is far away.
    """
    near, far = (float(value) for value in np.quantile(depth, (0.03, 1.0)))
    target, differs, share = rng.random(3)
    baseline = rig.baseline
    if preset.near is not None:
        wanted = _between(preset.near, target) * rig.width * near / rig.focal_x
        baseline = float(np.clip(wanted, *preset.baseline))
        baseline = min(baseline, LARGEST_DISPARITY * rig.width * near / rig.focal_x, max(room, _FREE * near))
    # No disparity may become negative, so it is a share of the smallest one; half of the rigs have none.
    smallest = rig.focal_x * baseline / far
    doffs = preset.doffs * share * smallest if differs < 0.5 else 0.0
    return replace(rig, baseline=baseline, right_centre_x=rig.centre_x + doffs)


def _between(limits: Range, share: float) -> float:
    """A number between two positive ones, on a logarithmic scale."""
    low, high = limits
    return float(low * (high / low) ** share)
