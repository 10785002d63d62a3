"""Rigid motions as 4x4 matrices.

A pose `a_from_b` takes coordinates in b to coordinates in a, so that products chain:
`world_from_left @ left_from_right` is `world_from_right`. Camera axes: x right, y down, z forward; lengths in m, angles
in radians.
"""

from math import factorial

import torch
from jaxtyping import Float
from torch import Tensor


def pose_from_twist(twist: Float[Tensor, "b 6"]) -> Float[Tensor, "b 4 4"]:
    """The exponential map of SE(3): constant velocity `twist` for unit time.

    Args:
        twist: translational velocity (m) first, then rotational velocity (axis times angle). The translation of the
            pose is V v with the left Jacobian V, and equals v only where nothing turns.

    Source:
        Barfoot, State Estimation for Robotics, 2017, sec. 7.1.3.
    """
    velocity, axis_angle = twist[:, :3], twist[:, 3:]
    jacobian = _left_jacobian(axis_angle)
    translation = (jacobian @ velocity.unsqueeze(-1)).squeeze(-1)
    return pose_from_rotation(rotation_from_axis_angle(axis_angle), translation)


def twist_from_pose(pose: Float[Tensor, "b 4 4"]) -> Float[Tensor, "b 6"]:
    """The logarithm of SE(3): inverse of `pose_from_twist` for rotations of less than pi."""
    axis_angle = axis_angle_from_rotation(pose[:, :3, :3])
    velocity = torch.linalg.solve(_left_jacobian(axis_angle), pose[:, :3, 3:]).squeeze(-1)
    return torch.cat((velocity, axis_angle), dim=-1)


def pose_from_axis_angle(axis_angle: Float[Tensor, "b 3"], translation: Float[Tensor, "b 3"]) -> Float[Tensor, "b 4 4"]:
    """Rotate by `axis_angle`, then move by `translation` (m), which enters the matrix as it is."""
    return pose_from_rotation(rotation_from_axis_angle(axis_angle), translation)


def pose_from_rotation(rotation: Float[Tensor, "b 3 3"], translation: Float[Tensor, "b 3"]) -> Float[Tensor, "b 4 4"]:
    """The 4x4 matrix of x -> rotation x + translation."""
    last = rotation.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(rotation.shape[0], 1, 4)
    return torch.cat((torch.cat((rotation, translation.unsqueeze(-1)), dim=-1), last), dim=-2)


def inverted(a_from_b: Float[Tensor, "b 4 4"]) -> Float[Tensor, "b 4 4"]:
    """b_from_a of a rigid motion, by transposing its rotation."""
    rotation = a_from_b[:, :3, :3].mT
    return pose_from_rotation(rotation, -(rotation @ a_from_b[:, :3, 3:]).squeeze(-1))


def composed(*poses: Float[Tensor, "b 4 4"]) -> Float[Tensor, "b 4 4"]:
    """The product in reading order: composed(a_from_b, b_from_c) is a_from_c.

    Raises:
        ValueError: without any pose.
    """
    if not poses:
        raise ValueError("composed() needs at least one pose")
    product = poses[0]
    for pose in poses[1:]:
        product = product @ pose
    return product


def transformed(points: Float[Tensor, "b n 3"], a_from_b: Float[Tensor, "b 4 4"]) -> Float[Tensor, "b n 3"]:
    """Points given in b, in coordinates of a; m."""
    return points @ a_from_b[:, :3, :3].mT + a_from_b[:, None, :3, 3]


def rotation_from_axis_angle(axis_angle: Float[Tensor, "b 3"]) -> Float[Tensor, "b 3 3"]:
    """Rodrigues' formula; smooth at angle 0, where it is exactly the identity."""
    cross = _cross_matrix(axis_angle)
    sine, cosine = _falling_series(axis_angle, 1), _falling_series(axis_angle, 2)
    return _identity(axis_angle) + sine * cross + cosine * (cross @ cross)


def axis_angle_from_rotation(rotation: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 3"]:
    """Rotation axis times angle, angle 0..pi; inverse of `rotation_from_axis_angle`.

    It goes through the quaternion, the one of four equal expressions that divides by the largest number, so that it
    holds up to half turns.
    """
    quaternion = _quaternion(rotation)
    real, vector = quaternion[:, :1], quaternion[:, 1:]
    squared = vector.square().sum(-1, keepdim=True)
    small = squared < 1e-8
    length = torch.where(small, torch.ones_like(squared), squared).sqrt()
    # 2 atan(v / w) / v around v = 0, up to v^2.
    series = 2 / real.clamp(min=0.5) * (1 - squared / 3)
    return vector * torch.where(small, series, 2 * torch.atan2(length, real) / length)


def _quaternion(rotation: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 4"]:
    """Unit quaternion, real part first and not negative."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = (row.unbind(-1) for row in rotation.unbind(-2))
    # Row i is 4 q_i q.
    rows = (
        (1 + xx + yy + zz, zy - yz, xz - zx, yx - xy),
        (zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx),
        (xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy),
        (yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz),
    )
    candidates = torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
    largest = candidates.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)
    chosen = candidates[torch.arange(len(rotation), device=rotation.device), largest]
    chosen = chosen / chosen.norm(dim=-1, keepdim=True)
    return torch.where(chosen[:, :1] < 0, -chosen, chosen)


def _left_jacobian(axis_angle: Float[Tensor, "b 3"]) -> Float[Tensor, "b 3 3"]:
    cross = _cross_matrix(axis_angle)
    first, second = _falling_series(axis_angle, 2), _falling_series(axis_angle, 3)
    return _identity(axis_angle) + first * cross + second * (cross @ cross)


def _falling_series(axis_angle: Float[Tensor, "b 3"], start: int) -> Float[Tensor, "b 1 1"]:
    """sum_k (-1)^k a^(2k) / (2k + start)! of the angle a: sin a / a, (1 - cos a) / a^2, (a - sin a) / a^3 for 1, 2, 3.

    Below half a radian by the series itself, to the last digit of float64 and with all its derivatives at 0.
    """
    squared = axis_angle.square().sum(-1).view(-1, 1, 1)
    small = squared < 0.25
    series = _sum_of_powers(torch.where(small, squared, torch.zeros_like(squared)), start)
    angle = torch.where(small, torch.ones_like(squared), squared).sqrt()
    closed = (
        angle.sin() / angle
        if start == 1
        else 2 * (angle / 2).sin().square() / angle**2
        if start == 2
        else (angle - angle.sin()) / angle**3
    )
    return torch.where(small, series, closed)


def _sum_of_powers(squared: Float[Tensor, "b 1 1"], start: int) -> Float[Tensor, "b 1 1"]:
    """The first terms of the series: the eighth is below 1e-15 at half a radian."""
    total = torch.zeros_like(squared)
    for power in reversed(range(7)):  # Horner's rule
        total = (-1) ** power / factorial(2 * power + start) + squared * total
    return total


def _cross_matrix(vector: Float[Tensor, "b 3"]) -> Float[Tensor, "b 3 3"]:
    """The matrix of `vector` x (cross product)."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), dim=-1).view(-1, 3, 3)


def _identity(like: Float[Tensor, "b 3"]) -> Float[Tensor, "3 3"]:
    return torch.eye(3, device=like.device, dtype=like.dtype)
