"""Middlebury 2003 (cones, teddy): `im2` left, `im6` right, `disp2` the left truth, 8 bits. No calibration exists.

The truth is stored as px times a scale that depends on the size: 4 at 450 columns, 2 at 900, 1 at 1800. 0 = none.
Source: Scharstein and Szeliski, CVPR 2003, and the page of the data set.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import picture, scene_folders
from wilddepth.data.layouts.numbered import scene_key
from wilddepth.errors import SampleError
from wilddepth.formats.disparity_png import read_scaled_disparity
from wilddepth.formats.image import image_size

SCALE_OF_WIDTH = {450: 4.0, 900: 2.0, 1800: 1.0}


def recognises(folder: Path) -> bool:
    """A folder of one scene, or of scene folders."""
    return bool(scene_folders(folder, _is_scene))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """One scene for each folder that holds a view.

    Raises:
        SampleError: when the other view is missing.
    """
    return [_scene(place, scene_key(prefix, place)) for prefix, place in scene_folders(folder, _is_scene).items()]


def read_disparity(path: Path) -> Float32[np.ndarray, "h w"]:
    """The left truth, px, nan where there is none.

    Raises:
        SampleError: for a file that cannot be read, or of a width whose scale is not published.
    """
    width = image_size(path)[1]
    if width not in SCALE_OF_WIDTH:
        raise SampleError(
            f"{path} is {width} px wide; Middlebury 2003 states the scale of its truth for "
            f"{', '.join(map(str, SCALE_OF_WIDTH))} px only: use the original files"
        )
    return read_scaled_disparity(path, SCALE_OF_WIDTH[width])


def _is_scene(folder: Path) -> bool:
    """`im2` alone may be one of many names; with `im6` or the truth it is this data set."""
    views = [picture(folder, stem) is not None for stem in ("im2", "im6")]
    return all(views) or (any(views) and picture(folder, "disp2") is not None)


def _scene(folder: Path, key: str) -> SceneFiles:
    left, right, disparity = (picture(folder, stem) for stem in ("im2", "im6", "disp2"))
    if left is None or right is None:
        missing = "im2, its left image" if left is None else "im6, its right image"
        raise SampleError(f"{folder} holds no {missing}; add it")
    return SceneFiles(
        key=key, left=left, right=right, disparity=StoredFile(disparity, read_disparity) if disparity else None
    )


LAYOUT = Layout(
    name="middlebury2003",
    shape="im2 and im6",
    recognises=recognises,
    scenes=scenes,
)
