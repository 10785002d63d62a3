"""Files that are either wholly there or not there at all.

Everything is written to a hidden file beside the target and then renamed over it, which POSIX promises to be atomic on
one file system. A run that is killed leaves the old file, or none, under the name that others read.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wilddepth.errors import OutputError


@contextmanager
def replacing(path: str | Path, *, durable: bool = False) -> Iterator[Path]:
    """A path to write to, renamed to `path` when the block ends and removed when it fails.

    Args:
        path: the file to make; its folder is made where it is missing.
        durable: wait until the bytes are on the disk, so that the file survives a power cut as well as a kill.

    Yields:
        A hidden path in the same folder with the same ending, for writers that take a file name.

    Raises:
        OutputError: when the folder or the file cannot be written.
    """
    target = Path(path)
    partial = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.partial{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        if durable:
            _flush(partial)
        os.replace(partial, target)
    except OSError as error:
        if error.filename not in (None, str(partial), str(target), str(target.parent)):
            raise  # about another file, which the block was reading
        raise OutputError(
            f"cannot write {target}: {error.strerror or error}; free some space or choose another place"
        ) from error
    finally:
        with suppress(OSError):  # on a disk that became read-only nothing can be removed; the error is on its way
            partial.unlink()


def write_bytes(path: str | Path, data: bytes, *, durable: bool = False) -> None:
    """Write `data` to `path`, wholly or not at all.

    Raises:
        OutputError: when the folder or the file cannot be written.
    """
    with replacing(path, durable=durable) as partial:
        partial.write_bytes(data)


def write_text(path: str | Path, text: str, *, durable: bool = False) -> None:
    """Write `text` to `path` as UTF-8 with its line ends as they are, wholly or not at all.

    Bytes of a path that are not UTF-8 are written as escapes, which JSON and Python read as what they were.

    Raises:
        OutputError: when the folder or the file cannot be written.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"), durable=durable)


def _flush(path: Path) -> None:
    """Wait until the bytes of `path` are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
