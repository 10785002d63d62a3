"""Views rebuilt from one another: closed forms, and the slow way through `grid_sample`."""

import pytest
import torch
from beartype.roar import BeartypeCallHintParamViolation
from jaxtyping import TypeCheckError
from torch.nn import functional

from wilddepth.geometry.camera import Camera
from wilddepth.geometry.pose import pose_from_axis_angle
from wilddepth.geometry.warp import projected_pixels, warp_by_depth, warp_by_disparity

PADDING = {"replicate": "border", "zeros": "zeros"}


def sampled_slowly(image, x, y, border):
    """The readable reference: scale positions to -1..1 and let torch sample, corners aligned."""
    height, width = image.shape[-2:]
    grid = torch.stack((2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1), dim=-1)[:, 0]
    return functional.grid_sample(image, grid, padding_mode=PADDING[border], align_corners=True)


def pixel_grid(height, width, dtype=torch.float64):
    y, x = torch.meshgrid(torch.arange(height, dtype=dtype), torch.arange(width, dtype=dtype), indexing="ij")
    return x.expand(1, 1, -1, -1), y.expand(1, 1, -1, -1)


def camera(height=32, width=64, batch=1):
    one = torch.ones(batch)
    return Camera(50.0 * one, 55.0 * one, 30.0 * one, 17.0 * one, height=height, width=width)


def motion(*numbers):
    turn, move = torch.tensor([numbers], dtype=torch.float32).split(3, dim=1)
    return pose_from_axis_angle(turn, move)


@pytest.mark.parametrize("border", ["replicate", "zeros"])
def test_zero_disparity_returns_the_same_image(border):
    image = torch.rand(2, 3, 4, 1280)
    rebuilt, inside = warp_by_disparity(image, torch.zeros(2, 1, 4, 1280), border=border)
    torch.testing.assert_close(rebuilt, image, atol=1e-6, rtol=0)
    assert inside.all()


def test_whole_pixel_disparity_is_a_shift():
    image = torch.rand(1, 3, 32, 64)
    rebuilt, inside = warp_by_disparity(image, torch.full((1, 1, 32, 64), 5.0))
    torch.testing.assert_close(rebuilt[..., 5:], image[..., :-5])
    assert not inside[..., :5].any()
    assert inside[..., 5:].all()


def test_columns_outside_repeat_the_edge_or_are_zero():
    image = torch.rand(1, 3, 8, 16) + 1
    disparity = torch.full((1, 1, 8, 16), 5.0)
    repeated, _ = warp_by_disparity(image, disparity)
    torch.testing.assert_close(repeated[..., :5], image[..., :1].expand(-1, -1, -1, 5))
    zeros, _ = warp_by_disparity(image, disparity, border="zeros")
    assert (zeros[..., :5] == 0).all()
    torch.testing.assert_close(zeros[..., 5:], repeated[..., 5:])


def test_half_a_pixel_outside_is_half_of_the_edge_with_zeros():
    image = torch.ones(1, 1, 1, 4)
    rebuilt, inside = warp_by_disparity(image, torch.full((1, 1, 1, 4), 0.5), border="zeros")
    torch.testing.assert_close(rebuilt[0, 0, 0], torch.tensor([0.5, 1.0, 1.0, 1.0]))
    assert inside[0, 0, 0].tolist() == [False, True, True, True]


def test_negative_disparity_samples_to_the_right():
    image = torch.rand(1, 2, 4, 16)
    rebuilt, inside = warp_by_disparity(image, torch.full((1, 1, 4, 16), -3.0))
    torch.testing.assert_close(rebuilt[..., :-3], image[..., 3:])
    assert inside[..., :-3].all()
    assert not inside[..., -3:].any()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("border", ["replicate", "zeros"])
def test_agrees_with_grid_sample(border, layout):
    image = torch.rand(2, 5, 6, 24, dtype=torch.float64).contiguous(memory_format=layout)
    disparity = 40 * torch.rand(2, 1, 6, 24, dtype=torch.float64) - 15
    x, y = pixel_grid(6, 24)
    rebuilt, _ = warp_by_disparity(image, disparity, border=border)
    torch.testing.assert_close(rebuilt, sampled_slowly(image, x - disparity, y.expand_as(disparity), border))
    assert rebuilt.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("border", ["replicate", "zeros"])
def test_gradients_agree_with_grid_sample(border):
    image = torch.rand(1, 3, 6, 24, dtype=torch.float64, requires_grad=True)
    disparity = (40 * torch.rand(1, 1, 6, 24, dtype=torch.float64) - 15).requires_grad_()
    x, y = pixel_grid(6, 24)
    weight = torch.rand(1, 3, 6, 24, dtype=torch.float64)
    ours = torch.autograd.grad(
        (warp_by_disparity(image, disparity, border=border)[0] * weight).sum(), (image, disparity)
    )
    slow = torch.autograd.grad((sampled_slowly(image, x - disparity, y, border) * weight).sum(), (image, disparity))
    torch.testing.assert_close(ours, slow)


@pytest.mark.parametrize("border", ["replicate", "zeros"])
def test_can_be_differentiated_twice(border):
    image = torch.rand(1, 2, 2, 6, dtype=torch.float64, requires_grad=True)
    disparity = (torch.rand(1, 1, 2, 6, dtype=torch.float64) * 0.8 + 1.1).requires_grad_()

    def rebuilt(image, disparity):
        return warp_by_disparity(image, disparity, border=border)[0]

    assert torch.autograd.gradcheck(rebuilt, (image, disparity))
    assert torch.autograd.gradgradcheck(rebuilt, (image, disparity))


def test_half_precision_keeps_whole_columns():
    """In bfloat16 there is no column 301: positions must not be computed in the precision of the network."""
    image = torch.rand(1, 1, 1, 400).bfloat16()
    rebuilt, _ = warp_by_disparity(image, torch.full((1, 1, 1, 400), 1.0).bfloat16())
    torch.testing.assert_close(rebuilt[..., 1:], image[..., :-1], atol=0, rtol=0)


def test_unknown_disparity_is_nan_and_not_inside():
    disparity = torch.zeros(1, 1, 2, 8)
    disparity[..., 3] = torch.nan
    rebuilt, inside = warp_by_disparity(torch.rand(1, 3, 2, 8), disparity)
    assert rebuilt[..., 3].isnan().all()
    assert rebuilt.isfinite().sum() == 3 * 2 * 7
    assert inside.logical_not().nonzero()[:, -1].tolist() == [3, 3]


def test_far_and_infinite_disparities_stay_finite():
    disparity = torch.tensor([1e30, -1e30, torch.inf, -torch.inf]).view(1, 1, 1, 4)
    rebuilt, inside = warp_by_disparity(torch.rand(1, 3, 1, 4), disparity)
    assert rebuilt.isfinite().all()
    assert not inside.any()


def test_shape_annotations_are_checked():
    with pytest.raises((TypeCheckError, BeartypeCallHintParamViolation)):
        warp_by_disparity(torch.rand(1, 3, 32, 64), torch.zeros(1, 32, 64))


@pytest.mark.parametrize("border", ["replicate", "zeros"])
def test_zero_motion_returns_the_same_image(border):
    image, depth = torch.rand(2, 3, 192, 640), torch.rand(2, 1, 192, 640) * 80 + 0.5
    same = camera(192, 640, batch=2)
    rebuilt, inside = warp_by_depth(image, depth, same, same, torch.eye(4).expand(2, -1, -1), border=border)
    torch.testing.assert_close(rebuilt, image, atol=1e-6, rtol=0)
    assert inside.all()


def test_motion_along_x_is_a_disparity():
    """A neighbour half a metre to the right sees a plane at 5 m moved left by f B / Z = 5 px."""
    image, depth = torch.rand(1, 3, 32, 64), torch.full((1, 1, 32, 64), 5.0)
    by_depth, inside = warp_by_depth(image, depth, camera(), camera(), motion(0, 0, 0, -0.5, 0, 0))
    by_disparity, inside_row = warp_by_disparity(image, torch.full((1, 1, 32, 64), 5.0))
    torch.testing.assert_close(by_depth, by_disparity, atol=1e-4, rtol=0)
    assert (inside == inside_row)[..., 6:].all()


def test_a_camera_with_another_centre_and_focal_length_sees_the_crop_of_a_resized_image():
    """No motion: only the intrinsics differ, as after Camera.resized and Camera.cropped."""
    window = camera().resized(64, 128).cropped(10, 20, 32, 64)
    depth = torch.rand(1, 1, 32, 64) + 1
    x, y, in_front = projected_pixels(depth, camera(), window, torch.eye(4)[None])
    column, row = pixel_grid(32, 64, torch.float32)
    torch.testing.assert_close(x, (column + 0.5) * 2 - 0.5 - 20)
    torch.testing.assert_close(y, (row + 0.5) * 2 - 0.5 - 10)
    assert in_front.all()


@pytest.mark.parametrize("border", ["replicate", "zeros"])
def test_depth_warp_agrees_with_projection_matrices_and_grid_sample(border):
    torch.manual_seed(0)
    target, other = camera(16, 24), Camera.single(40.0, 44.0, 14.0, 9.0, 20, 30)
    depth = torch.rand(1, 1, 16, 24).double() * 4 + 3
    pose = motion(0.03, -0.05, 0.02, 0.2, -0.1, 0.3)
    image = torch.rand(1, 3, 20, 30).double()
    column, row = pixel_grid(16, 24)
    rays = torch.stack(((column - 30) / 50, (row - 17) / 55, torch.ones_like(row)), dim=-1)
    points = (rays * depth.unsqueeze(-1)) @ pose[0, :3, :3].double().T + pose[0, :3, 3].double()
    x = 40 * points[..., 0] / points[..., 2] + 14
    y = 44 * points[..., 1] / points[..., 2] + 9
    rebuilt, inside = warp_by_depth(image, depth, target, other, pose, border=border)
    torch.testing.assert_close(rebuilt, sampled_slowly(image, x, y, border), atol=1e-6, rtol=0)
    assert (inside == ((x >= 0) & (x <= 29) & (y >= 0) & (y <= 19))).all()
    assert inside.any()
    assert not inside.all()


def test_infinite_depth_only_turns():
    depth = torch.full((1, 1, 32, 64), torch.inf)
    image = torch.rand(1, 3, 32, 64)
    rebuilt, inside = warp_by_depth(image, depth, camera(), camera(), motion(0, 0, 0, 1.0, 2.0, 3.0))
    torch.testing.assert_close(rebuilt, image, atol=1e-6, rtol=0)
    assert inside.all()


def test_points_behind_the_neighbour_and_unknown_depth_are_not_inside():
    depth = torch.full((1, 1, 32, 64), 5.0)
    depth[..., :10], depth[..., 10:20], depth[..., 20:30] = 1.0, torch.nan, -5.0
    _, inside = warp_by_depth(torch.rand(1, 3, 32, 64), depth, camera(), camera(), motion(0, 0, 0, 0, 0, -2.0))
    assert not inside[..., :30].any()
    assert inside[:, :, 16:18, 30:33].all()


def test_depth_warp_can_be_differentiated_twice():
    torch.manual_seed(1)
    small = Camera.single(6.0, 6.0, 1.6, 1.7, 3, 4)
    image = torch.rand(1, 1, 3, 4, dtype=torch.float64, requires_grad=True)
    depth = (torch.rand(1, 1, 3, 4, dtype=torch.float64) + 2).requires_grad_()
    turn = torch.tensor([[0.01, 0.02, -0.015]], dtype=torch.float64, requires_grad=True)
    move = torch.tensor([[0.13, 0.11, 0.07]], dtype=torch.float64, requires_grad=True)

    def rebuilt(image, depth, turn, move):
        return warp_by_depth(image, depth, small, small, pose_from_axis_angle(turn, move))[0]

    assert torch.autograd.gradcheck(rebuilt, (image, depth, turn, move))
    assert torch.autograd.gradgradcheck(rebuilt, (image, depth, turn, move), fast_mode=True)


def test_cameras_of_another_size_are_refused():
    image, depth = torch.rand(1, 3, 32, 64), torch.ones(1, 1, 32, 64)
    with pytest.raises(ValueError, match="64 px wide"):
        warp_by_depth(image, depth, camera(16, 32), camera(), torch.eye(4)[None])
    with pytest.raises(ValueError, match="64 px wide"):
        warp_by_depth(image, depth, camera(), camera(16, 32), torch.eye(4)[None])
