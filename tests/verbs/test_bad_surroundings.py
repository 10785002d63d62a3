"""Full disks, names that cannot be written, folders that change: status 2 and one line, and nothing half-written."""

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import wilddepth.verbs.predict  # noqa: F401  # a test takes the module, which the package hides behind the call
from tiny import command, write_pairs


def check_refusal(status: int, text: str, *expected: str) -> None:
    assert status == 2, text
    assert text.startswith("wilddepth: error: ")
    assert text.count("\n") == 1, text
    for each in expected:
        assert each in text


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    "verb, more, room", [("predict", (), 4096), ("adapt", ("--steps", "1"), 4096), ("evaluate", (), 90)]
)
def test_a_full_disk_is_one_line_and_no_half_written_file(
    verb: str,
    more: tuple[str, ...],
    room: int,
    weights: Path,
    kitti: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    with room_for(room):
        status = command(verb, kitti, "--weights", weights, "--out", tmp_path / "out", "--quiet", *more)
    check_refusal(status, capsys.readouterr().err, "cannot write ", "File too large", "; free some space or choose")
    left_over = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not [path for path in left_over if "partial" in path.name]
    assert all(json.loads(path.read_text()) for path in left_over if path.suffix == ".json")


def test_no_room_for_temporary_files_is_one_line(
    weights: Path, kitti: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    status = command("evaluate", kitti, "--weights", weights, "--out", tmp_path / "out", "--quiet")
    check_refusal(
        status, capsys.readouterr().err, "no temporary folder can be made", "set TMPDIR to a folder with room"
    )


def test_a_result_for_programs_that_cannot_be_written_is_one_line(
    weights: Path, kitti: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "taken").mkdir()
    status = command("evaluate", kitti, "--weights", weights, "--json", tmp_path / "taken", "--quiet")
    check_refusal(status, capsys.readouterr().err, f"cannot write {tmp_path / 'taken'}: Is a directory")


def test_names_that_cannot_be_written_are_said_in_one_line_of_plain_letters(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = write_pairs(tmp_path / "pairs")
    for side in ("left", "right"):
        (folder / side / "0.png").rename(folder / side / "two\nlines\x1b[2J.png")
    status = command("predict", folder, "--weights", weights, "--out", tmp_path / "out")
    text = capsys.readouterr().err
    check_refusal(status, text, r"the file name 'two\nlines\x1b[2J' holds a line end")
    assert text.strip().isprintable()


def test_a_missing_source_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    status = command("predict", f"{tmp_path}/a\x1b]0;title\x07\nb", "--out", tmp_path / "out")
    text = capsys.readouterr().err
    check_refusal(status, text, r"a\x1b]0;title\x07 b does not exist")
    assert text.strip().isprintable()


def test_a_folder_whose_name_is_not_utf_8_is_worked_on(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Its name goes into recipe, numbers, report and weights."""
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    folder = write_pairs(Path(name))
    out = tmp_path / "out"
    told = tmp_path / "told.json"
    assert command("adapt", folder, "--weights", weights, "--out", out, "--steps", "1", "--json", told, "--quiet") == 0
    assert command("predict", folder, "--weights", out, "--out", tmp_path / "depth", "--dry-run") == 0
    assert "caf" in capsys.readouterr().out
    assert "caf" in (out / "recipe.yaml").read_text()
    assert (out / "report.html").read_text()
    assert json.loads(told.read_text())["steps"] == 1


@pytest.mark.parametrize("stage", ["first", "second"])
def test_a_picture_that_vanishes_after_the_first_look_is_one_line(
    stage: str, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """What is predicted before stays."""
    folder = write_pairs(tmp_path / "pairs")
    gone = folder / "right" / ("0.png" if stage == "first" else "1.png")
    module = sys.modules["wilddepth.verbs.predict"]
    look = module.look_at_all
    monkeypatch.setattr(module, "look_at_all", lambda scenes: (look(scenes), gone.unlink()))
    status = command("predict", folder, "--weights", weights, "--out", tmp_path / "out", "--quiet")
    check_refusal(status, capsys.readouterr().err, f"{gone} does not exist; check the path")
    predicted = [path.name for path in (tmp_path / "out/disparity").glob("*")] if stage == "second" else []
    assert predicted == (["0.png"] if stage == "second" else [])
