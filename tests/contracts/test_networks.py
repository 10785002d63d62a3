"""What every stereo network must satisfy, and that every method works with every one of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tiny import labelled, plane
from wilddepth.engine.weights import load_network, save_weights
from wilddepth.errors import ConfigError
from wilddepth.geometry.pad import Padding
from wilddepth.methods import catalog as methods
from wilddepth.methods.stereo import StereoMethod
from wilddepth.networks import catalog
from wilddepth.networks.block import Norm
from wilddepth.networks.stereo import StereoNetwork, channels_last
from wilddepth.plain import plain
from wilddepth.sample import Sample

KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "madnet": ("madnet", {}),
    "madnet2": ("madnet2", {}),
    "dispnetc": ("dispnetc", {"width": 0.0625}),
    "stereonet": ("stereonet", {"largest": 63}),
    "stereonet-single": ("stereonet", {"largest": 63, "refinements": "single"}),
    "stereonet-coarse": ("stereonet", {"largest": 63, "halvings": 4}),
}
LABELS = ("sgm", "renderer", "other")


def made(kind: str, seed: int = 0) -> StereoNetwork:
    name, settings = KINDS[kind]
    network = catalog.build(name, settings)
    network.initialise("pass-through", generator=torch.Generator().manual_seed(seed))
    network.keep_statistics()
    channels_last(network)
    return network


@pytest.fixture(scope="module", params=KINDS)
def network(request: pytest.FixtureRequest) -> StereoNetwork:
    return made(request.param)


def example(height: int = 64, width: int = 64) -> Sample:
    return labelled(plane(7, height=height, width=width), 7, *LABELS)


def views(height: int = 64, width: int = 96) -> tuple[Tensor, Tensor]:
    sample = plane(7, height=height, width=width)
    return sample.image, sample.stereo().right


def test_every_network_of_the_table_is_tried():
    assert {name for name, _ in KINDS.values()} == set(catalog.names())


@torch.no_grad()
@pytest.mark.parametrize("size", [(64, 96), (50, 70), (9, 20), (1, 1)])
def test_any_size_is_taken_and_given_back(network: StereoNetwork, size: tuple[int, int]):
    heads = network(*views(*size))
    assert tuple(heads.levels) == network.level_numbers
    assert len(heads.disparities) == len(network.level_numbers) + 1
    assert all(disparity.shape == (1, 1, *size) for disparity in heads.disparities)
    height, width = (size[i] + sum(pair) for i, pair in enumerate(paddings(heads.padding)))
    assert height % network.multiple == width % network.multiple == 0
    for k, values in heads.levels.items():
        assert values.shape == (1, 1, height >> k, width >> k)
        assert bool(values.isfinite().all())


def paddings(padding: Padding) -> tuple[tuple[int, int], tuple[int, int]]:
    return (padding.top, padding.bottom), (padding.left, padding.right)


@torch.no_grad()
def test_padding_is_at_most_needed(network: StereoNetwork):
    side = network.multiple
    assert network(*views(side, 2 * side)).padding == Padding(0, 0, 0, 0)


@torch.no_grad()
def test_only_the_heads_asked_for_are_enlarged(network: StereoNetwork):
    everything, final, none = (network(*views(), heads=heads) for heads in ("all", "final", "none"))
    assert none.disparities == ()
    assert len(final.disparities) == 1
    assert final.disparities[0].equal(everything.disparities[-1])
    assert all((disparity >= 0).all() for disparity in everything.disparities[:-1])


@torch.no_grad()
def test_finer_levels_than_asked_for_are_not_run(network: StereoNetwork):
    whole = network(*views())
    for k in network.level_numbers[:-1]:
        found = network(*views(), finest=k, heads="final")
        assert min(found.levels) == k
        torch.testing.assert_close(found.levels[k], whole.levels[k])
        assert len(found.disparities) == 1
        assert network.level_within(k) == k
    with pytest.raises(ValueError, match=rf"{type(network).__name__} has no decoder at level 9; choose one of"):
        network(*views(), finest=9)
    assert network.level_within(0) == network.level_numbers[-1]
    assert network.level_within(9) == network.level_numbers[0]


@torch.no_grad()
@pytest.mark.parametrize("disparity", [0.0, 10.0])
def test_values_of_every_level_are_full_resolution_px_by_minus_twenty(network: StereoNetwork, disparity: float):
    for k in network.level_numbers:
        values = torch.full((1, 1, 128 >> k, 256 >> k), -disparity / 20)
        for relu_first in (False, True):
            found = network.full_resolution(values, k, Padding(3, 5, 7, 9), relu_first=relu_first)
            torch.testing.assert_close(found, torch.full((1, 1, 120, 240), disparity))


def test_parts_hold_every_parameter_once_and_are_named_by_level(network: StereoNetwork):
    parts = network.parts()
    assert tuple(parts) == tuple(f"M{k}" for k in network.level_numbers)
    owned = [name for names in parts.values() for name in names]
    assert sorted(owned) == sorted(name for name, _ in network.named_parameters())
    assert all(parts.values())


def test_the_loss_of_an_isolated_part_reaches_no_coarser_part_but_shared_features(network: StereoNetwork):
    """Without isolation it does."""
    parts = network.parts()
    coarse, fine = network.level_numbers[0], network.level_numbers[-1]
    for isolated in (True, False):
        network.zero_grad(set_to_none=True)
        network(*views(), isolate_parts=isolated, heads="none").levels[fine].sum().backward()
        reached = {name for name, value in network.named_parameters() if value.grad is not None}
        others = set(parts[f"M{coarse}"]) & reached
        assert bool(others) == (not isolated)
    network.zero_grad(set_to_none=True)


def test_fresh_weights_of_one_seed_are_equal_and_finer_levels_begin_near_coarser_ones():
    for kind in KINDS:
        first, second, other = made(kind), made(kind), made(kind, 1)
        pairs = zip(first.parameters(), second.parameters(), strict=True)
        assert all(torch.equal(*pair) for pair in pairs)
        assert not torch.equal(next(first.parameters()), next(other.parameters()))
        left, right = views(128, 128)
        with torch.no_grad():
            heads = first(left, right)
        means = [float(values.mean()) for values in heads.levels.values()]
        assert max(means) - min(means) < 0.2, kind  # 4 px


def test_weights_come_back_with_their_network_and_options(network: StereoNetwork, tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, network, {})
    found, _ = load_network(str(path))
    assert type(found) is type(network)
    assert found.options == network.options
    with torch.no_grad():
        torch.testing.assert_close(found(*views()).disparities[-1], network.eval()(*views()).disparities[-1])


def test_stages_are_modules_or_methods(network: StereoNetwork):
    modules = dict(network.named_modules())
    assert all(part in modules or callable(getattr(network, part)) for part in network.stages.values())
    assert next(iter(network.stages)) == "features of both views"


@pytest.mark.parametrize(
    "name, settings, message",
    [
        ("madnet3", {}, r"unknown network 'madnet3'; did you mean 'madnet"),
        ("dispnetc", {"widht": 1.0}, r"unknown key 'network.settings.widht'; did you mean 'width'"),
        ("dispnetc", {"width": 0.0}, r"network.settings.width: 0.0 is out of range"),
        ("stereonet", {"halvings": 5}, r"network.settings.halvings: unknown value 5"),
        ("stereonet", {"largest": 7}, r"network.settings.largest: 7 is out of range"),
        ("madnet2", {"border": "zeros"}, r"network.settings.border: unknown value 'zeros'"),
    ],
)
def test_names_and_settings_are_checked(name: str, settings: dict[str, object], message: str):
    with pytest.raises(ConfigError, match=message):
        catalog.build(name, settings)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


SETTINGS: dict[str, dict[str, bool | int | float | str]] = {
    "active-stereo": {"pooling_radius": 2},
    "domain-adaptation": {"learned": True, "second": "other", "threshold": 0.5},
}


@pytest.mark.parametrize("name", methods.METHODS)
@pytest.mark.parametrize("size", [(64, 64), (50, 70)])
def test_every_method_trains_every_network(network: StereoNetwork, name: str, size: tuple[int, int]):
    """Every weight that a prediction depends on receives a gradient from one forward."""
    method = methods.build(name, network, SETTINGS.get(name, {})).train()
    assert isinstance(method, StereoMethod)
    sample = with_structure(example(*size))
    outputs = method(sample)
    objective = method.objective(outputs, sample, generator=seeded())
    method.zero_grad(set_to_none=True)
    objective.total.backward()
    assert bool(torch.isfinite(objective.total))
    without = [n for n, value in method.named_parameters() if value.grad is None or not value.grad.isfinite().all()]
    assert not without
    prediction = method.prediction(outputs, sample)
    assert prediction.values.shape == (1, 1, *size)
    assert bool((prediction.values >= 0).all())


def with_structure(sample: Sample) -> Sample:
    """A label that no constant fits, so that errors of either sign are there at any start."""
    disparity = 6 + 4 * torch.rand(sample.image[:, :1].shape, generator=torch.Generator().manual_seed(0))
    labels = {name: replace(label, disparity=disparity) for name, label in sample.labels.items()}
    return replace(sample, labels=labels)


@pytest.mark.parametrize("name", methods.METHODS)
def test_every_method_trains_every_part(network: StereoNetwork, name: str):
    method = methods.build(name, network, SETTINGS.get(name, {})).train()
    sample = with_structure(example())
    outputs = method(sample, isolate_parts=True)
    for part in method.parts():
        assert bool(torch.isfinite(method.objective(outputs, sample, part=part, generator=seeded()).total))


def test_a_coarse_first_stage_runs_what_there_is(network: StereoNetwork):
    coarse = methods.build("supervised", network, {"finest": 4}).train()
    outputs = coarse(example())
    wanted = [k for k in network.level_numbers if k >= 4] or [network.level_numbers[0]]
    assert list(outputs.native.levels) == wanted
    assert torch.isfinite(coarse.objective(outputs, example()).total)


def test_statistics_are_learned_while_training_unless_they_are_to_be_kept():
    network = made("stereonet")
    norms = [module for module in network.modules() if isinstance(module, Norm)]
    start = [norm.running_mean.clone() for norm in norms]
    network.train()
    network(*views())
    assert all(torch.equal(norm.running_mean, before) for norm, before in zip(norms, start, strict=True))
    network.keep_statistics(False)
    network(*views())
    assert not any(torch.equal(norm.running_mean, before) for norm, before in zip(norms, start, strict=True))


def test_normalisation_is_torchs():
    ours, theirs = Norm(3), torch.nn.BatchNorm2d(3)
    values = torch.rand(4, 3, 5, 6, generator=seeded())
    for _ in range(2):
        torch.testing.assert_close(ours(values), theirs(values))
    assert {name for name in theirs.state_dict() if name != "num_batches_tracked"} == set(ours.state_dict())
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs.state_dict()[name])
    torch.testing.assert_close(ours.eval()(values), theirs.eval()(values))


@pytest.mark.parametrize("step", [1e-6])
def test_gradients_are_the_differences_of_values(network: StereoNetwork, step: float):
    """Of a smooth function of all levels, along a random direction of all weights, in double precision."""
    double = {name: value.detach().double() for name, value in network.named_parameters()}
    buffers = {name: value.double() for name, value in network.named_buffers()}
    left, right = (view.double() for view in views(64, 64))
    seed = torch.Generator().manual_seed(5)
    start = {n: v + 0.02 * torch.randn(v.shape, generator=seed, dtype=v.dtype) for n, v in double.items()}
    direction = {n: 0.02 * torch.randn(v.shape, generator=seed, dtype=v.dtype) for n, v in double.items()}

    def value(along: Tensor) -> Tensor:
        weights = {name: start[name] + along * direction[name] for name in start}
        heads = torch.func.functional_call(network, {**weights, **buffers}, (left, right), {"heads": "none"})
        return sum_of([(values.sin() ** 2).mean() for values in heads.levels.values()])

    here = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(value(here), here)
    with torch.no_grad():
        reach = torch.tensor(step, dtype=torch.float64)
        difference = (value(reach) - value(-reach)) / (2 * step)
    assert abs(float(slope)) > 1e-6
    torch.testing.assert_close(slope, difference, rtol=1e-3, atol=1e-7)


def sum_of(values: list[Tensor]) -> Tensor:
    return torch.stack(values).sum()


def test_options_are_plain_values():
    build: Callable[..., StereoNetwork] = catalog.build
    for name, settings in KINDS.values():
        network = build(name, settings)
        assert catalog.build(name, plain(network.options)).options == network.options
