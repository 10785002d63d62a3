import struct
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats import image, wholeness
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


def encoded(kind: str, picture: Image.Image | None = None, frames: int = 1, **options: object) -> bytes:
    """A picture as another encoder writes it."""
    file = BytesIO()
    first = picture or Image.fromarray(noise())
    more = {"save_all": True, "append_images": [first.rotate(90 * turn) for turn in range(1, frames)]}
    first.save(file, kind, **options, **(more if frames > 1 else {}))
    return file.getvalue()


def read(folder: Path, data: bytes, name: str = "picture.png") -> np.ndarray:
    (folder / name).write_bytes(data)
    assert image_size(folder / name) == read_image(folder / name).shape[:2]
    return read_image(folder / name)


@pytest.mark.parametrize("kind, options", [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})])
def test_an_alpha_channel_is_dropped_and_the_colour_below_it_stays(
    tmp_path: Path, kind: str, options: dict[str, object]
):
    colours = noise()
    alpha = noise(channels=1)  # some pixels wholly transparent
    alpha[:5] = 0
    picture = Image.fromarray(np.concatenate([colours, alpha], 2))
    np.testing.assert_array_equal(read(tmp_path, encoded(kind, picture, **options)), colours)


def test_sixteen_bit_colour_with_alpha_is_scaled_and_not_cut(tmp_path: Path):
    deep = noise(channels=4, bits=16)
    expected = np.round(deep[:, :, 2::-1] / 257).astype(np.uint8)
    np.testing.assert_array_equal(read(tmp_path, encoded_png(deep)), expected)
    np.testing.assert_array_equal(read(tmp_path, cv2.imencode(".tif", deep)[1].tobytes()), expected)


def test_large_sixteen_bit_pictures_are_scaled_in_pieces_without_a_seam(tmp_path: Path):
    deep = noise(600, 5, 1, bits=16)[:, :, 0]
    expected = np.round(deep / 257).astype(np.uint8)
    np.testing.assert_array_equal(read(tmp_path, encoded_png(deep))[:, :, 0], expected)


@pytest.mark.parametrize("transparent", [None, 3])
def test_palettes_are_looked_up(tmp_path: Path, transparent: int | None):
    picture = Image.fromarray(noise()).quantize(17)
    options = {} if transparent is None else {"transparency": transparent}
    expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(read(tmp_path, encoded("PNG", picture, **options)), expected)


def test_cmyk_gives_the_colours_that_another_decoder_gives(tmp_path: Path):
    row, column = np.mgrid[:61, :83]
    colours = np.stack([4 * row, 3 * column, 255 - 2 * row], 2).astype(np.uint8)
    data = encoded("JPEG", Image.fromarray(colours).convert("CMYK"), quality=95)
    with Image.open(BytesIO(data)) as other:
        assert other.mode == "CMYK"
        expected = np.asarray(other.convert("RGB")).astype(int)
    assert expected.std() > 30
    difference = np.abs(read(tmp_path, data, "picture.jpg").astype(int) - expected)
    assert difference.mean() < 1.5  # two roundings of K; inverted inks would differ by a hundred
    assert difference.max() <= 4


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_no_orientation_turns_one_view_of_a_pair(tmp_path: Path, kind: str, turn: int):
    """OpenCV turns a TIFF by its tag although it is asked to leave pictures as they are."""
    tags = Image.Exif()
    tags[0x112] = turn
    smooth = Image.fromarray(cv2.GaussianBlur(noise(61, 83), (0, 0), 3))
    plain, tagged = (encoded(kind, smooth, **more) for more in ({}, {"exif": tags}))
    np.testing.assert_array_equal(read(tmp_path, tagged), read(tmp_path, plain))


def test_a_sixteen_bit_tiff_is_not_turned_either(tmp_path: Path):
    deep = noise(channels=1, bits=16)[:, :, 0]
    data = encoded("TIFF", Image.fromarray(deep), tiffinfo={274: 6})
    np.testing.assert_array_equal(read(tmp_path, data)[:, :, 0], np.round(deep / 257).astype(np.uint8))


@pytest.mark.parametrize(
    "kind, message",
    [
        ("PNG", "is a PNG with 3 pictures and it is not known which is meant; save each as a file of its own"),
        ("TIFF", "is a TIFF with 3 pictures and it is not known which is meant"),
        ("GIF", r"is a GIF; expected one of \.png.*: save it again as PNG"),
        ("WEBP", "is a WebP picture; expected one of"),
    ],
)
def test_moving_pictures_are_refused(tmp_path: Path, kind: str, message: str):
    (tmp_path / "moving.png").write_bytes(encoded(kind, frames=3))
    for reader in (read_image, image_size):
        with pytest.raises(SampleError, match=rf"moving\.png {message}"):
            reader(tmp_path / "moving.png")


def test_a_thumbnail_beside_the_picture_is_no_second_picture(tmp_path: Path):
    small = Image.fromarray(noise(8, 8))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    data = encoded("TIFF", save_all=True, append_images=[small])
    np.testing.assert_array_equal(read(tmp_path, data), noise())


@pytest.mark.parametrize("kind", ["JPEG2000", "AVIF", "GIF", "WEBP", "PDF"])
def test_other_kinds_are_refused_by_name_whatever_they_are_called(tmp_path: Path, kind: str):
    (tmp_path / "picture.png").write_bytes(encoded(kind))
    with pytest.raises(SampleError, match=r"picture\.png is an? \w+[\w ]*; expected one of .*: save it again as PNG"):
        read_image(tmp_path / "picture.png")


def test_a_git_lfs_pointer_is_named(tmp_path: Path):
    (tmp_path / "picture.png").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")
    with pytest.raises(SampleError, match="is a Git LFS pointer and not the picture itself"):
        read_image(tmp_path / "picture.png")


@pytest.mark.parametrize("kind, suffix", [("BMP", ".bmp"), ("PPM", ".ppm"), ("TIFF", ".tif")])
def test_other_pictures_cut_anywhere_are_refused(tmp_path: Path, kind: str, suffix: str):
    data = encoded(kind)
    for part in (0.02, 0.3, 0.6, 0.99):
        (tmp_path / f"cut{suffix}").write_bytes(data[: int(len(data) * part)])
        with pytest.raises(SampleError, match=rf"cut{suffix} is (damaged or cut off|not a picture)"):
            read_image(tmp_path / f"cut{suffix}")


# A header and some bytes of each kind, stating 40000 x 30000 pixels.
BOMBS = {
    "png": PNG_START + b"\0\0\0\x0dIHDR" + struct.pack(">II", 40000, 30000) + b"\x08\x02\0\0\0",
    "jpg": JPEG_START + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 30000, 40000) + b"\x03" + bytes(9),
    "bmp": b"BM" + bytes(12) + struct.pack("<Iii", 40, 40000, -30000) + bytes(40),
    "ppm": b"P6 # a remark\n40000 30000\n255\n" + bytes(50),
    "tif": b"II*\0\x08\0\0\0\x02\0" + struct.pack("<HHII", 256, 4, 1, 40000) + struct.pack("<HHII", 257, 4, 1, 30000),
}


def closed(kind: str) -> bytes:
    """A bomb with the checksums and end marks that make its kind look whole."""
    data = BOMBS[kind]
    if kind == "png":
        return (
            data + struct.pack(">I", zlib.crc32(data[12:])) + b"\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
        )
    return data + (b"\xff\xda\0\x02\xff\xd9" if kind == "jpg" else bytes(8))


@pytest.mark.parametrize("kind", BOMBS)
def test_a_huge_picture_is_refused_from_its_header(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch):
    def decode(*words: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(image.cv2, "imdecode", decode)
    (tmp_path / f"bomb.{kind}").write_bytes(closed(kind))
    for reader in (read_image, image_size):
        with pytest.raises(
            SampleError,
            match=rf"bomb\.{kind} states a size of 40000x30000 pixels, more than 64 million; if it is right, set "
            "WILDDEPTH_MAX_MEGAPIXELS=1200",
        ):
            reader(tmp_path / f"bomb.{kind}")
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "1200")
    assert image_size(tmp_path / f"bomb.{kind}") == (30000, 40000)


def test_the_limit_counts_pixels_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_image(tmp_path / "picture.png", noise(20, 50))
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "0.001")
    assert read_image(tmp_path / "picture.png").shape == (20, 50, 3)
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "0.000999")
    with pytest.raises(SampleError, match="states a size of 50x20 pixels"):
        read_image(tmp_path / "picture.png")


@pytest.mark.parametrize("text", ["many", "0", "-3", "nan", "inf"])
def test_a_limit_that_is_no_number_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str):
    write_image(tmp_path / "picture.png", noise())
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", text)
    with pytest.raises(
        ConfigError, match=rf"WILDDEPTH_MAX_MEGAPIXELS='{text}' is not a positive number; give millions"
    ):
        read_image(tmp_path / "picture.png")


@pytest.mark.parametrize("kind, place", [("PNG", 16), ("BMP", 18)])
def test_a_picture_of_no_size_is_refused(tmp_path: Path, kind: str, place: int):
    data = bytearray(encoded(kind))
    data[place : place + 4] = bytes(4)
    if kind == "PNG":
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (tmp_path / "none.png").write_bytes(data)
    with pytest.raises(SampleError, match=r"none\.png states a size of 0x24 pixels"):
        read_image(tmp_path / "none.png")


def test_a_tiff_whose_pages_are_a_ring_is_followed_once(tmp_path: Path):
    data = bytearray(encoded("TIFF"))
    (first,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[first : first + 2])
    end = first + 2 + 12 * count
    data[end : end + 4] = struct.pack("<I", first)
    found = header(bytes(data))
    assert found is not None
    assert (found.rows, found.columns, found.pictures) == (24, 31, 1)


def test_the_decoders_own_lines_stay_away(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    data = encoded("TIFF")
    (tmp_path / "cut.tif").write_bytes(data[: len(data) // 2])
    with pytest.raises(SampleError, match="is damaged or cut off"):
        read_image(tmp_path / "cut.tif")
    assert capfd.readouterr().err == ""
