"""Photos with poses, one view: `transforms.json` as NeRF tools write it, and the pictures that it lists.

Each frame has `file_path` and `transform_matrix`, camera to world with x right, y up and z *backward*, which becomes
y down and z forward here. The unit of such poses is seldom the metre: structure from motion leaves the scale open.
Intrinsics (`fl_x fl_y cx cy w h`, or `camera_angle_x` with the principal point in the middle) stand at the top or in
a frame; principal points count from the corner of the first pixel there. Where the lens distorts (`k1 k2 p1 p2 ...`
not zero) the pinhole camera is only near, and the scenes are marked as not rectified. Pictures that are listed and not
there are left out, and the description of the source says how many.
Source: the formats' description in the instant-ngp and nerfstudio documentation.
"""

import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from wilddepth.data.layouts.layout import Intrinsics, Layout, Pose, SceneFiles, StoredFile, Track
from wilddepth.data.layouts.listing import natural, picture, scene_folders
from wilddepth.data.layouts.tracks import as_pose
from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text
from wilddepth.formats.image import image_size

NAME = "transforms.json"
_DISTORTION = ("k1", "k2", "k3", "k4", "p1", "p2")
_LARGEST = 1e9
# y and z change their sign between the two conventions of camera axes.
_OURS = np.diag((1.0, -1.0, -1.0, 1.0))


def recognises(folder: Path) -> bool:
    """A folder with the file, or a folder of such folders."""
    return bool(scene_folders(folder, _is_set))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """The pictures that are listed and there, in order of their names.

    Raises:
        SampleError: for a file that cannot be read, and when none of its pictures is there.
    """
    return [scene for prefix, place in scene_folders(folder, _is_set).items() for scene in _set(place, prefix)]


def left_out(folder: Path) -> str:
    """How many of the listed pictures are not there, in words.

    Raises:
        SampleError: for a file that cannot be read.
    """
    sets = {place: _frames(place / NAME) for place in scene_folders(folder, _is_set).values()}
    listed, there = (sum(map(len, found)) for found in (sets.values(), (_files(*entry) for entry in sets.items())))
    return f"{listed - there} of {listed} listed pictures not there" if there < listed else ""


def _files(folder: Path, frames: Mapping[str, Mapping[str, Any]]) -> Mapping[int, Path]:
    """Place in the list -> picture, for those that are there."""
    return {number: found for number, name in enumerate(frames) if (found := _picture(folder, name))}


def _is_set(folder: Path) -> bool:
    return (folder / NAME).is_file()


def _set(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    path = folder / NAME
    frames = _frames(path)
    files = _files(folder, frames)
    if not files:
        raise SampleError(f"{path} lists {len(frames)} pictures, none of which is there; check the folder")
    names = list(frames)
    track = Track(files, {number: _pose(frames[names[number]], path) for number in files})
    return [
        SceneFiles(
            key=f"{prefix}{_key(names[number])}",
            left=found,
            camera=StoredFile(path, partial(read_camera, name=names[number], image=found)),
            track=track,
            frame=number,
            rectified=False if _distorts(frames[names[number]]) else None,
        )
        for number, found in files.items()
    ]


def read_camera(path: Path, *, name: str, image: Path) -> Intrinsics:
    """The camera of one of the pictures.

    Args:
        path: `transforms.json`.
        name: `file_path` of the picture.
        image: the picture, for its size where the file does not state it.

    Raises:
        SampleError: for a file that cannot be read or states no focal length.
    """
    frame = _frames(path).get(name)
    if frame is None:
        raise SampleError(f"{path} does not list {name} any more; open the folder again")
    height, width = image_size(image)
    focal_x = _focal(frame, "fl_x", "camera_angle_x", width, path)
    # Without its own number, pixels are square.
    focal_y = _number(frame, "fl_y", path, focal_x)
    if not (focal_x > 0 and focal_y > 0):
        raise SampleError(f"{path}: a focal length of {focal_x:g}, {focal_y:g} px cannot be right; check fl_x and fl_y")
    return Intrinsics(
        focal_x=focal_x,
        focal_y=focal_y,
        # These files count from the corner of the first pixel, we from its centre.
        centre_x=_number(frame, "cx", path, width / 2) - 0.5,
        centre_y=_number(frame, "cy", path, height / 2) - 0.5,
        width=round(_number(frame, "w", path, width)),
        height=round(_number(frame, "h", path, height)),
    )


def _focal(frame: Mapping[str, Any], key: str, angle: str, width: int, path: Path) -> float:
    """From the number itself, or the angle of view (radians)."""
    if key in frame:
        return _number(frame, key, path)
    view = _number(frame, angle, path)
    if not 0 < view < math.pi:
        raise SampleError(f"{path}: {angle}={view:g} is no angle of view in radians; check the file")
    return width / (2 * math.tan(view / 2))


def _frames(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """`file_path` -> what is stated of it, in natural order; what stands at the top holds for all."""
    try:
        content = json.loads(text(path))
    except (ValueError, RecursionError) as error:
        raise SampleError(f"{path} is no JSON ({brief(error)}); export it again") from error
    listed = content.get("frames") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed or not all(_is_frame(frame) for frame in listed):
        raise SampleError(f"{path} has no list of frames with file_path and transform_matrix; export it again")
    common = {key: value for key, value in content.items() if key != "frames"}
    ordered = sorted(listed, key=lambda frame: natural(frame["file_path"]))
    return {frame["file_path"]: {**common, **frame} for frame in ordered}


def _is_frame(frame: Any) -> bool:
    return isinstance(frame, dict) and isinstance(frame.get("file_path"), str) and "transform_matrix" in frame


def _picture(folder: Path, name: str) -> Path | None:
    """The picture of a `file_path`, which may lack its ending."""
    path = folder / name
    try:
        return path if path.is_file() else picture(path.parent, path.name)
    except OSError:  # a name that no file can have
        return None


def _key(name: str) -> str:
    """A `file_path` as the name of files to write: without its ending, and within the folder whatever it says."""
    path = Path(name).with_suffix("")
    return "/".join(part for part in path.parts if part not in (path.anchor, ".."))


def _pose(frame: Mapping[str, Any], path: Path) -> Pose:
    """world_from_camera in the axes of this package."""
    try:
        matrix = np.array(frame["transform_matrix"], np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise SampleError(f"{path}: the transform_matrix of {frame['file_path']} holds no numbers; check it") from error
    if matrix.shape not in ((3, 4), (4, 4)) or not np.isfinite(matrix).all():
        raise SampleError(f"{path}: the transform_matrix of {frame['file_path']} is not 4 x 4 finite numbers; check it")
    whole = np.vstack((matrix[:3], (0.0, 0.0, 0.0, 1.0)))
    return as_pose(whole @ _OURS)


def _number(frame: Mapping[str, Any], key: str, path: Path, otherwise: float | None = None) -> float:
    value = frame.get(key, otherwise)
    # Written so that nan is refused too; JSON's whole numbers may be larger than any float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise SampleError(f"{path}: {key} is {str(value)[:40]}, not a number; add it, or export the file again")
    return float(value)


def _distorts(frame: Mapping[str, Any]) -> bool:
    return any(frame.get(key) not in (None, 0, 0.0) for key in _DISTORTION)


LAYOUT = Layout(
    name="photos",
    shape="transforms.json and the pictures it lists, one view",
    recognises=recognises,
    scenes=scenes,
    rectified=None,
    left_out=left_out,
)
