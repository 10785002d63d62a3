"""The wheel alone, in a new environment outside the tree: it installs, and its demo runs and helps."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import wilddepth
from dist import ROOT, build_distributions
from evidence import write_evidence

MOST_SECONDS = 90
"""CPU time of the quick demo, on one core."""


def run(*words: object, folder: Path, **more: str) -> str:
    """What a program prints, far from the tree and from what this process has in its environment."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "WILDDEPTH"))
    }
    done = subprocess.run(list(map(str, words)), cwd=folder, env={**kept, **more}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def child_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@pytest.mark.slow
def test_the_wheel_works_alone(tmp_path: Path):
    _, wheel = build_distributions(tmp_path / "dist")
    run(sys.executable, "-m", "venv", tmp_path / "clean", folder=tmp_path)
    programs = tmp_path / "clean" / "bin"
    constraints = str(ROOT / "constraints.txt")
    run(programs / "python", "-m", "pip", "install", wheel, folder=tmp_path, PIP_CONSTRAINT=constraints)
    assert "No broken requirements" in run(programs / "python", "-m", "pip", "check", folder=tmp_path)
    assert run(programs / "wilddepth", "--version", folder=tmp_path) == f"wilddepth {wilddepth.__version__}\n"
    where = run(programs / "python", "-c", "import wilddepth; print(wilddepth.__file__)", folder=tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path / "clean")

    before = child_seconds()
    told = tmp_path / "demo.json"
    words = ("demo", "--quick", "--threads", 1, "--device", "cpu", "--out", tmp_path / "out", "--json", told)
    cache = str(tmp_path / "cache")
    printed = run(programs / "wilddepth", *words, folder=tmp_path, WILDDEPTH_CACHE=cache, NUMBA_CACHE_DIR=cache)
    seconds = child_seconds() - before
    assert printed.startswith("this was the quick demo")
    result = json.loads(told.read_text())
    assert result["quick"]
    assert result["improved"]
    assert result["after"]["mean"]["d1_all"] < 0.8 * result["before"]["mean"]["d1_all"]
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    assert seconds < MOST_SECONDS
    numbers = {
        "wheel_bytes": wheel.stat().st_size,
        "installed": run(programs / "python", "-m", "pip", "list", "--format=freeze", folder=tmp_path).split(),
        "quick_demo_cpu_seconds": seconds,
        "d1_all_before": result["before"]["mean"]["d1_all"],
        "d1_all_after": result["after"]["mean"]["d1_all"],
    }
    write_evidence("wheel", numbers)
