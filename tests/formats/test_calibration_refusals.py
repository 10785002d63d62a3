"""Calibrations that cannot be right: one error that names the file and says what to do."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from rigs import LEFT, RIG, RIGHT
from wilddepth.errors import SampleError
from wilddepth.formats.calibration import colmap, euroc, kalibr, kitti, matrix_text, opencv, ros, transforms
from wilddepth.formats.calibration.camera_model import CameraModel, checked_camera, simplest_lens
from wilddepth.formats.calibration.detect import detect, read_calibration, read_camera, read_rig
from wilddepth.formats.calibration.rig import StereoRig, checked_rig
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.trajectory import read_clock_times, read_poses

FOUR = StereoRig(RIGHT, RIGHT, RIG.rotation, RIG.translation)
PAIR = StereoCalibration(500.0, 501.0, 320.0, 240.0, 320.0, 240.0, 0.12, 752, 480)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

Write = Callable[[Path], None]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"focal_x": 0.0046}, "a focal length of 0.0046 px cannot be right; give it in pixels"),
        ({"focal_y": -460.0}, "a focal length of -460 px"),
        ({"focal_x": float("nan")}, "is not finite"),
        ({"coefficients": (float("inf"), 0.0, 0.0, 0.0, 0.0)}, "is not finite"),
        ({"centre_x": 1836.0}, r"the principal point \(1836, 248\.4\) is far outside pictures of 752x480; was the"),
        ({"centre_y": -300.0}, "far outside"),
        ({"width": 0}, "the image size is 0x480"),
    ],
)
def test_a_camera_that_cannot_be(wrong: dict[str, object], message: str):
    assert checked_camera(LEFT, "cam.yaml") is LEFT
    with pytest.raises(SampleError, match=rf"cam\.yaml: .*{message}"):
        checked_camera(replace(LEFT, **wrong), "cam.yaml")


def test_a_number_of_coefficients_that_a_lens_does_not_have_is_a_misuse():
    with pytest.raises(ValueError, match=r"radtan has \(5,\) coefficients, not 3"):
        CameraModel(500, 500, 320, 240, 640, 480, "radtan", (1.0, 2.0, 3.0))


def turned(*degrees: float) -> tuple[float, ...]:
    return tuple(Rotation.from_euler("xyz", degrees, degrees=True).as_matrix().ravel().tolist())


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"translation": (0.0, 0.0, 0.0)}, "the baseline is zero, so the file describes one camera twice"),
        ({"translation": (0.11, 0.0, 0.0)}, r"the baseline is negative \(-0\.11 m\): left and right are swapped"),
        ({"translation": (-110.0, 0.4, 0.8)}, r"a baseline of 110\.004 m cannot be right; check its unit"),
        ({"translation": (0.0, -0.11, 0.0)}, "the right camera is above or below the left one"),
        ({"translation": (0.0, 0.0, -0.11)}, "the right camera is in front of or behind the left one"),
        ({"translation": (float("nan"), 0.0, 0.0)}, "the translation between the views is not finite"),
        ({"rotation": (*IDENTITY[:8], 0.9)}, r"the rotation is not orthonormal \(off by 0\.19\)"),
        ({"rotation": (*IDENTITY[:8], float("nan"))}, r"the rotation is not orthonormal \(off by nan\)"),
        ({"rotation": (*IDENTITY[:8], -1.0)}, "the rotation mirrors"),
        ({"rotation": turned(0, 90, 0)}, "the views are turned 90 degrees against each other"),
        ({"right": replace(RIGHT, width=640)}, r"the views have different sizes \(752x480 and 640x480\)"),
        ({"right": replace(RIGHT, focal_x=0.5)}, "a focal length of 0.5 px"),
    ],
)
def test_a_rig_that_cannot_be(wrong: dict[str, object], message: str):
    assert checked_rig(RIG, "rig.yaml") is RIG
    with pytest.raises(SampleError, match=rf"rig\.yaml: .*{message}"):
        checked_rig(replace(RIG, **wrong), "rig.yaml")


def test_views_that_look_inwards_are_still_side_by_side():
    """Turned in by 20 degrees each: T is not along x in either view, and the pair is a good one."""
    rotation = Rotation.from_euler("y", -40, degrees=True)
    place = Rotation.from_euler("y", -20, degrees=True).apply([0.2, 0.0, 0.0])
    translation = tuple((-rotation.apply(place)).tolist())
    rig = StereoRig(LEFT, RIGHT, tuple(rotation.as_matrix().ravel().tolist()), translation)
    assert checked_rig(rig, "rig.yaml") is rig


WRITERS: dict[str, Write] = {
    "opencv": lambda path: opencv.write_rig(path, RIG),
    "kalibr": lambda path: kalibr.write_rig(path, FOUR),
    "ros": lambda path: ros.write_infos(path, *ros.infos_of(RIG, (IDENTITY, IDENTITY), PAIR)),
    "euroc": lambda path: euroc.write_rig(path, path.with_name("other.yaml"), FOUR),
    "kitti": lambda path: kitti.write_day(path, RIG, PAIR),
    "matrix": lambda path: matrix_text.write_rectified(path, PAIR),
    "colmap": lambda path: colmap.write_cameras(path, {1: LEFT}),
    "transforms": lambda path: transforms.write(path, LEFT),
}
READERS = (detect, read_calibration, read_camera, read_rig)


@pytest.mark.parametrize("kind", WRITERS)
def test_whatever_is_cut_off_or_changed_is_read_or_refused_in_words(kind: str, tmp_path: Path):
    """No mutation gives another error; a cut in the middle of the numbers is noticed by at least one reader."""
    path, rng = tmp_path / "calib", np.random.default_rng(1)
    WRITERS[kind](path)
    whole = path.read_bytes()
    assert detect(path) == kind
    for _ in range(60):
        data = bytearray(whole)
        match int(rng.integers(3)):
            case 0:
                data = data[: rng.integers(len(data))]
            case 1:
                data[rng.integers(len(data))] = rng.integers(256)
            case 2:
                place = rng.integers(len(data))
                data[place:place] = rng.choice([b"-", b"e9", b"e-9", b"nan", b":", b"[", b"0", b"\n", b"*a", b"{"])
        path.write_bytes(bytes(data))
        for read in READERS:
            try:
                read(path)
            except SampleError as error:
                # A COLMAP model is two files, and the other one is not there.
                assert str(path) in str(error) or "images.txt does not exist" in str(error)  # noqa: PT017


def test_files_of_no_use_are_refused(tmp_path: Path):
    path = tmp_path / "calib.yaml"
    path.write_text("a: 1\n")
    with pytest.raises(SampleError, match="is of no calibration format known"):
        detect(path)
    path.write_text("%YAML:1.0\n- 1\n- 2\n")
    with pytest.raises(SampleError, match="holds no 'key: value' lines"):
        detect(path)
    path.write_text("%YAML:1.0\n" + "a: 1 # long\n" * 40000)
    with pytest.raises(SampleError, match=r"has \d+ characters, too many for a calibration"):
        detect(path)
    path.write_text("%YAML:1.0\na: &x [1]\nb: *x\n")
    with pytest.raises(SampleError, match=r"aliases \(\*name\) are not allowed"):
        detect(path)
    path.write_text("%YAML:1.0\na: 1\na: 2\n")
    with pytest.raises(SampleError, match="key a is given twice"):
        detect(path)
    path.write_text("%YAML:1.0\n" + "[" * 5000)
    with pytest.raises(SampleError, match="is not YAML"):
        detect(path)


def test_tags_build_nothing(tmp_path: Path):
    path = tmp_path / "calib.yaml"
    opencv.write_rig(path, RIG)
    path.write_text(path.read_text() + "extra: !!python/object/apply:os.system [exit 1]\n")
    assert read_rig(path) == RIG


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    "kind, old, new, message",
    [
        ("opencv", "K2:", "K3:", "has no entry"),
        ("opencv", "data: [460.5,", "data: [", "K1 holds 8 numbers instead of 9"),
        ("opencv", "0.07,", "0.07, 1.0,", "6 distortion coefficients; give 0, 4, 5, 8, 12 or 14"),
        ("opencv", "[460.5, 0.0,", "[460.5, 9.0,", r"is not \[f 0 cx; 0 f cy; 0 0 1\]"),
        ("opencv", "R: !!", "r: !!", "has no entry 'R'"),
        ("opencv", "image_width: 752", "image_width: 7.5", r"image_width=7\.5 is impossible"),
        ("opencv", "data: [-0.11,", "data: [x,", "T holds 'x', which is not a number"),
        ("kalibr", "model: pinhole", "model: omni", "the camera model 'omni' is not understood"),
        ("kalibr", "model: radtan", "model: fov", "the distortion model 'fov' is not understood"),
        ("kalibr", "T_cn_cnm1", "T_cam_imu", "has no entry 'T_cn_cnm1'"),
        ("kalibr", "cam1:", "cam2:", "has no entry 'cam1'"),
        ("kalibr", "[752, 480]", "[752]", "resolution holds 1 numbers instead of 2"),
        ("ros", "plumb_bob", "thin", "the distortion model 'thin' is not understood"),
        ("ros", "-60.0", "0.0", "the baseline is zero"),
        ("kitti", "R_03", "R_04", "has no entry 'R_03'"),
        ("kitti", "S_02: 752.0 480.0", "S_02: 752 -480", "image height=-480 is impossible"),
    ],
)
def test_every_format_says_what_is_missing_or_wrong(tmp_path: Path, kind: str, old: str, new: str, message: str):
    path = tmp_path / "calib"
    WRITERS[kind](path)
    replaced(path, old, new)
    with pytest.raises(SampleError, match=rf"calib.*{message}"):
        read_rig(path)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"fl_x": "long"}, "fl_x holds 'long', which is not a number"),
        ({"w": None}, "w is not a number"),
        ({"fl_x": None, "camera_angle_x": 7}, "fl_x is not a number"),
        ({"k4": 0.1}, "k4 is stated for a lens that is no fisheye"),
        ({"camera_model": "EQUIRECTANGULAR"}, "the camera_model 'EQUIRECTANGULAR' is not understood"),
        ({"frames": [{"file_path": "a.jpg"}]}, "transform_matrix of a.jpg is not 4 x 4"),
        ({"frames": [{}]}, "a picture has no file_path"),
        ({"frames": 3}, "frames is not a list of pictures"),
    ],
)
def test_transforms_that_cannot_be_used(tmp_path: Path, change: dict[str, object], message: str):
    path = tmp_path / "transforms.json"
    path.write_text(json.dumps({"fl_x": 500, "w": 640, "h": 480, "frames": [], **change}))
    with pytest.raises(SampleError, match=message):
        (read_camera(path), transforms.read_views(path))


def test_a_field_of_view_in_degrees_is_refused(tmp_path: Path):
    path = tmp_path / "transforms.json"
    path.write_text(json.dumps({"camera_angle_x": 60, "w": 640, "h": 480}))
    with pytest.raises(SampleError, match="camera_angle_x=60 is no field of view in radians"):
        read_camera(path)


@pytest.mark.parametrize(
    "cameras, images, message",
    [
        ("1 PINHOLE 640 480 500 500 320", "", "PINHOLE holds 3 numbers instead of 4"),
        ("1 FOV 640 480 500 500 320 240 1", "", "is no line ID MODEL WIDTH HEIGHT"),
        ("# nothing", "", "holds no camera"),
        ("1 PINHOLE 640 480 500 500 320 240", "1 1 0 0 0 0 0 0 1 a.png\n\n", "holds 1 pictures; leave the left and"),
        ("1 PINHOLE 640 480 500 500 320 240", "1 1 0 0 0 0 0 1 a.png\n\n", "is no line ID QW QX"),
        (
            "1 PINHOLE 640 480 500 500 320 240",
            "1 1 0 0 0 0 0 0 1 a.png\n\n2 1 1 0 0 -1 0 0 1 b.png\n\n",
            r"a quaternion has length 1\.41421 instead of 1",
        ),
        (
            "1 PINHOLE 640 480 500 500 320 240",
            "1 1 0 0 0 0 0 0 1 a.png\n\n2 1 0 0 0 -1 0 0 2 b.png\n\n",
            "has no camera 2, which took b.png",
        ),
    ],
)
def test_colmap_models_that_cannot_be_used(tmp_path: Path, cameras: str, images: str, message: str):
    (tmp_path / "cameras.txt").write_text(cameras)
    (tmp_path / "images.txt").write_text(images or "# none\n")
    with pytest.raises(SampleError, match=message):
        colmap.read_rig(tmp_path)


def test_a_rig_needs_both_cameras_and_one_kind_of_file(tmp_path: Path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    WRITERS["euroc"](one)
    WRITERS["kalibr"](two)
    with pytest.raises(SampleError, match=r"one\.yaml describes one camera; a rig needs both"):
        read_rig(one)
    with pytest.raises(SampleError, match=r"one\.yaml is a euroc file and .*two\.yaml a kalibr file"):
        read_rig(one, two)
    with pytest.raises(SampleError, match="a rig is one or two calibration files, not 3"):
        read_rig(one, one, two)
    with pytest.raises(SampleError, match="the baseline is zero"):
        read_rig(one, one)
    kitti.write_short(one, PAIR)
    with pytest.raises(SampleError, match=r"one\.yaml describes rectified pictures only"):
        read_rig(one)
    one.write_text("cam0=[500 0 320; 0 500 240; 0 0 1]\ncam1=[500 0 320; 0 500 240; 0 0 1]\nbaseline=100\n")
    with pytest.raises(SampleError, match="a middlebury file, which describes a pair that is rectified already"):
        read_rig(one)
    with pytest.raises(SampleError, match="a middlebury file, which describes a rectified pair; give a file of one"):
        read_camera(one)
    matrix_text.write_camera(one, replace(LEFT, lens="pinhole", coefficients=()))
    with pytest.raises(SampleError, match="states no baseline; add it in m on a line below the matrix"):
        read_calibration(one)


def test_a_format_that_cannot_hold_a_camera_says_so(tmp_path: Path):
    path = tmp_path / "calib"
    unsized, fisheye = (
        replace(LEFT, width=None, height=None),
        replace(LEFT, lens="equidistant", coefficients=(0.0,) * 4),
    )
    rational = replace(LEFT, lens="rational", coefficients=(1.0,) * 14)
    refused: list[tuple[Callable[[], None], str]] = [
        (lambda: kalibr.write_rig(path, RIG), "four distortion coefficients"),
        (lambda: kalibr.write_rig(path, replace(FOUR, left=unsized)), "states the size"),
        (lambda: euroc.write_rig(path, path, replace(FOUR, left=replace(RIGHT, width=None))), "states the size"),
        (lambda: opencv.write_rig(path, replace(RIG, left=fisheye)), "no pair of a fisheye and another lens"),
        (lambda: kitti.write_day(path, replace(RIG, left=fisheye), PAIR), "five distortion coefficients"),
        (lambda: kitti.write_day(path, RIG, replace(PAIR, width=None)), "states the size"),
        (lambda: matrix_text.write_camera(path, LEFT), "holds no distortion"),
        (lambda: matrix_text.write_rectified(path, replace(PAIR, right_centre_x=0.0)), "one matrix for both views"),
        (lambda: colmap.write_cameras(path, {1: unsized}), "states the size"),
        (lambda: colmap.write_cameras(path, {1: rational}), "no thin prism"),
        (lambda: transforms.write(path, unsized), "states the size"),
        (lambda: transforms.write(path, rational), "no rational lens"),
        (lambda: ros.write_infos(path), "no camera to write"),
    ]
    for write, message in refused:
        with pytest.raises(ValueError, match=message):
            write()
    assert not path.exists()


@settings(max_examples=60, deadline=None)
@given(text=st.one_of(st.text(max_size=80), st.text(alphabet="K1:{}[],-e9.\n !&*%P0=", max_size=80)))
def test_any_text_is_read_or_refused_in_words(text: str, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "any-calib"
    path.write_text(text)
    for read in READERS:
        try:
            read(path)
        except SampleError as error:
            assert str(path) in str(error)  # noqa: PT017 - every other error fails the test


def written(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def test_what_single_readers_refuse(tmp_path: Path):
    """Readers that were chosen by name, for files that `detect` would have given to another one."""
    path = tmp_path / "calib"
    WRITERS["euroc"](path)
    sensor = path.read_text()
    refused: list[tuple[Callable[[Path], object], str, str]] = [
        (
            euroc.read_camera,
            sensor.replace("model: pinhole", "model: omni"),
            "the camera model 'omni' is not understood",
        ),
        (euroc.read_camera, sensor.replace("s: [457.6", "s: [[457.6, []]"), "is not YAML|is not a list of numbers"),
        (
            euroc.read_camera,
            sensor.replace("-0.285, 0.075,", ""),
            "radtan has 5 coefficients, not 2; the file may be cut",
        ),
        (matrix_text.read_camera, "1 2 3", "holds 3 numbers; K.txt has 9"),
        (kalibr.read_rig, "cam0: 3\n", "cam0 holds no 'key: value' lines"),
        (kalibr.read_rig, "cam0:\n  camera_model: [a]\ncam1:\n  T_cn_cnm1: [x]\n", "T_cn_cnm1 holds 1 numbers"),
        (kalibr.read_camera, "cam0:\n  camera_model: [a]\n", "camera_model is not a single value"),
        (kalibr.read_rig, "a: 1\n---\na: 2\n", "holds 2 documents; one was expected"),
        (opencv.read_rig, "K1: {data: {a: b}}\n", "K1 is not a list of numbers"),
        (transforms.read_camera, "[1]", "holds no entries"),
        (transforms.read_camera, "{", "is not JSON"),
        (transforms.read_camera, '{"fl_x": 500}', r"has no entry 'w' \(it has fl_x\); add it"),
    ]
    for read, content, message in refused:
        with pytest.raises(SampleError, match=message):
            read(written(path, content))


def test_ros_files_of_too_many_or_too_few_cameras(tmp_path: Path):
    WRITERS["ros"](tmp_path / "two.yaml")
    one = ros.read_infos(tmp_path / "two.yaml")[0]
    ros.write_infos(tmp_path / "one.yaml", one)
    with pytest.raises(SampleError, match="holds 2 cameras; one was expected"):
        ros.read_camera(tmp_path / "two.yaml")
    assert ros.read_camera(tmp_path / "one.yaml") == LEFT
    with pytest.raises(SampleError, match="a pair has two cameras, not 1; give the files of both"):
        read_rig(tmp_path / "one.yaml")
    with pytest.raises(ValueError, match="states the size"):
        ros.write_infos(tmp_path / "c.yaml", replace(one, camera=replace(LEFT, width=None)))


def test_an_uncalibrated_size_of_ros_is_no_size_and_any_picture_fits(tmp_path: Path):
    WRITERS["ros"](tmp_path / "c.yaml")
    text = (tmp_path / "c.yaml").read_text().replace("752", "0").replace("image_height: 480", "image_height: 0")
    rig = read_rig(written(tmp_path / "c.yaml", text))
    assert rig.left.size is None
    assert rig.for_size(752, 480, "c.yaml").left == LEFT
    with pytest.raises(SampleError, match="far outside pictures of 100x100"):
        rig.for_size(100, 100, "c.yaml")


def test_a_rational_lens_or_a_fisheye_is_never_taken_for_rectified(tmp_path: Path):
    level = StereoRig(LEFT, LEFT, IDENTITY, (-0.1, 0.0, 0.0))
    for lens, coefficients in (("rational", (0.0,) * 5 + (1e-9, 0.0, 0.0)), ("equidistant", (0.0,) * 4)):
        camera = replace(LEFT, lens=lens, coefficients=coefficients)
        opencv.write_rig(tmp_path / "c.yaml", replace(level, left=camera, right=camera))
        with pytest.raises(SampleError, match="up to inf px apart, so the pair is not rectified"):
            read_calibration(tmp_path / "c.yaml")


def test_misuses_are_value_errors(tmp_path: Path):
    view = transforms.PosedView("a.jpg", RIGHT, (0.0,) * 16)
    with pytest.raises(ValueError, match="written with one camera"):
        transforms.write(tmp_path / "t.json", LEFT, [view])
    with pytest.raises(ValueError, match="radtan has 5 coefficients, not 3"):
        simplest_lens("radtan", (1.0, 2.0, 3.0))


def test_a_picture_that_colmap_does_not_list_is_named(tmp_path: Path):
    WRITERS["colmap"](tmp_path / "cameras.txt")
    colmap.write_images(tmp_path / "images.txt", [])
    with pytest.raises(SampleError, match=r"images\.txt has no picture 'l\.png'"):
        colmap.read_rig(tmp_path, names=("l.png", "r.png"))


@pytest.mark.parametrize(
    "reader, text",
    [
        (read_poses, "1.0" + "[" * 3000 + " 0" * 11),
        (read_clock_times, "2011-09-26 " + "x" * 3000),
        (euroc.read_camera, "sensor_type: camera\ncamera_model: " + "x" * 3000 + "\nintrinsics: [1, 2, 3, 4]\n"),
        (detect, "{" + '"a' * 3000),
    ],
)
def test_whatever_the_file_holds_the_error_is_one_short_line(reader, text: str, tmp_path: Path):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(SampleError) as caught:
        reader(path)
    assert len(str(caught.value)) < 700
    assert "\n" not in str(caught.value)
