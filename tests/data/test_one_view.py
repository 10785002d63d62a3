"""Sources with one view: RGB-D recordings and posed photos."""

import json
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from wilddepth.data.layouts.catalog import scenes_of
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.detect import read_camera
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.geometry.warp import warp_by_depth

# --- RGB-D ---


def put_tum(root: Path, trees: ModuleType, count: int = 3) -> None:
    """Colour at t, depth 10 ms later, a pose every 5 ms that moves along x with 1 m/s."""
    for number in range(count):
        write_image(root / f"rgb/{1305031102.175304 + number / 30:.6f}.png", trees.pixels(number))
        depth = np.full((6, 10), 10_000, np.uint16)
        depth[0] = 0
        trees.put_bytes(root / f"depth/{1305031102.185304 + number / 30:.6f}.png", encoded_png(depth))
    rows = [f"{1305031102.175304 + 0.005 * row:.6f} {0.005 * row:.4f} 0 0 0 0 0 1" for row in range(5 + 7 * count)]
    trees.put_text(root / "groundtruth.txt", "# timestamp tx ty tz qx qy qz qw\n" + "\n".join(rows))


def test_tum_joins_pictures_depth_and_poses_by_time(tmp_path: Path, trees: ModuleType):
    put_tum(tmp_path / "desk", trees)
    for folder, prefix in ((tmp_path, "desk/"), (tmp_path / "desk", "")):
        layout, scenes = scenes_of(folder)
        assert layout.name == "rgbd"
        assert scenes[0].key == f"{prefix}1305031102.175304"
    sample = load_sample(scenes[1], neighbours=(-1, 1), with_poses=True)
    truth = load_truth(scenes[1])
    assert sample.right is None
    assert set(sample.neighbours) == {-1, 1}
    assert truth.disparity is None
    assert truth.depth[truth.valid].unique().item() == 2  # 10000 / 5000
    assert truth.valid.sum() == 50
    assert sample.timestamps.item() == pytest.approx(1 / 30, abs=1e-5)
    # The camera goes to larger x, so a point is at smaller x for the next frame; poses are 5 ms apart.
    assert sample.poses[1][0, 0, 3].item() == pytest.approx(-1 / 30, abs=0.006)
    assert sample.poses[-1][0, 0, 3].item() == pytest.approx(1 / 30, abs=0.006)


def test_a_picture_without_depth_near_in_time_has_no_truth(tmp_path: Path, trees: ModuleType):
    put_tum(tmp_path, trees)
    (tmp_path / "depth/1305031102.218637.png").rename(tmp_path / "depth/1305031109.000000.png")
    assert [scene.has_truth for scene in scenes_of(tmp_path)[1]] == [True, False, True]


def put_numbered(root: Path, trees: ModuleType, frames: tuple[int, ...], rows: int, colour: str = "color") -> None:
    """SLAMBench: numbered frames, depth in mm, row i of the poses is 0.1 i m further along z."""
    for frame in frames:
        write_image(root / f"{colour}/{frame}.png", trees.pixels(frame))
        trees.put_bytes(root / f"depth/{frame}.pgm", pgm(np.full((6, 10), 1500, np.uint16)))
    trees.put_text(root / "pose.txt", "\n".join(f"0 0 {0.1 * row:.2f} 0 0 0 1" for row in range(rows)))


def pgm(values: np.ndarray) -> bytes:
    """16-bit PGM as the format's description has it: big endian after a text header."""
    return f"P5\n{values.shape[1]} {values.shape[0]}\n65535\n".encode() + values.astype(">u2").tobytes()


@pytest.mark.parametrize("frames", [(1, 2, 10), (0, 1, 10)])
def test_numbered_frames_take_the_pose_of_their_number(tmp_path: Path, trees: ModuleType, frames: tuple[int, ...]):
    put_numbered(tmp_path, trees, frames, rows=11)
    scenes = scenes_of(tmp_path)[1]
    assert [scene.frame for scene in scenes] == list(frames)
    assert load_truth(scenes[0]).depth.unique().item() == 1.5
    last = load_sample(scenes[2], neighbours=(frames[0] - 10,), with_poses=True)
    assert last.poses[frames[0] - 10][0, 2, 3].item() == pytest.approx(0.1 * (10 - frames[0]))
    assert last.timestamps is None


@pytest.mark.parametrize(
    "text", ["20 21 4.5 2.5", "20 0 4.5\n0 21 2.5\n0 0 1", "20 0 4.5 0 0 21 2.5 0 0 0 1 0 0 0 0 1"]
)
def test_intrinsics_beside_a_recording(tmp_path: Path, trees: ModuleType, text: str):
    put_numbered(tmp_path, trees, (1,), rows=1, colour="rgb")
    assert load_sample(scenes_of(tmp_path)[1][0]).camera is None
    trees.put_text(tmp_path / "intrinsics.txt", text)
    camera = load_sample(scenes_of(tmp_path)[1][0]).camera
    assert [camera.focal_x.item(), camera.focal_y.item(), camera.centre_x.item(), camera.centre_y.item()] == [
        *(20, 21, 4.5, 2.5)
    ]


@pytest.mark.parametrize(
    "file, content, message",
    [
        ("intrinsics.txt", "20 21", r"intrinsics\.txt holds 2 numbers; write fx fy cx cy"),
        ("intrinsics.txt", "a b c d", r"intrinsics\.txt holds a word that is no number"),
        ("intrinsics.txt", "0.9 1.2 0.5 0.5", r"fx=0\.9, fy=1\.2 cannot be right; give them in pixels"),
        ("intrinsics.txt", "nan 21 4 2", "cannot be right"),
        ("pose.txt", "0 0 0 0 0 0 2", "a quaternion that has not length 1"),
        ("pose.txt", "0 0 0 0 0 0 1\n0 0", r"pose\.txt must hold rows of 7 or 12 numbers; it holds rows of 2, 7"),
    ],
)
def test_damaged_files_of_a_recording_are_named(
    tmp_path: Path, trees: ModuleType, file: str, content: str, message: str
):
    put_numbered(tmp_path, trees, (1, 2), rows=2)
    trees.put_text(tmp_path / file, content)
    with pytest.raises(SampleError, match=message):
        load_sample(scenes_of(tmp_path)[1][0], neighbours=(1,), with_poses=True)


def test_depth_of_another_recording_is_refused(tmp_path: Path, trees: ModuleType):
    put_numbered(tmp_path, trees, (1, 2), rows=2)
    for path in (tmp_path / "depth").iterdir():
        path.rename(path.with_name(f"7{path.name}"))
    with pytest.raises(SampleError, match=r"no depth map in .*depth belongs to a picture"):
        scenes_of(tmp_path)


def test_names_that_are_neither_numbers_nor_times_are_refused(tmp_path: Path, trees: ModuleType):
    put_numbered(tmp_path, trees, (1,), rows=1)
    write_image(tmp_path / "color/cat.png", trees.pixels(1))
    with pytest.raises(SampleError, match=r"cat\.png is named neither by a number nor by a time"):
        scenes_of(tmp_path)


@pytest.mark.realdata
def test_the_real_poses_warp_one_frame_onto_the_next(realdata: Path, tmp_path: Path):
    for name in ("color", "depth", "pose.txt"):
        (tmp_path / name).symlink_to(realdata / "indoor_rgbd/slambook2_ch5" / name)
    (tmp_path / "intrinsics.txt").write_text("518.0 519.0 325.5 253.5\n")
    scenes = scenes_of(tmp_path)[1]
    assert [scene.key for scene in scenes] == ["1", "2", "3"]
    sample = load_sample(scenes[0], neighbours=(1,), with_poses=True)
    truth = load_truth(scenes[0])
    assert 0.3 < truth.depth[truth.valid].min() < truth.depth[truth.valid].max() < 12

    def mismatch(pose: torch.Tensor) -> float:
        depth = truth.depth.where(truth.valid, torch.ones(()))
        rebuilt, inside = warp_by_depth(sample.neighbours[1], depth, sample.camera, sample.camera, pose)
        return (rebuilt - sample.image).abs().mean(1, keepdim=True)[inside & truth.valid].mean().item()

    right = mismatch(sample.poses[1])
    assert right < 0.6 * mismatch(torch.eye(4)[None])
    assert right < 0.6 * mismatch(torch.linalg.inv(sample.poses[1]))


# --- Posed photos ---


def world_from_camera(number: int) -> list[list[float]]:
    """NeRF's axes (y up, z backward): the camera goes 1 m a picture to the direction that it looks, which is -z."""
    return [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -float(number)], [0.0, 0.0, 0.0, 1.0]]


def put_photos(root: Path, trees: ModuleType, there: tuple[int, ...] = (1, 2, 10), **more: object) -> dict[str, object]:
    """Twelve listed pictures, some of them there."""
    for number in there:
        write_image(root / f"images/{number}.png", trees.pixels(number))
    listed = [
        {"file_path": f"images/{n}.png", "transform_matrix": world_from_camera(n)} for n in (2, 10, 1, *range(3, 10))
    ]
    content: dict[str, object] = {"fl_x": 20.0, "fl_y": 21.0, "cx": 4.0, "cy": 3.0, "w": 10.0, "h": 6.0}
    content = {key: value for key, value in {**content, "frames": listed, **more}.items() if value is not None}
    trees.put_text(root / "transforms.json", json.dumps(content))
    return content


def test_photos_that_are_not_there_are_left_out_and_said(tmp_path: Path, trees: ModuleType):
    put_photos(tmp_path, trees)
    layout, scenes = scenes_of(tmp_path)
    assert layout.name == "photos"
    assert [scene.key for scene in scenes] == ["images/1", "images/2", "images/10"]
    assert layout.left_out(tmp_path) == "7 of 10 listed pictures not there"
    sample = load_sample(scenes[0], neighbours=(-1, 1), with_poses=True)
    assert set(sample.neighbours) == {1}
    assert sample.right is None
    assert not load_sample(scenes[1], neighbours=(1,)).neighbours  # 3 is listed and not there
    # Forward is +z here: what is 5 m ahead is 4 m ahead of the next picture.
    moved = sample.poses[1][0] @ torch.tensor([0.5, -0.25, 5.0, 1.0])
    assert moved.tolist() == pytest.approx([0.5, -0.25, 4.0, 1.0])


@pytest.mark.parametrize("name", ["../{}/a.png", "{}/../a.png", "./a.png"])
def test_keys_of_photos_stay_within_the_folder(tmp_path: Path, trees: ModuleType, name: str):
    write_image(tmp_path / "set/a.png", trees.pixels(0))
    frames = [{"file_path": name.format("set"), "transform_matrix": world_from_camera(0)}]
    (tmp_path / "set/set").mkdir()
    trees.put_text(tmp_path / "set/transforms.json", json.dumps({"fl_x": 20, "frames": frames}))
    (scene,) = scenes_of(tmp_path / "set")[1]
    assert not set(scene.key.split("/")) & {"..", "", "."}
    assert load_sample(scene).size == (6, 10)


def test_intrinsics_of_photos(tmp_path: Path, trees: ModuleType):
    content = put_photos(tmp_path, trees)
    scene = scenes_of(tmp_path)[1][0]
    camera = load_sample(scene).camera
    numbers = (camera.focal_x, camera.focal_y, camera.centre_x, camera.centre_y)
    # These files count from the corner of the first pixel, we from its centre.
    assert [number.item() for number in numbers] == [20, 21, 3.5, 2.5]
    content["frames"][2]["fl_x"] = 30.0  # a frame's own number wins
    trees.put_text(tmp_path / "transforms.json", json.dumps(content))
    assert load_sample(scene).camera.focal_x.item() == 30


def test_the_layout_and_the_calibration_reader_agree_about_the_camera(tmp_path: Path, trees: ModuleType):
    put_photos(tmp_path, trees)
    camera = load_sample(scenes_of(tmp_path)[1][0]).camera
    known = read_camera(tmp_path / "transforms.json")
    names = ("focal_x", "focal_y", "centre_x", "centre_y")
    assert [getattr(camera, name).item() for name in names] == [getattr(known, name) for name in names]
    assert (camera.height, camera.width) == (known.height, known.width)


def test_an_angle_of_view_is_a_focal_length_and_names_may_lack_their_ending(tmp_path: Path, trees: ModuleType):
    write_image(tmp_path / "train/r_0.png", trees.pixels(0))
    frames = [{"file_path": "./train/r_0", "transform_matrix": world_from_camera(0)}]
    trees.put_text(tmp_path / "transforms.json", json.dumps({"camera_angle_x": math.pi / 2, "frames": frames}))
    (scene,) = scenes_of(tmp_path)[1]
    camera = load_sample(scene).camera
    assert scene.key == "train/r_0"
    assert camera.focal_x.item() == camera.focal_y.item() == pytest.approx(5)  # half of 10 px / tan 45 degrees
    assert (camera.centre_x.item(), camera.centre_y.item()) == (4.5, 2.5)


@pytest.mark.parametrize("k1, rectified", [(0.0, None), (None, None), (0.05, False)])
def test_a_lens_that_distorts_is_marked(tmp_path: Path, trees: ModuleType, k1: float | None, rectified: bool | None):
    put_photos(tmp_path, trees, k1=k1)
    assert {scene.rectified for scene in scenes_of(tmp_path)[1]} == {rectified}


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", r"transforms\.json is no JSON"),
        ("[]", "has no list of frames with file_path and transform_matrix"),
        ('{"frames": []}', "has no list of frames"),
        ('{"frames": [{"file_path": 3, "transform_matrix": []}]}', "has no list of frames"),
        ('{"frames": [{"file_path": "images/1.png", "transform_matrix": [[1, 2], [3]]}]}', "holds no numbers"),
        ('{"frames": [{"file_path": "images/1.png", "transform_matrix": [[1, 2], [3, 4]]}]}', "is not 4 x 4 finite"),
        (
            f'{{"frames": [{{"file_path": "images/1.png", "transform_matrix": [[{"9" * 400}]]}}]}}',
            "holds no numbers",
        ),
        (f'{{"frames": [{{"file_path": "{"a" * 5000}", "transform_matrix": []}}]}}', "none of which is there"),
        ('{"frames": [{"file_path": "gone.png", "transform_matrix": []}]}', "lists 1 pictures, none of which is there"),
    ],
)
def test_a_damaged_list_of_photos_is_named(tmp_path: Path, trees: ModuleType, content: str, message: str):
    put_photos(tmp_path, trees)
    (tmp_path / "transforms.json").write_text(content)
    with pytest.raises(SampleError, match=message):
        scenes_of(tmp_path)


@pytest.mark.parametrize(
    "more, message",
    [
        ({"fl_x": None}, "camera_angle_x is None, not a number"),
        ({"fl_x": None, "camera_angle_x": 60.0}, "camera_angle_x=60 is no angle of view in radians"),
        ({"fl_x": "20f"}, "fl_x is 20f, not a number"),
        ({"fl_x": 10**400}, "fl_x is 10+, not a number"),
        ({"fl_x": math.nan}, "fl_x is nan, not a number"),
        ({"fl_x": -20.0}, "a focal length of -20, 21 px cannot be right"),
        ({"w": 20.0}, r"transforms\.json describes 20x6 images but .*1\.png is 10x6"),
    ],
)
def test_impossible_intrinsics_of_photos_are_named(
    tmp_path: Path, trees: ModuleType, more: dict[str, object], message: str
):
    put_photos(tmp_path, trees, **more)
    with pytest.raises(SampleError, match=message):
        load_sample(scenes_of(tmp_path)[1][0])


def test_a_list_that_changes_under_us_is_named(tmp_path: Path, trees: ModuleType):
    content = put_photos(tmp_path, trees)
    scene = scenes_of(tmp_path)[1][0]
    content["frames"] = content["frames"][:1]
    trees.put_text(tmp_path / "transforms.json", json.dumps(content))
    with pytest.raises(SampleError, match=r"does not list images/1\.png any more; open the folder again"):
        load_sample(scene)


@pytest.mark.realdata
def test_the_real_photos(realdata: Path):
    layout, scenes = scenes_of(realdata / "mono_fox")
    assert layout.name == "photos"
    assert [scene.key for scene in scenes] == [f"images/{number:04d}" for number in (1, 2, 3, 4, 6)]
    assert {scene.rectified for scene in scenes} == {False}
    sample = load_sample(scenes[0], neighbours=(1,), with_poses=True)
    assert sample.size == (1920, 1080)
    assert sample.camera.focal_x.item() == pytest.approx(1375.52)
    # Hand-held stills of one statue: neighbours look almost the same way.
    turned = math.acos((torch.trace(sample.poses[1][0, :3, :3]).item() - 1) / 2)
    assert turned < math.radians(10)
