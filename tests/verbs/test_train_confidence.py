"""`wilddepth train` for CCNN: from a recipe to calibrated weights, without truth, the same after a break."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import wilddepth
from tiny import command
from wilddepth.engine.checkpoint import load_tensors
from wilddepth.engine.confidence import calibrate, confidence_names, load_confidence, save_confidence
from wilddepth.errors import ConfigError, SampleError, WeightsError
from wilddepth.networks.ccnn import CCNN
from wilddepth.recipe import Recipe, read

WORLD = "data.source=worlds:flat-flying?height=64&width=128"
COMMON = (
    "method={name: wild, settings: {matcher: census-box, disparities: 24, fraction: 0.4}}",
    "network.name=ccnn",
    "data.pairs=3",
    "data.height=9",
    "data.width=9",
    "data.jitter={brightness: 0.0, contrast: 0.0, asymmetric: 0.0}",
    "stages=[{steps: 30, batch: 32, learning_rate: 1.0e-3}]",
    "checkpoint_every=10",
)
QUICK = {"device": "cpu", "threads": 1}


def recipe(*more):
    return Recipe().with_overrides([WORLD, *COMMON, *more])


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """One short training."""
    folder = tmp_path_factory.mktemp("ccnn") / "run"
    return folder, wilddepth.train(recipe(), out=folder, **QUICK)


def test_a_run_gives_calibrated_weights_that_say_whom_they_judge(run):
    folder, told = run
    network, metadata = load_confidence(str(folder))
    assert metadata["matcher"] == told["matcher"] == "census-box"
    assert "flat-flying" in metadata["calibrated"]
    assert metadata["recipe"] == recipe().digest()
    assert told["supervised"] is False
    assert (network.knots.diff() > 0).all()
    assert not torch.equal(network.knots, CCNN().knots)
    assert json.loads((folder / "metrics.json").read_text())["steps"] == 30


def test_a_run_that_was_cut_off_ends_in_the_same_weights(run, tmp_path):
    wilddepth.train(recipe("steps=13"), out=tmp_path / "run", **QUICK)
    (tmp_path / "run/recipe.yaml").write_text(recipe().to_yaml())
    wilddepth.train(recipe(), out=tmp_path / "run", resume=True, **QUICK)
    first, second = (load_tensors(folder / "weights.safetensors")[0] for folder in (run[0], tmp_path / "run"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_learning_never_looks_at_truth(run, tmp_path, monkeypatch):
    """Truth of the wrong sign changes the calibration and no weight."""
    from wilddepth.sources.world import WorldSource

    load = WorldSource.load

    def upside_down(self, index):
        scene = load(self, index)
        return replace(scene, truth=replace(scene.truth, disparity=200 - scene.truth.disparity))

    monkeypatch.setattr(WorldSource, "load", upside_down)
    wilddepth.train(recipe(), out=tmp_path / "run", **QUICK)
    honest, fooled = (load_tensors(folder / "weights.safetensors")[0] for folder in (run[0], tmp_path / "run"))
    assert all(torch.equal(honest[name], fooled[name]) for name in honest if "knots" not in name)
    assert not torch.equal(honest["calibrated_knots"], fooled["calibrated_knots"])


def test_own_pairs_train_too_and_stay_uncalibrated(pairs, tmp_path):
    short = "stages=[{steps: 2, batch: 4, learning_rate: 1.0e-3}]"
    second = "method.settings.second=opencv-sgm"  # whose range is a multiple of 16, unlike the recipe's 24
    told = wilddepth.train(recipe(f"data.source={pairs}", second, short), out=tmp_path / "run", **QUICK)
    assert told["calibrated"].startswith("no")
    assert torch.equal(load_confidence(str(tmp_path / "run"))[0].knots, CCNN().knots)


@pytest.mark.parametrize(
    "word, message",
    [
        ("method.name=supervised", "method wild"),
        ("data.height=64", "9x9"),
        ("data.jitter.brightness=0.1", "jitter"),
        ("network.weights=madnet-worlds", "start from"),
        ("method.settings.matcher=census-sgn", "did you mean 'census-sgm'"),
        ("method.settings.matcher=opencv-sgm", "will not do"),
        ("method.settings.votes=wild", "'wild' will not do"),
        ("method.settings.second=opencv-sgn", "second: 'opencv-sgn' will not do; did you mean 'opencv-sgm'"),
        ("method.settings.fractoin=0.2", "did you mean 'fraction'"),
        ("supervise_with_truth=true", "without it"),
        ("watch.source=worlds:flat-dusk", "nothing is watched"),
        ("data.source=worlds:flat-flying?frames=3", "data.pairs"),
        ("stages=[{steps: 2, settings: {finest: 3}}]", "no settings"),
    ],
)
def test_what_this_network_has_not_is_refused_before_a_folder_is_made(word, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        wilddepth.train(recipe(word), out=tmp_path / "run", **QUICK)
    assert not (tmp_path / "run").exists()


def test_the_command_names_the_packaged_recipe(tmp_path, capsys):
    assert command("train", "ccnn-census-sgm", "--out", tmp_path / "run", "--dry-run") == 0
    assert "matcher: census-sgm" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["ccnn-census-box", "ccnn-census-sgm"])
def test_packaged_weights_belong_to_their_recipe_and_are_calibrated(name):
    network, metadata = load_confidence(name)
    assert sum(p.numel() for p in network.parameters()) == 128_125
    assert metadata["recipe"] == read(name).digest()
    assert metadata["matcher"] == name.removeprefix("ccnn-")
    assert not torch.equal(network.knots, CCNN().knots)
    assert name in confidence_names()


def test_weights_of_another_network_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="do not judge"):
        load_confidence(str(Path(wilddepth.__file__).parent / "weights/madnet-worlds/model.safetensors"))
    with pytest.raises(WeightsError, match="no weights 'nowhere'"):
        load_confidence("nowhere")


def test_weights_that_are_not_finite_are_neither_stored_nor_loaded(tmp_path):
    network = CCNN()
    with torch.no_grad():
        network.layers[0].weight[0] = torch.nan
    with pytest.raises(WeightsError, match="NaN"):
        save_confidence(tmp_path / "bad.safetensors", network, {})
    assert not (tmp_path / "bad.safetensors").exists()


def test_nothing_is_calibrated_without_truth():
    with pytest.raises(SampleError, match="truth"):
        calibrate(CCNN(), [], "census-box", 16)


def test_half_precision_keeps_the_calibration_whole(tmp_path):
    network = CCNN(generator=torch.Generator().manual_seed(0))
    network.knots.copy_(torch.linspace(0, 1, 16) ** 2 + torch.arange(16) * 1e-5)
    save_confidence(tmp_path / "half.safetensors", network, {}, half=True)
    found, _ = load_confidence(str(tmp_path / "half.safetensors"))
    assert torch.equal(found.knots, network.knots)
    np.testing.assert_allclose(found.layers[0].weight.detach(), network.layers[0].weight.detach(), atol=1e-3)
