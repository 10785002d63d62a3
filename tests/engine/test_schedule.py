"""Stages and learning rates in closed form."""

import math

import pytest

from wilddepth.engine.schedule import FitPlan, Stage, learning_rate


def test_a_constant_rate_is_constant():
    stage = Stage(steps=5, batch=1, learning_rate=0.1)
    assert [learning_rate(stage, step) for step in range(5)] == [0.1] * 5


def test_the_rate_falls_along_half_a_cosine_to_its_last_step():
    stage = Stage(steps=5, batch=1, learning_rate=1.0, final_learning_rate=0.2)
    expected = [0.2 + 0.8 * (1 + math.cos(math.pi * step / 4)) / 2 for step in range(5)]
    found = [learning_rate(stage, step) for step in range(5)]
    assert found == pytest.approx(expected, abs=1e-6)
    assert (found[0], found[2], found[4]) == pytest.approx((1.0, 0.6, 0.2), abs=1e-6)


def test_the_rate_rises_from_nothing_during_the_warm_up():
    stage = Stage(steps=6, batch=1, learning_rate=1.0, warm_up=4)
    assert [learning_rate(stage, step) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_warm_up_and_cosine_multiply():
    stage = Stage(steps=3, batch=1, learning_rate=1.0, final_learning_rate=0.0, warm_up=2)
    assert [learning_rate(stage, step) for step in range(3)] == pytest.approx([0.5 * 1, 1 * 0.5, 0.0], abs=1e-6)


def test_a_stage_of_one_step_has_its_first_rate():
    assert learning_rate(Stage(1, 1, 1.0, 0.5), 0) == 1.0


def test_steps_fall_into_the_stages_in_order():
    first, second = Stage(2, 1, 0.1), Stage(3, 4, 0.2)
    plan = FitPlan((first, second))
    assert plan.steps == 5
    assert [plan.stage_at(step) for step in range(5)] == [
        (first, 0),
        (first, 1),
        (second, 0),
        (second, 1),
        (second, 2),
    ]
    with pytest.raises(ValueError, match="beyond the last stage"):
        plan.stage_at(5)


def test_a_plan_that_is_cut_does_the_first_steps_of_the_whole_one():
    stages = (Stage(2, 1, 0.1), Stage(3, 4, 0.2, 0.02))
    assert [FitPlan(stages, cut=cut).steps for cut in (None, 4, 100)] == [5, 4, 5]
    whole, cut = FitPlan(stages), FitPlan(stages, cut=4)
    assert [cut.stage_at(step) for step in range(4)] == [whole.stage_at(step) for step in range(4)]
