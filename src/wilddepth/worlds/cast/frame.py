"""Pictures of a scene with everything that is known about them.

Truth is taken at pixel centres; colours are the mean of samples at regular places of the pixel, in linear light. Both
views, and all frames, see the same surfaces: colours are functions of the point of the body.
"""

from dataclasses import dataclass, replace

import numpy as np

from wilddepth.worlds.cast.bodies import Bodies
from wilddepth.worlds.cast.exposure import exposure_of, toned
from wilddepth.worlds.cast.lens import lens_of, untiled
from wilddepth.worlds.cast.scene import Matrix, Rig, Scene
from wilddepth.worlds.cast.stage import Seen, Stage


@dataclass(frozen=True)
class View:
    """One picture.

    Attributes:
        image: (h w 3) float32, 0..1, after the tone curve.
        depth: (h w) float32, m along the optical axis; `SKY_DISTANCE` for the sky.
        disparity: (h w) float32, px: column in the left view minus column in the right view of the same point.
        surface: (h w) int32, 0 = sky, else 1 + number of the body.
        moving: (h w) bool: of a body that moves by itself.
        foreground: (h w) bool.
    """

    image: np.ndarray
    depth: np.ndarray
    disparity: np.ndarray
    surface: np.ndarray
    moving: np.ndarray
    foreground: np.ndarray


@dataclass(frozen=True)
class Frame:
    """A stereo pair; what was not asked for is None.

    Attributes:
        left: left view.
        right: right view.
        occluded: (h w) bool: the right view cannot see this pixel's point, as it is hidden or out of the picture.
        right_occluded: (h w) bool: the same of the right view.
        flow: (h w 2) float32, px (x, y): where the left view sees this pixel's point afterwards, minus where it is now.
        flow_occluded: (h w) bool: the left view cannot see the point afterwards.
    """

    left: View
    right: View
    occluded: np.ndarray | None = None
    right_occluded: np.ndarray | None = None
    flow: np.ndarray | None = None
    flow_occluded: np.ndarray | None = None


class Caster:
    """A scene prepared for rays.

    Args:
        scene: what is rendered.
        exposure: factor on the light; None = see `exposure_of`.

    Raises:
        ConfigError: without the package embreex.
    """

    def __init__(self, scene: Scene, exposure: float | None = None) -> None:
        self.scene = scene
        self._bodies = Bodies(scene.bodies)
        self.exposure = exposure_of(scene, self._bodies) if exposure is None else exposure

    def frame(
        self,
        rig: Rig,
        pose: Matrix,
        time: float = 0.0,
        *,
        samples: int = 1,
        occlusion: bool = True,
        after: tuple[Matrix, float] | None = None,
    ) -> Frame:
        """A stereo pair.

        Args:
            rig: the cameras.
            pose: (4 4) left camera to world.
            time: s, for the bodies that move.
            samples: of the colours, along each side of a pixel.
            occlusion: also ask which points the other view cannot see.
            after: pose and time to which `flow` leads.
        """
        size, stage = (rig.height, rig.width), Stage(self.scene, self._bodies, self._bodies.at(time), pose)
        left, right = (
            stage.seen(lens_of(rig, pose, right=side, samples=samples), *size, samples) for side in (False, True)
        )
        frame = Frame(self._view(rig, left), self._view(rig, right))
        if occlusion:
            hidden = stage.elsewhere(left, *size, right.lens, stage.moment)[1]
            other = stage.elsewhere(right, *size, left.lens, stage.moment)[1]
            frame = replace(frame, occluded=hidden, right_occluded=other)
        if after is not None:
            lens, later = lens_of(rig, after[0], right=False), self._bodies.at(after[1])
            flow, hidden = stage.elsewhere(left, *size, lens, later)
            frame = replace(frame, flow=flow, flow_occluded=hidden)
        return frame

    def _view(self, rig: Rig, seen: Seen) -> View:
        size, bodies = (rig.height, rig.width), self._bodies
        faces, depth = untiled(seen.faces, *size), untiled(seen.depths, *size)
        body = np.where(faces < 0, -1, bodies.body_of[faces])
        disparity = rig.focal_x * rig.baseline / depth - (rig.right_centre_x - rig.centre_x)
        return View(
            image=toned(untiled(seen.light, *size), self.exposure),
            depth=depth.astype(np.float32),
            disparity=disparity.astype(np.float32),
            surface=(body + 1).astype(np.int32),
            moving=bodies.moving[body],
            foreground=bodies.foreground[body],
        )
