"""KITTI odometry: sequences of `image_2`, `image_3` (or the grey `image_0`, `image_1`) with one `calib.txt` each."""

from collections.abc import Sequence
from pathlib import Path

from wilddepth.data.layouts.kitti_folders import Views, present, shared_calibration, wanted_in
from wilddepth.data.layouts.layout import Layout, SceneFiles
from wilddepth.data.layouts.listing import pairs, scene_folders
from wilddepth.formats.calibration import kitti

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
    return present(folder, _KNOWN_VIEWS, str.isdigit) is not None


def _sequence(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    views = present(folder, _KNOWN_VIEWS, str.isdigit)
    if views is None:
        return []
    left, right = (wanted_in(folder / name, str.isdigit) for name in (views.left, views.right))
    calibration = shared_calibration(views, folder)
    return [
        SceneFiles(key=f"{prefix}{frame}", left=pair[0], right=pair[1], calibration=calibration)
        for frame, pair in pairs(left, right, f"{folder / views.left} and {folder / views.right}").items()
    ]


LAYOUT = Layout(
    name="kitti_odometry",
    shape="image_2/NNNNNN and image_3",
    recognises=recognises,
    scenes=scenes,
)
