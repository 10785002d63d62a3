"""Your own rectified pairs: `left/` and `right/`, or `NAME_left` and `NAME_right` in one folder.

Both views of a pair have the same name (`left/0001.png`, `right/0001.png`; a `left` or `right` within the name does not
count). Beside them, all optional: one calibration for all (`calib.txt`, Middlebury or KITTI style), and true left
disparities in `disparity/` or `disp/` (or `NAME_disp` in the one folder): 16-bit PNG (256 px), PFM, npy or npz.
Numbers at the end of names count the frames of a sequence, for those who ask for neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.layout import DisparityMap, Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, files_in, pairs, scene_folders
from wilddepth.data.layouts.tracks import counted
from wilddepth.errors import SampleError
from wilddepth.formats import array, pfm
from wilddepth.formats.calibration.detect import read_calibration
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.disparity_png import read_kitti_disparity

# `left` and `right` as words of a name: at its start, its end, or between separators.
_SIDE = {side: re.compile(rf"(?:^|[_.-]){side}(?=$|[_.-])", re.IGNORECASE) for side in ("left", "right")}
_READERS = {
    ".pfm": pfm.read_disparity,
    ".png": read_kitti_disparity,
    ".npy": array.read_disparity,
    ".npz": array.read_disparity,
}


def recognises(folder: Path) -> bool:
    """A folder of pairs, or a folder of such folders."""
    return bool(scene_folders(folder, _holds_pairs))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pairs, folder by folder, in order of their names.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    places = scene_folders(folder, _holds_pairs)
    return [scene for prefix, place in places.items() for scene in _pairs_of(place, prefix)]


def _holds_pairs(folder: Path) -> bool:
    """Whether a picture of either view is there (one alone is an error to report, not another layout)."""
    return any(_views(folder))


def _pairs_of(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    left, right = _views(folder)
    calibration, truth = _calibration(folder), _truth(folder)
    places = f"{folder / 'left'} and {folder / 'right'}" if (folder / "left").is_dir() else f"{folder}, as NAME_right"
    scenes = [
        SceneFiles(key=f"{prefix}{key}", left=pair[0], right=pair[1], calibration=calibration, disparity=truth.get(key))
        for key, pair in pairs(left, right, places).items()
    ]
    return counted(scenes)


def _views(folder: Path) -> tuple[Mapping[str, Path], Mapping[str, Path]]:
    """Key -> picture, for both views: from the two folders, else from the names in one folder."""
    if files_in(folder / "left") or files_in(folder / "right"):
        return _keyed(files_in(folder / "left")), _keyed(files_in(folder / "right"))
    own = files_in(folder)
    left, right = ({stem: path for stem, path in own.items() if _SIDE[side].search(stem)} for side in _SIDE)
    return _keyed(left), _keyed(right)


def _keyed(files: Mapping[str, Path]) -> Mapping[str, Path]:
    """The names without their side.

    Raises:
        SampleError: when two files of one view then have one name.
    """
    keyed: dict[str, Path] = {}
    for stem, path in files.items():
        key = _key(stem)
        if key in keyed:
            raise SampleError(f"{keyed[key]} and {path} would both be the pair {key!r}; rename one of them")
        keyed[key] = path
    return keyed


def _key(stem: str) -> str:
    """`street_left_07` -> `street_07`; `left` -> `pair`."""
    for side in _SIDE.values():
        stem = side.sub("", stem)
    return stem.strip("_.-") or "pair"


def _calibration(folder: Path) -> StoredFile[StereoCalibration] | None:
    path = file_or_none(folder / "calib.txt")
    return StoredFile(path, read_calibration) if path else None


def _truth(folder: Path) -> Mapping[str, StoredFile[DisparityMap]]:
    """Key -> true left disparity."""
    beside = {
        stem.removesuffix("_disp"): path
        for stem, path in files_in(folder, tuple(_READERS)).items()
        if stem.endswith("_disp")
    }
    inside = [files_in(folder / name, tuple(_READERS)) for name in ("disp", "disparity")]
    found = {stem: path for files in (beside, *inside) for stem, path in files.items()}
    return {_key(stem): StoredFile(path, _READERS[path.suffix.lower()]) for stem, path in found.items()}


LAYOUT = Layout(
    name="pairs",
    shape="left/ and right/, or NAME_left and NAME_right",
    recognises=recognises,
    scenes=scenes,
    rectified=None,
)
