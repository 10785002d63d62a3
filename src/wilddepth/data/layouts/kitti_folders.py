"""What the KITTI layouts share: which folders hold the two views, which calibration goes with them, and their truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wilddepth.data.layouts.layout import DisparityMap, StoredFile
from wilddepth.data.layouts.listing import file_or_none, files_in, listed
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.disparity_png import read_kitti_disparity


@dataclass(frozen=True)
class Views:
    """Names of the folders of the two views, and the reader of the calibration of those cameras."""

    left: str
    right: str
    read_calibration: Callable[[Path], StereoCalibration]


def present(root: Path, known: tuple[Views, ...], wanted: Callable[[str], bool]) -> Views | None:
    """The first of the known views with a picture of a wanted name in one of its folders."""
    return next((views for views in known if any(_names(root, views, wanted))), None)


def wanted_in(folder: Path, wanted: Callable[[str], bool]) -> Mapping[str, Path]:
    """The pictures of wanted names."""
    return {stem: path for stem, path in files_in(folder).items() if wanted(stem)}


def shared_calibration(views: Views, *folders: Path) -> StoredFile[StereoCalibration] | None:
    """One file for all frames, from the first folder that has it: `calib.txt`, or the `calib_cam_to_cam*.txt` of a day.

    Raises:
        SampleError: when several days' files are there.
    """
    for folder in folders:
        single = file_or_none(folder / "calib.txt")
        found = [single] if single else [path for path in listed(folder) if _is_of_a_day(path)]
        if len(found) > 1:
            raise SampleError(
                f"{folder} holds {len(found)} calib_cam_to_cam files; keep the one of the day of these images, or give "
                "one for each frame in calib_cam_to_cam/"
            )
        if found:
            return StoredFile(found[0], views.read_calibration)
    return None


def stored_truth(root: Path, name: str, *folders: str) -> StoredFile[DisparityMap] | None:
    """The 16-bit map of this name in the first of the folders that has it."""
    path = file_or_none(*(root / folder / f"{name}.png" for folder in folders))
    return StoredFile(path, read_kitti_disparity) if path else None


def _is_of_a_day(path: Path) -> bool:
    return path.is_file() and path.name.startswith("calib_cam_to_cam") and path.suffix == ".txt"


def _names(root: Path, views: Views, wanted: Callable[[str], bool]) -> Mapping[str, Path]:
    return {**wanted_in(root / views.left, wanted), **wanted_in(root / views.right, wanted)}
