"""`wilddepth reproduce` where data are absent or hold something else."""

from dataclasses import replace
from pathlib import Path

import pytest

from tiny_table import PART, run, with_scale
from wilddepth.errors import ConfigError, SampleError
from wilddepth.tables.catalog import TABLES
from wilddepth.tables.table import Part, Pick, Table
from wilddepth.verbs.reproduce import plan_of


def test_a_benchmark_whose_pairs_are_absent_is_named_before_anything_is_trained(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    parts = (replace(PART, submission=(Pick("{data}/testing"),)),)
    monkeypatch.setitem(
        TABLES, "tiny", replace(tiny_table, scales={"mini": replace(tiny_table.scales["mini"], parts=parts)})
    )  # type: ignore[arg-type]
    with pytest.raises(SampleError, match="testing does not exist"):
        run(tmp_path / "out", data)
    assert not (tmp_path / "out").exists()
    assert "testing does not exist" in plan_of("tiny", "mini", data=data, rows=("a",))["parts"]["planes"]


def test_data_that_are_not_there_are_not_passed_over(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(ConfigError, match="nowhere is no folder"):
        run(tmp_path / "out", data / "nowhere")
    with pytest.raises(ConfigError, match="nowhere is no folder"):
        plan_of("tiny", "mini", data=data / "nowhere")
    other = Part("real", "real pairs", (Pick("{data}/gone"),), {"target": (Pick("{data}/gone"),)}, optional=True)
    with_scale(monkeypatch, tiny_table, parts=(PART, other))
    run(tmp_path / "out", data, rows=("a",))
    assert "- real was left out: " in (tmp_path / "out/card.md").read_text()


def test_a_source_without_any_of_the_wanted_scenes_is_refused(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    gone = replace(PART, learn=(Pick("{data}/kitti", keys=("drive_0001", "drive_0002")),))
    scale = replace(tiny_table.scales["mini"], parts=(gone,))
    monkeypatch.setitem(TABLES, "tiny", replace(tiny_table, scales={"mini": scale}))  # type: ignore[arg-type]
    with pytest.raises(SampleError, match=r"kitti holds none of drive_0001, drive_0002"):
        run(tmp_path / "out", data)
    partly = replace(PART, learn=(Pick("{data}/kitti", keys=("000000_10", "drive_0002")),))
    scale = replace(tiny_table.scales["mini"], parts=(partly,))
    monkeypatch.setitem(TABLES, "tiny", replace(tiny_table, scales={"mini": scale}))  # type: ignore[arg-type]
    run(tmp_path / "out", data, rows=("a",))
    assert "1 that were asked for are not there" in (tmp_path / "out/card.md").read_text()


def test_an_optional_part_is_left_out_without_its_data(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    more = Part("more", "more", (Pick("{data}/absent"),), {"target": (Pick("{data}/absent"),)}, optional=True)
    scale = replace(tiny_table.scales["mini"], parts=(PART, more))
    monkeypatch.setitem(TABLES, "tiny", replace(tiny_table, scales={"mini": scale}))  # type: ignore[arg-type]
    assert run(tmp_path / "out", data, rows=("a",))["rows"]["a"][0]["parts"].keys() == {"planes"}
