"""DrivingStereo: `train-left-image/DATE/`, `train-right-image`, `train-disparity-map`; the test and weather sets have
`left-image-half-size` (or `full-size`) and so on. Calibration: `half-image-calib/DATE.txt` or `full-image-calib`.

Names begin with the date of their recording, `DATE_DATE-MS`. Frames were chosen from the recordings, so no two of
them are neighbours. Disparity is px = v / 256 at half size and px = v / 128 at full size (1758 or 1762 columns), 0 =
none. It comes from accumulated LiDAR, filtered with the help of a network. The scales and the calibration's keys are
those that public code uses; no real scene was at hand to check them.
Source: Yang et al., CVPR 2019; the page of the data set.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, files_in, listed, pairs
from wilddepth.formats.calibration.entries import numbers, read_entries
from wilddepth.formats.calibration.stereo import StereoCalibration, checked, same_focal_length
from wilddepth.formats.disparity_png import read_kitti_disparity

_LEFT = re.compile(r"(?:(?:train|test)[-_])?left[-_]image(?:[-_](?:half|full)[-_]size)?")
# Half-size pictures have 879 or 881 columns.
_WIDEST_HALF = 1000
_CAMERAS = (101, 103)


def recognises(folder: Path) -> bool:
    """A folder above, or right beside, the folders of left pictures."""
    return bool(_left_folders(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pairs, folder by folder, in order of time.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    return [scene for place in _left_folders(folder) for scene in _pairs_of(folder, place)]


def read_disparity(path: Path) -> Float32[np.ndarray, "h w"]:
    """The left truth, px, nan where there is none.

    Raises:
        SampleError: for a file that cannot be read.
    """
    values = read_kitti_disparity(path)
    return values if values.shape[1] <= _WIDEST_HALF else values * np.float32(2)


def read_calibration(path: Path) -> StereoCalibration:
    """The pair of a day (cameras 101 and 103).

    The baseline is the distance of the two cameras as their poses (`R_`, `T_`) state it: that does not depend on the
    size of the pictures, while the last column of `P_rect_103` was not halved for those of half size.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    entries = read_entries(path, ":")
    left, right = (numbers(entries, f"P_rect_{camera}", 12, path) for camera in _CAMERAS)
    columns, rows = numbers(entries, f"S_rect_{_CAMERAS[0]}", 2, path)
    places = [_place(entries, camera, path) for camera in _CAMERAS]
    calibration = StereoCalibration(
        focal_x=same_focal_length(left[0], right[0], path),
        focal_y=left[5],
        centre_x=left[2],
        centre_y=left[6],
        right_centre_x=right[2],
        right_centre_y=right[6],
        baseline_m=float(np.linalg.norm(places[1] - places[0])),
        width=round(columns),
        height=round(rows),
    )
    return checked(calibration, path)


def _place(entries: Mapping[str, str], camera: int, path: Path) -> Float64[np.ndarray, " 3"]:
    """Where a camera is, m: camera = R world + T."""
    rotation = np.reshape(numbers(entries, f"R_{camera}", 9, path), (3, 3))
    place: Float64[np.ndarray, " 3"] = -rotation.T @ np.asarray(numbers(entries, f"T_{camera}", 3, path))
    return place


def _left_folders(folder: Path) -> Sequence[Path]:
    """Folders that hold left pictures, in order: named so, or within one named so."""
    near = [folder, *_folders_in(folder), *(deeper for place in _folders_in(folder) for deeper in _folders_in(place))]
    named = [place for place in near if _LEFT.fullmatch(place.name)]
    return list(dict.fromkeys(place for root in named for place in _with_pictures(root)))


def _with_pictures(folder: Path) -> Sequence[Path]:
    """The folder itself or those within it."""
    own = [folder] if files_in(folder) else []
    return [*own, *(deeper for place in _folders_in(folder) for deeper in _with_pictures(place))]


def _folders_in(folder: Path) -> Sequence[Path]:
    return [place for place in listed(folder) if place.is_dir()]


def _pairs_of(folder: Path, left: Path) -> Sequence[SceneFiles]:
    right, truth = (_counterpart(left, folder, name) for name in ("right-image", "disparity-map"))
    maps = files_in(truth, (".png",))
    prefix = "".join(f"{part}/" for part in left.relative_to(folder).parts if not _LEFT.fullmatch(part))
    return [
        SceneFiles(
            key=f"{prefix}{name}",
            left=pair[0],
            right=pair[1],
            calibration=_calibration(left, folder, name.split("_")[0]),
            disparity=StoredFile(maps[name], read_disparity) if name in maps else None,
        )
        for name, pair in pairs(files_in(left), files_in(right), f"{left} and {right}").items()
    ]


def _counterpart(left: Path, root: Path, what: str) -> Path:
    """The folder of the right pictures or of the disparities: each "left image" in the path changes."""
    start = root.parent  # the folder that was named may be one of left pictures itself
    parts = (re.sub(r"left([-_])image", what.replace("-", r"\1"), part) for part in left.relative_to(start).parts)
    return start.joinpath(*parts)


def _calibration(left: Path, folder: Path, date: str) -> StoredFile[StereoCalibration] | None:
    """`DATE.txt` of the right size in this folder or one of those above the pictures."""
    size = (
        "full-image-calib" if "full" in left.as_posix().removeprefix(folder.parent.as_posix()) else "half-image-calib"
    )
    above = [place for place in left.parents if place == folder.parent or folder.parent in place.parents]
    places = [place / inner / size for place in above for inner in ("", "calib", "train-calib", "test-calib")]
    path = file_or_none(*(deep / f"{date}.txt" for place in places for deep in (place, place / size)))
    return StoredFile(path, read_calibration) if path else None


LAYOUT = Layout(
    name="drivingstereo",
    shape="train-left-image/DATE and train-right-image, or left-image-half-size and right-image-half-size",
    recognises=recognises,
    scenes=scenes,
    truth_origin="LiDAR accumulated and filtered with a network's help",
)
