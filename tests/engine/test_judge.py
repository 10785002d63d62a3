"""The two numbers that need no labels, and what follows from them."""

import math
from pathlib import Path

import pytest
import torch

from tiny import HEIGHT, WIDTH, Line, Planes, labelled, matched, plane, silent
from wilddepth.engine.judge import Judge, Judgement, held_out_distance, judge, relative, visible_error
from wilddepth.engine.labels import held_out_blocks
from wilddepth.engine.pairs import Pairs
from wilddepth.errors import WeightsError
from wilddepth.label import Label
from wilddepth.methods import catalog
from wilddepth.sample import Sample


def constant(value: float) -> torch.Tensor:
    return torch.full((1, 1, HEIGHT, WIDTH), value)


def test_the_photometric_error_of_the_truth_is_nothing_and_of_a_mistake_something():
    sample = plane(6)
    assert visible_error(constant(6.0), sample) < 2e-3  # the windows of its last visible column
    assert visible_error(constant(4.0), sample) > 0.02


def test_a_network_cannot_look_better_by_hiding_everything():
    """A disparity beyond the image leaves no visible pixel; the mean over none of them was 0, the best there is."""
    sample = plane(6)
    assert visible_error(constant(1000.0), sample) == 1.0
    wrong = visible_error(constant(4.0), sample)
    mostly_hidden = constant(4.0)
    mostly_hidden[..., 16:] = 1000.0
    assert visible_error(mostly_hidden, sample) > 0.5 > wrong


def test_the_proxy_distance_is_over_confident_pixels_of_the_held_out_blocks():
    label, blocks = labelled(plane(6), 6, "sgm").labels["sgm"], held_out_blocks(HEIGHT, WIDTH, 0)
    assert held_out_distance(constant(6.0), label, blocks) == 0.0
    assert held_out_distance(constant(7.5), label, blocks) == pytest.approx(1.5)
    assert held_out_distance(constant(60.0), label, blocks) == pytest.approx(3.0)  # capped
    assert held_out_distance(constant(9.0), label, blocks, enlargement=1.5) == pytest.approx(2.0)  # 4 px from 6 px
    assert held_out_distance(constant(60.0), label, blocks, enlargement=1.5) == pytest.approx(3.0)
    outside = torch.where(blocks, constant(6.0), constant(50.0))
    assert held_out_distance(outside, label, blocks) == 0.0


def test_proxies_that_are_missing_or_unsure_are_not_compared_with():
    blocks = held_out_blocks(HEIGHT, WIDTH, 0)
    unsure = Label("x", disparity=constant(6.0), confidence=constant(0.5))
    assert held_out_distance(constant(9.0), unsure, blocks) is None
    missing = Label("x", disparity=torch.where(blocks, constant(float("nan")), constant(6.0)))
    assert held_out_distance(constant(9.0), missing, blocks) is None


@pytest.mark.parametrize("enlargement", [1.0, 2.0])
def test_proxies_are_compared_with_in_px_of_the_pictures_as_they_come(enlargement: float):
    """4 px of pictures twice as large are 2 px, where proxies say 6 px."""
    pairs = Pairs(Planes((6,)), matched, enlargement=enlargement)
    _, distance = judge(catalog.build("label-free", silent(4.0), {}).eval(), pairs, 1)
    assert distance == pytest.approx(2.0 if enlargement == 1 else 3.0, abs=1e-3)  # 4 px, capped
    _, distance = judge(catalog.build("label-free", silent(10.0), {}).eval(), pairs, 1)
    assert distance == pytest.approx(3.0 if enlargement == 1 else 1.0, abs=1e-3)


def test_pairs_are_judged_together():
    pairs = Pairs(Planes((6, 8), width=256), matched)
    photometric, proxy = judge(Line(start=6.0), pairs, 12)
    each = [visible_error(torch.full((1, 1, HEIGHT, 256), 6.0), pairs.sample(index)) for index in (0, 1)]
    assert photometric == pytest.approx(sum(each) / 2)
    assert proxy == pytest.approx((0 + 2) / 2)
    assert judge(Line(start=6.0), pairs, 1)[1] == 0.0  # the first alone


def test_without_proxies_there_is_no_distance():
    assert math.isnan(judge(Line(start=6.0), Pairs(Planes(), None), 3)[1])


@pytest.mark.parametrize(
    "found, first, score",
    [
        ((0.1, 1.0), (0.2, 2.0), 0.5),
        ((0.1, 2.0), (0.2, 2.0), 0.75),
        ((0.1, float("nan")), (0.2, float("nan")), 0.5),
        ((0.3, 0.0), (0.2, 0.0), 1.25),
        ((0.0, 0.0), (0.0, 0.0), 1.0),
        ((0.0, 0.1), (0.0, 0.0), 1.05),
    ],
)
def test_the_score_is_the_mean_ratio_to_the_network_that_came(
    found: tuple[float, float], first: tuple[float, float], score: float
):
    assert relative(found, first) == pytest.approx(score)


def test_a_prediction_of_nan_never_scores(tmp_path: Path):
    assert math.isnan(relative((float("nan"), 1.0), (1.0, 1.0)))
    run = make(tmp_path, Line(start=4.0))
    run(1, Line(start=float("nan")))
    assert run.best == 0


def make(folder: Path, line: Line, state: dict[str, object] | None = None, **more: int) -> Judge:
    chosen = {"judged_pairs": 2, "patience": 2, "every": 1, "earliest": 0, **more}
    return Judge(line, Pairs(Planes((6, 6)), matched), folder, state or {}, **chosen)


def test_the_best_weights_are_kept_and_handed_back(tmp_path: Path):
    run = make(tmp_path, Line(start=3.0))
    assert run.history == [Judgement(0, 1.0, *judge(Line(start=3.0), run.pairs, 2))]
    for step, weight in ((10, 4.5), (20, 5.5), (30, 4.0)):
        run(step, Line(start=weight))
    assert run.best == 2
    assert [entry.step for entry in run.history] == [0, 10, 20, 30]
    line = Line()
    run.restore(line)
    assert line.value() == 5.5


def test_where_nothing_is_better_the_weights_that_came_are_handed_back(tmp_path: Path):
    run = make(tmp_path, Line(start=6.0))
    run(10, Line(start=4.0))
    line = Line()
    run.restore(line)
    assert (run.best, line.value()) == (0, 6.0)


def test_patience_ends_and_begins_anew_with_every_improvement(tmp_path: Path):
    run = make(tmp_path, Line(start=3.0), patience=2)
    assert [run(step, Line(start=weight)) for step, weight in ((1, 2.0), (2, 5.0), (3, 4.0))] == [None] * 3
    assert run(4, Line(start=4.0)) == "no improvement in 2 judgements"
    assert run.verdict(4) == "no improvement in 2 judgements"


def test_judgements_off_the_schedule_use_up_no_patience(tmp_path: Path):
    run = make(tmp_path, Line(start=6.0), patience=2, every=4)
    assert [run(step, Line(start=3.0)) for step in (1, 2, 3, 4)] == [None] * 4
    assert run(8, Line(start=3.0)) == "no improvement in 2 judgements"


def test_there_is_no_verdict_before_its_time(tmp_path: Path):
    run = make(tmp_path, Line(start=6.0), patience=1, earliest=3)
    assert [bool(run(step, Line(start=3.0))) for step in (1, 2, 3)] == [False, False, True]


def test_a_judge_is_taken_up_where_it_was(tmp_path: Path):
    run = make(tmp_path, Line(start=3.0))
    run(10, Line(start=5.0))
    state = run.state()
    after = make(tmp_path, Line(start=99.0), state)  # the present weights are not looked at
    assert (after.history, after.best) == (run.history, 1)
    after(20, Line(start=4.0))
    line = Line()
    after.restore(line)
    assert line.value() == 5.0


def test_a_kill_before_the_checkpoint_loses_no_best_weights(tmp_path: Path):
    """The checkpoint may still call the best weights of the judgement before the best."""
    run = make(tmp_path, Line(start=3.0))
    run(10, Line(start=5.0))
    state = run.state()
    run(20, Line(start=6.0))  # better; the kill comes before the next checkpoint
    line = Line()
    make(tmp_path, Line(), state).restore(line)
    assert line.value() == 5.0
    run(30, Line(start=6.0))
    assert len(list(tmp_path.glob("best-*"))) == 2  # but not all there ever were


def test_best_weights_that_are_gone_are_an_error(tmp_path: Path):
    run = make(tmp_path, Line(start=3.0))
    run.file(0).unlink()
    with pytest.raises(WeightsError, match=r"no weights at .*best-000000"):
        run.restore(Line())


def test_judging_changes_no_pair():
    pairs = Pairs(Planes(), matched)
    before = [tensor.clone() for tensor in tensors(pairs.sample(0))]
    judge(Line(start=2.0), pairs, 3)
    after = tensors(pairs.sample(0))
    assert len(before) == 2 + 2 * 2  # two views, and two labels with a confidence
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(after, before, strict=True))


def tensors(sample: Sample) -> list[torch.Tensor]:
    """Everything that a pair holds."""
    labels = [tensor for label in sample.labels.values() for tensor in (label.disparity, label.confidence)]
    return [tensor for tensor in (sample.image, sample.right, *labels) if tensor is not None]
