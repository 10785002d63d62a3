"""RGB-D recordings, one view: pictures in `rgb/` or `color/`, depth in `depth/`, poses in `groundtruth.txt` or
`pose.txt`.

TUM: files are named by their time (s), colour and depth differ by up to 0.02 s, depth is v / 5000 m, and
`groundtruth.txt` has rows `t x y z qx qy qz qw`. Others (SLAMBench, ScanNet): files are numbered, colour and depth
alike, depth is in mm (16-bit PNG or PGM), and `pose.txt` has one row for each frame of the whole recording, the first
one for frame 0 or, where none is numbered 0, for frame 1. Poses are world_from_camera. `intrinsics.txt`, where it is
there, has `fx fy cx cy` or the matrix of the colour camera.
Source: Sturm et al., IROS 2012, and the data set's page on file formats; Nardi et al., ICRA 2015 (SLAMBench).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from wilddepth.data.layouts.layout import DepthMap, Intrinsics, Layout, Pose, SceneFiles, StoredFile, Track
from wilddepth.data.layouts.listing import file_or_none, files_in, scene_folders
from wilddepth.data.layouts.tracks import as_pose
from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text
from wilddepth.formats.depth_map import read_millimetres, read_tum_depth
from wilddepth.formats.trajectory import read_poses, read_timed_poses

# The tolerance of TUM's own tool for association.
LARGEST_DIFFERENCE_S = 0.02
_COLOUR, _DEPTH = ("rgb", "color"), "depth"
_DEPTH_SUFFIXES = (".png", ".pgm", ".tif", ".tiff")


def recognises(folder: Path) -> bool:
    """A recording, or a folder of recordings."""
    return bool(scene_folders(folder, _is_recording))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pictures, recording by recording, in order; those without a depth map have no truth.

    Raises:
        SampleError: when a picture is named neither by a number nor by a time, or no depth map belongs to any.
    """
    places = scene_folders(folder, _is_recording)
    return [scene for prefix, place in places.items() for scene in _recording(place, prefix)]


def read_intrinsics(path: Path) -> Intrinsics:
    """`fx fy cx cy`, or a 3 x 3 or 4 x 4 matrix.

    Raises:
        SampleError: for a file with another count of numbers, or numbers that no camera has.
    """
    words = text(path).replace(",", " ").split()
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        raise SampleError(f"{path} holds a word that is no number ({brief(error)}); write fx fy cx cy") from error
    places = {4: (0, 1, 2, 3), 9: (0, 4, 2, 5), 16: (0, 5, 2, 6)}.get(len(values))
    if places is None:
        raise SampleError(f"{path} holds {len(values)} numbers; write fx fy cx cy, or the 3 x 3 matrix")
    focal_x, focal_y, centre_x, centre_y = (values[place] for place in places)
    # Written so that nan is refused too; below a few px are normalised intrinsics.
    if not (10 < focal_x < 1e5 and 10 < focal_y < 1e5 and abs(centre_x) < 1e5 and abs(centre_y) < 1e5):
        raise SampleError(
            f"{path}: fx={focal_x:g}, fy={focal_y:g} cannot be right; give them in pixels of the pictures"
        )
    return Intrinsics(focal_x, focal_y, centre_x, centre_y)


def _is_recording(folder: Path) -> bool:
    return bool(_pictures(folder)) and bool(files_in(folder / _DEPTH, _DEPTH_SUFFIXES))


def _pictures(folder: Path) -> Mapping[str, Path]:
    return next((found for name in _COLOUR if (found := files_in(folder / name))), {})


def _recording(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    pictures = _pictures(folder)
    numbered = all(stem.isdigit() for stem in pictures)
    numbers = {stem: int(stem) if numbered else place for place, stem in enumerate(pictures)}
    times = {} if numbered else {stem: _time(path) for stem, path in pictures.items()}
    depth = _depth(folder, pictures, times)
    frames = {numbers[stem]: path for stem, path in pictures.items()}
    track = Track(frames, _poses(folder, numbers, times), _seconds(numbers, times))
    stored = file_or_none(folder / "intrinsics.txt", folder / "camera.txt", folder / "K.txt")
    camera = StoredFile(stored, read_intrinsics) if stored else None
    return [
        SceneFiles(f"{prefix}{stem}", path, camera=camera, depth=depth.get(stem), track=track, frame=numbers[stem])
        for stem, path in pictures.items()
    ]


def _time(path: Path) -> float:
    try:
        return float(path.stem)
    except ValueError as error:
        raise SampleError(f"{path} is named neither by a number nor by a time (s); rename the pictures") from error


def _depth(
    folder: Path, pictures: Mapping[str, Path], times: Mapping[str, float]
) -> Mapping[str, StoredFile[DepthMap]]:
    """Name of a picture -> its depth map: of the same name, else the one nearest in time."""
    maps = files_in(folder / _DEPTH, _DEPTH_SUFFIXES)
    reader = read_tum_depth if _is_tum(folder) else read_millimetres
    partner: Mapping[str, str] = {stem: stem for stem in pictures if stem in maps}
    if not partner and times:
        partner = _nearest(times, {stem: _time(path) for stem, path in maps.items()})
    if not partner:
        raise SampleError(
            f"no depth map in {folder / _DEPTH} belongs to a picture of {folder}: neither the same name nor a time "
            f"within {LARGEST_DIFFERENCE_S} s; check that both are of one recording"
        )
    return {stem: StoredFile(maps[other], reader) for stem, other in partner.items()}


def _nearest(times: Mapping[str, float], others: Mapping[str, float]) -> Mapping[str, str]:
    """Name -> name of the other that is nearest in time, where that is near enough."""
    names, moments = list(others), np.array(list(others.values()))
    chosen = {stem: int(np.abs(moments - time).argmin()) for stem, time in times.items()}
    return {
        stem: names[place]
        for stem, place in chosen.items()
        if abs(moments[place] - times[stem]) <= LARGEST_DIFFERENCE_S
    }


def _is_tum(folder: Path) -> bool:
    return file_or_none(folder / "groundtruth.txt", folder / "rgb.txt") is not None


def _poses(
    folder: Path, numbers: Mapping[str, int], times: Mapping[str, float]
) -> StoredFile[Mapping[int, Pose]] | None:
    timed, rows = file_or_none(folder / "groundtruth.txt"), file_or_none(folder / "pose.txt", folder / "poses.txt")
    if timed and times:
        return StoredFile(timed, partial(_timed_poses, times={numbers[stem]: time for stem, time in times.items()}))
    return StoredFile(rows, partial(_numbered_poses, first=min(1, *numbers.values(), 1))) if rows else None


def _timed_poses(path: Path, *, times: Mapping[int, float]) -> Mapping[int, Pose]:
    """Number of a picture -> the pose nearest in time, where that is near enough."""
    moments, poses = read_timed_poses(path)
    chosen = {number: int(np.abs(moments - time).argmin()) for number, time in times.items()}
    near = {number: row for number, row in chosen.items() if abs(moments[row] - times[number]) <= LARGEST_DIFFERENCE_S}
    return {number: as_pose(poses[row]) for number, row in near.items()}


def _numbered_poses(path: Path, *, first: int) -> Mapping[int, Pose]:
    """Number of a frame -> pose; the first row belongs to frame `first`."""
    return {first + row: as_pose(pose) for row, pose in enumerate(read_poses(path))}


def _seconds(numbers: Mapping[str, int], times: Mapping[str, float]) -> Mapping[int, float] | None:
    """From the names, which is where TUM keeps them."""
    start = min(times.values(), default=0.0)
    return {numbers[stem]: time - start for stem, time in times.items()} or None


LAYOUT = Layout(
    name="rgbd",
    shape="rgb/ or color/ with depth/, one view",
    recognises=recognises,
    scenes=scenes,
    rectified=None,
)
