"""Pictures that are unusual, hostile, or another kind than their name says."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from wilddepth.errors import ConfigError, SampleError
from wilddepth.formats import image
from wilddepth.formats.header import JPEG_START, PNG_START, header
from wilddepth.formats.image import encoded_png, image_size, read_image, write_image


def noise(height: int = 24, width: int = 31, channels: int = 3, bits: int = 8) -> np.ndarray:
    generator = np.random.default_rng(height * width + channels)
    return generator.integers(0, 2**bits, (height, width, channels)).astype(np.uint8 if bits == 8 else np.uint16)


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
