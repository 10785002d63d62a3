"""Middlebury 2014 and evaluation version 3: a folder for each scene, with `im0`, `im1`, `calib.txt`, `disp0.pfm`.

Raw disparities there are measured from the corner of the images, so depth needs doffs: Z = f B / (d + doffs).

The quarter-size Motorcycle that scikit-image carries (`motorcycle_left.png`, `motorcycle_right.png`,
`motorcycle_disp.npz`) is understood too. Its calibration is the one its documentation states; the scene's `calib.txt`
of evaluation version 3 describes another rectification (2964 x 1988) and does not fit it.
"""

from collections.abc import Sequence
from pathlib import Path

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, scene_folders
from wilddepth.data.layouts.numbered import is_numbered_scene, numbered_scene, scene_key
from wilddepth.formats import array
from wilddepth.formats.calibration import middlebury
from wilddepth.formats.calibration.stereo import StereoCalibration

_MOTORCYCLE = ("motorcycle_left.png", "motorcycle_right.png", "motorcycle_disp.npz")

# The documentation of `skimage.data.stereo_motorcycle`; the right principal point is 31.086 px further right.
_MOTORCYCLE_CALIBRATION = StereoCalibration(
    focal_x=994.978,
    focal_y=994.978,
    centre_x=311.193,
    centre_y=254.877,
    right_centre_x=311.193 + 31.086,
    right_centre_y=254.877,
    baseline_m=0.193001,
    width=741,
    height=500,
)


def recognises(folder: Path) -> bool:
    """A folder of one scene, or of scene folders."""
    return bool(_scene_folders(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """One scene for each folder that holds a view; folders without pictures are passed over.

    Raises:
        SampleError: when the other view is missing.
    """
    return [
        _motorcycle(place, scene_key(prefix, place))
        if _is_motorcycle(place)
        else numbered_scene(place, scene_key(prefix, place), middlebury.read)
        for prefix, place in _scene_folders(folder).items()
    ]


def _scene_folders(folder: Path) -> dict[str, Path]:
    return dict(scene_folders(folder, lambda place: is_numbered_scene(place) or _is_motorcycle(place)))


def _is_motorcycle(folder: Path) -> bool:
    return file_or_none(folder / _MOTORCYCLE[0]) is not None and file_or_none(folder / _MOTORCYCLE[2]) is not None


def _motorcycle(folder: Path, key: str) -> SceneFiles:
    left, right, disparity = (folder / name for name in _MOTORCYCLE)
    return SceneFiles(
        key=key,
        left=left,
        right=right,
        calibration=StoredFile(left, _motorcycle_calibration),
        disparity=StoredFile(disparity, array.read_disparity),
    )


def _motorcycle_calibration(_: Path) -> StereoCalibration:
    return _MOTORCYCLE_CALIBRATION


LAYOUT = Layout(
    name="middlebury2014",
    shape="im0 and im1",
    recognises=recognises,
    scenes=scenes,
)
