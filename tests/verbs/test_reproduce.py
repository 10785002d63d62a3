"""`wilddepth reproduce` on a tiny table: two rows on three pairs, cut off and gone on with, and its card."""

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import wilddepth
from tiny import quick_labels, write_pairs
from wilddepth.cli.__main__ import main
from wilddepth.engine.checkpoint import load_tensors, steps_done
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.fit import Progress
from wilddepth.engine.weights import load_network, save_weights
from wilddepth.errors import ConfigError, OutputError, SampleError, WeightsError
from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.methods.supervised import Supervised
from wilddepth.plain import load_yaml
from wilddepth.proxies.algorithm import ALGORITHMS, Algorithm, Maker
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.tables import runner
from wilddepth.tables.catalog import TABLES
from wilddepth.tables.material import Material
from wilddepth.tables.proxies import PROXIES
from wilddepth.tables.runner import Bench
from wilddepth.tables.table import Claim, Column, PairsChart, Part, Pick, Plan, Row, Scale, Start, Table
from wilddepth.verbs.reproduce import job_of, plan_of, starts_of
from wilddepth.verbs.reproduce_time import Clock, estimated_seconds

STEPS = 4
PLAN = Plan(steps=STEPS, batch=2, height=64, width=64, learning_rate=4e-4, average=0.5, checkpoint_every=2)
LEARN = (Pick("{data}/kitti", keys=("000000_10", "000001_10")),)
OTHER = (Pick("{data}/kitti", keys=("000002_10",)),)
PART = Part("planes", "tiny planes", LEARN, {"target": LEARN, "similar": OTHER}, OTHER, submission=OTHER)
ROWS = (
    Row("a", "No adaptation", published={"target/epe": 1.5}),
    Row("g", "With proxies", "confidence-guided", {"label": "sgm"}, ("sgm",), published={"target/epe": 0.5}),
    Row("b", "Tuned", "supervised", {}, (), "labelled"),
    Row("one", "One labelled pair", "supervised", {}, (), "learn", 1),
    Row("k", "Of other weights", "confidence-guided", {"label": "sgm"}, ("sgm",), start="other"),
)
CLAIMS = (
    Claim("proxies beat no adaptation", ("g",), ("a",), "target/epe"),
    Claim("no adaptation beats proxies", ("a",), ("g",), "target/epe"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one data set: planes of 6, 6 and 9 px."""
    folder = tmp_path_factory.mktemp("data")
    write_pairs(folder / "kitti", (6, 6, 9), truth=True, width=96)
    return folder


@pytest.fixture(autouse=True)
def tiny_table(monkeypatch: pytest.MonkeyPatch, weights: Path) -> Table:
    """The table `tiny`, whose labels take no time."""
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))
    monkeypatch.setitem(PROXIES, "sgm", Algorithm("trio", ProxySettings()))  # type: ignore[arg-type]
    starts = {"network": Start(str(weights), "madnet-flying"), "other": Start("nowhere-to-be-found", "madnet-flying")}
    table = Table(
        "tiny",
        "A tiny table",
        "nobody, nowhere",
        (Column("target", "epe", "target MAE"), Column("similar", "epe", "similar MAE")),
        ROWS,
        {"mini": Scale((PART,), PLAN, starts, ("All of it is tiny.",))},
        CLAIMS,
        chart=PairsChart("By pairs", "target/epe", ("a", "one", "b"), "tuned", ("g",)),
    )
    monkeypatch.setitem(TABLES, "tiny", table)  # type: ignore[arg-type]
    return table


def with_scale(monkeypatch: pytest.MonkeyPatch, table: Table, **changes: Any) -> None:
    """The table with another scale."""
    scale = replace(table.scales["mini"], **changes)
    monkeypatch.setitem(TABLES, "tiny", replace(table, scales={"mini": scale}))  # type: ignore[arg-type]


def run(out: Path, data: Path, **more: Any) -> Mapping[str, Any]:
    return wilddepth.reproduce(
        "tiny", out=out, data=data, **{"rows": ("a", "g"), "device": "cpu", "threads": 1, **more}
    )


def weights_of(folder: Path, row: str = "g", seed: int = 0) -> dict[str, Any]:
    return load_tensors(folder / f"rows/{row}/seed-{seed}/planes/weights.safetensors")[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {"folder": tmp_path_factory.mktemp("runs") / "whole"}


@pytest.fixture
def finished(whole: dict[str, Any], data: Path) -> tuple[Path, Mapping[str, Any]]:
    """A run with two seeds, made once."""
    if "result" not in whole:
        whole["result"] = run(whole["folder"], data, seeds=2)
    return whole["folder"], whole["result"]


def numbers(result: Mapping[str, Any], row: str, seed: int = 0) -> Mapping[str, float]:
    return result["rows"][row][seed]["parts"]["planes"]["numbers"]


def test_each_row_is_measured_with_each_seed(finished: tuple[Path, Mapping[str, Any]]):
    folder, result = finished
    assert numbers(result, "a")["target/epe"] == pytest.approx(2, abs=1e-3)  # 4 px everywhere, where 6 are right
    assert numbers(result, "a")["similar/epe"] == pytest.approx(5, abs=1e-3)  # and 9
    assert len(result["rows"]["a"]) == 1  # what learns nothing is the same for every seed
    assert [each["seed"] for each in result["rows"]["g"]] == [0, 1]
    assert all(numbers(result, "g", seed)["target/epe"] < 1.9 for seed in (0, 1))
    assert numbers(result, "g", 0) != numbers(result, "g", 1)
    measured = result["rows"]["g"][0]["parts"]["planes"]
    assert (measured["steps"], measured["pairs"], measured["images"]) == (STEPS, 2, {"target": 2, "similar": 1})
    assert measured["terms"].keys() == {"proxy", "smoothness"}
    assert result["orders"]["tiny planes"][0]["verdict"] == "holds"
    assert result["orders"]["tiny planes"][1]["verdict"] == "does not hold"
    stored = json.loads((folder / "rows/g/seed-0/result.json").read_text())
    assert stored["parts"]["planes"]["numbers"] == numbers(result, "g")
    assert not (folder / "rows/g/seed-0/planes/checkpoints").exists()


def test_the_card_says_published_ours_data_seeds_hardware_time_and_differences(
    finished: tuple[Path, Mapping[str, Any]],
):
    folder, result = finished
    card, page = (folder / "card.md").read_text(), (folder / "report.html").read_text()
    line = next(line for line in card.split("\n") if line.startswith("| g |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    first, second = (numbers(result, "g", seed)["target/epe"] for seed in (0, 1))
    mean, deviation = (first + second) / 2, abs(first - second) / 2**0.5
    assert cells[:5] == ["g", "With proxies", "0.50", f"{mean:.2f} ± {deviation:.2f}", cells[4]]
    assert cells[5] == "2"
    for text in (
        "nobody, nowhere",
        "2 asked for",
        "All of it is tiny.",
        "proxies beat no adaptation",
        "does not hold",
        "cores, cpu, torch",
        "2 pairs",
    ):
        assert text in card
        assert text in page
    assert "Training time" in card
    assert page.startswith("<!doctype html>")
    assert "SUPERVISED" not in card.replace("Rows marked SUPERVISED", "")


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
    with pytest.raises(ConfigError, match=r"begun with another recipe \(plan.steps\)"):
        run(out, data, rows=("a",), steps=2, resume=True)
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


def test_only_supervised_rows_see_truth_and_the_card_marks_them(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[tuple[str, ...]] = []
    real = Supervised.objective

    def watched(self: Supervised, outputs: Any, sample: Any, **more: Any) -> Any:
        seen.append(sample.keys)
        assert set(sample.labels) == {"truth"}
        return real(self, outputs, sample, **more)

    monkeypatch.setattr(Supervised, "objective", watched)
    result = run(tmp_path / "out", data, rows=("a", "one", "b", "g"), steps=2)
    # "one" learns the first target pair alone, "b" the pairs that are labelled for it.
    assert seen[:2] == [("000000_10", "000000_10")] * 2 or seen[2:] == [("000000_10", "000000_10")] * 2
    assert {key for keys in seen for key in keys} == {"000000_10", "000002_10"}
    assert [result["rows"][name][0]["supervised"] for name in ("a", "one", "b", "g")] == [False, True, True, False]
    card, page = (tmp_path / "out/card.md").read_text(), (tmp_path / "out/report.html").read_text()
    for text in ("Tuned (SUPERVISED)", "One labelled pair (SUPERVISED)", "Rows marked SUPERVISED"):
        assert text in card
        assert text in page
    assert "With proxies (SUPERVISED)" not in card
    assert "2 steps were asked for instead of 4." in card
    assert "By pairs" in page  # the chart: 0 and 1 labelled pairs


def test_label_free_rows_get_no_truth_and_no_renderer_label(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
):
    from wilddepth.methods.confidence_guided import ConfidenceGuided

    real = ConfidenceGuided.objective

    def watched(self: ConfidenceGuided, outputs: Any, sample: Any, **more: Any) -> Any:
        assert set(sample.labels) == {"sgm"}
        return real(self, outputs, sample, **more)

    monkeypatch.setattr(ConfidenceGuided, "objective", watched)
    assert run(tmp_path / "out", data, rows=("g",), steps=1)["rows"]["g"]


def test_a_row_without_its_weights_is_named_and_the_others_run(tmp_path: Path, data: Path):
    result = run(tmp_path / "out", data, rows=("a", "k"))
    assert result["rows"].keys() == {"a"}
    assert "weights nowhere-to-be-found are not packaged; make them with `wilddepth train" in result["not_run"]["k"]
    assert "Row k was not run: weights nowhere-to-be-found" in (tmp_path / "out/card.md").read_text()


def test_a_row_that_needs_labelled_pairs_is_left_out_where_there_are_none(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    with_scale(monkeypatch, tiny_table, parts=(replace(PART, labelled=()),))
    result = run(tmp_path / "out", data, rows=("a", "b"))
    assert result["rows"]["b"][0]["parts"] == {}
    assert "Row b was left out on planes: it has no labelled pairs" in (tmp_path / "out/card.md").read_text()


def test_a_row_that_diverges_is_a_result_and_says_so(
    tmp_path: Path, data: Path, tiny_table: Table, monkeypatch: pytest.MonkeyPatch
):
    with_scale(monkeypatch, tiny_table, plan=replace(PLAN, learning_rate=1e30))
    result = run(tmp_path / "out", data)
    assert "at step" in result["rows"]["g"][0]["parts"]["planes"]["failed"]
    card = (tmp_path / "out/card.md").read_text()
    assert "Row g, seed 0, planes: " in card
    assert next(line for line in card.split("\n") if line.startswith("| g |")).split("|")[-3].strip() == "0 of 1"
    assert result["orders"]["tiny planes"][0]["verdict"] == "does not hold"


def test_submissions_are_what_the_benchmark_takes(finished: tuple[Path, Mapping[str, Any]]):
    with zipfile.ZipFile(finished[0] / "submissions/a-planes-seed-0.zip") as packed:
        assert packed.namelist() == ["disp_0/000002_10.png"]
        packed.extractall(finished[0] / "unpacked")
    disparity = read_kitti_disparity(finished[0] / "unpacked/disp_0/000002_10.png")
    assert disparity.shape == (64, 96)
    assert disparity == pytest.approx(4, abs=1 / 256)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tinny",), "unknown table 'tinny'; did you mean 'tiny'?"),
        (("tiny", "--rows", "z"), "table tiny has no row 'z'"),
        (("tiny", "--scale", "full"), "table tiny has no scale 'full'; give one of mini"),
        (("tiny",), "planes: this needs kitti of a folder with data sets; name it with --data DIR"),
        (("tiny", "--data", "{tmp}"), "/kitti does not exist; check the path; `wilddepth data` says where"),
        (("tiny", "--weights", "{tmp}/none"), "no weights"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_folder(
    words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    given = [word.replace("{tmp}", str(tmp_path)) for word in words]
    assert main(["reproduce", *given, "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert message in printed.err
    assert not (tmp_path / "out").exists()


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
    clock.teller("row g", row, lambda what, done, total, left: told.append(left))(progress)
    assert told == [pytest.approx(7.0 + 3 * once)]
