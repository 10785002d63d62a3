"""What can stand under the name of an input file, and never hangs or fills the memory."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from wilddepth.errors import SampleError
from wilddepth.formats import content as module
from wilddepth.formats.array import read_array
from wilddepth.formats.calibration.detect import read_calibration
from wilddepth.formats.content import brief, content, text
from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.formats.image import image_size, read_image
from wilddepth.formats.pfm import read_pfm

READERS = (content, text, read_image, image_size, read_kitti_disparity, read_pfm, read_array, read_calibration)


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may read any file: another user cannot."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("read", READERS)
def test_a_pipe_does_not_hang(tmp_path: Path, read):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(SampleError, match=r"pipe\.png is a pipe or device, not a file; save its content to a file"):
        read(tmp_path / "pipe.png")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/random"])
def test_a_link_to_a_device_is_refused(tmp_path: Path, device: str):
    (tmp_path / "endless.png").symlink_to(device)
    with pytest.raises(SampleError, match=r"endless\.png is a pipe or device"):
        content(tmp_path / "endless.png")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # its path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(SampleError, match=r"socket cannot be read \(No such device or address\)"):
            content("socket")


def test_a_ring_of_links_is_refused(tmp_path: Path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(SampleError, match=r"a\.png cannot be read \(Too many levels.*\); remove this link"):
        content(tmp_path / "a.png")


def test_a_link_to_nothing_does_not_exist(tmp_path: Path):
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(SampleError, match=r"a\.png does not exist; check the path"):
        content(tmp_path / "a.png")


def test_a_folder_with_the_name_of_a_picture_is_refused(tmp_path: Path):
    (tmp_path / "a.png").mkdir()
    for read in READERS:
        with pytest.raises(SampleError, match=r"a\.png is a folder, not a file; name a file inside it"):
            read(tmp_path / "a.png")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, request: pytest.FixtureRequest):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    secret.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # pytest keeps them to itself
    request.getfixturevalue("ordinary_user")
    with pytest.raises(SampleError, match=r"secret\.png cannot be read \(Permission denied\); check its permissions"):
        content(secret)


def test_names_that_no_file_can_have_are_refused(tmp_path: Path):
    with pytest.raises(SampleError, match=r"is not a path \(embedded null byte\)"):
        content(f"{tmp_path}/a\0b.png")
    with pytest.raises(SampleError, match=r"cannot be read \(File name too long\)"):
        content(tmp_path / ("x" * 300))


def test_a_file_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(10 << 30)  # a hole: it takes no room
    for read in READERS:
        with pytest.raises(SampleError, match=r"large\.png has 10737418240 bytes, more than \d+; (if|check)"):
            read(tmp_path / "large.png")
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "0.001")
    (tmp_path / "small.bin").write_bytes(bytes((16 << 20) + 12000))
    assert len(content(tmp_path / "small.bin")) == (16 << 20) + 12000
    (tmp_path / "small.bin").write_bytes(bytes((16 << 20) + 12001))
    with pytest.raises(SampleError, match="if it is right, raise WILDDEPTH_MAX_MEGAPIXELS"):
        content(tmp_path / "small.bin")


def test_texts_have_a_limit_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "TEXT_BYTES", 10)
    (tmp_path / "a.txt").write_text("0123456789")
    assert text(tmp_path / "a.txt") == "0123456789"
    (tmp_path / "a.txt").write_text("0123456789a")
    with pytest.raises(SampleError, match="has 11 bytes, more than 10; check that it is the right file"):
        text(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", "P0: 700".encode("utf-16"), "Stra\xdfe".encode("latin-1"), b"\xed\xa0\x80"]
)
def test_text_in_another_encoding_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "calib.txt").write_bytes(data)
    with pytest.raises(SampleError, match=r"calib\.txt is not a text file; check that it is the right file"):
        text(tmp_path / "calib.txt")


def test_what_a_message_quotes_is_one_short_line():
    assert brief("two\n  lines") == "two lines"
    assert brief("x" * 160) == "x" * 160
    assert brief("x" * 10_000) == "x" * 160 + "..."
