"""Karlsruhe sequences (Geiger et al. 2010): grey pairs `I1_NNNNNN` (left) and `I2_NNNNNN` (right), `*_calib.txt`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import files_in, listed, pairs
from wilddepth.data.layouts.tracks import counted
from wilddepth.errors import SampleError
from wilddepth.formats.calibration import karlsruhe
from wilddepth.formats.calibration.stereo import StereoCalibration

_LEFT, _RIGHT = "I1_", "I2_"


def recognises(folder: Path) -> bool:
    """Whether a left picture is there."""
    return bool(_view(folder, _LEFT))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pairs in order of their numbers.

    Raises:
        SampleError: when a picture of one view has none of the other, or several calibration files are there.
    """
    calibration = _calibration(folder)
    views = pairs(_view(folder, _LEFT), _view(folder, _RIGHT), f"{folder} (I1_... and I2_...)")
    scenes = [
        SceneFiles(key=number, left=left, right=right, calibration=calibration)
        for number, (left, right) in views.items()
    ]
    return counted(scenes)


def _view(folder: Path, start: str) -> Mapping[str, Path]:
    """Number -> picture of one view."""
    return {stem.removeprefix(start): path for stem, path in files_in(folder).items() if stem.startswith(start)}


def _calibration(folder: Path) -> StoredFile[StereoCalibration] | None:
    found = [path for path in listed(folder) if path.name.endswith("_calib.txt")]
    if len(found) > 1:
        raise SampleError(f"{folder} holds {len(found)} calibration files (*_calib.txt); keep the one of these images")
    return StoredFile(found[0], karlsruhe.read) if found else None


LAYOUT = Layout(
    name="karlsruhe",
    shape="I1_NNNNNN and I2_NNNNNN",
    recognises=recognises,
    scenes=scenes,
)
