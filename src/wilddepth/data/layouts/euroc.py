"""ASL recordings (EuRoC): `mav0/cam0/data/TIME.png` and `mav0/cam1/data`, `data.csv`, `sensor.yaml`.

The pictures are as the sensors gave them: lenses distort, and rows do not match (they differ by some 12 px). A matcher
would run on them and be wrong, so the scenes are marked as not rectified and have no calibration of a pair; the
`sensor.yaml` files are for rectifying. Frames are named by time (ns). `data.csv` numbers those of the whole recording,
also where only some are there; without it frames are numbered as they come.
Source: Burri et al., IJRR 2016.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.layout import Layout, SceneFiles, StoredFile, Track
from wilddepth.data.layouts.listing import files_in, pairs, scene_folders
from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text

# Nanoseconds since 1970 have 19 digits.
_LONGEST_TIME = 20


def recognises(folder: Path) -> bool:
    """A recording, its `mav0`, or a folder of recordings."""
    return bool(_recordings(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """All pairs, recording by recording, in order of time.

    Raises:
        SampleError: when a picture of one view has none of the other, or `data.csv` lacks one that is there.
    """
    return [scene for prefix, place in _recordings(folder).items() for scene in _recording(place, prefix)]


def read_times(path: Path) -> Mapping[str, int]:
    """`data.csv`: name of a picture without its ending -> its time, ns.

    Raises:
        SampleError: for a file that is missing, empty, or has a line that is no time and name.
    """
    rows = [line.strip() for line in text(path).splitlines() if line.strip() and not line.startswith("#")]
    return dict(_row(row, path) for row in rows)


def _row(row: str, path: Path) -> tuple[str, int]:
    time, _, name = (part.strip() for part in row.partition(","))
    if not (time.isascii() and time.isdecimal() and len(time) <= _LONGEST_TIME and name):
        raise SampleError(f"{path}: {brief(row)!r} is not TIME,FILENAME; copy the file again or remove it")
    return Path(name).stem, int(time)


def _seconds(path: Path) -> Mapping[int, float]:
    """Number -> time since the first row, s."""
    times = list(read_times(path).values())
    return {number: (time - times[0]) / 1e9 for number, time in enumerate(times)}


def _recordings(folder: Path) -> Mapping[str, Path]:
    """Prefix of keys -> the folder that holds `cam0` and `cam1`."""
    if _is_recording(folder / "mav0"):
        return {"": folder / "mav0"}
    found = scene_folders(folder, lambda place: _is_recording(place) or _is_recording(place / "mav0"))
    return {prefix: place if _is_recording(place) else place / "mav0" for prefix, place in found.items()}


def _is_recording(folder: Path) -> bool:
    return any(files_in(folder / camera / "data") for camera in ("cam0", "cam1"))


def _recording(folder: Path, prefix: str) -> Sequence[SceneFiles]:
    left, right = (files_in(folder / camera / "data") for camera in ("cam0", "cam1"))
    views = pairs(left, right, f"{folder / 'cam0/data'} and {folder / 'cam1/data'}")
    listing = folder / "cam0" / "data.csv"
    numbers = _numbers(listing, list(views))
    seconds = StoredFile(listing, _seconds) if listing.is_file() else None
    track = Track({numbers[name]: pair[0] for name, pair in views.items()}, seconds=seconds)
    return [
        SceneFiles(key=f"{prefix}{name}", left=pair[0], right=pair[1], track=track, frame=numbers[name])
        for name, pair in views.items()
    ]


def _numbers(listing: Path, names: Sequence[str]) -> Mapping[str, int]:
    """Name -> number of the frame."""
    if not listing.is_file():
        return {name: number for number, name in enumerate(names)}
    known = {name: number for number, name in enumerate(read_times(listing))}
    missing = [name for name in names if name not in known]
    if missing:
        raise SampleError(
            f"{listing} does not list {missing[0]} ({len(missing)} such in all), which is in "
            f"{listing.parent / 'data'}; copy the whole file or remove it"
        )
    return known


LAYOUT = Layout(
    name="euroc",
    shape="mav0/cam0/data and cam1/data, not rectified",
    recognises=recognises,
    scenes=scenes,
    rectified=False,
)
