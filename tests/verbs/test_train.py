"""`wilddepth train`: from a recipe to weights, the same ones whatever happens on the way."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import wilddepth
from tiny import command, silent, write_pairs
from wilddepth.engine.checkpoint import LAST, load_tensors, steps_done
from wilddepth.engine.weights import load_network, save_weights
from wilddepth.errors import ConfigError, SampleError, WeightsError
from wilddepth.recipe import Recipe
from wilddepth.sources.rendered import RenderedFeed
from wilddepth.verbs.train import make_feed
from wilddepth.worlds.take import Take

WORLD = "worlds:flat-flying?height=64&width=64"
STEPS = 24
COMMON = (
    f"data.source={WORLD}",
    "data.pairs=16",
    "data.height=64",
    "data.width=64",
    f"stages=[{{steps: {STEPS // 3}, batch: 2, learning_rate: 1.0e-3, warm_up: 4, settings: {{finest: 5}}}},"
    f" {{steps: {STEPS - STEPS // 3}, batch: 1, learning_rate: 1.0e-3, final_learning_rate: 1.0e-4,"
    " settings: {finest: 4}}]",
    "method.settings={matching_rows: 1}",  # drawn: randomness must survive a kill as well
    "ema.decay=0.9",
    "checkpoint_every=2",
    "log_every=1",
    "seed=5",
)
QUICK = {"device": "cpu", "threads": 1}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rendered")


def words(cache: Path, *more: str) -> tuple[str, ...]:
    return (*COMMON, f"data.cache={cache}", *more)


def recipe(cache: Path, *more: str) -> Recipe:
    return Recipe().with_overrides(words(cache, *more))


def short(cache: Path, *more: str) -> Recipe:
    """Two steps of the coarsest levels."""
    return recipe(cache, "stages=[{steps: 2, batch: 1, settings: {finest: 5}}]", *more)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """The folder of a run that nothing went wrong with."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    wilddepth.train(recipe(cache), out=folder, **QUICK)
    return folder


def same(first: Path, second: Path, name: str) -> bool:
    one, other = load_tensors(first / name)[0], load_tensors(second / name)[0]
    return set(one) == set(other) and all(torch.equal(value, other[key]) for key, value in one.items())


def steps_in(log: Path) -> list[int]:
    return [json.loads(line)["step"] for line in log.read_text().splitlines()]


def test_a_recipe_becomes_weights(whole: Path):
    told = json.loads((whole / "metrics.json").read_text())
    assert told["steps"] == STEPS
    assert told["weights"] == str(whole / "weights.safetensors")
    assert (told["supervised"], told["selected_by"]) == (False, "ema")
    assert steps_in(whole / "log.jsonl") == list(range(1, STEPS + 1))
    rows = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert {"level6", "level5", "matching"} <= set(rows[0])
    assert "level4" in rows[-1]
    average = {
        k[len("average/network.") :]: v
        for k, v in load_tensors(whole / "checkpoints" / LAST)[0].items()
        if k[:7] == "average"
    }
    found = load_network(str(whole))[0].state_dict()
    assert all(torch.equal(value, found[name]) for name, value in average.items())
    assert load_network(str(whole))[1]["recipe"]


def started(out: Path, chosen: Path, *more: str) -> "subprocess.Popen[bytes]":
    """A training in a process of its own."""
    command = [sys.executable, "-m", "wilddepth.cli", "train", str(chosen), "--out", str(out), *more]
    return subprocess.Popen(
        [*command, "--threads", "1", "--device", "cpu", "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def kill_when(process: "subprocess.Popen[bytes]", ready: Callable[[], bool]) -> bool:
    """`kill -9` as soon as something is so; False when the process was faster."""
    until = time.monotonic() + 200
    while not ready() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return alive


@pytest.mark.parametrize("workers", [0, 2])
def test_after_kill_9_a_run_ends_with_the_same_bits(cache: Path, whole: Path, tmp_path: Path, workers: int):
    out, file = tmp_path / "out", tmp_path / "recipe.yaml"
    file.write_text(recipe(cache, f"data.workers={workers}").to_yaml())
    checkpoints = out / "checkpoints"
    for _ in range(5):
        if kill_when(started(out, file, "--overwrite"), lambda: steps_done(checkpoints) >= 6):
            break
    else:
        pytest.fail("the training was always done before it could be killed")
    assert 6 <= steps_done(checkpoints) < STEPS
    assert not (out / "weights.safetensors").exists()
    with (out / "log.jsonl").open("a") as log:
        log.write('{"step": 7, "to')  # a kill in the middle of a line
    steps: list[int] = []
    result = wilddepth.train(
        recipe(cache, f"data.workers={2 - workers}"),  # and with another number of workers
        out=out,
        resume=True,
        say=lambda what, done, total, left: steps.append(done) if what == "train" else None,
        **QUICK,
    )
    assert steps[0] > 6
    assert result["steps"] == STEPS
    assert same(whole, out, "weights.safetensors")
    assert same(whole, out, f"checkpoints/{LAST}")
    assert steps_in(out / "log.jsonl") == list(range(1, STEPS + 1))


@pytest.mark.slow
def test_kills_at_any_moment_change_no_bit(cache: Path, whole: Path, tmp_path: Path):
    """Killed again and again, a moment after every second checkpoint, until the run is done."""
    out, file, rng = tmp_path / "out", tmp_path / "recipe.yaml", random.Random(0)
    file.write_text(recipe(cache, "data.workers=1").to_yaml())
    kills = 0
    while not (out / "weights.safetensors").exists():
        goal = steps_done(out / "checkpoints") + 4

        def reached(goal: int = goal) -> bool:
            found = steps_done(out / "checkpoints") >= goal
            time.sleep(rng.uniform(0, 0.2) if found else 0)
            return found

        kills += kill_when(started(out, file, "--resume"), reached)
    assert kills >= 2
    assert same(whole, out, "weights.safetensors")
    assert same(whole, out, f"checkpoints/{LAST}")


def test_a_finished_run_that_is_resumed_stays_as_it_is(cache: Path, tmp_path: Path):
    out = tmp_path / "out"
    wilddepth.train(short(cache), out=out, **QUICK)
    shutil.copytree(out, tmp_path / "before")
    assert wilddepth.train(short(cache), out=out, resume=True, **QUICK)["objective"] is None
    assert same(tmp_path / "before", out, "weights.safetensors")
    assert same(tmp_path / "before", out, f"checkpoints/{LAST}")
    assert steps_in(out / "log.jsonl") == [1, 2]


def test_missing_pairs_are_rendered_first_and_told_of(tmp_path: Path):
    told: list[tuple[str, int, int, bool]] = []
    chosen = short(tmp_path / "fresh", "data.pairs=65", "data.first=64", "data.growth=1.0")

    def say(what: str, done: int, total: int, left: float | None) -> None:
        told.append((what, done, total, left is None))

    wilddepth.train(chosen, out=tmp_path / "a", say=say, **QUICK)
    # the second burst is rendered when a step asks for it
    assert told == [("render", 1, 1, False), ("train", 1, 2, False), ("train", 2, 2, False)]
    told.clear()
    wilddepth.train(chosen, out=tmp_path / "b", say=say, **QUICK)
    assert [what for what, *_ in told if what == "render"] == []


def test_another_recipe_is_not_gone_on_with(cache: Path, tmp_path: Path):
    wilddepth.train(short(cache), out=tmp_path, **QUICK)
    with pytest.raises(ConfigError, match=r"begun with another recipe \(seed\)"):
        wilddepth.train(short(cache, "seed=6"), out=tmp_path, resume=True, **QUICK)
    wilddepth.train(short(cache, "log_every=2", "data.workers=1"), out=tmp_path, resume=True, **QUICK)


def test_a_damaged_checkpoint_is_said(cache: Path, tmp_path: Path):
    wilddepth.train(short(cache), out=tmp_path, **QUICK)
    (tmp_path / "checkpoints" / LAST).write_bytes(b"")
    with pytest.raises(WeightsError, match=r"last\.safetensors is not a whole safetensors file"):
        wilddepth.train(short(cache), out=tmp_path, resume=True, **QUICK)


@pytest.mark.parametrize("select", ["last", "ema", "truth"])
def test_the_recipe_selects_the_weights(cache: Path, tmp_path: Path, select: str):
    more = (
        f"select_by={select}",
        "watch.source=worlds:flat-flying?seed=9&frames=1&height=64&width=64",
        "watch.every=1",
    )
    result = wilddepth.train(short(cache, *more), out=tmp_path, **QUICK)
    tensors = load_tensors(tmp_path / "checkpoints" / LAST)[0]
    found = load_network(str(tmp_path))[0].state_dict()
    prefix = {"last": "model", "ema": "average", "truth": None}[select]
    if prefix:
        assert all(torch.equal(value, tensors[f"{prefix}/network.{name}"]) for name, value in found.items())
    else:
        best = load_network(str(tmp_path / "checkpoints/best.safetensors"))[0].state_dict()
        assert all(torch.equal(value, best[name]) for name, value in found.items())
    said = "ORACLE: truth" if select == "truth" else select
    assert result["selected_by"] == said
    assert load_network(str(tmp_path))[1]["selected_by"] == said
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    watched = [row for row in rows if "watched" in row]
    assert [row["step"] for row in watched] == [1, 2]
    assert all(row["protocol"] == "default" and row["epe"] > 0 for row in watched)


def test_what_is_watched_changes_nothing(cache: Path, tmp_path: Path):
    watch = "watch.source=worlds:flat-flying?seed=9&frames=1&height=64&width=64"
    wilddepth.train(short(cache), out=tmp_path / "a", **QUICK)
    wilddepth.train(short(cache, watch, "watch.every=1"), out=tmp_path / "b", **QUICK)
    assert same(tmp_path / "a", tmp_path / "b", "weights.safetensors")


def test_a_run_that_is_cut_short_is_the_beginning_of_the_whole_one(cache: Path, whole: Path, tmp_path: Path):
    """Its rates do not fall faster."""
    wilddepth.train(recipe(cache, "steps=16"), out=tmp_path, **QUICK)
    rows, all_rows = (
        [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()] for folder in (tmp_path, whole)
    )
    assert len(rows) == 16
    assert all(row["learning_rate"] == other["learning_rate"] for row, other in zip(rows, all_rows, strict=False))
    assert all(row["total"] == other["total"] for row, other in zip(rows, all_rows, strict=False))


@pytest.mark.parametrize("device", [pytest.param("cpu"), pytest.param("cuda", marks=pytest.mark.gpu)])
def test_pairs_can_be_rendered_where_they_are_used(tmp_path: Path, device: str):
    empty = tmp_path / "cache"
    live = short(empty, "data.render=live")
    told = wilddepth.train(live, out=tmp_path / "run", device=device, threads=1)
    assert told["steps"] == 2
    assert told["objective"] > 0
    assert not empty.exists()


def test_training_can_begin_from_weights(cache: Path, tmp_path: Path):
    save_weights(tmp_path / "w.safetensors", silent(3.0), {})
    chosen = short(
        cache, f"network.weights={tmp_path}/w.safetensors", "optimiser.learning_rate=1.0e-9", "ema.decay=0.5"
    )
    wilddepth.train(chosen, out=tmp_path / "out", **QUICK)
    found = load_network(str(tmp_path / "out"))[0].state_dict()
    for name, value in silent(3.0).state_dict().items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-7)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("truth"), truth=True)


def test_a_folder_with_truth_trains_where_the_recipe_says_so_and_the_run_is_called_supervised(
    cache: Path, truth: Path, tmp_path: Path
):
    chosen = short(cache, f"data.source={truth}", "supervise_with_truth=true")
    assert wilddepth.train(chosen, out=tmp_path, **QUICK)["supervised"] is True


@pytest.mark.parametrize(
    "more, message",
    [
        (("method.name=label-free",), "label-free learning from your own pairs is `wilddepth adapt SOURCE`"),
        (("method.name=supervized",), "unknown method 'supervized'; did you mean 'supervised'"),
        (("network.name=dispnet",), "unknown network 'dispnet'; did you mean 'dispnetc'"),
        (("method.settings={finset: 3}",), "unknown key 'method.settings.finset'; did you mean 'finest'"),
        (("network.settings={resize: cubic}",), "network.settings.resize: unknown value 'cubic'"),
        (("stages.0.settings={finest: 9}",), "stages.0.settings.finest: unknown value 9"),
        (("stages.0.settings={speed: 9}",), "unknown key 'stages.0.settings.speed'"),
        (("data.height=128",), "crops of 128x64 do not fit into pairs of 64x64"),
        (("data.source=worlds:flyng",), "unknown world 'flyng'"),
        (("data.source=worlds:flat-flying?frames=9",), "data.pairs says how many pairs are rendered; leave frames out"),
        (("data.source=worlds:street?clip=4",), "batches are drawn from single pairs; leave clip out"),
        (("data.source=worlds:street?rig=kity",), "unknown rig 'kity'"),
        (("supervise_with_truth=true",), "brings its renderer's labels; leave supervise_with_truth out"),
        (("data.source=TRUTH",), "has no labels of its own: make some with `wilddepth proxies`"),
        (("watch.source=PAIRS",), "holds no ground truth to score with"),
        (("data.source=PAIRS", "supervise_with_truth=true"), "has no ground truth to learn from (2 such in all)"),
        (("network.weights=./nowhere",), "no weights './nowhere'"),
        (("network.weights=WEIGHTS", "network.settings={input_scale: 1.0}"), "bring their own network.settings"),
    ],
)
def test_a_recipe_that_cannot_be_done_is_refused_before_anything_is_written(
    more: tuple[str, ...],
    message: str,
    cache: Path,
    truth: Path,
    pairs: Path,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    places = {"TRUTH": truth, "PAIRS": pairs, "WEIGHTS": weights}
    chosen = []
    for each in more:
        for name, place in places.items():
            each = each.replace(f"={name}", f"={place}")
        chosen.append(each)
    (tmp_path / "recipe.yaml").write_text(short(cache).to_yaml())
    assert command("train", tmp_path / "recipe.yaml", *chosen, "--out", tmp_path / "out") == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed
    assert not (tmp_path / "out").exists()


def test_a_recipe_may_name_how_a_ray_cast_world_is_filmed(cache: Path):
    pytest.importorskip("embreex")
    source = "data.source=worlds:all?samples=2&rig=kitti&sensor=video&weather=clear,dim&height=64&width=64"
    feed = make_feed(recipe(cache, source), torch.device("cpu"))
    assert isinstance(feed, RenderedFeed)
    assert feed.spec.take == Take(samples=2, rig="kitti", sensor="video", weather=("clear", "dim"))
    assert (feed.spec.world, feed.spec.height, feed.spec.width) == ("all", 64, 64)
    assert "all" in feed.cache.folder.name


def test_scenes_without_truth_are_named(cache: Path, tmp_path: Path):
    folder = write_pairs(tmp_path / "pairs", truth=True)
    for kind in ("occ", "noc"):
        (folder / f"training/disp_{kind}_0/000001_10.png").unlink()
    with pytest.raises(SampleError, match=r"000001_10 has no ground truth to learn from \(1 such in all\)"):
        wilddepth.train(
            short(cache, f"data.source={folder}", "supervise_with_truth=true"), out=tmp_path / "out", **QUICK
        )
