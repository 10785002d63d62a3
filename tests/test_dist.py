"""What `make dist` gives to users: complete, nothing left over in it, and the same each time."""

import ast
import re
import subprocess
import tarfile
import zipfile
from configparser import ConfigParser
from email import message_from_bytes
from pathlib import Path

import pytest

import wilddepth
from dist import ROOT, build_distributions, script
from wilddepth.cli.__main__ import VERBS

SOURCE = ROOT / "src"
INFO = f"wilddepth-{wilddepth.__version__}.dist-info"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source distribution and the wheel of this tree."""
    return build_distributions(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(built: tuple[Path, Path]) -> dict[str, bytes]:
    """Name -> content."""
    with zipfile.ZipFile(built[1]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: dict[str, bytes]):
    package = SOURCE / "wilddepth"
    kinds = {".py", ".yaml", ".json", ".md", ".safetensors", ".typed"}
    ours = {
        path.relative_to(SOURCE).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path.suffix for path in map(Path, ours)} <= kinds
    assert {name for name in wheel if not name.startswith(INFO)} == ours
    for name in ours:
        assert wheel[name] == (SOURCE / name).read_bytes()


def test_weights_recipes_types_and_licence_are_inside(wheel: dict[str, bytes]):
    names = sorted(path.name for path in (SOURCE / "wilddepth" / "weights").iterdir())
    assert {
        "madnet-flying",
        "madnet-worlds",
        "madnet-roads",
        "madnet2-worlds",
        "dispnetc-quarter-worlds",
        "stereonet-worlds",
    } <= set(names)
    assert {"ccnn-census-box", "ccnn-census-sgm"} <= set(names)
    for name in names:
        weights = "confidence.safetensors" if name.startswith("ccnn-") else "model.safetensors"
        assert {f"wilddepth/weights/{name}/{file}" for file in ("README.md", "config.json", weights)} <= set(wheel)
    assert sum(len(content) for name, content in wheel.items() if name.endswith(".safetensors")) < 40_000_000
    assert sum(name.startswith("wilddepth/recipes/") and name.endswith(".yaml") for name in wheel) >= 5
    assert "wilddepth/py.typed" in wheel
    assert wheel[f"{INFO}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()


def test_what_installers_read_is_right(wheel: dict[str, bytes]):
    told = message_from_bytes(wheel[f"{INFO}/METADATA"])
    assert (told["Name"], told["Version"]) == ("wilddepth", wilddepth.__version__)
    assert told["License-Expression"] == "Apache-2.0"
    assert set(told["Requires-Python"].split(",")) == {">=3.10", "<3.14"}
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(told.get_all("Classifier", [])))
    assert classified == ["3.10", "3.11", "3.12", "3.13"]
    needed = {re.split(r"[^\w-]", text)[0] for text in told.get_all("Requires-Dist", []) if "extra ==" not in text}
    assert {"torch", "numpy", "safetensors"} <= needed
    assert not needed & {"torchvision", "pytest", "ruff"}
    extra = [text for text in told.get_all("Requires-Dist", []) if 'extra == "dev"' in text]
    assert {"build", "pytest", "hypothesis"} <= {re.split(r"[^\w-]", text)[0] for text in extra}
    commands = ConfigParser()
    commands.read_string(wheel[f"{INFO}/entry_points.txt"].decode())
    assert dict(commands["console_scripts"]) == {"wilddepth": "wilddepth.cli.__main__:main"}


def test_both_are_below_sixty_megabytes(built: tuple[Path, Path]):
    assert all(path.stat().st_size < 60_000_000 for path in built)


def test_the_source_distribution_holds_what_the_checks_need(built: tuple[Path, Path]):
    with tarfile.open(built[0]) as archive:
        entries = {entry.name.partition("/")[2]: entry for entry in archive.getmembers()}
    wanted = {
        "pyproject.toml",
        "constraints.txt",
        "Makefile",
        "CHANGELOG.md",
        "tests/conftest.py",
        "tests/tiny.py",
        "tests/golden/resize_tf1/cases.json",
        "docs/architecture.md",
        "src/wilddepth/py.typed",
    }
    assert wanted <= set(entries)
    assert entries[".ci/run"].mode & 0o111
    assert not [name for name in entries if name.endswith(".pyc") or "__pycache__" in name]


def test_the_same_files_give_the_same_bytes(built: tuple[Path, Path], tmp_path: Path):
    """Also for a user whose new files nobody else may read."""
    for first, second in zip(built, build_distributions(tmp_path, umask=0o077), strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes()


def test_what_is_left_over_stays_out(tmp_path: Path):
    tree = tmp_path / "tree"
    for name in ("kept.txt", "build/lib/old.py", "runs/a/log.jsonl", ".venv/x", "src/a.egg-info/PKG-INFO"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    script().export(tree, tmp_path / "without-git")
    assert {path.name for path in (tmp_path / "without-git").rglob("*") if path.is_file()} == {"kept.txt"}
    (tree / ".gitignore").write_text("build/\nruns/\n.venv/\n*.egg-info/\n")
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    script().export(tree, tmp_path / "with-git")
    assert {path.name for path in (tmp_path / "with-git").rglob("*") if path.is_file()} == {"kept.txt", ".gitignore"}


def test_files_are_dated_by_the_commit_or_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dist = script()
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert dist.source_date(tmp_path) == dist.OLDEST  # no commit to ask
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert dist.source_date(tmp_path) == 1_700_000_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert dist.source_date(tmp_path) == dist.OLDEST


def test_a_file_that_is_too_large_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    dist, file = script(), tmp_path / "big.whl"
    file.write_bytes(bytes(11))
    monkeypatch.setattr(dist, "distributions", lambda root, out, isolated: (file, file))
    monkeypatch.setattr("sys.argv", ["dist.py", "--out", str(tmp_path)])
    monkeypatch.setattr(dist, "MOST_BYTES", 11)
    assert dist.main() == 0
    monkeypatch.setattr(dist, "MOST_BYTES", 10)
    assert dist.main() == 1
    assert "big.whl" in capsys.readouterr().err


def test_a_build_that_fails_says_why(tmp_path: Path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "pyproject.toml").write_text("[project]\nname = 3\n")
    with pytest.raises(SystemExit, match="failed:\n"):
        script().run_build("--wheel", tmp_path / "tree", tmp_path / "out", 0, isolated=False)


# What the oldest Python we name does not have, beside syntax.
NEWER = {
    "tomllib": {"*"},
    "typing": {"Self", "Never", "LiteralString", "Required", "NotRequired", "Unpack", "assert_never", "reveal_type"}
    | {"assert_type", "TypeVarTuple", "dataclass_transform", "override", "TypeAliasType"},
    "enum": {"StrEnum", "verify", "member", "nonmember"},
    "datetime": {"UTC"},
    "contextlib": {"chdir"},
    "itertools": {"batched"},
    "hashlib": {"file_digest"},
    "asyncio": {"TaskGroup", "timeout", "Runner"},
}


def newer_names(tree: ast.AST) -> list[str]:
    """What a file takes from the standard library that came after Python 3.10."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if "*" in NEWER.get(alias.name, ())]
        elif isinstance(node, ast.ImportFrom):
            new = NEWER.get(node.module or "", set())
            found += [f"{node.module}.{alias.name}" for alias in node.names if {"*", alias.name} & new]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += [f"{node.value.id}.{node.attr}"] if node.attr in NEWER.get(node.value.id, ()) else []
        elif isinstance(node, ast.Name) and node.id in ("ExceptionGroup", "BaseExceptionGroup"):
            found.append(node.id)
    return found


def test_every_file_can_be_read_by_the_oldest_python_we_name():
    files = [path for folder in ("src", "tests", "benchmarks", ".ci") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 200
    for path in files:
        assert newer_names(ast.parse(path.read_text(), str(path), feature_version=(3, 10))) == []


@pytest.mark.parametrize(
    "text",
    ["import tomllib", "from enum import StrEnum", "import datetime\ndatetime.UTC", "raise ExceptionGroup('', ())"],
)
def test_what_the_oldest_python_lacks_is_seen(text: str):
    assert newer_names(ast.parse(text))


def test_newer_syntax_is_seen():
    with pytest.raises(SyntaxError):
        ast.parse("try:\n    pass\nexcept* OSError:\n    pass", feature_version=(3, 10))


def test_the_command_of_the_wheel_has_every_verb(wheel: dict[str, bytes]):
    assert {f"wilddepth/cli/{verb}.py" for verb in VERBS} <= set(wheel)
