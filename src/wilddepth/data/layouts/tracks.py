"""Sequences: which frames follow each other, where the camera was, when."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Float64

from wilddepth.data.layouts.layout import Pose, SceneFiles, StoredFile, Track

Content = TypeVar("Content")

# More digits than these are a time or a serial number rather than a count; ASCII only.
_NUMBER_AT_END = re.compile(r"(.*?)([0-9]{1,18})", re.DOTALL)


def numbered_track(
    frames: Mapping[str, Path],
    poses: StoredFile[Mapping[int, Pose]] | None = None,
    seconds: StoredFile[Mapping[int, float]] | None = None,
) -> Track:
    """A sequence whose pictures are named by their numbers."""
    return Track({int(stem): path for stem, path in frames.items()}, poses, seconds)


def counted(scenes: Sequence[SceneFiles]) -> Sequence[SceneFiles]:
    """The same scenes as sequences: those whose keys differ only in the number at their end follow each other."""
    ends = {scene.key: end for scene in scenes if (end := _NUMBER_AT_END.fullmatch(scene.key))}
    frames: dict[str, dict[int, Path]] = {}
    for scene in scenes:
        if scene.key in ends:
            frames.setdefault(ends[scene.key][1], {})[int(ends[scene.key][2])] = scene.left
    tracks = {start: Track(found) for start, found in frames.items()}
    return [
        replace(scene, track=tracks[ends[scene.key][1]], frame=int(ends[scene.key][2])) if scene.key in ends else scene
        for scene in scenes
    ]


def neighbour_pictures(scene: SceneFiles, offsets: Sequence[int]) -> Mapping[int, Path]:
    """Offset -> picture, for those of the wanted frames that are there."""
    if scene.track is None:
        return {}
    frames = scene.track.frames
    return {offset: frames[scene.frame + offset] for offset in offsets if scene.frame + offset in frames}


def neighbour_poses(scene: SceneFiles, offsets: Sequence[int]) -> Mapping[int, Float64[np.ndarray, "4 4"]]:
    """Offset -> transform from the coordinates of this camera to those of the neighbour, m, where both are known.

    Raises:
        SampleError: for a file of poses that cannot be read.
    """
    if scene.track is None or scene.track.poses is None:
        return {}
    poses = remembered(scene.track.poses)
    if scene.frame not in poses:
        return {}
    world_from_here = matrix(poses[scene.frame])
    there = {offset: poses[scene.frame + offset] for offset in offsets if scene.frame + offset in poses}
    return {offset: np.linalg.inv(matrix(pose)) @ world_from_here for offset, pose in there.items()}


def seconds_of(scene: SceneFiles) -> float | None:
    """When the picture was taken, s since the first of its sequence; None where that is not known.

    Raises:
        SampleError: for a file of timestamps that cannot be read.
    """
    if scene.track is None or scene.track.seconds is None:
        return None
    return remembered(scene.track.seconds).get(scene.frame)


def matrix(pose: Pose) -> Float64[np.ndarray, "4 4"]:
    """The whole transform."""
    return np.vstack((np.asarray(pose, np.float64).reshape(3, 4), (0.0, 0.0, 0.0, 1.0)))


def as_pose(world_from_camera: Float64[np.ndarray, "4 4"]) -> Pose:
    """The plain numbers of a transform."""
    return tuple(float(number) for number in world_from_camera[:3].ravel())


def remembered(stored: StoredFile[Content] | Content) -> Content:
    """What all frames of a sequence share; a file is read again only when it changes."""
    if not isinstance(stored, StoredFile):
        return stored
    try:
        changed = stored.path.stat().st_mtime_ns
    except OSError:
        return stored.read()  # says what is wrong
    content: Content = _remembered(stored.path, stored.reader, changed)
    return content


@lru_cache(maxsize=64)
def _remembered(path: Path, reader: Callable[[Path], Content], changed: int) -> Content:
    return reader(path)
