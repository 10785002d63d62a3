"""Claims between processes, and what a killed one leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wilddepth.errors import OutputError
from wilddepth.formats.lock import claimed, in_use

HOLD = """
import sys, time
from wilddepth.formats.lock import claimed
with claimed(sys.argv[1]) as held:
    print(held, flush=True)
    time.sleep(60)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_one_holds_at_a_time_and_nothing_is_left(tmp_path: Path):
    path = tmp_path / "deep" / "a.lock"
    with claimed(path) as first, claimed(path) as second:
        assert (first, second) == (True, False)
        assert in_use(path)
    assert not path.exists()
    assert not in_use(path)
    with claimed(path) as again:
        assert again


def test_who_did_not_get_it_does_not_remove_it(tmp_path: Path):
    path = tmp_path / "a.lock"
    with claimed(path) as first:
        with claimed(path):
            pass
        assert path.exists()
        with claimed(path) as third:
            assert (first, third) == (True, False)


def test_a_claim_ends_with_an_error_too(tmp_path: Path):
    with pytest.raises(KeyError), claimed(tmp_path / "a.lock"):
        raise KeyError("x")
    assert list(tmp_path.iterdir()) == []


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path):
    path = tmp_path / "a.lock"
    process = holder(path)
    try:
        assert in_use(path)
        with claimed(path) as held:
            assert not held
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert path.exists()  # its name stays
    assert not in_use(path)
    with claimed(path) as held:
        assert held
    assert not path.exists()


def test_a_name_that_its_holder_removed_meanwhile_is_no_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Opened before the holder removed it, locked after: the next one would make a new file and hold that."""
    import fcntl

    path, lock = tmp_path / "a.lock", fcntl.flock

    def late(descriptor: int, how: int) -> None:
        path.unlink()
        lock(descriptor, how)

    with monkeypatch.context() as patch:
        patch.setattr("fcntl.flock", late)
        with claimed(path) as held:
            assert not held
    with claimed(path) as held:
        assert held


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match=r"cannot claim .*a\.lock.*choose another place"),
        claimed(tmp_path / "file/a.lock"),
    ):
        pass


def test_a_disk_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(descriptor: int, how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    refused = pytest.raises(OutputError, match="No locks available; choose a folder on a disk that knows locks")
    with refused, claimed(tmp_path / "a.lock"):
        pass
