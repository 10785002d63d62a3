"""From light to the numbers of a picture."""

from functools import cache
from typing import no_type_check

import numpy as np

from wilddepth.worlds.cast.bodies import Bodies
from wilddepth.worlds.cast.kernel import kernel
from wilddepth.worlds.cast.lens import lens_of
from wilddepth.worlds.cast.scene import Matrix, Rig, Scene
from wilddepth.worlds.cast.sky import LUMA
from wilddepth.worlds.cast.stage import Stage

MIDDLE, BRIGHT = 0.17, 1.1
"""Exposed light that the (geometric) mean of a scene gets, unless its brightest twentieth would get more than this."""
WHITE = 8.0
"""Exposed light that is pure white."""
STEPS = 4096
CROSSTALK = 0.15
"""How much of each colour is that of all: a curve on single channels alone makes colours garish."""
BLACK = 1e-3
"""Light below this share of the brightest does not make a picture brighter."""
PROBE = Rig(24.0, 24.0, 23.5, 15.5, 23.5, 0.1, 32, 48)
PLACES = (0.1, 0.6)
"""Shares of the route at which the light is measured."""


def exposure_of(scene: Scene, bodies: Bodies) -> float:
    """Factor on the light of a scene: what stands still, seen by a camera on its route, is well exposed.

    It belongs to the scene: both views and all frames have it.
    """
    values, still = [], bodies.still()
    for place in PLACES:
        pose = _on_route(scene, place)
        seen = Stage(scene, bodies, still, pose).seen(lens_of(PROBE, pose, right=False), PROBE.height, PROBE.width, 1)
        values.append(np.minimum(seen.light, 1e6) @ LUMA)
    light = np.concatenate(values)
    bright = max(float(np.quantile(light, 0.95)), 1e-9)
    mean = float(np.exp(np.log(np.maximum(light, BLACK * bright)).mean()))
    return min(MIDDLE / mean, BRIGHT / bright)


@cache
def tone_curve() -> np.ndarray:
    """Values of a picture (STEPS + 2) float32 for exposed light: entry k is that of (k / STEPS)**2 * WHITE.

    A film-like curve with a soft shoulder, then that of sRGB.

    Source:
        Narkowicz, "ACES filmic tone mapping curve", 2015 (the rational fit); IEC 61966-2-1.
    """
    light = WHITE * (np.arange(STEPS + 2) / STEPS) ** 2
    value = np.minimum(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 1.0)
    return np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055).astype(np.float32)


def toned(light: np.ndarray, exposure: float) -> np.ndarray:
    """Linear light (... 3) float32 as the values 0..1 float32 of a picture."""
    values = np.empty_like(light)
    develop(light.reshape(-1, 3), exposure, tone_curve(), values.reshape(-1, 3))
    return values


@kernel
@no_type_check
def develop(light, exposure, curve, values):
    """Look light (n 3) up in the tone curve, linearly between its entries: within 1e-4 of the curve itself."""
    for i in range(len(light)):
        luma = CROSSTALK * (0.2126 * light[i, 0] + 0.7152 * light[i, 1] + 0.0722 * light[i, 2])
        for channel in range(3):
            value = exposure * (luma + (1.0 - CROSSTALK) * light[i, channel])
            place = np.sqrt(min(1.0, max(0.0, value * (1.0 / WHITE)))) * STEPS
            k = int(place)
            values[i, channel] = curve[k] + (curve[k + 1] - curve[k]) * (place - k)


def _on_route(scene: Scene, place: float) -> Matrix:
    """Pose of a camera at this share of the way."""
    route = scene.route
    first, last = route.points[0], route.points[-1]
    at = first + (last - first) * place - np.array([0.0, 0.5 * (route.low + route.high), 0.0])
    ahead = (last - first) if route.gaze is None else np.array(route.gaze) - at
    ahead = _unit(ahead, np.array([0.0, 0.0, 1.0]))
    side = _unit(np.cross([0.0, 1.0, 0.0], ahead), np.array([1.0, 0.0, 0.0]))
    pose = np.eye(4)
    pose[:3] = np.stack([side, np.cross(ahead, side), ahead, at], axis=1)
    return pose


def _unit(vector: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-9 else otherwise
