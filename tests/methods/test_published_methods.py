"""Published label-free methods in closed form, on a network that predicts one disparity everywhere."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn import functional

from tiny import HEIGHT, WIDTH, labelled, network, plane, silent
from wilddepth.errors import ConfigError, MissingView
from wilddepth.label import Label
from wilddepth.losses.smoothness import edge_aware_smoothness, four_neighbour_smoothness
from wilddepth.methods import catalog
from wilddepth.methods.active_stereo import ActiveStereo, ActiveStereoConfig
from wilddepth.methods.confidence_guided import ConfidenceGuided, ConfidenceGuidedConfig
from wilddepth.methods.domain_adaptation import DomainAdaptation, DomainAdaptationConfig
from wilddepth.methods.left_right import LeftRightConfig, LeftRightMethod
from wilddepth.methods.stereo import heads_of
from wilddepth.objective import Objective
from wilddepth.sample import Sample

ONLY_PROXY: dict[str, Any] = {"reconstruction": 0.0, "smoothness": 0.0}


def objective(method: Any, sample: Sample, part: str | None = None) -> Objective:
    with torch.no_grad():
        found: Objective = method.objective(method(sample), sample, part=part)
    return found


def with_labels(**labels: tuple[float, float]) -> Sample:
    """A plane with constant labels: name = (disparity, confidence)."""
    constant = torch.ones(1, 1, HEIGHT, WIDTH)
    return replace(
        plane(7),
        labels={n: Label("test", disparity=d * constant, confidence=c * constant) for n, (d, c) in labels.items()},
    )


@pytest.mark.parametrize("part", [None, "M6", "M2"])
def test_a_proxy_ten_pixels_away_with_confidence_eight_tenths(part: str | None):
    sample = with_labels(sgm=(10, 0.8))
    for method in (
        ConfidenceGuided(silent()),
        DomainAdaptation(silent(), DomainAdaptationConfig(threshold=0.7, **ONLY_PROXY)),
    ):
        assert float(objective(method, sample, part).total) == pytest.approx(0.8 * 10 / 20)


@pytest.mark.parametrize(("part", "weight"), [(None, 0.25 + 0.25 + 0.25 + 0.5 + 1), ("M6", 0.25), ("M2", 1)])
def test_every_level_learns_from_the_proxy_when_asked(part: str | None, weight: float):
    """The last head by confidence, levels all the same: on a network that says 0 everywhere each is 10 px off."""
    sample = with_labels(sgm=(10, 0.8))
    for method in (
        ConfidenceGuided(silent(), ConfidenceGuidedConfig(every_level=True)),
        DomainAdaptation(silent(), DomainAdaptationConfig(threshold=0.7, every_level=True, **ONLY_PROXY)),
    ):
        found = float(objective(method, sample, part).total)
        assert found == pytest.approx((0.8 * 10 / 20 + weight * 10 / 20) / (1 + weight))


def test_levels_look_at_labels_above_the_threshold_alone():
    sample = with_labels(sgm=(10, 1.0))
    label = sample.labels["sgm"]
    label.confidence[..., : WIDTH // 2], label.disparity[..., : WIDTH // 2] = 0.1, 100.0
    for settings in ({}, {"learned": True}):
        config = DomainAdaptationConfig(threshold=0.7, every_level=True, **settings, **ONLY_PROXY)
        found = objective(DomainAdaptation(silent(), config), sample)
        assert float(found.terms["proxy sgm"]) == pytest.approx(10 / 20, rel=1e-3)


def test_half_of_the_labels_above_the_threshold():
    """Divided by all labels, as the published Caffe code does, the loss is half of that by those in use."""
    sample = with_labels(sgm=(10, 1.0))
    label = sample.labels["sgm"]
    label.confidence[..., : WIDTH // 2] = 0.1
    chosen, all_of_them = (
        objective(ConfidenceGuided(silent(), ConfidenceGuidedConfig(normalise=by)), sample).total
        for by in ("selected", "labelled")
    )
    assert float(chosen) == pytest.approx(10 / 20)
    assert float(all_of_them) == pytest.approx(0.5 * 10 / 20)


def test_unless_told_otherwise_the_labels_in_use_are_counted():
    """Not those above and below the threshold, and not how sure they are."""
    sample = with_labels(sgm=(10, 0.8))
    sample.labels["sgm"].confidence[..., : WIDTH // 2] = 0.1
    assert float(objective(ConfidenceGuided(silent()), sample).total) == pytest.approx(0.8 * 10 / 20)


def test_smoothness_is_blind_to_the_image():
    method = ConfidenceGuided(network(), ConfidenceGuidedConfig(smoothness=2.0))
    sample = with_labels(sgm=(7, 1.0))
    with torch.no_grad():
        outputs = method(sample)
    disparity = outputs.disparities[-1]
    steps = [(disparity.diff(dim=axis)).abs().mean() for axis in (-1, -2)]
    found = method.objective(outputs, sample)
    assert float(found.terms["smoothness"]) == pytest.approx(float(sum(steps)) / 2 / 20, rel=1e-5)
    assert float(found.total) == pytest.approx(float(found.terms["proxy"] + 2 * found.terms["smoothness"]), rel=1e-6)


@pytest.mark.parametrize(("part", "level"), [("M4", 4), ("M3", 3), ("M2", 2)])
def test_a_part_is_smoothed_on_its_own_head(part: str, level: int):
    sample = with_labels(sgm=(7, 1.0))
    for method in (ConfidenceGuided(network()), DomainAdaptation(network())):
        with torch.no_grad():
            outputs = method(sample)
            found = float(method.objective(outputs, sample, part=part).terms["smoothness"])
            own, last = method.enlarged(heads_of(outputs), level), outputs.disparities[-1]
        blind = isinstance(method, ConfidenceGuided)
        expected, other = (
            float(four_neighbour_smoothness(head) if blind else edge_aware_smoothness(head, sample.image)) / 20
            for head in (own, last)
        )
        assert found == pytest.approx(expected, rel=1e-5)
        assert (level == 2) == (expected == pytest.approx(other, rel=0.1))


def test_two_proxies_add_up():
    sample = with_labels(sgm=(10, 1.0), census=(4, 0.95))
    both = DomainAdaptation(silent(), DomainAdaptationConfig(second="census", **ONLY_PROXY))
    found = objective(both, sample)
    assert set(found.terms) == {"proxy sgm", "proxy census"}
    assert float(found.total) == pytest.approx((10 + 0.95 * 4) / 20)
    with pytest.raises(MissingView, match="has no proxy 'census'; it has"):
        objective(both, with_labels(sgm=(10, 1.0)))


def test_a_mask_forgets_how_sure_a_label_is():
    sample = with_labels(sgm=(10, 0.95))
    masked = DomainAdaptation(silent(), DomainAdaptationConfig(weighting="mask", **ONLY_PROXY))
    assert float(objective(masked, sample).total) == pytest.approx(10 / 20)
    assert float(objective(masked, with_labels(sgm=(10, 0.85))).total) == 0


def test_all_terms_together_are_weighted():
    config = DomainAdaptationConfig(smoothness=0.3, reconstruction=2.0)
    found = objective(DomainAdaptation(network(), config), with_labels(sgm=(7, 1.0)))
    terms = found.terms
    expected = terms["proxy sgm"] + 0.3 * terms["smoothness"] + 2 * terms["reconstruction"]
    assert float(found.total) == pytest.approx(float(expected), rel=1e-6)
    assert all(float(value) > 0 for value in terms.values())


@pytest.mark.parametrize("start", [0.1, 0.5, 0.9])
def test_a_learned_threshold_begins_where_it_is_told_and_pays_its_penalty(start: float):
    config = DomainAdaptationConfig(learned=True, threshold=start, penalty=0.5, **ONLY_PROXY)
    method = DomainAdaptation(silent(), config)
    found = objective(method, with_labels(sgm=(10, 1.0)))
    assert float(found.terms["threshold sgm"]) == pytest.approx(start, rel=1e-5)
    penalty = -torch.log(torch.tensor(1 - start))
    assert float(found.total) == pytest.approx(10 / 20 + 10 / 20 + 0.5 * float(penalty), rel=1e-4)


def test_one_step_of_adam_moves_a_learned_threshold_by_its_pace():
    method = DomainAdaptation(silent(), DomainAdaptationConfig(learned=True, threshold=0.5, pace=50.0))
    optimiser = torch.optim.Adam(method.parameters(), lr=1e-4)
    sample = with_labels(sgm=(10, 0.6))
    method.objective(method(sample), sample).total.backward()
    optimiser.step()
    (moved,) = method.thresholds()
    assert abs(float(torch.logit(moved.detach()))) == pytest.approx(50 * 1e-4, rel=1e-3)


def test_a_threshold_is_trained_by_which_labels_are_wrong_and_not_by_their_weight():
    """Half of the labels are right with a confidence of 0.9, half 10 px off with one of 0.3: 3 px weighted, which is
    less than it would cost to be wrong by the mean of all; a threshold of 0.2 must rise all the same."""
    method = DomainAdaptation(silent(), DomainAdaptationConfig(learned=True, threshold=0.2, penalty=0.0, **ONLY_PROXY))
    sample = with_labels(sgm=(5, 0.9))
    label = sample.labels["sgm"]
    disparity, confidence = label.disparity.clone(), label.confidence.clone()
    disparity[..., ::2], confidence[..., ::2] = 10.0, 0.3
    changed = replace(sample, labels={"sgm": replace(label, disparity=disparity, confidence=confidence)})
    found = method.objective(method(changed), changed)
    found.total.backward()
    assert method.logits is not None
    assert float(method.logits.grad) < 0  # a step down the gradient raises the threshold
    # 0.1 and 0.7 above the threshold; the gate lets a part of the first pass, and all of the second
    passed = 1 / (1 + math.exp(-2))
    assert float(found.terms["selection sgm"]) == pytest.approx((0.1 * 10 + 0.7 * 5) / 0.8 / 20, rel=1e-4)
    assert float(found.terms["proxy sgm"]) == pytest.approx((passed * 3 + 4.5) / (passed + 1) / 20, rel=1e-4)


def test_each_proxy_has_a_threshold_of_its_own_in_the_finest_part():
    method = DomainAdaptation(silent(), DomainAdaptationConfig(learned=True, second="census"))
    assert method.logits is not None
    assert method.logits.shape == (2,)
    assert "logits" in method.parts()["M2"].parameters
    assert DomainAdaptation(silent()).logits is None


def test_one_proxy_twice_is_refused():
    with pytest.raises(ConfigError, match=r"method\.settings\.second: 'sgm' is the first proxy too; name another one"):
        catalog.build("domain-adaptation", silent(), {"second": "sgm"})


@pytest.mark.parametrize("method", [LeftRightMethod, ActiveStereo])
def test_both_views_come_from_one_forward_and_a_mirror_swaps_them(method: Any):
    made, sample = method(network()).eval(), plane(7)
    mirrored = replace(sample, image=sample.stereo().right.flip(-1), right=sample.image.flip(-1))
    with torch.no_grad():
        outputs, other = made(sample), made(mirrored)
        found, swapped = made.prediction(outputs, sample), made.prediction(other, mirrored)
        torch.testing.assert_close(found.values, swapped.right.flip(-1), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(found.right, swapped.values.flip(-1), rtol=1e-4, atol=1e-4)
        one, two = (made.objective(o, s).total for o, s in ((outputs, sample), (other, mirrored)))
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)
    assert heads_of(outputs).levels[6].shape[0] == 2


def test_views_that_agree_on_the_true_plane_are_best():
    """Both methods, without labels, prefer the disparity that is there."""
    sample = plane(7)
    for method in (LeftRightMethod, ActiveStereo):
        right, wrong = (objective(method(silent(d)), sample) for d in (7.0, 3.0))
        assert float(right.total) < 0.7 * float(wrong.total), method


def test_four_scales_or_as_many_as_there_are():
    sample = plane(7)
    one, four = (objective(LeftRightMethod(silent(3.0), LeftRightConfig(scales=n)), sample).terms for n in (1, 4))
    assert 3 < float(four["image"] / one["image"]) < 5
    small = plane(3, height=9, width=20)
    assert torch.isfinite(objective(LeftRightMethod(silent(3.0)), small).total)
    with pytest.raises(ConfigError, match="images of 2x20 are too small; give larger crops"):
        objective(LeftRightMethod(silent(3.0)), plane(3, height=2, width=20))


def test_views_that_disagree_are_invalid_and_that_costs():
    """Where nothing is valid only the way back to agreement is left."""
    method = ActiveStereo(silent(), ActiveStereoConfig(invalid=0.1, pooling_radius=2))
    sample = plane(7)
    left, right = torch.full((1, 1, HEIGHT, WIDTH), 8.0), torch.full((1, 1, HEIGHT, WIDTH), 5.0)
    contrast, invalid = method.side(sample.image, sample.stereo().right, left, right)
    assert float(contrast) == 0
    assert float(invalid) == pytest.approx(3 * 0.6931472)


def test_views_that_disagree_about_the_truth_are_better_than_views_that_agree_on_something_else():
    """With lambda 0.1 and colours of 0..1 it is the other way round, and networks end with the same disparity
    everywhere: bad 3 rose from 46 to 69 % on a rendered street."""
    sample, method = plane(7), ActiveStereo(silent())
    noise = 2.5 * torch.randn(2, 1, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    rough, agreed = (
        [float(value) for value in method.side(sample.image, sample.stereo().right, left, right)]
        for left, right in ((7 + noise[0], 7 + noise[1]), (torch.full_like(noise[0], 3), torch.full_like(noise[1], 3)))
    )

    def total(terms: list[float], share: float) -> float:
        return (1 - share) * terms[0] + share * terms[1]

    assert total(rough, method.config.invalid) < 0.9 * total(agreed, method.config.invalid)
    assert total(rough, 0.1) > total(agreed, 0.1)


def test_local_contrast_of_halved_views_leads_to_a_disparity_that_is_many_pixels_off():
    """Blobs of eight pixels under fine noise: at the full size alone nothing leads on from 8 px off."""
    generator, size = torch.Generator().manual_seed(0), (128, 320)
    blobs = functional.interpolate(torch.rand(1, 3, 16, 40, generator=generator), size=size, mode="bicubic")
    scene = (0.25 * torch.rand(1, 3, *size, generator=generator) + 0.75 * blobs).clamp(0, 1)
    sample = Sample(image=scene[..., 32:288], right=scene[..., 52:308], keys=("blobs",))  # 20 px

    def totals(scales: int) -> list[float]:
        config = ActiveStereoConfig(scales=scales, pooling_radius=2)
        return [float(objective(ActiveStereo(silent(20.0 - off), config), sample).total) for off in (12, 10, 8, 6, 0)]

    default, one = totals(ActiveStereoConfig().scales), totals(1)
    assert default == sorted(default, reverse=True)
    assert default[0] > 1.2 * default[3]
    assert one[0] < one[1]


def test_small_views_are_halved_as_often_as_they_can_be():
    method = ActiveStereo(silent())
    assert len(method.scales(plane(3, height=9, width=20))) == 1
    assert len(method.scales(plane(3, height=64, width=140))) == 2


def test_with_every_term_off_there_is_nothing_to_minimise():
    config = LeftRightConfig(image=0.0, smoothness=0.0, consistency=0.0)
    with pytest.raises(ConfigError, match="every term is switched off; set one of image, smoothness, consistency abov"):
        objective(LeftRightMethod(silent(), config), plane(7))


def test_a_proxy_of_depth_is_refused():
    sample = replace(plane(7), labels={"sgm": Label("test", depth=torch.ones(1, 1, HEIGHT, WIDTH))})
    with pytest.raises(MissingView, match="label 'sgm' holds depth; this method learns from disparity"):
        objective(ConfidenceGuided(silent()), sample)


def test_the_proxy_can_be_the_only_signal_of_a_whole_sample():
    sample = labelled(plane(7), 10, "sgm")  # no confidence: 1 wherever there is a value
    assert float(objective(ConfidenceGuided(silent()), sample).total) == pytest.approx(10 / 20)
