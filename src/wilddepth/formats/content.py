"""The bytes of an input file, or one error that says what is wrong with it."""

from pathlib import Path

from wilddepth.errors import SampleError


def content(path: str | Path) -> bytes:
    """All bytes of `path`, at least one.

    Raises:
        SampleError: for a file that is missing, a folder, unreadable or empty.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise SampleError(f"{path} does not exist; check the path") from error
    except IsADirectoryError as error:
        raise SampleError(f"{path} is a folder, not a file; name a file inside it") from error
    except OSError as error:
        raise SampleError(f"{path} cannot be read ({error.strerror or error}); check its permissions") from error
    if not data:
        raise SampleError(f"{path} is empty (0 bytes); copy or download it again")
    return data


def text(path: str | Path) -> str:
    """The file as text, UTF-8.

    Raises:
        SampleError: as `content`, and for bytes that are not text.
    """
    try:
        return content(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SampleError(f"{path} is not a text file; check that it is the right file") from error
