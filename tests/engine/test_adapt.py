"""Adaptation end to end on tiny planes, whose proxies are exact and made from the images alone."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tiny import HEIGHT, WIDTH, Line, Planes, labelled, matched, silent
from wilddepth.engine.adapt import Adaptation, AdaptPlan, adapt, fit_plan, prepared
from wilddepth.engine.checkpoint import LAST, load_tensors
from wilddepth.engine.infer import Predictor
from wilddepth.engine.judge import judge
from wilddepth.engine.labels import LabelPair, Proxies, held_out_blocks, held_out_of_right
from wilddepth.engine.pairs import Pairs
from wilddepth.label import Label
from wilddepth.method import Method, Outputs
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig
from wilddepth.networks.madnet import MADNet
from wilddepth.objective import Objective
from wilddepth.sample import Sample
from wilddepth.sources.source import Scene

PLAN = AdaptPlan(
    coarse_steps=2,
    steps=6,
    batch=2,
    height=64,
    width=64,
    learning_rate=2e-3,
    average=0.5,
    judge_every=2,
    patience=9,
)
TOUCH = replace(PLAN, coarse_steps=1, steps=2, judge_every=2, learning_rate=1e-4)


def weights(method: Method) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in method.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


def start() -> MADNet:
    """4 px everywhere, where 6 would be right."""
    return silent(4.0)


def run(folder: Path, source: Planes, plan: AdaptPlan, **more: object) -> tuple[LabelFree, Adaptation]:
    method = LabelFree(start(), more.pop("config", LabelFreeConfig()))
    return method, adapt(method, source, plan, folder, **{"proxies": matched, **more})


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LabelFree, Adaptation]:
    folder = tmp_path_factory.mktemp("adapted")
    return folder, *run(folder, Planes(), PLAN)


def test_the_distance_to_proxies_and_the_true_error_fall(adapted: tuple[Path, LabelFree, Adaptation]):
    _, method, result = adapted
    first, best = result.judgements[0], result.judgements[result.best]
    assert result.improved
    assert best.proxy < 0.8 * first.proxy
    assert best.score < 1
    assert not method.training

    def error(tried: Method) -> float:
        found = Predictor(tried, device="cpu", precision="fp32")(Planes()[0].sample, confidence=False)
        return float((found.values - 6).abs().mean())

    assert error(method) < 0.8 * error(LabelFree(start()))


def test_whole_pictures_teach_one_a_step(tmp_path: Path):
    sizes: list[tuple[int, ...]] = []

    class Watched(LabelFree):
        def objective(self, outputs: Outputs, sample: Sample, **more: object) -> Objective:
            sizes.append(tuple(sample.image.shape))
            return super().objective(outputs, sample, **more)

    plan = replace(TOUCH, height=32, width=32, whole=True)
    assert adapt(Watched(start(), LabelFreeConfig()), Planes(), plan, tmp_path, proxies=matched).improved
    assert sizes == [(1, 3, HEIGHT, WIDTH)] * 3


def test_augmented_crops_teach_and_the_pairs_as_they_are_judge(tmp_path: Path):
    (method, result), (other, plain) = (
        run(tmp_path / str(augment), Planes(), replace(TOUCH, augment=augment)) for augment in (True, False)
    )
    assert result.judgements[0] == plain.judgements[0]
    assert result.improved
    assert not same(weights(method), weights(other))


def test_it_says_what_it_did(adapted: tuple[Path, LabelFree, Adaptation]):
    _, _, result = adapted
    assert [entry.step for entry in result.judgements] == [0, 2, 4, 6, 8]
    assert (result.fit.steps, result.fit.stopped) == (8, None)
    assert result.best == min(range(5), key=lambda number: result.judgements[number].score)
    assert result.proxy_seconds > 0


@pytest.mark.parametrize("rate", [5e-4, 1e-4])
def test_what_was_judged_best_is_what_is_handed_back(tmp_path: Path, rate: float):
    """The coarse stage was judged by its coarse head; its weights won, and the finest head had learned nothing."""
    plan = replace(TOUCH, coarse_steps=2, steps=2, judge_every=1, learning_rate=rate)
    method, result = run(tmp_path, Planes((6, 6)), plan)
    best = result.judgements[result.best]
    assert judge(method, Pairs(Planes((6, 6)), matched), 12) == pytest.approx((best.photometric, best.proxy), rel=1e-5)


def test_both_stages_learn_from_what_they_should(tmp_path: Path):
    """The second stage went on without the photometric term, because the first one had switched it off."""
    told: list[set[str]] = []

    class Watched(LabelFree):
        def objective(self, *given: object, **options: object):  # type: ignore[no-untyped-def]
            found = super().objective(*given, **options)
            told.append(set(found.terms))
            return found

    adapt(Watched(start()), Planes((6,)), TOUCH, tmp_path, proxies=matched)
    assert told == [{"proxy"}, {"proxy", "photometric", "smoothness"}, {"proxy", "photometric", "smoothness"}]


def test_the_coarse_stage_runs_no_level_that_was_left_out(tmp_path: Path):
    levels: list[int] = []

    class Watched(LabelFree):
        def objective(self, outputs: Outputs, *given: object, **options: object):  # type: ignore[no-untyped-def]
            levels.extend(outputs.native.levels)
            return super().objective(outputs, *given, **options)

    method = Watched(start(), LabelFreeConfig(finest=5))
    adapt(method, Planes((6,)), TOUCH, tmp_path, proxies=matched)
    assert set(levels) == {6, 5}


def test_proxies_that_only_judge_need_no_coarse_stage(tmp_path: Path):
    _, result = run(tmp_path, Planes((6,)), TOUCH, config=LabelFreeConfig(proxy=0.0))
    assert result.fit.steps == TOUCH.coarse_steps + TOUCH.steps
    assert all(math.isfinite(entry.proxy) for entry in result.judgements)


def test_without_proxies_there_is_no_coarse_stage(tmp_path: Path):
    config = LabelFreeConfig(proxy=0.0)
    _, result = run(tmp_path, Planes((6,)), TOUCH, config=config, proxies=None)
    assert result.fit.steps == TOUCH.coarse_steps + TOUCH.steps
    assert result.judgements[0].proxy != result.judgements[0].proxy
    assert not (tmp_path / "labels").exists()
    stages = fit_plan(PLAN).stages
    assert [(stage.steps, dict(stage.settings)) for stage in stages] == [(8, {})]


def spoilt(where: Callable[[int, Sample], Tensor], value: float) -> Proxies:
    """Proxies that are changed at some pixels; the number of the image is in its key."""

    def make(key: str, sample: Sample) -> LabelPair:
        made = matched(key, sample)
        number = int(sample.keys[0].split("-")[1])
        blocks = held_out_blocks(*sample.size, number)
        matches = held_out_of_right(blocks, made["right/sgm"].disparity)

        def changed(label: Label, mask: Tensor) -> Label:
            return replace(label, disparity=torch.where(where(number, mask), torch.tensor(value), label.disparity))

        return {"sgm": changed(made["sgm"], blocks), "right/sgm": changed(made["right/sgm"], matches)}

    return make


def test_held_out_proxies_train_nothing(tmp_path: Path):
    # values that keep the right view's matches on their blocks: only the labels themselves differ
    def last(proxies: Proxies, folder: str) -> dict[str, Tensor]:
        run(tmp_path / folder, Planes((6,)), TOUCH, proxies=proxies)
        return load_tensors(tmp_path / folder / LAST)[0]

    honest = last(matched, "honest")
    assert same(honest, last(spoilt(lambda number, held: held, 6.25), "held out"))
    assert not same(honest, last(spoilt(lambda number, held: ~held, 6.25), "elsewhere"))


def random_proxies(key: str, sample: Sample) -> LabelPair:
    made = labelled(sample, 0, "sgm")
    generator = torch.Generator().manual_seed(0)
    return {
        name: replace(label, disparity=40 * torch.rand(label.disparity.shape, generator=generator))
        for name, label in made.labels.items()
    }


@pytest.mark.parametrize(
    "harm, config",
    [
        ({"plan": replace(TOUCH, learning_rate=1e3)}, LabelFreeConfig()),
        ({"plan": replace(TOUCH, learning_rate=1e30)}, LabelFreeConfig()),
        ({"plan": replace(TOUCH, learning_rate=0.5), "proxies": None}, LabelFreeConfig(proxy=0.0)),
    ],
)
def test_harm_is_noticed_and_the_weights_that_came_are_handed_back(
    tmp_path: Path, adapted: tuple[Path, LabelFree, Adaptation], harm: dict[str, object], config: LabelFreeConfig
):
    method = LabelFree(start(), config)
    method.load_state_dict(adapted[1].state_dict())  # a network that has something to lose
    before = weights(method)
    result = adapt(method, Planes(), harm["plan"], tmp_path, proxies=harm.get("proxies", matched))
    assert not result.improved
    assert result.best == 0
    assert same(before, weights(method))
    assert method.config == config


def test_wrong_proxies_harm_and_are_noticed(tmp_path: Path, adapted: tuple[Path, LabelFree, Adaptation]):
    """Noise cannot be learned, so neither number falls."""
    method = LabelFree(start())
    method.load_state_dict(adapted[1].state_dict())
    before = weights(method)
    result = adapt(method, Planes(), replace(TOUCH, learning_rate=1e-2), tmp_path, proxies=random_proxies)
    assert not result.improved
    assert same(before, weights(method))


def test_a_run_that_diverges_ends_with_the_best_weights_and_says_so(tmp_path: Path):
    class Lost(Line):
        def objective(self, outputs, sample, **options):  # type: ignore[no-untyped-def]
            found = super().objective(outputs, sample, **options)
            return type(found)(found.total * float("nan"), found.terms)

    lost = Lost(start=5.0)
    before = weights(lost)
    plan = replace(TOUCH, coarse_steps=0)
    result = adapt(lost, Planes((6,)), plan, tmp_path, proxies=matched)
    assert not result.improved
    assert result.fit.steps == 0
    assert "the objective is nan" in str(result.fit.stopped)
    assert same(before, weights(lost))


def cut_after(step: int) -> Callable[[object], None]:
    def tell(progress) -> None:  # type: ignore[no-untyped-def]
        if progress.step == step:
            raise KeyboardInterrupt

    return tell


@pytest.mark.parametrize("step", [1, 2, 5])
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    tmp_path: Path, adapted: tuple[Path, LabelFree, Adaptation], step: int
):
    _, whole, result = adapted
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Planes(), PLAN, on_step=cut_after(step))

    method, resumed = run(tmp_path, Planes(), PLAN, resume=True)
    assert same(weights(whole), weights(method))
    assert resumed.judgements == result.judgements
    assert resumed.best == result.best


def test_a_run_that_had_been_stopped_is_not_gone_on_with(tmp_path: Path):
    plan = replace(TOUCH, coarse_steps=0, steps=4, judge_every=1, patience=1, learning_rate=0.0)
    first, result = run(tmp_path, Planes((6,)), plan)
    assert result.fit.stopped == "no improvement in 2 judgements"
    assert result.fit.steps == 2  # half of the stage
    steps: list[int] = []
    again, resumed = run(tmp_path, Planes((6,)), plan, resume=True, on_step=lambda told: steps.append(told.step))
    assert steps == []
    assert resumed.judgements == result.judgements
    assert (resumed.fit.steps, resumed.fit.stopped) == (2, result.fit.stopped)
    assert same(weights(first), weights(again))


def test_the_time_given_ends_it_with_a_judgement_and_more_time_goes_on(tmp_path: Path):
    plan = replace(TOUCH, coarse_steps=0, steps=3, judge_every=3, minutes=1e-9)
    _, result = run(tmp_path, Planes((6,)), plan)
    assert (result.fit.steps, result.fit.stopped) == (1, "the time given is over")
    assert [entry.step for entry in result.judgements] == [0, 1]
    _, resumed = run(tmp_path, Planes((6,)), replace(plan, minutes=None), resume=True)
    assert (resumed.fit.steps, resumed.fit.stopped) == (3, None)


def test_a_run_in_short_sessions_is_as_patient_as_one_in_one(tmp_path: Path):
    """Each end of a session is judged too, and those judgements used up the patience."""
    plan = replace(TOUCH, coarse_steps=0, steps=8, judge_every=4, patience=2, learning_rate=0.0)
    for _ in range(3):
        run(tmp_path, Planes((6,)), replace(plan, minutes=1e-9), resume=True)
    _, result = run(tmp_path, Planes((6,)), plan, resume=True)
    assert result.fit.steps == 8


def test_crops_fit_the_smallest_of_all_pairs(tmp_path: Path):
    class Mixed(Planes):
        def load(self, index: int) -> Scene:
            self.options = dict(zip(("height", "width"), ((70, 90), (50, 100))[index], strict=True))
            return super().load(index)

    assert prepared(Pairs(Mixed((6, 6)), None), None) == (50, 90)
    plan = replace(TOUCH, coarse_steps=1, steps=0, height=256, width=640)
    _, result = run(tmp_path, Mixed((6, 6)), plan)
    assert result.fit.steps == 1


def test_unequal_principal_points_go_through_from_end_to_end(tmp_path: Path):
    """Raw disparities of -4 px: the adapted network must predict them, and depth must come out right."""
    source = Planes((-4, -4, -4), doffs=10.0)
    method, result = run(tmp_path, source, PLAN)
    assert result.improved
    before, after = (
        Predictor(tried, device="cpu", precision="fp32")(source[0].sample, confidence=False)
        for tried in (LabelFree(start()), method)
    )
    assert float(before.values.min()) >= -10  # 0 in front of the network
    errors = [float((found.values + 4).abs().mean()) for found in (before, after)]
    assert errors[1] < 0.9 * errors[0]  # eight steps, and no label in the columns that the shift brings in
    sample = source[0].sample
    depth = after.depth(sample.camera, sample.baseline, doffs=sample.doffs())
    expected = 100 * 0.2 / (after.values + 10)
    torch.testing.assert_close(depth, expected)


def test_proxies_are_told_of_and_only_where_there_are_any():
    told: list[tuple[int, int]] = []
    for proxies in (matched, None):
        prepared(Pairs(Planes((6, 6)), proxies), lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
