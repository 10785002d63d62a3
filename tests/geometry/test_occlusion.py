"""The left-right check on scenes whose visibility is known."""

import pytest
import torch

from wilddepth.geometry.occlusion import consistent, left_right_difference, visible_by_disparity


def two_planes(width=40, near=8.0, far=2.0):
    """A near strip (left columns 20..29) before a far wall, in both views; rows are equal."""
    left = torch.full((1, 1, 4, width), far)
    left[..., 20:30] = near
    right = torch.full((1, 1, 4, width), far)
    right[..., 12:22] = near  # 20..29 minus 8
    return left, right


@pytest.mark.parametrize("disparity", [3.0, 2.5, -3.0])
def test_a_plane_agrees_with_itself_wherever_its_match_is_inside(disparity):
    plane = torch.full((1, 1, 4, 20), disparity)
    difference = left_right_difference(plane, plane)
    column = torch.arange(20) - disparity
    inside = (column >= 0) & (column <= 19)
    assert (difference[..., inside] == 0).all()
    assert difference[..., ~inside].isnan().all()
    assert (consistent(plane, plane)[0, 0, 0] == inside).all()


def test_difference_is_in_pixels():
    left, right = torch.full((1, 1, 2, 20), 4.0), torch.full((1, 1, 2, 20), 5.5)
    difference = left_right_difference(left, right)
    torch.testing.assert_close(difference[..., 4:], torch.full((1, 1, 2, 16), 1.5))
    assert consistent(left, right, 1.5)[..., 4:].all()
    assert not consistent(left, right, 1.4).any()


@pytest.mark.parametrize("sampling", ["linear", "nearest"])
def test_wall_hidden_behind_the_strip_is_found(sampling):
    """The strip moves 6 px more than the wall: the right view does not see the 6 wall columns left of it."""
    seen = consistent(*two_planes(), sampling=sampling)[0, 0, 0]
    assert seen.logical_not().nonzero().flatten().tolist() == [0, 1, 14, 15, 16, 17, 18, 19]


def test_raw_disparities_may_be_negative():
    """Moving both principal points apart by 5 px subtracts 5 from both maps and changes no visibility."""
    left, right = two_planes()
    seen = consistent(left - 5, torch.roll(right, 5, dims=-1) - 5)[0, 0, 0]
    assert seen.logical_not().nonzero().flatten().tolist() == [14, 15, 16, 17, 18, 19, 37, 38, 39]


def test_unknown_disparities_are_not_consistent():
    left, right = two_planes()
    left[..., 35], right[..., 5] = torch.nan, torch.nan
    seen = consistent(left, right, sampling="nearest")[0, 0, 0]
    assert not seen[35]
    assert not seen[7]
    assert left_right_difference(left, right)[0, 0, 0, [35, 7]].isnan().all()


def test_nearest_keeps_a_hole_to_its_own_column():
    """A whole-pixel match beside a hole is lost by linear sampling: 0 times nan is nan."""
    plane = torch.full((1, 1, 1, 12), 2.0)
    holed = plane.clone()
    holed[..., 5] = torch.nan
    nearest = consistent(plane, holed, sampling="nearest")[0, 0, 0]
    linear = consistent(plane, holed, sampling="linear")[0, 0, 0]
    assert nearest.logical_not().nonzero().flatten().tolist() == [0, 1, 7]
    assert linear.logical_not().nonzero().flatten().tolist() == [0, 1, 6, 7]


def test_difference_has_a_gradient_for_both_views():
    left = torch.full((1, 1, 2, 8), 1.5, requires_grad=True)
    right = torch.full((1, 1, 2, 8), 1.0, requires_grad=True)
    difference = left_right_difference(left, right)
    torch.where(difference.isnan(), 0, difference).sum().backward()
    assert left.grad.isfinite().all()
    assert right.grad.sum() == -12  # 2 rows of 6 columns whose match is inside
    assert left.grad.sum() == 12


def test_one_map_alone_tells_what_the_nearer_surface_hides():
    """The strip lands on right columns 12..21, where wall columns 14..19 would: all but the first, which it touches."""
    left, right = two_planes()
    seen = visible_by_disparity(left)[0, 0, 0]
    assert seen.logical_not().nonzero().flatten().tolist() == [0, 1, 15, 16, 17, 18, 19]
    assert seen[14] != consistent(left, right)[0, 0, 0, 14]


def test_a_slanted_surface_does_not_hide_itself():
    """Disparity grows by half a pixel a column: columns of the right view come closer but never change places."""
    slant = (torch.arange(40) * 0.5).expand(1, 1, 4, -1)
    assert visible_by_disparity(slant).all()


def test_a_map_alone_knows_what_leaves_the_view_on_either_side():
    plane = torch.full((1, 1, 4, 20), 3.0)
    assert visible_by_disparity(plane)[0, 0, 0].logical_not().nonzero().flatten().tolist() == [0, 1, 2]
    assert visible_by_disparity(-plane)[0, 0, 0].logical_not().nonzero().flatten().tolist() == [17, 18, 19]


def test_tolerance_is_how_far_the_cover_must_reach():
    left, _ = two_planes()
    hidden = [visible_by_disparity(left, tolerance=t)[0, 0, 0].logical_not().sum().item() for t in (0.5, 1.0, 3.0, 9.0)]
    assert hidden == [7, 7, 5, 2]  # two of them leave the view
