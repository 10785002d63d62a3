"""Text files of `key: value` or `key=value` lines, with the numbers of a value as floats."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text

# No picture that can be decoded is longer.
LARGEST_SIDE = 10**6


def read_entries(path: str | Path, separator: str) -> Mapping[str, str]:
    """Key -> value as written, for each line that holds `separator`.

    Raises:
        SampleError: for a file that is missing, empty or no text.
    """
    lines = (line.partition(separator) for line in text(path).splitlines() if separator in line)
    return {key.strip(): value.strip() for key, _, value in lines}


def numbers(entries: Mapping[str, str], key: str, count: int, path: str | Path) -> Sequence[float]:
    """The `count` numbers under `key`; brackets and semicolons between them are skipped.

    Raises:
        SampleError: when the key is missing, has another count of numbers, or one that is not finite.
    """
    return [float(value) for value in decimals(entries, key, count, path)]


def decimals(entries: Mapping[str, str], key: str, count: int, path: str | Path) -> Sequence[Decimal]:
    """The same numbers with all the digits of the file.

    Raises:
        SampleError: as `numbers`.
    """
    if key not in entries:
        found = brief(", ".join(list(entries)[:8])) or "nothing"
        raise SampleError(f"{path} has no entry {key!r} (it has {found}); check that it is the right calibration file")
    words = entries[key].translate(str.maketrans("[];,", "    ")).split()
    values = [finite_number(word, key, path) for word in words]
    if len(values) != count:
        raise SampleError(f"{path}: {key} holds {len(values)} numbers instead of {count}; it may be cut off")
    return values


def finite_number(word: str, key: str, path: str | Path) -> Decimal:
    """A word as a number that a float can hold.

    Raises:
        SampleError: when it is none, or not finite.
    """
    try:
        value = float(word)
        if math.isfinite(value):
            # A number below the smallest float is 0 for floats, and a burden for decimals.
            return Decimal(word) if value else Decimal(0)
    except (ValueError, ArithmeticError) as error:
        raise SampleError(f"{path}: {key} holds {brief(word)!r}, which is not a number; check the file") from error
    raise SampleError(f"{path}: {key} holds {brief(word)!r}; every number must be finite")


def whole_number(value: float | Decimal, name: str, path: str | Path) -> int:
    """A number of pixels.

    Raises:
        SampleError: unless it is whole and positive.
    """
    number = float(value)
    if not (number.is_integer() and 0 < number <= LARGEST_SIDE):
        raise SampleError(f"{path}: {name}={number:g} is impossible; check the file")
    return int(number)
