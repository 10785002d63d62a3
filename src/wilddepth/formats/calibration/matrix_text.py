"""`K.txt`: the nine numbers of a camera matrix, row by row, and in some files a baseline in m after them.

No size and no distortion are stated: with a baseline the file describes a rectified pair.
Source: the demonstration data of FoundationStereo (arXiv:2501.09898) and of several RGB-D sets.
"""

from collections.abc import Sequence
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.calibration.camera_model import CameraModel, camera_from_matrix
from wilddepth.formats.calibration.entries import finite_number
from wilddepth.formats.calibration.stereo import StereoCalibration, checked
from wilddepth.formats.content import text


def read_camera(path: str | Path) -> CameraModel:
    """The camera.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    return camera_from_matrix(_numbers(path)[:9], ("pinhole", ()), None, path)


def read_rectified(path: str | Path) -> StereoCalibration:
    """The pair, of equal cameras.

    Raises:
        SampleError: as `read_camera`, and for a file without a baseline.
    """
    values, camera = _numbers(path), read_camera(path)
    if len(values) < 10:
        raise SampleError(f"{path} states no baseline; add it in m on a line below the matrix")
    centres = (camera.centre_x, camera.centre_y, camera.centre_x, camera.centre_y)
    return checked(StereoCalibration(camera.focal_x, camera.focal_y, *centres, baseline_m=values[9]), path)


def is_matrix(content: str) -> bool:
    """Whether a text is nine or ten words that all begin as numbers do."""
    words = _words(content)
    return len(words) in (9, 10) and all(word.lstrip("+-.")[:1].isdecimal() for word in words)


def write_camera(path: str | Path, camera: CameraModel) -> None:
    """Write the matrix.

    Raises:
        ValueError: for a camera with distortion.
        OutputError: when the file cannot be written.
    """
    if camera.lens != "pinhole":
        raise ValueError(
            f"K.txt holds no distortion, and this camera is {camera.lens}; rectify it, or use another format"
        )
    write_text(path, _matrix_lines(camera.focal_x, camera.focal_y, camera.centre_x, camera.centre_y))


def write_rectified(path: str | Path, pair: StereoCalibration) -> None:
    """Write the matrix and the baseline.

    Raises:
        ValueError: for a pair whose principal points differ.
        OutputError: when the file cannot be written.
    """
    if (pair.right_centre_x, pair.right_centre_y) != (pair.centre_x, pair.centre_y):
        raise ValueError("K.txt holds one matrix for both views, and theirs differ; use another format")
    matrix = _matrix_lines(pair.focal_x, pair.focal_y, pair.centre_x, pair.centre_y)
    write_text(path, f"{matrix}{pair.baseline_m!r}\n")


def _numbers(path: str | Path) -> Sequence[float]:
    words = _words(text(path))
    if len(words) not in (9, 10):
        raise SampleError(f"{path} holds {len(words)} numbers; K.txt has 9, or 10 with the baseline")
    return [float(finite_number(word, "the matrix", path)) for word in words]


def _words(content: str) -> Sequence[str]:
    return content.translate(str.maketrans("[];,", "    ")).split()


def _matrix_lines(focal_x: float, focal_y: float, x: float, y: float) -> str:
    return f"{focal_x!r} 0.0 {x!r}\n0.0 {focal_y!r} {y!r}\n0.0 0.0 1.0\n"
