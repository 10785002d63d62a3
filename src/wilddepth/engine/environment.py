"""Where a number was made: versions, machine, date and command, for `environment.json` and the evidence pages."""

import datetime
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import torch

import wilddepth


def environment(device: str = "cpu") -> dict[str, Any]:
    """What another person needs to know to make the same number again.

    Args:
        device: where it is computed, as torch names it.
    """
    commit, changed = source_commit()
    return {
        "wilddepth": wilddepth.__version__,
        "commit": commit,
        "changed": changed,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "system": platform.platform(),
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else device,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def source_commit() -> tuple[str | None, bool | None]:
    """The commit of this package's own checkout and whether files differ from it; (None, None) when installed."""
    source = Path(wilddepth.__file__).resolve().parents[1]
    # An installed package may lie in a virtual environment inside somebody else's checkout: that commit is not ours.
    if source.name != "src" or not (source.parent / ".git").exists():
        return None, None
    commit = _git(source, "rev-parse", "HEAD")
    changes = _git(source, "status", "--porcelain", "--untracked-files=no")
    return commit, None if changes is None else bool(changes)


def cpu_model() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None  # no git, or no commit yet: the number is still good, its origin is just less well known
    return done.stdout.strip()
