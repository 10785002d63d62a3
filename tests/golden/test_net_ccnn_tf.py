"""Against the published CCNN, run under TensorFlow 1.15."""

import json
from pathlib import Path

import pytest
import torch

from wilddepth.networks.ccnn import CCNN

ORACLE = json.loads((Path(__file__).parent / "net_ccnn_tf" / "cases.json").read_text())


def everything(golden, case):
    """All that the oracle recorded, by its names; its input has 8 bits."""
    inputs, net = case["inputs"], CCNN()
    golden.fill(net.layers, case["weights"])
    found = {}
    for name, number in (("conv1", 0), ("conv4", 3), ("fc2", 5)):
        net.layers[number].register_forward_hook(lambda _, __, out, name=name: found.update({name: out.relu()}))
    with torch.no_grad():
        disparity = (255 * golden.picture(inputs["h"], inputs["w"], inputs["shift"])[:, :1].double()).round().float()
        found["logits"] = net(disparity)
    return found | {"confidence": found["logits"].sigmoid()}


def test_layers_have_the_oracles_shapes_in_its_order():
    assert [list(layer.weight.shape) for layer in CCNN().layers] == [shape for *_, shape in ORACLE["layers"]]


def test_parameter_count():
    assert sum(p.numel() for p in CCNN().parameters()) == ORACLE["trainable_parameters"] == 128_125


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["name"])
def test_activations_logits_and_confidence_are_the_oracles(golden, case):
    actual = everything(golden, case)
    assert actual.keys() == case["expected"].keys()
    for name, expected in case["expected"].items():
        tolerance = {"rtol": 1e-3, "atol": 1e-4} if case["weights"] == "slow" else {"rtol": 1e-4, "atol": 2e-5}
        golden.assert_summary(actual[name], expected, **tolerance)
