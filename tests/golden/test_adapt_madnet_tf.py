"""Online adaptation of MADNet against the published code under TensorFlow 1.15: losses, gradients, momentum SGD."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import mean_ssim_l1
from wilddepth.networks.block import SameConv2d
from wilddepth.networks.madnet import MADNet, MADNetOptions, parts

ORACLE = json.loads((Path(__file__).parent / "adapt_madnet_tf" / "cases.json").read_text())
FULL_GRADIENT = "FULL gradient [variable, l2 norm, sum]"
FULL_LOSSES = "FULL momentum 0.9 lr 1e-3: loss before each of 5 updates"
MAD_LOSSES = "MAD order [4, 0, 3, 4, 2, 1], lr 1e-3: full loss before each update"
MAD_ORDER = (4, 0, 3, 4, 2, 1)


@pytest.fixture(params=ORACLE["cases"], ids=lambda case: case["name"])
def case(request):
    return request.param


class Adapted:
    """A filled network, its pair, and what the oracle calls its variables."""

    def __init__(self, golden, case):
        inputs = case["inputs"]
        self.left, self.right = (golden.picture(inputs["h"], inputs["w"], inputs["shift"], step) for step in (0, 4))
        self.net = MADNet(MADNetOptions(input_scale=1.0))
        layers = [layer for layer in self.net.modules() if isinstance(layer, SameConv2d)]
        golden.fill(layers, case["weights"])
        self.variables = {}
        for (_, name, _, _), layer in zip(ORACLE["layers"], layers, strict=True):
            self.variables |= {f"{name}/weights": layer.weight, f"{name}/biases": layer.bias}

    def losses(self, *chosen, isolate_parts=False):
        """The photometric loss of the chosen heads (-1: the output), all from one forward."""
        disparities = self.net(self.left, self.right, isolate_parts=isolate_parts).disparities
        rebuilt = [warp_by_disparity(self.right, disparities[head])[0] for head in chosen]
        return [mean_ssim_l1(image, self.left, colour_divisor=255) for image in rebuilt]  # the oracle's are 0..1

    def owned(self, module):
        """The parameters of one MAD module, by its index."""
        parameters = dict(self.net.named_parameters())
        return [parameters[name] for name in list(parts(self.net).values())[module]]

    def prediction(self):
        with torch.no_grad():
            return self.net(self.left, self.right, heads="final").disparities[0]

    def assert_gradients(self, expected, tolerance):
        """Norm and sum of each gradient; a sum of mixed signs is as uncertain as its largest parts."""
        for name, norm, total in expected:
            gradient = self.variables[name].grad.double()
            assert float(gradient.norm()) == pytest.approx(norm, rel=tolerance, abs=1e-9), name
            uncertain = tolerance * norm * math.sqrt(gradient.numel())
            assert float(gradient.sum()) == pytest.approx(total, rel=tolerance, abs=uncertain), name


def assert_descends(found, expected):
    """The losses, and more exactly how much each step changed them: float32 offsets of the SSIM are common to all."""
    assert found == pytest.approx(expected, rel=1e-4)
    assert np.diff(found) == pytest.approx(np.diff(expected), rel=5e-3, abs=3e-7)


def test_gradient_of_the_output_is_the_oracles(golden, case):
    adapted, expected = Adapted(golden, case), case["expected"]
    (loss,) = adapted.losses(-1)
    loss.backward()
    assert loss.item() == pytest.approx(expected["FULL loss"], rel=1e-4)
    assert len(expected[FULL_GRADIENT]) == 98
    adapted.assert_gradients(expected[FULL_GRADIENT], 1e-2)


@pytest.mark.parametrize("module", range(5))
def test_gradient_of_a_module_is_the_oracles(golden, case, module):
    adapted, expected = Adapted(golden, case), case["expected"]["MAD modules"][module]
    (loss,) = adapted.losses(module, isolate_parts=True)
    owned = adapted.owned(module)
    assert sum(parameter.numel() for parameter in owned) == expected["parameters"]
    names = {name for name, variable in adapted.variables.items() if any(variable is own for own in owned)}
    assert names == {name for name, _, _ in expected["gradient"]}
    gradients = torch.autograd.grad(loss, owned)
    for parameter, gradient in zip(owned, gradients, strict=True):
        parameter.grad = gradient
    assert loss.item() == pytest.approx(expected["loss"], rel=1e-4)
    adapted.assert_gradients(expected["gradient"], 1e-3)


def test_momentum_descends_over_everything_like_the_oracle(golden, case):
    adapted, expected = Adapted(golden, case), case["expected"]
    optimiser = torch.optim.SGD(adapted.net.parameters(), lr=1e-3, momentum=0.9)
    found = []
    for _ in range(5):
        (loss,) = adapted.losses(-1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    assert_descends(found, expected[FULL_LOSSES])
    golden.assert_summary(adapted.prediction(), expected["FULL: prediction after 5 updates"], rtol=1e-3, atol=1e-3)


def test_modules_in_turn_descend_like_the_oracle(golden, case):
    adapted, expected = Adapted(golden, case), case["expected"]
    before = {name: variable.detach().clone() for name, variable in adapted.variables.items()}
    optimiser = torch.optim.SGD(adapted.net.parameters(), lr=1e-3, momentum=0.9)
    found = []
    for module in MAD_ORDER:
        (own, reward), owned = adapted.losses(module, -1, isolate_parts=True), adapted.owned(module)
        optimiser.zero_grad()  # None, not zero: momentum must not move the other modules
        for parameter, gradient in zip(owned, torch.autograd.grad(own, owned), strict=True):
            parameter.grad = gradient
        optimiser.step()
        found.append(reward.item())
    assert_descends(found, expected[MAD_LOSSES])
    golden.assert_summary(adapted.prediction(), expected["MAD: prediction after the sequence"], rtol=1e-3, atol=1e-3)
    for name, change in expected["MAD: l2 change per variable"].items():
        moved = float((adapted.variables[name].detach() - before[name]).double().norm())
        assert moved == pytest.approx(change, rel=1e-2, abs=1e-8), name
