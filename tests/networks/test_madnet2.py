"""MADNet 2 beside the oracle's numbers: the lookup, units, and where gradients stop."""

import pytest
import torch

from wilddepth.networks.block import correlate_rows
from wilddepth.networks.madnet import MADNet
from wilddepth.networks.madnet2 import LEVELS, MADNet2, looked_up


def noise(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def views(height=128, width=256):
    return torch.rand(2, 1, 3, height, width, generator=torch.Generator().manual_seed(1)).unbind(0)


def by_all_pairs(left, right, shift, radius):
    """The published way: the correlation of all pairs of a row, read between two columns, 0 outside."""
    width = left.shape[-1]
    pairs = torch.einsum("bcyx,bcyz->byxz", left, right) / left.shape[1] ** 0.5
    padded = torch.nn.functional.pad(pairs, (1, 1))
    found = []
    for s in range(-radius, radius + 1):
        position = (torch.arange(width) + shift[:, 0] + s).clamp(-1, width) + 1
        before = position.floor()
        weight = position - before
        first, second = (
            padded.gather(-1, (before + i).clamp(max=width + 1).long().unsqueeze(-1))[..., 0] for i in (0, 1)
        )
        found.append((1 - weight) * first + weight * second)
    return torch.stack(found, 1)


def test_the_lookup_is_that_into_all_pairs():
    left, right = noise(2, 5, 4, 9), noise(2, 5, 4, 9, seed=1)
    shift = -12 * noise(2, 1, 4, 9, seed=2) + 3
    torch.testing.assert_close(looked_up(left, right, shift, 2), by_all_pairs(left, right, shift, 2))
    still = looked_up(left, right, None, 2)
    torch.testing.assert_close(still, by_all_pairs(left, right, torch.zeros(2, 1, 4, 9), 2))


def test_parts_have_their_published_sizes():
    """Of MADNet's modules, without the last 3x3 layer of each decoder and the context network."""
    net = MADNet2()
    sizes = {name: parameter.numel() for name, parameter in net.named_parameters()}
    found = {part: sum(sizes[name] for name in names) for part, names in net.parts().items()}
    assert sum(found.values()) == 3_217_077
    shorter = 64 * 32 * 9 + 32 + 32 * 9 + 1 - (64 * 9 + 1)
    madnet = {"M6": 1_112_801, "M5": 745_185, "M4": 588_449, "M3": 468_577, "M2": 911_058 - 518_113}
    assert found == {part: size - shorter for part, size in madnet.items()}


def test_isolated_parts_share_no_features_either():
    """As published: gradients stop between the blocks of the pyramid, where MADNet's go on."""
    net = MADNet2()
    for k in LEVELS:
        net.zero_grad(set_to_none=True)
        net(*views(), isolate_parts=True, heads="none").levels[k].sum().backward()
        reached = {name for name, value in net.named_parameters() if value.grad is not None}
        assert reached == set(net.parts()[f"M{k}"])


@torch.no_grad()
@pytest.mark.parametrize("k", [6, 5, 4, 3])
def test_a_coarser_disparity_is_handed_on_in_pixels_of_the_level(k):
    net, seen = MADNet2(), {}
    for chain in net.decoders.values():
        chain[-1].weight.zero_()
        chain[-1].bias.fill_(-0.5)
    net.decoders[str(k - 1)].register_forward_pre_hook(lambda _, arguments: seen.update(inputs=arguments[0]))
    net(*views())
    displacement = seen["inputs"][:, -1]
    torch.testing.assert_close(displacement, torch.full_like(displacement, -10.0 / 2 ** (k - 1)))


def test_what_is_borrowed_computes_what_it_did_in_madnet():
    """The first layer of the pyramid, one pixel on for the other padding, and the first of each decoder."""
    madnet, net = MADNet(generator=torch.Generator().manual_seed(2)), MADNet2()
    assert len(net.borrow(madnet)) == 2 * (12 + 5 * 4)
    image = views()[0]
    theirs, ours = madnet.pyramid[0](255 * image), net.pyramid[0](image.roll((-1, -1), (2, 3)))
    torch.testing.assert_close(ours[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1], rtol=1e-4, atol=1e-2)
    for k in LEVELS:
        features = 2 ** (9 - k) * torch.rand(2, net.pyramid[2 * k - 1].out_channels, 8, 8)
        left, right = features.split(1)
        shift = [] if k == 6 else [torch.zeros(1, 1, 8, 8)]
        seen = torch.cat((left, correlate_rows(left, right, 2), *shift), 1)
        looked = torch.cat((left, looked_up(left, right, None, 2), *shift), 1)
        theirs, ours = madnet.decoders[str(k)][0](seen), net.decoders[str(k)][0](looked)
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-3)
