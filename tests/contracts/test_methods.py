"""What every method must satisfy, for every method in the table."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint

import numpy as np
import pytest
import torch
from torch import Tensor

from tiny import Line, labelled, network, plane
from wilddepth.errors import ConfigError, MissingView
from wilddepth.method import Method
from wilddepth.methods import catalog
from wilddepth.methods.stereo import StereoMethod
from wilddepth.prediction import Quantity
from wilddepth.sample import Sample

NAMES = tuple(catalog.METHODS)
LABELS = ("sgm", "renderer", "truth")
WITHOUT_LABELS = {"left-right", "active-stereo"}


def example(height: int = 64, width: int = 64) -> Sample:
    return labelled(plane(7, height=height, width=width), 7, *LABELS)


@pytest.fixture(scope="module", params=NAMES)
def method(request: pytest.FixtureRequest) -> Method:
    net = network()
    with torch.no_grad():
        # Coarse heads are clipped at 0 as published, and one that begins below learns nothing: this one begins at 1 px.
        net.decoders["6"][5].bias.fill_(-0.05)
    return catalog.build(request.param, net)


@pytest.fixture
def calls(method: Method) -> list[int]:
    """Grows by one whenever the network runs."""
    assert isinstance(method, StereoMethod)
    found: list[int] = []
    handle = method.network.register_forward_hook(lambda *_: found.append(1))
    yield found
    handle.remove()


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def total_of(method: Method, sample: Sample, part: str | None = None) -> Tensor:
    return method.objective(method(sample), sample, part=part, generator=seeded()).total


def test_every_method_of_the_table_is_tried():
    assert set(NAMES) == {
        "supervised",
        "label-free",
        "confidence-guided",
        "domain-adaptation",
        "left-right",
        "active-stereo",
    }
    assert set(NAMES) <= set(catalog.names())


@pytest.mark.parametrize("training", [False, True])
def test_prediction_and_objective_come_from_one_forward(method: Method, calls: list[int], training: bool):
    method.train(training)
    sample = example()
    outputs = method(sample)
    prediction = method.prediction(outputs, sample)
    objective = method.objective(outputs, sample, generator=seeded())
    for part in method.parts():
        method.objective(outputs, sample, part=part, generator=seeded())
    assert len(calls) == 1
    assert prediction.values.shape == (1, 1, 64, 64)
    assert torch.isfinite(objective.total)


def test_training_changes_the_mode_and_not_the_prediction(method: Method):
    sample = example()
    found = [method.train(training).prediction(method(sample), sample).values for training in (False, True)]
    torch.testing.assert_close(*found)
    assert found[0].std() > 0


@pytest.mark.parametrize("generator", [None, seeded])
def test_the_objective_is_pure(method: Method, generator: Callable[[], torch.Generator] | None):
    sample, before = example(), {name: value.clone() for name, value in method.state_dict().items()}
    with torch.no_grad():
        outputs = method(sample)
        kept, config = [level.clone() for level in outputs.native.levels.values()], method.config
        states = torch.get_rng_state(), np.random.get_state()[1].tolist()
        totals = [
            method.objective(outputs, sample, part=part, generator=generator and generator()).total
            for part in (None, None, *method.parts())
        ]
    assert torch.equal(totals[0], totals[1])
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == np.random.get_state()[1].tolist()
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())
    assert all(torch.equal(*pair) for pair in zip(kept, outputs.native.levels.values(), strict=True))
    assert method.config == config


def test_terms_are_detached_and_the_total_is_not(method: Method):
    objective = method.objective(method(example()), example(), generator=seeded())
    assert objective.total.requires_grad
    assert objective.total.ndim == 0
    assert objective.terms
    assert not any(value.requires_grad for value in objective.terms.values())


def test_other_weights_can_be_put_through_it(method: Method):
    other = {name: value * 0.9 for name, value in method.named_parameters()}
    sample = example()
    with torch.no_grad():
        outputs = torch.func.functional_call(method, other, (sample,))
        borrowed = method.objective(outputs, sample, generator=seeded()).total
        own = total_of(method, sample)
        copy = catalog.build(name_of(method), network())
        copy.load_state_dict(other)
        expected = total_of(copy.train(method.training), sample)
    torch.testing.assert_close(borrowed, expected)
    assert abs(float(borrowed - own)) > 1e-4


def name_of(method: Method) -> str:
    return next(name for name in NAMES if type(catalog.build(name, network())) is type(method))


def test_it_can_be_differentiated_twice(method: Method):
    """v H v by autograd against the difference of two gradients, in double precision, with weights from outside."""
    sample = example()
    double = replace(
        sample,
        image=sample.image.double(),
        right=sample.right.double(),
        labels={name: replace(label, disparity=label.disparity.double()) for name, label in sample.labels.items()},
    )
    precise = catalog.build(name_of(method), network()).double().train(method.training)
    seed = torch.Generator().manual_seed(0)

    def noise(value: Tensor) -> Tensor:
        return 0.01 * torch.randn(value.shape, generator=seed, dtype=value.dtype)

    # away from the start, where many activations lie exactly on the kink of a ReLU
    start = {name: value.detach() + noise(value) for name, value in precise.named_parameters()}
    direction = {name: noise(value) for name, value in start.items()}

    def slope(step: float, *, twice: bool = False) -> tuple[Tensor, Tensor | None]:
        along = torch.tensor(step, dtype=torch.float64, requires_grad=True)
        weights = {name: value + along * direction[name] for name, value in start.items()}
        outputs = torch.func.functional_call(precise, weights, (double,))
        total = precise.objective(outputs, double, generator=seeded()).total
        (first,) = torch.autograd.grad(total, along, create_graph=twice)
        return first, torch.autograd.grad(first, along)[0] if twice else None

    _, curvature = slope(0.0, twice=True)
    reach = 1e-9  # hundreds of px for each unit of the direction: more would cross kinks of the interpolation
    difference = (slope(reach)[0] - slope(-reach)[0]) / (2 * reach)
    assert curvature is not None
    assert abs(float(curvature)) > 1e-3
    torch.testing.assert_close(curvature, difference, rtol=1e-2, atol=1e-3)


def test_every_base_parameter_is_in_exactly_one_part(method: Method):
    owned = [name for part in method.parts().values() for name in part.parameters]
    base = {id(parameter) for parameter in method.parameter_groups()["base"]}
    assert sorted(owned) == sorted(name for name, value in method.named_parameters() if id(value) in base)
    assert len(owned) == len(set(owned))
    assert all(part.name == name for name, part in method.parts().items())


def reached(method: Method, part: str, *, isolated: bool) -> set[str]:
    sample = example()
    method.zero_grad(set_to_none=True)
    outputs = method(sample, isolate_parts=isolated)
    method.objective(outputs, sample, part=part, generator=seeded()).total.backward()
    found = {name for name, value in method.named_parameters() if value.grad is not None and bool(value.grad.any())}
    method.zero_grad(set_to_none=True)
    return found


def heads(names: set[str]) -> set[str]:
    """The decoders and the context network among parameters; all parts share the feature pyramid below them."""
    return {name for name in names if ".pyramid." not in name}


@pytest.mark.parametrize("part", ["M6", "M5", "M4", "M3", "M2"])
def test_the_loss_of_an_isolated_part_reaches_no_other_decoder(method: Method, part: str):
    own = set(method.parts()[part].parameters)
    found = reached(method, part, isolated=True)
    assert heads(found) <= own
    assert f"network.decoders.{part[1]}.5.bias" in found
    # features of coarser levels lie above this part's and stay out of reach
    level = int(part[1])
    assert not any(f"network.pyramid.{index}." in name for name in found for index in range(2 * level, 12))


def test_without_isolation_it_reaches_the_coarser_decoders(method: Method):
    assert any("decoders.6" in name for name in reached(method, "M4", isolated=False))
    assert not any("decoders.3" in name or "context" in name for name in reached(method, "M4", isolated=False))


def test_a_part_that_does_not_exist_is_refused(method: Method):
    with pytest.raises(ConfigError, match=r"unknown part 'M9'; this method has M6, M5, M4, M3, M2"):
        total_of(method, example(), part="M9")


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_was_not_run_is_refused(name: str):
    coarse = catalog.build(name, network(), {"finest": 4})
    assert torch.isfinite(total_of(coarse, example(), part="M4"))
    with pytest.raises(ConfigError, match="part 'M3' was not run: the finest level is 4; set finest to 3"):
        total_of(coarse, example(), part="M3")


@pytest.mark.parametrize("size", [(64, 64), (50, 70), (33, 95)])
def test_predictions_have_the_size_of_the_image_and_are_disparities(method: Method, size: tuple[int, int]):
    sample = example(*size)
    with torch.no_grad():
        prediction = method.eval().prediction(method(sample), sample)
    assert prediction.quantity is Quantity.DISPARITY_PX
    assert prediction.values.shape == (1, 1, *size)
    assert bool((prediction.values >= 0).all())


def test_one_view_is_not_enough(method: Method):
    with pytest.raises(MissingView, match=r"plane-0.* has no right image; choose a stereo source"):
        method(replace(example(), right=None))


def test_a_label_that_is_not_there_is_asked_for(method: Method):
    if name_of(method) in WITHOUT_LABELS:
        assert torch.isfinite(total_of(method, replace(example(), labels={})))
        return
    sample = replace(example(), labels={})
    with pytest.raises(MissingView, match=rf"has no .*'{method.config.label}'; it has \[\]"):
        method.objective(method(sample), sample)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "settings, message",
    [
        ({"finset": 3}, r"unknown key 'method.settings.finset'; did you mean 'finest'"),
        ({"finest": 9}, r"method.settings.finest: unknown value 9"),
        ({"finest": 2.0}, r"method.settings.finest: unknown value 2.0"),
        ({"label": 3}, r"method.settings.label: 3 is not a text"),
    ],
)
def test_settings_are_checked(name: str, settings: dict[str, object], message: str):
    if "label" in settings and name in WITHOUT_LABELS:
        message = "unknown key 'method.settings.label'"
    with pytest.raises(ConfigError, match=message):
        catalog.build(name, network(), settings)


@pytest.mark.parametrize(
    "name, settings",
    [
        ("label-free", {"proxy": -1.0}),
        ("label-free", {"threshold": 1.5}),
        ("label-free", {"alpha": -0.1}),
        ("supervised", {"matching": -0.1}),
        ("supervised", {"temperature": 0.0}),
        ("supervised", {"matching_rows": 0}),
        ("confidence-guided", {"threshold": -0.5}),
        ("confidence-guided", {"smoothness": -1.0}),
        ("domain-adaptation", {"threshold": 1.0}),
        ("domain-adaptation", {"softness": 0.0}),
        ("left-right", {"alpha": 2.0}),
        ("active-stereo", {"pooling_radius": 65}),
        ("active-stereo", {"threshold": 0.0}),
    ],
)
def test_settings_outside_their_range_are_refused(name: str, settings: dict[str, float]):
    with pytest.raises(ConfigError, match=f"method.settings.{next(iter(settings))}: .* is out of range"):
        catalog.build(name, network(), settings)


def test_an_unknown_method_is_refused_with_the_nearest_one():
    with pytest.raises(ConfigError, match="unknown method 'supervized'; did you mean 'supervised'"):
        catalog.build("supervized", network())


def test_other_packages_add_methods(monkeypatch: pytest.MonkeyPatch):
    entries = [EntryPoint("theirs", "tiny:line", catalog.GROUP), EntryPoint("supervised", "os:system", catalog.GROUP)]
    monkeypatch.setattr(catalog, "entry_points", lambda group: entries if group == "wilddepth.methods" else [])
    assert catalog.names() == sorted([*NAMES, "theirs"])
    theirs = catalog.build("theirs", network(), {"goal": 5.0})
    assert isinstance(theirs, Line)
    assert theirs.config.goal == 5.0
    # nobody can take the place of a method of ours
    assert isinstance(catalog.build("supervised", network()), StereoMethod)
