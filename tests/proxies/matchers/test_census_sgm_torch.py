"""Census semi-global matching in torch gives what the version for CPUs gives, to the bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from known_pairs import square_pair
from wilddepth.proxies.matchers.census_sgm import CensusSGMSettings, match_census_sgm
from wilddepth.proxies.matchers.census_sgm_torch import match_batch
from wilddepth.proxies.sgm import grey_levels

SMALL = CensusSGMSettings(num_disparities=11)
CHANGES = [
    {},
    {"directions": 4},
    {"window_height": 5, "window_width": 5, "p1": 5, "p2": 60},
    {"window_height": 9, "window_width": 9, "subpixel": "none"},
    {"adapt_p2": True, "subpixel": "parabola"},
    {"min_disparity": -4, "uniqueness": 5},
    {"min_disparity": 3},
    {"p2": 3000},
    {"num_disparities": 1},
    {"speckle_window": 12},
]
SIZES = [(9, 14), (1, 17), (7, 1), (1, 1), (6, 30), (5, 8)]


def views(size, seed):
    return np.random.default_rng(seed).integers(0, 30, (2, *size), dtype=np.uint8)


def assert_same(batch, left, right, settings):
    for number, theirs in enumerate(batch.pairs(volumes=True)):
        ours = match_census_sgm(left[number][..., None], right[number][..., None], settings, volumes=True)
        np.testing.assert_array_equal(theirs.cost.costs, ours.cost.costs)
        np.testing.assert_array_equal(theirs.aggregated.costs, ours.aggregated.costs)
        assert (theirs.cost.unit, theirs.aggregated.unit) == (ours.cost.unit, ours.aggregated.unit)
        assert theirs.cost.lowest == theirs.aggregated.lowest == settings.min_disparity
        for side in ("left", "right"):
            mine, other = getattr(ours, side), getattr(theirs, side)
            np.testing.assert_array_equal(other.disparity, mine.disparity)
            np.testing.assert_allclose(other.difference, mine.difference, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_batches_are_matched_like_single_pairs(change, size):
    settings = replace(SMALL, **change)
    left, right = views(size, 1), views(size, 2)
    assert_same(match_batch(torch.from_numpy(left), torch.from_numpy(right), settings), left, right, settings)


def test_surfaces_and_hidden_bands_are_the_same_too():
    left, right = (grey_levels(view)[None] for view in square_pair())
    settings = replace(SMALL, num_disparities=24)
    batch = match_batch(torch.from_numpy(left), torch.from_numpy(right), settings)
    assert_same(batch, left, right, settings)
    assert batch.pairs()[0].cost is None
    assert (batch.left_difference[0, 22:42, 66:94] < 1).all()


def test_views_of_different_size_and_empty_ones_are_refused():
    for left, right in ((torch.zeros(1, 4, 5), torch.zeros(1, 4, 6)), (torch.zeros(0, 4, 5), torch.zeros(0, 4, 5))):
        with pytest.raises(ValueError, match="differ in size or are empty"):
            match_batch(left.byte(), right.byte(), SMALL)


@pytest.mark.gpu
def test_a_gpu_gives_the_same():
    left, right = views((40, 70), 1), views((40, 70), 2)
    for change in CHANGES:
        settings = replace(SMALL, **change)
        on_gpu = [torch.from_numpy(view).cuda() for view in (left, right)]
        assert_same(match_batch(on_gpu[0], on_gpu[1], settings), left, right, settings)
