"""Rigid motions: closed forms, round trips, kornia."""

import math

import pytest
import torch
from kornia.geometry.liegroup import Se3, So3

from wilddepth.geometry.pose import (
    axis_angle_from_rotation,
    composed,
    inverted,
    pose_from_axis_angle,
    pose_from_twist,
    rotation_from_axis_angle,
    transformed,
    twist_from_pose,
)


def twists(count=32, angle=3.0, seed=0):
    """Random velocities; rotations up to `angle`."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(count, 6, generator=generator, dtype=torch.float64)
    turn = values[:, 3:]
    size = torch.rand(count, 1, generator=generator, dtype=torch.float64) * angle
    return torch.cat((values[:, :3], turn / turn.norm(dim=-1, keepdim=True) * size), dim=-1)


def test_a_quarter_turn_about_the_optical_axis():
    """x (right) becomes y (down)."""
    rotation = rotation_from_axis_angle(torch.tensor([[0.0, 0.0, math.pi / 2]]))
    expected = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    torch.testing.assert_close(rotation, expected, atol=1e-6, rtol=0)


def test_no_motion_is_exactly_the_identity():
    assert (pose_from_twist(torch.zeros(1, 6)) == torch.eye(4)).all()
    assert (twist_from_pose(torch.eye(4)[None]) == 0).all()


def test_poses_chain_by_name():
    a_from_b, b_from_c = pose_from_twist(twists(4)), pose_from_twist(twists(4, seed=1))
    points_c = torch.rand(4, 5, 3, dtype=torch.float64)
    in_two_steps = transformed(transformed(points_c, b_from_c), a_from_b)
    torch.testing.assert_close(transformed(points_c, composed(a_from_b, b_from_c)), in_two_steps)
    torch.testing.assert_close(composed(a_from_b, b_from_c), a_from_b @ b_from_c)


def test_nothing_to_compose_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        composed()


def test_a_pose_times_its_inverse_is_the_identity():
    pose = pose_from_twist(twists())
    identity = torch.eye(4, dtype=torch.float64).expand(32, -1, -1)
    torch.testing.assert_close(pose @ inverted(pose), identity)
    torch.testing.assert_close(pose_from_twist(-twists()), inverted(pose))


def test_axis_angle_pose_takes_the_translation_as_it_is():
    pose = pose_from_axis_angle(torch.tensor([[0.3, 0.2, 0.1]]), torch.tensor([[1.0, 2.0, 3.0]]))
    assert pose[0, :3, 3].tolist() == [1, 2, 3]
    moved = transformed(torch.zeros(1, 1, 3), pose)
    assert moved.flatten().tolist() == [1, 2, 3]


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-4, 0.3, 0.499, 0.501, 1.5, 3.0, math.pi - 1e-5])
def test_logarithm_undoes_the_exponential(angle):
    twist = twists(8)
    turn = twist[:, 3:] / twist[:, 3:].norm(dim=-1, keepdim=True) * angle
    twist = torch.cat((twist[:, :3], turn), dim=-1)
    torch.testing.assert_close(twist_from_pose(pose_from_twist(twist)), twist, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-0.6, 0.8, 0.0), (0.48, 0.6, 0.64)])
def test_half_turns_have_an_axis(axis):
    """At half a turn the antisymmetric part of the rotation is 0: both signs of the axis are right."""
    turn = torch.tensor([axis], dtype=torch.float64) * math.pi
    found = axis_angle_from_rotation(rotation_from_axis_angle(turn))
    torch.testing.assert_close(rotation_from_axis_angle(found), rotation_from_axis_angle(turn))
    torch.testing.assert_close(found.norm(), torch.tensor(math.pi, dtype=torch.float64))


@pytest.mark.parametrize("angle", [0.01, 0.49, 0.51, 3.0])
def test_single_precision_is_enough_at_any_angle(angle):
    twist = twists(16, angle)
    torch.testing.assert_close(pose_from_twist(twist.float()).double(), pose_from_twist(twist), atol=2e-6, rtol=0)


def test_agrees_with_kornia():
    twist = twists(64)
    torch.testing.assert_close(pose_from_twist(twist), Se3.exp(twist).matrix(), atol=1e-9, rtol=0)
    rotation = rotation_from_axis_angle(twist[:, 3:])
    torch.testing.assert_close(rotation, So3.exp(twist[:, 3:]).matrix(), atol=1e-9, rtol=0)
    log = Se3.from_matrix(pose_from_twist(twist)).log()
    torch.testing.assert_close(twist_from_pose(pose_from_twist(twist)), log, atol=1e-7, rtol=0)


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0])
def test_exponential_and_logarithm_can_be_differentiated_twice(scale):
    twist = (twists(2, 1.0) * scale).requires_grad_()
    assert torch.autograd.gradcheck(pose_from_twist, twist)
    assert torch.autograd.gradgradcheck(pose_from_twist, twist, fast_mode=True)
    assert torch.autograd.gradcheck(lambda twist: twist_from_pose(pose_from_twist(twist)), twist)
    assert torch.autograd.gradgradcheck(lambda twist: twist_from_pose(pose_from_twist(twist)), twist, fast_mode=True)
