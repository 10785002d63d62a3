"""Builds what is given to users, by the script that `make dist` runs."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / ".ci" / "dist.py"


def script() -> ModuleType:
    """The script as a module."""
    spec = spec_from_file_location("dist_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_distributions(out: Path, *, umask: int = 0o022) -> tuple[Path, Path]:
    """The source distribution and the wheel, with the setuptools that is installed."""
    words = [sys.executable, str(SCRIPT), "--out", str(out), "--no-isolation"]
    done = subprocess.run(words, capture_output=True, text=True, umask=umask)
    assert done.returncode == 0, done.stdout + done.stderr
    (source,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return source, wheel
