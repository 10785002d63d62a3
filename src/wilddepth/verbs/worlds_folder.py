"""Rendered scenes as folders that every verb reads, laid out as KITTI's.

Single pairs lie as KITTI 2015 does: `image_2`, `image_3`, `disp_occ_0`, `disp_noc_0`, `obj_map` with `NNNNNN_10.png`,
and `calib/NNNNNN.txt`. Clips lie as sequences of KITTI odometry, with the same folders inside: `sequences/NNNN/` with
`calib.txt`, `times.txt` and `flow_occ` (as in KITTI 2015), and `poses/NNNN.txt`. `records/` says of each frame how it
was made; it is written last, so that a frame that has one is complete.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8, UInt16
from torch import Tensor

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_bytes, write_text
from wilddepth.formats.calibration import kitti
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.disparity_png import KITTI_SCALE, LARGEST_KITTI_DISPARITY, write_kitti_disparity
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.plain import dump_json
from wilddepth.sample import Sample
from wilddepth.sources.source import Scene
from wilddepth.sources.world import WorldSource
from wilddepth.truth import Truth

FOLDERS = ("image_2", "image_3", "disp_occ_0", "disp_noc_0", "obj_map", "calib", "sequences", "poses", "records")
_FLOW_SCALE, _FLOW_ZERO = 64.0, 2**15


@dataclass(frozen=True)
class Place:
    """Where a frame lies.

    Attributes:
        folder: of the views.
        name: of its pictures, without ending.
        calibration: its file.
        record: its file.
    """

    folder: Path
    name: str
    calibration: Path
    record: Path


def place_of(root: Path, source: WorldSource, index: int) -> Place:
    """Where frame number `index` of a source lies below a folder."""
    clip = source.spec.clip
    if clip == 1:
        name = f"{index:06d}"
        return Place(root, f"{name}_10", root / "calib" / f"{name}.txt", root / "records" / f"{name}_10.json")
    sequence, name = f"{index // clip:04d}", f"{index % clip:06d}"
    folder = root / "sequences" / sequence
    return Place(folder, name, folder / "calib.txt", root / "records" / sequence / f"{name}.json")


def jobs_of(source: WorldSource) -> Sequence[Sequence[int]]:
    """The frames, clip by clip: what one process renders in one go."""
    clip = source.spec.clip
    return [range(start, min(start + clip, len(source))) for start in range(0, len(source), clip)]


def write_clip(source: WorldSource, indices: Sequence[int], root: Path) -> int:
    """Render and write the frames of one clip that are not there, and its poses and times; how many were written.

    Raises:
        OutputError: when a file cannot be written.
    """
    places = [place_of(root, source, index) for index in indices]
    missing = [(index, place) for index, place in zip(indices, places, strict=True) if not place.record.is_file()]
    for index, place in missing:
        write_frame(source.rendered(index, motion=source.spec.clip > 1), place)
    if source.spec.clip > 1:
        write_way(places, root)
    return len(missing)


def write_frame(scene: Scene, place: Place) -> None:
    """All files of one frame, the record last."""
    sample, truth = scene.sample, scene.truth
    assert truth is not None  # a rendered scene has truth, and a right view
    for folder, view in (("image_2", sample.image), ("image_3", sample.stereo().right)):
        write_image(place.folder / folder / f"{place.name}.png", levels(view))
    write_truth(truth, place)
    kitti.write_short(place.calibration, calibration_of(sample))
    write_text(place.record, dump_json({"key": scene.key, **(scene.record or {})}) + "\n")


def write_truth(truth: Truth, place: Place) -> None:
    """Disparity with and without what only the left view sees, foreground and, where it is known, flow."""
    if truth.disparity is None:
        return
    disparity = stored(plane(truth.disparity))
    write_kitti_disparity(place.folder / "disp_occ_0" / f"{place.name}.png", disparity)
    if truth.occluded is not None:
        visible = np.where(plane(truth.occluded), np.float32(np.nan), disparity)
        write_kitti_disparity(place.folder / "disp_noc_0" / f"{place.name}.png", visible)
    if truth.foreground is not None:
        objects = plane(truth.foreground).astype(np.uint8)
        write_bytes(place.folder / "obj_map" / f"{place.name}.png", encoded_png(objects))
    if truth.flow is not None:
        packed = packed_flow(truth.flow[0].numpy())
        write_bytes(place.folder / "flow_occ" / f"{place.name}.png", encoded_png(packed))


def stored(disparity: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Disparities as the format holds them to half a step, nan where it does not: 0 means "none" there."""
    step = 1 / KITTI_SCALE
    fits = (disparity >= step / 2) & (disparity < LARGEST_KITTI_DISPARITY + step / 2)
    return np.where(fits, disparity, np.float32(np.nan))


def packed_flow(flow: Float[np.ndarray, "2 h w"]) -> UInt16[np.ndarray, "h w 3"]:
    """Flow as KITTI stores it, blue first: known, y * 64 + 2^15, x * 64 + 2^15; all 0 where it does not fit."""
    steps = np.round(flow * _FLOW_SCALE) + _FLOW_ZERO
    known = ((steps >= 1) & (steps <= 65535)).all(axis=0)
    layers = (known, np.where(known, steps[1], 0), np.where(known, steps[0], 0))
    return np.stack(layers, axis=-1).astype(np.uint16)


def write_way(places: Sequence[Place], root: Path) -> None:
    """Times and poses of a clip, as its records have them, from its first frame on."""
    records = [read_record(place.record) for place in places]
    times = [record["time"] - records[0]["time"] for record in records]
    write_text(places[0].folder / "times.txt", "".join(f"{time:.9f}\n" for time in times))
    worlds = [np.vstack((np.reshape(record["world_from_left"], (3, 4)), (0.0, 0.0, 0.0, 1.0))) for record in records]
    first = np.linalg.inv(worlds[0])
    rows = [" ".join(f"{number:.12g}" for number in (first @ pose)[:3].ravel()) for pose in worlds]
    write_text(root / "poses" / f"{places[0].folder.name}.txt", "\n".join(rows) + "\n")


def read_record(path: Path) -> Mapping[str, Any]:
    """How a frame was made.

    Raises:
        SampleError: for a file that is missing or damaged.
    """
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SampleError(f"{path} cannot be read ({error}); delete it, and its frame is rendered again") from error
    if not isinstance(record, dict) or not {"time", "world_from_left"} <= record.keys():
        raise SampleError(f"{path} is no record of a rendered frame; delete it, and its frame is rendered again")
    return record


def calibration_of(sample: Sample) -> StereoCalibration:
    """The cameras of a batch of one."""
    left, right, baseline = sample.camera, sample.right_camera, sample.baseline
    if left is None or baseline is None:
        raise ValueError("a rendered pair always has its calibration")
    return StereoCalibration(
        focal_x=float(left.focal_x[0]),
        focal_y=float(left.focal_y[0]),
        centre_x=float(left.centre_x[0]),
        centre_y=float(left.centre_y[0]),
        right_centre_x=float((right or left).centre_x[0]),
        right_centre_y=float((right or left).centre_y[0]),
        baseline_m=float(baseline[0]),
        width=left.width,
        height=left.height,
    )


def levels(view: Float[Tensor, "1 3 h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """A picture in 8 bits."""
    rounded: np.ndarray = (view[0] * 255).round().permute(1, 2, 0).numpy().astype(np.uint8)
    return rounded


def plane(values: Float[Tensor, "1 1 h w"] | Bool[Tensor, "1 1 h w"]) -> np.ndarray:
    """The map of a batch of one."""
    return np.asarray(values[0, 0].numpy())
