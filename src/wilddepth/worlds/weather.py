"""Weather by name: the light of a scene, wet ground, and what lies between the scene and the sensor.

Each word of `weather=` draws its strengths once a scene, from ranges that stand in `WEATHERS`; `Conditions` holds what
was drawn, in the units in which it is reported, and is recorded with every picture.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.degrade import lens
from wilddepth.degrade import sensor as faults
from wilddepth.degrade import weather as between
from wilddepth.errors import ConfigError

Range = tuple[float, float]
NONE: Range = (0.0, 0.0)


@dataclass(frozen=True)
class Weather:
    """A word of `weather=`.

    Attributes:
        name: the word.
        text: one line for people.
        light: what the sky is like (see `cast.light`); "" = as the scene was built.
        role: "train", or "held_out": in no training recipe, ever (a test reads all recipes).
        indoors: whether it goes indoors, too.
        tunnel: whether a tube is built around the route.
        wetness: range, 0 = dry, 1 = standing water.
        visibility: range, m, where 5 % of the contrast is left; None = clear air.
        airlight: brightness of fog, 0..1.
        rain: range, streaks a thousand pixels.
        drops: range of the share of the lens that drops cover.
        glare: range of the brightness that a light in the lens adds, 0..1.
        noise: range of the noise that a high gain adds in the dark, 0..1 scale.
        brightness: range of a factor on the brightness.
    """

    name: str
    text: str
    light: str = ""
    role: Literal["train", "held_out"] = "train"
    indoors: bool = False
    tunnel: bool = False
    wetness: Range = NONE
    visibility: Range | None = None
    airlight: float = 0.8
    rain: Range = NONE
    drops: Range = NONE
    glare: Range = NONE
    noise: Range = NONE
    brightness: Range = (1.0, 1.0)


WEATHERS: Mapping[str, Weather] = {
    weather.name: weather
    for weather in (
        Weather("clear", "as the scene was built", indoors=True),
        Weather("day", "sun between clouds", "day"),
        Weather("overcast", "a closed grey sky, no shadows", "overcast"),
        Weather("low-sun", "a low, warm sun, long shadows, and glare in the lens", "low sun", glare=(0.1, 0.4)),
        Weather("dusk", "after sunset, lamps on", "dusk", noise=(0.005, 0.015), brightness=(0.6, 1.0)),
        Weather(
            "night",
            "lamps and headlights, noise of a high gain",
            "night",
            noise=(0.01, 0.03),
            brightness=(0.5, 0.9),
        ),
        Weather("tunnel", "a tube with lamps around the route", "tunnel", tunnel=True, noise=(0.0, 0.01)),
        Weather(
            "rain",
            "a grey sky, streaks, drops on the lens, wet ground",
            "overcast",
            wetness=(0.5, 1.0),
            visibility=(300.0, 1500.0),
            rain=(0.3, 1.2),
            drops=(0.0, 0.04),
        ),
        Weather(
            "fog", "a grey sky, 40 to 200 m of visibility", "overcast", wetness=(0.0, 0.4), visibility=(40.0, 200.0)
        ),
        Weather("dim", "too little light: dark, with noise", indoors=True, noise=(0.015, 0.035), brightness=(0.5, 0.8)),
        Weather("glare", "a bright light in the lens", indoors=True, glare=(0.3, 0.7)),
        Weather(
            "night-rain",
            "night and rain together: reflections on wet ground, streaks and drops, noise",
            "night",
            role="held_out",
            wetness=(0.6, 1.0),
            visibility=(200.0, 800.0),
            airlight=0.12,
            rain=(0.4, 1.2),
            drops=(0.01, 0.06),
            noise=(0.015, 0.035),
            brightness=(0.5, 0.8),
        ),
    )
}


@dataclass(frozen=True)
class Conditions:
    """What was drawn for one scene.

    Attributes:
        weather: the word.
        light: name of the light; "" = the scene's own.
        tunnel: whether a tube was built around the route.
        wetness: 0..1.
        visibility_m: None = clear air.
        airlight: brightness of the fog, 0..1.
        rain: streaks a thousand pixels.
        streak_px: length of the longest streak.
        streak_degrees: of the streaks against the vertical.
        drops: share of the lens.
        glare: brightness added at its middle, 0..1.
        glare_x: column of its middle, image widths.
        glare_y: row of its middle, image heights.
        noise: standard deviation, 0..1 scale.
        brightness: a factor.
    """

    weather: str
    light: str
    tunnel: bool
    wetness: float
    visibility_m: float | None
    airlight: float
    rain: float
    streak_px: float
    streak_degrees: float
    drops: float
    glare: float
    glare_x: float
    glare_y: float
    noise: float
    brightness: float

    def record(self) -> dict[str, str | float | bool | None]:
        """As plain values."""
        return asdict(self)


def weather_named(name: str) -> Weather:
    """A weather by name, or `ConfigError` with the names there are."""
    if name not in WEATHERS:
        raise ConfigError(f"unknown weather {name!r}; there are {', '.join(WEATHERS)}")
    return WEATHERS[name]


def draw_conditions(weather: Weather, rng: np.random.Generator, height: int) -> Conditions:
    """The strengths for one scene; streaks are about a twelfth of the height."""
    visibility = None
    if weather.visibility is not None:
        low, high = (math.log(limit) for limit in weather.visibility)
        visibility = math.exp(rng.uniform(low, high))
    return Conditions(
        weather=weather.name,
        light=weather.light,
        tunnel=weather.tunnel,
        wetness=float(rng.uniform(*weather.wetness)),
        visibility_m=visibility,
        airlight=weather.airlight,
        rain=float(rng.uniform(*weather.rain)),
        streak_px=height / 12 * float(rng.uniform(0.6, 1.4)),
        streak_degrees=float(rng.uniform(-20, 20)),
        drops=float(rng.uniform(*weather.drops)),
        glare=float(rng.uniform(*weather.glare)),
        glare_x=float(rng.uniform(0.05, 0.95)),
        glare_y=float(rng.uniform(0.0, 0.4)),
        noise=float(rng.uniform(*weather.noise)),
        brightness=float(rng.uniform(*weather.brightness)),
    )


def weathered(
    conditions: Conditions,
    image: Float[Tensor, "1 3 h w"],
    depth: Float[Tensor, "1 1 h w"],
    *,
    falling: torch.Generator,
    staying: torch.Generator,
) -> Float[Tensor, "1 3 h w"]:
    """One view through this weather.

    Args:
        conditions: how strong.
        image: in clear air.
        depth: of it, m.
        falling: of rain and noise, which differ in every view and frame.
        staying: of drops on the lens, which stay for a clip and differ in the views.
    """
    made = image
    if conditions.visibility_m is not None:
        made = between.fog(made, depth, conditions.visibility_m, conditions.airlight)
    if conditions.rain > 0:
        made = between.rain(
            made, conditions.rain, falling, length=conditions.streak_px, degrees=conditions.streak_degrees
        )
    if conditions.drops > 0:
        made = lens.drops(made, conditions.drops, max(2.0, image.shape[-2] / 40), staying)
    if conditions.glare > 0:
        made = lens.glare(made, conditions.glare, (conditions.glare_x, conditions.glare_y))
    if conditions.brightness != 1:
        made = faults.gain(made, conditions.brightness)
    if conditions.noise > 0:
        made = faults.noise(made, conditions.noise, conditions.noise, falling)
    return made.clamp(0, 1)
