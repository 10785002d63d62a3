"""Scene Flow (FlyingThings3D and its subset, Driving, Monkaa): rendered pairs, true left disparity as PFM.

Pictures lie under `frames_cleanpass/.../left` and `right` (the subset: `image_clean/left`), the truth at the same place
under `disparity/`. Calibration is not shipped. The subset writes left disparities with a minus sign; a left map
without any positive value is therefore negated.
Source: Mayer et al., CVPR 2016.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile
from wilddepth.data.layouts.listing import NaturalKey, by_name, file_or_none, files_in, pairs
from wilddepth.data.layouts.tracks import counted
from wilddepth.formats import pfm

# The clean pass is preferred where both are there.
_PASSES = ("frames_cleanpass", "image_clean", "frames_finalpass", "image_final")


def recognises(folder: Path) -> bool:
    """A folder with one of the passes, or with `images/` beside `disparity/`."""
    return bool(_left_folders(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pairs, folder by folder, in order.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    return [scene for place in _left_folders(folder) for scene in _pairs_of(folder, place)]


def read_left_disparity(path: Path) -> Float32[np.ndarray, "h w"]:
    """The true left disparity, px, positive.

    Raises:
        SampleError: for a file that cannot be read.
    """
    values = pfm.read_disparity(path)
    known = values[np.isfinite(values)]
    return -values if known.size and known.max() <= 0 else values


def _left_folders(folder: Path) -> Sequence[Path]:
    """The folders of left pictures, in order."""
    passes = next((folder / name for name in _PASSES if (folder / name).is_dir()), None)
    if passes is None and (folder / "images").is_dir() and (folder / "disparity").is_dir():
        passes = folder / "images"
    if passes is None:
        return []
    return sorted((path for path in passes.rglob("left") if path.is_dir()), key=by_place)


def by_place(path: Path) -> list[NaturalKey]:
    """Sorting key of a path, level by level."""
    return [by_name(level) for level in (*reversed(path.parents), path)]


def _pairs_of(root: Path, left: Path) -> Sequence[SceneFiles]:
    right = left.parent / "right"
    place = left.parent.relative_to(root).parts[1:]
    prefix = "".join(f"{part}/" for part in place)
    truth = root.joinpath("disparity", *place, "left")
    scenes = [
        _scene(f"{prefix}{name}", pair, truth / f"{name}.pfm")
        for name, pair in pairs(files_in(left), files_in(right), f"{left} and {right}").items()
    ]
    # The subset numbers the pictures of many sequences in one go.
    return counted(scenes) if place else scenes


def _scene(key: str, pair: tuple[Path, Path], truth: Path) -> SceneFiles:
    path = file_or_none(truth)
    return SceneFiles(
        key=key,
        left=pair[0],
        right=pair[1],
        disparity=StoredFile(path, read_left_disparity) if path else None,
    )


LAYOUT = Layout(
    name="sceneflow",
    shape="frames_cleanpass/.../left and right",
    recognises=recognises,
    scenes=scenes,
)
