"""KITTI depth: `train` and `val` of `DRIVE/proj_depth/groundtruth/image_02/NNNNNNNNNN.png`, metres = v / 256.

The set holds annotated depth only; its pictures are those of KITTI raw, looked for in this folder, in those above it
and in the folders beside it. `velodyne_raw` (single LiDAR scans, wrong at occlusions) is never read. Annotation
exists for part of the frames of a drive only, and a part of KITTI raw is enough: frames without pictures are left
out, and the description of the source says how many.
Source: Uhrig et al., 3DV 2017.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.kitti_raw import annotation, drive_scenes, is_drive
from wilddepth.data.layouts.layout import Layout, SceneFiles
from wilddepth.data.layouts.listing import listed, scene_folders
from wilddepth.errors import SampleError

_PARTS = ("train", "val")
# A drive is named DAY_drive_NNNN_sync, its day is 10 characters.
_DAY = slice(0, 10)


def recognises(folder: Path) -> bool:
    """Annotated drives without pictures of their own."""
    return bool(_drives(folder))


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """The annotated frames whose pictures are there.

    Raises:
        SampleError: when there are none, or a picture of one view has none of the other.
    """
    drives = _drives(folder)
    recordings = {prefix: _recording(place.name, folder) for prefix, place in drives.items()}
    found = [
        scene
        for prefix, recording in recordings.items()
        if recording is not None
        for scene in drive_scenes(recording, prefix, drives[prefix])
        if scene.depth is not None
    ]
    if drives and not found:
        name = next(iter(drives.values())).name
        raise SampleError(
            f"{folder} holds annotated depth but not the pictures it is for: {name[_DAY]}/{name}/image_02/data was "
            "looked for here, above and beside; put KITTI raw beside this folder"
        )
    return found


def left_out(folder: Path) -> str:
    """How many annotated frames have no pictures, in words."""
    wanted = sum(len(annotation(place)) for place in _drives(folder).values())
    there = len(scenes(folder))
    return f"{wanted - there} of {wanted} annotated frames without pictures left out" if there < wanted else ""


def _drives(folder: Path) -> Mapping[str, Path]:
    """Prefix of keys -> the annotation of a drive."""
    parts = {f"{name}/": folder / name for name in _PARTS if (folder / name).is_dir()} or {"": folder}
    return {
        f"{part}{prefix}": drive
        for part, place in parts.items()
        for prefix, drive in scene_folders(place, lambda drive: bool(annotation(drive)) and not is_drive(drive)).items()
    }


def _recording(drive: str, folder: Path) -> Path | None:
    """The pictures of a drive."""
    places = (root / Path(drive[_DAY], drive) for root in _roots(folder.resolve()))
    return next((place for place in places if is_drive(place)), None)


def _roots(folder: Path) -> Iterator[Path]:
    """Where KITTI raw may lie: here, above, and beside."""
    for place in (folder, folder.parent, folder.parent.parent):
        yield place
        yield from (path for path in listed(place) if path.is_dir())


LAYOUT = Layout(
    name="kitti_depth",
    shape="DRIVE/proj_depth/groundtruth/image_02, KITTI raw beside it",
    recognises=recognises,
    scenes=scenes,
    left_out=left_out,
)
