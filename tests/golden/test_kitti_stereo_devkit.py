"""Against the C++ development kits of KITTI 2012 and 2015: counts exactly, reals to 1e-6.

k07 holds errors of exactly 5 %, which the kit counts because it divides in 32 bits.
"""

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from wilddepth.formats.disparity_png import read_kitti_disparity
from wilddepth.metrics import score
from wilddepth.metrics.fill import fill_background
from wilddepth.metrics.protocols import protocol
from wilddepth.truth import Truth

FOLDER = Path(__file__).parent / "kitti_stereo_devkit"
CASES = json.loads((FOLDER / "cases.json").read_text())["cases"]
BY_NAME = {case["name"]: case for case in CASES}
REAL = 1e-6


def test_every_case_is_walked():
    assert len(CASES) == 8
    assert all({"noc", "occ"} == {key[-3:] for key in case["expected"] if key[:5] == "kitti"} for case in CASES)


def tensor(values):
    return torch.from_numpy(np.ascontiguousarray(values))[None, None]


def estimate(case):
    return read_kitti_disparity(FOLDER / case["files"]["est"])


def truth(case, which):
    disparity = read_kitti_disparity(FOLDER / case["files"][f"gt_{which}"])
    cars = cv2.imread(str(FOLDER / case["files"]["obj_map"]), cv2.IMREAD_UNCHANGED) > 0
    return Truth(
        disparity=tensor(np.nan_to_num(disparity)), valid=tensor(np.isfinite(disparity)), foreground=tensor(cars)
    )


def row_of(name, case, which, **changes):
    return score(replace(protocol(name), **changes), tensor(estimate(case)), truth(case, which)).images[0]


def counted(row, part, pixels):
    """Outliers from their percentage: must be a whole number."""
    count = row[f"d1_{part}"] * pixels / 100 if pixels else 0.0
    assert count == pytest.approx(round(count), abs=1e-9)
    return round(count)


@pytest.mark.parametrize("which", ["noc", "occ"])
@pytest.mark.parametrize("suffix, missing", [("", "background"), ("_result", "skip")])
@pytest.mark.parametrize("name", BY_NAME)
def test_outliers_and_pixels_of_2015_are_counted_exactly(name, which, suffix, missing):
    case = BY_NAME[name]
    expected = case["expected"][f"kitti2015_{which}"]
    row = row_of("kitti2015", case, which, missing=missing)
    for part, pixels in (("bg", "scored_bg"), ("fg", "scored_fg"), ("all", "scored_pixels")):
        assert row[pixels] == expected[f"pixels_{part}{suffix}"]
        assert counted(row, part, row[pixels]) == expected[f"errors_{part}{suffix}"]


@pytest.mark.parametrize("which", ["noc", "occ"])
@pytest.mark.parametrize("name", BY_NAME)
def test_percentages_and_density_of_2015(name, which):
    case = BY_NAME[name]
    expected = case["expected"][f"kitti2015_{which}"]
    filled = row_of("kitti2015", case, which)
    raw = row_of("kitti2015", case, which, missing="skip")
    assert filled["density"] == pytest.approx(100 * expected["density"], rel=REAL)
    for part in ("bg", "fg", "all"):
        assert filled[f"d1_{part}"] == pytest.approx(expected[f"d1_{part}_percent"], rel=REAL)
        known = expected[f"d1_{part}_est_only_percent"]
        assert raw[f"d1_{part}"] == pytest.approx(math.nan if known is None else known, rel=REAL, nan_ok=True)


@pytest.mark.parametrize("which", ["noc", "occ"])
@pytest.mark.parametrize("name", BY_NAME)
def test_shares_above_one_to_five_px_and_mean_error_of_2012(name, which):
    case = BY_NAME[name]
    expected = case["expected"][f"kitti2012_{which}"]
    filled = row_of("kitti2012", case, which)
    raw = row_of("kitti2012", case, which, missing="skip")
    shares = {
        "out_noc_or_occ_gt_interpolated_fraction_gt_1_to_5px": filled,
        "est_only_fraction_gt_1_to_5px": raw,
    }
    for key, row in shares.items():
        assert [row[f"bad{px}"] for px in range(1, 6)] == pytest.approx([100 * x for x in expected[key]], rel=REAL)
    assert filled["d1_all"] == filled["bad3"]
    assert filled["epe"] == pytest.approx(expected["avg_error_interpolated"], rel=REAL)
    assert raw["epe"] == pytest.approx(expected["avg_error_est_only"], rel=REAL)
    assert filled["density"] == pytest.approx(100 * expected["density"], rel=REAL)


@pytest.mark.parametrize("name", BY_NAME)
def test_holes_are_filled_as_the_kit_fills_them(name):
    case = BY_NAME[name]
    expected = case["expected"]["interpolated_map"]
    filled = fill_background(estimate(case)).astype(np.float64)
    assert filled.sum() == pytest.approx(expected["sum"], rel=REAL)
    np.testing.assert_allclose(filled.sum(axis=1), expected["row_sums"], rtol=REAL)
    np.testing.assert_allclose(filled.sum(axis=0), expected["col_sums"], rtol=REAL)


@pytest.mark.parametrize("which", ["noc", "occ"])
def test_exact_ties_do_not_count_in_64_bits(which):
    case = BY_NAME["k07_thresholds"]
    row = row_of("kitti2015", case, which, outlier_quotient="float64")
    expected = case["expected_if_exact_ties_do_not_count"][f"kitti2015_{which}"]
    assert counted(row, "fg", row["scored_fg"]) == expected["errors_fg"]
    assert counted(row, "all", row["scored_pixels"]) == expected["errors_all"]


@pytest.mark.parametrize("name", BY_NAME)
def test_noc_protocol_takes_the_occluded_pixels_out_of_the_full_truth(name):
    case = BY_NAME[name]
    full, visible = truth(case, "occ"), truth(case, "noc")
    full = replace(full, occluded=full.valid & ~visible.valid)
    assert full.occluded.any()
    rows = [score("kitti2015-noc", tensor(estimate(case)), which).images[0] for which in (full, visible)]
    assert rows[0] == rows[1]


def test_averages_over_a_set_weigh_pixels_in_2015_and_images_in_2012():
    estimates = [BY_NAME[name] for name in ("k01_dense_all", "k02_sparse_gt", "k11_kitti_like")]
    expected = [case["expected"]["kitti2015_occ"] for case in estimates]
    pooled = score_of_set("kitti2015", estimates).mean
    assert pooled["d1_all"] == pytest.approx(
        100 * sum(e["errors_all"] for e in expected) / sum(e["pixels_all"] for e in expected), rel=1e-12
    )
    assert pooled["d1_fg"] == pytest.approx(
        100 * sum(e["errors_fg"] for e in expected) / sum(e["pixels_fg"] for e in expected), rel=1e-12
    )
    errors = [case["expected"]["kitti2012_occ"]["avg_error_interpolated"] for case in estimates]
    assert score_of_set("kitti2012", estimates).mean["epe"] == pytest.approx(np.mean(errors), rel=REAL)


def score_of_set(name, cases):
    scores = [score(name, tensor(estimate(case)), truth(case, "occ")) for case in cases]
    return type(scores[0]).joined(scores)
