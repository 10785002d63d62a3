"""Scene folders that hold `im0` and `im1` (Middlebury since 2014, ETH3D): one way to read, two data sets."""

from collections.abc import Callable
from pathlib import Path

from wilddepth.data.layouts.layout import DisparityMap, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, picture
from wilddepth.errors import SampleError
from wilddepth.formats import array, pfm
from wilddepth.formats.calibration.stereo import StereoCalibration


def is_numbered_scene(folder: Path) -> bool:
    """Whether one of the two views is there (one alone is an error to report, not another layout).

    The nine-view folders of Middlebury 2003 hold `im0` to `im8`; theirs are `im2` and `im6`.
    """
    here = {stem for stem in ("im0", "im1", "im2", "im6") if picture(folder, stem) is not None}
    return bool(here & {"im0", "im1"}) and not here >= {"im2", "im6"}


def numbered_scene(folder: Path, key: str, read_calibration: Callable[[Path], StereoCalibration]) -> SceneFiles:
    """The scene in a folder: `im0`, `im1`, `calib.txt`, `disp0GT.pfm` or `disp0.pfm` or `disp0.npz`, `mask0nocc.png`.

    Raises:
        SampleError: when a view is missing.
    """
    left, right = (_view(folder, stem) for stem in ("im0", "im1"))
    calibration = file_or_none(folder / "calib.txt")
    return SceneFiles(
        key=key,
        left=left,
        right=right,
        calibration=StoredFile(calibration, read_calibration) if calibration else None,
        disparity=_disparity(folder),
        visible_mask=picture(folder, "mask0nocc"),
    )


def scene_key(prefix: str, folder: Path) -> str:
    """The name of a folder that is one scene."""
    return prefix.rstrip("/") or folder.resolve().name


def _view(folder: Path, stem: str) -> Path:
    """One of the two views."""
    path = picture(folder, stem)
    if path is None:
        other, side = ("im0", "right") if stem == "im1" else ("im1", "left")
        raise SampleError(f"{folder} holds {other} but no {stem}, its {side} image; add it")
    return path


def _disparity(folder: Path) -> StoredFile[DisparityMap] | None:
    """True left disparity: the evaluation version's name, then the one of the 2014 scenes, then an array."""
    stored = file_or_none(folder / "disp0GT.pfm", folder / "disp0.pfm")
    if stored is not None:
        return StoredFile(stored, pfm.read_disparity)
    packed = file_or_none(folder / "disp0.npz", folder / "disp0.npy")
    return StoredFile(packed, array.read_disparity) if packed else None
