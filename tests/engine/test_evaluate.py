"""Metrics over a set: from a method, and from files saved before."""

import json
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from wilddepth.engine.evaluate import evaluate, evaluate_files
from wilddepth.errors import ConfigError, MissingView, SampleError
from wilddepth.formats.array import write_array
from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.formats.pfm import write_pfm
from wilddepth.metrics import score
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample
from wilddepth.truth import Truth


@dataclass(frozen=True)
class Scene:
    key: str
    sample: Sample
    truth: Truth | None


def scene(key, *, disparity=5.0, batch=1, size=(4, 6)):
    truth = None
    if disparity is not None:
        values = torch.full((batch, 1, *size), disparity)
        truth = Truth(disparity=values, valid=torch.ones_like(values, dtype=torch.bool))
    return Scene(key, Sample(image=torch.zeros(batch, 3, *size)), truth)


def predict_seven(sample):
    return Prediction(torch.full_like(sample.image[:, :1], 7.0), Quantity.DISPARITY_PX)


def test_one_row_per_image_with_its_key_and_the_mean():
    result = evaluate(predict_seven, [scene("a"), scene("b", disparity=3.0)], "default")
    assert result.keys == ("a", "b")
    assert [(key, row["epe"]) for key, row in result.rows] == [("a", 2.0), ("b", 4.0)]
    assert (result.mean["epe"], result.mean["d1_all"]) == (3.0, 50.0)
    assert result.protocol.name == "default"


def test_it_is_what_score_says():
    one = scene("a")
    result = evaluate(predict_seven, [one], "kitti2015")
    assert result.score == score("kitti2015", predict_seven(one.sample), one.truth)


def test_images_of_a_batch_are_named_by_their_keys_or_their_number():
    named = replace(scene("x", batch=2), sample=Sample(image=torch.zeros(2, 3, 4, 6), keys=("left", "right")))
    result = evaluate(predict_seven, [named, scene("y", batch=2)], "default")
    assert result.keys == ("left", "right", "y/0", "y/1")


def test_images_without_truth_are_reported_and_do_not_count():
    asked = []

    def predict(sample):
        asked.append(sample)
        return predict_seven(sample)

    scenes = [scene("a"), scene("b", disparity=None)]
    result = evaluate(predict, scenes, "default")
    assert result.without_truth == ("b",)
    assert math.isnan(result.rows[1][1]["d1_all"])
    assert result.mean["epe"] == 2.0
    assert len(asked) == 1  # nothing is predicted where nothing can be scored


def test_no_truth_at_all_is_refused_with_the_next_step():
    with pytest.raises(SampleError, match=r"none of the 2 images \(a ...\) has ground truth.*wilddepth predict"):
        evaluate(predict_seven, [scene("a", disparity=None), scene("b", disparity=None)], "default")


def test_no_images_at_all_are_refused():
    with pytest.raises(SampleError, match="no images to evaluate"):
        evaluate(predict_seven, [], "default")


def test_an_unknown_protocol_is_refused_before_anything_is_predicted():
    with pytest.raises(ConfigError, match="unknown protocol"):
        evaluate(lambda _: pytest.fail("predicted"), [scene("a")], "none such")


def test_progress_hears_of_every_image_in_order():
    heard = []
    evaluate(predict_seven, [scene("a"), scene("b")], "default", progress=lambda key, row: heard.append((key, row)))
    assert [(key, row["epe"]) for key, row in heard] == [("a", 2.0), ("b", 2.0)]


def test_a_prediction_that_does_not_fit_names_its_image():
    with pytest.raises(SampleError, match=r"^a: the prediction is 2x2 but the truth is 4x6"):
        evaluate(lambda _: Prediction(torch.ones(1, 1, 2, 2), Quantity.DISPARITY_PX), [scene("a")], "default")


def test_a_method_that_predicts_no_disparity_is_refused():
    with pytest.raises(MissingView, match="depth, m"):
        evaluate(lambda _: Prediction(torch.ones(1, 1, 4, 6), Quantity.DEPTH_M), [scene("a")], "default")


def test_json_is_plain_and_marks_images_without_truth():
    result = evaluate(predict_seven, [scene("a"), scene("b", disparity=None)], "default").as_json()
    assert set(result) == {"protocol", "mean", "images"}
    assert result == json.loads(json.dumps(result, allow_nan=False))
    first, second = result["images"]
    assert (first["key"], first["epe"], first["valid_pixels"]) == ("a", 2.0, 24)
    assert (second["key"], second["epe"], second["without_truth"]) == ("b", None, True)
    assert "without_truth" not in first


def test_files_of_every_kind_score_alike(tmp_path):
    (tmp_path / "sequence").mkdir()
    disparity = np.full((4, 6), 5.0, dtype=np.float32)
    disparity[0, :2] = 7.0, math.nan
    write_kitti_disparity(tmp_path / "a.png", disparity)
    write_pfm(tmp_path / "b.pfm", disparity)
    write_array(tmp_path / "c.npy", disparity)
    write_array(tmp_path / "sequence" / "d.npz", disparity)
    result = evaluate_files(tmp_path, [scene(key) for key in ("a", "b", "c", "sequence/d")], "default")
    assert len(result.rows) == 4
    for _, row in result.rows:
        assert row["epe"] == pytest.approx(2 / 23)
        assert row["density"] == pytest.approx(100 * 23 / 24)
        assert row["d1_all"] == pytest.approx(100 / 24)


def test_the_most_exact_file_counts(tmp_path):
    write_kitti_disparity(tmp_path / "a.png", np.full((4, 6), 9.0, dtype=np.float32))
    write_pfm(tmp_path / "a.pfm", np.full((4, 6), 5.0, dtype=np.float32))
    assert evaluate_files(str(tmp_path), [scene("a")], "default").mean["epe"] == 0.0


def test_files_of_a_batch_are_found_by_the_keys_of_its_images(tmp_path):
    for key, value in (("left", 5.0), ("right", 7.0)):
        write_pfm(tmp_path / f"{key}.pfm", np.full((4, 6), value, dtype=np.float32))
    batch = replace(scene("x", batch=2), sample=Sample(image=torch.zeros(2, 3, 4, 6), keys=("left", "right")))
    assert [row["epe"] for _, row in evaluate_files(tmp_path, [batch], "default").rows] == [0.0, 2.0]


def test_files_of_a_batch_that_differ_in_size_are_refused(tmp_path):
    (tmp_path / "x").mkdir()
    write_pfm(tmp_path / "x" / "0.pfm", np.ones((4, 6), dtype=np.float32))
    write_pfm(tmp_path / "x" / "1.pfm", np.ones((2, 6), dtype=np.float32))
    with pytest.raises(SampleError, match="x/0, x/1 differ in size"):
        evaluate_files(tmp_path, [scene("x", batch=2)], "default")


def test_a_missing_file_is_named(tmp_path):
    write_pfm(tmp_path / "a.pfm", np.ones((4, 6), dtype=np.float32))
    with pytest.raises(SampleError, match=r"/b: no saved prediction with one of the endings \.npy, .*\.png"):
        evaluate_files(tmp_path, [scene("a"), scene("b")], "default")


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(SampleError, match=r"a\.png"):
        evaluate_files(tmp_path, [scene("a")], "default")


def test_a_file_of_another_size_is_named(tmp_path):
    write_pfm(tmp_path / "a.pfm", np.ones((2, 3), dtype=np.float32))
    with pytest.raises(SampleError, match=r"a\.pfm: the prediction is 2x3 but the truth is 4x6"):
        evaluate_files(tmp_path, [scene("a")], "default")
    assert evaluate_files(tmp_path, [scene("a", disparity=2.0)], "middlebury").mean["epe"] == 0.0  # 2 x 1 px


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SampleError, match=r"none is not a folder; give the folder"):
        evaluate_files(tmp_path / "none", [scene("a")], "default")
