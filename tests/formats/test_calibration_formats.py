"""Calibration files as other programs write and read them; OpenCV, PyYAML and json are the outside readers."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from scipy.spatial.transform import Rotation

from rigs import LEFT, RIG, RIGHT
from wilddepth.formats.calibration import colmap, euroc, kalibr, kitti, matrix_text, middlebury, opencv, ros, transforms
from wilddepth.formats.calibration.camera_model import CameraModel, simplest_lens
from wilddepth.formats.calibration.detect import detect, read_calibration, read_camera, read_rig
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.calibration.stereo import StereoCalibration

Write = Callable[[str, str], Path]

PAIR = StereoCalibration(500.0, 501.0, 320.0, 240.0, 330.5, 240.0, 0.12, 752, 480)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(text: str, name: str = "calib.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def filed(path: Path, **entries: object) -> Path:
    """A file that OpenCV wrote."""
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for key, value in entries.items():
        storage.write(key, value)
    storage.release()
    return path


@pytest.mark.parametrize("matrix, distortion", [("M{}", "D{}"), ("K{}", "D{}"), ("cameraMatrix{}", "distCoeffs{}")])
def test_a_rig_that_opencv_stored_is_read_to_the_last_digit(tmp_path: Path, matrix: str, distortion: str):
    entries = {"imageSize": np.array([752, 480]), "R": RIG.rotation_matrix, "T": RIG.translation_vector.reshape(3, 1)}
    for side, camera in ((1, LEFT), (2, RIGHT)):
        entries |= {matrix.format(side): camera.matrix, distortion.format(side): np.array([camera.coefficients])}
    assert read_rig(filed(tmp_path / "stereo.yml", **entries)) == RIG


def test_yaml_of_opencv_without_its_marks_is_not_taken_for_kitti(file: Write):
    pose = "R: [1, 0, 0, 0, 1, 0, 0, 0, 1]\nT: [-1.2e-1, 0, 0]\n"
    views = "".join(
        f"K{side}: [[500, 0, 320], [0, 500, 240], [0, 0, 1]]\nD{side}: []\n"
        f"P{side}: [450, 0, 320, {shift}, 0, 450, 240, 0, 0, 0, 1, 0]\n"
        for side, shift in ((1, 0), (2, -54))
    )
    path = file(views + pose)
    assert (detect(path), read_rig(path).translation) == ("opencv", (-0.12, 0.0, 0.0))
    assert read_calibration(path).baseline_m == 0.12


def test_a_camera_that_opencv_stored_is_read(tmp_path: Path):
    path = filed(
        tmp_path / "camera.yml",
        image_width=752,
        image_height=480,
        camera_matrix=LEFT.matrix,
        distortion_coefficients=np.array(LEFT.coefficients),
    )
    assert (detect(path), read_camera(path)) == ("opencv", LEFT)


def test_opencv_reads_what_is_written(tmp_path: Path):
    opencv.write_rig(tmp_path / "stereo.yaml", RIG)
    storage = cv2.FileStorage(str(tmp_path / "stereo.yaml"), cv2.FILE_STORAGE_READ)
    for key, wanted in (("K1", LEFT.matrix), ("K2", RIGHT.matrix), ("R", RIG.rotation_matrix)):
        np.testing.assert_array_equal(storage.getNode(key).mat(), wanted)
    np.testing.assert_array_equal(storage.getNode("T").mat().ravel(), RIG.translation)
    np.testing.assert_array_equal(storage.getNode("D1").mat().ravel(), LEFT.coefficients)
    assert storage.getNode("image_width").real() == 752


def test_millimetres_are_said_to_be_millimetres(tmp_path: Path):
    entries = {"K1": LEFT.matrix, "K2": RIGHT.matrix, "R": RIG.rotation_matrix, "T": 1000 * RIG.translation_vector}
    path = filed(tmp_path / "mm.yml", **entries)
    assert read_rig(path, unit_m=0.001).baseline_m == pytest.approx(RIG.baseline_m, rel=1e-15)


def test_the_rectified_pair_of_stereo_rectify_is_read_from_p1_and_p2(tmp_path: Path):
    views = [cv2.stereoRectify(LEFT.matrix, None, RIGHT.matrix, None, (752, 480), RIG.rotation_matrix, (-0.11, 0, 0))]
    *_, first, second, _, _, _ = views[0]
    path = filed(tmp_path / "extrinsics.yml", K1=LEFT.matrix, K2=RIGHT.matrix, P1=first, P2=second)
    found = read_calibration(path)
    assert (found.focal_x, found.centre_x, found.right_centre_x) == (first[0, 0], first[0, 2], second[0, 2])
    assert found.baseline_m == pytest.approx(0.11)


def test_a_rig_whose_rows_match_is_a_rectified_pair_and_another_is_not(tmp_path: Path):
    left, right = CameraModel(500, 500, 320, 240, 640, 480), CameraModel(500, 500, 352, 240, 640, 480)
    opencv.write_rig(tmp_path / "good.yaml", StereoRig(left, right, IDENTITY, (-0.12, 0.0, 0.0)))
    found = read_calibration(tmp_path / "good.yaml")
    assert found == StereoCalibration(500, 500, 320, 240, 352, 240, 0.12, 640, 480)
    turned = tuple(Rotation.from_rotvec([0.01, 0, 0]).as_matrix().ravel().tolist())
    opencv.write_rig(tmp_path / "bad.yaml", StereoRig(left, right, turned, (-0.12, 0.0, 0.0)))
    with pytest.raises(Exception, match=r"rows of these views are up to \d+\.\d* px apart.*wilddepth rectify SOURCE"):
        read_calibration(tmp_path / "bad.yaml")
    bent = CameraModel(500, 500, 320, 240, 640, 480, "radtan", (0.02, 0.0, 0.0, 0.0, 0.0))
    opencv.write_rig(tmp_path / "bent.yaml", StereoRig(bent, right, IDENTITY, (-0.12, 0.0, 0.0)))
    with pytest.raises(Exception, match="not rectified"):
        read_calibration(tmp_path / "bent.yaml")


ROS_YAML = """image_width: 640
image_height: 480
camera_name: narrow_stereo/{side}
camera_matrix:
  rows: 3
  cols: 3
  data: [500, 0, 320, 0, 501, 240, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.3, 1e-1, 0, 0, 0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1, 0, 0, 0, 1, 0, 0, 0, 1]
projection_matrix:
  rows: 3
  cols: 4
  data: [450, 0, 321, {shift}, 0, 450, 241, 0, 0, 0, 1, 0]
"""

ROS_MESSAGE = """header:
  frame_id: left
height: 480
width: 640
distortion_model: {model}
{d}: {coefficients}
{k}: [500.0, 0.0, 320.0, 0.0, 501.0, 240.0, 0.0, 0.0, 1.0]
{r}: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
{p}: [450.0, 0.0, 321.0, 0.0, 0.0, 450.0, 241.0, 0.0, 0.0, 0.0, 1.0, 0.0]
"""


def test_ros_files_of_both_cameras_give_the_rig_and_the_rectified_pair(file: Write):
    paths = [
        file(ROS_YAML.format(side=side, shift=shift), f"{side}.yaml") for side, shift in (("left", 0), ("right", -54))
    ]
    rig = read_rig(*paths)
    assert rig.left == CameraModel(500, 501, 320, 240, 640, 480, "radtan", (-0.3, 0.1, 0.0, 0.0, 0.0))
    assert (rig.rotation, rig.translation) == (IDENTITY, (-0.12, 0.0, 0.0))
    assert ros.read_rectified(*paths) == StereoCalibration(450, 450, 321, 241, 321, 241, 0.12, 640, 480)


def test_one_file_holds_both_ros_cameras_under_left_and_right(file: Write):
    sides = {
        side: yaml.safe_load(ROS_YAML.format(side=side, shift=shift)) for side, shift in (("left", 0), ("right", -54))
    }
    assert read_rig(file(yaml.safe_dump(sides))).baseline_m == 0.12


@pytest.mark.parametrize("keys", [("D", "K", "R", "P"), ("d", "k", "r", "p")])
@pytest.mark.parametrize(
    "model, coefficients, lens",
    [
        ("plumb_bob", [], ("pinhole", ())),
        ("rational_polynomial", [1, 2, 3, 4, 5, 6, 7, 8], ("rational", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0))),
        ("equidistant", [0, 0, 0, 0], ("equidistant", (0.0, 0.0, 0.0, 0.0))),
    ],
)
def test_ros_messages_of_both_versions_and_every_lens(
    file: Write, keys: tuple[str, ...], model: str, coefficients: list[float], lens: tuple[str, tuple[float, ...]]
):
    text = ROS_MESSAGE.format(**dict(zip("dkrp", keys, strict=True)), model=model, coefficients=coefficients)
    camera = read_camera(file(text))
    assert (camera.lens, camera.coefficients) == lens
    assert (camera.focal_y, camera.size) == (501, (640, 480))


def test_the_rig_of_camera_info_is_the_one_that_was_rectified(tmp_path: Path):
    """R1 and R2 of OpenCV, and B, say where the cameras are: R2^T R1 and -R2^T (B 0 0)."""
    turns = cv2.stereoRectify(
        np.eye(3), None, np.eye(3), None, (752, 480), RIG.rotation_matrix, RIG.translation_vector.reshape(3, 1)
    )[:2]
    pair = StereoCalibration(500.0, 501.0, 320.0, 240.0, 320.0, 240.0, RIG.baseline_m, 752, 480)
    ros.write_infos(tmp_path / "c.yaml", *ros.infos_of(RIG, tuple(turn.ravel().tolist() for turn in turns), pair))
    found = read_rig(tmp_path / "c.yaml")
    np.testing.assert_allclose(found.rotation, RIG.rotation, atol=1e-12)
    np.testing.assert_allclose(found.translation, RIG.translation, atol=1e-12)


KALIBR = """cam0:
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [-0.28, 0.07, 0.0002, 2.0e-05]
  distortion_model: radtan
  intrinsics: [458.6, 457.3, 367.2, 248.4]
  resolution: [752, 480]
  rostopic: /cam0/image_raw
cam1:
  T_cn_cnm1:
  - [1.0, 0.0, 0.0, -0.11]
  - [0.0, 1.0, 0.0, 0.0]
  - [0.0, 0.0, 1.0, 0.0]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [0.01, 0.02, 0.03, 0.04]
  distortion_model: equidistant
  intrinsics: [457.6, 456.1, 380.0, 255.2]
  resolution: [752, 480]
"""


def test_a_kalibr_chain_of_two_kinds_of_lens(file: Write):
    rig = read_rig(file(KALIBR))
    assert (rig.left.lens, rig.left.coefficients) == ("radtan", (-0.28, 0.07, 0.0002, 0.00002, 0.0))
    assert (rig.right.lens, rig.right.coefficients) == ("equidistant", (0.01, 0.02, 0.03, 0.04))
    assert (rig.translation, rig.right.centre_y, rig.left.size) == ((-0.11, 0.0, 0.0), 255.2, (752, 480))


def test_other_yaml_readers_read_what_is_written(tmp_path: Path):
    """PyYAML takes 1e-05 for a word, so numbers are written with a point."""
    rig = StereoRig(LEFT, RIGHT, RIG.rotation, (-0.11, 1e-05, -2e-07))
    four = StereoRig(RIGHT, RIGHT, rig.rotation, rig.translation)
    kalibr.write_rig(tmp_path / "k.yaml", four)
    chain = yaml.safe_load((tmp_path / "k.yaml").read_text())
    np.testing.assert_array_equal(np.array(chain["cam1"]["T_cn_cnm1"])[:3, 3], rig.translation)
    assert chain["cam0"]["distortion_coeffs"] == list(RIGHT.coefficients[:4])
    ros.write_infos(tmp_path / "r.yaml", *ros.infos_of(rig, (IDENTITY, IDENTITY), PAIR))
    left, right = yaml.safe_load_all((tmp_path / "r.yaml").read_text())
    assert left["distortion_coefficients"]["data"] == list(LEFT.coefficients)
    assert right["projection_matrix"]["data"][3] == pytest.approx(-500 * 0.12, rel=1e-15)
    euroc.write_rig(tmp_path / "0.yaml", tmp_path / "1.yaml", four)
    sensor = yaml.safe_load((tmp_path / "0.yaml").read_text().removeprefix("%YAML:1.0\n"))
    assert sensor["T_BS"]["data"][3:12:4] == list(rig.translation)


def test_euroc_places_on_the_body_give_the_motion_between_the_cameras(file: Write, tmp_path: Path):
    """Sensors 10 cm apart along y of a body that is turned: the right camera is at +x of the left one."""
    euroc.write_rig(tmp_path / "0.yaml", tmp_path / "1.yaml", RIG_OF_FOUR)
    turn = Rotation.from_rotvec([0.3, 0.2, -0.1]).as_matrix()
    for name, place in (("0.yaml", [1.0, 2.0, 3.0]), ("1.yaml", [1.0, 2.0, 3.0] + turn @ [0.1, 0, 0])):
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = turn, place
        lines = (tmp_path / name).read_text().splitlines()
        lines[5] = f"  data: {pose.ravel().tolist()}"
        (tmp_path / name).write_text("\n".join(lines))
    rig = read_rig(tmp_path / "0.yaml", tmp_path / "1.yaml")
    np.testing.assert_allclose(rig.rotation, IDENTITY, atol=1e-12)
    np.testing.assert_allclose(rig.translation, (-0.1, 0, 0), atol=1e-12)


RIG_OF_FOUR = StereoRig(RIGHT, RIGHT, RIG.rotation, RIG.translation)


def test_kitti_cameras_are_read_relative_to_each_other(file: Write, tmp_path: Path):
    """Cameras 2 and 3 both have places relative to camera 0, which does not enter."""
    kitti.write_day(tmp_path / "day.txt", RIG, PAIR)
    turn, place = Rotation.from_rotvec([0.02, 0.01, 0.0]).as_matrix(), np.array([0.06, 0.001, 0.002])
    lines = (tmp_path / "day.txt").read_text().splitlines()
    moved = {
        "02": (turn, place),
        "03": (RIG.rotation_matrix @ turn, RIG.rotation_matrix @ place + RIG.translation_vector),
    }
    for number, (rotation, translation) in moved.items():
        lines = [line for line in lines if not line.startswith((f"R_{number}", f"T_{number}"))]
        lines += [f"R_{number}: {' '.join(map(repr, map(float, rotation.ravel())))}"]
        lines += [f"T_{number}: {' '.join(map(repr, map(float, translation)))}"]
    rig = read_rig(file("\n".join(lines), "calib_cam_to_cam.txt"))
    np.testing.assert_allclose(rig.rotation, RIG.rotation, atol=1e-12)
    np.testing.assert_allclose(rig.translation, RIG.translation, atol=1e-12)
    assert (rig.left, rig.right) == (LEFT, RIGHT)


COLMAP = """# Camera list with one line of data per camera:
#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]
1 SIMPLE_PINHOLE 640 480 500 320 240
2 RADIAL 640 480 500 320 240 0.1 0.2
3 OPENCV_FISHEYE 640 480 500 501 320 240 0.1 0.2 0.3 0.4
4 FULL_OPENCV 640 480 500 501 320 240 1 2 3 4 5 6 7 8
"""


def test_colmap_models_and_its_pixels_half_a_pixel_from_ours(file: Write):
    cameras = colmap.read_cameras(file(COLMAP, "cameras.txt"))
    assert cameras[1] == CameraModel(500, 500, 319.5, 239.5, 640, 480)
    assert (cameras[2].lens, cameras[2].coefficients) == ("radtan", (0.1, 0.2, 0.0, 0.0, 0.0))
    assert (cameras[3].lens, cameras[3].coefficients, cameras[3].focal_y) == ("equidistant", (0.1, 0.2, 0.3, 0.4), 501)
    assert cameras[4].coefficients == (1, 2, 3, 4, 5, 6, 7, 8)
    assert read_camera(file(COLMAP, "cameras.txt")) == cameras[1]


def test_two_colmap_pictures_of_one_moment_are_a_rig(file: Write, tmp_path: Path):
    file(COLMAP, "cameras.txt")
    world = Rotation.from_rotvec([0.4, 1.0, -0.2])
    left, right = world.as_quat(scalar_first=True), (RIG_TURN * world).as_quat(scalar_first=True)
    place = np.array([3.0, -1.0, 2.0])
    moved = RIG_TURN.apply(place) + np.array([-1.2, 0.0, 0.0])
    file(
        f"# comment\n1 {' '.join(map(str, [*left, *place]))} 1 left 1.png\n0.5 0.5 -1\n"
        f"2 {' '.join(map(str, [*right, *moved]))} 1 right 1.png\n\n",
        "images.txt",
    )
    rig = read_rig(tmp_path, unit_m=0.1)
    np.testing.assert_allclose(rig.rotation_matrix, RIG_TURN.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(rig.translation, (-0.12, 0, 0), atol=1e-12)
    assert [image.name for image in colmap.read_images(tmp_path)] == ["left 1.png", "right 1.png"]
    named = colmap.read_rig(tmp_path / "images.txt", names=("left 1.png", "right 1.png"), unit_m=0.1)
    assert named == rig


RIG_TURN = Rotation.from_rotvec([0.01, -0.02, 0.03])


def test_k_txt_of_three_lines_and_of_one(file: Write):
    three = file("754.67 0.0 489.37\n0.0 754.67 265.16\n0.0 0.0 1.0\n0.063\n", "K.txt")
    assert read_calibration(three) == StereoCalibration(754.67, 754.67, 489.37, 265.16, 489.37, 265.16, 0.063)
    one = file("754.67 0.0 489.37 0.0 754.67 265.16 0.0 0.0 1.0\n0.063", "K1.txt")
    assert read_calibration(one) == read_calibration(three)
    assert (
        np.loadtxt(file("500 0 320\n0 500 240\n0 0 1", "K2.txt")).tolist()
        == matrix_text.read_camera(file("500 0 320\n0 500 240\n0 0 1", "K2.txt")).matrix.tolist()
    )


def test_transforms_take_the_field_of_view_and_the_middle_where_nothing_else_is_said(file: Write):
    angle = 2 * math.atan(0.5)
    camera = read_camera(file(json.dumps({"camera_angle_x": angle, "w": 640, "h": 480, "frames": []}), "t.json"))
    assert camera.focal_x == camera.focal_y == pytest.approx(640)
    assert (camera.centre_x, camera.centre_y, camera.lens) == (319.5, 239.5, "pinhole")


def test_transforms_poses_are_turned_to_y_down_and_pictures_may_have_their_own_camera(file: Write):
    pose = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [0, 0, 0, 1]]
    shared = {"fl_x": 500, "w": 640, "h": 480, "cx": 320.5, "cy": 240.5}
    frames = [
        {"file_path": "a.jpg", "transform_matrix": pose},
        {"file_path": "b.jpg", "transform_matrix": pose, "fl_x": 600},
    ]
    first, second = transforms.read_views(file(json.dumps({**shared, "frames": frames}), "t.json"))
    assert first.pose == (1, -2, -3, 4, 5, -6, -7, 8, 9, -10, -11, 12, 0, 0, 0, 1)
    assert (first.camera.focal_x, second.camera.focal_x, second.file) == (500, 600, "b.jpg")


def test_a_fisheye_of_nerf_programs(file: Write):
    entries = {"camera_model": "OPENCV_FISHEYE", "fl_x": 300, "w": 640, "h": 480, "k1": 0.1, "k4": 0.2}
    camera = read_camera(file(json.dumps(entries), "t.json"))
    assert (camera.lens, camera.coefficients) == ("equidistant", (0.1, 0.0, 0.0, 0.2))


def test_written_transforms_are_json(tmp_path: Path):
    transforms.write(tmp_path / "t.json", LEFT)
    assert json.loads((tmp_path / "t.json").read_text())["cx"] == LEFT.centre_x + 0.5


def test_a_middlebury_file_in_its_own_form(tmp_path: Path):
    middlebury.write(tmp_path / "calib.txt", PAIR, disparities=64)
    assert (tmp_path / "calib.txt").read_text().splitlines() == [
        "cam0=[500.0 0 320.0; 0 501.0 240.0; 0 0 1]",
        "cam1=[500.0 0 330.5; 0 501.0 240.0; 0 0 1]",
        "doffs=10.5",
        "baseline=120",
        "width=752",
        "height=480",
        "ndisp=64",
    ]


@pytest.mark.parametrize(
    "lens, coefficients, simplest",
    [
        ("radtan", (0.1, 0.2, 0.3, 0.4), ("radtan", (0.1, 0.2, 0.3, 0.4, 0.0))),
        ("radtan", (0.0, 0.0, 0.0, 0.0), ("pinhole", ())),
        ("rational", (1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0), ("radtan", (1.0, 0.0, 0.0, 0.0, 2.0))),
        ("rational", (1.0,) * 8 + (0.0,) * 6, ("rational", (1.0,) * 8)),
        ("rational", (1.0,) * 12 + (0.0,) * 2, ("rational", (1.0,) * 12)),
        ("equidistant", (0.0,) * 4, ("equidistant", (0.0,) * 4)),
    ],
)
def test_equal_lenses_are_equal_values(
    lens: str, coefficients: tuple[float, ...], simplest: tuple[str, tuple[float, ...]]
):
    assert simplest_lens(lens, coefficients) == simplest


def test_a_rig_shrinks_with_its_pictures_and_fits_no_others():
    half = RIG.for_size(376, 240, "c.yaml")
    assert (half.left.focal_x, half.left.centre_x) == (230.25, (367.2 + 0.5) / 2 - 0.5)
    assert (half.left.coefficients, half.translation) == (LEFT.coefficients, RIG.translation)
    with pytest.raises(Exception, match=r"c\.yaml describes 752x480 images but these are 640x480"):
        RIG.for_size(640, 480, "c.yaml")
