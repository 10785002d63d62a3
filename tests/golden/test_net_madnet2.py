"""Against the published MADNet 2."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from wilddepth.networks.madnet2 import LEVELS, MADNet2

ORACLE = json.loads((Path(__file__).parent / "net_madnet2" / "cases.json").read_text())
SUITABLE = {"rtol": 1e-4, "atol": 2e-5}
EXPLODED = {"rtol": 1e-3, "atol": 0}  # the smooth weights reach 1e22


def layers(net):
    """The convolutions in the oracle's order: pyramid, D6..D2."""
    return [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]


@torch.no_grad()
def everything(golden, case):
    """All that the oracle recorded, by its names."""
    net, inputs = MADNet2(), case["inputs"]
    golden.fill(layers(net), case["weights"])
    left, right = (golden.picture(inputs["h"], inputs["w"], inputs["shift"], step) for step in (0, 4))
    heads = net(left, right)
    return (
        {f"disp{k}": heads.levels[k] for k in LEVELS}
        | {f"left_feature{k}": features[:1] for k, features in heads.features.items()}
        | {"final_prediction": heads.disparities[-1]}
    )


def test_layers_have_the_oracles_shapes_in_its_order():
    shapes = [list(layer.weight.shape) for layer in layers(MADNet2())]
    assert shapes == [shape for _, _, _, shape in ORACLE["layers"]]


def test_parameter_count():
    assert sum(p.numel() for p in MADNet2().parameters()) == ORACLE["trainable_parameters"] == 3_217_077


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["name"])
def test_levels_features_and_the_output_are_the_oracles(golden, case):
    actual = everything(golden, case)
    assert actual.keys() == case["expected"].keys()
    for name, expected in case["expected"].items():
        exploded = name in case.get("saturated_or_exploded_heads", ())
        golden.assert_summary(actual[name], expected, **(EXPLODED if exploded else SUITABLE))
