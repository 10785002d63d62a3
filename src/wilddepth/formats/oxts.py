"""KITTI raw's GPS/IMU files (`oxts/data/NNNNNNNNNN.txt`) as poses of the IMU.

The first six numbers are latitude and longitude (degrees), altitude (m), roll, pitch and yaw (radians). Places on the
earth become metres by a Mercator projection that is true to scale at the latitude of the first place; x points east,
y north, z up.
Source: Geiger et al., IJRR 2013, and the data set's development kit.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text

EARTH_RADIUS_M = 6378137.0
_NUMBERS = 30
# The projection has no poles.
_LARGEST_LATITUDE = 89.0


def read_place(path: Path) -> Float64[np.ndarray, " 6"]:
    """Latitude, longitude, altitude, roll, pitch, yaw.

    Raises:
        SampleError: for a file that is missing, cut off, or holds what cannot be a place.
    """
    words = text(path).split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError as error:
        raise SampleError(f"{path} holds a word that is no number ({brief(error)}); copy the file again") from error
    if len(values) != _NUMBERS:
        raise SampleError(f"{path} holds {len(values)} numbers instead of {_NUMBERS}; copy the file again")
    place: Float64[np.ndarray, " 6"] = values[:6]
    if not np.isfinite(place).all() or abs(place[0]) > _LARGEST_LATITUDE:
        raise SampleError(f"{path}: latitude {place[0]:g} and the numbers after it are no place; copy the file again")
    return place


def imu_poses(places: Mapping[int, Float64[np.ndarray, " 6"]]) -> Mapping[int, Float64[np.ndarray, "4 4"]]:
    """Number -> world_from_imu, m; the scale of the projection is that of the first place."""
    if not places:
        return {}
    scale = np.cos(np.deg2rad(next(iter(places.values()))[0]))
    return {number: _pose(place, scale) for number, place in places.items()}


def _pose(place: Float64[np.ndarray, " 6"], scale: float) -> Float64[np.ndarray, "4 4"]:
    latitude, longitude, altitude, roll, pitch, yaw = place
    pose = np.eye(4)
    pose[:3, :3] = _turned(2, yaw) @ _turned(1, pitch) @ _turned(0, roll)
    pose[0, 3] = scale * EARTH_RADIUS_M * np.deg2rad(longitude)
    pose[1, 3] = scale * EARTH_RADIUS_M * np.log(np.tan(np.pi / 4 + np.deg2rad(latitude) / 2))
    pose[2, 3] = altitude
    return pose


def _turned(axis: int, angle: float) -> Float64[np.ndarray, "3 3"]:
    """Rotation about one axis."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.eye(3)
    rotation[first, first] = rotation[second, second] = np.cos(angle)
    rotation[second, first], rotation[first, second] = np.sin(angle), -np.sin(angle)
    return rotation
