"""What is written is read again as the same floats, for every format and any camera that it can hold."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from rigs import LEFT, Makes, cameras, rectified, rigs
from wilddepth.formats.calibration import (
    colmap,
    euroc,
    kalibr,
    kitti,
    matrix_text,
    middlebury,
    opencv,
    ros,
    transforms,
)
from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.colmap import PosedImage
from wilddepth.formats.calibration.detect import detect, read_calibration, read_camera, read_rig
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.formats.calibration.transforms import PosedView

T = TypeVar("T")
STANDARD = ("pinhole", "radtan", "rational")
BROWN = ("pinhole", "radtan")
FOUR = ("pinhole", "radtan", "equidistant")
ANY = (*STANDARD, "equidistant")

many = settings(max_examples=20, deadline=None)


def stored(write: Callable[[Path], None], read: Callable[[Path], T]) -> T:
    """What is read from a folder that was written to."""
    with TemporaryDirectory() as folder:
        write(Path(folder))
        return read(Path(folder))


@many
@given(make=st.one_of(rigs(STANDARD), rigs(("equidistant",))))
def test_opencv_rig(make: Makes[StereoRig]):
    rig = make()
    kind, found = stored(
        lambda folder: opencv.write_rig(folder / "c.yaml", rig),
        lambda folder: (detect(folder / "c.yaml"), read_rig(folder / "c.yaml")),
    )
    assert (kind, found) == ("opencv", rig)


@many
@given(make=cameras(ANY))
def test_opencv_camera(make: Makes[CameraModel]):
    camera = make()
    found = stored(
        lambda folder: opencv.write_camera(folder / "c.yaml", camera), lambda folder: read_camera(folder / "c.yaml")
    )
    assert found == camera


@settings(max_examples=12, deadline=None)
@given(make_rig=rigs(ANY), make_pair=rectified())
def test_ros_camera_info(make_rig: Makes[StereoRig], make_pair: Makes[StereoCalibration]):
    """In two files or in one; P gives the rectified pair, R and B give the rig but for rounding."""
    rig, pair = make_rig(), make_pair()
    left_turn, right_turn = rig.rotation, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    width, height, focal = rig.left.width or 0, rig.left.height or 0, rig.left.focal_x
    columns = {"centre_x": pair.centre_x % width, "right_centre_x": pair.right_centre_x % width}
    rows = {"centre_y": pair.centre_y % height, "right_centre_y": pair.centre_y % height}
    pair = replace(pair, focal_x=focal, focal_y=rig.left.focal_y, width=width, height=height, **columns, **rows)
    infos = ros.infos_of(rig, (left_turn, right_turn), pair)

    def write(folder: Path) -> None:
        ros.write_infos(folder / "both.yaml", *infos)
        for name, info in zip("lr", infos, strict=True):
            ros.write_infos(folder / f"{name}.yaml", info)

    def read(folder: Path) -> tuple[object, ...]:
        two = (folder / "l.yaml", folder / "r.yaml")
        one = folder / "both.yaml"
        return detect(one), ros.read_infos(*two), ros.read_infos(one), read_calibration(one), ros.read_rectified(*two)

    kind, two, one, found, again = stored(write, read)
    assert kind == "ros"
    assert tuple(two) == tuple(one) == infos
    assert found == again == pair


@many
@given(make=rigs(FOUR, four=True))
def test_kalibr_chain(make: Makes[StereoRig]):
    rig = make()
    kind, found = stored(
        lambda folder: kalibr.write_rig(folder / "c.yaml", rig),
        lambda folder: (detect(folder / "c.yaml"), read_rig(folder / "c.yaml")),
    )
    assert (kind, found) == ("kalibr", rig)


@many
@given(make=rigs(FOUR, four=True))
def test_euroc_sensors(make: Makes[StereoRig]):
    rig = make()

    def read(folder: Path) -> tuple[object, object, object]:
        files = (folder / "cam0" / "sensor.yaml", folder / "cam1" / "sensor.yaml")
        return detect(files[0]), read_camera(files[1]), read_rig(*files)

    kind, right, found = stored(
        lambda folder: euroc.write_rig(folder / "cam0/sensor.yaml", folder / "cam1/sensor.yaml", rig), read
    )
    assert (kind, right, found) == ("euroc", rig.right, rig)


@many
@given(make_rig=rigs(BROWN), make_pair=rectified())
def test_kitti_file_of_a_day(make_rig: Makes[StereoRig], make_pair: Makes[StereoCalibration]):
    rig, pair = make_rig(), make_pair()

    def read(folder: Path) -> tuple[object, ...]:
        path = folder / "calib_cam_to_cam.txt"
        return detect(path), read_rig(path), kitti.read_colour(path), read_calibration(path)

    kind, found, colour, any_pair = stored(
        lambda folder: kitti.write_day(folder / "calib_cam_to_cam.txt", rig, pair), read
    )
    assert (kind, found, colour, any_pair) == ("kitti", rig, pair, pair)


@many
@given(make=rectified(sized=False))
def test_kitti_short_file(make: Makes[StereoCalibration]):
    pair = make()

    def read(folder: Path) -> tuple[object, ...]:
        path = folder / "calib.txt"
        return detect(path), kitti.read_colour(path), kitti.read_grey(path)

    kind, colour, grey = stored(lambda folder: kitti.write_short(folder / "calib.txt", pair), read)
    assert (kind, colour, grey) == ("kitti", pair, pair)


@many
@given(make=rectified(), sized=st.booleans())
def test_middlebury(make: Makes[StereoCalibration], sized: bool):
    pair = make()
    pair = pair if sized else replace(pair, width=None, height=None)
    found = stored(
        lambda folder: middlebury.write(folder / "calib.txt", pair),
        lambda folder: read_calibration(folder / "calib.txt"),
    )
    assert found == pair


@many
@given(make=rectified(doffs=False, sized=False))
def test_k_txt_with_a_baseline(make: Makes[StereoCalibration]):
    pair = make()
    kind, found = stored(
        lambda folder: matrix_text.write_rectified(folder / "K.txt", pair),
        lambda folder: (detect(folder / "K.txt"), read_calibration(folder / "K.txt")),
    )
    assert (kind, found) == ("matrix", pair)


@many
@given(make=cameras(("pinhole",)))
def test_k_txt_of_one_camera(make: Makes[CameraModel]):
    camera = make()
    camera = replace(camera, width=None, height=None)
    found = stored(
        lambda folder: matrix_text.write_camera(folder / "K.txt", camera), lambda folder: read_camera(folder / "K.txt")
    )
    assert found == camera


POSES = st.tuples(*[st.floats(-1e3, 1e3)] * 16)
UNIT = st.sampled_from([(1.0, 0.0, 0.0, 0.0), (0.8, 0.0, -0.6, 0.0), (0.5, 0.5, -0.5, 0.5)])
PLACE = st.tuples(*[st.floats(-1e3, 1e3)] * 3)


@many
@given(makes=st.lists(cameras(ANY), min_size=1, max_size=3), poses=st.lists(st.tuples(UNIT, PLACE), max_size=3))
def test_colmap_text_model(makes: list[Makes[CameraModel]], poses: list[tuple[tuple[float, ...], tuple[float, ...]]]):
    found = [camera for make in makes if len((camera := make()).coefficients) <= 8]
    numbered = dict(enumerate([LEFT, *found], start=3))
    images = [PosedImage(f"left/a b {i}.png", 3, *pose) for i, pose in enumerate(poses)]

    def write(folder: Path) -> None:
        colmap.write_cameras(folder / "cameras.txt", numbered)
        colmap.write_images(folder / "images.txt", images)

    kinds, again, seen = stored(
        write,
        lambda folder: (
            {detect(folder), detect(folder / "cameras.txt")},
            colmap.read_cameras(folder),
            colmap.read_images(folder / "images.txt"),
        ),
    )
    assert kinds == {"colmap"}
    assert again == numbered
    assert list(seen) == images


@many
@given(make_camera=cameras(FOUR), poses=st.lists(POSES, max_size=2))
def test_transforms_json(make_camera: Makes[CameraModel], poses: list[tuple[float, ...]]):
    camera = make_camera()
    views = [PosedView(f"images/{i}.jpg", camera, pose) for i, pose in enumerate(poses)]
    kind, found, seen = stored(
        lambda folder: transforms.write(folder / "t.json", camera, views),
        lambda folder: (
            detect(folder / "t.json"),
            read_camera(folder / "t.json"),
            transforms.read_views(folder / "t.json"),
        ),
    )
    assert (kind, found) == ("transforms", camera)
    assert list(seen) == views
