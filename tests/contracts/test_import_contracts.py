"""The import contracts hold, and each is shown to bite: a copy of the package with one forbidden import is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wilddepth

PACKAGE = Path(wilddepth.__file__).parent
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

FLOORS = "Imports go downward only"
TRUTH = "What learns or predicts cannot see ground truth"
FORMATS = "Reading and writing files needs no torch"


def contracts(root: Path) -> tuple[int, str]:
    """The status and words of the linter over the package under `root`."""
    environment = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"}
    script = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    words = ["--config", str(PROJECT), "--no-cache"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, cwd=root, env=environment
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, root / "wilddepth", ignore=lambda _, names: [n for n in names if not is_source(n)])
    return root


def is_source(name: str) -> bool:
    return name.endswith(".py") or "." not in name


def test_every_contract_holds():
    status, words = contracts(PACKAGE.parent)
    assert status == 0, words
    for name in (FLOORS, TRUTH, FORMATS):
        assert f"{name} KEPT" in words
    assert "0 broken" in words


@pytest.mark.parametrize(
    "place, line, broken",
    [
        # upward
        ("geometry/stray.py", "from wilddepth import sample", FLOORS),
        ("errors.py", "from wilddepth import plain", FLOORS),
        ("plain.py", "from wilddepth import formats", FLOORS),
        ("losses/stray.py", "import wilddepth.methods", FLOORS),
        ("engine/stray.py", "from wilddepth import recipe", FLOORS),
        ("recipe.py", "import wilddepth.cli", FLOORS),
        ("tables/stray.py", "import wilddepth.verbs", FLOORS),
        ("sample.py", "import wilddepth.data", FLOORS),
        # sideways
        ("networks/stray.py", "import wilddepth.losses", FLOORS),
        ("data/stray.py", "import wilddepth.worlds", FLOORS),
        ("methods/stray.py", "import wilddepth.sources", FLOORS),
        ("geometry/stray.py", "import wilddepth.formats", FLOORS),
        ("engine/stray.py", "import wilddepth.report", FLOORS),
        ("checks/stray.py", "import wilddepth.proxies", FLOORS),
        ("tables/stray.py", "import wilddepth.recipe", FLOORS),
        ("checks/stray.py", "import wilddepth.sources", FLOORS),
        # a room that the floors do not name
        ("cellar/__init__.py", "", FLOORS),
        # ground truth, straight and through what makes it
        ("methods/stray.py", "from wilddepth.truth import Truth", TRUTH),
        ("losses/stray.py", "from wilddepth.truth import Truth", TRUTH),
        ("networks/stray.py", "def late():\n    from wilddepth.truth import Truth", TRUTH),
        ("proxies/stray.py", "import wilddepth.truth", TRUTH),
        ("checks/stray.py", "import wilddepth.truth", TRUTH),
        ("proxies/stray.py", "import wilddepth.data.stray", TRUTH),
        # torch
        ("formats/stray.py", "import torch", FORMATS),
        ("formats/stray.py", "from torch import Tensor", FORMATS),
    ],
)
def test_a_forbidden_import_is_found(copy: Path, place: str, line: str, broken: str):
    file, maker = copy / "wilddepth" / place, copy / "wilddepth" / "data" / "stray.py"
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    try:
        maker.write_text("from wilddepth.truth import Truth\n")  # allowed there: data makes truth
        file.write_text((before or "") + "\n" + line + "\n")
        status, words = contracts(copy)
    finally:
        maker.unlink(missing_ok=True)
        if before is not None:
            file.write_text(before)
        elif file.name == "__init__.py":
            shutil.rmtree(file.parent)
        else:
            file.unlink(missing_ok=True)
    assert status != 0
    assert f"{broken} BROKEN" in words, words
    assert "1 broken" in words, words


def test_the_copy_without_a_forbidden_import_is_accepted(copy: Path):
    status, words = contracts(copy)
    assert status == 0, words
