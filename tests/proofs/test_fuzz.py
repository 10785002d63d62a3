"""10,000 spoilt files over all readers, each reader in a process of its own; `make soak`. A minute or two."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import mutated
from evidence import write_evidence

COUNTS = {
    "picture": 3000,
    "calibration": 1000,
    "disparity_png": 800,
    "pfm": 800,
    "recipe": 800,
    "npy": 700,
    "npz": 700,
    "checkpoint": 700,
    "weights": 500,
    "labels": 300,
    "run": 300,
    "split": 200,
    "names": 200,
}
SEED = 2024
MIB = 2048


@pytest.mark.slow
def test_ten_thousand_spoilt_files(tmp_path: Path):
    assert set(COUNTS) == set(mutated.READERS)
    assert sum(COUNTS.values()) == 10_000
    rows, faults = {}, []
    for reader, count in COUNTS.items():
        words = [sys.executable, mutated.__file__, reader, str(count), str(SEED), str(tmp_path)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{reader} ended with {done.returncode}; the file is in {tmp_path}: {done.stderr}"
        row = json.loads(done.stdout)
        faults += row.pop("first_faults")
        rows[row.pop("reader")] = row
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN)
    write_evidence(
        "fuzz",
        {
            "files": sum(row["files"] for row in rows.values()),
            "faults": sum(row["faults"] for row in rows.values()),
            "slowest_s": max(row["slowest_s"] for row in rows.values()),
            "peak_mib": max(row["peak_mib"] for row in rows.values()),
            "limit_of_own_memory_mib": mutated.BYTES >> 20,
            "seconds_a_file_at_most": mutated.SECONDS_A_FILE,
            "cpu_seconds": round(seconds.ru_utime + seconds.ru_stime, 1),
            "readers": rows,
        },
    )
    assert not faults, faults
    assert max(row["peak_mib"] for row in rows.values()) < MIB
    assert max(row["slowest_s"] for row in rows.values()) < mutated.SECONDS_A_FILE
