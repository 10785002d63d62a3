"""The folder of a run: what is refused, what is removed, and what a kill leaves."""

import json
import math
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import torch

import wilddepth
from wilddepth.engine import environment as environment_module
from wilddepth.engine.environment import cpu_model, environment, source_commit
from wilddepth.engine.run import RunFolder
from wilddepth.errors import ConfigError, OutputError


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() or path.is_symlink()}


def test_a_new_run_gets_its_folder_and_says_where_it_runs(tmp_path: Path):
    run = RunFolder.create(tmp_path / "deep" / "run")
    assert not run.resumed
    assert files(run.path) == {"environment.json"}


def test_an_empty_folder_is_taken(tmp_path: Path):
    assert RunFolder.create(tmp_path).path == tmp_path


def test_an_earlier_run_is_refused_and_left_alone(tmp_path: Path):
    RunFolder.create(tmp_path).write_metrics({"epe": 1.0})
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    with pytest.raises(OutputError, match=r"holds an earlier run; give --overwrite, --resume or another --out"):
        RunFolder.create(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


@pytest.mark.parametrize("flags", [{}, {"overwrite": True}, {"resume": True}])
@pytest.mark.parametrize("content", [None, "{", "[]", '{"name": "conda"}'])
def test_a_folder_of_other_origin_is_refused_whatever_is_said(
    tmp_path: Path, flags: dict[str, bool], content: str | None
):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "precious").write_text("")
    if content is not None:
        (tmp_path / "environment.json").write_text(content)
    before = files(tmp_path)
    with pytest.raises(OutputError, match="is not empty and holds no earlier run; choose another --out"):
        RunFolder.create(tmp_path, **flags)
    assert files(tmp_path) == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(OutputError, match="is not a folder"):
            RunFolder.check(tmp_path / name)


def test_both_flags_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="contradict"):
        RunFolder.check(tmp_path, overwrite=True, resume=True)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        RunFolder.create(tmp_path / "file" / "run")


def test_checking_writes_nothing(tmp_path: Path):
    RunFolder.check(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_overwriting_removes_what_a_run_wrote_and_nothing_else(tmp_path: Path):
    keep = tmp_path / "elsewhere"
    keep.mkdir()
    (keep / "precious").write_text("x")
    run = RunFolder.create(tmp_path / "run", recipe="batch: 1\n")
    run.write_metrics({"epe": 1.0})
    run.log({"step": 1})
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "7.safetensors").write_text("")
    (run.path / "depth").mkdir()
    (run.path / "depth" / "1.png").write_text("")
    (run.path / "notes.txt").write_text("mine")
    (run.path / "report.html").symlink_to(keep / "precious")
    again = RunFolder.create(run.path, overwrite=True, contents=["depth"])
    assert not again.resumed
    assert files(run.path) == {"environment.json", "notes.txt"}
    assert (keep / "precious").read_text() == "x"


def test_a_linked_checkpoint_folder_loses_only_the_link(tmp_path: Path):
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "precious").write_text("x")
    run = RunFolder.create(tmp_path / "run")
    (run.path / "checkpoints").symlink_to(tmp_path / "big")
    RunFolder.create(run.path, overwrite=True)
    assert files(tmp_path) == {"big/precious", "run/environment.json"}


def test_resuming_goes_on_with_the_log(tmp_path: Path):
    run = RunFolder.create(tmp_path)
    run.log({"step": 1, "loss": 0.5})
    again = RunFolder.create(tmp_path, resume=True)
    assert again.resumed
    again.log({"step": 2, "loss": math.nan})
    assert again.rows() == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": None}]


def test_resuming_where_nothing_is_starts(tmp_path: Path):
    assert not RunFolder.create(tmp_path / "run", resume=True).resumed


@pytest.mark.parametrize("torn", [b'{"step": 2, "lo', b"{", b"\xc3"])
def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path: Path, torn: bytes):
    run = RunFolder.create(tmp_path)
    run.log({"step": 1, "name": "ü"})
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(torn)
    again = RunFolder.create(tmp_path, resume=True)
    assert again.rows() == [{"step": 1, "name": "ü"}]
    again.log({"step": 2})
    assert [row["step"] for row in again.rows()] == [1, 2]


def test_a_log_that_is_one_torn_line_becomes_empty(tmp_path: Path):
    RunFolder.create(tmp_path)
    (tmp_path / "log.jsonl").write_bytes(b'{"st')
    assert RunFolder.create(tmp_path, resume=True).rows() == []


def test_a_killed_run_leaves_every_line_it_logged(tmp_path: Path):
    script = (
        "import os, signal, sys; from wilddepth.engine.run import RunFolder\n"
        "run = RunFolder.create(sys.argv[1])\n"
        "for step in range(20): run.log({'step': step})\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")])
    assert done.returncode == -9
    assert [row["step"] for row in RunFolder.create(tmp_path / "run", resume=True).rows()] == list(range(20))


def test_rewinding_drops_the_steps_that_are_done_again(tmp_path: Path):
    run = RunFolder.create(tmp_path)
    assert run.rows() == []
    for row in ({"note": "begin"}, {"step": 1}, {"step": 2}, {"step": 3}):
        run.log(row)
    run.rewind(2)
    assert run.rows() == [{"note": "begin"}, {"step": 1}, {"step": 2}]


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path):
    run = RunFolder.create(tmp_path)
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*log.jsonl"):
        run.log({"step": 1})


def test_a_resumed_run_must_have_its_own_recipe(tmp_path: Path):
    begun = "batch: 8\noptimiser: {lr: 0.1}\ndata: {workers: 0}\n"
    RunFolder.create(tmp_path, recipe=begun).log({"step": 1})

    def again(recipe: str, *may_differ: str) -> None:
        RunFolder.create(tmp_path, resume=True, recipe=recipe, may_differ=may_differ)

    again("{batch: 8, optimiser: {lr: 0.1}, data: {workers: 0}}")
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write("{")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ConfigError, match=r"begun with another recipe \(batch, optimiser.lr\); give the same values"):
        again("batch: 4\noptimiser: {lr: 0.2}\ndata: {workers: 0}\n")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before  # refused: nothing is touched
    again("batch: 8\noptimiser: {lr: 0.1}\ndata: {workers: 4}\n", "data.workers")
    with pytest.raises(ConfigError, match=r"\(seed\)"):
        again("batch: 8\noptimiser: {lr: 0.1}\ndata: {workers: 4}\nseed: 1")
    with pytest.raises(ConfigError, match=r"\(everything\)"):
        again("[]")


def test_a_new_run_may_have_another_recipe(tmp_path: Path):
    RunFolder.create(tmp_path, recipe="batch: 8")
    RunFolder.create(tmp_path, overwrite=True, recipe="batch: 4")
    assert (tmp_path / "recipe.yaml").read_text() == "batch: 4"


def test_the_environment_says_where_a_number_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/wilddepth", "adapt", "my pairs"])
    RunFolder.create(tmp_path)
    told = json.loads((tmp_path / "environment.json").read_text())
    assert told["wilddepth"] == wilddepth.__version__
    assert told["torch"] == torch.__version__
    assert told["threads"] == torch.get_num_threads()
    assert told["device"] == "cpu"
    assert told["cores"] >= 1
    assert told["cpu"]
    assert told["command"] == "wilddepth adapt 'my pairs'"
    assert datetime.fromisoformat(told["date"]).tzinfo is not None


def test_a_resumed_run_remembers_when_it_was_begun(tmp_path: Path):
    RunFolder.create(tmp_path)
    first = json.loads((tmp_path / "environment.json").read_text())
    for _ in range(2):
        RunFolder.create(tmp_path, resume=True)
    told = json.loads((tmp_path / "environment.json").read_text())
    assert told["begun"] == first["date"]
    assert len(told["resumed"]) == 2


def test_the_commit_is_that_of_the_package_and_of_no_other_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for folder in ("src/wilddepth", ".venv/lib/wilddepth"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").write_text("")
    for words in (["init", "-q"], ["add", "src"], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    head = subprocess.run(
        ["git", "-C", str(tmp_path), "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()

    def told_from(folder: str) -> tuple[str | None, bool | None]:
        monkeypatch.setattr(environment_module.wilddepth, "__file__", str(tmp_path / folder / "__init__.py"))
        return source_commit()

    assert told_from("src/wilddepth") == (head, False)
    (tmp_path / "src/wilddepth/__init__.py").write_text("changed")
    assert told_from("src/wilddepth") == (head, True)
    assert told_from(".venv/lib/wilddepth") == (None, None)
    monkeypatch.setenv("PATH", os.devnull)
    assert told_from("src/wilddepth") == (None, None)


def test_the_processor_has_a_name():
    assert cpu_model() == environment()["cpu"] != ""


@pytest.mark.parametrize("line", ["{", "[1]", "7", '{"step": "two"}', "[" * 5000, "\ud800"])
def test_a_damaged_log_is_one_error(tmp_path: Path, line: str):
    run = RunFolder.create(tmp_path)
    run.log({"step": 1})
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(line.encode("utf-8", "surrogatepass") + b"\n")
    run.log({"step": 3})
    with pytest.raises(ConfigError, match=r"log\.jsonl is damaged .*; start again with --overwrite"):
        RunFolder.create(tmp_path, resume=True).rewind(1)


@pytest.mark.parametrize("data", [b"a: [", b"\xff", b"", b"a: &x 1\nb: *x"])
def test_a_damaged_recipe_is_one_error(tmp_path: Path, data: bytes):
    RunFolder.create(tmp_path, recipe="a: 1\n")
    (tmp_path / "recipe.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=r"recipe\.yaml is damaged .*; start again with --overwrite"):
        RunFolder.create(tmp_path, resume=True, recipe="a: 1\n")


def test_a_marker_that_is_nested_without_end_is_no_marker(tmp_path: Path):
    (tmp_path / "environment.json").write_text("[" * 100_000)
    with pytest.raises(OutputError, match="is not empty and holds no earlier run"):
        RunFolder.create(tmp_path, resume=True)
