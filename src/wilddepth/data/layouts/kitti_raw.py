"""KITTI raw recordings: `DAY/DAY_drive_NNNN_sync/image_02/data` and `image_03/data`, `DAY/calib_cam_to_cam.txt`.

Frames are paired by their numbers, which may have gaps; `timestamps.txt` counts those of the whole recording. Days
have their own calibration and picture size. Poses come from GPS and IMU (`oxts/data`). Annotated depth (KITTI depth,
`proj_depth/groundtruth/image_02`) within a drive is truth for the frames that have it; raw LiDAR scans are not.
`_extract` recordings are not rectified.
Source: Geiger et al., IJRR 2013; Uhrig et al., 3DV 2017 (annotated depth).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wilddepth.data.layouts.kitti_folders import Views, present, shared_calibration, wanted_in
from wilddepth.data.layouts.layout import DepthMap, Layout, Pose, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import files_in, listed, pairs, scene_folders
from wilddepth.data.layouts.tracks import as_pose, numbered_track
from wilddepth.formats.calibration import kitti
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.depth_map import read_kitti_depth
from wilddepth.formats.oxts import imu_poses, read_place
from wilddepth.formats.trajectory import read_clock_times

_COLOUR = Views("image_02/data", "image_03/data", kitti.read_colour)
_KNOWN_VIEWS = (_COLOUR, Views("image_00/data", "image_01/data", kitti.read_grey))
_CALIBRATION = ("calib_cam_to_cam.txt", "calib_imu_to_velo.txt", "calib_velo_to_cam.txt")
_ANNOTATED = "proj_depth/groundtruth/image_02"


def recognises(folder: Path) -> bool:
    """A drive, a day with drives, or a folder of days."""
    return bool(_drives(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All frames, drive by drive, in order.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    return [scene for prefix, place in _drives(folder).items() for scene in drive_scenes(place, prefix)]


def drive_scenes(folder: Path, prefix: str, annotated: Path | None = None) -> Sequence[SceneFiles]:
    """The frames of one drive.

    Args:
        folder: the drive.
        prefix: of the keys.
        annotated: the drive's folder in KITTI depth, where that is another one.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    views = present(folder, _KNOWN_VIEWS, str.isdigit)
    if views is None:
        return []
    left, right = (wanted_in(folder / name, str.isdigit) for name in (views.left, views.right))
    calibration = shared_calibration(views, folder, folder.resolve().parent)
    times = folder / Path(views.left).parent / "timestamps.txt"
    seconds = StoredFile(times, _seconds) if times.is_file() else None
    track = numbered_track(left, _poses(folder, camera=int(views.left[7])), seconds)
    # The annotation is made for the left colour camera.
    truth = annotation(annotated or folder) if views is _COLOUR else {}
    return [
        SceneFiles(
            key=f"{prefix}{frame}",
            left=pair[0],
            right=pair[1],
            calibration=calibration,
            depth=truth.get(frame),
            track=track,
            frame=int(frame),
            rectified=False if folder.resolve().name.endswith("_extract") else None,
        )
        for frame, pair in pairs(left, right, f"{folder / views.left} and {folder / views.right}").items()
    ]


def annotation(drive: Path) -> Mapping[str, StoredFile[DepthMap]]:
    """Frame -> annotated depth of the left colour camera."""
    found = files_in(drive / _ANNOTATED, (".png",))
    return {frame: StoredFile(path, read_kitti_depth) for frame, path in found.items()}


def is_drive(folder: Path) -> bool:
    """Whether pictures of a drive are there."""
    return present(folder, _KNOWN_VIEWS, str.isdigit) is not None


def _drives(folder: Path) -> Mapping[str, Path]:
    """Prefix of keys -> drive; a drive's name holds its day."""
    return scene_folders(folder, is_drive, *(path.name for path in listed(folder) if path.is_dir()))


def _poses(drive: Path, camera: int) -> StoredFile[Mapping[int, Pose]] | None:
    """Poses from GPS and IMU, where they and all calibration files of the day are there."""
    places = drive / "oxts" / "data"
    day = drive.resolve().parent
    if not places.is_dir() or not all((day / name).is_file() for name in _CALIBRATION):
        return None
    return StoredFile(places, partial(read_camera_poses, day=day, camera=camera))


def read_camera_poses(places: Path, *, day: Path, camera: int) -> Mapping[int, Pose]:
    """Frame -> world_from_camera, m, for the frames that have a file; the world's axes are east, north, up.

    Args:
        places: the folder `oxts/data`.
        day: the folder with the calibration files.
        camera: number of the rectified camera.

    Raises:
        SampleError: for a file that is damaged.
    """
    files = {int(stem): path for stem, path in files_in(places, (".txt",)).items() if stem.isdigit()}
    poses = imu_poses({frame: read_place(path) for frame, path in files.items()})
    imu_from_camera = np.linalg.inv(_camera_from_imu(day, camera))
    return {frame: as_pose(pose @ imu_from_camera) for frame, pose in poses.items()}


def _camera_from_imu(day: Path, camera: int) -> Float64[np.ndarray, "4 4"]:
    """IMU -> velodyne -> camera 0 -> rectified camera 0 -> rectified camera."""
    intrinsics, imu, velodyne = (day / name for name in _CALIBRATION)
    entries = read_entries(intrinsics, ":")
    rectified = np.eye(4)
    rectified[:3, :3] = np.reshape(numbers(entries, "R_rect_00", 9, intrinsics), (3, 3))
    projection = numbers(entries, f"P_rect_{camera:02d}", 12, intrinsics)
    shifted = np.eye(4)
    shifted[0, 3] = projection[3] / projection[0]
    camera_from_imu: Float64[np.ndarray, "4 4"] = shifted @ rectified @ _rigid(velodyne) @ _rigid(imu)
    return camera_from_imu


def _rigid(path: Path) -> Float64[np.ndarray, "4 4"]:
    """A file with `R` and `T`."""
    entries = read_entries(path, ":")
    transform = np.eye(4)
    transform[:3, :3] = np.reshape(numbers(entries, "R", 9, path), (3, 3))
    transform[:3, 3] = numbers(entries, "T", 3, path)
    return transform


def _seconds(path: Path) -> Mapping[int, float]:
    """Line i is the time of frame i, also where only some frames are there."""
    return dict(enumerate(read_clock_times(path)))


LAYOUT = Layout(
    name="kitti_raw",
    shape="image_02/data and image_03/data",
    recognises=recognises,
    scenes=scenes,
)
