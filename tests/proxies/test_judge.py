"""Who says how sure labels are: a measure or CCNN instead of agreement, for both views, and what is refused."""

import numpy as np
import pytest
import torch

from known_pairs import square_pair, texture
from wilddepth.errors import ConfigError
from wilddepth.proxies import judge
from wilddepth.proxies.algorithm import algorithm
from wilddepth.proxies.judge import check_judge, confidence_names, load_confidence
from wilddepth.proxies.matched import Volume
from wilddepth.proxies.matchers.catalog import MATCHERS
from wilddepth.proxies.matchings import match
from wilddepth.proxies.measures.catalog import measure
from wilddepth.proxies.sides import both_sides, mirrored_costs

PLAIN = {"measured": False, "num_disparities": 48, "keep": 0.0}


def labels(name, confidence, **more):
    return algorithm(name, {**PLAIN, "confidence": confidence, **more})(*square_pair(192))


@pytest.mark.parametrize("name", ["census-sgm", "census-box"])
@pytest.mark.parametrize("kind", ["apkr", "ds", "zsad"])
def test_a_measure_takes_the_place_of_agreement_and_changes_no_disparity(name, kind):
    ours, theirs = labels(name, kind), labels(name, "agreement")
    left, right = square_pair(192)
    expected = measure(kind).confidence(match(left, right, name, 0, 48))
    kept = np.isfinite(ours[0].disparity)
    assert kept.mean() > 0.5
    np.testing.assert_array_equal(ours[0].confidence[kept], expected[kept])
    for mine, other in zip(ours, theirs, strict=True):
        both = np.isfinite(mine.disparity) & np.isfinite(other.disparity)
        np.testing.assert_array_equal(mine.disparity[both], other.disparity[both])
        assert both.mean() > 0.5


@pytest.mark.parametrize("kind", ["apkr", "lrd", "da", "lrc"])
def test_the_right_view_is_judged_as_the_left_one_is_in_a_mirror(kind):
    """Inside, where no window and no match leaves a view, the mirrored and swapped pair has the same costs."""
    left, right = square_pair(256)
    mirrored = [np.ascontiguousarray(view[:, ::-1]) for view in (right, left)]
    settings = {**PLAIN, "confidence": kind, "num_disparities": 32, "lr_threshold": 99.0}
    from_right = algorithm("census-box", settings)(left, right)[1].confidence
    in_mirror = algorithm("census-box", settings)(*mirrored)[0].confidence[:, ::-1]
    inside = np.s_[8:-8, 48:-48]
    same = np.isclose(from_right[inside], in_mirror[inside], rtol=1e-5, atol=1e-6)
    assert same.mean() > 0.999  # a tie between two disparities is broken towards the smaller one of the left view
    assert from_right[inside].std() > 0 or kind == "lrc"


def test_mirrored_costs_are_those_of_the_same_match():
    costs = np.arange(2 * 5 * 3, dtype=np.uint16).reshape(2, 5, 3)
    found = mirrored_costs(Volume(costs, -1)).costs
    for x in range(5):  # right column x meets left column x + d at index d + 1
        for k in range(3):
            column = x + k - 1
            expected = costs[:, column, k] if 0 <= column < 5 else costs.max()
            np.testing.assert_array_equal(found[:, 4 - x, k], expected)


def test_hidden_wall_is_no_label_whoever_judges():
    """Left columns 44..59 beside the near square are not in the right view."""
    for confidence in ("agreement", "apkr", "da"):
        hidden = labels("census-sgm", confidence)[0].disparity[20:44, 46:58]
        assert np.isfinite(hidden).mean() < 0.1


def test_keep_is_of_the_confidence_that_was_chosen():
    all_of_them, surest = labels("census-sgm", "apkr")[0], labels("census-sgm", "apkr", keep=0.55)[0]
    expected = all_of_them.confidence >= 0.55
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(np.isfinite(surest.disparity), expected)


@pytest.mark.parametrize("name", [each.removeprefix("ccnn-") for each in confidence_names()])
def test_the_packaged_network_judges_labels_of_its_matcher(name):
    network, _ = load_confidence(f"ccnn-{name}")
    left, right = square_pair(192)
    disparity = match(left, right, name, 0, 48).disparity
    with torch.no_grad():
        expected = network.confidence(torch.from_numpy(disparity)[None, None])[0, 0].numpy()
    for view in (found := labels(name, "ccnn")):
        kept = np.isfinite(view.disparity)
        assert kept.mean() > 0.3
        assert view.confidence[kept].max() <= 1
    kept = np.isfinite(found[0].disparity)
    np.testing.assert_allclose(found[0].confidence[kept], expected[kept], atol=1e-6)


def test_the_network_counts_from_where_the_search_begins():
    wide = texture(64, 300, side=2)
    pair = wide[:, 12:268], wide[:, :256]
    settings = {**PLAIN, "confidence": "ccnn", "num_disparities": 32}
    low = algorithm("census-sgm", settings)(*pair, -21)[0]
    ours = both_sides(MATCHERS["census-sgm"](*pair, lowest_settings(-21, 64)), *pair, -21)[0]
    expected = judge.network_confidence(judge.packaged_network("census-sgm"), ours)
    kept = np.isfinite(low.disparity)
    assert np.nanmedian(low.disparity) == pytest.approx(-12, abs=0.3)
    np.testing.assert_allclose(low.confidence[kept], expected[kept], atol=1e-6)


def lowest_settings(lowest, number):
    return MATCHERS["census-sgm"].build({"min_disparity": lowest, "num_disparities": number})


@pytest.mark.parametrize("kind", ["da", "ds", "med", "zsad"])
def test_measures_without_costs_judge_any_matcher(kind):
    found = labels("opencv-sgm", kind)[0]
    assert np.isfinite(found.disparity).mean() > 0.3
    assert set(np.unique(found.confidence > 0)) <= {False, True}
    assert ((found.confidence > 0) == np.isfinite(found.disparity)).all()


@pytest.mark.parametrize(
    "name, confidence, message",
    [
        ("census-sgm", "apk", "confidence: 'apk' will not do; did you mean 'apkr'"),
        ("opencv-sgm", "apkr", "measured on costs, which opencv-sgm keeps to itself; take one of census-sgm"),
        ("opencv-block", "msm", "costs, which opencv-block keeps"),
        ("block", "ccnn", "no packaged network judges block; take one of census-box, census-sgm"),
        ("ad-census", "ccnn", "no packaged network judges ad-census"),
    ],
)
def test_a_judge_that_does_not_know_the_matcher_is_refused(name, confidence, message):
    with pytest.raises(ConfigError, match=message):
        algorithm(name, {"confidence": confidence})
    with pytest.raises(ConfigError, match=message):
        check_judge(confidence, name)


def test_who_judges_is_part_of_what_labels_are_made_by():
    assert algorithm("census-sgm", {"confidence": "apkr"}).digest() != algorithm("census-sgm").digest()
    assert algorithm("census-sgm").plain()["settings"]["confidence"] == "agreement"
