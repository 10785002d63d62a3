"""Small solid scenes: a floor and a few boxes, one of which may move."""

from dataclasses import dataclass

import numpy as np

from wilddepth.worlds.cast.scene import Body, Lamp, Light, Material, Matrix, Mesh, Pattern, Route, Scene, Still, Sun

DAY = Light(sun=Sun((0.4, -0.8, -0.3), (1.0, 0.95, 0.9)))
RICH = Material(Pattern.MEMORY, ((0.1, 0.1, 0.12), (0.5, 0.4, 0.3), (0.9, 0.9, 0.85)), size=0.7)
_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-1, 0) for z in (-0.5, 0.5)], dtype=np.float64)
_FACES = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4)]
_FACES += [(1, 5, 7), (1, 7, 3)]


@dataclass(frozen=True)
class Sliding:
    """Along X at a constant speed, m/s."""

    at: Matrix
    speed: float

    def pose(self, time: float) -> Matrix:
        """Body to world."""
        matrix = self.at.copy()
        matrix[0, 3] += self.speed * time
        return matrix


def at(x: float, y: float, z: float) -> Matrix:
    """Moved there, not turned."""
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


def box(width: float, height: float, length: float) -> Mesh:
    """A box that stands on the ground."""
    return Mesh(_CORNERS * [width, height, length], np.array(_FACES, dtype=np.int32))


def floor(reach: float = 200.0) -> Mesh:
    """The plane y = 0."""
    corners = np.array([[-reach, 0, -reach], [reach, 0, -reach], [reach, 0, reach], [-reach, 0, reach]])
    return Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32))


def build_yard(rng: np.random.Generator, *, boxes: int = 6, speed: float = 5.0, moving: float = 1.0) -> Scene:
    """Boxes on both sides of a straight route of 40 m; the last one slides to the right."""
    bodies = [Body(floor(), [RICH], kind="ground")]
    for number in range(boxes):
        side, far = (-1) ** number * rng.uniform(3, 5), 6 + 7 * number + rng.uniform(0, 3)
        mesh = box(*rng.uniform(1, 2.5, 3))
        material = Material(RICH.pattern, RICH.colours, size=0.5, seed=int(rng.integers(1000)))
        last = number == boxes - 1 and moving != 0
        motion = Sliding(at(side, 0, far), moving) if last else Still(at(side, 0, far))
        bodies.append(Body(mesh, [material], motion=motion, kind="box", foreground=last))
    route = Route(np.array([[0, 0, 0], [0, 0, 20], [0.5, 0, 40.0]]), speed, low=1.2, high=1.6, sway=0.5)
    return Scene(bodies, DAY, route, lamps=[Lamp((0.0, -4.0, 10.0), (20.0, 18.0, 12.0))])
