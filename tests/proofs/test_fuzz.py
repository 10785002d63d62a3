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
    "picture": 2400,
    "calibration": 800,
    "rig": 1000,
    "trajectory": 400,
    "depth": 200,
    "photos": 400,
    "street": 200,
    "video": 100,
    "disparity_png": 400,
    "pfm": 500,
    "recipe": 600,
    "npy": 500,
    "npz": 500,
    "checkpoint": 500,
    "weights": 500,
    "labels": 300,
    "run": 300,
    "split": 200,
    "names": 200,
}
SEED = 2024
MIB = 2048

# The largest of each kind that the limit of 64 million pixels lets through; all zeros, so that a small file holds them.
LARGEST = """
import resource, struct, sys, zipfile
from pathlib import Path
import numpy as np
from wilddepth.formats import array, image, pfm
from wilddepth.formats.limits import most_bytes
kind, path = sys.argv[1], Path(sys.argv[2])
side = 8000
match kind:
    case "16-bit colour with alpha":
        path.write_bytes(image.encoded_png(np.zeros((side, side, 4), np.uint16)))
    case "colour PFM":
        with path.open("wb") as file:
            file.write(b"PF 8000 8000 -1\\n")
            file.truncate(file.tell() + 12 * side * side)
    case "packed array":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as file:
            rows = (most_bytes() - 4096) // 8 // side
            np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (rows, side)})
            for _ in range(rows):
                file.write(bytes(8 * side))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
values = {".png": image.read_image, ".pfm": pfm.read_pfm, ".npz": array.read_array}[path.suffix](path)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, values.nbytes >> 20)
"""
KINDS = {"16-bit colour with alpha": "large.png", "colour PFM": "large.pfm", "packed array": "large.npz"}


def peak_of_largest(kind: str, path: Path) -> int:
    """Peak memory of a process that reads the largest file allowed of a kind, making it included, MiB."""
    done = subprocess.run([sys.executable, "-c", LARGEST, kind, str(path)], capture_output=True, text=True)
    path.unlink()
    assert done.returncode == 0, done.stderr
    peak, size = map(int, done.stdout.split())
    assert size >= 180  # it was read
    return peak


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
    largest = {kind: peak_of_largest(kind, tmp_path / name) for kind, name in KINDS.items()}
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
            "peak_mib_of_the_largest_allowed": largest,
            "readers": rows,
        },
    )
    assert not faults, faults
    assert max(*(row["peak_mib"] for row in rows.values()), *largest.values()) < MIB
    assert max(row["slowest_s"] for row in rows.values()) < mutated.SECONDS_A_FILE
