"""`wilddepth reproduce` on a tiny table: what each row sees and learns, and what the card says of it."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tiny_table import PART, PLAN, STEPS, numbers, run, with_scale
from wilddepth.errors import ConfigError
from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.methods.supervised import Supervised
from wilddepth.networks.madnet import MADNet
from wilddepth.tables.table import Table


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


def test_rows_learn_in_bfloat16_where_that_is_asked_for_and_are_scored_in_float32(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[tuple[bool, bool]] = []
    real = MADNet.forward

    def watched(self: MADNet, *views: Any, **more: Any) -> Any:
        seen.append((torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")))
        return real(self, *views, **more)

    monkeypatch.setattr(MADNet, "forward", watched)
    result = run(tmp_path / "half", data, rows=("g",), steps=2, precision="bf16")
    assert set(seen) == {(True, True), (False, False)}
    assert "Rows learn in bf16 instead of fp32." in (tmp_path / "half/card.md").read_text()
    with pytest.raises(ConfigError, match=r"begun with another recipe \(plan.precision\)"):
        run(tmp_path / "half", data, rows=("g",), steps=2, resume=True)
    seen.clear()
    other = run(tmp_path / "single", data, rows=("g",), steps=2)
    assert set(seen) == {(True, False), (False, False)}
    assert numbers(result, "g") == pytest.approx(numbers(other, "g"), abs=0.1)


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
