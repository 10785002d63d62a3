"""Every writer on a full disk, on a read-only one and where writing is not allowed: the earlier file stays, whole.

Limits, users and mounts are those of a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROLOGUE = """
import resource, signal
from pathlib import Path
import numpy as np, torch
from wilddepth.engine.checkpoint import save_tensors
from wilddepth.engine.run import RunFolder
from wilddepth.errors import OutputError
from wilddepth.formats.array import write_array
from wilddepth.formats.atomic import write_bytes, write_text
from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.formats.image import write_image
from wilddepth.formats.pfm import write_pfm
rng = np.random.default_rng(0)
"""
EPILOGUE = """
try:
    write()
except OutputError as error:
    print("OutputError:", error)
else:
    print("written")
"""
WRITERS = {
    "picture.png": "write_image(path, rng.integers(0, 255, (600, 600, 3)).astype(np.uint8))",
    "disparity.png": "write_kitti_disparity(path, rng.uniform(0, 200, (800, 800)).astype(np.float32))",
    "map.pfm": "write_pfm(path, np.ones((600, 600), np.float32))",
    "map.npy": "write_array(path, np.ones((600, 600)))",
    "map.npz": "write_array(path, rng.uniform(0, 1, (600, 600)))",
    "data.bin": "write_bytes(path, bytes(1 << 20))",
    "durable.bin": "write_bytes(path, bytes(1 << 20), durable=True)",
    "text.json": "write_text(path, 'x' * (1 << 20))",
    "weights.safetensors": "save_tensors(path, {'a': torch.ones(1 << 18)}, {})",
    "metrics.json": "RunFolder(path.parent, resumed=False).write_metrics({'a': 'x' * (1 << 20)})",
    "recipe.yaml": "RunFolder(path.parent, resumed=False).write_recipe('a: ' + 'x' * (1 << 20))",
}
SMALL = "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
ORDINARY = "import os; os.geteuid() == 0 and os.seteuid(65534)"


def paths(folder: Path) -> dict[str, Path]:
    """A folder of its own for every writer."""
    return {name: folder / name.replace(".", "-") / name for name in WRITERS}


def script(folder: Path, before: str = "") -> str:
    """Every writer in turn."""
    parts = (
        f"path = Path({str(path)!r})\ndef write(): {WRITERS[name]}\n{EPILOGUE}" for name, path in paths(folder).items()
    )
    return "\n".join((PROLOGUE, before, *parts))


def run(code: str, *wrapper: str) -> list[str]:
    done = subprocess.run([*wrapper, sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(WRITERS)
    return lines


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder with an earlier file for every writer."""
    for path in paths(tmp_path / "out").values():
        path.parent.mkdir(parents=True)
        path.write_bytes(b"earlier")
    return tmp_path / "out"


def check_refused(lines: list[str], folder: Path, reason: str) -> None:
    for line, path in zip(lines, paths(folder).values(), strict=True):
        assert line.startswith(f"OutputError: cannot write {path}"), line
        assert reason in line
        assert "free some space or choose another" in line


def check_kept(folder: Path) -> None:
    for path in paths(folder).values():
        assert path.read_bytes() == b"earlier"
        assert os.listdir(path.parent) == [path.name]


def test_no_writer_may_exceed_the_size_allowed(earlier: Path):
    """`ulimit -f`; and without it all of them write."""
    check_refused(run(script(earlier, SMALL)), earlier, "File too large")
    check_kept(earlier)
    assert set(run(script(earlier))) == {"written"}
    assert all(path.stat().st_size > 1 << 18 for path in paths(earlier).values())


# Every folder is moved to a small file system; how it looks afterwards is looked at from inside.
MOUNT = """mount -t tmpfs -o size=256k,mode=777 tmpfs "$1" && cp -r "$2"/. "$1" && {then}
"$3" -c "$4" && diff -r "$1" "$2" 1>&2
"""


@pytest.mark.parametrize(
    "then, reason",
    [("", "No space left on device"), ('mount -o remount,ro "$1" &&', "Read-only file system")],
    ids=["full", "read-only"],
)
def test_a_disk_that_is_full_or_read_only(then: str, reason: str, earlier: Path, tmp_path: Path):
    """A file system of its own in a name space of its own."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode != 0:
        pytest.skip("no file systems can be mounted here")
    disk = tmp_path / "disk"
    disk.mkdir()
    words = [str(disk), str(earlier), sys.executable, script(disk)]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT.format(then=then), "sh", *words], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")  # nothing differs from the earlier files, nothing is left over
    check_refused(done.stdout.splitlines(), disk, reason)


def test_where_another_user_may_not_write(earlier: Path):
    for folder in (earlier, *earlier.parents[:3]):
        folder.chmod(0o755)
    for path in paths(earlier).values():
        path.parent.chmod(0o555)
    lines = run(script(earlier, ORDINARY))
    for path in paths(earlier).values():
        path.parent.chmod(0o755)
    check_refused(lines, earlier, "Permission denied")
    check_kept(earlier)
