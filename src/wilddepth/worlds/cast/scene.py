"""A scene of solid bodies, as it is ray-cast.

World coordinates: X right, Y down, Z forward, metres, float64; gravity is +Y and the ground lies near y = 0. A pose is
a 4x4 matrix that takes the coordinates of a body, or of a camera, to those of the world. Colours are linear light.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, runtime_checkable

import numpy as np

RGB = tuple[float, float, float]
Matrix = np.ndarray
"""(4 4) float64, rigid."""

SKY_DISTANCE = 10_000.0
"""Depth of the sky, m: so every pixel has a surface, with a disparity below a tenth of a pixel for usual rigs."""


class Pattern(IntEnum):
    """What a solid texture looks like: a function of the point in the coordinates of the body, and of the normal."""

    PLAIN = 0
    NOISE = 1
    """Clouds of several scales between the colours: plaster, soil, grass, rust."""
    SPECKLE = 2
    """Grains: asphalt, gravel, granite, terrazzo."""
    BRICKS = 3
    PLANKS = 4
    """Boards with growth rings and gaps."""
    TILES = 5
    CHECKER = 6
    STRIPES = 7
    MARBLE = 8
    CELLS = 9
    """Irregular cells with rims: rubble walls, dry mud, leaves of different greens."""
    WINDOWS = 10
    """A facade: panes in frames at the body's own raster, each pane of another brightness."""
    WEAVE = 11
    POSTER = 12
    """Random blocks and bars in all colours: posters, book backs, labels."""
    MEMORY = 13
    """A picture of many scales and colours without a period: the richest texture."""


@dataclass(frozen=True)
class Material:
    """How a surface looks.

    Attributes:
        pattern: see `Pattern`.
        colours: three reflectances, 0..1, between which the pattern chooses.
        size: m, of one cell of the pattern (a brick's length, a window's raster, the largest cloud).
        contrast: 0 = the mean of the colours only, 1 = the whole range.
        grain: relative brightness changes of a fine noise on top, 0 = none.
        grain_size: m.
        gloss: 0 = matt; share of the light that is mirrored (highlights, and the sky), 1 = polished.
        shininess: exponent of the highlight.
        glow: light given off, as a multiple of the colours.
        seed: another seed is another piece of the same stuff.
    """

    pattern: Pattern = Pattern.PLAIN
    colours: tuple[RGB, RGB, RGB] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    size: float = 1.0
    contrast: float = 1.0
    grain: float = 0.0
    grain_size: float = 0.02
    gloss: float = 0.0
    shininess: float = 20.0
    glow: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Mesh:
    """Triangles; both sides are seen.

    Attributes:
        vertices: (v 3) float64, m, in the coordinates of the body.
        faces: (f 3) int32.
    """

    vertices: np.ndarray
    faces: np.ndarray


@runtime_checkable
class Motion(Protocol):
    """Where a body is."""

    def pose(self, time: float) -> Matrix:
        """Body to world at a time, s."""
        ...


@dataclass(frozen=True)
class Still:
    """A body that stays where it is."""

    at: Matrix = field(default_factory=lambda: np.eye(4))

    def pose(self, time: float) -> Matrix:
        """The same at all times."""
        return self.at


@dataclass(frozen=True)
class Body:
    """A mesh with its looks and its motion.

    Attributes:
        mesh: triangles.
        materials: the looks in use.
        material_of: (f) int32, the number of the material of each face; None = the first for all.
        motion: where it is; `Still` bodies are the static part of the scene.
        kind: what it is, in one word: road, building, car, person, pole, fence, tree, grass, wall, table, ...
        foreground: what KITTI 2015 scores apart (cars).
    """

    mesh: Mesh
    materials: Sequence[Material]
    material_of: np.ndarray | None = None
    motion: Motion = field(default_factory=Still)
    kind: str = "thing"
    foreground: bool = False

    @property
    def moving(self) -> bool:
        """Whether it moves by itself."""
        return not isinstance(self.motion, Still)


@dataclass(frozen=True)
class Sun:
    """A distant light.

    Attributes:
        direction: unit vector from the scene to the sun, world coordinates (so y < 0 by day).
        colour: irradiance on a surface that faces it, RGB.
    """

    direction: tuple[float, float, float]
    colour: RGB


@dataclass(frozen=True)
class Lamp:
    """A small light.

    Attributes:
        position: m, world coordinates; of the camera (X right, Y down, Z forward) where `carried`.
        colour: irradiance at 1 m on a surface that faces it, RGB; falls with the square of the distance.
        direction: unit vector of a cone's axis; None = all around.
        cone: half angle of the cone, degrees.
        carried: moves with the camera: headlights, a torch.
        shadows: whether it throws shadows; each lamp that does costs a ray a pixel.
    """

    position: tuple[float, float, float]
    colour: RGB
    direction: tuple[float, float, float] | None = None
    cone: float = 180.0
    carried: bool = False
    shadows: bool = False


@dataclass(frozen=True)
class Light:
    """What lights a scene besides its lamps, and the sky that is seen.

    Attributes:
        sun: sun or moon; None = overcast, night or indoors.
        zenith: light of the sky straight up, RGB; also what lights surfaces from above.
        horizon: light of the sky at the horizon.
        ground: light that comes back from below.
        clouds: share of the sky they cover, 0..1.
        lamps: factor on all lamps of the scene: 0 by day, 1 at night and indoors.
        seed: of the clouds, and of what stands around.
        surroundings: how high what stands around is, as glossy surfaces mirror it: the tangent of its mean height above
            the horizon; 0 = they mirror a bare sky.
    """

    sun: Sun | None = None
    zenith: RGB = (0.35, 0.45, 0.65)
    horizon: RGB = (0.7, 0.75, 0.8)
    ground: RGB = (0.15, 0.14, 0.13)
    clouds: float = 0.3
    lamps: float = 0.0
    seed: int = 0
    surroundings: float = 0.0


@dataclass(frozen=True)
class Route:
    """A line in the scene along which a camera can travel without hitting anything.

    Attributes:
        points: (n 3) float64, n >= 2, m, on the ground (or at the height where `low` and `high` are 0).
        speed: m/s along it; 0 = the camera stays.
        low: least height of a camera above the line, m.
        high: greatest height of a camera above the line, m.
        sway: free room to each side, m.
        gaze: a point that the camera looks at, world coordinates; None = along the line.
    """

    points: np.ndarray
    speed: float
    low: float
    high: float
    sway: float = 0.0
    gaze: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Scene:
    """What is rendered.

    Attributes:
        bodies: everything solid.
        light: sun and sky.
        lamps: in use as far as `light.lamps` says.
        route: where a camera may go.
        wetness: 0 = dry, 1 = standing water: darker and glossier ground (faces that look up).
    """

    bodies: Sequence[Body]
    light: Light
    route: Route
    lamps: Sequence[Lamp] = ()
    wetness: float = 0.0


@dataclass(frozen=True)
class Rig:
    """A rectified pair: both views share focal lengths and rows; the right one is `baseline` m along the camera's +X.

    Attributes:
        focal_x: px.
        focal_y: px.
        centre_x: principal point of the left view, px, pixel centres at whole numbers.
        centre_y: principal point, px.
        right_centre_x: of the right view; differs from `centre_x` by the "doffs" of Middlebury.
        baseline: m, positive.
        height: rows.
        width: columns.
    """

    focal_x: float
    focal_y: float
    centre_x: float
    centre_y: float
    right_centre_x: float
    baseline: float
    height: int
    width: int
