"""KITTI object detection: single pairs `image_2/NNNNNN`, `image_3/NNNNNN` with `calib/NNNNNN.txt`, one file a frame.

The frames come from many drives and do not follow each other. Calibration files differ between days, which is why each
frame has its own.
Source: Geiger et al., CVPR 2012; the development kit of the object benchmark.
"""

from collections.abc import Sequence
from pathlib import Path

from wilddepth.data.layouts.kitti_folders import wanted_in
from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, files_in, pairs, scene_folders
from wilddepth.formats.calibration import kitti


def recognises(folder: Path) -> bool:
    """`training/` or `testing/`, or the folder above them."""
    return bool(scene_folders(folder, is_part))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All frames, part by part, in order.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    return [scene for prefix, place in scene_folders(folder, is_part).items() for scene in _part(place, prefix)]


def is_part(folder: Path) -> bool:
    """Whether pictures are there, and calibration files of single frames beside them."""
    pictures = wanted_in(folder / "image_2", str.isdigit) or wanted_in(folder / "image_3", str.isdigit)
    return bool(pictures) and any(stem.isdigit() for stem in files_in(folder / "calib", (".txt",)))


def _part(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    left, right = (wanted_in(folder / name, str.isdigit) for name in ("image_2", "image_3"))
    views = pairs(left, right, f"{folder / 'image_2'} and {folder / 'image_3'}")
    return [_scene(folder, prefix, frame, *pair) for frame, pair in views.items()]


def _scene(folder: Path, prefix: str, frame: str, left: Path, right: Path) -> SceneFiles:
    path = file_or_none(folder / "calib" / f"{frame}.txt")
    calibration = StoredFile(path, kitti.read_colour) if path else None
    return SceneFiles(key=f"{prefix}{frame}", left=left, right=right, calibration=calibration)


LAYOUT = Layout(
    name="kitti_object",
    shape="image_2/NNNNNN, image_3 and calib/NNNNNN.txt",
    recognises=recognises,
    scenes=scenes,
)
