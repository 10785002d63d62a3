"""Is an encoded image all there? Decoders may fill a cut-off picture with grey; a stereo matcher must not see that."""

import struct
import zlib

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8"

# JPEG markers that stand alone: TEM, RST0..RST7, SOI.
_JPEG_ALONE = {0x01, *range(0xD0, 0xD9)}
# JPEG frame headers (SOF0..SOF15) without DHT, JPG and DAC, which share their range.
_JPEG_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN, _JPEG_END = 0xDA, b"\xff\xd9"


def fault(data: bytes) -> str | None:
    """What is wrong with an encoded PNG or JPEG, or None where nothing is (or the kind is another one)."""
    if data.startswith(PNG_START):
        return _png_fault(data)
    if data.startswith(JPEG_START):
        return _jpeg_fault(data)
    return None


def size(data: bytes) -> tuple[int, int] | None:
    """Rows and columns that a whole PNG or JPEG states in its header; None for other kinds."""
    if data.startswith(PNG_START):
        width, height = struct.unpack(">II", data[16:24])
        return height, width
    if data.startswith(JPEG_START):
        return _jpeg_size(data)
    return None


def _png_fault(data: bytes) -> str | None:
    """Walks the chunks: length, name, payload, checksum, up to IEND (PNG specification, sec. 5.3)."""
    position = len(PNG_START)
    if data[position + 4 : position + 8] != b"IHDR":
        return "is damaged (no header)" if len(data) > 16 else "is truncated"
    while position + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[position : position + 8])
        end = position + 12 + length
        if end > len(data):
            return "is truncated"
        (checksum,) = struct.unpack(">I", data[end - 4 : end])
        if zlib.crc32(data[position + 4 : end - 4]) != checksum:
            return "is damaged (wrong checksum)"
        if name == b"IEND":
            return None
        position = end
    return "is truncated"


def _jpeg_fault(data: bytes) -> str | None:
    """Looks for the end marker after the scan began: compressed data hold 0xFF only with 0x00 after it."""
    scan = next((start for marker, start in _jpeg_segments(data) if marker == _JPEG_SCAN), None)
    if scan is None or data.find(_JPEG_END, scan) < 0:
        return "is truncated"
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Rows and columns from the frame header: after length (2 bytes) and precision (1 byte)."""
    for marker, start in _jpeg_segments(data):
        if marker in _JPEG_FRAME and start + 7 <= len(data):
            height, width = struct.unpack(">HH", data[start + 3 : start + 7])
            return height, width
    return None


def _jpeg_segments(data: bytes) -> list[tuple[int, int]]:
    """Marker and payload position (its length field) of each segment up to the first scan, as far as the data go."""
    segments: list[tuple[int, int]] = []
    position = len(JPEG_START)
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in _JPEG_ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        segments.append((marker, position + 2))
        if marker == _JPEG_SCAN:
            break
        position += 2 + int(struct.unpack(">H", data[position + 2 : position + 4])[0])
    return segments
