"""StereoNet beside the oracle's numbers: candidates, the soft minimum, convolutions across candidates."""

import pytest
import torch
from torch import nn

from wilddepth.networks.stereonet import WIDTH, Across, StereoNet, StereoNetOptions, differences


def noise(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(
    "options, count",
    [
        (StereoNetOptions(), 624_644),
        (StereoNetOptions(refinements="single"), 398_978),
        (StereoNetOptions(halvings=4), 763_109),
        (StereoNetOptions(halvings=4, refinements="single"), 424_610),
    ],
)
def test_parameter_counts(options, count):
    """The first two are known from elsewhere; a further halving is 25,632 more and a further refinement 112,833."""
    assert sum(p.numel() for p in StereoNet(options).parameters()) == count


def test_candidates_move_the_right_features_to_the_right():
    left, right = noise(2, 3, 4, 9), noise(2, 3, 4, 9, seed=1)
    found = differences(left, right, 12)
    for i in (0, 3, 8):
        torch.testing.assert_close(found[:, i, ..., i:], left[..., i:] - right[..., : 9 - i])
        assert not found[:, i, ..., :i].any()
    assert not found[:, 9:].any()  # wider than the map


def test_a_convolution_across_candidates_is_the_one_of_torch_in_three_dimensions():
    layer = Across(5).double()
    volume = noise(2, 6, WIDTH, 4, 7)
    plain = nn.functional.conv3d(volume.transpose(1, 2), layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(volume), plain.transpose(1, 2))


@pytest.mark.parametrize("grid, expected", [("shift", [0, 8, 16, 56]), ("stretched", [0, 64 / 7, 128 / 7, 64])])
def test_a_candidate_that_alone_is_cheap_is_the_disparity(grid, expected, monkeypatch):
    net = StereoNet(StereoNetOptions(largest=64, grid=grid))
    features = torch.zeros(1, WIDTH, 3, 4)
    for place, disparity in zip((0, 1, 2, 7), expected, strict=True):
        costs = torch.zeros(1, 8, 3, 4)
        costs[:, place] = -100.0
        monkeypatch.setattr(net.cost, "forward", lambda volume, costs=costs: costs)
        torch.testing.assert_close(net.coarse_disparity(features, features), torch.full((1, 1, 3, 4), disparity * 1.0))


def test_equal_costs_are_the_mean_of_all_candidates(monkeypatch):
    net = StereoNet(StereoNetOptions(largest=63))
    monkeypatch.setattr(net.cost, "forward", lambda volume: torch.zeros(1, 8, 3, 4))
    features = torch.zeros(1, WIDTH, 3, 4)
    torch.testing.assert_close(net.coarse_disparity(features, features), torch.full((1, 1, 3, 4), 28.0))


def test_a_refinement_that_says_nothing_hands_the_disparity_on():
    net = StereoNet(StereoNetOptions(largest=63)).eval()
    with torch.no_grad():
        for refiner in net.refiners:
            refiner.last.weight.zero_()
        left, right = torch.rand(2, 1, 3, 32, 64).unbind(0)
        levels = net(left, right).levels
    corners = {k: values[0, 0, [0, 0, -1, -1], [0, -1, 0, -1]] for k, values in levels.items()}
    for k in (2, 1, 0):  # enlarging keeps the corners
        torch.testing.assert_close(corners[k], corners[3])


def test_no_level_is_negative():
    net = StereoNet(StereoNetOptions(largest=63)).eval()
    with torch.no_grad():
        for refiner in net.refiners:
            refiner.last.bias.fill_(-1000.0)
        levels = net(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)).levels
    assert not any(levels[k].any() for k in (2, 1, 0))
    assert bool((levels[3] <= 0).all())
