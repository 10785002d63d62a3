"""Against Middlebury's evaldisp (C++): shares to 1e-6, averages to 1e-4 (its sums are 32 bits wide).

Its "bad" counts estimated pixels only and divides by all; ours is its "total bad", which adds the missing ones.
"""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from wilddepth.formats.pfm import read_pfm
from wilddepth.metrics import score
from wilddepth.metrics.protocols import protocol
from wilddepth.truth import Truth

FOLDER = Path(__file__).parent / "middlebury_evaldisp"
CASES = {case["name"]: case for case in json.loads((FOLDER / "cases.json").read_text())["cases"]}
SETS = {"all": "middlebury", "masked_nonocc": "middlebury-noc"}


def test_every_case_is_walked():
    assert len(CASES) == 4
    assert all(set(case["expected"]) == set(SETS) for case in CASES.values())


def tensor(values):
    return torch.from_numpy(np.ascontiguousarray(values))[None, None]


def row_of(case, which):
    files = case["files"]
    true = read_pfm(FOLDER / files["gt"])
    mask = cv2.imread(str(FOLDER / files["mask"]), cv2.IMREAD_UNCHANGED)
    truth = Truth(disparity=tensor(true), valid=tensor(np.isfinite(true)), occluded=tensor(mask != 255))
    factor = case["size_hw_gt"][0] // case["size_hw_est"][0]
    rule = replace(
        protocol(SETS[which]), clip_disparity=float(case["max_disp"] * factor), round_disparity=bool(case["round"])
    )
    return score(rule, tensor(read_pfm(FOLDER / files["est"])), truth).images[0], true.size


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("name", CASES)
def test_bad_invalid_and_average(name, which):
    case = CASES[name]
    expected = case["expected"][which]
    row, pixels = row_of(case, which)
    total = row[f"bad{case['bad_threshold']:g}"]
    invalid = 100 - row["density"]
    assert total == pytest.approx(expected["total_bad_percent"], rel=1e-6)
    assert invalid == pytest.approx(expected["invalid_percent"], rel=1e-6)
    assert total - invalid == pytest.approx(expected["bad_percent"], rel=1e-6)
    assert 100 * row["scored_pixels"] / pixels == pytest.approx(expected["evaluated_percent_of_image"], rel=1e-6)
    assert row["epe"] == pytest.approx(expected["avg_err"], rel=1e-4)
