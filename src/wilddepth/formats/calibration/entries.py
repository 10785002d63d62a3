"""Text files of `key: value` or `key=value` lines, with the numbers of a value as floats."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.content import brief, text


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
    if key not in entries:
        found = brief(", ".join(list(entries)[:8])) or "nothing"
        raise SampleError(f"{path} has no entry {key!r} (it has {found}); check that it is the right calibration file")
    words = entries[key].translate(str.maketrans("[];,", "    ")).split()
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        raise SampleError(
            f"{path}: {key} holds {brief(entries[key])!r}, which are not numbers; check the file"
        ) from error
    if len(values) != count:
        raise SampleError(f"{path}: {key} holds {len(values)} numbers instead of {count}; it may be cut off")
    if not all(math.isfinite(value) for value in values):
        raise SampleError(f"{path}: {key} holds {brief(entries[key])!r}; every number must be finite")
    return values
