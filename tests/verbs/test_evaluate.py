"""`wilddepth evaluate`: numbers that can be checked by hand, of weights and of files."""

import errno
import json
import shutil
from pathlib import Path

import pytest

import wilddepth
from tiny import HEIGHT, WIDTH, command
from wilddepth.cli.__main__ import main
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats.image import read_image
from wilddepth.formats.pfm import write_pfm
from wilddepth.protocol import Protocol
from wilddepth.report.picture import ERROR_COLOURS

QUICK = {"device": "cpu", "precision": "fp32", "threads": 1}


def test_a_network_of_4_px_is_2_and_5_px_off(kitti: Path, weights: Path):
    """True are 6 and 9 px: the first is no outlier, the second is one everywhere."""
    result = wilddepth.evaluate(str(kitti), weights=str(weights), **QUICK)
    first, second = result["images"]
    assert (first["key"], second["key"]) == ("000000_10", "000001_10")
    assert (first["epe"], second["epe"]) == pytest.approx((2.0, 5.0), abs=1e-4)
    assert (first["d1_all"], second["d1_all"]) == (0.0, 100.0)
    assert (first["bad1"], first["bad3"]) == (100.0, 0.0)
    assert result["mean"]["d1_all"] == 50.0
    assert result["mean"]["epe"] == pytest.approx(3.5, abs=1e-4)
    assert first["valid_pixels"] == HEIGHT * WIDTH
    assert result["protocol"]["name"] == "kitti2015"


def test_the_file_for_programs_has_the_shape_that_is_promised(
    kitti: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "scores.json"
    words = (kitti, "--weights", weights, "--protocol", "default", "--json", file, "--out", tmp_path / "out")
    assert command("evaluate", *words) == 0
    told = json.loads(file.read_text())
    assert set(told) == {"protocol", "mean", "images"}
    assert told["protocol"] == Protocol("default").describe()
    assert {"d1_all", "epe", "rmse", "bad1", "bad2", "bad3", "density"} <= set(told["mean"])
    assert [row["key"] for row in told["images"]] == ["000000_10", "000001_10"]
    assert told["mean"]["density"] == 100.0
    assert json.loads((tmp_path / "out/metrics.json").read_text()) == told
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["environment.json", "errors", "metrics.json"]
    printed = capsys.readouterr().out
    assert printed.startswith("protocol: name default")
    assert "000001_10" in printed
    assert "mean" in printed


@pytest.mark.parametrize("folder", ["out", "out/disparity"])
def test_saved_predictions_score_as_their_weights_do(kitti: Path, weights: Path, tmp_path: Path, folder: str):
    wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path / "out", **QUICK)
    of_weights = wilddepth.evaluate(str(kitti), weights=str(weights), **QUICK)
    of_files = wilddepth.evaluate(str(kitti), predictions=tmp_path / folder, **QUICK)
    for first, second in zip(of_weights["images"], of_files["images"], strict=True):
        assert second["epe"] == pytest.approx(first["epe"], abs=0.5 / 256 + 1e-4)  # 16 bits: steps of 1/256 px
        assert second["d1_all"] == first["d1_all"]


def test_weights_score_in_float32_whatever_runs_faster_here(
    kitti: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
):
    """As if this were a machine on which bfloat16 is faster: a score is of the weights and not of the machine."""
    asked: list[str] = []

    def seen(name: str, *rest: object) -> str:
        asked.append(name)
        return "bf16" if name == "auto" else name

    monkeypatch.setattr("wilddepth.verbs.common.choose_precision", seen)
    wilddepth.evaluate(str(kitti), weights=str(weights), device="cpu", threads=1)
    words = ["evaluate", str(kitti), "--weights", str(weights), "--device", "cpu", "--threads", "1"]
    assert main(words) == 0
    assert asked == ["fp32", "fp32"]
    assert main([*words, "--precision", "auto"]) == 0
    assert asked[2:] == ["auto"]


def test_weights_are_scored_on_enlarged_pictures_when_asked(kitti: Path, weights: Path):
    """4 px of pictures twice as large are 2 px: 4 and 7 px off."""
    result = wilddepth.evaluate(str(kitti), weights=str(weights), enlarge=2.0, **QUICK)
    assert [row["epe"] for row in result["images"]] == pytest.approx([4.0, 7.0], abs=1e-4)


def test_saved_predictions_are_not_enlarged(kitti: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command("evaluate", kitti, "--predictions", tmp_path, "--enlarge", "2") == 2
    assert "saved predictions are scored as they are: leave one of them out" in capsys.readouterr().err


def test_files_of_another_program_are_scored_too(kitti: Path, tmp_path: Path):
    import numpy as np

    for key, value in (("000000_10", 6.5), ("000001_10", 9.0)):
        write_pfm(tmp_path / f"{key}.pfm", np.full((HEIGHT, WIDTH), value, np.float32))
    result = wilddepth.evaluate(str(kitti), predictions=tmp_path)
    assert [row["epe"] for row in result["images"]] == pytest.approx([0.5, 0.0])


def test_worlds_are_scored_under_the_default_protocol(weights: Path):
    source = "worlds:flat-flying?frames=2&height=64&width=64"
    told: list[tuple[str, int, int]] = []
    result = wilddepth.evaluate(
        source,
        weights=str(weights),
        say=lambda what, done, total, left: told.append((what, done, total)),
        **QUICK,
    )
    assert result["protocol"]["name"] == "default"
    assert told == [("evaluate", 1, 2), ("evaluate", 2, 2)]


@pytest.mark.parametrize("what", ["weights", "predictions"])
def test_every_image_gets_an_error_map(kitti: Path, weights: Path, tmp_path: Path, what: str):
    """True are 6 and 9 px, predicted 4: all of the first is better than the outlier rule, none of the second."""
    given: dict[str, object] = {"weights": str(weights)}
    if what == "predictions":
        wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path / "depth", **QUICK)
        given = {"predictions": tmp_path / "depth"}
    wilddepth.evaluate(str(kitti), out=tmp_path / "out", **given, **QUICK)
    found = sorted((tmp_path / "out/errors").iterdir())
    assert [path.name for path in found] == ["000000_10.png", "000001_10.png"]
    first, second = map(read_image, found)
    assert first.shape == second.shape == (HEIGHT, WIDTH, 3)
    assert (first == ERROR_COLOURS[4]).all()  # 1.5 to 3 px
    assert (second == ERROR_COLOURS[5]).all()  # 3 to 6 px


def test_error_maps_of_an_earlier_run_do_not_stay(kitti: Path, weights: Path, tmp_path: Path):
    wilddepth.evaluate(str(kitti), weights=str(weights), out=tmp_path, **QUICK)
    wilddepth.evaluate(str(kitti), weights=str(weights), out=tmp_path, overwrite=True, limit=1, **QUICK)
    assert [path.name for path in (tmp_path / "errors").iterdir()] == ["000000_10.png"]


def test_error_maps_that_cannot_be_written_are_said(
    kitti: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(OutputError, match=r"cannot write error maps.*No space left.*choose another --out"):
        wilddepth.evaluate(str(kitti), weights=str(weights), out=tmp_path / "out", **QUICK)


@pytest.mark.parametrize("given", [{}, {"weights": "a", "predictions": "b"}])
def test_there_is_one_thing_to_score(kitti: Path, given: dict[str, str]):
    with pytest.raises(ConfigError, match="give exactly one of weights and predictions to score"):
        wilddepth.evaluate(str(kitti), **given)


def test_nothing_is_written_when_nothing_can_be_scored(pairs: Path, weights: Path, kitti: Path, tmp_path: Path):
    out = tmp_path / "out"
    with pytest.raises(SampleError, match="holds no ground truth to score with; name a source that has some"):
        wilddepth.evaluate(str(pairs), weights=str(weights), out=out, **QUICK)
    with pytest.raises(ConfigError, match="unknown protocol 'kitti2016'"):
        wilddepth.evaluate(str(kitti), weights=str(weights), protocol="kitti2016", out=out, **QUICK)
    (tmp_path / "predictions").mkdir()
    with pytest.raises(SampleError, match="000000_10"):
        wilddepth.evaluate(str(kitti), predictions=tmp_path / "predictions", out=out)
    assert not out.exists()


def test_an_evaluation_that_fails_leaves_the_earlier_one(kitti: Path, weights: Path, pairs: Path, tmp_path: Path):
    wilddepth.evaluate(str(kitti), weights=str(weights), out=tmp_path, **QUICK)
    before = (tmp_path / "metrics.json").read_bytes()
    with pytest.raises(SampleError):
        wilddepth.evaluate(str(pairs), weights=str(weights), out=tmp_path, overwrite=True, **QUICK)
    assert (tmp_path / "metrics.json").read_bytes() == before


def test_saved_confidences_are_scored_with_their_disparities(kitti: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path / "out", **QUICK)
    of_files = wilddepth.evaluate(str(kitti), predictions=tmp_path / "out", **QUICK)
    of_weights = wilddepth.evaluate(str(kitti), weights=str(weights), confidence=True, **QUICK)
    for name in ("auc", "ece"):
        found = [result["images"][1][name] for result in (of_files, of_weights)]
        assert found[0] == pytest.approx(found[1], abs=0.5)  # 8 bits
    assert of_files["images"][1]["auc"] == of_files["images"][1]["auc_best"] == 100.0  # all is 5 px off
    assert of_files["images"][0]["auc"] == 0.0  # 2 px are no error of 3 px
    assert sum(of_weights["reliability"]["pixels"]) == 2 * HEIGHT * WIDTH
    assert "auc" not in wilddepth.evaluate(str(kitti), weights=str(weights), **QUICK)["images"][0]


def test_a_missing_confidence_is_named(kitti: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path / "out", **QUICK)
    (tmp_path / "out/confidence/000001_10.png").unlink()
    with pytest.raises(SampleError, match=r"000001_10\.png.* no confidence was saved"):
        wilddepth.evaluate(str(kitti), predictions=tmp_path / "out", **QUICK)


def test_a_confidence_of_several_channels_is_refused(kitti: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path / "out", **QUICK)
    shutil.copy(kitti / "training/image_2/000000_10.png", tmp_path / "out/confidence/000000_10.png")
    with pytest.raises(SampleError, match="channels"):
        wilddepth.evaluate(str(kitti), predictions=tmp_path / "out", **QUICK)


def test_the_command_scores_confidence_on_request(kitti: Path, weights: Path, tmp_path: Path):
    words = (kitti, "--weights", weights, "--json", tmp_path / "scores.json", "--confidence")
    assert command("evaluate", *words) == 0
    told = json.loads((tmp_path / "scores.json").read_text())
    assert {"auc", "auc_best", "ause", "aurg", "ece"} <= set(told["mean"])
    assert len(told["reliability"]["right"]) == 15
