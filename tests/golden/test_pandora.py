"""Costs, winners and cross-checks of CNES Pandora: census, SAD, SSD, ZNCC.

Its disparities are negative numbers counted upwards, so that of equal costs the larger disparity wins in its left map
(the smaller one in its right map, as in both of ours): left maps are compared where one cost is smallest.
"""

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from wilddepth.proxies.matched import mirror
from wilddepth.proxies.matchers import outliers
from wilddepth.proxies.matchers.block import BlockSettings, match_block

FOLDER = Path(__file__).parent / "pandora"
CASES = {case["name"]: case for case in json.loads((FOLDER / "cases.json").read_text())["cases"]}
NUMBER = 13
"""Disparities 0..12."""


@cache
def matched(name):
    files, settings = CASES[name]["files"], CASES[name]["settings"]
    left, right = (cv2.imread(str(FOLDER / files[side]), cv2.IMREAD_GRAYSCALE)[..., None] for side in ("left", "right"))
    asked = BlockSettings(settings["method"], settings["window"], num_disparities=NUMBER, subpixel="none")
    return match_block(left, right, asked, volumes=True)


def as_pandora(name):
    """The volume in its order and with its sign."""
    costs = matched(name).cost.costs[..., ::-1].astype(np.float64)
    costs[np.isinf(costs)] = np.nan
    return 1 - costs if CASES[name]["settings"]["method"] == "zncc" else costs


def assert_summary(values, expected, where=True, rtol=1e-6):
    assert list(values.shape) == expected["shape"]
    assert np.isfinite(values).sum() == expected["finite_count"]
    index = np.array([place for place, _ in expected["samples"]])
    samples = np.array([float(value) for _, value in expected["samples"]])
    kept = np.broadcast_to(where, values.shape).ravel()[index]
    np.testing.assert_allclose(values.ravel()[index][kept], samples[kept], rtol=rtol, atol=1e-6)
    if np.all(where):
        np.testing.assert_allclose(np.nansum(values), expected["sum_finite"], rtol=rtol)
        np.testing.assert_allclose(
            [np.nanmin(values), np.nanmax(values)], [expected["min"], expected["max"]], rtol=rtol
        )


def test_every_case_is_walked():
    assert len(CASES) == 14
    assert {case["settings"]["method"] for case in CASES.values()} == {"census", "sad", "ssd", "zncc"}


@pytest.mark.parametrize("name", CASES)
def test_costs_are_those_of_pandora(name):
    assert_summary(as_pandora(name), CASES[name]["expected"]["cost_volume (row,col,disp from -12 to 0)"], rtol=3e-5)


@pytest.mark.parametrize("name", CASES)
def test_winners_are_those_of_pandora(name):
    expected, costs = CASES[name]["expected"], matched(name).cost.costs
    alone = (costs == costs.min(axis=2, keepdims=True)).sum(axis=2) == 1
    alone |= np.isinf(costs).all(axis=2)
    assert alone.mean() > 0.5
    assert_summary(-matched(name).left.disparity.astype(np.float64), expected["wta_left"], alone)
    assert_summary(matched(name).right.disparity.astype(np.float64), expected["wta_right"])


@pytest.mark.parametrize("name", CASES)
def test_left_winners_of_pandora_are_ours_with_ties_the_other_way(name):
    costs = as_pandora(name) * (-1 if CASES[name]["settings"]["method"] == "zncc" else 1)
    expected = CASES[name]["expected"]["wta_left"]
    found = np.where(np.isnan(costs).all(axis=2), np.nan, np.argmin(np.nan_to_num(costs, nan=np.inf), axis=2) - 12.0)
    assert_summary(found, expected)


@pytest.mark.parametrize("name", CASES)
def test_outliers_are_of_the_kinds_that_pandora_finds(name):
    costs, right = as_pandora(name), matched(name).right.disparity
    if CASES[name]["settings"]["method"] == "zncc":
        costs = -costs
    seen = ~np.isnan(costs).all(axis=2)
    best = 12 - np.argmin(np.nan_to_num(costs, nan=np.inf), axis=2)  # its left map, ties its way
    left = np.where(seen, best, np.nan).astype(np.float32)
    kind = outliers.kinds(left, right, outliers.LEFT, 1.0, (0, NUMBER), "intersection")
    expected = CASES[name]["expected"]["cross_checking"]
    assert (kind[seen] == outliers.OCCLUDED).sum() == expected["occlusion_pixels"]
    assert (kind[seen] == outliers.MISMATCHED).sum() == expected["mismatch_pixels"]


def test_mirrored_pair_gives_mirrored_views():
    left, right = (
        cv2.imread(str(FOLDER / f"pair_b_{side}.png"), cv2.IMREAD_GRAYSCALE)[..., None] for side in ("left", "right")
    )
    asked = BlockSettings("sad", 5, num_disparities=NUMBER)
    straight, turned = match_block(left, right, asked), match_block(mirror(right), mirror(left), asked)
    np.testing.assert_array_equal(mirror(turned.left.disparity), straight.right.disparity)
    np.testing.assert_array_equal(mirror(turned.right.disparity), straight.left.disparity)
