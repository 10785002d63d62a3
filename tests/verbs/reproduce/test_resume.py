"""`wilddepth reproduce` cut off and gone on with, also for further rows and seeds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tiny_table import PART, STEPS, numbers, run, weights_of
from wilddepth.engine.checkpoint import steps_done
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.weights import load_network, save_weights
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.plain import load_yaml
from wilddepth.tables import runner
from wilddepth.tables.catalog import TABLES
from wilddepth.tables.table import Table


def cut(row: str, step: int) -> Callable[[str, int, int, float | None], None]:
    """Interrupts when a row has done some steps."""

    def say(what: str, done: int, total: int, left: float | None) -> None:
        if what == f"row {row}, seed 0" and done == step:
            raise KeyboardInterrupt

    return say


def test_a_run_that_was_cut_off_goes_on_to_the_same_weights(
    tmp_path: Path, data: Path, finished: tuple[Path, Mapping[str, Any]]
):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run(out, data, say=cut("g", 3))
    assert (out / "rows/a/seed-0/result.json").is_file()
    assert not (out / "rows/g/seed-0/result.json").exists()
    assert steps_done(out / "rows/g/seed-0/planes/checkpoints") == 2
    told: list[tuple[str, int]] = []
    result = run(out, data, resume=True, say=lambda what, done, total, left: told.append((what, done)))
    assert ("row g, seed 0", 3) in told
    assert ("row g, seed 0", 2) not in told
    assert not [what for what, _ in told if what.startswith("row a")]  # what is done is not done again
    assert numbers(result, "g") == numbers(finished[1], "g")
    mine, other = weights_of(out), weights_of(finished[0])
    assert all((value == other[name]).all() for name, value in mine.items())


def test_rows_that_are_done_take_no_time(tmp_path: Path, data: Path):
    out, left = tmp_path / "out", []
    run(out, data, rows=("a", "g"))
    run(out, data, rows=("a", "g"), resume=True, say=lambda what, done, total, seconds: left.append((what, seconds)))
    assert [seconds for what, seconds in left if what == "rows"] == [0, 0]


def test_rows_and_seeds_can_be_added_and_settings_not_changed(tmp_path: Path, data: Path):
    out = tmp_path / "out"
    run(out, data, rows=("a",))
    result = run(out, data, rows=("a", "g"), resume=True)
    assert result["rows"].keys() == {"a", "g"}
    before = (out / "environment.json").read_bytes()
    with pytest.raises(ConfigError, match=r"begun with another recipe \(plan.steps\)"):
        run(out, data, rows=("a",), steps=2, resume=True)
    assert (out / "environment.json").read_bytes() == before
    with pytest.raises(OutputError, match="--overwrite, --resume"):
        run(out, data)
    path = out / "rows/a/seed-0/result.json"
    good = path.read_text()
    path.write_text(path.read_text().replace('"digest": "', '"digest": "0'))
    with pytest.raises(ConfigError, match=r"result.json was made with other settings"):
        run(out, data, rows=("a",), resume=True)
    for damaged in ("{", good.replace('"planes": {', '"planes": null, "other": {')):
        path.write_text(damaged)
        with pytest.raises(SampleError, match=r"result.json is damaged"):
            run(out, data, rows=("a",), resume=True)


def test_what_was_done_before_stays_in_the_card(tmp_path: Path, data: Path):
    out = tmp_path / "out"
    run(out, data, rows=("a", "b", "g"), seeds=2, steps=1)
    result = run(out, data, rows=("one",), steps=1, resume=True)
    assert {name: len(found) for name, found in result["rows"].items()} == {"a": 1, "b": 2, "g": 2, "one": 1}
    card = (out / "card.md").read_text()
    assert [line[2] for line in card.split("\n") if line[:5] in ("| a |", "| g |", "| b |")] == ["a", "g", "b"]
    assert "4 of 4 rows were run" in card
    assert load_yaml((out / "recipe.yaml").read_text())["rows"] == ["a", "g", "b", "one"]


def test_weights_that_were_exchanged_are_another_start(tmp_path: Path, data: Path, weights: Path):
    out, mine = tmp_path / "out", tmp_path / "mine.safetensors"
    mine.write_bytes(weights.read_bytes())
    run(out, data, rows=("a",), weights=(str(mine),))
    card = (out / "card.md").read_text()
    assert f"- **Start, network**: {mine}" in card
    assert f"Start network: {mine}, a madnet, was given instead of {weights}" in card
    network, told = load_network(str(mine))
    save_weights(mine, network, {**told, "trained": "longer"})
    with pytest.raises(ConfigError, match=r"result.json was made with other settings"):
        run(out, data, rows=("a",), weights=(str(mine),), resume=True)


def test_a_part_that_was_scored_is_not_scored_again(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    parts = (replace(PART, submission=()), replace(PART, name="more", submission=()))
    monkeypatch.setitem(
        TABLES, "tiny", replace(tiny_table, scales={"mini": replace(tiny_table.scales["mini"], parts=parts)})
    )  # type: ignore[arg-type]
    scored: list[int] = []

    def counted(*given: Any, **more: Any) -> Any:
        scored.append(1)
        return evaluate(*given, **more)

    monkeypatch.setattr(runner, "evaluate_scenes", counted)
    out, calls = tmp_path / "out", [0]

    def stop(what: str, done: int, total: int, left: float | None) -> None:
        calls[0] += what.startswith("row g")
        if calls[0] == STEPS + 1:  # the first step of the second part
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(out, data, rows=("g",), say=stop)
    assert len(scored) == 2
    result = run(out, data, rows=("g",), resume=True)
    assert len(scored) == 4
    assert result["rows"]["g"][0]["parts"].keys() == {"planes", "more"}
    assert not (out / "rows/g/seed-0/planes/result.json").exists()
