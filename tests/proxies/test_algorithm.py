"""Label makers by name, with settings that files can hold."""

import json
from pathlib import Path

import numpy as np
import pytest

from known_pairs import shifted_pair, square_pair, texture
from wilddepth.errors import ConfigError
from wilddepth.plain import plain
from wilddepth.proxies.algorithm import ALGORITHMS, algorithm, read_algorithm, with_overrides, written
from wilddepth.proxies.fusion import ProxySettings, match_and_fuse
from wilddepth.proxies.store import LabelStore


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_labels_both_views_of_a_pair(name: str):
    left, right = square_pair(320)
    for view in algorithm(name)(left, right):
        known = np.isfinite(view.disparity)
        assert known.mean() > 0.4
        assert np.median(view.disparity[known]) == pytest.approx(4, abs=0.5)
        assert ((view.confidence > 0) == known).all()
        assert view.confidence.max() <= 1


@pytest.mark.parametrize("name", ALGORITHMS)
def test_negative_disparities_are_searched_where_asked(name: str):
    wide = texture(64, 300, side=2)
    found = algorithm(name)(wide[:, 12:268], wide[:, :256], -21)[0].disparity[8:-8, 150:-30]
    assert np.nanmedian(found) == pytest.approx(-12, abs=0.3)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_views_of_two_sizes_are_refused(name: str):
    with pytest.raises(ValueError, match="differ in size"):
        algorithm(name)(texture(32, 64), texture(32, 60))


def test_the_trio_is_what_adaptation_has_always_learned_from():
    left, right = square_pair(192)
    expected = match_and_fuse(left, right, ProxySettings())
    for found, want in zip(algorithm()(left, right), expected, strict=True):
        np.testing.assert_array_equal(found.disparity, want.disparity)
        np.testing.assert_array_equal(found.confidence, want.confidence)


def test_a_range_can_be_given_or_measured():
    left, right = shifted_pair(40, 64, 192)
    right_share = []
    for measured in (True, False):
        found = algorithm("opencv-sgm", {"measured": measured, "num_disparities": 16})(left, right)[0].disparity
        right_share.append((np.abs(found[:, 56:] - 40) < 1).mean())
    assert right_share[0] > 0.9
    assert right_share[1] == 0


def test_equal_settings_have_equal_digests_and_others_have_not():
    assert (
        algorithm("opencv-sgm").digest() == algorithm("opencv-sgm", plain(ALGORITHMS["opencv-sgm"].settings())).digest()
    )
    digests = {algorithm("opencv-sgm", change).digest() for change in ({}, {"block": 5}, {"keep": 0.4}, {"mode": "hh"})}
    assert len({*digests, algorithm("trio").digest()}) == 5


def test_settings_are_replaced_by_key():
    changed = with_overrides(algorithm("opencv-sgm"), ["block=5", "mode=sgbm", "keep=0.25"])
    assert (changed.settings.block, changed.settings.mode, changed.settings.keep) == (5, "sgbm", 0.25)
    assert changed.settings.p2 == algorithm("opencv-sgm").settings.p2


@pytest.mark.parametrize(
    "assignment, message",
    [
        ("block", "'block' is not KEY=VALUE"),
        ("blok=5", "did you mean 'block'"),
        ("block=4", "opencv-sgm: block must be odd and positive, not 4"),
        ("block=five", "opencv-sgm.block: 'five' is not a whole number"),
        ("keep=2", r"opencv-sgm.keep: 2.0 is out of range; give a number 0 or more and at most 1"),
    ],
)
def test_wrong_settings_are_refused(assignment: str, message: str):
    with pytest.raises(ConfigError, match=message):
        with_overrides(algorithm("opencv-sgm"), [assignment])


def test_an_unknown_algorithm_is_refused():
    with pytest.raises(ConfigError, match="unknown algorithm 'tri'; did you mean 'trio'"):
        algorithm("tri")


def test_a_written_algorithm_is_read_back(tmp_path: Path):
    chosen = algorithm("opencv-sgm", {"block": 9, "keep": 0.1})
    path = tmp_path / "settings.json"
    path.write_text(written(chosen, {"scores": [1, 2.5, None]}))
    assert read_algorithm(path) == chosen
    assert read_algorithm(LabelStore.create(tmp_path / "labels", chosen).path / "manifest.json") == chosen


@pytest.mark.parametrize(
    "content, message",
    [
        ("[1]", "names no algorithm; give the settings.json that --find-settings wrote"),
        ("{", "settings.json: not a YAML text"),
        (json.dumps({"algorithm": 3}), "names no algorithm"),
        (json.dumps({"algorithm": "x"}), "settings.json: unknown algorithm 'x'"),
        (json.dumps({"algorithm": "opencv-sgm", "settings": {"x": 1}}), "settings.json: unknown key 'opencv-sgm.x'"),
        (json.dumps({"algorithm": "opencv-sgm", "settings": 5}), "settings.json: opencv-sgm"),
        (json.dumps({"algorithm": "opencv-sgm", "version": 99}), "is of version 99 of the label makers, this is 1"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str, message: str):
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_algorithm(tmp_path / "settings.json")
