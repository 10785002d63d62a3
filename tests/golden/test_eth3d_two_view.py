"""Against ETH3D's two-view evaluation (C++): averages to 1e-4 (its sums are 32 bits wide), the rest to 1e-6.

Where no pixel is asked about, the original reports 100 % bad and full coverage (0 of 0); here that is nan.
"""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from wilddepth.formats.pfm import read_pfm
from wilddepth.metrics import score
from wilddepth.truth import Truth

FOLDER = Path(__file__).parent / "eth3d_two_view"
CASES = {case["name"]: case for case in json.loads((FOLDER / "cases.json").read_text())["cases"]}
SETS = {"nonocc": "eth3d-noc", "all": "eth3d"}
EMPTY = ("e08_masked_all", "nonocc")
WALKED = [(name, which) for name in CASES for which in SETS if (name, which) != EMPTY]


def test_every_case_is_walked():
    assert len(CASES) == 6
    assert len(WALKED) == 11


def tensor(values):
    return torch.from_numpy(np.ascontiguousarray(values))[None, None]


def row_of(name, which):
    files = CASES[name]["files"]
    true = read_pfm(FOLDER / files["gt"])
    mask = cv2.imread(str(FOLDER / files["mask"]), cv2.IMREAD_UNCHANGED)
    truth = Truth(disparity=tensor(true), valid=tensor(np.isfinite(true)), occluded=tensor(mask != 255))
    return score(SETS[which], tensor(read_pfm(FOLDER / files["est"])), truth).images[0]


@pytest.mark.parametrize("name, which", WALKED)
def test_bad_pixels_coverage_and_quantiles(name, which):
    expected, row = CASES[name]["expected"][which], row_of(name, which)
    for key, bad in (("bad_0_5", "bad0.5"), ("bad_1_0", "bad1"), ("bad_2_0", "bad2"), ("bad_4_0", "bad4")):
        assert row[bad] == pytest.approx(100 * expected[key], rel=1e-6), key
    assert row["density"] == pytest.approx(100 * expected["coverage"], rel=1e-6)
    for key in ("a50", "a90", "a95", "a99"):
        assert row[key] == pytest.approx(float(expected[key]), rel=1e-6), key


@pytest.mark.parametrize("name, which", WALKED)
def test_average_and_root_mean_square(name, which):
    expected, row = CASES[name]["expected"][which], row_of(name, which)
    assert row["epe"] == pytest.approx(float(expected["avgerr"]), rel=1e-4)
    assert row["rmse"] == pytest.approx(float(expected["rms"]), rel=1e-4)


def test_an_image_without_any_pixel_to_score_is_nan_on_purpose():
    row = row_of(*EMPTY)
    assert row["valid_pixels"] == 0
    assert all(math.isnan(row[key]) for key in ("bad1", "epe", "density", "a50"))
