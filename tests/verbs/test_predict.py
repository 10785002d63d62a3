"""`wilddepth predict`: what is written, in which unit, and what is gone on with."""

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import wilddepth
from tiny import BASELINE, FOCAL, HEIGHT, WIDTH, command, network, plane, silent, write_pairs
from wilddepth.engine.infer import Predictor
from wilddepth.engine.weights import load_network, save_weights
from wilddepth.errors import ConfigError
from wilddepth.formats.array import read_array
from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.formats.image import image_size, read_image, write_image
from wilddepth.formats.pfm import read_pfm
from wilddepth.sources.open import open_source
from wilddepth.verbs.common import plain_method

QUICK = {"device": "cpu", "precision": "fp32", "threads": 1}


@pytest.fixture(scope="session")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights whose predictions differ from pixel to pixel."""
    path = tmp_path_factory.mktemp("noisy") / "noisy.safetensors"
    save_weights(path, network(1), {})
    return path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def expected(weights: Path, source: Path, index: int) -> np.ndarray:
    predictor = Predictor(plain_method(load_network(str(weights))[0]), device="cpu", precision="fp32")
    return predictor(open_source(str(source))[index].sample).values[0, 0].numpy()


def test_disparity_preview_and_confidence_are_written_for_every_pair(pairs: Path, noisy: Path, tmp_path: Path):
    result = wilddepth.predict(str(pairs), weights=str(noisy), out=tmp_path, **QUICK)
    names = {f"{folder}/{key}.png" for folder in ("disparity", "preview", "confidence") for key in ("0", "1")}
    assert files(tmp_path) == names | {"environment.json", "metrics.json", "recipe.yaml"}
    assert (result["pairs"], result["skipped"]) == (2, 0)
    found = read_kitti_disparity(tmp_path / "disparity/1.png")
    assert found.std() > 0
    np.testing.assert_allclose(found, expected(noisy, pairs, 1), atol=1 / 256)  # 0 would mean "none": at least one step
    confidence = cv2.imread(str(tmp_path / "confidence/1.png"), cv2.IMREAD_UNCHANGED)
    assert (confidence.dtype, confidence.shape) == (np.uint8, (HEIGHT, WIDTH))
    assert image_size(tmp_path / "preview/1.png") == (HEIGHT, WIDTH)
    assert read_image(tmp_path / "preview/1.png").std() > 0


def test_pfm_holds_the_prediction_exactly(pairs: Path, noisy: Path, tmp_path: Path):
    assert (
        command("predict", pairs, "--weights", noisy, "--out", tmp_path / "out", "--format", "pfm", "--limit", 1) == 0
    )
    np.testing.assert_array_equal(read_pfm(tmp_path / "out/disparity/0.pfm"), expected(noisy, pairs, 0))
    assert not (tmp_path / "out/disparity/1.pfm").exists()


def test_metres_are_focal_length_times_baseline_over_disparity(kitti: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path, **QUICK)
    depth = read_array(tmp_path / "depth/000000_10.npy")
    np.testing.assert_allclose(depth, FOCAL * BASELINE / 4.0, rtol=1e-5)


def test_without_calibration_there_are_no_metres(pairs: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, limit=1, **QUICK)
    assert not (tmp_path / "depth").exists()


@pytest.mark.parametrize("doffs, file", [(10, "pfm"), (3, "png")])
def test_unequal_principal_points_are_in_the_metres_and_in_raw_disparities(
    weights: Path, tmp_path: Path, doffs: int, file: str
):
    """A network that answers 4 px for a right view moved by doffs says 4 - doffs raw, and f B / (4 - doffs + doffs)."""
    folder = tmp_path / "scene"
    sample = plane(5, height=HEIGHT, width=WIDTH)
    for name, view in (("im0.png", sample.image), ("im1.png", sample.right)):
        write_image(folder / name, np.ascontiguousarray((view[0] * 255).byte().permute(1, 2, 0).numpy()))
    (folder / "calib.txt").write_text(
        f"cam0=[50 0 30; 0 50 30; 0 0 1]\ncam1=[50 0 {30 + doffs}; 0 50 30; 0 0 1]\ndoffs={doffs}\nbaseline=200\n"
        f"width={WIDTH}\nheight={HEIGHT}\nndisp=20\n"
    )
    wilddepth.predict(str(folder), weights=str(weights), out=tmp_path / "out", **QUICK)
    found = next((tmp_path / "out/disparity").iterdir())
    assert found.suffix == f".{file}"  # 16 bits without a sign cannot hold -6
    read = {"pfm": read_pfm, "png": read_kitti_disparity}[file]
    np.testing.assert_allclose(read(found), 4 - doffs, atol=1e-4)
    depth = read_array(next((tmp_path / "out/depth").iterdir()))
    np.testing.assert_allclose(depth, 50 * 0.2 / 4, rtol=1e-4)


def test_what_16_bits_cannot_hold_is_written_as_pfm(tmp_path: Path):
    save_weights(tmp_path / "far.safetensors", silent(300.0), {})
    folder = write_pairs(tmp_path / "pairs", (6,))
    wilddepth.predict(str(folder), weights=str(tmp_path / "far.safetensors"), out=tmp_path / "out", **QUICK)
    np.testing.assert_allclose(read_pfm(tmp_path / "out/disparity/0.pfm"), 300.0, rtol=1e-6)


@pytest.mark.parametrize("size", [(37, 53), (65, 129), (20, 70)])
def test_images_of_any_size_keep_their_size(weights: Path, tmp_path: Path, size: tuple[int, int]):
    folder = write_pairs(tmp_path / "pairs", (6,), height=size[0], width=size[1])
    assert command("predict", folder, "--weights", weights, "--out", tmp_path / "out", "--quiet") == 0
    assert read_kitti_disparity(tmp_path / "out/disparity/0.png").shape == size


def test_a_rendered_source_is_predicted_with_metres(weights: Path, tmp_path: Path):
    source = "worlds:flat-flying?seed=3&frames=1&height=64&width=64"
    wilddepth.predict(source, weights=str(weights), out=tmp_path, **QUICK)
    assert {"disparity/flat-flying-3-000000.png", "depth/flat-flying-3-000000.npy"} <= files(tmp_path)


def test_a_resumed_run_predicts_what_is_missing(pairs: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, **QUICK)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    (tmp_path / "preview/1.png").unlink()  # the last file of a pair: its others do not count
    told: list[tuple[str, int, int]] = []
    result = wilddepth.predict(
        str(pairs),
        weights=str(weights),
        out=tmp_path,
        resume=True,
        say=lambda what, done, total, left: told.append((what, done, total)),
        **QUICK,
    )
    assert (result["pairs"], result["skipped"]) == (1, 1)
    assert told == [("predict", 1, 1)]
    after = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    assert set(after) == set(before)
    assert {name for name in after if name.endswith("png") and after[name] != before[name]} == {
        f"{folder}/1.png" for folder in ("disparity", "preview", "confidence")
    }


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_resumed_run_predicts_pairs_again_whose_pictures_changed(
    pairs: Path, weights: Path, tmp_path: Path, side: str
):
    source = shutil.copytree(pairs, tmp_path / "pairs")
    wilddepth.predict(str(source), weights=str(weights), out=tmp_path / "out", **QUICK)
    written = (tmp_path / "out/preview/1.png").stat().st_mtime_ns
    os.utime(source / side / "1.png", ns=(written + 10**9, written + 10**9))
    result = wilddepth.predict(str(source), weights=str(weights), out=tmp_path / "out", resume=True, **QUICK)
    assert (result["pairs"], result["skipped"]) == (1, 1)


def test_what_is_seen_enlarged_is_written_at_the_size_of_the_pictures(pairs: Path, weights: Path, tmp_path: Path):
    """A network that says 4 px everywhere means 2 px of pictures that it saw twice as large."""
    assert command("predict", pairs, "--weights", weights, "--enlarge", "2", "--out", tmp_path / "one") == 0
    found = read_kitti_disparity(tmp_path / "one/disparity/0.png")
    assert found.shape == (HEIGHT, WIDTH)
    np.testing.assert_allclose(found, 2.0, atol=1 / 256)
    predict = wilddepth.predictor(str(weights), enlarge=4.0, device="cpu", precision="fp32")
    torch.testing.assert_close(predict(plane(6)).values, torch.ones(1, 1, HEIGHT, WIDTH))


@pytest.mark.parametrize("change", ["weights", "format", "enlarge"])
def test_a_run_cannot_be_resumed_as_another(pairs: Path, weights: Path, noisy: Path, tmp_path: Path, change: str):
    """The folder would hold predictions of two kinds without saying so."""
    wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, limit=1, **QUICK)
    same = {"weights": str(weights)}
    other = {
        "weights": {"weights": str(noisy)},
        "format": {**same, "file_format": "pfm"},
        "enlarge": {**same, "enlarge": 2.0},
    }[change]
    with pytest.raises(ConfigError, match=rf"begun with another recipe \({change}\)"):
        wilddepth.predict(str(pairs), out=tmp_path, resume=True, **other, **QUICK)


def test_overwriting_leaves_nothing_of_the_run_before(pairs: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, file_format="pfm", **QUICK)
    wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, limit=1, overwrite=True, **QUICK)
    assert {name for name in files(tmp_path) if name.startswith("disparity/")} == {"disparity/0.png"}


def test_the_result_can_be_read_by_programs(
    pairs: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = (pairs, "--weights", weights, "--out", tmp_path / "out", "--json", tmp_path / "result.json")
    assert command("predict", *words) == 0
    told = json.loads((tmp_path / "result.json").read_text())
    assert told["pairs"] == 2
    assert told["precision"] == "fp32"
    assert told["seconds_a_pair"] > 0
    assert json.loads((tmp_path / "out/metrics.json").read_text()) == told
    assert "2 pairs predicted; the results are in" in capsys.readouterr().out


def test_auto_precision_is_measured_with_the_method(pairs: Path, weights: Path, tmp_path: Path):
    """The bare network was timed, which takes two images and not a sample: the first run on a machine failed."""
    result = wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, limit=1, device="cpu", threads=1)
    assert result["precision"] in ("fp32", "bf16")


def test_prediction_uses_no_truth(kitti: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wilddepth.sources.folder.load_truth", lambda files: pytest.fail("truth was opened"))
    wilddepth.predict(str(kitti), weights=str(weights), out=tmp_path, limit=1, **QUICK)


def test_threads_are_set(pairs: Path, weights: Path, tmp_path: Path):
    wilddepth.predict(str(pairs), weights=str(weights), out=tmp_path, limit=1, **{**QUICK, "threads": 2})
    assert torch.get_num_threads() == 2
