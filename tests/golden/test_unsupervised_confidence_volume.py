"""The Bologna group's census, box and winner-takes-all against their published C++ program."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from wilddepth.proxies.matchers.census_box import CensusBoxSettings, match_census_box

FOLDER = Path(__file__).parent / "unsupervised_confidence"
CASES = {case["name"]: case for case in json.loads((FOLDER / "cases.json").read_text())["cases"]}


def assert_summary(values, expected):
    assert list(values.shape) == expected["shape"]
    index, samples = np.array(expected["samples"]).T
    np.testing.assert_allclose(values.ravel()[index.astype(int)], samples, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose([values.mean(), values.std()], [expected["mean"], expected["std"]], rtol=1e-6)


def test_every_case_is_walked():
    assert len(CASES) == 4


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", CASES)
def test_costs_and_both_maps_are_those_of_the_program(name, threads):
    files, settings, expected = (CASES[name][part] for part in ("files", "settings", "expected"))
    left, right = (cv2.imread(str(FOLDER / files[side]), cv2.IMREAD_GRAYSCALE)[..., None] for side in ("left", "right"))
    search = CensusBoxSettings(num_disparities=settings["d_max"] + 1)
    matched = match_census_box(left, right, search, volumes=True, threads=threads)
    hamming = matched.cost.costs.astype(np.float64).transpose(2, 0, 1)
    assert_summary(hamming, expected["hamming_volume (d,row,col)"])
    inner = hamming[:, 4:-4, 4 + settings["d_max"] : -4].sum()
    assert inner == expected["hamming_interior_sum_rows_cols_4_from_border"]
    summed = matched.aggregated.costs.astype(np.float64) * matched.aggregated.unit
    assert_summary(summed.transpose(2, 0, 1), expected["cost_volume (d,row,col)"])
    assert_summary(matched.left.disparity.astype(np.float64), expected["disparity_left"])
    assert_summary(matched.right.disparity.astype(np.float64), expected["disparity_right"])
