"""Against kornia's smoothness loss and its warp by depth and pose."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.geometry.camera import Camera
from wilddepth.geometry.pose import pose_from_twist
from wilddepth.geometry.warp import warp_by_depth
from wilddepth.losses.smoothness import edge_aware_smoothness

CASES = json.loads((Path(__file__).parent / "kornia_image_depth" / "cases.json").read_text())["cases"]


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def grid(case):
    return np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]


def view(case, step):
    y, x = grid(case)
    colours = [0.5 + 0.5 * np.sin(0.05 * (x + step) * c + 0.07 * y + case["inputs"]["shift"]) for c in (1, 2, 3)]
    return torch.from_numpy(np.stack(colours))[None]


def test_smoothness(case):
    y, x = grid(case)
    disparity = torch.from_numpy(0.3 + 0.2 * np.sin(0.2 * x) * np.cos(0.15 * y))[None, None]
    found = edge_aware_smoothness(disparity, view(case, 0)).item()
    assert found == pytest.approx(case["expected"]["inverse_depth_smoothness_loss"], rel=1e-6)


def test_warp_by_depth(case):
    height, width = case["inputs"]["h"], case["inputs"]["w"]
    y, x = grid(case)
    depth = torch.from_numpy(5 + 2 * np.sin(0.3 * x) + 1.5 * np.cos(0.2 * y))[None, None]
    numbers = (torch.tensor([value]).double() for value in (0.58 * width, 1.92 * height, 0.5 * width, 0.5 * height))
    camera = Camera(*numbers, height=height, width=width)
    motion = pose_from_twist(torch.tensor([[0.1, -0.05, 0.2, 0.01, -0.02, 0.03]]).double())
    rebuilt, _ = warp_by_depth(view(case, 4), depth, camera, camera, motion, border="zeros")
    expected = case["expected"]["warp_frame_depth"]
    assert list(rebuilt.shape) == expected["shape"]
    index, values = zip(*expected["samples"], strict=True)
    torch.testing.assert_close(rebuilt.flatten()[list(index)], torch.tensor(values).double(), rtol=1e-5, atol=1e-6)
    assert rebuilt.mean().item() == pytest.approx(expected["mean"], rel=1e-7)
    assert rebuilt.std(correction=0).item() == pytest.approx(expected["std"], rel=1e-7)
