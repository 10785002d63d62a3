"""What every layout gives: the scenes of a folder, as files; `loading` makes a `Sample` and, apart, a `Truth`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from wilddepth.formats.calibration.stereo import StereoCalibration

Content = TypeVar("Content", covariant=True)
DisparityMap = Float32[np.ndarray, "h w"]
DepthMap = Float32[np.ndarray, "h w"]
Pose = tuple[float, ...]
"""The first three rows of a 4 x 4 transform world_from_camera, row by row: 12 numbers, lengths in m."""


@dataclass(frozen=True)
class StoredFile(Generic[Content]):
    """A file and the function that reads it (a function of a module, so that loader workers can be sent it)."""

    path: Path
    reader: Callable[[Path], Content]

    def read(self) -> Content:
        """The content; `SampleError` where it cannot be had."""
        return self.reader(self.path)


@dataclass(frozen=True)
class Intrinsics:
    """One camera as plain numbers, px, pixel centres at whole numbers; the size where it is stated."""

    focal_x: float
    focal_y: float
    centre_x: float
    centre_y: float
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Track:
    """A sequence of pictures of one camera, by their numbers, which may have gaps.

    Attributes:
        frames: number -> picture. Frames with consecutive numbers are neighbours in time.
        poses: number -> world_from_camera; a file is read when it is asked for.
        seconds: number -> time since the first one; a file is read when it is asked for.
    """

    frames: Mapping[int, Path]
    poses: StoredFile[Mapping[int, Pose]] | Mapping[int, Pose] | None = None
    seconds: StoredFile[Mapping[int, float]] | Mapping[int, float] | None = None


@dataclass(frozen=True)
class SceneFiles:
    """The files of one pair, or of one picture of a source with one view.

    Attributes:
        key: names the scene within its source, `/` between levels.
        left: the left picture, or the only one.
        right: the right picture; None for a source with one view.
        calibration: of a rectified pair, read where it is there; both cameras.
        camera: of the only view.
        disparity: true left disparity at every pixel where it is known (KITTI's "occ").
        visible: true left disparity at those of them that the right view sees (KITTI's "noc").
        visible_mask: picture that is 255 where the right view sees the surface (`mask0nocc.png`).
        foreground: picture that is not 0 on objects scored apart (KITTI 2015's `obj_map`).
        depth: true depth along the optical axis of the left view, m; for pairs, what disparity is made from.
        track: the sequence that the left picture belongs to.
        frame: its number there.
        rectified: True where the data set says that the pictures are free of lens distortion and rows of both views
            match; False where it is known that they are not; None where nothing says.
    """

    key: str
    left: Path
    right: Path | None = None
    calibration: StoredFile[StereoCalibration] | None = None
    camera: StoredFile[Intrinsics] | None = None
    disparity: StoredFile[DisparityMap] | None = None
    visible: StoredFile[DisparityMap] | None = None
    visible_mask: Path | None = None
    foreground: Path | None = None
    depth: StoredFile[DepthMap] | None = None
    track: Track | None = None
    frame: int = 0
    rectified: bool | None = None

    @property
    def has_truth(self) -> bool:
        """Whether any true disparity or depth is there."""
        return self.disparity is not None or self.visible is not None or self.depth is not None

    @property
    def calibrated(self) -> bool:
        """Whether the cameras, or the only one, are known."""
        return self.calibration is not None or self.camera is not None


def _nothing(_: Path) -> str:
    return ""


@dataclass(frozen=True)
class Layout:
    """One way to lay out a data set.

    Attributes:
        name: what `--layout` calls it.
        shape: the files it looks for, for messages.
        recognises: whether a folder looks like it.
        scenes: the scenes of such a folder, in order; `SampleError` for one that lacks a picture.
        rectified: what is true of all its scenes that do not say otherwise (see `SceneFiles`).
        truth_origin: how the truth was made, where it was not measured or rendered.
        left_out: what such a folder names and does not hold, in words; "" for nothing.
    """

    name: str
    shape: str
    recognises: Callable[[Path], bool]
    scenes: Callable[[Path], Sequence[SceneFiles]]
    rectified: bool | None = True
    truth_origin: str = ""
    left_out: Callable[[Path], str] = _nothing
