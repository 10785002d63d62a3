"""The method behind CCNN: entropy by hand, labelled pixels only, no other way to be fooled."""

import math

import pytest
import torch

from wilddepth.errors import MissingView
from wilddepth.label import Label
from wilddepth.methods.wild import NAME, Wild
from wilddepth.networks.ccnn import CCNN
from wilddepth.sample import Sample


def silent(logit):
    """A method that says the same everywhere."""
    network = CCNN()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    torch.nn.init.constant_(network.layers[-1].bias, logit)
    return Wild(network)


def sample(target):
    disparity = torch.full((1, 1, *target.shape), 7.0)
    label = Label(NAME, disparity=disparity, confidence=target[None, None])
    return Sample(image=torch.zeros(1, 3, *target.shape), labels={NAME: label})


def target(*values):
    """An 11 x 12 map in which the first inner pixels are labelled."""
    found = torch.full((11, 12), torch.nan)
    found[4, 4 : 4 + len(values)] = torch.tensor(values)
    return found


def test_the_objective_is_the_mean_entropy_of_labelled_pixels():
    given, method = sample(target(1.0, 1.0, 0.0)), silent(2.0)
    objective = method.objective(method(given), given)
    expected = (2 * math.log1p(math.exp(-2)) + math.log1p(math.exp(2))) / 3
    assert objective.total.item() == pytest.approx(expected)
    assert objective.terms["accuracy"].item() == pytest.approx(2 / 3)


def test_the_border_without_a_whole_patch_teaches_nothing():
    map_ = target(1.0)
    map_[0] = 0.0
    given, method = sample(map_), silent(2.0)
    assert method.objective(method(given), given).total.item() == pytest.approx(math.log1p(math.exp(-2)))


def test_the_prediction_is_the_label_with_confidence():
    given, method = sample(target(1.0)), silent(0.0)
    prediction = method.prediction(method(given), given)
    assert torch.equal(prediction.values, given.labels[NAME].disparity)
    torch.testing.assert_close(prediction.confidence, torch.full((1, 1, 11, 12), 0.5))


def test_every_parameter_is_in_the_one_part():
    method = silent(0.0)
    assert set(method.parts()["all"].parameters) == {name for name, _ in method.named_parameters()}


def test_a_sample_without_labels_is_refused():
    method, given = silent(0.0), sample(target())
    with pytest.raises(ValueError, match="labelled"):
        method.objective(method(given), given)
    with pytest.raises(MissingView, match="to judge"):
        method(Sample(image=torch.zeros(1, 3, 11, 12)))
    unjudged = Sample(image=given.image, labels={NAME: Label(NAME, disparity=given.labels[NAME].disparity)})
    with pytest.raises(MissingView, match="right"):
        method.objective(method(unjudged), unjudged)
