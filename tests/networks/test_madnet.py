"""MADNet beside the oracle's numbers: units, signs, parts, options and initialisation, by closed forms."""

import math
import subprocess
import sys

import pytest
import torch

from wilddepth.geometry.pad import Padding
from wilddepth.networks.block import correlate_rows
from wilddepth.networks.madnet import LEVELS, MADNet, MADNetOptions, initialise, parts


def seeded(seed=0, options=None):
    return MADNet(options, generator=torch.Generator().manual_seed(seed))


def views(height=64, width=128, batch=1, dtype=torch.float32):
    return torch.rand(2, batch, 3, height, width, generator=torch.Generator().manual_seed(1), dtype=dtype).unbind(0)


def constant(value):
    """A network whose decoders all say `value`, and whose refinement says nothing."""
    net = seeded()
    with torch.no_grad():
        for chain in (*net.decoders.values(), net.context):
            chain[-1].weight.zero_()
            chain[-1].bias.fill_(0 if chain is net.context else value)
    return net


def decoder_inputs(net, left, right):
    """What every decoder receives, by level."""
    seen = {}
    for k in LEVELS:
        net.decoders[str(k)].register_forward_pre_hook(lambda _, arguments, k=k: seen.update({k: arguments[0]}))
    with torch.no_grad():
        return net(left, right), seen


def test_features_halve_the_resolution_six_times():
    with torch.no_grad():
        found = seeded().features(torch.rand(1, 3, 320, 1216))
    assert [tuple(f.shape[1:]) for f in found] == [
        (16, 160, 608), (32, 80, 304), (64, 40, 152), (96, 20, 76), (128, 10, 38), (192, 5, 19),
    ]  # fmt: skip


def test_parts_share_out_every_parameter_once():
    net = seeded()
    sizes = {name: parameter.numel() for name, parameter in net.named_parameters()}
    owned = parts(net)
    assert sorted(name for names in owned.values() for name in names) == sorted(sizes)
    assert {part: sum(sizes[name] for name in names) for part, names in owned.items()} == {
        "M6": 1_112_801, "M5": 745_185, "M4": 588_449, "M3": 468_577, "M2": 911_058,
    }  # fmt: skip
    assert "pyramid.3.bias" in owned["M2"]  # conv4
    assert "pyramid.4.bias" in owned["M3"]  # conv5


def test_a_kitti_image_is_padded_and_its_heads_are_cropped_back():
    with torch.no_grad():
        heads = seeded()(*views(375, 1242), finest=6)
    assert heads.padding == Padding(4, 5, 19, 19)
    assert heads.levels[6].shape == (1, 1, 6, 20)
    assert heads.disparities[0].shape == (1, 1, 375, 1242)


@pytest.mark.parametrize("border", ["reflect", "replicate"])
def test_an_image_smaller_than_its_padding_is_taken(border):
    with torch.no_grad():
        heads = seeded(options=MADNetOptions(border=border))(*views(9, 20))
    assert all(disparity.shape == (1, 1, 9, 20) for disparity in heads.disparities)


def test_the_border_option_changes_what_the_network_sees():
    with torch.no_grad():
        one, other = (seeded(options=MADNetOptions(border=b))(*views(60, 120)) for b in ("reflect", "replicate"))
    assert not torch.allclose(one.features[1], other.features[1])


def test_decoders_that_say_nothing_give_zero_disparity():
    with torch.no_grad():
        heads = constant(0.0)(*views())
    assert not any(disparity.any() for disparity in heads.disparities)


@pytest.mark.parametrize("resize", ["tf1", "half-pixel"])
def test_half_a_unit_is_ten_pixels_at_every_level(resize):
    net = constant(-0.5)
    net.options = MADNetOptions(resize=resize)
    heads, inputs = decoder_inputs(net, *views())
    for disparity in heads.disparities:
        torch.testing.assert_close(disparity, torch.full_like(disparity, 10.0))
    assert len(heads.disparities) == 6
    displacements = {k: values[:, -1] for k, values in inputs.items() if k < 6}
    for k, expected in {5: -0.3125, 4: -0.625, 3: -1.25, 2: -2.5}.items():
        torch.testing.assert_close(displacements[k], torch.full_like(displacements[k], expected))


def test_a_positive_disparity_looks_further_left_in_the_right_features():
    heads, inputs = decoder_inputs(constant(-1.6), *views(64, 256))  # 32 px: 1 px of level 5, 8 px of level 2
    for k, moved in {5: 1, 4: 2, 3: 4, 2: 8}.items():
        left, right = heads.features[k].chunk(2)
        expected = (left[..., moved:] * right[..., :-moved]).mean(1)
        same_place = inputs[k][:, left.shape[1] + 2]
        torch.testing.assert_close(same_place[..., moved:], expected, rtol=1e-4, atol=1e-4)
        assert not same_place[..., :moved].any()  # zero outside the right view


def test_level_six_matches_without_a_warp():
    heads, inputs = decoder_inputs(seeded(), *views())
    left, right = heads.features[6].chunk(2)
    assert inputs[6].equal(torch.cat((left, correlate_rows(left, right, 2)), 1))


def test_output_is_enlarged_before_its_relu_and_the_head_before_it_after():
    net = seeded()
    values = torch.tensor([-1.0, 1.0]).view(1, 1, 1, 2)  # 20 px and -20 px, 4 columns each
    padding = Padding(0, 0, 0, 0)
    after = net.full_resolution(values, 2, padding)[0, 0, 0]
    before = net.full_resolution(values, 2, padding, relu_first=True)[0, 0, 0]
    assert after.tolist() == [20, 10, 0, 0, 0, 0, 0, 0]
    assert before.tolist() == [20, 15, 10, 5, 0, 0, 0, 0]


def test_heads_belong_to_their_levels():
    net = seeded()
    with torch.no_grad():
        heads = net(*views())
    for head, k in zip(heads.disparities, (6, 5, 4, 3, 2), strict=False):
        values = heads.refined if k == 2 else heads.levels[k]
        corner = (-20 * values).relu()
        torch.testing.assert_close(head[..., :: 2**k, :: 2**k], corner)


def test_only_the_heads_asked_for_are_enlarged():
    net, pair = seeded(), views(60, 100)
    with torch.no_grad():
        everything, final, none = (net(*pair, heads=heads) for heads in ("all", "final", "none"))
    assert len(final.disparities) == 1
    assert final.disparities[0].equal(everything.disparities[5])
    assert none.disparities == ()
    assert none.refined.equal(everything.refined)


@pytest.mark.parametrize("finest", [6, 5, 4, 3])
def test_levels_below_the_finest_cost_nothing(finest):
    net, pair = seeded(), views()
    with torch.no_grad():
        whole = net(*pair)
        ran = []
        for name, chain in (*net.decoders.items(), ("context", net.context)):
            chain.register_forward_hook(lambda *_, name=name: ran.append(name))
        short, final = net(*pair, finest=finest), net(*pair, finest=finest, heads="final")
    expected = [k for k in LEVELS if k >= finest]
    assert ran == [str(k) for k in expected] * 2
    assert list(short.levels) == expected
    assert short.refined is None
    assert all(short.levels[k].equal(whole.levels[k]) for k in expected)
    assert len(short.disparities) == len(expected)
    assert short.disparities[-1].equal(whole.disparities[6 - finest])
    assert final.disparities[0].equal(short.disparities[-1])


def test_a_level_without_decoder_is_refused():
    with pytest.raises(ValueError, match="no decoder at level 1"):
        seeded()(*views(), finest=1)


def test_pairs_of_a_batch_do_not_meet():
    net, (left, right) = seeded(), views(batch=2)
    with torch.no_grad():
        both, second = net(left, right), net(left[1:], right[1:])
    torch.testing.assert_close(both.refined[1:], second.refined, rtol=1e-3, atol=1e-3)


def test_input_scale_is_a_factor_on_the_images():
    left, right = views()
    with torch.no_grad():
        published = seeded()(left, right)
        unscaled = seeded(options=MADNetOptions(input_scale=1.0))(255 * left, 255 * right)
    torch.testing.assert_close(published.levels[6], unscaled.levels[6])


def coarser_gradient(isolate_parts, k):
    """The gradient that the loss of level k leaves in the decoder above it."""
    net = seeded()
    heads = net(*views(), isolate_parts=isolate_parts, finest=k, heads="none")
    heads.levels[k].square().sum().backward()
    return net.decoders[str(k + 1)][-1].weight.grad


@pytest.mark.parametrize("k", [5, 4, 3, 2])
def test_isolated_parts_get_no_gradient_from_finer_levels(k):
    assert coarser_gradient(True, k) is None
    assert coarser_gradient(False, k).abs().sum() > 0


def test_isolated_parts_predict_the_same():
    net, pair = seeded(), views()
    with torch.no_grad():
        assert net(*pair, isolate_parts=True).refined.equal(net(*pair).refined)


def test_second_derivatives_are_right():
    """Curvature along the gradient, by a second backward pass and by a difference of gradients."""
    net, (left, right) = seeded(options=MADNetOptions(input_scale=4.0)).double(), views(dtype=torch.float64)
    names, weights = zip(*net.named_parameters(), strict=True)

    def gradient(weights):
        heads = torch.func.functional_call(net, dict(zip(names, weights, strict=True)), (left, right))
        return torch.autograd.grad(heads.refined.square().mean(), weights, create_graph=True)

    slope = gradient(weights)
    norm = math.sqrt(sum(s.detach().square().sum().item() for s in slope))
    direction = [s.detach() / norm for s in slope]
    curvature = torch.autograd.grad(slope, weights, direction, allow_unused=True)

    def projection(values):
        return sum((v * d).sum().item() for v, d in zip(values, direction, strict=True))

    by_graph = projection([torch.zeros_like(d) if c is None else c for c, d in zip(curvature, direction, strict=True)])
    step = 1e-7
    ahead, behind = (
        gradient([w.detach().add(d, alpha=s).requires_grad_() for w, d in zip(weights, direction, strict=True)])
        for s in (step, -step)
    )
    by_difference = projection([a - b for a, b in zip(ahead, behind, strict=True)]) / (2 * step)
    assert by_graph == pytest.approx(by_difference, rel=1e-3)


def test_coordinates_keep_float32_under_autocast():
    """In bfloat16 a displacement of 130.5 px would be 130 px or 131 px, and column 401 would be column 400 or 402."""
    net, pair = constant(-26.1), views(64, 1024)  # 522 px
    with torch.autocast("cpu", torch.bfloat16):
        heads, inputs = decoder_inputs(net, *pair)
    assert heads.features[2].dtype == torch.bfloat16
    assert all(values.dtype == torch.float32 for values in heads.levels.values())
    left, right = (features.float() for features in heads.features[2].chunk(2))
    between = (right[..., :-131] + right[..., 1:-130]) / 2
    expected = (left[..., 131:] * between).mean(1)
    torch.testing.assert_close(
        inputs[2][:, 34, :, 131:].float(), expected, rtol=0.02, atol=0.02 * float(expected.max())
    )


def test_channels_last_gives_the_same():
    net, pair = seeded(), views()
    with torch.no_grad():
        usual = net(*pair).refined
        net = net.to(memory_format=torch.channels_last)
        torch.testing.assert_close(net(*pair).refined, usual, rtol=1e-3, atol=1e-3)


def test_xavier_weights_are_uniform_within_their_bound():
    for layer in seeded().context:
        fans = 9 * (layer.in_channels + layer.out_channels)
        bound = math.sqrt(6 / fans)
        assert 0.95 * bound < layer.weight.abs().max() <= bound
        assert not layer.bias.any()


@pytest.mark.parametrize("scheme", ["xavier", "pass-through"])
def test_initialisation_follows_its_generator(scheme):
    one, same, other = MADNet(), MADNet(), MADNet()
    for net, seed in ((one, 3), (same, 3), (other, 4)):
        initialise(net, scheme, generator=torch.Generator().manual_seed(seed))
    assert all(a.equal(b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not one.pyramid[0].weight.equal(other.pyramid[0].weight)


def test_pass_through_hands_the_coarsest_disparity_down():
    net = MADNet()
    initialise(net, "pass-through", generator=torch.Generator().manual_seed(0))
    assert sum(p.numel() for p in net.parameters()) == 3_826_070
    with torch.no_grad():
        assert net(*views()).disparities[-1].mean() < 2  # px: D6 begins near zero
        net.decoders["6"][-1].bias.fill_(-5.0)
        heads = net(*views())
    for values in (*heads.levels.values(), heads.refined):
        assert values.mean() == pytest.approx(-5.0, abs=0.1)
        assert values.std() < 0.1


# In a process of its own: the shape checker that pytest switches on wraps every function, and cannot be compiled.
SCRIPT = """
import torch
from wilddepth.networks.madnet import MADNet
net = MADNet()
graph = torch.compile(net, fullgraph=True, backend="eager")
for size in ((150, 200), (200, 300)):
    left, right = torch.rand(2, 1, 3, *size).unbind(0)
    torch.testing.assert_close(graph(left, right, finest=4).disparities, net(left, right, finest=4).disparities)
print("equal")
"""


def test_the_network_is_one_graph_and_a_second_size_is_traced_in_time():
    """Tracing for sizes that are not fixed took more than ten minutes: divisions were nested level by level."""
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=200)
    assert run.stdout == "equal\n", run.stderr[-2000:]
