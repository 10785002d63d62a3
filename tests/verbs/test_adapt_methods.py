"""Every label-free method adapts every stereo network; two proxies, the recipe, resuming, the report."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

import wilddepth
from tiny import Planes, command, matched, quick_labels
from wilddepth.engine.adapt import AdaptPlan, adapt
from wilddepth.engine.checkpoint import LAST, load_tensors
from wilddepth.engine.labels import together
from wilddepth.engine.weights import load_network
from wilddepth.errors import ConfigError
from wilddepth.methods import catalog
from wilddepth.networks import catalog as networks
from wilddepth.plain import load_yaml
from wilddepth.proxies.algorithm import ALGORITHMS, Maker
from wilddepth.proxies.fusion import ProxySettings

QUICK = {"device": "cpu", "precision": "fp32", "threads": 1, "steps": 2, "learning_rate": 2e-4}
NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "madnet": {},
    "madnet2": {},
    "dispnetc": {"width": 0.0625},
    "stereonet": {"largest": 63, "refinements": "single"},
}
METHODS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("label-free", {}),
    ("confidence-guided", {}),
    ("domain-adaptation", {}),
    ("domain-adaptation", {"learned": True, "threshold": 0.5, "second": "other"}),
    ("domain-adaptation", {"weighting": "mask", "reconstruction": 0.0}),
    ("left-right", {}),
    ("active-stereo", {"pooling_radius": 4}),
)
STEP = AdaptPlan(coarse_steps=0, steps=1, batch=1, height=64, width=64, judge_every=1, precision="fp32")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("trio", "ad-census"):
        monkeypatch.setitem(ALGORITHMS, name, Maker(ProxySettings, quick_labels, "quick"))


def test_no_network_and_no_method_is_forgotten():
    assert set(NETWORKS) == set(networks.NETWORKS)
    assert {name for name, _ in METHODS} == {name for name, entry in catalog.METHODS.items() if not entry.supervised}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_method_adapts_every_network(name: str, tmp_path: Path):
    """One step moves weights, is judged, and ends with finite ones."""
    for number, (method, settings) in enumerate(METHODS):
        network = networks.build(name, NETWORKS[name])
        network.initialise("pass-through", generator=torch.Generator().manual_seed(0))
        network.keep_statistics()
        learner = catalog.build(method, network, settings)
        folder = tmp_path / str(number)
        proxies = together({"sgm": matched, "other": matched}) if learner.config.labels else None
        done = adapt(learner, Planes((6,)), STEP, folder, proxies=proxies)
        assert done.fit.steps == 1, (name, method)
        assert len(done.judgements) == 2
        assert all(entry.score == entry.score for entry in done.judgements)
        fresh = networks.build(name, NETWORKS[name])
        fresh.initialise("pass-through", generator=torch.Generator().manual_seed(0))
        start = catalog.build(method, fresh, settings).state_dict()
        last, _ = load_tensors(folder / LAST)
        moved = [key for key, value in start.items() if not torch.equal(value, last[f"model/{key}"])]
        assert moved, (name, method)
        assert all(bool(value.isfinite().all()) for value in last.values())
        assert ("logits" in moved) == bool(settings.get("learned")), (name, method)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, pairs: Path, weights: Path) -> tuple[Path, list[object]]:
    """A run with a learned threshold for each of two proxies, and its words."""
    out = tmp_path_factory.mktemp("runs") / "two"
    words: list[object] = [pairs, "--weights", weights, "--steps", 2, "--method", "domain-adaptation"]
    words += ["--algorithm", "trio", "--algorithm", "ad-census", "--set", "method.learned=true"]
    words += ["--set", "method.threshold=0.4", "--set", "ad-census.keep=0.25"]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("trio", "ad-census"):
            patch.setitem(ALGORITHMS, name, Maker(ProxySettings, quick_labels, "quick"))
        patch.setenv("WILDDEPTH_CACHE", str(out.parent / "cache"))
        assert command("adapt", *words, "--out", out) == 0
    return out, words


def test_two_proxies_teach_together(two: tuple[Path, list[object]]):
    out, _ = two
    recipe = load_yaml((out / "recipe.yaml").read_text())
    assert recipe["method"]["name"] == "domain-adaptation"
    assert recipe["method"]["settings"]["second"] == "ad-census"
    assert recipe["method"]["settings"]["threshold"] == 0.4
    assert [(entry["algorithm"], entry["settings"]["keep"]) for entry in recipe["labels"]] == [
        ("trio", 0.5),
        ("ad-census", 0.25),
    ]
    assert {path.name.rpartition("-")[0] for path in (out / "checkpoints/labels").iterdir()} == {"trio", "ad-census"}
    assert load_network(str(out))[1]["method"] == "domain-adaptation"
    result = json.loads((out / "metrics.json").read_text())
    assert result["method"] == "domain-adaptation"
    assert "signal" not in result
    assert set(result["taught"]) == {"the proxy trio", "the proxy ad-census"}


def test_the_report_names_the_method_and_shows_both_proxies(two: tuple[Path, list[object]]):
    page = (two[0] / "report.html").read_text()
    for text in (
        "domain-adaptation",
        "the proxy trio, disparity",
        "the proxy trio, confidence",
        "the proxy ad-census, disparity",
        "kept for judging",
        "Which pixels taught",
        "proxy ad-census",
    ):
        assert text in page


def test_a_run_goes_on_with_its_own_method_only(two: tuple[Path, list[object]]):
    out, words = two
    before = load_tensors(out / "weights.safetensors")[0]
    assert command("adapt", *words, "--out", out, "--resume") == 0
    after = load_tensors(out / "weights.safetensors")[0]
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    pairs, weights = str(words[0]), str(words[2])
    with pytest.raises(ConfigError, match=r"was begun with another recipe \(.*method.name"):
        wilddepth.adapt(pairs, out=out, weights=weights, method="left-right", resume=True, **QUICK)


@pytest.mark.parametrize("method", ["left-right", "active-stereo"])
def test_methods_without_proxies_make_none(
    method: str, pairs: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def never(*given: object) -> object:
        raise AssertionError("proxies were made")

    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, never, "never"))
    result = wilddepth.adapt(str(pairs), out=tmp_path, weights=str(weights), method=method, **{**QUICK, "steps": 1})
    assert set(result["taught"]) == ({"the contrast term"} if method == "active-stereo" else set())
    assert load_yaml((tmp_path / "recipe.yaml").read_text())["labels"] is None
    page = (tmp_path / "report.html").read_text()
    assert method in page
    assert ("Which pixels taught" in page) == (method == "active-stereo")


def test_a_signal_of_another_method_is_one_error(
    pairs: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = (pairs, "--weights", weights, "--method", "left-right", "--signal", "proxy", "--out", tmp_path / "out")
    assert command("adapt", *words) == command("adapt", *words, "--dry-run") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == second
    assert "--signal belongs to the method label-free" in first
    assert not (tmp_path / "out").exists()


def test_a_dry_run_tells_the_method(pairs: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = (pairs, "--weights", weights, "--method", "confidence-guided", "--out", tmp_path / "out", "--dry-run")
    assert command("adapt", *words) == 0
    told = load_yaml(capsys.readouterr().out)
    assert told["method"]["name"] == "confidence-guided"
    assert told["labels"]["algorithm"] == "trio"
