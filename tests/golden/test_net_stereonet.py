"""Against a public PyTorch port of StereoNet, run in double precision."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from wilddepth.networks.block import Norm
from wilddepth.networks.stereonet import StereoNet, StereoNetOptions

ORACLE = json.loads((Path(__file__).parent / "net_stereonet" / "cases.json").read_text())
# The oracle has 64 candidate disparities, (64 + 1) // 8 of them, and stretches them to 0..64.
OPTIONS = StereoNetOptions(halvings=3, refinements="multi", largest=64, grid="stretched")
SUITABLE = {"rtol": 1e-5, "atol": 1e-5}
EXPLODED = {"rtol": 1e-3, "atol": 0}


def layers(net):
    """The layers in the oracle's order."""
    return [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.Conv3d | Norm)]


@torch.no_grad()
def pyramid(golden, case):
    net, inputs = StereoNet(OPTIONS).double().eval(), case["inputs"]
    golden.fill(layers(net), case["weights"], case["weight_gain"])
    left, right = (golden.picture(inputs["h"], inputs["w"], inputs["shift"], step).double() for step in (0, 4))
    return {f"pyramid{3 - k}": -20 * values for k, values in net(left, right).levels.items()}


def test_layers_have_the_oracles_shapes_in_its_order():
    shapes = [list(layer.weight.shape) for layer in layers(StereoNet(OPTIONS))]
    assert shapes == [shape for _, _, _, shape in ORACLE["layers"]]


def test_parameter_count():
    assert sum(p.numel() for p in StereoNet(OPTIONS).parameters()) == ORACLE["trainable_parameters"] == 624_644


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["name"])
def test_the_pyramid_is_the_oracles(golden, case):
    actual = pyramid(golden, case)
    for name, values in actual.items():
        exploded = name in case.get("saturated_or_exploded_heads", ())
        golden.assert_summary(values, case["expected"][name], **(EXPLODED if exploded else SUITABLE))
    assert len(actual) == 4
