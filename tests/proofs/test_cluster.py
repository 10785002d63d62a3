"""Labels on a Ray cluster of two workers, one of which is killed in mid-run. Needs the extra `cluster`."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence import write_evidence
from labelled_folder import check_labels, write_small_pairs

PAIRS = 120
QUICKLY = ("--algorithm", "opencv-sgm", "--set", "mode=3way", "--set", "images=grey", "--set", "block=5")


def below(process: int) -> list[int]:
    """All processes that a process started, and those that they started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended
        children.setdefault(parent, []).append(int(folder.name))
    found, queue = [], [process]
    while queue:
        found += children.get(queue[0], [])
        queue = [*queue[1:], *children.get(queue[0], [])]
    return found


def labelling(process: int) -> list[int]:
    """The Ray workers below a process that label at this moment."""
    return [pid for pid in below(process) if "label_row" in command_of(pid)]


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def records(folder: Path) -> int:
    return len(list(folder.glob("records/*.json")))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed: the extra cluster")
def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path):
    pairs, out = write_small_pairs(tmp_path / "pairs", PAIRS), tmp_path / "labels"
    words = [
        "proxies",
        str(pairs),
        "--out",
        str(out),
        *QUICKLY,
        "--cluster",
        "local",
        "--workers",
        "2",
        "--threads",
        "1",
    ]
    begin = time.monotonic()
    run = subprocess.Popen(
        [sys.executable, "-m", "wilddepth.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    killed, at = 0, 0
    while run.poll() is None and not killed:
        at = records(out) if out.is_dir() else 0
        workers = labelling(run.pid)
        if at >= PAIRS // 6 and len(workers) == 2:
            killed = workers[0]
            os.kill(killed, signal.SIGKILL)
        time.sleep(0.02)
    printed, said = run.communicate(timeout=600)
    assert run.returncode == 0, said
    assert killed, "the run ended before a worker could be killed"
    assert at < PAIRS
    assert check_labels(pairs, out) == PAIRS
    assert f"{PAIRS} pairs labelled" in printed or "by other processes" in printed
    write_evidence(
        "label_cluster",
        {"pairs": PAIRS, "workers": 2, "killed_after": at, "lost": 0, "seconds": time.monotonic() - begin},
    )
