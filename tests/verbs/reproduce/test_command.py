"""`wilddepth reproduce` as a command: mistakes, a dry run, starts, the time it says is left."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tiny_table import PART, STEPS
from wilddepth.cli.__main__ import main
from wilddepth.engine.fit import Progress
from wilddepth.errors import WeightsError
from wilddepth.tables import runner
from wilddepth.tables.material import Material
from wilddepth.tables.runner import Bench
from wilddepth.tables.table import Start, Table
from wilddepth.verbs.reproduce import job_of, starts_of
from wilddepth.verbs.reproduce_time import Clock, estimated_seconds


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tinny",), "unknown table 'tinny'; did you mean 'tiny'?"),
        (("tiny", "--rows", "z"), "table tiny has no row 'z'"),
        (("tiny", "--scale", "full"), "table tiny has no scale 'full'; give one of mini"),
        (("tiny",), "planes: this needs kitti of a folder with data sets; name it with --data DIR"),
        (("tiny", "--data", "{tmp}"), "/kitti does not exist; check the path; `wilddepth data` says where"),
        (("tiny", "--weights", "{tmp}/none"), "no weights"),
        (("tiny", "--rows", "k", "--data", "{data}"), "none of the rows k can be run: weights nowhere-to-be-found"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_folder(
    words: tuple[str, ...], message: str, tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    given = [word.replace("{tmp}", str(tmp_path)).replace("{data}", str(data)) for word in words]
    assert main(["reproduce", *given, "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert message in printed.err
    assert not (tmp_path / "out").exists()


def test_a_dry_run_lists_rows_needs_and_time_and_writes_nothing(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["reproduce", "tiny", "--data", str(data), "--out", str(tmp_path / "out"), "--dry-run"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "text: With proxies" in printed
    assert "needs: nothing more" in printed
    assert "needs: weights nowhere-to-be-found are not packaged" in printed
    assert "minutes on one core:" in printed
    assert not (tmp_path / "out").exists()


def test_the_command_prints_the_rows_and_writes_json(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    words = ["--data", str(data), "--rows", "a,g", "--steps", "1", "--out", str(tmp_path / "out")]
    more = ["--device", "cpu", "--threads", "1", "--json", str(tmp_path / "result.json")]
    assert main(["reproduce", "tiny", *words, *more]) == 0
    printed = capsys.readouterr()
    assert "target/epe" in printed.out
    assert "2 of 2 rows were run at scale mini." in printed.out
    assert "row g, seed 0 1/1" in printed.err
    assert json.loads((tmp_path / "result.json").read_text())["rows"].keys() == {"a", "g"}


def test_weights_in_the_current_folder_are_a_file(tiny_table: Table, weights: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(weights.parent)
    start = starts_of(tiny_table.scales["mini"], [weights.name])["network"]
    assert runner.missing_start(start) is None
    assert start.weights == str(weights.resolve())


def test_weights_are_given_by_the_start_they_replace(tiny_table: Table, weights: Path):
    scale = tiny_table.scales["mini"]
    assert starts_of(scale, [f"other={weights}"])["other"].weights == str(weights)
    assert starts_of(scale, [f"nowhere-to-be-found={weights}"])["other"].weights == str(weights)
    assert starts_of(scale, ["madnet-flying"])["network"].weights == "madnet-flying"
    with pytest.raises(WeightsError, match="no weights"):
        starts_of(scale, ["othr=nothing"])


def test_the_estimate_grows_with_steps_crops_and_parts(tiny_table: Table):
    job = job_of("tiny", "mini")
    row = tiny_table.row("g")
    once = estimated_seconds(row, job.scale, 1)
    assert once > 0
    assert estimated_seconds(row, job.scale, 3) == pytest.approx(3 * once)
    assert estimated_seconds(row, job_of("tiny", "mini", steps=2 * STEPS).scale, 1) == pytest.approx(2 * once)
    assert estimated_seconds(tiny_table.row("a"), job.scale, 1) == 0
    other = {"network": Start("/my/own.safetensors", "dispnetc-worlds")}  # weights of one's own, a network of that size
    assert estimated_seconds(row, replace(job.scale, starts=other), 1) == pytest.approx(7 * once)


def test_the_time_left_is_corrected_by_what_the_rows_behind_took(tiny_table: Table, monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr("wilddepth.verbs.reproduce_time.time.monotonic", lambda: now[0])
    scale, row = tiny_table.scales["mini"], tiny_table.row("g")
    material = Material(None, Path("unused"))
    bench = Bench(tiny_table, scale, scale.parts, material, Path("unused"), torch.device("cpu"))
    clock = Clock(bench, [row] * 3)
    once = estimated_seconds(row, scale, 1)
    assert clock.left() == pytest.approx(3 * once)
    now[0] += 3 * once  # three times as long as estimated
    clock.finished(row)
    assert clock.left() == pytest.approx(2 * 3 * once)
    told: list[float | None] = []
    progress = Progress(1, 2, 0.0, {}, 1e-3, 5.0, 7.0)
    clock.teller("row g", row, lambda what, done, total, left: told.append(left))("planes", progress)
    assert told == [pytest.approx(7.0 + 3 * once)]


def test_a_row_of_several_parts_says_which_one_runs_and_counts_the_others(tiny_table: Table):
    scale, row = replace(tiny_table.scales["mini"], parts=(PART, replace(PART, name="more"))), tiny_table.row("g")
    bench = Bench(tiny_table, scale, scale.parts, Material(None, Path("unused")), Path("unused"), torch.device("cpu"))
    told: list[Any] = []
    tell = Clock(bench, [row]).teller("row g", row, lambda what, done, total, left: told.append((what, left)))
    progress = Progress(1, 2, 0.0, {}, 1e-3, 5.0, 7.0)
    tell("planes", progress)
    tell("more", progress)
    assert told == [("row g, planes", pytest.approx(7.0 + 12.0)), ("row g, more", pytest.approx(7.0))]
