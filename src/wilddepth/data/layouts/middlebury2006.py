"""Middlebury 2005 and 2006 (Art, Aloe, ...): `view1` left, `view5` right, `disp1` the left truth, 8 bits.

Truth and calibration depend on the size: rows 1110 (full), 555 (half) or 370 (third); a map holds px times 1, 2 or 3,
0 = none. Of the cameras the focal length (3740 px at full size) and the baseline (160 mm) are stated, and in `dmin.txt`
what cropping took from every disparity at full size, so Z = f B / (d + dmin): that is doffs. The principal
point is not; the middle of the picture stands for it, which does not enter into depth. None of these numbers was
checked against the page or a real scene of the data set.
Source: Hirschmueller and Scharstein, CVPR 2007; the page of the data sets.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, picture, scene_folders
from wilddepth.data.layouts.numbered import scene_key
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.stereo import WIDEST_IMAGE, StereoCalibration
from wilddepth.formats.content import text
from wilddepth.formats.disparity_png import read_scaled_disparity
from wilddepth.formats.image import image_size

SCALE_OF_HEIGHT = {1110: 1, 555: 2, 370: 3}
FOCAL_FULL, BASELINE_M = 3740.0, 0.160


def recognises(folder: Path) -> bool:
    """A folder of one scene, or of scene folders."""
    return bool(scene_folders(folder, _is_scene))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """One scene for each folder that holds `view1` or `view5`.

    Raises:
        SampleError: when the other view is missing.
    """
    return [_scene(place, scene_key(prefix, place)) for prefix, place in scene_folders(folder, _is_scene).items()]


def read_disparity(path: Path) -> Float32[np.ndarray, "h w"]:
    """The left truth, px of this size, nan where there is none.

    Raises:
        SampleError: for a file that cannot be read, or of a size whose scale is not published.
    """
    return read_scaled_disparity(path, float(_scale(path)))


def read_calibration(path: Path) -> StereoCalibration:
    """The pair of a scene from its `dmin.txt`, for the size of the `view1` beside it.

    Raises:
        SampleError: for a file that holds no number, or a picture of a size whose scale is not published.
    """
    left = picture(path.parent, "view1")
    if left is None:
        raise SampleError(f"{path.parent} holds no view1, its left image; add it")
    scale, (height, width) = _scale(left), image_size(left)
    focal, middle_x, middle_y = FOCAL_FULL / scale, (width - 1) / 2, (height - 1) / 2
    return StereoCalibration(
        focal_x=focal,
        focal_y=focal,
        centre_x=middle_x,
        centre_y=middle_y,
        right_centre_x=middle_x + _dmin(path) / scale,
        right_centre_y=middle_y,
        baseline_m=BASELINE_M,
        width=width,
        height=height,
    )


def _dmin(path: Path) -> int:
    word = text(path).strip()
    if not (word.isascii() and word.isdecimal() and len(word) <= len(str(WIDEST_IMAGE))):
        raise SampleError(f"{path} must hold one whole number, the disparity that cropping took; copy it again")
    return int(word)


def _scale(path: Path) -> int:
    height = image_size(path)[0]
    if height not in SCALE_OF_HEIGHT:
        raise SampleError(
            f"{path} has {height} rows; Middlebury 2005 and 2006 state their scale for "
            f"{', '.join(map(str, SCALE_OF_HEIGHT))} rows only: use the original files"
        )
    return SCALE_OF_HEIGHT[height]


def _is_scene(folder: Path) -> bool:
    """`view1` alone may be one of many names; with `view5` or the truth it is this data set."""
    views = [picture(folder, stem) is not None for stem in ("view1", "view5")]
    return all(views) or (any(views) and picture(folder, "disp1") is not None)


def _scene(folder: Path, key: str) -> SceneFiles:
    left, right, disparity = (picture(folder, stem) for stem in ("view1", "view5", "disp1"))
    if left is None or right is None:
        missing = "view1, its left image" if left is None else "view5, its right image"
        raise SampleError(f"{folder} holds no {missing}; add it")
    dmin = file_or_none(folder / "dmin.txt")
    return SceneFiles(
        key=key,
        left=left,
        right=right,
        calibration=StoredFile(dmin, read_calibration) if dmin else None,
        disparity=StoredFile(disparity, read_disparity) if disparity else None,
    )


LAYOUT = Layout(
    name="middlebury2006",
    shape="view1 and view5",
    recognises=recognises,
    scenes=scenes,
)
