"""Cityscapes: `leftImg8bit/SPLIT/CITY/CITY_SEQ_FRAME_leftImg8bit.png`, `rightImg8bit`, `disparity`, `camera`.

Frames are numbered within snippets of 30, of which `leftImg8bit` has one and `leftImg8bit_sequence` all. Disparity is
px = (v - 1) / 256, 0 = none; it was not measured but computed by semi-global matching from the same pairs, so
agreeing with it is not being right. Calibration comes for one frame of a snippet and serves all.
Source: Cordts et al., CVPR 2016; the data set's own scripts.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile, Track
from wilddepth.data.layouts.listing import files_in, listed, pairs
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.stereo import StereoCalibration, checked
from wilddepth.formats.content import brief, text
from wilddepth.formats.disparity_png import KITTI_SCALE, read_kitti_disparity

_SETS = ("leftImg8bit", "leftImg8bit_sequence")
# JSON's whole numbers may be larger than any float.
_LARGEST = 1e9
_NUMBERS = (
    ("intrinsic", "fx"),
    ("intrinsic", "fy"),
    ("intrinsic", "u0"),
    ("intrinsic", "v0"),
    ("extrinsic", "baseline"),
)


def recognises(folder: Path) -> bool:
    """The folder that holds `leftImg8bit`."""
    return bool(_cities(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pairs, split by split and city by city, in order.

    Raises:
        SampleError: when a picture of one view has none of the other.
    """
    return [scene for city in _cities(folder) for scene in _city(folder, city)]


def read_disparity(path: Path) -> Float32[np.ndarray, "h w"]:
    """Left disparity, px = (v - 1) / 256, nan where v = 0.

    Raises:
        SampleError: for a file that cannot be read.
    """
    return read_kitti_disparity(path) - np.float32(1 / KITTI_SCALE)


def read_calibration(path: Path) -> StereoCalibration:
    """`*_camera.json`: both cameras share the intrinsics; baseline in m.

    Raises:
        SampleError: for a file that is missing, no JSON, or lacks one of the numbers.
    """
    focal_x, focal_y, centre_x, centre_y, baseline = (_number(_content(path), keys, path) for keys in _NUMBERS)
    calibration = StereoCalibration(focal_x, focal_y, centre_x, centre_y, centre_x, centre_y, baseline)
    return checked(calibration, path)


def _content(path: Path) -> Any:
    try:
        return json.loads(text(path))
    except (ValueError, RecursionError) as error:
        raise SampleError(f"{path} is no JSON ({brief(error)}); copy or download it again") from error


def _number(content: Any, keys: tuple[str, str], path: Path) -> float:
    part = content.get(keys[0]) if isinstance(content, dict) else None
    value = part.get(keys[1]) if isinstance(part, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        raise SampleError(f"{path} has no number {keys[0]}/{keys[1]}; check that it is a camera file of Cityscapes")
    return float(value)


def _cities(folder: Path) -> Sequence[Path]:
    """The folders of left pictures; the whole snippets where they are there too."""
    root = next((folder / name for name in reversed(_SETS) if (folder / name).is_dir()), None)
    splits = [] if root is None else [place for place in listed(root) if place.is_dir()]
    return [city for split in splits for city in listed(split) if city.is_dir() and files_in(city)]


def _city(folder: Path, left: Path) -> Sequence[SceneFiles]:
    kind, split, city = left.relative_to(folder).parts
    kept = kind.removeprefix("leftImg8bit")  # "" or "_sequence"
    right = folder / f"rightImg8bit{kept}" / split / city
    views = pairs(_named(left, "leftImg8bit"), _named(right, "rightImg8bit"), f"{left} and {right}")
    maps = _named(folder / f"disparity{kept}" / split / city, "disparity")
    cameras = _cameras(folder / "camera" / split / city)
    tracks = _tracks({key: pair[0] for key, pair in views.items()})
    return [
        SceneFiles(
            key=f"{split}/{city}/{key}",
            left=pair[0],
            right=pair[1],
            calibration=cameras.get(_snippet(key)),
            disparity=StoredFile(maps[key], read_disparity) if key in maps else None,
            track=tracks[_snippet(key)],
            frame=_frame(key),
        )
        for key, pair in views.items()
    ]


def _named(folder: Path, kind: str, suffixes: Sequence[str] = (".png", ".jpg")) -> Mapping[str, Path]:
    """`CITY_SEQ_FRAME` -> file."""
    end = f"_{kind}"
    return {stem.removesuffix(end): path for stem, path in files_in(folder, suffixes).items() if stem.endswith(end)}


def _cameras(folder: Path) -> Mapping[str, StoredFile[StereoCalibration]]:
    """Snippet -> calibration."""
    files = _named(folder, "camera", (".json",))
    return {_snippet(key): StoredFile(path, read_calibration) for key, path in files.items()}


def _tracks(pictures: Mapping[str, Path]) -> Mapping[str, Track]:
    """Snippet -> its pictures."""
    frames: dict[str, dict[int, Path]] = {}
    for key, path in pictures.items():
        frames.setdefault(_snippet(key), {})[_frame(key)] = path
    return {name: Track(found) for name, found in frames.items()}


def _snippet(key: str) -> str:
    """`aachen_000000_000019` -> `aachen_000000`."""
    return key.rpartition("_")[0]


def _frame(key: str) -> int:
    number = key.rpartition("_")[2]
    if not (number.isascii() and number.isdecimal()):
        raise SampleError(f"{key!r} is not CITY_SEQ_FRAME; keep the names of Cityscapes, or use left/ and right/")
    return int(number)


LAYOUT = Layout(
    name="cityscapes",
    shape="leftImg8bit/SPLIT/CITY and rightImg8bit",
    recognises=recognises,
    scenes=scenes,
    truth_origin="semi-global matching, not measured",
)
