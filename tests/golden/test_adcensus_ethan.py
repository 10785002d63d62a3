"""AD-Census against a published C++ port: a bracket, for that port departs from the paper in several places.

It makes its scanlines one after the other, looks for surroundings in a half-plane, and adjusts edges by itself.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from wilddepth.proxies.matchers.ad_census import ADCensusSettings, match_ad_census

FOLDER = Path(__file__).parent / "adcensus_ethan"
CASES = {case["name"]: case for case in json.loads((FOLDER / "cases.json").read_text())["cases"]}
FLAGS = {
    "cones_flags0": {"check": False, "adjust": False},
    "cones_flags1": {"votes": 0, "interpolate": False, "adjust": False},
    "cones_flags7": {},
    "pair_a_flags3": {"adjust": False},
}


def rgb(path):
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def scores(name, left, right, truth):
    """Density, mean error and share of errors over 1 and 3 px of what is estimated, percent."""
    search = CASES[name]["settings"]["d_max"] - CASES[name]["settings"]["d_min"]
    found = match_ad_census(
        left, right, replace(ADCensusSettings(num_disparities=search), **FLAGS[name])
    ).left.disparity
    seen = (truth > 0) & np.isfinite(found)
    error = np.abs(found - truth)[seen]
    return 100 * seen.sum() / (truth > 0).sum(), error.mean(), 100 * (error > 1).mean(), 100 * (error > 3).mean()


def test_every_case_is_walked():
    assert set(CASES) == set(FLAGS)


def test_a_small_pair_scores_as_in_the_port():
    left, right = rgb(FOLDER / "pair_a_left.png"), rgb(FOLDER / "pair_a_right.png")
    truth = cv2.imread(str(FOLDER / "pair_a_gt.png"), cv2.IMREAD_UNCHANGED) / 256
    expected = CASES["pair_a_flags3"]["expected"]
    density, error, bad1, _ = scores("pair_a_flags3", left, right, truth)
    assert density == expected["density_of_gt_percent"] == 100
    assert error == pytest.approx(expected["epe_on_estimated"], rel=0.15)
    assert bad1 == pytest.approx(expected["bad1_percent_of_estimated"], abs=0.5)
    search = ADCensusSettings(num_disparities=16, adjust=False)
    found = match_ad_census(left, right, search).left.disparity
    index, samples = np.array(expected["disparity"]["samples"]).T
    np.testing.assert_allclose(found.ravel()[index.astype(int)], samples, atol=0.1)


@pytest.mark.realdata
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("cones")])
def test_cones_score_as_in_the_port(realdata, name):
    folder, case = realdata / "middlebury" / "2003" / "cones", CASES[name]
    for file, digest in case["inputs"]["sha256"].items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest
    truth = cv2.imread(str(folder / "disp2.png"), cv2.IMREAD_GRAYSCALE) / 4
    density, error, bad1, bad3 = scores(name, rgb(folder / "im2.png"), rgb(folder / "im6.png"), truth)
    expected = case["expected"]
    assert density == pytest.approx(expected["density_of_gt_percent"], abs=1.5)
    assert error == pytest.approx(expected["epe_on_estimated"], rel=0.25)
    assert bad1 == pytest.approx(expected["bad1_percent_of_estimated"], abs=0.8)
    assert bad3 == pytest.approx(expected["bad3_percent_of_estimated"], abs=0.8)
