"""The bytes of an input file, or one error that says what is wrong with it."""

import errno
import os
import stat
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.limits import VARIABLE, most_bytes

# Calibration files and lists of keys have kilobytes.
TEXT_BYTES = 16 << 20

_SHOWN = 160


def content(path: str | Path, *, largest: int | None = None) -> bytes:
    """All bytes of `path`, at least one.

    Args:
        path: a file; pipes and devices, whose reading may never end, are refused.
        largest: bytes; None = what the largest picture allowed needs (see `limits`).

    Raises:
        SampleError: for a file that is missing, a folder, no regular file, unreadable, empty or too large.
    """
    limit = most_bytes() if largest is None else largest
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            size = _regular(os.fstat(file.fileno()), path)
            if size > limit:
                raise SampleError(f"{path} has {size} bytes, more than {limit}; {_larger(largest)}")
            data = file.read()
    except FileNotFoundError as error:
        raise SampleError(f"{path} does not exist; check the path") from error
    except IsADirectoryError as error:
        raise SampleError(f"{path} is a folder, not a file; name a file inside it") from error
    except OSError as error:
        step = "remove this link" if error.errno == errno.ELOOP else "check its permissions"
        raise SampleError(f"{path} cannot be read ({error.strerror or error}); {step}") from error
    except ValueError as error:
        raise SampleError(f"{str(path)!r} is not a path ({error}); check it") from error
    if not data:
        raise SampleError(f"{path} is empty (0 bytes); copy or download it again")
    return data


def text(path: str | Path) -> str:
    """The file as text, UTF-8.

    Raises:
        SampleError: as `content`, for bytes that are not text, and for more than 16 MiB.
    """
    try:
        return content(path, largest=TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SampleError(f"{path} is not a text file; check that it is the right file") from error


def brief(reason: object) -> str:
    """A value or the message of a decoder as one line that an error can hold, whatever the file put into it."""
    words = " ".join(str(reason).split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}..."


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe at once too: the plain call waits for somebody who writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _regular(status: os.stat_result, path: str | Path) -> int:
    """The size of a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError
    if not stat.S_ISREG(status.st_mode):
        raise SampleError(f"{path} is a pipe or device, not a file; save its content to a file first")
    return status.st_size


def _larger(largest: int | None) -> str:
    """What to do about a file that is too large."""
    return f"if it is right, raise {VARIABLE}" if largest is None else "check that it is the right file"
