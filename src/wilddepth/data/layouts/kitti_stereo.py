"""KITTI stereo 2012 and 2015: single pairs `NNNNNN_10` with LiDAR truth, with or without the `training/` level.

2015: `image_2`, `image_3`, `disp_occ_0`, `disp_noc_0`, `obj_map`. 2012: `colored_0`, `colored_1` (or the grey
`image_0`, `image_1`), `disp_occ`, `disp_noc`. "occ" knows every measured pixel, "noc" those seen in both views.
Source: Geiger et al., CVPR 2012; Menze and Geiger, CVPR 2015; the development kits.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.kitti_folders import Views, present, shared_calibration, stored_truth, wanted_in
from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile, Track
from wilddepth.data.layouts.listing import file_or_none, files_in, pairs
from wilddepth.formats.calibration import kitti
from wilddepth.formats.calibration.stereo import StereoCalibration

_KNOWN_VIEWS = (
    Views("image_2", "image_3", kitti.read_colour),
    Views("colored_0", "colored_1", kitti.read_colour),
    Views("image_0", "image_1", kitti.read_grey),
)
# Frames 10 are the ones with truth; 11 is the next in time, the multi-view sets have 0 to 20.
_REFERENCE = re.compile(r"\d{6}_10")
_MOMENT = re.compile(r"\d{6}_\d{2}")


def recognises(folder: Path) -> bool:
    """A folder with reference frames, or one whose `training/` has them."""
    return _root(folder) is not None


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """The reference frames in order.

    Raises:
        SampleError: when a picture of one view has none of the other, or calibration is ambiguous.
    """
    root = _root(folder)
    views = None if root is None else present(root, _KNOWN_VIEWS, _is_reference)
    if root is None or views is None:
        return []
    left, right = (wanted_in(root / name, _is_reference) for name in (views.left, views.right))
    tracks = _tracks(root / views.left)
    # The level above belongs to the set when it was the folder asked for, or has the set's own name for its parts.
    above = [root.parent] if root != folder or root.name in ("training", "testing") else []
    shared = shared_calibration(views, root, *above)
    return [
        _scene(root, key, pair, _frame_calibration(root, key, views) or shared, tracks[key.removesuffix("_10")])
        for key, pair in pairs(left, right, f"{root / views.left} and {root / views.right}").items()
    ]


def _root(folder: Path) -> Path | None:
    """The folder that holds the views."""
    places = (folder, folder / "training", folder / "testing")
    return next((place for place in places if present(place, _KNOWN_VIEWS, _is_reference)), None)


def _is_reference(stem: str) -> bool:
    return _REFERENCE.fullmatch(stem) is not None


def _tracks(folder: Path) -> Mapping[str, Track]:
    """Name of a scene -> its pictures in time, of which number 10 is the one with truth."""
    frames: dict[str, dict[int, Path]] = {}
    for stem, path in files_in(folder).items():
        if _MOMENT.fullmatch(stem):
            frames.setdefault(stem[:6], {})[int(stem[7:])] = path
    return {name: Track(found) for name, found in frames.items()}


def _scene(
    root: Path, key: str, pair: tuple[Path, Path], calibration: StoredFile[StereoCalibration] | None, track: Track
) -> SceneFiles:
    return SceneFiles(
        key=key,
        left=pair[0],
        right=pair[1],
        calibration=calibration,
        disparity=stored_truth(root, key, "disp_occ_0", "disp_occ"),
        visible=stored_truth(root, key, "disp_noc_0", "disp_noc"),
        foreground=file_or_none(root / "obj_map" / f"{key}.png"),
        track=track,
        frame=10,
    )


def _frame_calibration(root: Path, key: str, views: Views) -> StoredFile[StereoCalibration] | None:
    """The file of one frame: `calib/NNNNNN.txt` (2012) or `calib_cam_to_cam/NNNNNN.txt` (2015)."""
    name = f"{key.removesuffix('_10')}.txt"
    path = file_or_none(root / "calib_cam_to_cam" / name, root / "calib" / name)
    return StoredFile(path, views.read_calibration) if path else None


LAYOUT = Layout(
    name="kitti_stereo",
    shape="image_2/NNNNNN_10 and image_3, or colored_0 and colored_1",
    recognises=recognises,
    scenes=scenes,
)
