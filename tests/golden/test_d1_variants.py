"""Against the D1 / bad3 lines of five published scripts, on one table and one field of noise."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.metrics import score
from wilddepth.truth import Truth

CASES = json.loads((Path(__file__).parent / "d1_variants" / "cases.json").read_text())["cases"]
BY_NAME = {case["name"]: case for case in CASES}
TRUTHS = np.array([0, 10, 20, 59.5, 64, 80.5, 96, 128])
ERRORS = np.array([0, 2.75, 3, 3.25, 4.75, 6.5, -3, -3.5, -10])
# script in the table -> (our protocol, our metric, factor to percent) of each of its numbers
SCRIPTS = {
    "rtsa_online": {"epe": ("rtsa-online", "epe", 1), "bad3_fraction": ("rtsa-online", "d1_all", 100)},
    "l2a_kittiEval_False": {"epe": ("l2a", "epe", 1), "bad_fraction": ("l2a", "bad3", 100)},
    "l2a_kittiEval_True": {"epe": ("l2a", "epe", 1), "bad_fraction": ("l2a", "d1_all", 100)},
    "tpami_continual": {"d1_percent": ("tpami", "d1_all", 1), "epe": ("tpami", "epe", 1)},
    "monodepth1": {"d1_percent": ("monodepth", "d1_all", 1)},
    "fedstereo": {"bad3_percent": ("fedstereo", "d1_all", 1), "epe": ("fedstereo", "epe", 1)},
}


def hash_uniform(stream, index):
    """The hash that the golden numbers were made with: 32-bit words to [0, 1)."""
    word = (index.astype(np.uint64) + np.uint64(1000003 * stream)) % np.uint64(2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = ((word ^ (word >> np.uint64(shift))) * np.uint64(factor)) % np.uint64(2**32)
    return (word ^ (word >> np.uint64(16))).astype(np.float64) / 2**32


def maps(case):
    y, x = np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]
    if case["name"] == "d1_table":
        true = TRUTHS[x % 8]
        return true + ERRORS[(x // 8 + 3 * y) % 9], true
    index = y * case["inputs"]["w"] + x
    first, second = hash_uniform(41, index), hash_uniform(42, index)
    true = np.where(first < 0.7, np.round(first * 180 * 256) / 256, 0.0)
    return true + np.round((second - 0.5) * 20 * 256) / 256, true


def score_of(case, protocol):
    predicted, true = (torch.tensor(each, dtype=torch.float32)[None, None] for each in maps(case))
    return score(protocol, predicted, Truth(disparity=true, valid=true > 0)).images[0]


def test_every_case_and_script_is_walked():
    assert list(BY_NAME) == ["d1_table", "d1_hash"]
    for case in CASES:
        assert set(case["expected"]) == {*SCRIPTS, "valid_pixels"}
        assert sum(len(numbers) for numbers in SCRIPTS.values()) == 11


def test_the_hash_is_the_one_that_was_used():
    stated = [0.792172187706, 0.160026257858, 0.294401026797]
    assert hash_uniform(1, np.arange(3)) == pytest.approx(stated, abs=1e-12)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("name", BY_NAME)
def test_each_script_is_reproduced_by_its_protocol(name, script):
    expected = BY_NAME[name]["expected"][script]
    assert set(expected) == set(SCRIPTS[script])
    for key, (protocol, metric, factor) in SCRIPTS[script].items():
        assert score_of(BY_NAME[name], protocol)[metric] == pytest.approx(factor * expected[key], rel=1e-6), key


@pytest.mark.parametrize("name", BY_NAME)
def test_the_same_pixels_are_scored(name):
    for protocol in ("rtsa-online", "l2a", "tpami", "monodepth", "fedstereo", "kitti2015"):
        assert score_of(BY_NAME[name], protocol)["scored_pixels"] == BY_NAME[name]["expected"]["valid_pixels"]
