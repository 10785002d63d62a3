"""Against the losses and the image warp of the published MADNet code (TensorFlow 1.15).

Its huber loss is left out: it tests the signed difference, which we do not copy.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import (
    TargetStatistics,
    dssim_map,
    mean_ssim_l1,
    photometric_map,
    photometric_map_by_definition,
)
from wilddepth.losses.regression import confidence_weighted_l1, huber_map, masked_mean_l1, masked_sum_l1, usable_target

CASES = json.loads((Path(__file__).parent / "loss_rtsa_tf" / "cases.json").read_text())["cases"]
# Samples have 6 digits. In the oracle's float32 a variance is off by 1e-7, beside C2 = 9e-4: 1e-4 of SSIM at worst.
COLOUR, SSIM = {"rtol": 1e-5, "atol": 1e-6}, {"rtol": 1e-4, "atol": 5e-5}


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def pair(case):
    """Left and right colours 0..1, float64; right(x) = left(x + 4)."""
    y, x = np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]
    views = [
        np.stack(
            [0.5 + 0.5 * np.sin(0.05 * (x + step) * (c + 1) + 0.07 * y + case["inputs"]["shift"]) for c in range(3)]
        )
        for step in (0, 4)
    ]
    return [torch.from_numpy(view)[None] for view in views]


def field(case, name):
    """The formulas `a+b*sin(..*x)*cos(..*y)`; the ground truth has holes and far columns."""
    y, x = np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]
    level, amplitude = (float(part) for part in case["inputs"][name].split("*sin")[0].split("+"))
    if name == "disparity":
        values = level + amplitude * np.sin(0.05 * x) * np.cos(0.04 * y)
    else:
        values = level + amplitude * np.sin(0.06 * x) * np.cos(0.04 * y)
        values[y % 3 == 0] = 0
        values[x % 7 == 0] = 250
    return torch.from_numpy(values)[None, None]


def assert_summary(array, expected, **tolerance):
    array = array.detach().double()
    assert list(array.shape) == expected["shape"]
    index, values = zip(*expected["samples"], strict=True)
    found = torch.cat((array.flatten()[list(index)], array.mean().view(1), array.std(correction=0).view(1)))
    wanted = torch.tensor([*values, expected["mean"], expected["std"]], dtype=torch.float64)
    torch.testing.assert_close(found, wanted, **tolerance)


def rebuilt(case):
    left, right = pair(case)
    warped, _ = warp_by_disparity(right, field(case, "disparity"))
    return warped, left


def test_warped_image(case):
    warped, _ = rebuilt(case)
    assert_summary(warped * 255 / 256, case["expected"]["warped"], **COLOUR)


def test_maps(case):
    warped, left = (image * 255 / 256 for image in rebuilt(case))
    assert_summary(dssim_map(warped, left, padding="valid"), case["expected"]["ssim_map"], **SSIM)
    # Channel by channel, since ours is the mean over channels.
    by_channel = [
        photometric_map_by_definition(warped[:, c : c + 1], left[:, c : c + 1], padding="zero") for c in range(3)
    ]
    assert_summary(torch.cat(by_channel, dim=1), case["expected"]["ssim_l1_map"], **SSIM)
    statistics = TargetStatistics.of(left, padding="zero")
    mean = photometric_map(warped, statistics, padding="zero").mean().item()
    assert mean == pytest.approx(case["expected"]["ssim_l1_map"]["mean"], rel=1e-4)


def test_adaptation_loss_and_its_gradient(case):
    left, right = pair(case)
    disparity = field(case, "disparity").requires_grad_()
    warped, _ = warp_by_disparity(right, disparity)
    loss = mean_ssim_l1(warped, left)
    assert loss.item() == pytest.approx(case["expected"]["mean_ssim_l1"], rel=1e-4)
    gradient = torch.autograd.grad(loss, disparity)[0]
    assert_summary(gradient, case["expected"]["grad_wrt_disparity"], rtol=1e-3, atol=2e-9)


def test_both_terms_of_the_adaptation_loss(case):
    warped, left = rebuilt(case)
    assert mean_ssim_l1(warped, left, alpha=1.0).item() == pytest.approx(case["expected"]["mean_ssim"], rel=1e-4)
    assert mean_ssim_l1(warped, left, alpha=0.0).item() == pytest.approx(case["expected"]["mean_l1"], rel=1e-4)


def test_supervised_losses(case):
    prediction, truth = field(case, "disparity"), field(case, "ground_truth")
    valid = usable_target(truth, max_disparity=192.0)
    mean = masked_mean_l1(prediction, truth, valid).item()
    assert mean == pytest.approx(case["expected"]["supervised_mean_l1_max192"], rel=1e-5)
    total = masked_sum_l1(prediction, truth, valid).item()
    assert total == pytest.approx(case["expected"]["supervised_sum_l1_max192"], rel=1e-5)
    # half a square is what huber is below its threshold, which is far away here
    half = huber_map(prediction, torch.where(valid, truth, torch.nan), delta=1e3).sum() / valid.sum()
    assert 2 * half.item() == pytest.approx(case["expected"]["supervised_mean_l2_max192"], rel=1e-5)


def test_proxy_loss(case):
    """A proxy counts where it lies in 0..192, both excluded; the published loss is a hundredth of the mean."""
    prediction, proxy = field(case, "disparity"), field(case, "ground_truth")
    label = torch.where((proxy > 0) & (proxy < 192), proxy, torch.nan)
    mean = confidence_weighted_l1(prediction, label, torch.ones_like(proxy)).item()
    assert 0.01 * mean == pytest.approx(case["expected"]["proxy_loss"], rel=1e-5)
