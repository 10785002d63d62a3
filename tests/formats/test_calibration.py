import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.errors import SampleError
from wilddepth.formats.calibration import eth3d, karlsruhe, kitti, middlebury
from wilddepth.formats.calibration.detect import read_calibration
from wilddepth.formats.calibration.stereo import StereoCalibration, checked

GOOD = StereoCalibration(
    focal_x=500.0,
    focal_y=501.0,
    centre_x=320.0,
    centre_y=240.0,
    right_centre_x=330.0,
    right_centre_y=240.0,
    baseline_m=0.12,
    width=640,
    height=480,
)

MIDDLEBURY = """cam0=[1948.17 0 532.418; 0 1948.17 488.228; 0 0 1]
cam1=[1948.17 0 614.35; 0 1948.17 488.228; 0 0 1]
doffs=81.931
baseline=173.557
width=1426
height=976
ndisp=125
"""

ETH3D = """cam0=[542.019 0 541.836; 0 542.019 255.198; 0 0 1]
cam1=[542.019 0 541.836; 0 542.019 255.198; 0 0 1]
doffs=0
baseline=59.5549
width=941
height=490
ndisp=941
"""

KITTI_SHORT = """P0: 700 0 600 0 0 700 180 0 0 0 1 0
P1: 700 0 600 -378 0 700 180 0 0 0 1 0
P2: 700 0 600 45 0 700 180 -0.3 0 0 1 0.005
P3: 700 0 600 -333 0 700 180 2.3 0 0 1 0.003
R0_rect: 1 0 0 0 1 0 0 0 1
"""

KITTI_DAY = """calib_time: 09-Jan-2012 13:57:47
corner_dist: 9.950000e-02
S_rect_00: 1.242000e+03 3.750000e+02
P_rect_00: 721 0 609 0 0 721 172 0 0 0 1 0
S_rect_01: 1.242000e+03 3.750000e+02
P_rect_01: 721 0 609 -387.1770 0 721 172 0 0 0 1 0
S_rect_02: 1.242000e+03 3.750000e+02
P_rect_02: 721 0 609 44.85728 0 721 172 0.2163791 0 0 1 0.002745884
P_rect_03: 721 0 609 -339.5242 0 721 172 2.199936 0 0 1 0.002729905
"""

KARLSRUHE = """calib_time: 09-Mar-2010 16:52:08
roi: 2.600000e+01 1.369000e+03 7.000000e+01 4.410000e+02
P1: 645.2401 0 661.9587 0 0 645.2401 264.1291 0 0 0 1 0
P1_roi: 645.2401 0 635.9587 0 0 645.2401 194.1291 0 0 0 1 0
P2: 645.2401 0 661.9587 -368.2632 0 645.2401 264.1291 0 0 0 1 0
P2_roi: 645.2401 0 635.9587 -368.2632 0 645.2401 194.1291 0 0 0 1 0
"""


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "calib.txt"
        path.write_text(text)
        return path

    return write


def test_middlebury_is_read_with_the_baseline_in_metres_and_unequal_centres(file):
    calibration = middlebury.read(file(MIDDLEBURY))
    assert calibration == StereoCalibration(1948.17, 1948.17, 532.418, 488.228, 614.35, 488.228, 0.173557, 1426, 976)
    assert calibration.doffs == pytest.approx(81.932)


def test_eth3d_is_read_and_told_from_middlebury(file):
    assert eth3d.read(file(ETH3D)).baseline_m == pytest.approx(0.0595549)
    assert eth3d.read(file(ETH3D)).doffs == 0
    assert eth3d.recognises(file(ETH3D))
    assert not eth3d.recognises(file(MIDDLEBURY))
    assert not eth3d.recognises(file("nothing of it"))


def test_kitti_colour_and_grey_pairs_of_a_short_file(file):
    colour, grey = kitti.read_colour(file(KITTI_SHORT)), kitti.read_grey(file(KITTI_SHORT))
    assert colour.baseline_m == pytest.approx(378 / 700)
    assert grey.baseline_m == pytest.approx(378 / 700)
    assert (colour.focal_x, colour.centre_x, colour.centre_y) == (700, 600, 180)
    assert (colour.width, colour.height) == (None, None)


def test_kitti_file_of_a_day_gives_size_and_baseline(file):
    colour, grey = kitti.read_colour(file(KITTI_DAY)), kitti.read_grey(file(KITTI_DAY))
    assert colour.baseline_m == pytest.approx(384.38148 / 721)
    assert grey.baseline_m == pytest.approx(387.1770 / 721)
    assert (colour.width, colour.height) == (1242, 375)


def test_karlsruhe_uses_the_cropped_matrices(file):
    calibration = karlsruhe.read(file(KARLSRUHE))
    assert (calibration.centre_x, calibration.centre_y) == (635.9587, 194.1291)
    assert calibration.baseline_m == pytest.approx(0.57074, abs=1e-5)
    assert (calibration.width, calibration.height) == (1344, 372)


@pytest.mark.parametrize(
    "text, baseline",
    [
        (MIDDLEBURY, 0.173557),
        (ETH3D, 0.0595549),
        (KITTI_SHORT, 0.54),
        (KITTI_DAY, 0.533123),
        (KARLSRUHE, 0.570738),
        ("\n".join(KITTI_SHORT.splitlines()[:2]), 0.54),
    ],
    ids=["middlebury", "eth3d", "kitti", "kitti-day", "karlsruhe", "kitti-grey-only"],
)
def test_the_format_is_told_by_the_content(file, text: str, baseline: float):
    assert read_calibration(file(text)).baseline_m == pytest.approx(baseline, abs=1e-6)


def test_an_unknown_format_is_answered_with_one_to_write(file):
    with pytest.raises(SampleError, match=r"calib\.txt is of no calibration format known; write cam0="):
        read_calibration(file("fx: 500\nfy: 500\n"))


@pytest.mark.parametrize(
    "text, message",
    [
        (MIDDLEBURY.replace("baseline=173.557", "baseline=0"), "the baseline is zero"),
        (MIDDLEBURY.replace("baseline=173.557", "baseline=-173.557"), "left and right are swapped"),
        (
            MIDDLEBURY.replace("baseline=173.557", "baseline=0.173557"),
            r"a baseline of 0\.000173557 m .* check its unit",
        ),
        (MIDDLEBURY.replace("baseline=173.557\n", ""), "has no entry 'baseline'"),
        (MIDDLEBURY.replace("baseline=173.557", "baseline=nan"), "every number must be finite"),
        (MIDDLEBURY.replace("baseline=173.557", "baseline=wide"), "which is not a number"),
        (MIDDLEBURY.replace("532.418", "nan"), "every number must be finite"),
        (MIDDLEBURY.replace("doffs=81.931", "doffs=20.5"), r"doffs=20\.5 but the principal points .* 81\.932 px apart"),
        (MIDDLEBURY.replace("cam1=[1948.17", "cam1=[1900"), "different focal lengths .* not rectified"),
        (MIDDLEBURY.replace("width=1426", "width=14.5"), r"width=14\.5 is impossible"),
        (MIDDLEBURY.replace("; 0 0 1]\ncam1", "]\ncam1"), "cam0 holds 6 numbers instead of 9"),
        (MIDDLEBURY.replace("1948.17", "0"), "a focal length of 0 px cannot be right"),
        (MIDDLEBURY.replace("1948.17", "1.36"), "normalised intrinsics"),
        (KITTI_SHORT.replace("-333", "45"), "the baseline is zero"),
        (KITTI_SHORT.replace("P3: 700", "P3: 690"), "different focal lengths"),
        (KITTI_SHORT.replace("P3: 700 0 600 -333", "P3: 700 0 600"), "P3 holds 11 numbers instead of 12"),
        (KITTI_SHORT.replace("700", "0"), "a focal length of 0 px"),
        (KITTI_DAY.replace("1.242000e+03 3.75", "-1 3.75"), "image width=-1 is impossible"),
        (KARLSRUHE.replace("roi: 2.600000e+01", "roi: nan"), "every number must be finite"),
        (KARLSRUHE.replace("P2_roi", "P2_cut"), "has no entry 'P2_roi'"),
        (KARLSRUHE.replace("2.600000e+01 1.369000e+03", "-1e308 1e308"), "is impossible; check the file"),
        (KARLSRUHE.replace("1.369000e+03", "5"), "is impossible; check the file"),
        (KITTI_DAY.replace("1.242000e+03 3.75", "1e300 3.75"), r"image width=1e\+300 is impossible"),
        (
            KITTI_SHORT.replace("-333", "1e308").replace("P2: 700 0 600 45", "P2: 700 0 600 -1e308"),
            "the baseline is negative",
        ),
        (MIDDLEBURY.replace("1948.17", "1.36e-3"), "give it in pixels of these images"),
        (MIDDLEBURY.replace("173.557", "x" * 9000), r"baseline holds 'x{160}\.\.\.', which is not a number"),
        ("x" * 9000 + "cam0=1", "is of no calibration format known"),
    ],
)
def test_a_calibration_that_cannot_be_right_is_refused(file, text: str, message: str):
    with pytest.raises(SampleError, match=rf"calib\.txt.*{message}"):
        read_calibration(file(text))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"baseline_m": float("nan")}, "baseline_m is nan"),
        ({"centre_y": float("inf")}, "centre_y is inf"),
        ({"baseline_m": 120.0}, "a baseline of 120 m"),
        ({"focal_y": 70000.0}, "a focal length of 70000 px"),
        ({"focal_x": -500.0}, "a focal length of -500 px"),
        ({"right_centre_x": 2000.0}, "1680 px apart, more than the image is wide"),
        ({"right_centre_y": 252.0}, "12 rows apart, so this pair is not rectified"),
        ({"width": 0}, "the image size is 0x480"),
        ({"width": 10**400}, "the image size is 1000"),
        ({"height": 2_000_000}, "the image size is 640x2000000"),
        ({"focal_x": 0.0043, "focal_y": 0.0043}, r"a focal length of 0\.0043 px cannot be right; give it in pixels"),
        (
            {"centre_x": 1e9, "right_centre_x": 1e9},
            r"a principal point at 1e\+09 px cannot be right in an image of 640",
        ),
        (
            {"centre_y": -1e5, "right_centre_y": -1e5},
            "a principal point at -100000 px cannot be right in an image of 480",
        ),
        ({"width": None, "height": None, "focal_x": 0.58}, r"a focal length of 0\.58 px"),
    ],
)
def test_every_number_is_checked(wrong: dict[str, float], message: str):
    assert checked(GOOD, "rig.txt") is GOOD
    with pytest.raises(SampleError, match=rf"rig\.txt: .*{message}"):
        checked(replace(GOOD, **wrong), "rig.txt")


def test_a_file_that_is_missing_empty_or_no_text_is_named(tmp_path: Path):
    with pytest.raises(SampleError, match="does not exist"):
        middlebury.read(tmp_path / "calib.txt")
    (tmp_path / "calib.txt").touch()
    with pytest.raises(SampleError, match="is empty"):
        kitti.read_any(tmp_path / "calib.txt")
    (tmp_path / "calib.txt").write_bytes(b"\xff\xfe\x00cam0=")
    with pytest.raises(SampleError, match="is not a text file"):
        read_calibration(tmp_path / "calib.txt")


NUMBERS = st.one_of(st.floats(), st.floats(-2000, 2000), st.integers(-3, 3)).map(lambda value: f"{value:.17g}")


@settings(deadline=None, max_examples=300)
@given(text=st.sampled_from([MIDDLEBURY, KITTI_SHORT, KITTI_DAY, KARLSRUHE]), data=st.data())
def test_whatever_the_numbers_are_a_rig_that_is_given_is_usable(
    text: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
):
    """Up to three numbers of a good file are replaced by any others: read with sound values, or refused."""
    for _ in range(data.draw(st.integers(1, 3))):
        places = [found.span() for found in re.finditer(r"(?<=[ :=\[])-?\d[\d.e+-]*", text)]
        begin, end = data.draw(st.sampled_from(places))
        text = text[:begin] + data.draw(NUMBERS) + text[end:]
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_text(text)
    try:
        rig = read_calibration(path)
    except SampleError:
        return
    assert 0.0005 <= rig.baseline_m <= 50
    assert min(rig.focal_x, rig.focal_y) >= 10
    assert all(np.isfinite([rig.centre_x, rig.centre_y, rig.right_centre_x, rig.right_centre_y]))
    assert rig.width is None or 1 <= rig.width <= 1_000_000
    used = rig.for_size(rig.width or 640, rig.height or 480, path)
    assert np.isfinite(used.focal_x * used.baseline_m / (50 + abs(used.doffs)))


@settings(deadline=None)
@given(factor=st.integers(1, 6))
def test_a_calibration_shrinks_by_whole_numbers(factor: int):
    width, height = 640 // factor, 480 // factor
    small = GOOD.for_size(width, height, "rig.txt")
    assert small.focal_x == pytest.approx(500 * width / 640)
    assert small.doffs == pytest.approx(10 * width / 640)
    assert small.baseline_m == GOOD.baseline_m
    # edges stay edges: the centre of a picture stays its centre
    middle = replace(GOOD, centre_x=319.5).for_size(width, height, "rig.txt").centre_x
    assert middle == pytest.approx((width - 1) / 2)


# The third is KITTI's other size: a camera of another day, not a resized picture of this one.
@pytest.mark.parametrize(
    "size", [(1241, 376), (1242, 374), (1224, 370), (640, 192), (2484, 750), (1241, 375), (600, 187)]
)
def test_a_calibration_of_pictures_of_another_shape_is_refused(size: tuple[int, int]):
    rig = replace(GOOD, width=1242, height=375)
    with pytest.raises(SampleError, match=rf"rig\.txt describes 1242x375 images but these are {size[0]}x{size[1]}"):
        rig.for_size(*size, "rig.txt")


def test_a_file_without_a_size_fits_any_picture():
    loose = replace(GOOD, width=None, height=None)
    assert loose.for_size(1241, 376, "rig.txt") == replace(loose, width=1241, height=376)
