"""Against monodepth2's DSSIM (reflected border), its mixture with L1, and its smoothness."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.losses.photometric import dssim_map, photometric_map
from wilddepth.losses.smoothness import edge_aware_smoothness

CASES = json.loads((Path(__file__).parent / "monodepth2_ssim_smooth_disp" / "cases.json").read_text())["cases"]


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def grid(case):
    return np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]


def image(case, step=0):
    y, x = grid(case)
    shift = case["inputs"]["shift"]
    return np.stack([0.5 + 0.5 * np.sin(0.05 * (x + step) * c + 0.07 * y + shift) for c in (1, 2, 3)])


def hash_uniform(stream, index):
    """The hash that the golden numbers were made with: 32-bit words to [0, 1)."""
    word = (index.astype(np.uint64) + np.uint64(1000003 * stream)) % np.uint64(2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = ((word ^ (word >> np.uint64(shift))) * np.uint64(factor)) % np.uint64(2**32)
    return (word ^ (word >> np.uint64(16))).astype(np.float64) / 2**32


def views(case):
    first = image(case)
    if case["name"] == "ssim_constant":
        return torch.full((1, *first.shape), 0.3).double(), torch.full((1, *first.shape), 0.5).double()
    if case["name"] == "ssim_noise":
        noise = hash_uniform(77, np.arange(first.size)).reshape(first.shape)
        second = np.clip(first + 0.3 * (noise - 0.5), 0, 1)
    else:
        second = image(case, step=4)
    return torch.from_numpy(first)[None], torch.from_numpy(second)[None]


def test_dssim_map(case):
    expected = case["expected"]["ssim_loss_map"]
    found = dssim_map(*views(case))
    assert list(found.shape) == expected["shape"]
    index, values = zip(*expected["samples"], strict=True)
    torch.testing.assert_close(found.flatten()[list(index)], torch.tensor(values).double(), rtol=1e-5, atol=1e-7)
    assert found.mean().item() == pytest.approx(case["expected"]["ssim_loss_mean"], rel=1e-6)
    assert found.std(correction=0).item() == pytest.approx(expected["std"], rel=1e-6)


def test_photometric_error(case):
    found = photometric_map(*views(case)).mean().item()
    assert found == pytest.approx(case["expected"]["photometric_error_mean"], rel=1e-6)


@pytest.mark.parametrize(("name", "normalised"), [("smooth_raw", False), ("smooth_mean_normalised", True)])
def test_smoothness(case, name, normalised):
    y, x = grid(case)
    disparity = torch.from_numpy(0.3 + 0.2 * np.sin(0.2 * x) * np.cos(0.15 * y))[None, None]
    found = edge_aware_smoothness(disparity, views(case)[0], mean_normalised=normalised).item()
    assert found == pytest.approx(case["expected"][name], rel=1e-6)
