"""Which frames follow each other, where the camera was and when: on sequences with gaps and files of another length."""

import os
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import torch

from wilddepth.data.layouts.catalog import scenes_of
from wilddepth.data.layouts.layout import SceneFiles
from wilddepth.data.layouts.loading import load_sample
from wilddepth.data.layouts.tracks import matrix, remembered
from wilddepth.errors import SampleError
from wilddepth.formats.image import write_image
from wilddepth.formats.trajectory import read_clock_times
from wilddepth.geometry.warp import warp_by_depth


def put_odometry(root: Path, trees: ModuleType, frames: tuple[int, ...], rows: int) -> Path:
    """A sequence 07 that drives 1 m a frame and turns left; `rows` poses and times whatever frames there are."""
    sequence = root / "sequences/07"
    for frame in frames:
        name = f"{frame:06d}.png"
        trees.put_pair(sequence / "image_2" / name, sequence / "image_3" / name, seed=frame)
    trees.put_text(sequence / "calib.txt", trees.KITTI_CALIBRATION)
    trees.put_text(sequence / "times.txt", "".join(f"{0.1 * row:e}\n" for row in range(rows)))
    poses = [world_from_camera0(row)[:3].ravel() for row in range(rows)]
    trees.put_text(root / "poses/07.txt", "".join(" ".join(f"{value:.9e}" for value in row) + "\n" for row in poses))
    return sequence


def world_from_camera0(frame: int) -> np.ndarray:
    angle = 0.1 * frame
    pose = np.eye(4)
    pose[0, [0, 2]] = np.cos(angle), np.sin(angle)
    pose[2, [0, 2]] = -np.sin(angle), np.cos(angle)
    pose[:3, 3] = 0.2 * frame, 0.0, float(frame)
    return pose


def scene_at(folder: Path, frame: int) -> SceneFiles:
    (scene,) = (scene for scene in scenes_of(folder)[1] if scene.frame == frame)
    return scene


def picture(trees: ModuleType, seed: int) -> torch.Tensor:
    return torch.from_numpy(trees.pixels(seed).transpose(2, 0, 1)[None].astype(np.float32)) / 255


def test_neighbours_are_those_of_the_next_numbers(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1, 2, 5), rows=6)
    sample = load_sample(scene_at(tmp_path, 1), neighbours=(-1, 1))
    assert set(sample.neighbours) == {-1, 1}
    assert torch.equal(sample.neighbours[-1], picture(trees, 0))
    assert torch.equal(sample.neighbours[1], picture(trees, 2))


def test_a_gap_in_the_numbers_is_no_step_in_time(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1, 2, 5), rows=6)
    assert set(load_sample(scene_at(tmp_path, 2), neighbours=(-1, 1)).neighbours) == {-1}
    assert set(load_sample(scene_at(tmp_path, 5), neighbours=(-3, -1)).neighbours) == {-3}


def test_nothing_is_loaded_that_was_not_asked_for(tmp_path: Path, trees: ModuleType):
    sequence = put_odometry(tmp_path, trees, (0, 1), rows=2)
    (sequence / "image_2/000001.png").write_bytes(b"broken")
    (tmp_path / "poses/07.txt").write_text("broken")
    sample = load_sample(scene_at(tmp_path, 0))
    assert not sample.neighbours
    assert not sample.poses


def test_poses_take_points_of_this_camera_to_the_neighbour(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1, 2), rows=3)
    sample = load_sample(scene_at(tmp_path, 1), neighbours=(1,), with_poses=True)
    # The colour camera (P2: 20 px * t = 1) sits 0.05 m left of camera 0, whose poses the file has.
    camera0_from_camera2 = np.eye(4)
    camera0_from_camera2[0, 3] = -1 / 20
    there = world_from_camera0(2) @ camera0_from_camera2
    here = world_from_camera0(1) @ camera0_from_camera2
    point = np.array([0.3, -0.2, 4.0, 1.0])
    np.testing.assert_allclose(
        sample.poses[1][0].numpy() @ point, np.linalg.solve(there, here @ point), rtol=1e-5, atol=1e-6
    )
    assert not load_sample(scene_at(tmp_path, 1), neighbours=(1,)).poses  # only by choice: the benchmark scores them


def test_times_are_of_the_frame_and_not_of_its_place_in_the_list(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (3, 5), rows=108)
    times = [load_sample(scene).timestamps for scene in scenes_of(tmp_path)[1]]
    assert [time.item() for time in times] == pytest.approx([0.3, 0.5])
    assert times[0].dtype == torch.float64


def test_a_file_of_times_that_ends_early_leaves_the_rest_unknown(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1, 2), rows=2)
    assert load_sample(scene_at(tmp_path, 2)).timestamps is None
    assert set(load_sample(scene_at(tmp_path, 1), neighbours=(-1, 1), with_poses=True).poses) == {-1}


@pytest.mark.parametrize(
    "file, content, message",
    [
        ("poses/07.txt", "1 0 0 0 0 1 0 0 0 0 1\n", r"07\.txt must hold rows of 7 or 12 numbers"),
        ("poses/07.txt", "1 0 0 0 0 1 0 0 0 0 1 x\n", "a word that is no number"),
        ("poses/07.txt", "2 0 0 0 0 1 0 0 0 0 1 0\n", "no rigid motion"),
        ("sequences/07/times.txt", "0.1 0.2\n", r"times\.txt must hold rows of 1 numbers"),
        ("sequences/07/times.txt", "nan\n", "not finite"),
    ],
)
def test_damaged_poses_and_times_are_named(tmp_path: Path, trees: ModuleType, file: str, content: str, message: str):
    put_odometry(tmp_path, trees, (0, 1), rows=2)
    (tmp_path / file).write_text(content)
    with pytest.raises(SampleError, match=message):
        load_sample(scene_at(tmp_path, 0), neighbours=(1,), with_poses=True)


def test_poses_that_change_on_disk_are_read_again(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1), rows=2)
    scene = scene_at(tmp_path, 0)
    assert load_sample(scene, neighbours=(1,), with_poses=True).poses[1][0, 2, 3].item() == pytest.approx(-1, abs=0.1)
    rows = [np.eye(4)[:3].ravel()] * 2
    path = tmp_path / "poses/07.txt"
    path.write_text("".join(" ".join(map(str, row)) + "\n" for row in rows))
    os.utime(path, ns=(1, 1))
    assert torch.equal(load_sample(scene, neighbours=(1,), with_poses=True).poses[1][0], torch.eye(4))


def test_files_that_vanish_are_named(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1), rows=2)
    scene = scene_at(tmp_path, 0)
    (tmp_path / "poses/07.txt").unlink()
    with pytest.raises(SampleError, match=r"07\.txt does not exist"):
        load_sample(scene, neighbours=(1,), with_poses=True)


def test_a_frame_without_a_pose_has_none_to_its_neighbours(tmp_path: Path, trees: ModuleType):
    put_odometry(tmp_path, trees, (0, 1, 2), rows=2)
    assert not load_sample(scene_at(tmp_path, 2), neighbours=(-1,), with_poses=True).poses


def test_a_neighbour_of_another_size_is_refused(tmp_path: Path, trees: ModuleType):
    sequence = put_odometry(tmp_path, trees, (0, 1), rows=2)
    write_image(sequence / "image_2/000001.png", trees.pixels(1, 6, 12))
    with pytest.raises(SampleError, match=r"000000\.png is 10x6 but .*000001\.png is 12x6"):
        load_sample(scene_at(tmp_path, 0), neighbours=(1,))


def test_kitti_stereo_neighbours_are_the_multi_view_frames(tmp_path: Path, trees: ModuleType):
    folder = trees.kitti2015(tmp_path)
    scene = scenes_of(folder)[1][1]
    assert (scene.key, scene.frame) == ("000001_10", 10)
    sample = load_sample(scene, neighbours=(-1, 1))
    assert set(sample.neighbours) == {1}
    assert torch.equal(sample.neighbours[1], picture(trees, 21))


def test_kitti_raw_with_gaps_and_the_times_of_the_whole_recording(tmp_path: Path, trees: ModuleType):
    drive = tmp_path / "2011_09_26/2011_09_26_drive_0001_sync"
    for frame in (5, 6, 107):
        name = f"data/{frame:010d}.png"
        trees.put_pair(drive / "image_02" / name, drive / "image_03" / name, seed=frame)
    lines = (f"2011-09-26 23:59:{50 + row // 10:02d}.{row % 10}00000001\n" for row in range(99))
    trees.put_text(drive / "image_02/timestamps.txt", "".join(lines) + "2011-09-27 00:00:00.000000001\n")
    first, second, last = (load_sample(scene, neighbours=(-1, 1)) for scene in scenes_of(drive)[1])
    assert [set(sample.neighbours) for sample in (first, second, last)] == [{1}, {-1}, set()]
    assert first.timestamps.item() == pytest.approx(0.5, abs=1e-9)
    assert last.timestamps is None  # the file has 100 rows


OXTS = "49.0 8.4 116.4 0.0 0.0 {} " + " ".join(["0"] * 24)


def put_driven(root: Path, trees: ModuleType, frames: tuple[int, ...]) -> Path:
    """A drive to the north, 1e-5 degrees of latitude a frame, with the usual axes of car and camera."""
    day = root / "2011_09_26"
    drive = day / "2011_09_26_drive_0001_sync"
    for frame in frames:
        name = f"data/{frame:010d}.png"
        trees.put_pair(drive / "image_02" / name, drive / "image_03" / name, seed=frame)
        line = OXTS.format(np.pi / 2).replace("49.0", repr(49.0 + 1e-5 * frame))
        trees.put_text(drive / f"oxts/data/{frame:010d}.txt", line)
    trees.put_text(day / "calib_cam_to_cam.txt", trees.KITTI_DAY + "R_rect_00: 1 0 0 0 1 0 0 0 1\n")
    trees.put_text(day / "calib_imu_to_velo.txt", "calib_time: now\nR: 1 0 0 0 1 0 0 0 1\nT: -0.8 0.3 -0.8\n")
    # camera x = -y of the car, y = -z, z = x
    trees.put_text(day / "calib_velo_to_cam.txt", "calib_time: now\nR: 0 -1 0 0 0 -1 1 0 0\nT: 0 -0.1 -0.3\n")
    return drive


def test_kitti_raw_poses_come_from_gps_and_imu(tmp_path: Path, trees: ModuleType):
    drive = put_driven(tmp_path, trees, (3, 4, 5))
    (drive / "oxts/data/0000000005.txt").unlink()
    scene = scene_at(tmp_path, 4)
    pose = load_sample(scene, neighbours=(-1, 1), with_poses=True).poses
    assert set(pose) == {-1}
    expected = np.eye(4)
    expected[2, 3] = 6378137 * np.deg2rad(1e-5)  # 1.1 m: the frame before sees all that much further ahead
    np.testing.assert_allclose(pose[-1][0].numpy(), expected, atol=1e-4)
    (tmp_path / "2011_09_26/calib_imu_to_velo.txt").unlink()
    assert not load_sample(scene_at(tmp_path, 4), neighbours=(-1,), with_poses=True).poses


@pytest.mark.parametrize(
    "content, message",
    [
        ("49.0 8.4", "holds 2 numbers instead of 30"),
        (OXTS.format("north"), "holds a word that is no number"),
        (OXTS.format("nan"), "are no place"),
        (OXTS.format("0").replace("49.0", "90.0"), "latitude 90 and the numbers after it are no place"),
    ],
)
def test_a_damaged_gps_file_is_named(tmp_path: Path, trees: ModuleType, content: str, message: str):
    drive = put_driven(tmp_path, trees, (3, 4))
    (drive / "oxts/data/0000000004.txt").write_text(content)
    with pytest.raises(SampleError, match=rf"0000000004\.txt.*{message}"):
        load_sample(scene_at(tmp_path, 3), neighbours=(1,), with_poses=True)


@pytest.mark.realdata
def test_the_real_car_drives_as_far_as_its_speed_says(realdata: Path):
    """12.94 m/s forward at frame 5, which is 0.5154 s after frame 0."""
    (scene,) = scenes_of(realdata / "kitti_raw")[1]
    poses = remembered(scene.track.poses)
    assert set(poses) == {0, 5}
    moved = (np.linalg.inv(matrix(poses[0])) @ matrix(poses[5]))[:3, 3]
    assert moved[2] == pytest.approx(12.94 * 0.5154, rel=0.03)
    assert np.abs(moved[:2]).max() < 0.3


@pytest.mark.realdata
def test_the_real_odometry_poses_follow_its_real_pictures(realdata: Path):
    """Depth from the pair itself (OpenCV's block matching), moved by the pose, must show the next picture."""
    scene = scenes_of(realdata / "kitti_odometry")[1][4]
    sample = load_sample(scene, neighbours=(1,), with_poses=True)
    left, right = ((view[0].mean(0).numpy() * 255).astype(np.uint8) for view in (sample.image, sample.right))
    disparity = torch.from_numpy(cv2.StereoBM.create(96, 21).compute(left, right).astype(np.float32) / 16)[None, None]
    known = disparity > 4
    depth = (sample.camera.focal_x * sample.baseline).item() / disparity.clamp(min=1)

    def mismatch(pose: torch.Tensor) -> float:
        rebuilt, inside = warp_by_depth(sample.neighbours[1], depth, sample.camera, sample.camera, pose)
        return (rebuilt - sample.image).abs().mean(1, keepdim=True)[inside & known].mean().item()

    right_way = mismatch(sample.poses[1])
    assert right_way < 0.6 * mismatch(torch.eye(4)[None])
    assert right_way < 0.6 * mismatch(torch.linalg.inv(sample.poses[1]))


def test_clock_times_go_on_over_midnight(tmp_path: Path, trees: ModuleType):
    trees.put_text(tmp_path / "t.txt", "2011-09-26 23:59:59.900000000\n2011-09-27 00:00:00.400000001\n")
    assert read_clock_times(tmp_path / "t.txt") == pytest.approx([0, 0.500000001], abs=1e-12)
    for text in ("yesterday\n", "2011-09-26\n", "2011-09-26 25:00:00.1\n", "\n"):
        trees.put_text(tmp_path / "t.txt", text)
        with pytest.raises(SampleError, match=r"t\.txt"):
            read_clock_times(tmp_path / "t.txt")


@pytest.mark.parametrize("numbers, tracked", [(("000000", "000001"), True), (("a", "b"), False)])
def test_karlsruhe_is_a_sequence_where_it_is_numbered(
    tmp_path: Path, trees: ModuleType, numbers: tuple[str, str], tracked: bool
):
    for number in numbers:
        trees.put_pair(tmp_path / f"I1_{number}.png", tmp_path / f"I2_{number}.png")
    first, _ = scenes_of(tmp_path)[1]
    assert set(load_sample(first, neighbours=(1,)).neighbours) == ({1} if tracked else set())


def test_numbers_at_the_end_of_names_count_within_one_beginning(tmp_path: Path, trees: ModuleType):
    for trip, name in (("a", "x_09"), ("a", "x_10"), ("a", "y_11"), ("a", "last"), ("b", "x_11")):
        trees.put_pair(tmp_path / trip / f"left/{name}.png", tmp_path / trip / f"right/{name}.png")
    found = {scene.key: set(load_sample(scene, neighbours=(-1, 1)).neighbours) for scene in scenes_of(tmp_path)[1]}
    assert found == {"a/x_09": {1}, "a/x_10": {-1}, "a/y_11": set(), "a/last": set(), "b/x_11": set()}


@pytest.mark.parametrize("place, sequence", [("frames_cleanpass/TRAIN/A/0000", True), ("image_clean", False)])
def test_scene_flow_is_in_sequences_and_its_subset_is_not(
    tmp_path: Path, trees: ModuleType, place: str, sequence: bool
):
    for name in ("0006", "0007"):
        trees.put_pair(tmp_path / place / f"left/{name}.png", tmp_path / place / f"right/{name}.png")
    first, _ = scenes_of(tmp_path)[1]
    assert set(load_sample(first, neighbours=(1,)).neighbours) == ({1} if sequence else set())


def test_an_extract_recording_is_not_rectified(tmp_path: Path, trees: ModuleType):
    for kind in ("sync", "extract"):
        drive = tmp_path / f"2011_09_26_drive_0001_{kind}"
        trees.put_pair(drive / "image_02/data/0000000000.png", drive / "image_03/data/0000000000.png")
    assert {scene.key.split("/")[0][-4:]: scene.rectified for scene in scenes_of(tmp_path)[1]} == {
        "sync": True,
        "ract": False,
    }
