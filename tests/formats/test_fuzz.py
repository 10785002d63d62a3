"""Some hundred spoilt files for all readers: only errors of ours, no crash, no hang, bounded memory.

The same with 10,000 files is `tests/proofs/test_fuzz.py`.
"""

import json
import subprocess
import sys
from pathlib import Path

import mutated
from wilddepth.errors import WildDepthError

EACH = 25


def run(reader: str, count: int, seed: int, folder: Path) -> list[dict]:
    words = [sys.executable, mutated.__file__, reader, str(count), str(seed), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, f"ended with {done.returncode} at a file in {folder}: {done.stderr[-2000:]}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_spoilt_files_give_errors_of_ours_only(tmp_path: Path):
    told = run("all", EACH, 7, tmp_path)
    assert {row["reader"] for row in told} == set(mutated.READERS)
    for row in told:
        assert row["faults"] == 0, row["first_faults"]
        assert row["files"] == EACH
        assert row["peak_mib"] < 2048


def test_a_reader_that_fails_is_found(tmp_path: Path):
    def look(path: Path) -> None:
        if len(path.read_bytes()) < 5:
            raise IndexError("short")
        raise WildDepthError("said")

    told = mutated.tried(mutated.Reader(lambda: [(".txt", b"12345678")], look), 200, 1, tmp_path)
    assert told["faults"] > 0
    assert told["WildDepthError"] > 0
    assert "IndexError: short" in told["first_faults"][0]["traceback"]


def test_a_hang_ends_the_program(tmp_path: Path):
    script = (
        "import mutated, time; mutated.SECONDS_A_FILE = 1; "
        f"mutated.tried(mutated.Reader(lambda: [('.txt', b'1234')], lambda path: time.sleep(len(path.read_bytes()) != 4"
        f" and 60)), 50, 1, mutated.Path({str(tmp_path)!r}))"
    )
    folder = str(Path(mutated.__file__).parent)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=folder)
    assert done.returncode == 1
    assert "Timeout" in done.stderr


def test_too_much_memory_is_found(tmp_path: Path):
    """Three GiB that are asked for and not touched."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import mutated, numpy; from pathlib import Path; "
        "mutated.READERS = {'x': mutated.Reader(lambda: [('.txt', b'1234')], lambda path: numpy.empty("
        "3 << 30 if path.read_bytes() != b'1234' else 1, 'u1'))}; mutated.main('x', '3', '1', sys.argv[2])"
    )
    words = [sys.executable, "-c", script, str(Path(mutated.__file__).parent), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    (row,) = (json.loads(line) for line in done.stdout.splitlines())
    assert row["faults"] == 3
    assert "MemoryError" in row["first_faults"][0]["traceback"]
