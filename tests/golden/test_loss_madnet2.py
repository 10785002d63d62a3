"""Against the pre-training loss of the published MADNet 2, and its losses by proxies."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from wilddepth.losses.pyramid import sum_l1_levels
from wilddepth.losses.regression import confidence_weighted_l1, masked_mean_l1, masked_sum_l1

ORACLE = json.loads((Path(__file__).parent / "loss_madnet2" / "cases.json").read_text())
WEIGHTS = {2: 0.005, 3: 0.01, 4: 0.02, 5: 0.08}  # the published code leaves level 6 out


@pytest.fixture(params=ORACLE["cases"], ids=lambda case: case["name"])
def case(request):
    return request.param


def grid(case):
    return np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]].astype(np.float64)


def truth(case):
    y, x = grid(case)
    return torch.from_numpy(10 + 6 * np.sin(0.05 * x) * np.cos(0.04 * y))[None, None]


def heads(case):
    """Level 2..6 -> V at the resolution of the level."""
    levels = {}
    for k in range(2, 7):
        row, column = np.mgrid[: case["inputs"]["h"] >> k, : case["inputs"]["w"] >> k].astype(np.float64)
        levels[k] = torch.from_numpy(-(0.5 + 0.2 * np.sin(0.3 * column) * np.cos(0.2 * row)))[None, None]
    return levels


def enlarged(case):
    """The heads at full size, finest first, px."""
    return [-20 * functional.interpolate(values, scale_factor=2**k) for k, values in heads(case).items()]


def proxy(case):
    """A proxy, and where it teaches."""
    y, x = grid(case)
    return truth(case) + torch.from_numpy(1.5 * np.sin(0.2 * x)), torch.from_numpy((x + 2 * y) % 3 != 0)[None, None]


def test_the_training_loss(case):
    target = truth(case)
    found = sum_l1_levels(heads(case), target, torch.ones_like(target, dtype=torch.bool), WEIGHTS)
    np.testing.assert_allclose(float(found), case["expected"]["training_loss"], rtol=1e-6)


def test_the_sum_of_the_distances_to_a_proxy_of_every_head(case):
    found = [0.001 * masked_sum_l1(head, *proxy(case)) / 20 for head in enlarged(case)]
    np.testing.assert_allclose(found, case["expected"]["full++_per_head"], rtol=1e-6)
    np.testing.assert_allclose(sum(found), case["expected"]["full++"], rtol=1e-6)


@pytest.mark.parametrize("head", [0, 4])
def test_the_mean_distance_to_a_proxy_of_one_head(case, head):
    prediction, (target, valid) = enlarged(case)[head], proxy(case)
    expected = case["expected"][f"mad++_head{head}"]
    np.testing.assert_allclose(masked_mean_l1(prediction, target, valid), expected, rtol=1e-6)
    # the same as a label that is sure where it teaches and says nothing elsewhere
    found = confidence_weighted_l1(prediction, torch.where(valid, target, torch.nan), torch.ones_like(target))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
