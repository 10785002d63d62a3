"""Pieces that the scene builders share: how a surface gets its look, boxes, upright cards, rigs."""

from dataclasses import dataclass

import numpy as np

from wilddepth.worlds.flat.scene import Rig, Shape, Surface, Triple, quad
from wilddepth.worlds.flat.texture import BANK_SIZE, textures_of


@dataclass(frozen=True)
class Brush:
    """Draws the look of surfaces from one generator.

    Attributes:
        rng: the scene's only source of randomness.
        rig: the cameras.
        darkness: how much is taken off the brightness of everything, 0..1 scale.
        contrast: factor on the contrast of all textures.
    """

    rng: np.random.Generator
    rig: Rig
    darkness: float = 0.0
    contrast: float = 1.0

    def uniform(self, low: float, high: float) -> float:
        """A number between the two."""
        return float(self.rng.uniform(low, high))

    def log_uniform(self, low: float, high: float) -> float:
        """A number between the two, every octave as likely."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < probability)

    def surface(
        self,
        origin: Triple,
        half_s: Triple,
        half_t: Triple,
        *,
        shape: Shape = Shape.BOX,
        kinds: set[str] | None = None,
        texel_px: tuple[float, float] = (0.5, 4.0),
        distance: float | None = None,
    ) -> Surface:
        """A surface with a random look.

        Args:
            texel_px: range of the size of a texel, px, seen from `distance` (m; default: the centre's).
        """
        o, s, t = quad(origin, half_s, half_t)
        numbers = np.arange(BANK_SIZE) if kinds is None else textures_of(kinds, BANK_SIZE)
        away = max(abs(float(o[2])), 0.5) if distance is None else distance
        grey = self.uniform(-0.18, 0.18) - self.darkness
        return Surface(
            origin=o,
            half_s=s,
            half_t=t,
            texture=int(self.rng.choice(numbers)),
            texel=self.log_uniform(*texel_px) * away / self.rig.focal,
            shape=shape,
            wave=self.wave(shape),
            gain=self.contrast * self.log_uniform(0.35, 1.2),
            tint=self.tint(grey),
            slope=self.uniform(-0.25, 0.25) if self.chance(0.5) else 0.0,
        )

    def tint(self, grey: float) -> tuple[float, float, float]:
        """A colour around a grey."""
        red, green, blue = (float(value) for value in grey + self.rng.normal(0, 0.03, 3))
        return red, green, blue

    def wave(self, shape: Shape) -> tuple[float, float, float]:
        """Outline parameters that suit a shape."""
        if shape is Shape.BARS:
            return self.uniform(0.2, 0.7), float(self.rng.integers(2, 14)), self.uniform(0, 1)
        return self.uniform(0.05, 0.35), self.uniform(2, 9), self.uniform(0, 6.28)


def upright(brush: Brush, x: float, foot: float, z: float, width: float, height: float, **look: object) -> Surface:
    """A card facing the camera that stands at (x, foot, z)."""
    return brush.surface((x, foot - height / 2, z), (width / 2, 0, 0), (0, height / 2, 0), **look)  # type: ignore[arg-type]


def block(
    brush: Brush, x: float, foot: float, z: float, size: tuple[float, float, float], yaw: float = 0.0, **look: object
) -> list[Surface]:
    """The visible faces of an upright box of (width, height, length) whose near side stands at (x, foot, z)."""
    width, height, length = size
    right = np.array([np.cos(yaw), 0.0, np.sin(yaw)])
    ahead = np.array([-np.sin(yaw), 0.0, np.cos(yaw)])
    down = np.array([0.0, 1.0, 0.0])
    across, tall, along = right * width / 2, down * height / 2, ahead * length / 2
    centre = np.array([x, foot - height / 2, z]) + along
    pairs_of_faces = ((ahead, along, across, tall), (right, across, along, tall), (down, tall, across, along))
    faces = [(sign * n, centre + sign * out, s, t) for n, out, s, t in pairs_of_faces for sign in (-1, 1)]
    # a face is seen from outside only: its outward normal points to the camera
    seen = [face[1:] for face in faces if float(face[0] @ face[1]) < 0]
    return [brush.surface(*face, distance=z, **look) for face in seen]  # type: ignore[arg-type]


def backdrop(brush: Brush, distance: float, kinds: set[str] | None = None) -> Surface:
    """The plane behind everything, `distance` m away."""
    reach = distance * brush.rig.width / brush.rig.focal
    return brush.surface((0, 0, distance), (reach, 0, 0), (0, reach, 0), kinds=kinds, texel_px=(1.0, 8.0))


def random_rotation(rng: np.random.Generator, tilt: float) -> np.ndarray:
    """A rotation that turns a surface facing the camera by up to `tilt` rad, and freely about its normal."""
    turn, lean, spin = rng.uniform(-tilt, tilt), rng.uniform(-tilt, tilt), rng.uniform(0, 2 * np.pi)
    cy, sy, cx, sx, cz, sz = np.cos(turn), np.sin(turn), np.cos(lean), np.sin(lean), np.cos(spin), np.sin(spin)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    rotation: np.ndarray = about_y @ about_x @ about_z
    return rotation
