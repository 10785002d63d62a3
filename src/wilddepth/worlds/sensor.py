"""What a pair of cameras makes of what reaches its lenses: presets, and the drawing of one pair's strengths.

Strength 0 is a pair of equal, ideal cameras. What was drawn is told, so that it can be recorded with the pictures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.degrade import lens
from wilddepth.degrade import sensor as faults
from wilddepth.errors import ConfigError

Role = Literal["train", "held_out"]
Range = tuple[float, float]
Pair = tuple[Float[Tensor, "1 3 h w"], Float[Tensor, "1 3 h w"]]
STEEPEST = 2.6
"""Contrast of the steepest curve: with 1.6 in the middle, the local contrast is that of real pictures."""
DIMMEST_WHITE, FREE_WHITE = 0.75, 1.05
"""Range of the brightness above which a picture is white; above 1 nothing is clipped."""
Blur = Callable[[Tensor, Tensor], Tensor]
"""(1 3 h w) and a standard deviation (1), px, to (1 3 h w)."""


@dataclass(frozen=True)
class Sensor:
    """A kind of camera pair.

    Attributes:
        name: as in `sensor=NAME`.
        text: one line for people.
        differences: strength of the photometric differences between the views: 0 = none, 1 = two cheap cameras.
        exposure: range of a factor on the brightness of both views.
        read_noise: range of the noise in the dark, 0..1 scale.
        role: "train", or "held_out": in no training recipe, ever (a test reads all recipes).
        ideal: nothing is changed at all.
        defocus: range, px of the radius of the disc that a point becomes.
        jpeg: range of the quality that pictures are compressed with; None = they are not.
        levels: steps of brightness that are told apart; None = all.
    """

    name: str
    text: str
    differences: float = 0.5
    exposure: Range = (0.8, 1.2)
    read_noise: Range = (0.0, 0.02)
    role: Role = "train"
    ideal: bool = False
    defocus: Range = (0.0, 0.0)
    jpeg: tuple[int, int] | None = None
    levels: int | None = None


SENSORS: Mapping[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor("ideal", "what the renderer makes, unchanged", 0.0, (1.0, 1.0), (0.0, 0.0), ideal=True),
        Sensor("matched", "two cameras of one batch", 0.1),
        Sensor("plain", "two cameras of one kind", 0.5),
        Sensor("cheap", "two cheap cameras: other exposure, tone, colour and focus in each view", 1.0),
        Sensor("dim", "cheap and too short an exposure: dark and noisy", 1.6, (0.35, 0.6), (0.015, 0.03)),
        Sensor(
            "video",
            "compressed as JPEG of quality 50 to 92, a little out of focus",
            0.7,
            defocus=(0.3, 0.8),
            jpeg=(50, 92),
        ),
        Sensor(
            "webcam",
            "an old webcam: JPEG of quality 15 to 40, out of focus, 48 levels, noisy, views unlike",
            1.5,
            (0.6, 1.3),
            (0.02, 0.05),
            role="held_out",
            defocus=(0.8, 1.6),
            jpeg=(15, 40),
            levels=48,
        ),
    )
}


def sensor_preset(name: str) -> Sensor:
    """A preset by name, or `ConfigError` with the names there are."""
    if name not in SENSORS:
        raise ConfigError(f"unknown sensor {name!r}; there are {', '.join(SENSORS)}")
    return SENSORS[name]


def sensed(
    chosen: Sensor,
    left: Float[Tensor, "1 3 h w"],
    right: Float[Tensor, "1 3 h w"],
    seed: Sequence[int],
    *,
    frame: int | None = None,
    told: dict[str, float] | None = None,
    blur: Blur = faults.blur,
) -> Pair:
    """One pair as two real cameras would deliver it: blur, tone, vignetting, exposure, colour, noise.

    One pair at a time: its noise must not depend on who is in its batch. The noise is that of the device.

    Args:
        chosen: the kind of cameras.
        left: RGB, 0..1.
        right: RGB, 0..1.
        seed: what the strengths hang on: frames of one clip share it, as they share the cameras.
        frame: what the noise hangs on besides; None = `seed` alone.
        told: gets what was drawn, by name; `right_...` of the right camera.
        blur: how views are blurred; `softened` is quicker on a CPU.
    """
    if chosen.ideal:
        return left, right
    rng = np.random.default_rng([*seed, 77])
    of_noise = int(rng.integers(2**31))
    if frame is not None:
        of_noise = int(np.random.default_rng([*seed, 78, frame]).integers(2**31))
    generator = torch.Generator(left.device).manual_seed(of_noise)
    record: dict[str, float] = {} if told is None else told

    def draw(low: float, high: float, name: str = "") -> Float[Tensor, " 1"]:
        value = rng.uniform(low, high)
        record.update({name: value} if name else {})
        return torch.tensor([value], dtype=torch.float32, device=left.device)

    exposure, shared_gamma = draw(*chosen.exposure, "exposure"), draw(0.8, 1.25, "gamma")
    sharp = draw(0.0, 0.8, "blur_px")
    read, shot = draw(*chosen.read_noise, "read_noise"), draw(0.0, 0.03, "shot_noise")
    corner = draw(0.0, 0.3, "vignette")
    amount, views = chosen.differences, []
    for side, view in (("", left), ("right_", right)):
        factor = exposure * (1 + amount * draw(-0.08, 0.08, f"{side}gain_error"))
        cast = 1 + amount * torch.stack([draw(-0.04, 0.04) for _ in range(3)], dim=1)
        changed = blur(view, sharp + amount * draw(0.0, 0.25, f"{side}blur_more_px"))
        changed = faults.gamma(changed, shared_gamma * (1 + amount * draw(-0.06, 0.06, f"{side}gamma_error")))
        changed = faults.vignette(changed, corner * (1 + amount * draw(-0.2, 0.2)))
        changed = faults.colour_cast(faults.gain(changed, factor), cast)
        views.append(faults.noise(changed, read, shot, generator))
    return stored(chosen, (views[0], views[1]), np.random.default_rng([*seed, 79]), record)


def developed(chosen: Sensor, views: Pair, rng: np.random.Generator, told: dict[str, float]) -> Pair:
    """A pair of ray-cast views with the contrast of a camera's own processing, alike in both views.

    A renderer's light has neither glare nor sharpening; what cameras deliver has a steeper curve, and clips.

    Args:
        chosen: the kind of cameras; an ideal one changes nothing.
        views: RGB, 0..1.
        rng: two numbers are taken.
        told: gets what was drawn.
    """
    if chosen.ideal:
        return views
    contrast = float(np.exp(rng.uniform(0, np.log(STEEPEST))))
    lift = float(rng.uniform(-0.05, 0.05))
    told.update(contrast=contrast, lift=lift)
    middle = float(views[0].mean())
    left, right = ((middle + lift + contrast * (view - middle)).clamp(0, 1) for view in views)
    return left, right


def overexposed(chosen: Sensor, views: Pair, rng: np.random.Generator, told: dict[str, float]) -> Pair:
    """A pair whose brightest parts are plain white, noise and all, as those of real pictures are.

    Args:
        chosen: the kind of cameras; an ideal one changes nothing.
        views: RGB, 0..1, as they come from the sensor.
        rng: one number is taken.
        told: gets the brightness that has become white.
    """
    if chosen.ideal:
        return views
    white = min(1.0, float(rng.uniform(DIMMEST_WHITE, FREE_WHITE)))
    told["white"] = white
    left, right = ((view / white).clamp(max=1.0) for view in views)
    return left, right


def softened(view: Float[Tensor, "1 3 h w"], sigma: Float[Tensor, " 1"]) -> Float[Tensor, "1 3 h w"]:
    """`degrade.sensor.blur` of one image on the CPU, a tenth of the time: the same up to the last digits."""
    taps = np.arange(-2, 3, dtype=np.float64)
    weights = np.exp(-0.5 * (taps / max(float(sigma), 0.05)) ** 2)
    weights /= weights.sum()
    pixels = np.ascontiguousarray(view[0].permute(1, 2, 0).numpy())
    made = cv2.sepFilter2D(pixels, -1, weights, weights, borderType=cv2.BORDER_REPLICATE)
    return torch.from_numpy(np.ascontiguousarray(made.transpose(2, 0, 1)))[None]


def stored(chosen: Sensor, views: Pair, rng: np.random.Generator, record: dict[str, float]) -> Pair:
    """A pair out of focus, with few levels and compressed, where the sensor is such."""
    made = views
    if chosen.defocus[1] > 0:
        record["defocus_px"] = float(rng.uniform(*chosen.defocus))
        made = lens.defocus(made[0], record["defocus_px"]), lens.defocus(made[1], record["defocus_px"])
    if chosen.levels is not None:
        record["levels"] = chosen.levels
        made = faults.posterise(made[0], chosen.levels), faults.posterise(made[1], chosen.levels)
    if chosen.jpeg is not None:
        quality = int(rng.integers(chosen.jpeg[0], chosen.jpeg[1] + 1))
        record["jpeg"] = quality
        made = lens.jpeg(made[0], quality), lens.jpeg(made[1], quality)
    return made
