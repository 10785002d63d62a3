"""Against the published DispNetC, run under TensorFlow 1.15."""

import json
from pathlib import Path

import pytest
import torch

from wilddepth.geometry.pad import pad
from wilddepth.networks.block import correlate_rows
from wilddepth.networks.dispnetc import DECODER, LEVELS, RADIUS, DispNetC

ORACLE = json.loads((Path(__file__).parent / "net_dispnetc_tf" / "cases.json").read_text())
SUITABLE = {"rtol": 1e-4, "atol": 2e-5}
EXPLODED = {"rtol": 1e-3, "atol": 1e-5}


@pytest.fixture(scope="module")
def net() -> DispNetC:
    return DispNetC()


def layers(net):
    """The convolutions in the oracle's order."""
    down, same = net.down, net.same
    found = [down["1"], down["2"], net.redirect]
    for k in ("3", "4", "5", "6"):
        found += [down[k], same[k]]
    for k in DECODER:
        found += [net.up[str(k)].deconv, net.predict[str(k + 1)], net.up[str(k)].up_predict, net.up[str(k)].concat]
    return [*found, net.predict["1"]]


@torch.no_grad()
def everything(net, golden, case):
    """All that the oracle recorded, by its names."""
    inputs, seen = case["inputs"], {}
    assert inputs["multiply_image_by"] == 255  # the oracle sees 0..255 and divides
    golden.fill(layers(net), case["weights"])
    hooks = [
        net.up[str(k)].register_forward_hook(lambda *got, k=k: seen.update({f"layer:up{k}/concat": got[-1]}))
        for k in (5, 1)
    ]
    left, right = (golden.picture(inputs["h"], inputs["w"], inputs["shift"], step) for step in (0, 4))
    heads = net(left, right)
    for hook in hooks:
        hook.remove()
    first, second = net.features(pad(torch.cat((left, right)), heads.padding))
    encoded = net.encode(net.cost(second))
    own = {k: values * (-20 / 2**k) for k, values in heads.levels.items()}
    return (
        seen
        | {f"disparity{i}": disparity for i, disparity in enumerate(heads.disparities)}
        | {f"layer:up{k - 1}/predict": own[k] for k in LEVELS[:-1]}
        | {"layer:prediction": own[1], "layer:conv1a": first[:1], "layer:conv2a": second[:1]}
        | {"layer:corr": correlate_rows(*second.chunk(2), RADIUS)}
        | {"layer:conv3/1": encoded[3], "layer:conv6/1": encoded[6]}
    )


def test_layers_have_the_oracles_shapes_in_its_order(net):
    shapes = [list(layer.weight.shape) for layer in layers(net)]
    assert shapes == [shape for _, _, _, shape in ORACLE["layers"]]


def test_parameter_count(net):
    assert sum(p.numel() for p in net.parameters()) == ORACLE["trainable_parameters"] == 42_430_107


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["name"])
def test_heads_and_layers_are_the_oracles(net, golden, case):
    actual = everything(net, golden, case)
    assert actual.keys() == case["expected"].keys()
    for name, expected in case["expected"].items():
        exploded = case["weights"] == "slow"
        golden.assert_summary(actual[name], expected, **(EXPLODED if exploded else SUITABLE))
