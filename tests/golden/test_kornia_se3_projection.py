"""Against kornia's exponential map, its inverse, and projected points."""

import json
from pathlib import Path

import pytest
import torch

from wilddepth.geometry.pose import (
    axis_angle_from_rotation,
    inverted,
    pose_from_twist,
    rotation_from_axis_angle,
    transformed,
    twist_from_pose,
)

CASES = json.loads((Path(__file__).parent / "kornia_se3_projection" / "cases.json").read_text())["cases"]


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def twist(case):
    return torch.tensor([case["inputs"]["upsilon_omega"]], dtype=torch.float64)


def close(found, expected):
    torch.testing.assert_close(found.flatten(), torch.tensor(expected, dtype=torch.float64), rtol=1e-7, atol=1e-8)


def test_exponential_and_inverse(case):
    pose = pose_from_twist(twist(case))
    close(pose, case["expected"]["se3_exp_matrix"])
    close(inverted(pose), case["expected"]["se3_inverse"])
    close(rotation_from_axis_angle(twist(case)[:, 3:]), case["expected"]["axis_angle_rotation"])


def test_logarithm(case):
    pose = pose_from_twist(twist(case))
    close(twist_from_pose(pose), case["expected"]["se3_log"])
    close(axis_angle_from_rotation(pose[:, :3, :3]), case["expected"]["back_to_axis_angle"])


def test_transformed_and_projected_points(case):
    points = torch.tensor([case["inputs"]["points"]], dtype=torch.float64)
    moved = transformed(points, pose_from_twist(twist(case)))
    close(moved, case["expected"]["transformed_points"])
    camera = torch.tensor(case["inputs"]["K"], dtype=torch.float64).view(3, 3)
    pixels = moved @ camera.T
    close(pixels[..., :2] / pixels[..., 2:], case["expected"]["projected_pixels"])
