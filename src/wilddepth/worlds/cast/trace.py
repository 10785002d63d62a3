"""What rays hit: Embree on triangles, through the package embreex."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from wilddepth.errors import ConfigError
from wilddepth.worlds.cast import embree
from wilddepth.worlds.cast.embree import Packets

Triangles = tuple[np.ndarray, np.ndarray]
"""Vertices (v 3), m, and faces (f 3)."""


@runtime_checkable
class Rays(Protocol):
    """Triangles in fixed places, prepared for rays.

    Origins and directions are (n 3) float32, or (1 3) for those of all rays; distances count in lengths of the
    directions.
    """

    def nearest(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Number (n) int32 of the first face that each ray hits, -1 for none, and its distance (n) float32."""
        ...

    def blocked(self, origins: np.ndarray, directions: np.ndarray, far: float) -> np.ndarray:
        """(n) bool: whether anything is hit before the distance `far`."""
        ...


class Singles:
    """One ray at a time, by what embreex offers itself: works with any of its builds.

    Args:
        solids: scenes of embreex.
        first: for each solid, what is added to the row of a face.
    """

    def __init__(self, solids: Sequence[Any], first: Sequence[int]) -> None:
        self._scenes, self._first = tuple(solids), tuple(first)

    def nearest(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `Rays`."""
        origins, directions = _each(origins, directions)
        best, near = np.full(len(origins), -1, np.int32), np.full(len(origins), np.inf, np.float32)
        for scene, first in zip(self._scenes, self._first, strict=True):
            found = scene.run(origins, directions, output=1)
            nearer = (found["primID"] >= 0) & (found["tfar"] < near)
            best = np.where(nearer, found["primID"] + np.int32(first), best)
            near = np.where(nearer, found["tfar"], near)
        return best, near

    def blocked(self, origins: np.ndarray, directions: np.ndarray, far: float) -> np.ndarray:
        """See `Rays`."""
        origins, directions = _each(origins, directions)
        hidden = np.zeros(len(origins), np.bool_)
        for scene in self._scenes:
            reach = np.full(len(origins), far, np.float32)
            hidden |= scene.run(origins, directions, dists=reach, query="OCCLUDED") >= 0
        return hidden


def solid(triangles: Triangles, name: int) -> Any:
    """Triangles in fixed places, prepared once; `name` is their place among the solids that rays are sent through.

    Raises:
        ConfigError: without the package embreex.
    """
    try:
        return embree.Solid(*triangles, name) if embree.library() is not None else _embreex_scene(*triangles)
    except ImportError as error:
        raise ConfigError(
            f'ray-cast worlds need the package embreex ({error}); pip install "wilddepth[worlds]", or choose a world '
            "whose name begins with flat-"
        ) from error


def rays(solids: Sequence[Any], first: Sequence[int]) -> Rays:
    """Rays through solids; the row of a face in solid k is reported as that row + first[k]."""
    return Packets(solids, first) if embree.library() is not None else Singles(solids, first)


def _each(origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An origin and a direction for each ray, contiguous as embreex needs them."""
    shape = max(len(origins), len(directions)), 3
    return np.broadcast_to(origins, shape).copy(), np.broadcast_to(directions, shape).copy()


def _embreex_scene(vertices: np.ndarray, faces: np.ndarray) -> Any:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32))
    return scene
