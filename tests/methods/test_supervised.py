"""The supervised objective in closed form, on a network that predicts 0 everywhere."""

from dataclasses import replace

import pytest
import torch

from tiny import HEIGHT, WIDTH, labelled, network, plane, silent
from wilddepth.errors import MissingView
from wilddepth.label import Label
from wilddepth.methods.supervised import Supervised, SupervisedConfig
from wilddepth.objective import Objective
from wilddepth.sample import Sample

LEVELS = SupervisedConfig(matching=0.0)


@pytest.fixture(scope="module")
def still() -> Supervised:
    return Supervised(silent())


def objective(
    method: Supervised,
    sample: Sample,
    config: SupervisedConfig,
    part: str | None = None,
    generator: torch.Generator | None = None,
) -> Objective:
    method.config = config
    with torch.no_grad():
        return method.objective(method(sample), sample, part=part, generator=generator)


def constant(disparity: float) -> Sample:
    return labelled(plane(7), disparity, "renderer")


@pytest.mark.parametrize("finest, weights", [(2, 1 + 1 + 1 + 2 + 4 + 4), (3, 1 + 1 + 1 + 2), (6, 1)])
def test_every_level_that_runs_counts_with_its_weight(still: Supervised, finest: int, weights: float):
    found = objective(still, constant(10), replace(LEVELS, finest=finest))
    assert float(found.total) == pytest.approx(weights * 10 / 20)
    assert ("refined" in found.terms) == (finest == 2)


@pytest.mark.parametrize("part, weight", [("M6", 1), ("M3", 2), ("M2", 8)])
def test_a_part_counts_alone(still: Supervised, part: str, weight: float):
    assert float(objective(still, constant(10), LEVELS, part).total) == pytest.approx(weight * 10 / 20)


@pytest.mark.parametrize("disparity", [-1.0, 192.0, float("nan")])
def test_disparities_outside_the_range_are_not_supervised(still: Supervised, disparity: float):
    assert float(objective(still, constant(disparity), LEVELS).total) == 0.0


def test_padding_is_not_supervised(still: Supervised):
    sample = labelled(plane(7, height=50, width=70), 10, "renderer")
    # level 6 looks at rows 0, 64, ...: all padding. The zeros there must not count as targets.
    assert float(objective(still, sample, LEVELS).total) == pytest.approx(12 * 10 / 20)


def test_the_matching_loss_is_averaged_over_levels_and_weighted(still: Supervised):
    found = objective(still, constant(7), SupervisedConfig(matching=0.5))
    levels = objective(still, constant(7), LEVELS)
    assert float(found.terms["matching"]) > 0
    assert float(found.total) == pytest.approx(float(levels.total) + 0.5 * float(found.terms["matching"]), rel=1e-6)


def test_pixels_that_only_one_view_sees_are_not_matched(still: Supervised):
    sample = constant(7)
    other = {**sample.labels, "right/renderer": Label("test", disparity=torch.full((1, 1, HEIGHT, WIDTH), 30.0))}
    hidden = objective(still, replace(sample, labels=other), SupervisedConfig())
    assert float(hidden.terms["matching"]) == 0.0
    without = {"renderer": sample.labels["renderer"]}
    assert float(objective(still, replace(sample, labels=without), SupervisedConfig()).terms["matching"]) > 0


def test_rows_to_match_are_drawn_by_the_generator_and_by_nothing_else():
    method, sample, few = Supervised(network()), constant(7), SupervisedConfig(matching_rows=1)

    def matching(seed: int | None) -> float:
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return float(objective(method, sample, few, generator=generator).terms["matching"])

    assert matching(1) == matching(1)
    assert matching(1) != matching(2)
    # without a generator all rows are matched: nothing is drawn
    assert matching(None) == pytest.approx(
        float(objective(method, sample, SupervisedConfig(matching_rows=10_000)).terms["matching"])
    )


def test_a_label_of_depth_is_refused(still: Supervised):
    sample = replace(plane(7), labels={"renderer": Label("test", depth=torch.ones(1, 1, HEIGHT, WIDTH))})
    with pytest.raises(MissingView, match="label 'renderer' holds depth; this method learns from disparity"):
        objective(still, sample, LEVELS)
