"""KITTI raw recordings: `DAY/DAY_drive_NNNN_sync/image_02/data` and `image_03/data`, `DAY/calib_cam_to_cam.txt`.

Frames are paired by their numbers, which may have gaps; `timestamps.txt` counts those of the whole recording.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.kitti_folders import Views, present, shared_calibration, wanted_in
from wilddepth.data.layouts.layout import Layout, SceneFiles
from wilddepth.data.layouts.listing import listed, pairs, scene_folders
from wilddepth.formats.calibration import kitti

_KNOWN_VIEWS = (
    Views("image_02/data", "image_03/data", kitti.read_colour),
    Views("image_00/data", "image_01/data", kitti.read_grey),
)


def recognises(folder: Path) -> bool:
    """A drive, a day with drives, or a folder of days."""
    return bool(_drives(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All frames, drive by drive, in order.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    return [scene for prefix, place in _drives(folder).items() for scene in _drive(place, prefix)]


def _drives(folder: Path) -> Mapping[str, Path]:
    """Prefix of keys -> drive; a drive's name holds its day."""
    return scene_folders(folder, _is_drive, *(path.name for path in listed(folder) if path.is_dir()))


def _is_drive(folder: Path) -> bool:
    return present(folder, _KNOWN_VIEWS, str.isdigit) is not None


def _drive(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    views = present(folder, _KNOWN_VIEWS, str.isdigit)
    if views is None:
        return []
    left, right = (wanted_in(folder / name, str.isdigit) for name in (views.left, views.right))
    calibration = shared_calibration(views, folder, folder.resolve().parent)
    return [
        SceneFiles(key=f"{prefix}{frame}", left=pair[0], right=pair[1], calibration=calibration)
        for frame, pair in pairs(left, right, f"{folder / views.left} and {folder / views.right}").items()
    ]


LAYOUT = Layout(
    name="kitti_raw",
    shape="image_02/data and image_03/data",
    recognises=recognises,
    scenes=scenes,
)
