"""KITTI odometry: sequences of `image_2`, `image_3` (or the grey `image_0`, `image_1`) with one `calib.txt` each.

`times.txt` and `poses/NN.txt` (beside `sequences/`, of the left grey camera) have one row for each frame of the whole
sequence. The benchmark scores with the poses, so they are given only to those who ask for them. Rendered sequences have
truth as KITTI 2015 has it, in the sequence's folder: `disp_occ_0`, `disp_noc_0`, `obj_map`.
Source: Geiger et al., CVPR 2012; the development kit of the odometry benchmark.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from wilddepth.data.layouts.kitti_folders import Views, present, shared_calibration, stored_truth, wanted_in
from wilddepth.data.layouts.kitti_object import is_part
from wilddepth.data.layouts.layout import Layout, Pose, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, pairs, scene_folders
from wilddepth.data.layouts.tracks import as_pose, numbered_track
from wilddepth.formats.calibration import kitti
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.trajectory import read_poses, read_times

_KNOWN_VIEWS = (
    Views("image_2", "image_3", kitti.read_colour),
    Views("image_0", "image_1", kitti.read_grey),
)


def recognises(folder: Path) -> bool:
    """A sequence, a folder of sequences, or one with `sequences/`."""
    return bool(scene_folders(folder, _is_sequence, "sequences"))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All frames, sequence by sequence, in order.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    sequences = scene_folders(folder, _is_sequence, "sequences")
    return [scene for prefix, place in sequences.items() for scene in _sequence(place, prefix)]


def _is_sequence(folder: Path) -> bool:
    """Frames of the object benchmark have the same names, and a calibration each."""
    return present(folder, _KNOWN_VIEWS, str.isdigit) is not None and not is_part(folder)


def _sequence(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    views = present(folder, _KNOWN_VIEWS, str.isdigit)
    if views is None:
        return []
    left, right = (wanted_in(folder / name, str.isdigit) for name in (views.left, views.right))
    calibration = shared_calibration(views, folder)
    times = file_or_none(folder / "times.txt")
    track = numbered_track(left, _poses(folder, views), StoredFile(times, _seconds) if times else None)
    return [
        SceneFiles(
            key=f"{prefix}{frame}",
            left=pair[0],
            right=pair[1],
            calibration=calibration,
            disparity=stored_truth(folder, frame, "disp_occ_0"),
            visible=stored_truth(folder, frame, "disp_noc_0"),
            foreground=file_or_none(folder / "obj_map" / f"{frame}.png"),
            track=track,
            frame=int(frame),
        )
        for frame, pair in pairs(left, right, f"{folder / views.left} and {folder / views.right}").items()
    ]


def _seconds(path: Path) -> Mapping[int, float]:
    return dict(enumerate(read_times(path)))


def _poses(folder: Path, views: Views) -> StoredFile[Mapping[int, Pose]] | None:
    """The poses of a sequence, where they and the calibration are there."""
    place = folder.resolve()
    path = file_or_none(place / "poses.txt", place.parents[1] / "poses" / f"{place.name}.txt")
    calibration = file_or_none(folder / "calib.txt")
    if path is None or calibration is None:
        return None
    return StoredFile(path, partial(read_camera_poses, calibration=calibration, camera=int(views.left[-1])))


def read_camera_poses(path: Path, *, calibration: Path, camera: int) -> Mapping[int, Pose]:
    """Poses of a camera, m, from the file, which has those of camera 0; all cameras look the same way.

    Raises:
        SampleError: for a file that is missing, damaged or cut off.
    """
    projection = numbers(read_entries(calibration, ":"), f"P{camera}", 12, calibration)
    # P = K [I | t]; the cameras differ by t, of which only the part along x is more than millimetres.
    camera0_from_camera = np.eye(4)
    camera0_from_camera[0, 3] = -projection[3] / projection[0]
    return {frame: as_pose(pose @ camera0_from_camera) for frame, pose in enumerate(read_poses(path))}


LAYOUT = Layout(
    name="kitti_odometry",
    shape="image_2/NNNNNN and image_3",
    recognises=recognises,
    scenes=scenes,
)
