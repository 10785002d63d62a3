"""Against the pre-training loss of the published MADNet 2."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.losses.pyramid import sum_l1_levels

ORACLE = json.loads((Path(__file__).parent / "loss_madnet2" / "cases.json").read_text())
WEIGHTS = {2: 0.005, 3: 0.01, 4: 0.02, 5: 0.08}  # the published code leaves level 6 out


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["name"])
def test_the_training_loss(case):
    height, width = case["inputs"]["h"], case["inputs"]["w"]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    target = torch.from_numpy(10 + 6 * np.sin(0.05 * x) * np.cos(0.04 * y))[None, None]
    levels = {}
    for k in range(2, 7):
        row, column = np.mgrid[: height >> k, : width >> k].astype(np.float64)
        levels[k] = torch.from_numpy(-(0.5 + 0.2 * np.sin(0.3 * column) * np.cos(0.2 * row)))[None, None]
    found = sum_l1_levels(levels, target, torch.ones_like(target, dtype=torch.bool), WEIGHTS)
    np.testing.assert_allclose(float(found), case["expected"]["training_loss"], rtol=1e-6)
