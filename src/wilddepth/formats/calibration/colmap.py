"""COLMAP's text model: `cameras.txt`, and `images.txt` with the pose of each picture.

COLMAP counts the centre of the top-left pixel as (0.5, 0.5); here it is (0, 0), so principal points move by half a
pixel on the way in and out. Poses are camera_from_world, quaternion first, real part first. Their unit is that of the
reconstruction, which is metres only where it was scaled so.
Source: the COLMAP documentation, "Output Format" and "Camera Models".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.calibration.camera_model import CameraModel, Lens, camera_from_numbers, simplest_lens
from wilddepth.formats.calibration.entries import finite_number, whole_number
from wilddepth.formats.calibration.exact import added, decimal, written
from wilddepth.formats.calibration.rig import Pose, StereoRig, inverted, pose_of, rig_from_poses
from wilddepth.formats.content import brief, text

HALF = Decimal("0.5")

# How many focal lengths a model has, its lens, and how many coefficients.
_MODELS: Mapping[str, tuple[int, Lens, int]] = {
    "SIMPLE_PINHOLE": (1, "pinhole", 0),
    "PINHOLE": (2, "pinhole", 0),
    "SIMPLE_RADIAL": (1, "radtan", 1),
    "RADIAL": (1, "radtan", 2),
    "OPENCV": (2, "radtan", 4),
    "FULL_OPENCV": (2, "rational", 8),
    "SIMPLE_RADIAL_FISHEYE": (1, "equidistant", 1),
    "RADIAL_FISHEYE": (1, "equidistant", 2),
    "OPENCV_FISHEYE": (2, "equidistant", 4),
}


@dataclass(frozen=True)
class PosedImage:
    """One picture of a reconstruction.

    Attributes:
        name: its file, as COLMAP was given it.
        camera: which camera took it.
        quaternion: of camera_from_world, real part first, of unit length.
        translation: of camera_from_world, in units of the reconstruction.
    """

    name: str
    camera: int
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]


def read_cameras(path: str | Path) -> Mapping[int, CameraModel]:
    """Number -> camera.

    Args:
        path: `cameras.txt`, or the folder that holds it.

    Raises:
        SampleError: for a file that is missing, of another format, cut off or impossible.
    """
    file = _file(path, "cameras.txt")
    cameras = dict(_camera(line.split(), file) for line in _lines(text(file)) if line)
    if not cameras:
        raise SampleError(f"{file} holds no camera; export the model as text")
    return cameras


def read_images(path: str | Path) -> Sequence[PosedImage]:
    """The pictures in the order of the file.

    Args:
        path: `images.txt`, or the folder that holds it.

    Raises:
        SampleError: as `read_cameras`.
    """
    file = _file(path, "images.txt")
    lines = _lines(text(file))
    # Each picture has a second line with its points, which may be empty.
    return [_image(line.split(maxsplit=9), file) for line in lines if line and (next(lines, "") or True)]


def read_rig(folder: str | Path, *, names: tuple[str, str] | None = None, unit_m: float = 1.0) -> StereoRig:
    """The rig of two pictures that were taken at once.

    Args:
        folder: holds `cameras.txt` and `images.txt` (or one of these files, the other beside it).
        names: the left and the right picture; None = the only two there are.
        unit_m: the unit of the reconstruction in m.

    Raises:
        SampleError: as `read_cameras`, and when the two pictures are not told.
    """
    cameras_file, images_file = _files(Path(folder))
    cameras, images = read_cameras(cameras_file), read_images(images_file)
    if names is None and len(images) != 2:
        raise SampleError(
            f"{images_file} holds {len(images)} pictures; leave the left and right one of one moment in it"
        )
    chosen = images if names is None else [_named(images, name, images_file) for name in names]
    left, right = (_camera_of(image, cameras, cameras_file) for image in chosen)
    poses = [_pose(image, unit_m, images_file) for image in chosen]
    return rig_from_poses(left, right, inverted(poses[0]), poses[1], cameras_file)


def is_camera_line(line: str) -> bool:
    """Whether a line is one of `cameras.txt`."""
    words = line.split()
    return len(words) > 4 and words[0].isdecimal() and words[1] in _MODELS


def write_cameras(path: str | Path, cameras: Mapping[int, CameraModel]) -> None:
    """Write `cameras.txt`.

    Raises:
        ValueError: for a camera whose size is not known, or a lens that COLMAP does not have.
        OutputError: when the file cannot be written.
    """
    lines = [f"{number} {_camera_words(camera)}\n" for number, camera in cameras.items()]
    write_text(path, "".join(["# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n", *lines]))


def write_images(path: str | Path, images: Sequence[PosedImage]) -> None:
    """Write `images.txt`, without points.

    Raises:
        OutputError: when the file cannot be written.
    """
    lines = [
        f"{number} {' '.join(map(repr, (*image.quaternion, *image.translation)))} {image.camera} {image.name}\n\n"
        for number, image in enumerate(images, start=1)
    ]
    write_text(path, "".join(["# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n", *lines]))


def _files(path: Path) -> tuple[Path, Path]:
    """The two files of a model, of which one may have been named instead of their folder."""
    if path.is_dir():
        return path / "cameras.txt", path / "images.txt"
    if path.name == "images.txt":
        return path.with_name("cameras.txt"), path
    return path, path.with_name("images.txt")


def _file(path: str | Path, name: str) -> Path:
    return Path(path) / name if Path(path).is_dir() else Path(path)


def _lines(content: str) -> Iterator[str]:
    """Lines without comments."""
    return (line.strip() for line in content.splitlines() if not line.startswith("#"))


def _camera(words: Sequence[str], path: Path) -> tuple[int, CameraModel]:
    if len(words) < 4 or not words[0].isdecimal() or words[1] not in _MODELS:
        known = ", ".join(_MODELS)
        raise SampleError(f"{path}: {' '.join(words)[:60]!r} is no line ID MODEL WIDTH HEIGHT ... (models: {known})")
    focals, lens, count = _MODELS[words[1]]
    values = [finite_number(word, words[1], path) for word in words[2:]]
    if len(values) != 2 + focals + 2 + count:
        raise SampleError(f"{path}: {brief(words[1])} holds {len(values) - 2} numbers instead of {focals + 2 + count}")
    width, height = whole_number(values[0], "width", path), whole_number(values[1], "height", path)
    focal = [float(value) for value in values[2 : 2 + focals]]
    centre = [float(added(value, -HALF)) for value in values[2 + focals : 4 + focals]]
    distortion = [float(value) for value in values[4 + focals :]]
    padding = [0.0] * ((0 if lens == "pinhole" else 4) - count)
    shape = simplest_lens(lens, [*distortion, *padding])
    return int(words[0]), camera_from_numbers((focal[0], focal[-1], *centre), shape, (width, height), path)


def _camera_words(camera: CameraModel) -> str:
    if camera.size is None:
        raise ValueError("COLMAP states the size of the pictures, which this camera does not have")
    model, coefficients = _model(camera)
    centre = [added(decimal(value), HALF) for value in (camera.centre_x, camera.centre_y)]
    values = [decimal(camera.focal_x), decimal(camera.focal_y), *centre, *map(decimal, coefficients)]
    return f"{model} {camera.width} {camera.height} {' '.join(map(written, values))}"


def _model(camera: CameraModel) -> tuple[str, Sequence[float]]:
    values = camera.coefficients
    if camera.lens == "radtan":
        return ("FULL_OPENCV", (*values, 0.0, 0.0, 0.0)) if values[4] else ("OPENCV", values[:4])
    if len(values) > 8:
        raise ValueError("COLMAP has no thin prism or tilt in its rational model; calibrate without")
    return {"pinhole": "PINHOLE", "rational": "FULL_OPENCV", "equidistant": "OPENCV_FISHEYE"}[camera.lens], values


def _image(words: Sequence[str], path: Path) -> PosedImage:
    if len(words) != 10 or not words[8].isdecimal():
        raise SampleError(
            f"{path}: {' '.join(words)[:60]!r} is no line ID QW QX QY QZ TX TY TZ CAMERA NAME (each is followed by one "
            "line of points, which may be empty)"
        )
    values = tuple(float(finite_number(word, "a pose", path)) for word in words[1:8])
    return PosedImage(words[9], int(words[8]), values[:4], values[4:])


def _named(images: Sequence[PosedImage], name: str, path: Path) -> PosedImage:
    found = next((image for image in images if image.name == name), None)
    if found is None:
        raise SampleError(f"{path} has no picture {name!r}; check its name")
    return found


def _camera_of(image: PosedImage, cameras: Mapping[int, CameraModel], path: Path) -> CameraModel:
    if image.camera not in cameras:
        raise SampleError(f"{path} has no camera {image.camera}, which took {image.name}")
    return cameras[image.camera]


def _pose(image: PosedImage, unit_m: float, path: Path) -> Pose:
    """camera_from_world, m."""
    rotation = rotation_of(image.quaternion, path)
    return pose_of(rotation.ravel().tolist(), [value * unit_m for value in image.translation])


def rotation_of(quaternion: Sequence[float], path: str | Path) -> Float64[np.ndarray, "3 3"]:
    """The rotation of a quaternion, real part first.

    Raises:
        SampleError: when its length is not 1 (within a thousandth).
    """
    w, x, y, z = quaternion
    length = float(np.linalg.norm(quaternion))
    if not abs(length - 1) <= 1e-3:
        raise SampleError(f"{path}: a quaternion has length {length:g} instead of 1; check the file")
    w, x, y, z = (value / length for value in (w, x, y, z))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
