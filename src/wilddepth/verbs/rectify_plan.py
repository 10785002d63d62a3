"""What `rectify` decides before a pair is touched: which pairs, which cameras, which new views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from torch import Tensor

from wilddepth.data.layouts.layout import SceneFiles
from wilddepth.errors import ConfigError, MissingView, SampleError
from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.detect import read_rig
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.image import image_size, read_image
from wilddepth.geometry.lens import Lens
from wilddepth.geometry.rectify import Rectification, Resampler, rectification, resampler
from wilddepth.sources.folder import FolderSource
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source

Picture = UInt8[np.ndarray, "h w 3"]

UNITS: Mapping[str, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001}


@dataclass(frozen=True)
class Plan:
    """All that is decided before a pair is touched.

    Attributes:
        scenes: the pairs.
        names: of the pictures to write, one for each pair.
        rig: the cameras, of pictures of this size.
        decided: axes and matrix of the rectified views.
        pair: the calibration of the rectified pictures.
        source: the words that named it.
        calibrations: the files that describe the rig.
    """

    scenes: Source
    names: Sequence[str]
    rig: StereoRig
    decided: Rectification
    pair: StereoCalibration
    source: str
    calibrations: Sequence[Path]

    def resamplers(self) -> tuple[Resampler, Resampler]:
        """What makes the pictures of both views."""
        left = resampler(lens_of(self.rig.left), self.decided.left, self.decided)
        return left, resampler(lens_of(self.rig.right), self.decided.right, self.decided)

    def taken(self, index: int) -> tuple[Picture, Picture]:
        """Both views of a pair as they were taken.

        Raises:
            SampleError: when one cannot be read, or was changed since it was looked at.
        """
        if isinstance(self.scenes, FolderSource):
            left, right = (read_image(path) for path in _views(self.scenes.files[index]))
        else:
            pair = self.scenes[index].sample.stereo()
            left, right = _bytes(pair.left), _bytes(pair.right)
        size = (self.rig.left.height, self.rig.left.width)
        if left.shape[:2] != size or right.shape[:2] != size:
            raise SampleError(f"pair {self.scenes.key(index)} of {self.source} changed its size; start again")
        return left, right


def look(
    source: str,
    *,
    calib: Sequence[Path | str] = (),
    alpha: float = 0.0,
    size: tuple[int, int] | None = None,
    unit: str = "m",
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
) -> Plan:
    """What `rectify` would do; writes nothing. Arguments and errors are those of `rectify`."""
    if unit not in UNITS:
        raise ConfigError(f"unknown unit {unit!r}; known: {', '.join(UNITS)}")
    scenes = open_source(source, layout=layout, split=split, limit=limit, with_truth=False)
    if scenes.layout == "world":
        raise ConfigError(f"{source} is rendered and rectified already; name a folder of pairs, or LEFT,RIGHT")
    scenes.check_pairs(rectified=False)
    names = _names(scenes)
    calibrations = [Path(path) for path in calib] or _beside(scenes)
    height, width = _one_size(scenes)
    rig = read_rig(*calibrations, unit_m=UNITS[unit]).for_size(width, height, calibrations[0])
    decided = _decided(rig, alpha, size, calibrations[0])
    pair = StereoCalibration(
        focal_x=float(decided.matrix[0, 0]),
        focal_y=float(decided.matrix[1, 1]),
        centre_x=float(decided.matrix[0, 2]),
        centre_y=float(decided.matrix[1, 2]),
        right_centre_x=float(decided.matrix[0, 2]),
        right_centre_y=float(decided.matrix[1, 2]),
        baseline_m=rig.baseline_m,
        width=decided.width,
        height=decided.height,
    )
    return Plan(scenes, names, rig, decided, pair, source, calibrations)


def lens_of(camera: CameraModel) -> Lens:
    """A calibrated camera as geometry takes it.

    Raises:
        ValueError: for a camera whose size is not known.
    """
    if camera.width is None or camera.height is None:
        raise ValueError("a lens belongs to pictures of a size; give the camera one with for_size()")
    coefficients = np.array(camera.coefficients or (0.0,) * 5, np.float64)
    return Lens(camera.matrix, coefficients, camera.lens == "equidistant", camera.width, camera.height)


def _names(scenes: Source) -> Sequence[str]:
    """One file name for each pair; levels of a key are joined, for the folders of views have no levels.

    Raises:
        SampleError: when two pairs would get one name.
    """
    names = [key.replace("/", "_") for key in scenes.keys]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise SampleError(f"{scenes.text} holds two pairs that would both be named {twice}; rectify its folders singly")
    return names


def _beside(scenes: Source) -> Sequence[Path]:
    """The files that an EuRoC recording has beside its pictures.

    Raises:
        ConfigError: when there are none.
    """
    views = _views(scenes.files[0]) if isinstance(scenes, FolderSource) else ()
    found = [path.parent.parent / "sensor.yaml" for path in views]
    if len(set(found)) != 2 or not all(path.is_file() for path in found):
        raise ConfigError(
            f"{scenes.text} has no calibration of its own; give --calib FILE (of both cameras), or --calib LEFT "
            "--calib RIGHT"
        )
    return found


def _views(files: SceneFiles) -> tuple[Path, Path]:
    """Both pictures of a pair.

    Raises:
        MissingView: when there is one only.
    """
    views = [path for path in (files.left, files.right) if path is not None]
    if len(views) != 2:
        raise MissingView(f"{views[0]} has no other view; rectifying needs pairs")
    return views[0], views[1]


def _bytes(view: Tensor) -> Picture:
    """A view (1 3 h w, 0..1) as a picture."""
    return np.asarray((view[0] * 255).round().byte().permute(1, 2, 0).cpu().numpy())


def _one_size(scenes: Source) -> tuple[int, int]:
    """Rows and columns of all pictures; those on disk are read for it, not decoded.

    Raises:
        SampleError: for a picture that cannot be read, or of another size.
    """
    if not isinstance(scenes, FolderSource):
        return scenes[0].sample.size
    first, *others = [path for files in scenes.files for path in _views(files)]
    wanted = image_size(first)
    for path in others:
        found = image_size(path)
        if found != wanted:
            raise SampleError(
                f"{path} is {found[1]}x{found[0]} but {first} is {wanted[1]}x{wanted[0]}; one calibration describes "
                "pictures of one size: rectify the others apart"
            )
    return wanted


def _decided(rig: StereoRig, alpha: float, size: tuple[int, int] | None, name: Path) -> Rectification:
    """Axes and matrix.

    Raises:
        ConfigError: for an alpha or a size that cannot be.
        SampleError: for a rig whose views cannot be put side by side.
    """
    if not 0 <= alpha <= 1:
        raise ConfigError(f"alpha {alpha:g} is out of range; give a number from 0 (nothing black) to 1 (all is kept)")
    height, width = size or (None, None)
    if size is not None and min(size) < 16:
        raise ConfigError(f"a size of {size[0]}x{size[1]} is too small; give at least 16x16")
    try:
        return rectification(
            lens_of(rig.left),
            lens_of(rig.right),
            rig.rotation_matrix,
            rig.translation_vector,
            alpha=alpha,
            height=height,
            width=width,
        )
    except ValueError as error:
        raise SampleError(f"{name}: {error}; check the calibration") from error
