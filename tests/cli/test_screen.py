"""What a person reads and what a program reads."""

import json
import math
from pathlib import Path

import pytest

from wilddepth.cli.adapt import summary
from wilddepth.cli.common import ScreenOptions
from wilddepth.cli.screen import finish, progress, table
from wilddepth.errors import OutputError
from wilddepth.protocol import Protocol

RESULT = {
    "protocol": Protocol(name="plain"),
    "mean": {"d1_all": 7.5, "epe": math.nan},
    "images": [{"key": "000001_10", "d1_all": 12.25, "epe": 1.0}, {"key": "2", "d1_all": 2.75, "epe": None}],
}


def test_a_table_is_aligned_and_says_what_is_missing():
    assert table([{"key": "a", "x": 1.5, "n": 10}, {"key": "long", "x": math.nan, "n": None}]).splitlines() == [
        "key       x   n",
        "a     1.500  10",
        "long      -   -",
    ]


def test_a_table_of_nothing_says_so():
    assert table([]) == "(nothing)"


def test_a_result_is_printed_with_its_protocol_and_mean(capsys: pytest.CaptureFixture[str]):
    finish(ScreenOptions(), RESULT, "the end")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("protocol: name plain, crop none, ")
    assert [line.split() for line in lines[1:5]] == [
        ["key", "d1_all", "epe"],
        ["000001_10", "12.250", "1.000"],
        ["2", "2.750", "-"],
        ["mean", "7.500", "-"],
    ]
    assert lines[5] == "the end"


def test_json_holds_the_result_and_quiet_is_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "new" / "result.json"
    finish(ScreenOptions(json=file, quiet=True), RESULT, "the end")
    assert capsys.readouterr().out == ""
    read = json.loads(file.read_text())
    assert read["mean"] == {"d1_all": 7.5, "epe": None}
    assert read["protocol"]["name"] == "plain"
    assert len(read["images"]) == 2


def test_a_json_file_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        finish(ScreenOptions(json=tmp_path / "file" / "result.json"), RESULT)


def test_progress_in_a_file_is_a_line_at_every_tenth(capsys: pytest.CaptureFixture[str]):
    tell = progress(ScreenOptions())
    for step in range(1, 101):
        tell("adapt", step, 100, 60.0 * (100 - step))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[0] == "adapt 1/100, 1 h 39 min left"
    assert lines[5] == "adapt 50/100, 50 min left"
    assert lines[-1] == "adapt 100/100"


def test_progress_on_a_terminal_writes_one_line_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    tell = progress(ScreenOptions())
    tell("predict", 1, 2, 30.4)
    tell("predict", 2, 2, 0.0)
    assert capsys.readouterr().err == "\r\033[Kpredict 1/2, 30 s left\r\033[Kpredict 2/2\n"


def test_progress_is_silent_when_asked_to_be(capsys: pytest.CaptureFixture[str]):
    progress(ScreenOptions(quiet=True))("adapt", 1, 2, None)
    assert capsys.readouterr().err == ""


def test_an_adaptation_is_told_as_two_rows():
    numbers = {"photometric_before": 0.3, "photometric_after": 0.2, "proxy_distance_before": 2.0, "seconds": 61.2}
    result = {**numbers, "proxy_distance_after": 1.0, "improved": True, "signal": "both", "steps": 900}
    rows = [line.split() for line in summary(result).splitlines()]
    assert rows[:3] == [["photometric", "proxy", "distance"], ["before", "0.300", "2.000"], ["after", "0.200", "1.000"]]
    assert " ".join(rows[3]) == "better by the errors without truth (both, 900 steps, 61 s)"
    scored = {**result, "before": {"mean": {"d1_all": 27.7}}, "after": {"mean": {"d1_all": 9.0}}, "improved": False}
    text = summary(scored)
    assert ["before", "0.300", "2.000", "27.700"] in [line.split() for line in text.splitlines()]
    assert "no better, so the weights are as before" in text
