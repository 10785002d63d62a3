"""What every layout gives: the scenes of a folder, as files; and how those become a `Sample` and, apart, a `Truth`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from wilddepth.formats.calibration.stereo import StereoCalibration

Content = TypeVar("Content", covariant=True)
DisparityMap = Float32[np.ndarray, "h w"]


@dataclass(frozen=True)
class StoredFile(Generic[Content]):
    """A file and the function that reads it (a function of a module, so that loader workers can be sent it)."""

    path: Path
    reader: Callable[[Path], Content]

    def read(self) -> Content:
        """The content; `SampleError` where it cannot be had."""
        return self.reader(self.path)


@dataclass(frozen=True)
class SceneFiles:
    """The files of one rectified pair.

    Attributes:
        key: names the scene within its source, `/` between levels.
        left: the left picture.
        right: the right picture.
        calibration: read where it is there; both cameras.
        disparity: true left disparity at every pixel where it is known (KITTI's "occ").
        visible: true left disparity at those of them that the right view sees (KITTI's "noc").
        visible_mask: picture that is 255 where the right view sees the surface (`mask0nocc.png`).
        foreground: picture that is not 0 on objects scored apart (KITTI 2015's `obj_map`).
    """

    key: str
    left: Path
    right: Path
    calibration: StoredFile[StereoCalibration] | None = None
    disparity: StoredFile[DisparityMap] | None = None
    visible: StoredFile[DisparityMap] | None = None
    visible_mask: Path | None = None
    foreground: Path | None = None

    @property
    def has_truth(self) -> bool:
        """Whether any true disparity is there."""
        return self.disparity is not None or self.visible is not None


@dataclass(frozen=True)
class Layout:
    """One way to lay out a data set.

    Attributes:
        name: what `--layout` calls it.
        shape: the files it looks for, for messages.
        recognises: whether a folder looks like it.
        scenes: the scenes of such a folder, in order; `SampleError` for one that lacks a picture.
    """

    name: str
    shape: str
    recognises: Callable[[Path], bool]
    scenes: Callable[[Path], Sequence[SceneFiles]]
