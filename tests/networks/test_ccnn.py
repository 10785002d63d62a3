"""CCNN: sizes, borders, holes, calibration."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from wilddepth.networks.ccnn import CCNN


def network(seed=0):
    return CCNN(generator=torch.Generator().manual_seed(seed)).eval()


def test_a_patch_gives_one_logit_and_a_map_as_many_as_whole_patches():
    assert network()(torch.rand(5, 1, 9, 9) * 60).shape == (5, 1, 1, 1)
    assert network()(torch.rand(1, 1, 20, 31) * 60).shape == (1, 1, 12, 23)


def test_each_pixel_of_a_map_is_the_patch_around_it():
    disparity = torch.rand(1, 1, 15, 17, generator=torch.Generator().manual_seed(1)) * 80
    whole = network()(disparity)
    torch.testing.assert_close(whole[..., 3, 5], network()(disparity[..., 3:12, 5:14])[..., 0, 0])


def test_a_map_without_a_patch_is_refused():
    with pytest.raises(ValueError, match="9x9 patch"):
        network()(torch.rand(1, 1, 8, 20))


def test_the_border_is_repeated_or_zero_as_published():
    disparity = torch.rand(1, 1, 20, 30) * 80
    with torch.no_grad():
        dense, published = network().confidence(disparity), network().confidence(disparity, border="zero")
    torch.testing.assert_close(dense[..., 4:-4, 4:-4], published[..., 4:-4, 4:-4])
    assert published[..., :4, :].abs().sum() == published[..., -4:].abs().sum() == 0
    assert (dense > 0).all()


def test_unknown_disparities_have_no_confidence_and_read_as_0():
    disparity = torch.rand(1, 1, 20, 30) * 80
    disparity[..., 10, 12] = torch.nan
    with torch.no_grad():
        found, filled = (network().confidence(d) for d in (disparity, disparity.nan_to_num(0.0)))
    assert found[..., 10, 12] == 0
    torch.testing.assert_close(found[..., 10, 13], filled[..., 10, 13])


def test_fresh_weights_have_the_sigmoid_whatever_the_logit():
    logits = torch.tensor([-20.0, -6, -1.3, 0, 2.2, 6, 15]).view(1, 1, 1, -1)
    torch.testing.assert_close(network().calibrated(logits), torch.sigmoid(logits), rtol=1e-4, atol=1e-9)


def test_calibration_is_straight_between_knots_goes_on_beyond_them_and_keeps_the_order():
    net = network()
    net.knots.copy_(torch.linspace(0, 15, 16))
    net.calibrated_knots.copy_(torch.cat([torch.linspace(-4, 0, 8), torch.linspace(0.5, 1.2, 8)]))
    logits = torch.linspace(-3, 18, 400).view(1, 1, 20, 20)
    found = torch.logit(net.calibrated(logits)).flatten()
    inside = (logits.flatten() >= 0) & (logits.flatten() <= 15)
    expected = np.interp(logits.flatten().numpy(), net.knots.numpy(), net.calibrated_knots.numpy())
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-3)
    assert (found.diff() > 0).all()


def test_filters_that_see_steps_are_blind_to_the_disparity_itself():
    net = network()
    before = net.layers[0].weight.detach().clone()
    net.see_steps()
    flat, step = torch.full((1, 1, 3, 3), 90.0), torch.full((1, 1, 3, 3), 90.0)
    step[..., 2] += 1
    with torch.no_grad():
        change = net.layers[0](step / 255) - net.layers[0](flat / 255)
        assert net.layers[0](flat / 255)[0, :48].abs().max() < 1e-4
    torch.testing.assert_close(net.layers[0].weight[48:], before[48:])
    fresh = before[:, 0, :, 2].sum(1) / 255
    assert change[0, :48, 0, 0].abs().median() > 5 * fresh[:48].abs().median()


def test_equal_seeds_give_equal_weights():
    first, second, other = (network(seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["layers.0.weight"], other["layers.0.weight"])


def test_shapes_are_checked():
    with pytest.raises(TypeCheckError):
        network()(torch.rand(20, 30))
