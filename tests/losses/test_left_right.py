"""Left-right losses beside the golden numbers: exact planes, mirrors, refusals."""

import pytest
import torch

from tiny import plane
from wilddepth.losses.left_right import TwoViews, left_right_terms


def views(disparity=6.0, right=None, raw=6):
    sample = plane(raw)
    width = sample.size[1]
    like = sample.image[:, :1]
    return TwoViews(
        sample.image,
        sample.stereo().right,
        torch.full_like(like, disparity / width),
        torch.full_like(like, (disparity if right is None else right) / width),
    )


def mirrored(pair):
    return TwoViews(*(v.flip(-1) for v in (pair.right, pair.left, pair.right_disparity, pair.left_disparity)))


def test_the_true_plane_agrees_and_is_smooth():
    found = left_right_terms([views()])
    assert float(found.consistency) == pytest.approx(0, abs=1e-7)
    assert float(found.smoothness) == 0
    assert float(found.image) < 0.6 * float(left_right_terms([views(3.0)]).image)


def test_views_that_disagree_by_a_constant_disagree_by_it_twice():
    found = left_right_terms([views(6.0, 9.0)])
    assert float(found.consistency) == pytest.approx(2 * 3 / 64)


def test_a_mirror_swaps_the_views_and_changes_nothing():
    pair = views(5.5, 7.25)
    for one, other in zip(
        vars(left_right_terms([pair])).values(), vars(left_right_terms([mirrored(pair)])).values(), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_scales_add_up_and_smoothness_shrinks_by_two():
    slope = torch.linspace(0.02, 0.1, 64).expand(1, 1, 64, 64)
    pair = views()
    tilted = TwoViews(pair.left, pair.right, slope, slope)
    one, two = left_right_terms([tilted]), left_right_terms([tilted, tilted])
    assert float(two.image) == pytest.approx(2 * float(one.image))
    assert float(two.consistency) == pytest.approx(2 * float(one.consistency))
    assert float(two.smoothness) == pytest.approx(1.5 * float(one.smoothness))


def test_black_borders_cost_more_than_repeated_ones():
    pair = views()
    assert float(left_right_terms([pair], border="zeros").image) > float(left_right_terms([pair]).image)


def test_no_scale_is_refused():
    with pytest.raises(ValueError, match="no scale to compare the views at; give at least one"):
        left_right_terms([])
