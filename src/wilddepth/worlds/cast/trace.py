"""What rays hit: Embree on triangles, through the package embreex."""

from typing import Any

import numpy as np

from wilddepth.errors import ConfigError


def embree() -> tuple[Any, Any]:
    """Scene and mesh classes of embreex, or `ConfigError`."""
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise ConfigError(
            f'ray-cast worlds need the package embreex ({error}); pip install "wilddepth[worlds]", or choose a world '
            "whose name begins with flat-"
        ) from error
    return EmbreeScene, TriangleMesh


class Tracer:
    """Triangles in fixed places, prepared for rays.

    Args:
        vertices: (v 3), m.
        faces: (f 3); rays report the row of the face that they hit.
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        scene, mesh = embree()
        self._scene = scene()
        # The scene copies what it is given.
        mesh(self._scene, np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32))

    def nearest(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Face (n) int32, -1 for none, and distance (n) float32 in lengths of the direction, of the first hits."""
        found = self._scene.run(origins, directions, output=1)
        return found["primID"], found["tfar"]

    def blocked(self, origins: np.ndarray, directions: np.ndarray, far: np.ndarray) -> np.ndarray:
        """(n) bool: whether anything is hit between the origin and `far` lengths of the direction."""
        return np.asarray(self._scene.run(origins, directions, dists=far, query="OCCLUDED") >= 0)
