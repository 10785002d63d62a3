"""Against the AUSE and AURG of mono-uncertainty (50 intervals), on its three kinds of error."""

import json
from pathlib import Path

import numpy as np
import pytest

from wilddepth.metrics.confidence import sparsification

CASES = json.loads((Path(__file__).parent / "sparsification_mono_uncertainty" / "cases.json").read_text())["cases"]
BY_NAME = {case["name"]: case for case in CASES}


def hash_uniform(stream, count):
    """The hash that the golden numbers were made with: 32-bit words to [0, 1)."""
    word = (np.arange(count, dtype=np.uint64) + np.uint64(1000003 * stream)) % np.uint64(2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = ((word ^ (word >> np.uint64(shift))) * np.uint64(factor)) % np.uint64(2**32)
    return (word ^ (word >> np.uint64(16))).astype(np.float64) / 2**32


def depths(inputs):
    """Truth and prediction, m."""
    count = inputs["N"]
    true = 3 + 70 * hash_uniform(31, count)
    wave = (2 * hash_uniform(32, count) - 1) * (1 + np.sin(0.01 * np.arange(count))) / 1.5
    return true, true * np.exp(inputs["a"] * wave)


def uncertainty(inputs, relative):
    if inputs["b"] == "const":
        return np.full_like(relative, 0.5)
    if inputs["b"] is None:
        return relative
    return inputs["b"] * relative + 0.1 * hash_uniform(33, inputs["N"])


def test_every_case_is_walked():
    assert len(CASES) == 4
    assert all(set(case["expected"]) == {"abs_rel", "rmse", "a1"} for case in CASES)


@pytest.mark.parametrize("metric", ["abs_rel", "rmse", "a1"])
@pytest.mark.parametrize("name", BY_NAME)
def test_areas(name, metric):
    inputs, expected = BY_NAME[name]["inputs"], BY_NAME[name]["expected"][metric]
    true, predicted = depths(inputs)
    relative = np.abs(true - predicted) / true
    ratio = np.maximum(true / predicted, predicted / true)
    error, best = {
        "abs_rel": (relative, None),
        "rmse": (np.abs(true - predicted), None),
        "a1": ((ratio >= 1.25).astype(np.float64), ratio),
    }[metric]
    reduce = "rms" if metric == "rmse" else "mean"
    areas = sparsification(error, uncertainty(inputs, relative), reduce=reduce, best=best)
    assert areas.ause == pytest.approx(expected["ause"], rel=1e-6, abs=1e-9)
    assert areas.aurg == pytest.approx(expected["aurg"], rel=1e-6, abs=1e-9)
