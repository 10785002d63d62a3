"""Locks between processes of one machine that a killed process cannot leave behind.

The lock is on the open file (`flock`), so the kernel gives it back when its holder ends, however it ends. The file
itself only gives the lock a name: one that a killed holder left there locks nobody out. No clock and no process number
is looked at, so nothing can be taken for stale that is not.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wilddepth.errors import OutputError


@contextmanager
def claimed(path: str | Path) -> Iterator[bool]:
    """Hold the lock named `path` while the block runs, if nobody else does.

    Args:
        path: made where it is missing, and its folder; removed when the block ends.

    Yields:
        True while the lock is held; False when another process, or another claim of this one, holds it.

    Raises:
        OutputError: when the file cannot be made, or its disk knows no locks.
    """
    name = Path(path)
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise OutputError(f"cannot claim {name}: {error.strerror}; free some space or choose another place") from error
    try:
        held = _locked(descriptor, name)
        try:
            yield held
        finally:
            if held:
                with suppress(OSError):  # a name left behind locks nobody out
                    name.unlink()
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: str | Path) -> Iterator[None]:
    """Wait until no other process is in such a block for the same folder, and keep others waiting meanwhile.

    Args:
        folder: made where it is missing; nothing is written into it.

    Raises:
        OutputError: when it cannot be made, or its disk knows no locks.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise OutputError(f"cannot make {folder}: {error.strerror}; choose another place") from error
    try:
        _lock(descriptor, Path(folder), fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def in_use(path: str | Path) -> bool:
    """Whether somebody holds the lock named `path` now; nothing is made."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(descriptor, Path(path))
    finally:
        os.close(descriptor)


def _locked(descriptor: int, name: Path) -> bool:
    try:
        _lock(descriptor, name, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    # The holder before may have removed the name between our opening and locking it: then this lock has no name.
    return _names(name, descriptor)


def _lock(descriptor: int, name: Path, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot lock {name}: {error.strerror}; choose a folder on a disk that knows locks"
        ) from error


def _names(name: Path, descriptor: int) -> bool:
    """Whether the name still is that of the open file."""
    try:
        there, held = os.stat(name), os.fstat(descriptor)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)
