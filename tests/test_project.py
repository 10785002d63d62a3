"""The project as a whole: what is in it, and that its pages name things that exist."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import wilddepth
from wilddepth.cli.__main__ import VERBS
from wilddepth.tables.catalog import TABLES
from wilddepth.worlds.table import WORLDS

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 4 * 2**20


def project_files() -> list[Path]:
    """Every file of the project, without what git ignores."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files belong to the project is not known")
    words = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def test_no_file_is_large_but_packaged_weights():
    files = project_files()
    weights = ROOT / "src" / "wilddepth" / "weights"
    assert len(files) > 50
    assert not [path for path in files if path.stat().st_size > MAX_BYTES and weights not in path.parents]


def test_nothing_imports_torchvision():
    python = [path for path in project_files() if path.suffix == ".py"]
    importing = re.compile(r"^\s*(import|from)\s+torchvision\b", flags=re.MULTILINE)
    assert len(python) > 50
    assert importing.search("def f():\n    from torchvision import io")
    assert not [path for path in python if importing.search(path.read_text())]


def test_one_place_opens_checkpoints_of_others():
    """`torch.load` runs pickles; the one call there is asks for plain tensors only."""
    source = ROOT / "src" / "wilddepth"
    calls = re.compile(
        r"\btorch\.load\(|\bpickle\b.*\bload|from torch import .*\bload\b|allow_pickle=True|weights_only=False"
    )
    assert calls.search("torch.load(path)")
    found = {path.relative_to(source): calls.findall(path.read_text()) for path in source.rglob("*.py")}
    assert {path: hits for path, hits in found.items() if hits} == {Path("engine/public.py"): ["torch.load("]}
    assert (
        'torch.load(BytesIO(data), map_location="cpu", weights_only=True)' in (source / "engine/public.py").read_text()
    )


def must_be_named(path: Path) -> bool:
    """Whether a benchmark does nothing without some argument."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            options = {word.arg: ast.unparse(word.value) for word in call.keywords}
            name = ast.literal_eval(call.args[0])
            may_lack = name.startswith("-") or options.get("nargs") in ("'*'", "'?'")
            if options.get("required") == "True" or not may_lack:
                return True
    return False


def test_make_bench_runs_what_needs_no_argument():
    found = re.search(r"^BY_HAND := (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert found
    assert set(found[1].split()) == {path.stem for path in (ROOT / "benchmarks").glob("*.py") if must_be_named(path)}


def test_make_tables_installs_what_the_tables_worlds_need():
    sources = [pick.source for table in TABLES.values() for part in table.scales["mini"].parts for pick in part.picks()]
    named = {source.removeprefix("worlds:").split("?")[0] for source in sources if source.startswith("worlds:")}
    assert any(WORLDS[name].renderer == "cast" for name in named)
    makefile = (ROOT / "Makefile").read_text()
    assert "\ntables: $(WORLDS)" in makefile
    assert "install -e '.[worlds]'" in makefile


def test_the_readme_names_only_what_exists():
    text = (ROOT / "README.md").read_text()
    named = set(re.findall(r"\bmake ([a-z]+)\b", text))
    assert {"demo", "test"} <= named
    assert named <= make_targets()
    verbs = set(re.findall(r"^\s*(?:\$ )?wilddepth ([a-z]+)\b", text, flags=re.MULTILINE))
    assert "adapt" in verbs
    assert verbs <= set(VERBS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_pages_link_to_files_that_exist(page: str):
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert not [link for link in links if not (ROOT / link).exists()]


def test_contributing_names_only_targets_that_exist():
    named = set(re.findall(r"^    make ([a-z]+)", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.MULTILINE))
    assert named == {"check", "test", "soak"}
    assert named <= make_targets()


def test_the_gate_runs_what_contributing_names():
    gate = (ROOT / ".ci" / "run").read_text()
    assert re.findall(r"^make (\w+)$", gate, flags=re.MULTILINE) == ["check", "test"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_one_version_everywhere():
    assert f'\nversion = "{wilddepth.__version__}"\n' in (ROOT / "pyproject.toml").read_text()
    assert f"version: {wilddepth.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_licence_is_the_whole_apache_2():
    text = (ROOT / "LICENSE").read_text()
    assert re.match(r"\s*Apache License\s+Version 2.0, January 2004\s", text)
    assert "END OF TERMS AND CONDITIONS" in text
    assert [int(number) for number in re.findall(r"^   (\d)\. ", text, flags=re.MULTILINE)] == list(range(1, 10))
