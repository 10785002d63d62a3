"""Poses and times of cameras as text: KITTI's rows of 12 numbers, rows x y z qx qy qz qw, TUM's with a time in front.

All poses are world_from_camera: camera coordinates (x right, y down, z forward; m) to those of the world.
"""

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text

# Rotations are written with six digits or so; beyond this a row is no rigid motion at all.
_ORTHOGONAL = 1e-2
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def read_poses(path: str | Path) -> Float64[np.ndarray, "n 4 4"]:
    """Row i is the pose of frame i: 12 numbers (the first three rows of the matrix) or 7 (place and quaternion).

    Raises:
        SampleError: for a file that is missing or empty, with rows of another length, or rows that are no rigid motion.
    """
    table = _numbers(path, (7, 12))
    if table.shape[1] == 12:
        return _rigid(_with_last_row(table.reshape(-1, 3, 4)), path)
    return _from_quaternions(table, path)


def read_timed_poses(path: str | Path) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, "n 4 4"]]:
    """TUM's `groundtruth.txt`: rows of time (s), place (m) and quaternion (qx qy qz qw).

    Raises:
        SampleError: as `read_poses`.
    """
    table = _numbers(path, (8,))
    return table[:, 0], _from_quaternions(table[:, 1:], path)


def read_times(path: str | Path) -> Sequence[float]:
    """KITTI's `times.txt`: one time a line, s.

    Raises:
        SampleError: for a file that is missing or empty, or a line that is no time.
    """
    return [float(value) for value in _numbers(path, (1,))[:, 0]]


def read_clock_times(path: str | Path) -> Sequence[float]:
    """KITTI raw's `timestamps.txt`: `2011-09-26 13:02:25.961661696`; s since the first line.

    Raises:
        SampleError: for a file that is missing or empty, or a line that is no time.
    """
    lines = [line.strip() for line in text(path).splitlines() if line.strip()]
    seconds = [_clock(line, path) for line in lines]
    if not seconds:
        raise SampleError(f"{path} holds no times; copy or download it again")
    return [(whole - seconds[0][0]) + (part - seconds[0][1]) for whole, part in seconds]


def _clock(line: str, path: str | Path) -> tuple[int, float]:
    """Whole seconds since 1970 and the rest: one float could not tell nanoseconds."""
    day, _, part = line.partition(".")
    try:
        moment = datetime.strptime(day, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
        return round((moment - _EPOCH).total_seconds()), float(f"0.{part or 0}")
    except ValueError as error:
        raise SampleError(f"{path}: {brief(line)!r} is no time like 2011-09-26 13:02:25.96; check the file") from error


def _numbers(path: str | Path, widths: tuple[int, ...]) -> Float64[np.ndarray, "n k"]:
    """The rows of a table that has one of the widths, without comments (`#`)."""
    lines = [line.split("#", 1)[0].replace(",", " ").split() for line in text(path).splitlines()]
    rows = [words for words in lines if words]
    found = sorted({len(words) for words in rows})
    if len(found) != 1 or found[0] not in widths:
        raise SampleError(
            f"{path} must hold rows of {' or '.join(map(str, widths))} numbers; it holds rows of "
            f"{', '.join(map(str, found)) or 'none'}: check that it is the right file and not cut off"
        )
    try:
        table = np.array([[float(word) for word in words] for words in rows])
    except ValueError as error:
        raise SampleError(f"{path} holds a word that is no number ({brief(error)}); check the file") from error
    if not np.isfinite(table).all():
        raise SampleError(f"{path} holds a number that is not finite; check the file")
    return table


def _from_quaternions(rows: Float64[np.ndarray, "n 7"], path: str | Path) -> Float64[np.ndarray, "n 4 4"]:
    """x y z qx qy qz qw."""
    length = np.linalg.norm(rows[:, 3:], axis=1)
    if (np.abs(length - 1) > _ORTHOGONAL).any():
        raise SampleError(f"{path} holds a quaternion that has not length 1; rows are x y z qx qy qz qw")
    x, y, z, w = (rows[:, 3:] / length[:, None]).T
    rotation = np.stack(
        (
            *(1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
            *(2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
            *(2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
        ),
        axis=1,
    ).reshape(-1, 3, 3)
    return _with_last_row(np.concatenate((rotation, rows[:, :3, None]), axis=2))


def _with_last_row(rows: Float64[np.ndarray, "n 3 4"]) -> Float64[np.ndarray, "n 4 4"]:
    last = np.broadcast_to([[[0.0, 0.0, 0.0, 1.0]]], (len(rows), 1, 4))
    return np.concatenate((rows, last), axis=1)


def _rigid(poses: Float64[np.ndarray, "n 4 4"], path: str | Path) -> Float64[np.ndarray, "n 4 4"]:
    rotation = poses[:, :3, :3]
    wrong = np.abs(rotation @ rotation.transpose(0, 2, 1) - np.eye(3)).max() > _ORTHOGONAL
    if wrong or (np.linalg.det(rotation) < 0).any():
        raise SampleError(f"{path} holds a row that is no rigid motion; rows are the first three rows of the pose")
    return poses
