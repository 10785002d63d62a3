"""Disparity to depth and back, end to end with unequal principal points."""

import pytest
import torch

from wilddepth.geometry.camera import Camera
from wilddepth.geometry.disparity import depth_from_disparity, disparity_from_depth, needed_shift, shift_columns
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample

HEIGHT, WIDTH, FOCAL, BASELINE = 24, 96, 60.0, 0.4


def camera(height=32, width=64):
    return Camera.single(50.0, 50.0, 31.5, 15.5, height, width)


def test_depth_of_a_known_pair():
    depth = depth_from_disparity(torch.full((1, 1, 32, 64), 5.0), camera(), torch.tensor([0.5]))
    torch.testing.assert_close(depth, torch.full_like(depth, 5.0))  # 50 px * 0.5 m / 5 px


def test_depth_does_not_depend_on_the_resolution():
    full = depth_from_disparity(torch.full((1, 1, 32, 64), 5.0), camera(), torch.tensor([0.5]))
    half = depth_from_disparity(torch.full((1, 1, 16, 32), 2.5), camera().resized(16, 32), torch.tensor([0.5]))
    torch.testing.assert_close(full[..., ::2, ::2], half)


def test_every_image_of_a_batch_has_its_own_camera_and_baseline():
    two = Camera(torch.tensor([50.0, 100.0]), torch.ones(2), torch.zeros(2), torch.zeros(2), height=2, width=2)
    depth = depth_from_disparity(torch.full((2, 1, 2, 2), 5.0), two, torch.tensor([0.5, 2.0]))
    assert depth[:, 0, 0, 0].tolist() == [5, 40]


@pytest.mark.parametrize("convert", [depth_from_disparity, disparity_from_depth])
def test_camera_of_another_size_is_refused(convert):
    with pytest.raises(ValueError, match=r"32 px wide .* 64 px by"):
        convert(torch.ones(1, 1, 16, 32), camera(), torch.ones(1))


def test_small_disparity_is_raised_so_that_depth_stays_finite():
    disparity = torch.tensor([0.0, -3.0, torch.nan, 5.0]).view(1, 1, 1, 4)
    depth = depth_from_disparity(disparity, camera(1, 4), torch.tensor([0.5]), min_disparity=0.5).flatten()
    assert depth[:2].tolist() == [50, 50]
    assert depth[2].isnan()
    assert depth[3] == 5


def test_points_at_infinity_have_minus_doffs():
    disparity = disparity_from_depth(
        torch.full((1, 1, 32, 64), torch.inf), camera(), torch.tensor([0.5]), doffs=torch.tensor([7.0])
    )
    assert (disparity == -7).all()


@pytest.mark.parametrize("doffs", [0.0, 9.0, -4.0])
def test_depth_and_disparity_undo_each_other(doffs):
    depth = torch.rand(1, 1, 32, 64, dtype=torch.float64) * 50 + 1
    offset = torch.tensor([doffs])
    disparity = disparity_from_depth(depth, camera(), torch.tensor([0.5]), doffs=offset)
    torch.testing.assert_close(depth_from_disparity(disparity, camera(), torch.tensor([0.5]), doffs=offset), depth)


def rendered_plane(doffs):
    """A slanted, textured plane seen by two cameras whose principal points differ: the pair and its exact depth.

    n . P = 1 in the coordinates of the left camera; a pixel's depth is 1 / (n . ray).
    """
    left_camera = Camera.single(FOCAL, FOCAL, 45.0, 11.0, HEIGHT, WIDTH)
    right_camera = Camera.single(FOCAL, FOCAL, 45.0 + doffs, 11.0, HEIGHT, WIDTH)
    normal = torch.tensor([0.05, 0.04, 0.28])
    left, depth = seen(left_camera, 0.0, normal)
    right, _ = seen(right_camera, BASELINE, normal)
    return Sample(
        image=left,
        camera=left_camera,
        right=right,
        right_camera=right_camera,
        baseline=torch.tensor([BASELINE]),
    ), depth


def seen(view, position_x, normal):
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    ray_x, ray_y = (x - view.centre_x) / view.focal_x, (y - view.centre_y) / view.focal_y
    depth = (1 - normal[0] * position_x) / (normal[0] * ray_x + normal[1] * ray_y + normal[2])
    across, down = ray_x * depth + position_x, ray_y * depth
    image = torch.stack([0.5 + 0.4 * torch.sin(3 * across + k) * torch.cos(2 * down - k) for k in range(3)])
    return image[None], depth[None, None]


@pytest.mark.parametrize("doffs", [0.0, 12.0, -6.0])
def test_a_rendered_plane_has_the_right_depth_whatever_the_principal_points(doffs):
    sample, depth = rendered_plane(doffs)
    assert sample.doffs().tolist() == [doffs]
    disparity = disparity_from_depth(depth, sample.camera, sample.baseline, doffs=sample.doffs())
    assert (disparity.min() < 0) == (doffs == 12)  # raw disparities are 4.6..8.7 px minus doffs

    # The pictures themselves confirm the raw disparity: no other number of pixels rebuilds the left view.
    rebuilt, inside = warp_by_disparity(sample.right, disparity)
    assert inside.float().mean() > 0.8
    error = (rebuilt - sample.image).abs()[inside.expand(-1, 3, -1, -1)]
    assert error.max() < 4e-3
    wrong, inside = warp_by_disparity(sample.right, disparity + 1)
    assert (wrong - sample.image).abs()[inside.expand(-1, 3, -1, -1)].mean() > 10 * error.mean()

    prediction = Prediction(disparity, Quantity.DISPARITY_PX)
    metres = prediction.depth(sample.camera, sample.baseline, doffs=sample.doffs())
    torch.testing.assert_close(metres, depth, rtol=1e-5, atol=0)


def test_forgetting_the_principal_points_gives_the_wrong_depth():
    sample, depth = rendered_plane(12.0)
    disparity = disparity_from_depth(depth, sample.camera, sample.baseline, doffs=sample.doffs())
    without = Prediction(disparity, Quantity.DISPARITY_PX).depth(sample.camera, sample.baseline)
    assert ((without - depth).abs() > depth).all()


@pytest.mark.parametrize("shift", [0, 3, -2])
def test_moving_the_right_view_left_adds_to_every_disparity(shift):
    sample, depth = rendered_plane(12.0)
    disparity = disparity_from_depth(depth, sample.camera, sample.baseline, doffs=sample.doffs())
    moved = shift_columns(sample.right, shift)
    rebuilt, inside = warp_by_disparity(moved, disparity + shift)
    filled = torch.arange(WIDTH) - (disparity + shift)
    real = inside & (filled < WIDTH - 1 - max(shift, 0)) & (filled > max(-shift, 0))
    assert real.float().mean() > 0.75
    assert (rebuilt - sample.image).abs()[real.expand(-1, 3, -1, -1)].max() < 4e-3


def test_shifted_columns_repeat_the_edge():
    row = torch.arange(5.0).view(1, 1, 1, 5)
    assert shift_columns(row, 2).flatten().tolist() == [2, 3, 4, 4, 4]
    assert shift_columns(row, -2).flatten().tolist() == [0, 0, 0, 1, 2]
    assert shift_columns(row, 0) is row


@pytest.mark.parametrize(
    "doffs, shift", [([0.0], 0), ([-3.0], 0), ([0.009], 0), ([0.02], 1), ([2.0], 2), ([2.3], 3), ([1.0, 5.5], 6)]
)
def test_the_right_view_moves_by_whole_columns_until_nothing_is_negative(doffs, shift):
    assert needed_shift(torch.tensor(doffs)) == shift


def test_a_shift_is_taken_out_of_a_prediction_again():
    values = torch.full((1, 1, 2, 3), 4.0)
    shifted = Prediction(values, Quantity.DISPARITY_PX, right=values).shifted(torch.tensor([-6.0]))
    assert (shifted.values == -2).all()
    assert (shifted.right == -2).all()
