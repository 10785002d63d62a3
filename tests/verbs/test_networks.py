"""Every stereo network through every verb that takes weights: trained, adapted, predicted with, scored, timed."""

import json
from pathlib import Path

import pytest

import wilddepth
from tiny import command, quick_labels, silent
from wilddepth.engine.weights import load_network, save_weights
from wilddepth.errors import ConfigError
from wilddepth.proxies.algorithm import ALGORITHMS, Maker
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.recipe import Recipe
from wilddepth.tables.runner import started
from wilddepth.tables.table import Start
from wilddepth.verbs.train import make_network

QUICK = {"device": "cpu", "threads": 1}
NETWORKS = {
    "dispnetc": "{width: 0.0625}",
    "madnet2": "{}",
    "stereonet": "{largest: 63, refinements: single}",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rendered")


def recipe(name: str, cache: Path, *more: str) -> Recipe:
    words = (
        f"network={{name: {name}, settings: {NETWORKS.get(name, '{}')}}}",
        "data.source=worlds:flat-flying?height=64&width=64",
        "data={pairs: 2, height: 64, width: 64, source: 'worlds:flat-flying?height=64&width=64'}",
        f"data.cache={cache}",
        "stages=[{steps: 1, batch: 1, settings: {finest: 4}}, {steps: 1, batch: 2}]",
    )
    return Recipe().with_overrides((*words, *more))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_trained_adapted_predicted_with_scored_and_timed(
    name: str, cache: Path, kitti: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))
    trained, adapted = tmp_path / "trained", tmp_path / "adapted"
    assert wilddepth.train(recipe(name, cache), out=trained, **QUICK)["steps"] == 2
    network, _ = load_network(str(trained))
    assert network.name == name
    report = wilddepth.adapt(str(kitti), out=adapted, weights=str(trained), steps=3, precision="fp32", **QUICK)
    assert report["steps"] == 3
    assert load_network(str(adapted))[0].options == network.options
    assert command("predict", kitti, "--weights", adapted, "--out", tmp_path / "maps") == 0
    assert command("evaluate", kitti, "--weights", adapted, "--json", tmp_path / "scores.json") == 0
    assert 0 <= json.loads((tmp_path / "scores.json").read_text())["mean"]["d1_all"] <= 100
    timed = wilddepth.bench(str(trained), sizes=["64x64"], rounds=1, precision="fp32", **QUICK)
    stages = timed["sizes"][0]["stages"]
    assert list(stages) == ["transfer in", *network.stages, "enlargement", "transfer out"]
    assert sum(stages.values()) == pytest.approx(timed["sizes"][0]["staged_ms"], rel=0.5)


def test_statistics_of_a_normalisation_are_kept_while_adapting(
    cache: Path, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))
    wilddepth.train(recipe("stereonet", cache), out=tmp_path / "trained", **QUICK)
    wilddepth.adapt(
        str(pairs), out=tmp_path / "adapted", weights=str(tmp_path / "trained"), steps=2, precision="fp32", **QUICK
    )
    before, after = (load_network(str(tmp_path / name))[0].state_dict() for name in ("trained", "adapted"))
    statistics = [name for name in before if ".running_" in name]
    assert statistics
    assert all(bool((before[name] == after[name]).all()) for name in statistics)
    assert not all(bool((before[name] == 0).all()) for name in statistics if name.endswith("mean"))  # trained


@pytest.mark.parametrize("method", ["confidence-guided", "domain-adaptation", "left-right", "active-stereo"])
def test_a_recipe_names_a_method_and_a_network(method: str, cache: Path, tmp_path: Path):
    label = "" if method in ("left-right", "active-stereo") else "label: renderer, "
    chosen = recipe("dispnetc", cache, f"method={{name: {method}, settings: {{{label}finest: 2}}}}")
    assert wilddepth.train(chosen, out=tmp_path / "out", **QUICK)["steps"] == 2


def test_madnet_2_begins_with_the_layers_it_shares_with_a_madnet(cache: Path, weights: Path, tmp_path: Path):
    chosen = recipe("madnet2", cache, f"network.borrow={weights}")
    network, theirs = make_network(chosen), load_network(str(weights))[0]
    assert bool((network.state_dict()["pyramid.11.weight"] == theirs.state_dict()["pyramid.11.weight"]).all())
    assert wilddepth.train(chosen, out=tmp_path / "out", **QUICK)["steps"] == 2


def test_training_and_tables_show_pictures_as_they_come(cache: Path, tmp_path: Path):
    """Whatever size the weights saw that they begin with: the recipe says what is learned from, and rows compare."""
    net = silent(4.0)
    net.enlargement = 1.5
    save_weights(tmp_path / "large.safetensors", net, {})
    chosen = recipe("madnet", cache, f"network.weights={tmp_path / 'large.safetensors'}")
    assert make_network(chosen).enlargement == 1.0
    assert started(Start(str(tmp_path / "large.safetensors"), "madnet-flying")).enlargement == 1.0


def test_layers_of_networks_that_share_none_are_refused(cache: Path, weights: Path, tmp_path: Path):
    chosen = recipe("dispnetc", cache, f"network.borrow={weights}")
    with pytest.raises(
        ConfigError, match=r"madnet2 can begin with layers of a madnet, not dispnetc with those of madnet"
    ):
        wilddepth.train(chosen, out=tmp_path / "out", **QUICK)


def test_weights_and_borrowed_layers_exclude_each_other(cache: Path, weights: Path, tmp_path: Path):
    chosen = recipe("madnet", cache, f"network={{weights: {weights}, borrow: {weights}}}")
    with pytest.raises(ConfigError, match="leave one of them out"):
        wilddepth.train(chosen, out=tmp_path / "out", **QUICK)


def test_weights_of_another_network_than_the_recipe_names_are_refused(cache: Path, weights: Path, tmp_path: Path):
    chosen = recipe("madnet2", cache, f"network.weights={weights}")
    with pytest.raises(ConfigError, match=r"network\.weights are of madnet, not of network\.name madnet2; change one"):
        wilddepth.train(chosen, out=tmp_path / "out", **QUICK)
    assert not (tmp_path / "out").exists()


def test_an_unknown_network_is_refused_with_the_nearest_one(cache: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"unknown network 'dispnet'; did you mean 'dispnetc'\?"):
        wilddepth.train(recipe("dispnet", cache), out=tmp_path / "out", **QUICK)
