"""`wilddepth proxies`: what is written, gone on with, shared, refused, and learned from."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import wilddepth
from labelled_folder import check_labels, left_over, write_small_pairs
from tiny import quick_labels, write_pairs
from wilddepth.cli.__main__ import main
from wilddepth.errors import ConfigError, MissingView, OutputError, SampleError
from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.formats.image import write_image
from wilddepth.proxies.algorithm import ALGORITHMS, Maker, read_algorithm
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.proxies.store import LabelStore
from wilddepth.recipe import parse

QUICK = {"device": "cpu", "precision": "fp32", "threads": 1, "steps": 2}
PLAIN = ("--algorithm", "opencv-sgm", "--set", "mode=3way", "--set", "images=grey", "--set", "block=5")


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))


@pytest.fixture
def labels(pairs: Path, tmp_path: Path) -> Path:
    wilddepth.proxy_labels(str(pairs), out=tmp_path / "labels", threads=1)
    return tmp_path / "labels"


def command(*words: object) -> int:
    return main(["proxies", *map(str, words), "--threads", "1"])


def test_every_pair_is_labelled(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command(pairs, "--out", tmp_path / "out", "--json", tmp_path / "result.json") == 0
    printed = capsys.readouterr()
    assert printed.out.endswith(f"2 pairs labelled; 100 % of their pixels; the labels are in {tmp_path / 'out'}\n")
    assert "proxies 2/2" in printed.err
    result = json.loads((tmp_path / "result.json").read_text())
    assert result == json.loads((tmp_path / "out/metrics.json").read_text())
    assert (result["pairs"], result["skipped"], result["remade"], result["failed"]) == (2, 0, 0, [])
    assert (result["algorithm"], result["labelled_pairs"], result["labelled_pixels"]) == ("trio", 2, 1.0)
    for key, disparity in (("0", 6), ("1", 9)):
        assert (read_kitti_disparity(tmp_path / f"out/disparity/{key}.png") == disparity).all()
        assert (read_kitti_disparity(tmp_path / f"out/right/disparity/{key}.png") == disparity).all()


def test_evaluate_scores_labels(kitti: Path, tmp_path: Path):
    wilddepth.proxy_labels(str(kitti), out=tmp_path, threads=1)
    assert wilddepth.evaluate(str(kitti), predictions=tmp_path)["mean"]["epe"] == 0


def test_a_second_run_needs_a_word_and_skips_what_is_done(
    pairs: Path, labels: Path, capsys: pytest.CaptureFixture[str]
):
    assert command(pairs, "--out", labels) == 2
    assert "holds an earlier run; give --overwrite, --resume or another --out" in capsys.readouterr().err
    assert command(pairs, "--out", labels, "--resume") == 0
    assert "0 pairs labelled, 2 were there" in capsys.readouterr().out
    assert command(pairs, "--out", labels, "--overwrite") == 0
    assert "2 pairs labelled; " in capsys.readouterr().out


def test_changed_pictures_are_labelled_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_pairs(tmp_path / "pairs", (6, 9))
    assert command(folder, "--out", tmp_path / "out") == 0
    write_pairs(folder, (4,))
    assert command(folder, "--out", tmp_path / "out", "--resume") == 0
    assert "1 pairs labelled, 1 made again, because pictures or labels were changed, 1 were there" in (
        capsys.readouterr().out
    )
    assert (read_kitti_disparity(tmp_path / "out/disparity/0.png") == 4).all()


def test_settings_come_from_a_file_and_single_words(pairs: Path, tmp_path: Path):
    (tmp_path / "settings.json").write_text(json.dumps({"algorithm": "trio", "settings": {"keep": 0.7}}))
    words = (pairs, "--settings", tmp_path / "settings.json", "--set", "min_disparity=-3", "--out", tmp_path / "out")
    assert command(*words) == 0
    found = read_algorithm(tmp_path / "out/manifest.json")
    assert (found.settings.keep, found.settings.min_disparity) == (0.7, -3)


def test_nothing_is_done_when_only_the_plan_is_asked_for(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert command(pairs, "--out", tmp_path / "out", "--dry-run", "--algorithm", "opencv-sgm", "--set", "block=5") == 0
    printed = capsys.readouterr().out
    assert "algorithm: opencv-sgm" in printed
    assert "  block: 5" in printed
    assert "pairs: 2" in printed
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["--algorithm", "sgbm"], "unknown algorithm 'sgbm'"),
        (["--set", "kep=0.5"], "did you mean 'keep'"),
        (["--set", "keep"], "'keep' is not KEY=VALUE"),
        (["--set", "keep=3"], "trio: keep must be a confidence in 0..1, not 3"),
        (["--settings", "nowhere.json"], "nowhere.json does not exist"),
        (["--overwrite", "--resume"], "contradict each other"),
        (["--find-settings", "--algorithm", "trio"], "--find-settings chooses the settings and ends at once"),
        (["--find-settings", "--resume"], "--find-settings chooses the settings and ends at once"),
        (["--workers", "0"], "--workers: 0 is out of range"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_written(
    pairs: Path, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert command(pairs, "--out", tmp_path / "out", *words) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed
    assert not (tmp_path / "out").exists()


def test_settings_of_another_algorithm_are_refused(pairs: Path, tmp_path: Path):
    (tmp_path / "settings.json").write_text(json.dumps({"algorithm": "trio"}))
    with pytest.raises(ConfigError, match="holds settings of trio, not of opencv-sgm; leave --algorithm out"):
        wilddepth.proxy_labels(
            str(pairs), out=tmp_path / "out", settings=tmp_path / "settings.json", algorithm="opencv-sgm"
        )


def test_labels_of_other_settings_are_not_gone_on_with(pairs: Path, labels: Path):
    with pytest.raises(ConfigError, match=r"labels made with other settings \(settings.keep 0.5, not 0.7\)"):
        wilddepth.proxy_labels(str(pairs), out=labels, resume=True, overrides=["keep=0.7"])


def test_a_folder_of_other_things_is_refused(pairs: Path, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    for more in ({}, {"resume": True}, {"overwrite": True}):
        with pytest.raises(OutputError, match="is not empty and holds no earlier run"):
            wilddepth.proxy_labels(str(pairs), out=tmp_path / "out", **more)
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_pairs_that_cannot_be_read_are_found_at_once_or_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_pairs(tmp_path / "pairs", (6, 9, 3))
    (folder / "left/1.png").write_bytes(b"broken")
    assert command(folder, "--out", tmp_path / "out") == 2
    assert "left/1.png is not a picture that can be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert command(folder, "--out", tmp_path / "out", "--skip-failed") == 0
    printed = capsys.readouterr().out
    assert "failed: 1: " in printed
    assert "2 pairs labelled, 1 failed; 100 % of their pixels" in printed
    assert json.loads((tmp_path / "out/metrics.json").read_text())["failed"][0]["key"] == "1"


def test_one_view_is_refused(tmp_path: Path):
    write_image(tmp_path / "one/1.png", np.full((64, 96, 3), 128, np.uint8))
    (tmp_path / "one/transforms.json").write_text(
        json.dumps({"fl_x": 50.0, "frames": [{"file_path": "1.png", "transform_matrix": np.eye(4).tolist()}]})
    )
    with pytest.raises(MissingView, match="stereo needs a right one"):
        wilddepth.proxy_labels(str(tmp_path / "one"), out=tmp_path / "out")


def test_rows_that_do_not_match_are_refused(tmp_path: Path):
    folder = write_pairs(tmp_path / "pairs", (6,), height=128, width=256)
    right = folder / "right/0.png"
    from wilddepth.formats.image import read_image

    write_image(right, np.roll(read_image(right), 9, axis=0))
    with pytest.raises(SampleError, match=r"so the pairs are not rectified; run wilddepth rectify"):
        wilddepth.proxy_labels(str(folder), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert wilddepth.proxy_labels(str(folder), out=tmp_path / "out", force=True)["pairs"] == 1


def test_adaptation_learns_from_stored_labels(pairs: Path, labels: Path, weights: Path, tmp_path: Path):
    def never(*given: object) -> object:
        raise AssertionError("labels were made")

    given = {"weights": str(weights), "signal": "proxy", **QUICK}
    made = wilddepth.adapt(str(pairs), out=tmp_path / "made", **given)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, never, "never"))
        read = wilddepth.adapt(str(pairs), out=tmp_path / "read", labels=labels, **given)
    assert read["judgements"] == made["judgements"]
    assert not (tmp_path / "read/checkpoints/labels").exists()
    assert "algorithm: trio" in (tmp_path / "read/recipe.yaml").read_text()


@pytest.mark.parametrize(
    "words, message",
    [
        (["--algorithm", "opencv-sgm"], "labels made with other settings (algorithm 'trio', not 'opencv-sgm')"),
        (["--set", "keep=0.7"], "labels made with other settings (settings.keep 0.5, not 0.7)"),
        (["--signal", "photometric"], "the photometric signal learns from no labels"),
        (["--labels", "EMPTY"], "holds no labels (no manifest.json)"),
    ],
)
def test_labels_that_do_not_fit_are_no_teacher(
    pairs: Path, labels: Path, weights: Path, tmp_path: Path, words: list[str], message: str, capsys
):
    given = [str(tmp_path) if word == "EMPTY" else word for word in words]
    if "--labels" not in given:
        given = ["--labels", str(labels), *given]
    status = main(["adapt", str(pairs), "--weights", str(weights), "--out", str(tmp_path / "out"), *given])
    printed = capsys.readouterr().err
    assert status == 2
    assert printed.count("\n") == 1
    assert message in printed
    assert not (tmp_path / "out").exists()


def test_labels_of_other_images_are_no_teacher(labels: Path, weights: Path, tmp_path: Path):
    other = write_pairs(tmp_path / "other", (4, 9))
    given = {"weights": str(weights), "labels": labels, **QUICK}
    with pytest.raises(SampleError, match=r"the labels of 0 in .* belong to other images"):
        wilddepth.adapt(str(other), out=tmp_path / "out", **given)
    more = write_pairs(tmp_path / "more", (6, 9, 3))
    with pytest.raises(SampleError, match=r"has no whole labels for 2 \(1 such of 3 pairs\); make them: wilddepth pro"):
        wilddepth.adapt(str(more), out=tmp_path / "out", **given)
    assert not (tmp_path / "out").exists()


def recipe(pairs: Path, **data: object) -> Callable[..., object]:
    tree = {
        "method": {"settings": {"matching": 0.0}},
        "data": {"source": f"{pairs}", "height": 64, "width": 64, **data},
        "stages": [{"steps": 2}],
        "batch": 1,
    }
    return parse(json.dumps(tree))


def test_training_finds_stored_labels(pairs: Path, labels: Path, tmp_path: Path):
    result = wilddepth.train(recipe(pairs, labels=str(labels), algorithm="trio"), out=tmp_path / "run", device="cpu")
    assert result["steps"] == 2
    assert result["supervised"] is False


@pytest.mark.parametrize(
    "change, message",
    [
        ({"algorithm": "opencv-sgm"}, r"other settings \(algorithm 'trio', not 'opencv-sgm'\)"),
        ({"source": "worlds:flat-flying"}, "brings its renderer's labels; leave data.labels out"),
    ],
)
def test_training_refuses_labels_that_do_not_fit(
    pairs: Path, labels: Path, tmp_path: Path, change: dict[str, object], message: str
):
    with pytest.raises(ConfigError, match=message):
        wilddepth.train(recipe(pairs, labels=str(labels), **change), out=tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


def test_training_refuses_labels_of_other_images(labels: Path, tmp_path: Path):
    other = write_pairs(tmp_path / "other", (4, 9))
    with pytest.raises(SampleError, match="belong to other images"):
        wilddepth.train(recipe(other, labels=str(labels)), out=tmp_path / "run", device="cpu")


def test_two_sources_of_labels_are_one_too_many(pairs: Path, labels: Path):
    with pytest.raises(ConfigError, match="two sources of labels; give one of them"):
        recipe(pairs, labels=str(labels)).with_overrides(["supervise_with_truth=true"])
    with pytest.raises(ConfigError, match=r"give data.labels too"):
        recipe(pairs, algorithm="trio")


def test_found_settings_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from wilddepth.proxies.algorithm import algorithm

    tried = (algorithm("opencv-sgm", {"measured": False, "num_disparities": 16, "mode": "3way"}), algorithm("trio"))
    monkeypatch.setattr("wilddepth.verbs.proxies.default_candidates", lambda: tried)
    folder = write_pairs(tmp_path / "pairs", (22, 25), width=128)
    words = [folder, "--find-settings", "--out", tmp_path / "found", "--json", tmp_path / "found.json"]
    assert command(*words) == 0
    printed = capsys.readouterr().out
    result = json.loads((tmp_path / "found.json").read_text())
    assert result["chosen"]["algorithm"] == "trio"  # 16 disparities do not reach
    assert [row["algorithm"] for row in result["candidates"]] == ["trio", "opencv-sgm"]
    assert result["candidates"][0]["score"] < result["candidates"][1]["score"]
    assert result["pairs"] == ["0", "1"]
    assert printed.splitlines()[1].split()[3] == "trio"
    assert "--settings" in printed
    assert command(folder, "--settings", tmp_path / "found/settings.json", "--out", tmp_path / "labels") == 0
    assert LabelStore.open(tmp_path / "labels").made_by["algorithm"] == "trio"
    assert command(*words) == 2
    assert command(*words, "--overwrite") == 0
    capsys.readouterr()
    assert command(folder, "--find-settings", "--out", tmp_path / "new", "--dry-run") == 0
    assert not (tmp_path / "new").exists()


def test_without_ray_a_cluster_is_one_clear_error(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert command(pairs, "--out", tmp_path / "out", "--cluster", "local") == 2
    assert 'install it: pip install "wilddepth[cluster]"' in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def started(pairs: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    words = ["proxies", str(pairs), "--out", str(out), "--resume", "--quiet", "--threads", "1", *PLAIN, *more]
    return subprocess.Popen(
        [sys.executable, "-m", "wilddepth.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_processes_share_a_folder_and_one_that_is_killed_loses_nothing(tmp_path: Path):
    pairs, out = write_small_pairs(tmp_path / "pairs", 60), tmp_path / "labels"
    runs = [started(pairs, out), started(pairs, out)]
    while len(list(out.glob("records/*.json"))) < 5:
        assert all(run.poll() is None for run in runs)
        time.sleep(0.01)
    os.kill(runs[0].pid, signal.SIGKILL)
    runs[0].communicate()
    _, said = runs[1].communicate(timeout=120)
    assert runs[1].returncode == 0, said
    assert check_labels(pairs, out) == 60
    assert len(left_over(out)) <= 1  # what the killed one was at


def test_workers_share_a_folder(tmp_path: Path):
    pairs, out = write_small_pairs(tmp_path / "pairs", 12), tmp_path / "labels"
    run = started(pairs, out, "--workers", "2")
    _, said = run.communicate(timeout=120)
    assert run.returncode == 0, said
    assert check_labels(pairs, out) == 12
