from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wilddepth.errors import OutputError, SampleError
from wilddepth.formats.disparity_png import read_kitti_disparity, read_scaled_disparity, write_kitti_disparity
from wilddepth.formats.image import encoded_png

STORED = hnp.arrays(np.uint16, st.tuples(st.integers(1, 8), st.integers(1, 8)))


@settings(max_examples=40, deadline=None)
@given(stored=STORED)
def test_every_stored_value_survives_reading_and_writing(stored: np.ndarray, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "map.png"
    path.write_bytes(encoded_png(stored))
    disparity = read_kitti_disparity(path)
    np.testing.assert_array_equal(np.isnan(disparity), stored == 0)
    write_kitti_disparity(path, disparity)
    np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), stored)


def test_values_are_256ths_of_a_pixel_and_zero_is_none(tmp_path: Path):
    (tmp_path / "map.png").write_bytes(encoded_png(np.array([[0, 1, 256, 20092, 65535]], np.uint16)))
    np.testing.assert_array_equal(
        read_kitti_disparity(tmp_path / "map.png"),
        np.array([[np.nan, 1 / 256, 1, 78.484375, 255.99609375]], np.float32),
    )


def test_what_is_not_finite_is_stored_as_none_and_zero_as_the_smallest_value(tmp_path: Path):
    values = np.array([[np.nan, np.inf, -np.inf, 0.0, 0.001, 1.0, 255.99609375]], np.float32)
    write_kitti_disparity(tmp_path / "map.png", values)
    stored = cv2.imread(str(tmp_path / "map.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(stored, [[0, 0, 0, 1, 1, 256, 65535]])


@pytest.mark.parametrize("value", [256.0, 300.0, -0.5])
def test_values_that_do_not_fit_are_refused_and_nothing_is_written(tmp_path: Path, value: float):
    with pytest.raises(OutputError, match=r"do not fit a 16-bit PNG \(0 to 255.996 px\); write PFM instead"):
        write_kitti_disparity(tmp_path / "map.png", np.array([[1.0, value]], np.float32))
    assert list(tmp_path.iterdir()) == []


def test_values_that_do_not_fit_are_cut_off_where_asked_for(tmp_path: Path):
    write_kitti_disparity(tmp_path / "map.png", np.array([[-3.0, 300.0, np.nan]], np.float32), outside="saturate")
    expected = np.array([[1 / 256, 65535 / 256, np.nan]], np.float32)
    np.testing.assert_array_equal(read_kitti_disparity(tmp_path / "map.png"), expected)


def test_a_map_without_any_value_is_stored(tmp_path: Path):
    write_kitti_disparity(tmp_path / "map.png", np.full((3, 4), np.nan, np.float32))
    assert np.isnan(read_kitti_disparity(tmp_path / "map.png")).all()


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.0])
def test_eight_bit_maps_are_read_with_the_scale_named(tmp_path: Path, scale: float):
    (tmp_path / "map.png").write_bytes(encoded_png(np.array([[0, 1, 220]], np.uint8)))
    expected = np.array([[np.nan, 1 / scale, 220 / scale]], np.float32)
    np.testing.assert_array_equal(read_scaled_disparity(tmp_path / "map.png", scale), expected)


def test_eight_bits_are_not_taken_for_sixteen(tmp_path: Path):
    (tmp_path / "preview.png").write_bytes(encoded_png(np.ones((3, 3), np.uint8)))
    with pytest.raises(SampleError, match=r"preview\.png is no 16-bit disparity map: it has 1 channel\(s\) of 8 bits"):
        read_kitti_disparity(tmp_path / "preview.png")


def test_sixteen_bits_are_not_taken_for_eight(tmp_path: Path):
    (tmp_path / "deep.png").write_bytes(encoded_png(np.ones((3, 3), np.uint16)))
    with pytest.raises(SampleError, match="is no 8-bit disparity map"):
        read_scaled_disparity(tmp_path / "deep.png", 4.0)


def test_a_colour_picture_is_no_disparity_map(tmp_path: Path):
    (tmp_path / "colour.png").write_bytes(encoded_png(np.ones((3, 3, 3), np.uint16)))
    with pytest.raises(SampleError, match=r"it has 3 channel\(s\) of 16 bits"):
        read_kitti_disparity(tmp_path / "colour.png")


def test_a_truncated_map_is_named(tmp_path: Path):
    data = encoded_png(np.arange(600, dtype=np.uint16).reshape(20, 30))
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(SampleError, match=r"cut\.png is truncated"):
        read_kitti_disparity(tmp_path / "cut.png")
