"""Against monodepth2's pose matrices and its back-projection and projection of every pixel."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.geometry.camera import Camera
from wilddepth.geometry.pose import inverted, pose_from_axis_angle
from wilddepth.geometry.warp import projected_pixels

CASES = json.loads((Path(__file__).parent / "monodepth2_geometry" / "cases.json").read_text())["cases"]


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def pose(case):
    turn = torch.tensor([case["inputs"]["axisangle"]], dtype=torch.float64)
    move = torch.tensor([case["inputs"]["translation"]], dtype=torch.float64)
    return pose_from_axis_angle(turn, move)


def grid(case, motion):
    """Our projected pixels, scaled to -1..1 as the oracle gives them."""
    height, width = case["inputs"]["h"], case["inputs"]["w"]
    y, x = np.mgrid[:height, :width]
    depth = torch.from_numpy(5 + 2 * np.sin(0.3 * x) + 1.5 * np.cos(0.2 * y))[None, None]
    numbers = (torch.tensor([value]).double() for value in (0.58 * width, 1.92 * height, 0.5 * width, 0.5 * height))
    camera = Camera(*numbers, height=height, width=width)
    column, row, in_front = projected_pixels(depth, camera, camera, motion)
    scaled = torch.stack((2 * column / (width - 1) - 1, 2 * row / (height - 1) - 1), dim=-1)[:, 0]
    return scaled, in_front[:, 0]


def test_pose_matrices(case):
    for found, name in ((pose(case), "T"), (inverted(pose(case)), "T_inverted")):
        expected = torch.tensor(case["expected"][name], dtype=torch.float64)
        # The oracle adds 1e-7 to the angle before it divides by it.
        torch.testing.assert_close(found.flatten(), expected, atol=3e-7, rtol=0)


@pytest.mark.parametrize(("name", "direction"), [("grid", lambda pose: pose), ("grid_inverted", inverted)])
def test_projected_pixels(case, name, direction):
    """Points behind the camera are outside for us, and meaningless numbers for the oracle."""
    scaled, in_front = grid(case, direction(pose(case)))
    expected = case["expected"][name]
    assert list(scaled.shape) == expected["shape"]
    index, values = (torch.tensor(column) for column in zip(*expected["samples"], strict=True))
    if case["name"] == "geo_pi":  # half a turn: everything is behind
        assert not in_front.any()
        return
    assert in_front.float().mean() > 0.6
    seen = in_front.unsqueeze(-1).expand_as(scaled).flatten()[index]
    close = {"atol": 2e-5, "rtol": 2e-4}  # the axis angle's 1e-7, magnified near the camera plane
    torch.testing.assert_close(scaled.flatten()[index][seen], values.double()[seen], **close)
    if case["name"] in ("geo_a", "geo_small_angle"):
        assert in_front.all()
        assert scaled.mean().item() == pytest.approx(expected["mean"], abs=2e-5)
        assert scaled.std(correction=0).item() == pytest.approx(expected["std"], abs=2e-5)
