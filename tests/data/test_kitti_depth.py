"""KITTI's annotated depth: truth as disparity by the calibration of each day, pictures from KITTI raw beside it."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from wilddepth.data.collate import collate
from wilddepth.data.layouts.catalog import detect, scenes_of
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import SampleError
from wilddepth.formats.image import encoded_png, write_image

DAYS = {"2011_09_26": (6, 10, 20.0, 0.6), "2011_09_28": (5, 12, 25.0, 0.5)}
"""Day -> rows, columns, focal length (px), baseline (m)."""


def put_day(root: Path, trees: ModuleType, day: str, frames: tuple[int, ...]) -> Path:
    """A drive of a day with its own size and cameras."""
    rows, columns, focal, baseline = DAYS[day]
    drive = root / day / f"{day}_drive_0001_sync"
    for frame in frames:
        for camera in ("image_02", "image_03"):
            write_image(drive / camera / f"data/{frame:010d}.png", trees.pixels(frame, rows, columns))
    matrix = f"{focal} 0 4.5 {{}} 0 {focal} 2.5 0 0 0 1 0"
    right = matrix.format(1 - focal * baseline)
    text = f"S_rect_02: {columns} {rows}\nP_rect_02: {matrix.format(1)}\nP_rect_03: {right}\n"
    trees.put_text(root / day / "calib_cam_to_cam.txt", text)
    return drive


def put_depth(folder: Path, trees: ModuleType, day: str, frames: tuple[int, ...], metres: float = 4.0) -> None:
    """`proj_depth` of a drive: one depth everywhere but in the first row; and scans that say something else."""
    rows, columns, _, _ = DAYS[day]
    stored = np.full((rows, columns), round(metres * 256), np.uint16)
    stored[0] = 0
    for frame in frames:
        for kind, values in (("groundtruth", stored), ("velodyne_raw", stored * 3)):
            trees.put_bytes(folder / f"proj_depth/{kind}/image_02/{frame:010d}.png", encoded_png(values))


def test_depth_becomes_disparity_with_the_cameras_of_each_day(tmp_path: Path, trees: ModuleType):
    for day in DAYS:
        drive = put_day(tmp_path / "kitti_raw", trees, day, (5, 7))
        put_depth(tmp_path / "kitti_depth/train" / drive.name, trees, day, (5, 7))
    layout, scenes = scenes_of(tmp_path / "kitti_depth")
    assert layout.name == "kitti_depth"
    assert len(scenes) == 4
    for scene in scenes:
        rows, columns, focal, baseline = DAYS[scene.key.split("/")[1][:10]]
        sample, truth = load_sample(scene), load_truth(scene)
        assert sample.size == (rows, columns)
        assert sample.camera.focal_x.item() == focal
        assert truth.depth[truth.valid].unique().item() == 4
        assert truth.disparity[truth.valid].unique().item() == pytest.approx(focal * baseline / 4)
        assert not truth.valid[0, 0, 0].any()
        assert truth.valid[0, 0, 1:].all()
    with pytest.raises(SampleError, match="crop them to one size, or use a batch of 1"):
        collate([load_sample(scenes[0]), load_sample(scenes[-1])])


@pytest.mark.parametrize("opened", ["kitti_depth", "kitti_depth/train"])
@pytest.mark.parametrize("raw", ["kitti_raw", "kitti_depth", "."])
def test_pictures_are_found_beside_within_and_above(tmp_path: Path, trees: ModuleType, opened: str, raw: str):
    drive = put_day(tmp_path / raw, trees, "2011_09_26", (5,))
    put_depth(tmp_path / "kitti_depth/train" / drive.name, trees, "2011_09_26", (5,))
    (scene,) = scenes_of(tmp_path / opened, "kitti_depth")[1]
    assert scene.left == drive / "image_02/data/0000000005.png"
    assert scene.key.endswith(f"{drive.name}/0000000005")


def test_annotation_within_a_drive_is_the_truth_of_kitti_raw(tmp_path: Path, trees: ModuleType):
    drive = put_day(tmp_path, trees, "2011_09_26", (4, 5))
    put_depth(drive, trees, "2011_09_26", (5,))
    for opened in (tmp_path, drive):
        layout, (without, scene) = scenes_of(opened)
        assert layout.name == "kitti_raw"
        assert load_truth(without) is None  # the first and last frames of a drive have none
        assert load_truth(scene).disparity[0, 0, 3, 3].item() == pytest.approx(20 * 0.6 / 4)


def test_raw_scans_are_never_truth(tmp_path: Path, trees: ModuleType):
    drive = put_day(tmp_path, trees, "2011_09_26", (5,))
    put_depth(drive, trees, "2011_09_26", (5,))
    (drive / "proj_depth/groundtruth/image_02/0000000005.png").unlink()
    (scene,) = scenes_of(tmp_path)[1]
    assert load_truth(scene) is None


def test_annotation_is_not_for_the_grey_cameras(tmp_path: Path, trees: ModuleType):
    drive = put_day(tmp_path, trees, "2011_09_26", (5,))
    put_depth(drive, trees, "2011_09_26", (5,))
    for colour, grey in (("image_02", "image_00"), ("image_03", "image_01")):
        (drive / colour).rename(drive / grey)
    assert not scenes_of(tmp_path)[1][0].has_truth


def test_a_part_of_the_pictures_is_enough_and_said(tmp_path: Path, trees: ModuleType):
    drive = put_day(tmp_path / "raw", trees, "2011_09_26", (5,))
    put_depth(tmp_path / "depth/train" / drive.name, trees, "2011_09_26", (5, 6, 7))
    put_depth(tmp_path / "depth/val/2011_09_28_drive_0001_sync", trees, "2011_09_28", (0,))
    layout, scenes = scenes_of(tmp_path / "depth")
    assert len(scenes) == 1
    assert layout.left_out(tmp_path / "depth") == "3 of 4 annotated frames without pictures left out"
    put_depth(tmp_path / "other/train" / drive.name, trees, "2011_09_26", (5,))
    assert layout.left_out(tmp_path / "other") == ""


def test_annotation_without_any_pictures_says_where_they_were_looked_for(tmp_path: Path, trees: ModuleType):
    put_depth(tmp_path / "depth/train/2011_09_26_drive_0001_sync", trees, "2011_09_26", (5,))
    assert detect(tmp_path / "depth").name == "kitti_depth"
    with pytest.raises(
        SampleError, match=r"2011_09_26/2011_09_26_drive_0001_sync/image_02/data .* put KITTI raw beside"
    ):
        scenes_of(tmp_path / "depth")


def test_depth_without_calibration_cannot_be_disparity(tmp_path: Path, trees: ModuleType):
    drive = put_day(tmp_path, trees, "2011_09_26", (5,))
    put_depth(drive, trees, "2011_09_26", (5,))
    (tmp_path / "2011_09_26/calib_cam_to_cam.txt").unlink()
    (scene,) = scenes_of(tmp_path)[1]
    with pytest.raises(
        SampleError, match=r"needs focal length and baseline .* no calibration; put the file of its day"
    ):
        load_truth(scene)


@pytest.mark.parametrize("values", [np.full((6, 10, 3), 9, np.uint8), np.full((6, 10), 9, np.uint8)])
def test_a_preview_is_no_depth(tmp_path: Path, trees: ModuleType, values: np.ndarray):
    drive = put_day(tmp_path, trees, "2011_09_26", (5,))
    trees.put_bytes(drive / "proj_depth/groundtruth/image_02/0000000005.png", encoded_png(values))
    with pytest.raises(SampleError, match=r"0000000005\.png is no 16-bit depth map: .* of 8 bits"):
        load_truth(scenes_of(tmp_path)[1][0])


def test_depth_of_another_size_is_refused(tmp_path: Path, trees: ModuleType):
    drive = put_day(tmp_path, trees, "2011_09_26", (5,))
    trees.put_bytes(drive / "proj_depth/groundtruth/image_02/0000000005.png", encoded_png(np.ones((5, 12), np.uint16)))
    with pytest.raises(SampleError, match=r"is 12x5 but its left picture is 10x6"):
        load_truth(scenes_of(tmp_path)[1][0])


def test_object_frames_have_a_calibration_each_and_no_neighbours(tmp_path: Path, trees: ModuleType):
    part = tmp_path / "training"
    for frame in (0, 1):
        trees.put_pair(part / f"image_2/{frame:06d}.png", part / f"image_3/{frame:06d}.png")
    trees.put_text(part / "calib/000000.txt", trees.KITTI_CALIBRATION)
    trees.put_text(part / "calib/000001.txt", trees.KITTI_CALIBRATION.replace("-11 0", "-9 0"))
    for opened in (tmp_path, part):
        layout, scenes = scenes_of(opened)
        assert layout.name == "kitti_object"
        samples = [load_sample(scene, neighbours=(-1, 1)) for scene in scenes]
        assert [sample.baseline.item() for sample in samples] == pytest.approx([0.6, 0.5])
        assert not any(sample.neighbours for sample in samples)
    (part / "image_3/000001.png").unlink()
    with pytest.raises(SampleError, match=r"000001\.png has no right image"):
        scenes_of(tmp_path)


def test_a_damaged_object_calibration_is_named(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "image_2/000000.png", tmp_path / "image_3/000000.png")
    trees.put_text(tmp_path / "calib/000000.txt", "P2: 20 0 4.5")
    with pytest.raises(SampleError, match=r"000000\.txt: P2 holds 3 numbers instead of 12"):
        load_sample(scenes_of(tmp_path)[1][0])


@pytest.mark.realdata
def test_the_real_annotation_agrees_with_its_neighbour_in_the_right_view(realdata: Path):
    (scene,) = scenes_of(realdata / "kitti_depth")[1]
    sample, truth = load_sample(scene), load_truth(scene)
    assert scene.key == "train/2011_09_26_drive_0001_sync/0000000005"
    assert truth.valid.float().mean().item() == pytest.approx(0.1950, abs=1e-4)
    assert sample.timestamps.item() == pytest.approx(0.5154, abs=1e-3)  # of 108 rows, the one of frame 5
    row, column = truth.valid[0, 0].nonzero(as_tuple=True)
    depth = truth.depth[0, 0, row, column]
    torch.testing.assert_close(truth.disparity[0, 0, row, column], 384.381 / depth, rtol=1e-4, atol=1e-4)

    def mismatch(factor: float) -> float:
        match = (column - (factor * truth.disparity[0, 0, row, column]).round()).long()
        inside = (match >= 0) & (match < sample.size[1])
        left, right = sample.image[0, :, row[inside], column[inside]], sample.right[0, :, row[inside], match[inside]]
        return (left - right).abs().mean().item()

    right = mismatch(1.0)
    assert all(right < 0.7 * mismatch(factor) for factor in (-1.0, 0.9, 1.1))


@pytest.mark.realdata
def test_the_real_object_calibration(realdata: Path, tmp_path: Path, trees: ModuleType):
    (source,) = (realdata / "kitti_object/training/calib").iterdir()
    trees.put_pair(tmp_path / f"image_2/{source.stem}.png", tmp_path / f"image_3/{source.stem}.png")
    trees.put_text(tmp_path / "calib" / source.name, source.read_text())
    sample = load_sample(scenes_of(tmp_path)[1][0])
    assert sample.camera.focal_x.item() == pytest.approx(707.0493)  # of another day than the raw sample
    assert sample.baseline.item() == pytest.approx((45.75831 + 334.1081) / 707.0493)
