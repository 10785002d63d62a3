"""Valid files after changes that damage, accident and malice make."""

import random
import struct
import zlib


def spoilt(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A valid file after one to three changes."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(CHANGES)(changed, other, rng)
    if data.startswith(b"\x89PNG") and rng.random() < 0.3:
        return packed_again(data, rng)
    if changed.startswith(b"\x89PNG") and rng.random() < 0.6:
        repair_checksums(changed)  # otherwise nothing but the checksum is ever tried
    return bytes(changed)


def flip_bits(data: bytearray, other: bytes, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 8, 40)) if data else 0):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def truncate(data: bytearray, other: bytes, rng: random.Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


def splice(data: bytearray, other: bytes, rng: random.Random) -> None:
    """A part of another file in the place of a part of this one."""
    begin, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    first, last = sorted(rng.randrange(len(other) + 1) for _ in range(2))
    data[begin:end] = other[first:last]


def repeat(data: bytearray, other: bytes, rng: random.Random) -> None:
    begin = rng.randrange(len(data) + 1)
    part = bytes(data[begin : begin + rng.choice((1, 4, 30))])
    data[begin:begin] = part * rng.choice((1, 3, 200))


def edit_number(data: bytearray, other: bytes, rng: random.Random) -> None:
    """Another whole number in 1, 2, 4 or 8 bytes near the beginning, where headers are."""
    form = rng.choice("BHIQ")
    number = rng.choice((0, 1, 2, 255, 256, 65535, 65536, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 63)))
    size = struct.calcsize(form)
    place = rng.randrange(min(max(len(data) - size, 1), 300))
    data[place : place + size] = struct.pack(rng.choice("<>") + form, number % (1 << (8 * size)))


WORDS = (b"nan", b"-1", b"0", b"1e999", b"99999999999999999999", b"9" * 5000, b"[" * 3000, b"&a *a", b"!!int ''")
SIGNS = (b"\xff", b"\0", b"\n", b"{", b": ", b"\x1b[2J", "é".encode(), "²".encode(), b"\xed\xa0\x80", b"<<: ")


def edit_text(data: bytearray, other: bytes, rng: random.Random) -> None:
    """Words that readers of text stumble over, instead of a number or in between."""
    digits = [place for place, sign in enumerate(data[:2000]) if 48 <= sign <= 57]
    place = rng.choice(digits) if digits and rng.random() < 0.7 else rng.randrange(len(data) + 1)
    data[place : place + rng.randrange(3)] = rng.choice(WORDS + SIGNS)


CHANGES = (flip_bits, flip_bits, truncate, splice, repeat, edit_number, edit_number, edit_text)


def packed_again(data: bytes, rng: random.Random) -> bytes:
    """A PNG whose pixels, before they are packed, are spoilt: the packing itself is right."""
    begin = data.index(b"IDAT") - 4
    end = begin + 12 + int.from_bytes(data[begin : begin + 4], "big")
    pixels = bytearray(zlib.decompress(data[begin + 8 : end - 4]))
    rng.choice((flip_bits, truncate, repeat))(pixels, b"", rng)
    stored = zlib.compress(bytes(pixels))
    chunk = bytearray(data[:begin] + struct.pack(">I", len(stored)) + b"IDAT" + stored + bytes(4) + data[end:])
    repair_checksums(chunk)
    return bytes(chunk)


def repair_checksums(data: bytearray) -> None:
    """Give every chunk of a PNG the checksum of what it holds now."""
    place = 8
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        if end + 4 > len(data):
            return
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
