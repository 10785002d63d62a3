"""Each term of the method of 2020 is the loss it is said to be, with the settings given; who trains whom."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from tiny import HEIGHT, WIDTH, labelled, plane, silent, uneven
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.label import Label
from wilddepth.losses.photometric import photometric_map_by_definition
from wilddepth.losses.smoothness import edge_aware_smoothness
from wilddepth.method import Outputs
from wilddepth.methods.domain_adaptation import DomainAdaptation, DomainAdaptationConfig
from wilddepth.objective import Objective
from wilddepth.sample import Sample

ONLY_PROXY: dict[str, Any] = {"reconstruction": 0.0, "smoothness": 0.0}
START, PACE, PENALTY = 0.2, 50.0, 0.3
SURE, UNSURE = (0.9, 5.0), (0.3, 10.0)
"""Confidence and disparity of the even and of the odd columns."""


def two_kinds() -> Sample:
    """Half of the labels are sure, half are not."""
    disparity, confidence = torch.empty(2, 1, 1, HEIGHT, WIDTH)
    for start, (sure, away) in enumerate((SURE, UNSURE)):
        confidence[..., start::2], disparity[..., start::2] = sure, away
    return replace(plane(7), labels={"sgm": Label("test", disparity=disparity, confidence=confidence)})


def learning(**settings: Any) -> DomainAdaptation:
    chosen = {"learned": True, "threshold": START, "pace": PACE, "penalty": PENALTY, **ONLY_PROXY, **settings}
    return DomainAdaptation(silent(), DomainAdaptationConfig(**chosen))


def shown(method: DomainAdaptation) -> tuple[Objective, torch.Tensor]:
    """The objective at a prediction of 0 everywhere, which receives a gradient, and that prediction."""
    disparity = torch.zeros(1, 1, HEIGHT, WIDTH, requires_grad=True)
    return method.objective(Outputs(disparities=(disparity,)), two_kinds()), disparity


def gate(confidence: float, softness: float) -> float:
    return 1 / (1 + math.exp((START - confidence) / softness))


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.85])
def test_the_reconstruction_is_the_right_view_warped_to_the_left(alpha: float):
    sample, method = plane(7), DomainAdaptation(uneven(), DomainAdaptationConfig(alpha=alpha)).eval()
    with torch.no_grad():
        outputs = method(sample)
        found = method.objective(outputs, labelled(sample, 7, "sgm")).terms["reconstruction"]
    rebuilt, _ = warp_by_disparity(sample.stereo().right, outputs.disparities[-1])
    expected = photometric_map_by_definition(rebuilt, sample.image, alpha=alpha).mean()
    assert float(found) == pytest.approx(float(expected), rel=1e-4)


def test_smoothness_is_taken_in_twentieths_of_a_pixel_and_guided_by_the_left_view():
    sample, method = replace(plane(7), right=plane(7).stereo().right / 4), DomainAdaptation(uneven()).eval()
    with torch.no_grad():
        outputs = method(sample)
        found = float(method.objective(outputs, labelled(sample, 7, "sgm")).terms["smoothness"])
    left, right = (
        float(edge_aware_smoothness(outputs.disparities[-1], view)) / 20
        for view in (sample.image, sample.stereo().right)
    )
    assert found == pytest.approx(left, rel=1e-5)
    assert found != pytest.approx(right, rel=1e-2)


@pytest.mark.parametrize("weighting", ["confidence", "mask"])
@pytest.mark.parametrize("softness", [0.05, 0.2])
def test_labels_pass_a_learned_threshold_through_a_gate_of_the_softness_told(softness: float, weighting: str):
    found, _ = shown(learning(softness=softness, weighting=weighting))
    gates = [gate(confidence, softness) for confidence, _ in (SURE, UNSURE)]
    weights = [confidence if weighting == "confidence" else 1.0 for confidence, _ in (SURE, UNSURE)]
    errors = [gates[k] * weights[k] * away for k, (_, away) in enumerate((SURE, UNSURE))]
    assert float(found.terms["proxy sgm"]) == pytest.approx(sum(errors) / sum(gates) / 20, rel=1e-4)


def test_a_learned_threshold_trains_the_network_through_the_gate_alone():
    """The gradient of a pixel is that of its gated label: what trains the threshold does not reach the network."""
    found, disparity = shown(learning())
    found.total.backward()
    gates = [gate(confidence, 0.05) for confidence, _ in (SURE, UNSURE)]
    for start, (confidence, _) in enumerate((SURE, UNSURE)):
        expected = -gates[start] * confidence / (sum(gates) * HEIGHT * WIDTH / 2) / 20
        torch.testing.assert_close(
            disparity.grad[..., start::2], torch.full((1, 1, HEIGHT, WIDTH // 2), expected), rtol=1e-4, atol=0
        )


def test_a_threshold_is_trained_by_the_selection_and_the_penalty_alone():
    """Not by the gate: d/dt of sum (C - t) e / sum (C - t) / 20 - penalty log(1 - t), with t = sigmoid(pace logit)."""
    method = learning()
    shown(method)[0].total.backward()
    surplus = [confidence - START for confidence, _ in (SURE, UNSURE)]
    errors = [away for _, away in (SURE, UNSURE)]
    weighted = sum(above * error for above, error in zip(surplus, errors, strict=True))
    selection = (2 * weighted - sum(errors) * sum(surplus)) / sum(surplus) ** 2 / 20
    expected = (selection + PENALTY / (1 - START)) * PACE * START * (1 - START)
    assert method.logits is not None
    assert float(method.logits.grad) == pytest.approx(expected, rel=1e-4)
    assert abs(expected) > 0.1
