"""The calibration files of public data sets, against the numbers that their makers state."""

from pathlib import Path

import numpy as np
import pytest

from wilddepth.formats.calibration.detect import detect, read_calibration, read_camera, read_rig

pytestmark = pytest.mark.realdata


def test_every_calibration_file_is_known_for_what_it_is(realdata: Path):
    kinds = {
        "surgical_stereo/video_sbs/calibration.yaml": "opencv",
        "euroc_v1_01_micro/mav0/cam0/sensor.yaml": "euroc",
        "kitti2015/calib_cam_to_cam_2011_09_26.txt": "kitti",
        "kitti_odometry/sequences/02/calib.txt": "kitti",
        "kitti_object/training/calib/000000.txt": "kitti",
        "karlsruhe/2010_03_09_drive_0019_calib.txt": "karlsruhe",
        "middlebury/2014/Bicycle/calib.txt": "middlebury",
        "eth3d_twoview/playground/calib.txt": "eth3d",
        "mono_fox/transforms.json": "transforms",
    }
    assert {name: detect(realdata / name) for name in kinds} == kinds


def test_the_cameras_of_euroc_are_eleven_centimetres_apart(realdata: Path):
    rig = read_rig(*(realdata / f"euroc_v1_01_micro/mav0/cam{number}/sensor.yaml" for number in (0, 1)))
    assert rig.baseline_m == pytest.approx(0.11, abs=0.001)
    assert (rig.left.focal_x, rig.left.coefficients[0], rig.left.size) == (458.654, -0.28340811, (752, 480))


def test_the_raw_cameras_of_kitti_are_those_that_were_rectified(realdata: Path):
    path = realdata / "kitti2015/calib_cam_to_cam_2011_09_26.txt"
    rig, pair = read_rig(path), read_calibration(path)
    assert (rig.left.size, rig.left.focal_x) == ((1392, 512), 959.791)
    assert rig.baseline_m == pytest.approx(pair.baseline_m, rel=1e-3)
    # Their own R_rect of cameras 2 and 3 (given to 7 digits) turns T onto the x axis.
    turned = np.array([0.9998321, -0.007193136, 0.01685599, 0.007232804, 0.9999712, -0.002293585]).reshape(2, 3)
    assert turned[1] @ rig.translation_vector == pytest.approx(0, abs=3e-3)
    assert turned[0] @ rig.translation_vector == pytest.approx(-pair.baseline_m, rel=1e-3)


def test_the_surgical_pair_is_in_millimetres_and_rectified_but_for_its_principal_points(realdata: Path):
    path = realdata / "surgical_stereo/video_sbs/calibration.yaml"
    assert read_rig(path, unit_m=0.001).baseline_m == pytest.approx(0.0041435, abs=1e-6)
    assert read_calibration(path).doffs == pytest.approx(91.41, abs=0.01)


def test_the_phone_of_the_fox_has_its_lens_and_half_pixels(realdata: Path):
    camera = read_camera(realdata / "mono_fox/transforms.json")
    assert (camera.focal_x, camera.centre_x, camera.size) == (1375.52, 554.058, (1080, 1920))
    assert camera.coefficients == (0.0578421, -0.0805099, -0.000980296, 0.00015575, 0.0)
