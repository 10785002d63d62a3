"""Is an encoded image all there? Decoders may fill a cut-off picture with grey; a stereo matcher must not see that."""

import struct
import zlib

from wilddepth.formats.header import JPEG_SCAN, JPEG_START, PNG_START, jpeg_segments, png_chunks

_JPEG_END = b"\xff\xd9"


def fault(data: bytes) -> str | None:
    """What is wrong with an encoded PNG or JPEG, or None where nothing is (or the kind is another one)."""
    if data.startswith(PNG_START):
        return _png_fault(data)
    if data.startswith(JPEG_START):
        return _jpeg_fault(data)
    return None


def _png_fault(data: bytes) -> str | None:
    """Looks at the chunks: length, name, payload, checksum, up to IEND (PNG specification, sec. 5.3)."""
    if data[12:16] != b"IHDR":
        return "is damaged (no header)" if len(data) > 24 else "is truncated"
    for name, begin, end in png_chunks(data):
        (checksum,) = struct.unpack(">I", data[end : end + 4])
        if zlib.crc32(data[begin - 4 : end]) != checksum:
            return "is damaged (wrong checksum)"
        if name == b"IEND":
            return None
    return "is truncated"


def _jpeg_fault(data: bytes) -> str | None:
    """Looks for the end marker after the scan began: compressed data hold 0xFF only with 0x00 after it."""
    scan = next((start for marker, start in jpeg_segments(data) if marker == JPEG_SCAN), None)
    if scan is None or data.find(_JPEG_END, scan) < 0:
        return "is truncated"
    return None
