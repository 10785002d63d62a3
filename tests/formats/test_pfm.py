from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wilddepth.errors import OutputError, SampleError
from wilddepth.formats.pfm import read_disparity, read_pfm, write_pfm

SHAPES = st.one_of(
    st.tuples(st.integers(1, 7), st.integers(1, 7)), st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(3))
)
VALUES = hnp.arrays(np.float32, SHAPES, elements=st.floats(width=32, allow_nan=False))


@settings(max_examples=40, deadline=None)
@given(values=VALUES, big_endian=st.booleans())
def test_what_is_written_is_read_again(values: np.ndarray, big_endian: bool, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "map.pfm"
    write_pfm(path, values, big_endian=big_endian)
    np.testing.assert_array_equal(read_pfm(path), values)


@pytest.mark.parametrize("big_endian", [False, True])
def test_rows_are_stored_from_the_bottom_in_the_byte_order_that_the_scale_tells(tmp_path: Path, big_endian: bool):
    values = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    write_pfm(tmp_path / "map.pfm", values, big_endian=big_endian)
    stored = np.array([4, 5, 6, 1, 2, 3], ">f4" if big_endian else "<f4").tobytes()
    header = b"Pf\n3 2\n1.0\n" if big_endian else b"Pf\n3 2\n-1.0\n"
    assert (tmp_path / "map.pfm").read_bytes() == header + stored


@pytest.mark.parametrize("channels", [1, 3])
def test_opencv_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path, channels: int):
    values = np.random.default_rng(3).normal(size=(5, 7, channels)).astype(np.float32).squeeze()
    write_pfm(tmp_path / "ours.pfm", values)
    theirs = cv2.imread(str(tmp_path / "ours.pfm"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(theirs if channels == 1 else theirs[:, :, ::-1], values)
    cv2.imwrite(str(tmp_path / "theirs.pfm"), values if channels == 1 else values[:, :, ::-1])
    np.testing.assert_allclose(read_pfm(tmp_path / "theirs.pfm"), values, rtol=1e-6)


@pytest.mark.parametrize(
    "header",
    [b"Pf \n2 1 \n-1.0\n", b"Pf\n2 1\n-1\n", b"Pf\r\n2 1\r\n-0.003922\r\n", b"Pf\n2\n1\n-1e0 \n", b"Pf 2 1 -1 \n"],
)
def test_headers_as_other_writers_make_them(tmp_path: Path, header: bytes):
    # The data begin with the bytes of a blank and a line end: only one line end belongs to the header.
    values = np.array([np.frombuffer(b" \n E", "<f4")[0], 2.5], np.float32)
    (tmp_path / "map.pfm").write_bytes(header + values.astype("<f4").tobytes())
    np.testing.assert_array_equal(read_pfm(tmp_path / "map.pfm"), values[None])


def test_infinite_and_nan_are_no_disparity(tmp_path: Path):
    write_pfm(tmp_path / "map.pfm", np.array([[np.inf, -np.inf, np.nan, -3.5, 0.0]], np.float32))
    np.testing.assert_array_equal(
        read_disparity(tmp_path / "map.pfm"), np.array([[np.nan, np.nan, np.nan, -3.5, 0.0]], np.float32)
    )


def test_a_colour_file_is_no_disparity(tmp_path: Path):
    write_pfm(tmp_path / "colour.pfm", np.zeros((2, 2, 3), np.float32))
    with pytest.raises(SampleError, match=r"colour\.pfm is a colour PFM"):
        read_disparity(tmp_path / "colour.pfm")


def test_a_truncated_file_says_how_much_is_there(tmp_path: Path):
    write_pfm(tmp_path / "map.pfm", np.zeros((10, 10), np.float32))
    data = (tmp_path / "map.pfm").read_bytes()
    (tmp_path / "map.pfm").write_bytes(data[:-10])
    with pytest.raises(SampleError, match=r"map\.pfm is truncated: 97 values of 100; copy or download it again"):
        read_pfm(tmp_path / "map.pfm")


@pytest.mark.parametrize(
    "data",
    [
        b"P5\n2 2\n255\n....",
        b"Pf\n-2 2\n-1\n",
        b"Pf\n",
        b"Pf\n1 1\nabc\n1234",
        b"Pf\n1 1\n0\n1234",
        b"Pf\n1 1\nnan\n1234",
    ],
)
def test_what_is_no_pfm_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "other.pfm").write_bytes(data)
    with pytest.raises(SampleError, match=r"other\.pfm is not a PFM file"):
        read_pfm(tmp_path / "other.pfm")


def test_a_map_of_no_size_is_refused(tmp_path: Path):
    (tmp_path / "none.pfm").write_bytes(b"Pf\n0 5\n-1\n")
    with pytest.raises(SampleError, match=r"none\.pfm states a size of 0x5 pixels"):
        read_pfm(tmp_path / "none.pfm")


@pytest.mark.parametrize(
    "header, message",
    [
        (b"Pf\n9999999999 9999999999\n-1\n", "states a size of 9999999999x9999999999 pixels, more than 64 million"),
        (b"Pf\n8000 7000\n-1\n", "is truncated: 0 values of 56000000"),
        (b"Pf\n" + b"9" * 5000 + b" 1\n-1\n", "is not a PFM file"),  # no number that Python would convert
        (b"Pf\n1 1\n-1e-400\n1234", "its scale is b'-1e-400'"),
        (b"Pf\n1 1\n" + b"x" * 5000 + b"\n1234", "its header is wrong"),
        (b"Pf" + b" " * 100_000, "its header is wrong"),
    ],
)
def test_absurd_headers_are_refused_in_one_short_line(tmp_path: Path, header: bytes, message: str):
    (tmp_path / "map.pfm").write_bytes(header)
    with pytest.raises(SampleError, match=message) as caught:
        read_pfm(tmp_path / "map.pfm")
    assert len(str(caught.value)) < len(str(tmp_path)) + 200


def test_missing_and_empty_files_are_named(tmp_path: Path):
    with pytest.raises(SampleError, match="does not exist"):
        read_pfm(tmp_path / "missing.pfm")
    (tmp_path / "empty.pfm").touch()
    with pytest.raises(SampleError, match="is empty"):
        read_pfm(tmp_path / "empty.pfm")


def test_a_file_that_cannot_be_written_is_an_output_error(tmp_path: Path):
    (tmp_path / "taken.pfm").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_pfm(tmp_path / "taken.pfm", np.zeros((1, 1), np.float32))
