"""What an encoded picture states about itself, read without decoding a pixel: kind, size, how many pictures it holds.

Sources:
    PNG specification, third edition, sec. 11.2.1 and 11.3.3 (animation); ITU-T T.81, B.2.2 (JPEG frame header);
    TIFF 6.0, sec. 2 and 8; the netpbm formats; the BITMAPINFOHEADER of BMP.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8"

# JPEG markers that stand alone: TEM, RST0..RST7, SOI.
_JPEG_ALONE = {0x01, *range(0xD0, 0xD9)}
# JPEG frame headers (SOF0..SOF15) without DHT, JPG and DAC, which share their range.
_JPEG_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_SCAN = 0xDA

# Kind, columns, rows; comments run to the end of their line. Ten digits state more than any limit.
_PNM = re.compile(rb"\AP[1-6](?:\s+|#[^\n]*\n)+(\d{1,10})(?:\s+|#[^\n]*\n)+(\d{1,10})\b")

# Kinds that are not read, by how they begin.
_OTHERS = (
    (0, b"GIF8", "a GIF"),
    (8, b"WEBP", "a WebP picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (0, b"#?R", "a Radiance HDR picture"),
    (0, b"II+\x00", "a BigTIFF picture"),
    (0, b"MM\x00+", "a BigTIFF picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF"),
    (0, b"P7", "a PAM picture"),
    (0, b"PF", "a PFM file"),
    (0, b"Pf", "a PFM file"),
    (0, b"version https://git-lfs", "a Git LFS pointer and not the picture itself"),
)

_SUBFILE, _COLUMNS, _ROWS = 254, 256, 257
# Tag -> the value with which nothing is done to the pixels: first row on top, and colours multiplied already.
_HARMLESS = {274: 1, 338: 1}
_MOST_PAGES = 1000


@dataclass(frozen=True)
class Header:
    """What a picture states.

    Attributes:
        kind: its format.
        rows: px.
        columns: px.
        pictures: how many it holds: frames of an animation, pages of a TIFF.
        as_stored: what to write where (place, bytes) so that a decoder of TIFF gives the pixels as they are stored: it
            would turn them as the file asks, and multiply colours by the alpha channel.
    """

    kind: str
    rows: int
    columns: int
    pictures: int = 1
    as_stored: tuple[tuple[int, bytes], ...] = ()


def header(data: bytes) -> Header | None:
    """The header of a PNG, JPEG, TIFF, BMP or netpbm picture; None for other kinds and where it is damaged."""
    if data.startswith(PNG_START):
        return _png(data)
    if data.startswith(JPEG_START):
        return _jpeg(data)
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return _tiff(data)
    if data.startswith(b"BM"):
        return _bmp(data)
    found = _PNM.match(data)
    return Header("netpbm", int(found[2]), int(found[1])) if found else None


def other_kind(data: bytes) -> str | None:
    """The name of a kind of file that is known and not read as a picture; None for what is not known."""
    return next((name for place, start, name in _OTHERS if data[place : place + len(start)] == start), None)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of each whole chunk of a PNG, in order."""
    position = len(PNG_START)
    while position + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[position : position + 8])
        end = position + 8 + length
        if end + 4 > len(data):
            return
        yield name, position + 8, end
        position = end + 4


def jpeg_segments(data: bytes) -> list[tuple[int, int]]:
    """Marker and payload position (its length field) of each segment up to the first scan, as far as the data go."""
    segments: list[tuple[int, int]] = []
    position = len(JPEG_START)
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in _JPEG_ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        segments.append((marker, position + 2))
        if marker == JPEG_SCAN:
            break
        position += 2 + int(struct.unpack(">H", data[position + 2 : position + 4])[0])
    return segments


def _png(data: bytes) -> Header | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    columns, rows = struct.unpack(">II", data[16:24])
    frames = 1
    for name, begin, end in png_chunks(data):
        if name == b"acTL" and end - begin >= 4:
            frames = int(struct.unpack(">I", data[begin : begin + 4])[0])
        if name in (b"acTL", b"IDAT"):  # an animation says so before its first picture
            break
    return Header("PNG", rows, columns, frames)


def _jpeg(data: bytes) -> Header | None:
    """From the frame header: after length (2 bytes) and precision (1 byte)."""
    for marker, start in jpeg_segments(data):
        if marker in _JPEG_FRAME and start + 7 <= len(data):
            rows, columns = struct.unpack(">HH", data[start + 3 : start + 7])
            return Header("JPEG", rows, columns)
    return None


def _bmp(data: bytes) -> Header | None:
    if len(data) < 26:
        return None
    (length,) = struct.unpack("<I", data[14:18])
    columns, rows = struct.unpack("<HH", data[18:22]) if length == 12 else struct.unpack("<ii", data[18:26])
    return Header("BMP", abs(rows), columns)  # rows below 0: the top one is stored first


def _tiff(data: bytes) -> Header | None:
    """The size of the first page, and how many there are without thumbnails and masks."""
    pages = list(_tiff_pages(data))
    if not pages or _COLUMNS not in pages[0] or _ROWS not in pages[0]:
        return None
    first, whole = pages[0], [page for page in pages if not page.get(_SUBFILE, (0, 0))[1] & 0b101]
    edits = [
        (first[tag][0], struct.pack(_order(data) + "H", value)) for tag, value in _HARMLESS.items() if tag in first
    ]
    return Header("TIFF", first[_ROWS][1], first[_COLUMNS][1], max(len(whole), 1), tuple(edits))


def _tiff_pages(data: bytes) -> Iterator[Mapping[int, tuple[int, int]]]:
    """Tag -> (place of its value, value), for the tags with one whole number, of each page; a ring is followed once."""
    order, seen = _order(data), set[int]()
    place = _number(data, 4, order + "I")
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        count = _number(data, place, order + "H") or 0
        page = {}
        for entry in range(place + 2, min(place + 2 + 12 * count, len(data) - 11), 12):
            tag, kind, values = struct.unpack(order + "HHI", data[entry : entry + 8])
            if values == 1 and kind in (3, 4):  # 16 or 32 bits
                page[tag] = (entry + 8, _number(data, entry + 8, order + ("H" if kind == 3 else "I")) or 0)
        yield page
        place = _number(data, place + 2 + 12 * count, order + "I")


def _order(data: bytes) -> str:
    return "<" if data.startswith(b"II") else ">"


def _number(data: bytes, place: int, form: str) -> int | None:
    """A whole number at a place; None beyond the end."""
    size = struct.calcsize(form)
    return int(struct.unpack(form, data[place : place + size])[0]) if place + size <= len(data) else None
