"""Labels of 10,000 pairs survive `kill -9` at random moments: nothing is lost but the pair in work; `make soak`."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence import write_evidence
from labelled_folder import SIDE, check_labels, left_over, write_small_pairs

PAIRS, KILLS = 10_000, 12
WORDS = ("--algorithm", "opencv-sgm", "--set", "mode=3way", "--set", "images=grey", "--set", "block=5", "--quiet")


def start(pairs: Path, out: Path) -> subprocess.Popen[str]:
    words = ["proxies", str(pairs), "--out", str(out), "--resume", "--threads", "1", *WORDS]
    return subprocess.Popen([sys.executable, "-m", "wilddepth.cli", *words], stderr=subprocess.PIPE, text=True)


def records(out: Path) -> dict[str, int]:
    """Name of each record -> when it was written."""
    folder = out / "records"
    entries = list(os.scandir(folder)) if folder.is_dir() else []
    return {entry.name: entry.stat().st_mtime_ns for entry in entries if not entry.name.startswith(".")}


def kill_at(run: subprocess.Popen[str], out: Path, count: int, delay: float) -> None:
    """Kill a process once so many pairs are labelled, and a moment later, whatever it does then."""
    while len(os.listdir(out / "records") if (out / "records").is_dir() else ()) < count:
        assert run.poll() is None, run.communicate()[1]
        time.sleep(0.005)
    time.sleep(delay)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()


@pytest.mark.slow
def test_ten_thousand_labels_survive_kills(tmp_path: Path):
    draw = random.Random(0)
    pairs, out = write_small_pairs(tmp_path / "pairs", PAIRS), tmp_path / "labels"
    before: dict[str, int] = {}
    killed_at = []
    for count in sorted(draw.sample(range(50, PAIRS - 500), KILLS)):
        kill_at(start(pairs, out), out, count, draw.uniform(0, 0.05))
        after = records(out)
        assert before.items() <= after.items()  # none lost, none written again
        before = after
        killed_at.append(len(after))
    run = start(pairs, out)
    _, said = run.communicate()
    assert run.returncode == 0, said
    after = records(out)
    assert before.items() <= after.items()
    partial = left_over(out)
    assert len(partial) <= KILLS  # at most the file that was being written at each kill
    assert check_labels(pairs, out) == PAIRS == len(after)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    numbers = {
        "pairs": PAIRS,
        "rows_columns": SIDE,
        "killed_at": killed_at,
        "lost": 0,
        "labelled_twice": 0,
        "half_written_files_left": len(partial),
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }
    write_evidence("label_store", numbers)
