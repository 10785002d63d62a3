"""KITTI raw recordings: `DAY/DAY_drive_NNNN_sync/image_02/data` and `image_03/data`, `DAY/calib_cam_to_cam.txt`.

Frames are paired by their numbers, which may have gaps; `timestamps.txt` counts those of the whole recording. Days
have their own calibration and picture size. Annotated depth (KITTI depth, `proj_depth/groundtruth/image_02`) within a
drive is truth for the frames that have it; raw LiDAR scans are not. `_extract` recordings are not rectified.
Source: Geiger et al., IJRR 2013; Uhrig et al., 3DV 2017 (annotated depth).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.kitti_folders import Views, present, shared_calibration, wanted_in
from wilddepth.data.layouts.layout import DepthMap, Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import files_in, listed, pairs, scene_folders
from wilddepth.data.layouts.tracks import numbered_track
from wilddepth.formats.calibration import kitti
from wilddepth.formats.depth_map import read_kitti_depth
from wilddepth.formats.trajectory import read_clock_times

_COLOUR = Views("image_02/data", "image_03/data", kitti.read_colour)
_KNOWN_VIEWS = (_COLOUR, Views("image_00/data", "image_01/data", kitti.read_grey))
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
    track = numbered_track(left, seconds=StoredFile(times, _seconds) if times.is_file() else None)
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


def _seconds(path: Path) -> Mapping[int, float]:
    """Line i is the time of frame i, also where only some frames are there."""
    return dict(enumerate(read_clock_times(path)))


LAYOUT = Layout(
    name="kitti_raw",
    shape="image_02/data and image_03/data",
    recognises=recognises,
    scenes=scenes,
)
