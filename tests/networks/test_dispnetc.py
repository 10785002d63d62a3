"""DispNetC beside the oracle's numbers: width, signs, what each head begins with."""

import pytest
import torch

from wilddepth.geometry.pad import Padding
from wilddepth.networks.dispnetc import DispNetC, DispNetCOptions

SMALL = DispNetCOptions(width=0.0625)


def views(height=64, width=128):
    return torch.rand(2, 1, 3, height, width, generator=torch.Generator().manual_seed(1)).unbind(0)


def test_a_quarter_of_the_width_is_a_fifteenth_of_the_parameters():
    assert sum(p.numel() for p in DispNetC(DispNetCOptions(width=0.25)).parameters()) == 2_757_291


@torch.no_grad()
def test_heads_are_positive_pixels_of_their_own_level():
    net = DispNetC(SMALL)
    for head in net.predict.values():
        head.weight.zero_()
        head.bias.fill_(1.0)
    heads = net(*views())
    for k, values in heads.levels.items():
        torch.testing.assert_close(values, torch.full_like(values, -(2**k) / 20))
    for k, disparity in zip(net.level_numbers, heads.disparities, strict=False):
        torch.testing.assert_close(disparity, torch.full_like(disparity, 2.0**k))


@torch.no_grad()
def test_only_the_output_may_be_negative():
    net = DispNetC(SMALL)
    values = torch.tensor([-1.0, 1.0]).view(1, 1, 1, 2)  # 20 px and -20 px
    output = net.full_resolution(values, 1, Padding(0, 0, 0, 0))[0, 0, 0]
    head = net.full_resolution(values, 1, Padding(0, 0, 0, 0), relu_first=True)[0, 0, 0]
    assert output.tolist() == [20, 0, -20, -20]
    assert head.tolist() == [20, 10, 0, 0]


@torch.no_grad()
def test_passing_through_doubles_and_enlarges_the_coarser_disparity():
    """Without what the layers add beside it, a constant at level 6 is the same disparity in full px at every level."""
    net = DispNetC(SMALL)
    net.initialise("pass-through", generator=torch.Generator().manual_seed(0))
    for k, head in net.predict.items():
        carried = head.weight[0, 0, 1, 1].clone()
        head.weight.zero_()
        if k != "6":
            head.weight[0, 0, 1, 1] = carried
    net.predict["6"].bias.fill_(1.0)
    heads = net(*views(256, 512))
    for k, values in heads.levels.items():
        height, width = values.shape[-2:]
        inner = values[..., height // 4 : height - height // 4, width // 4 : width - width // 4]
        torch.testing.assert_close(inner, torch.full_like(inner, -64 / 20), msg=f"level {k}")


def test_heads_keep_float32_under_autocast():
    net = DispNetC(SMALL)
    with torch.no_grad():
        net.predict["1"].weight.zero_()
        net.predict["1"].bias.fill_(5.003)  # bfloat16 has 5.0 and 5.03125
        with torch.autocast("cpu", torch.bfloat16):
            heads = net(*views())
    torch.testing.assert_close(heads.disparities[-1], torch.full((1, 1, 64, 128), 10.006))
    assert heads.features[2].dtype == torch.bfloat16


@pytest.mark.parametrize("resize", ["tf1", "half-pixel"])
def test_where_targets_are_taken_follows_how_heads_are_enlarged(resize):
    net = DispNetC(DispNetCOptions(width=0.0625, resize=resize))
    step = torch.zeros(1, 1, 4, 8)
    step[..., 4] = -1.0
    found = net.full_resolution(step, 1, Padding(0, 0, 0, 0))[0, 0, 0]
    brightest = (found == found.max()).nonzero().flatten().tolist()
    assert brightest == ([8] if net.target_pixel == "nearest" else [8, 9])


@pytest.mark.parametrize(("width", "disparity"), [(0.25, 0), (0.25, 12), (0.25, 40), (0.0625, 16)])
@torch.no_grad()
def test_a_fresh_encoder_points_at_the_disparity(width: float, disparity: int):
    """Of a textured plane: of the channels that read the correlation, that of the nearest shift answers most."""
    net = DispNetC(DispNetCOptions(width=width))
    net.initialise("pass-through", generator=torch.Generator().manual_seed(0))
    scene = torch.rand(1, 3, 128, 320, generator=torch.Generator().manual_seed(1))
    left, right = scene[..., :256], scene[..., disparity : disparity + 256]
    found = net.encode(net.cost(net.features(torch.cat((left, right)))[1]))
    count = {0.25: 41, 0.0625: 10}[width]
    candidates = torch.linspace(0, 40, count)
    for k in (3, 4):
        answers = found[k][0, :count, 2:-2, 8:-2].mean((1, 2))
        assert abs(4 * candidates[answers.argmax()] - disparity) <= 2 * 40 / (count - 1)
