import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from wilddepth.errors import OutputError, SampleError
from wilddepth.formats import wholeness
from wilddepth.formats.header import JPEG_START, PNG_START, header
from wilddepth.formats.image import encoded_png, image_size, read_image, write_image

PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


def noise(height: int = 24, width: int = 31, channels: int = 3, bits: int = 8) -> np.ndarray:
    generator = np.random.default_rng(height * width + channels)
    return generator.integers(0, 2**bits, (height, width, channels)).astype(np.uint8 if bits == 8 else np.uint16)


@settings(max_examples=40, deadline=None)
@given(rgb=PIXELS)
def test_what_is_written_is_read_again(rgb: np.ndarray, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "picture.png"
    write_image(path, rgb)
    np.testing.assert_array_equal(read_image(path), rgb)
    assert image_size(path) == rgb.shape[:2]
    with Image.open(path) as other:  # another decoder sees the same
        np.testing.assert_array_equal(np.asarray(other), rgb)


def test_grey_is_repeated_over_the_channels(tmp_path: Path):
    grey = noise(channels=1)[:, :, 0]
    (tmp_path / "grey.png").write_bytes(encoded_png(grey))
    rgb = read_image(tmp_path / "grey.png")
    assert rgb.shape == (24, 31, 3)
    for channel in range(3):
        np.testing.assert_array_equal(rgb[:, :, channel], grey)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_gives_the_rgb_that_another_decoder_gives(tmp_path: Path, mode: str):
    Image.fromarray(noise()).convert(mode).save(tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as other:
        expected = np.asarray(other.convert("RGBA"))[:, :, :3]
    np.testing.assert_array_equal(read_image(tmp_path / "picture.png"), expected)


def test_sixteen_bits_are_scaled_so_that_black_and_white_stay(tmp_path: Path):
    values = np.array([[0, 128, 129, 257, 32896, 65406, 65407, 65535]], np.uint16)
    (tmp_path / "deep.png").write_bytes(encoded_png(values))
    # v / 257, rounded to the nearest
    np.testing.assert_array_equal(read_image(tmp_path / "deep.png")[0, :, 0], [0, 0, 1, 1, 128, 254, 255, 255])


def test_sixteen_bit_colour_keeps_its_order(tmp_path: Path):
    blue_first = np.zeros((2, 2, 3), np.uint16)
    blue_first[:, :, 2] = 65535
    (tmp_path / "red.png").write_bytes(encoded_png(blue_first))
    np.testing.assert_array_equal(read_image(tmp_path / "red.png"), np.full((2, 2, 3), (255, 0, 0), np.uint8))


def test_an_orientation_tag_does_not_turn_the_picture(tmp_path: Path):
    picture = Image.fromarray(noise())
    tags = picture.getexif()
    tags[0x112] = 6
    picture.save(tmp_path / "turned.jpg", exif=tags)
    assert read_image(tmp_path / "turned.jpg").shape == (24, 31, 3)
    assert image_size(tmp_path / "turned.jpg") == (24, 31)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"optimize": True}], ids=["plain", "progressive", "huffman"]
)
def test_jpeg_is_read_and_measured(tmp_path: Path, options: dict[str, bool]):
    smooth = cv2.GaussianBlur(noise(61, 83), (0, 0), 6)
    Image.fromarray(smooth).save(tmp_path / "picture.jpg", quality=95, subsampling=0, **options)
    assert image_size(tmp_path / "picture.jpg") == (61, 83)
    difference = np.abs(read_image(tmp_path / "picture.jpg").astype(int) - smooth)
    assert difference.mean() < 1.5  # red and blue swapped would differ by far more than the compression


@pytest.mark.parametrize("suffix", [".ppm", ".bmp", ".tif"])
def test_size_of_other_kinds_is_found_by_decoding(tmp_path: Path, suffix: str):
    Image.fromarray(noise()).save(tmp_path / f"picture{suffix}")
    assert image_size(tmp_path / f"picture{suffix}") == (24, 31)
    np.testing.assert_array_equal(read_image(tmp_path / f"picture{suffix}"), noise())


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SampleError, match=r"missing\.png does not exist; check the path"):
        read_image(tmp_path / "missing.png")


def test_a_folder_is_no_picture(tmp_path: Path):
    with pytest.raises(SampleError, match="is a folder, not a file"):
        read_image(tmp_path)


def test_an_empty_file_is_named(tmp_path: Path):
    (tmp_path / "empty.png").touch()
    with pytest.raises(SampleError, match=r"empty\.png is empty \(0 bytes\); copy or download it again"):
        read_image(tmp_path / "empty.png")


def test_a_text_file_is_no_picture(tmp_path: Path):
    (tmp_path / "letter.png").write_text("not a picture\n" * 20)
    with pytest.raises(SampleError, match=r"is not a picture that can be read; expected one of \.png"):
        read_image(tmp_path / "letter.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_picture_cut_anywhere_is_refused(tmp_path: Path, suffix: str):
    whole = tmp_path / f"whole{suffix}"
    Image.fromarray(noise()).save(whole)
    data = whole.read_bytes()
    for length in (2, 9, 20, 40, len(data) // 2, len(data) - 13, len(data) - 2):
        cut = tmp_path / f"cut{suffix}"
        cut.write_bytes(data[:length])
        with pytest.raises(SampleError, match=rf"cut{suffix} is (truncated|not a picture)"):
            read_image(cut)
        with pytest.raises(SampleError):
            image_size(cut)


def test_a_jpeg_whose_thumbnail_is_whole_is_still_seen_to_be_cut(tmp_path: Path):
    thumbnail, whole = tmp_path / "small.jpg", tmp_path / "whole.jpg"
    Image.fromarray(noise(8, 8)).save(thumbnail)
    Image.fromarray(noise()).save(whole)
    segment = b"Exif\x00\x00" + thumbnail.read_bytes()
    data = whole.read_bytes()
    data = data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]
    whole.write_bytes(data)
    assert image_size(whole) == (24, 31)  # not the thumbnail's 8 x 8
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) * 3 // 4])
    with pytest.raises(SampleError, match=r"cut\.jpg is truncated"):
        read_image(tmp_path / "cut.jpg")


def test_a_changed_byte_in_a_png_is_found(tmp_path: Path):
    data = bytearray(encoded_png(noise()))
    data[len(data) // 2] ^= 0x10
    (tmp_path / "damaged.png").write_bytes(bytes(data))
    with pytest.raises(SampleError, match=r"damaged\.png is damaged \(wrong checksum\)"):
        read_image(tmp_path / "damaged.png")


def test_a_png_without_its_header_is_damaged():
    data = encoded_png(noise())
    assert wholeness.fault(data) is None
    assert wholeness.fault(PNG_START + data[33:]) == "is damaged (no header)"


STARTS = [
    b"",
    PNG_START,
    PNG_START + b"\0\0\0\x0dIHDR",
    JPEG_START,
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"BM",
    b"P5 ",
]


@settings(deadline=None)
@given(data=st.binary(max_size=80), start=st.sampled_from(STARTS))
def test_any_bytes_are_judged_without_a_crash(data: bytes, start: bytes):
    wholeness.fault(start + data)
    found = header(start + data)
    assert found is None or found.kind in ("PNG", "JPEG", "TIFF", "BMP", "netpbm")
    assert wholeness.fault(b"other kinds are not judged") is None


def test_floats_are_refused(tmp_path: Path):
    cv2.imwrite(str(tmp_path / "float.tif"), np.ones((4, 4, 3), np.float32))
    with pytest.raises(SampleError, match="holds float32 values; store pictures with 8 or 16 bits"):
        read_image(tmp_path / "float.tif")


def test_a_picture_larger_than_the_decoder_takes_is_an_error_not_a_crash(tmp_path: Path):
    header = encoded_png(noise(1, 1))
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", 1 << 20, 1 << 20, 8, 2, 0, 0, 0)
    data = header[:8] + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr)) + header[33:]
    (tmp_path / "bomb.png").write_bytes(data)
    with pytest.raises(SampleError, match=r"bomb\.png states a size of 1048576x1048576 pixels, more than 64 million"):
        read_image(tmp_path / "bomb.png")


def test_a_picture_that_cannot_be_written_is_an_output_error(tmp_path: Path):
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_image(tmp_path / "taken.png", noise())
