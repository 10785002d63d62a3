"""Light by the hour and the weather.

Scaled so that a white wall that faces the sun is about 1 in linear light: what is darker needs a longer exposure.
"""

from collections.abc import Callable, Mapping
from math import cos, pi, radians, sin

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Light, Sun


def day(rng: np.random.Generator) -> Light:
    """Sun between the clouds, 22 to 65 degrees high."""
    warm = rng.uniform(0.0, 1.0)
    return Light(
        sun=sun(rng, (22, 65), rng.uniform(0.75, 1.05), (1.0, 0.95 - 0.05 * warm, 0.86 - 0.1 * warm)),
        zenith=_scaled((0.20, 0.32, 0.60), rng.uniform(0.75, 1.1)),
        horizon=_scaled((0.62, 0.72, 0.84), rng.uniform(0.85, 1.1)),
        ground=_scaled((0.16, 0.15, 0.13), rng.uniform(0.8, 1.3)),
        clouds=float(rng.uniform(0.0, 0.7)),
        seed=_seed(rng),
    )


def low_sun(rng: np.random.Generator) -> Light:
    """Early or late: a warm sun 6 to 16 degrees high, long shadows, strong contrasts."""
    return Light(
        sun=sun(rng, (6, 16), rng.uniform(0.7, 1.0), (1.0, 0.74, 0.45)),
        zenith=_scaled((0.18, 0.24, 0.42), rng.uniform(0.7, 1.0)),
        horizon=_scaled((0.80, 0.62, 0.45), rng.uniform(0.7, 1.0)),
        ground=(0.12, 0.10, 0.08),
        clouds=float(rng.uniform(0.1, 0.6)),
        seed=_seed(rng),
    )


def overcast(rng: np.random.Generator) -> Light:
    """A closed grey sky without shadows."""
    grey = rng.uniform(0.45, 0.85)
    return Light(
        zenith=_scaled((0.95, 0.98, 1.05), grey),
        horizon=_scaled((0.98, 0.99, 1.0), 0.92 * grey),
        ground=_scaled((0.2, 0.2, 0.19), grey),
        clouds=1.0,
        seed=_seed(rng),
    )


def dusk(rng: np.random.Generator) -> Light:
    """After sunset: a dark blue sky with a glow at the horizon, lamps on."""
    glow = rng.uniform(0.5, 1.0)
    return Light(
        zenith=_scaled((0.06, 0.09, 0.19), rng.uniform(0.7, 1.3)),
        horizon=(0.32 * glow, 0.20 * glow, 0.17),
        ground=(0.03, 0.03, 0.035),
        clouds=float(rng.uniform(0.2, 0.8)),
        lamps=0.7,
        seed=_seed(rng),
    )


def night(rng: np.random.Generator) -> Light:
    """A dark sky over the town, perhaps a moon; what is seen is lit by lamps."""
    moon = sun(rng, (30, 60), 0.02, (0.8, 0.9, 1.0)) if rng.random() < 0.4 else None
    return Light(
        sun=moon,
        zenith=_scaled((0.010, 0.014, 0.026), rng.uniform(0.6, 1.6)),
        horizon=_scaled((0.034, 0.028, 0.026), rng.uniform(0.6, 1.6)),
        ground=(0.006, 0.006, 0.006),
        clouds=float(rng.uniform(0.2, 0.9)),
        lamps=1.0,
        seed=_seed(rng),
    )


def tunnel(rng: np.random.Generator) -> Light:
    """No sky: lamps and the yellowish light that the walls throw back."""
    bright = rng.uniform(0.5, 1.2)
    return Light(
        zenith=_scaled((0.11, 0.085, 0.05), bright),
        horizon=_scaled((0.10, 0.08, 0.05), bright),
        ground=_scaled((0.05, 0.04, 0.03), bright),
        clouds=0.0,
        lamps=1.0,
    )


def indoor(rng: np.random.Generator) -> Light:
    """A room: light thrown back by walls and ceiling, warm to daylight white, lamps on."""
    warmth, bright = rng.uniform(0.0, 1.0), rng.uniform(0.7, 1.2)
    tone = (1.0, 0.96 - 0.08 * warmth, 0.92 - 0.25 * warmth)
    return Light(
        zenith=_scaled(tone, 0.42 * bright),
        horizon=_scaled(tone, 0.36 * bright),
        ground=_scaled(tone, 0.20 * bright),
        clouds=0.0,
        lamps=1.0,
    )


HOURS: Mapping[str, Callable[[np.random.Generator], Light]] = {
    "day": day,
    "low sun": low_sun,
    "overcast": overcast,
    "dusk": dusk,
    "night": night,
    "tunnel": tunnel,
    "indoor": indoor,
}


def outdoor(rng: np.random.Generator) -> Light:
    """Daylight of any kind: mostly sun, often clouds, sometimes a low sun."""
    name = ("day", "overcast", "low sun")[int(rng.choice(3, p=(0.58, 0.27, 0.15)))]
    return HOURS[name](rng)


def sun(rng: np.random.Generator, elevation: tuple[float, float], strength: float, tone: RGB) -> Sun:
    """A sun at any bearing, its height drawn between two elevations, degrees."""
    height, bearing = radians(rng.uniform(*elevation)), rng.uniform(-pi, pi)
    direction = (sin(bearing) * cos(height), -sin(height), cos(bearing) * cos(height))
    return Sun(direction, _scaled(tone, strength))


def _scaled(colour: RGB, factor: float) -> RGB:
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 20))
