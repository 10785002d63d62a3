"""`wilddepth adapt`: the run folder, the report, and that truth steers nothing."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

import wilddepth
from tiny import command, quick_labels, write_pairs
from wilddepth.engine.adapt import AdaptPlan
from wilddepth.engine.checkpoint import load_tensors, steps_done
from wilddepth.engine.weights import load_network
from wilddepth.errors import ConfigError, SampleError
from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.plain import load_yaml
from wilddepth.proxies.algorithm import ALGORITHMS, Labels, Maker
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.verbs.adapt import planned
from wilddepth.verbs.common import Machine
from wilddepth.verbs.lesson import DEFAULT_SIGNAL

QUICK = {"device": "cpu", "precision": "fp32", "threads": 1, "steps": 4, "learning_rate": 2e-4}


REAL = ALGORITHMS["trio"]
QUICKLY = Maker(ProxySettings, quick_labels, "quick")


@pytest.fixture(autouse=True)
def exact_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALGORITHMS, "trio", QUICKLY)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory, kitti: Path, weights: Path) -> tuple[Path, Mapping[str, Any]]:
    """A run with scores."""
    folder = tmp_path_factory.mktemp("runs") / "adapted"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ALGORITHMS, "trio", QUICKLY)
        patch.setenv("WILDDEPTH_CACHE", str(folder.parent / "cache"))
        return folder, wilddepth.adapt(str(kitti), weights=str(weights), out=folder, score=True, **QUICK)


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    return load_tensors(folder / "weights.safetensors")[0]


def same(first: Path, second: Path) -> bool:
    one, other = tensors(first), tensors(second)
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_the_run_folder_is_whole(adapted: tuple[Path, Mapping[str, Any]]):
    folder, result = adapted
    there = {path.name for path in folder.iterdir()}
    assert there >= {
        "recipe.yaml",
        "weights.safetensors",
        "metrics.json",
        "environment.json",
        "report.html",
        "checkpoints",
    }
    assert json.loads((folder / "metrics.json").read_text())["judgements"] == result["judgements"]
    assert "signal: both" in (folder / "recipe.yaml").read_text()
    assert load_network(str(folder))[1]["signal"] == DEFAULT_SIGNAL


def test_it_gets_better_by_every_number(adapted: tuple[Path, Mapping[str, Any]]):
    _, result = adapted
    assert result["improved"]
    assert result["steps"] == 4
    assert result["proxy_distance_after"] < result["proxy_distance_before"]
    assert result["after"]["mean"]["epe"] < result["before"]["mean"]["epe"] == pytest.approx(3.5, abs=1e-3)
    assert result["after"]["protocol"]["name"] == "kitti2015"
    assert [row["key"] for row in result["after"]["images"]] == ["000000_10", "000001_10"]


def test_the_report_shows_before_and_after_and_says_that_truth_was_read(adapted: tuple[Path, Mapping[str, Any]]):
    page = (adapted[0] / "report.html").read_text()
    for text in (
        "D1-all",
        "disparity before",
        "disparity after",
        "error after",
        "Ground truth was read for scoring only",
    ):
        assert text in page
    assert f"wilddepth predict ./PAIRS --weights {adapted[0]}" in page


def test_scores_never_change_the_weights(
    adapted: tuple[Path, Mapping[str, Any]],
    kitti: Path,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """The same run without truth, where opening a truth file is a failure: the same weights to the last bit."""
    monkeypatch.setattr("wilddepth.sources.folder.load_truth", lambda files: pytest.fail("truth was opened"))
    words = (kitti, "--weights", weights, "--steps", 4, "--learning-rate", 2e-4, "--out", tmp_path / "out")
    assert command("adapt", *words) == 0
    assert same(adapted[0], tmp_path / "out")
    result = json.loads((tmp_path / "out/metrics.json").read_text())
    assert "before" not in result
    assert result["judgements"] == adapted[1]["judgements"]
    page = (tmp_path / "out/report.html").read_text()
    assert "error after" not in page
    assert "Ground truth was read" not in page
    printed = capsys.readouterr()
    assert "better by the errors without truth (label-free, both, 4 steps" in printed.out
    assert "adapted weights and report.html are in" in printed.out
    assert "proxies 2/2" in printed.err
    assert "adapt 4/4" in printed.err


def cut(stage: str, at: int) -> Callable[[str, int, int, float | None], None]:
    """Interrupts at the `at`-th thing done in a stage."""

    def say(what: str, done: int, total: int, left: float | None) -> None:
        if (what, done) == (stage, at):
            raise KeyboardInterrupt

    return say


@pytest.mark.parametrize("stage, at", [("proxies", 1), ("adapt", 3), ("score after", 1)])
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    adapted: tuple[Path, Mapping[str, Any]], kitti: Path, weights: Path, tmp_path: Path, stage: str, at: int
):
    given = {"weights": str(weights), "out": tmp_path, "score": True, **QUICK}
    with pytest.raises(KeyboardInterrupt):
        wilddepth.adapt(str(kitti), say=cut(stage, at), **given)
    if stage == "adapt":
        assert steps_done(tmp_path / "checkpoints") == 2
        (tmp_path / "log.jsonl").write_text('{"step": 2}\n{"step": 3}\n{"step": 3, "tor')
    result = wilddepth.adapt(str(kitti), resume=True, **given)
    assert same(adapted[0], tmp_path)
    assert result["judgements"] == adapted[1]["judgements"]
    assert result["after"] == adapted[1]["after"]
    if stage == "adapt":  # lines of steps that were done again, and a torn one, are gone
        assert (tmp_path / "log.jsonl").read_text() == '{"step": 2}\n'


def test_harm_is_said_and_the_weights_that_came_are_handed_back(
    kitti: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = (kitti, "--weights", weights, "--steps", 1, "--learning-rate", 1e4, "--out", tmp_path / "out")
    assert command("adapt", *words) == 0
    came, _ = load_tensors(weights)
    assert all(torch.equal(value, came[name]) for name, value in tensors(tmp_path / "out").items())
    assert json.loads((tmp_path / "out/metrics.json").read_text())["improved"] is False
    assert "no better, so the weights are as before" in capsys.readouterr().out
    assert "its weights are handed back unchanged" in (tmp_path / "out/report.html").read_text()


@pytest.mark.parametrize("flag", ["whole", "augment"])
def test_the_command_learns_otherwise_when_it_is_told_to(flag: str, pairs: Path, weights: Path, tmp_path: Path):
    words = ["adapt", pairs, "--weights", weights, "--steps", "1"]
    plain, varied = tmp_path / "plain", tmp_path / "varied"
    assert command(*words, "--out", plain) == 0
    assert command(*words, f"--{flag}", "--out", varied) == 0
    assert [load_yaml((folder / "recipe.yaml").read_text())["plan"][flag] for folder in (plain, varied)] == [
        False,
        True,
    ]


def test_adapted_weights_remember_how_large_pictures_were(
    pairs: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["adapt", pairs, "--weights", weights, "--steps", "2"]
    assert command(*words, "--enlarge", "1.5", "--out", tmp_path / "one") == 0
    assert load_yaml((tmp_path / "one/recipe.yaml").read_text())["enlarge"] == 1.5
    assert load_network(str(tmp_path / "one"))[0].enlargement == 1.5
    assert command("adapt", pairs, "--weights", tmp_path / "one", "--steps", "1", "--out", tmp_path / "two") == 0
    assert load_network(str(tmp_path / "two"))[0].enlargement == 1.5
    assert command(*words, "--out", tmp_path / "one", "--resume") == 2
    assert "begun with another recipe (enlarge)" in capsys.readouterr().err


def test_at_twice_the_size_proxies_teach_twice_the_disparity(kitti: Path, weights: Path, tmp_path: Path):
    """The weights say 4 px: 2 px of pictures that are enlarged twice. Proxies of 6 and 9 px draw them up."""
    given = {"weights": str(weights), "steps": 24, "learning_rate": 1e-3, "score": True, "signal": "proxy", **QUICK}
    result = wilddepth.adapt(str(kitti), out=tmp_path, enlarge=2.0, **{**QUICK, **given})
    assert result["before"]["mean"]["epe"] == pytest.approx(5.5, abs=1e-3)
    assert result["after"]["mean"]["epe"] < 5
    assert result["proxy_distance_after"] < result["proxy_distance_before"]


def test_photometric_adaptation_makes_no_proxies(
    pairs: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def never(*given: object) -> Labels:
        raise AssertionError("proxies were made")

    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, never, "never"))
    given = {**QUICK, "steps": 1}
    result = wilddepth.adapt(str(pairs), weights=str(weights), out=tmp_path, signal="photometric", **given)
    assert result["signal"] == "photometric"
    assert result["proxy_distance_before"] != result["proxy_distance_before"]
    assert json.loads((tmp_path / "metrics.json").read_text())["proxy_distance_before"] is None


def test_the_real_proxies_fit_in(pairs: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(ALGORITHMS, "trio", REAL)
    given = {**QUICK, "steps": 1}
    result = wilddepth.adapt(str(pairs), weights=str(weights), out=tmp_path, signal="proxy", **given)
    assert result["proxy_seconds"] > 0
    assert len(list((tmp_path / "checkpoints/labels").glob("trio-*/records/*.json"))) == 2


def test_images_of_another_folder_never_get_these_labels(weights: Path, tmp_path: Path):
    folder = write_pairs(tmp_path / "pairs", (6,))
    given = {"weights": str(weights), **QUICK, "steps": 1}

    def labels() -> float:
        (found,) = (tmp_path / "run/checkpoints/labels").glob("trio-*/disparity/0.png")
        return float(read_kitti_disparity(found).mean())

    wilddepth.adapt(str(folder), out=tmp_path / "run", **given)
    assert labels() == 6
    write_pairs(folder, (9,))  # other pictures under the same names
    wilddepth.adapt(str(folder), out=tmp_path / "run", resume=True, **given)
    assert labels() == 9


def test_a_resumed_run_keeps_its_recipe(
    adapted: tuple[Path, Mapping[str, Any]], kitti: Path, weights: Path, tmp_path: Path
):
    given = {"weights": str(weights), "out": tmp_path, **QUICK}
    with pytest.raises(KeyboardInterrupt):
        wilddepth.adapt(str(kitti), say=cut("proxies", 1), **given)
    with pytest.raises(ConfigError, match=r"begun with another recipe \(.*plan.learning_rate, signal\)"):
        wilddepth.adapt(str(kitti), resume=True, signal="proxy", **{**given, "learning_rate": 1e-3})
    with pytest.raises(KeyboardInterrupt):  # more time may be given
        wilddepth.adapt(str(kitti), resume=True, minutes=5.0, say=cut("proxies", 1), **given)


def test_scores_need_truth_and_a_known_protocol_before_anything_is_written(
    pairs: Path, kitti: Path, weights: Path, tmp_path: Path
):
    given = {"weights": str(weights), "out": tmp_path / "out", "score": True, **QUICK}
    with pytest.raises(SampleError, match="holds no ground truth to score with"):
        wilddepth.adapt(str(pairs), **given)
    with pytest.raises(ConfigError, match="unknown protocol 'kitti2016'"):
        wilddepth.adapt(str(kitti), protocol="kitti2016", **given)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pairs, factor", [(1, 1), (12, 1), (24, 1), (48, 2), (1000, 6)])
def test_more_pairs_get_more_steps(pairs: int, factor: int):
    plain, place = AdaptPlan(), Machine(torch.device("cpu"), "bf16", False, 3)
    total = factor * (plain.coarse_steps + plain.steps)
    plan = planned(pairs, None, None, None, place, coarse=True)
    assert (plan.coarse_steps, plan.steps) == (total // 3, total - total // 3)
    assert plan.judge_every <= 100
    assert (plan.seed, plan.precision, plan.learning_rate) == (3, "bf16", plain.learning_rate)
    only_fine = planned(pairs, None, None, None, place, coarse=False)
    assert (only_fine.coarse_steps, only_fine.steps) == (0, total)


@pytest.mark.parametrize("steps, expected", [(100, (33, 67, 12)), (4, (1, 3, 1)), (1, (0, 1, 1))])
def test_steps_that_are_given_are_done(steps: int, expected: tuple[int, int, int]):
    plan = planned(1000, steps, 2.0, 0.5, Machine(torch.device("cpu"), "fp32", False, 0), coarse=True)
    assert (plan.coarse_steps, plan.steps, plan.judge_every) == expected
    assert (plan.minutes, plan.learning_rate) == (2.0, 0.5)
