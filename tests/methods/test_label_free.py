"""The label-free objective in closed form, on a network that predicts 0 everywhere."""

from dataclasses import replace

import pytest
import torch

from tiny import HEIGHT, WIDTH, labelled, network, plane, silent, uneven
from wilddepth.errors import ConfigError, MissingView
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.label import Label
from wilddepth.losses.photometric import photometric_map_by_definition
from wilddepth.losses.smoothness import edge_aware_smoothness
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig, photometric_error
from wilddepth.objective import Objective
from wilddepth.sample import Sample

ONLY_PROXY = LabelFreeConfig(proxy=1.0, photometric=0.0, smoothness=0.0)


@pytest.fixture(scope="module")
def still() -> LabelFree:
    return LabelFree(silent()).eval()


def objective(method: LabelFree, sample: Sample, config: LabelFreeConfig, part: str | None = None) -> Objective:
    method.config = config
    with torch.no_grad():
        return method.objective(method(sample), sample, part=part)


def with_label(disparity: torch.Tensor, confidence: torch.Tensor | None = None) -> Sample:
    return replace(plane(7), labels={"sgm": Label("test", disparity=disparity, confidence=confidence)})


@pytest.mark.parametrize("every_level", [True, False])
@pytest.mark.parametrize("part", [None, "M6", "M4", "M2"])
def test_a_prediction_of_zero_is_ten_twentieths_away_from_a_proxy_of_ten(
    still: LabelFree, every_level: bool, part: str | None
):
    found = objective(still, labelled(plane(7), 10, "sgm"), replace(ONLY_PROXY, every_level=every_level), part)
    assert float(found.total) == pytest.approx(10 / 20)
    assert set(found.terms) == {"proxy"}


def test_the_confidence_of_a_proxy_is_its_weight_in_the_last_head(still: LabelFree):
    sample = with_label(torch.full((1, 1, HEIGHT, WIDTH), 10.0), torch.full((1, 1, HEIGHT, WIDTH), 0.8))
    assert float(objective(still, sample, replace(ONLY_PROXY, every_level=False)).total) == pytest.approx(0.8 * 10 / 20)


@pytest.mark.parametrize("confidence, expected", [(0.5, 0.0), (0.51, 1.0)])
def test_only_proxies_above_the_threshold_count(still: LabelFree, confidence: float, expected: float):
    sample = with_label(torch.full((1, 1, HEIGHT, WIDTH), 10.0), torch.full((1, 1, HEIGHT, WIDTH), confidence))
    assert bool(objective(still, sample, ONLY_PROXY).total > 0) == bool(expected)


def test_a_proxy_of_nothing_teaches_nothing_and_is_no_nan(still: LabelFree):
    sample = with_label(torch.full((1, 1, HEIGHT, WIDTH), float("nan")))
    assert float(objective(still, sample, ONLY_PROXY).total) == 0.0


def test_padding_is_not_compared_with_the_proxy(still: LabelFree):
    sample = labelled(plane(7, height=50, width=70), 10, "sgm")
    assert float(objective(still, sample, ONLY_PROXY).total) == pytest.approx(10 / 20)


def test_equal_views_and_no_disparity_cost_nothing(still: LabelFree):
    sample = labelled(replace(plane(7), right=plane(7).image), 0, "sgm")
    found = objective(still, sample, LabelFreeConfig())
    assert float(found.total) == pytest.approx(0.0, abs=1e-7)
    assert set(found.terms) == {"proxy", "photometric", "smoothness"}


def test_the_total_is_the_weighted_sum_of_its_terms():
    config = LabelFreeConfig(proxy=0.7, photometric=2.0, smoothness=0.3)
    found = objective(LabelFree(network()).eval(), labelled(plane(7), 7, "sgm"), config)
    expected = 0.7 * found.terms["proxy"] + 2 * found.terms["photometric"] + 0.3 * found.terms["smoothness"]
    assert float(found.total) == pytest.approx(float(expected), rel=1e-6)
    assert all(float(value) > 0 for value in found.terms.values())


def test_hidden_pixels_can_be_left_out_of_the_photometric_term(still: LabelFree):
    sample = labelled(plane(7), 7, "sgm")
    masked, whole = (
        objective(still, sample, LabelFreeConfig(proxy=0, smoothness=0, mask_hidden=mask)) for mask in (True, False)
    )
    # at disparity 0 the right view sees every pixel
    assert float(masked.total) == pytest.approx(float(whole.total))
    method = LabelFree(network(), LabelFreeConfig(proxy=0, smoothness=0, mask_hidden=False)).eval()
    with torch.no_grad():
        outputs = method(sample)
        error = photometric_error(outputs.disparities[-1], sample.image, sample.right)
        assert float(method.objective(outputs, sample).total) == pytest.approx(float(error.mean()))


def test_pixels_that_the_prediction_hides_do_not_count_in_the_photometric_term():
    """At 6.5 px the first seven columns of the left view lie outside the right one."""
    sample, method = plane(7), LabelFree(silent(6.5)).eval()
    rebuilt, _ = warp_by_disparity(sample.stereo().right, torch.full((1, 1, HEIGHT, WIDTH), 6.5))
    error = photometric_map_by_definition(rebuilt, sample.image)
    masked, whole = (
        float(objective(method, sample, LabelFreeConfig(proxy=0, mask_hidden=mask)).terms["photometric"])
        for mask in (True, False)
    )
    assert masked == pytest.approx(float(error[..., 7:].mean()), rel=1e-4)
    assert whole == pytest.approx(float(error.mean()), rel=1e-4)
    assert masked < 0.9 * whole


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.85])
def test_the_photometric_term_mixes_structure_and_colour_as_told(alpha: float):
    sample, method = plane(7), LabelFree(uneven(), LabelFreeConfig(proxy=0, mask_hidden=False, alpha=alpha)).eval()
    with torch.no_grad():
        outputs = method(sample)
        rebuilt, _ = warp_by_disparity(sample.stereo().right, outputs.disparities[-1])
        found = method.objective(outputs, sample).terms["photometric"]
    expected = photometric_map_by_definition(rebuilt, sample.image, alpha=alpha).mean()
    assert float(found) == pytest.approx(float(expected), rel=1e-4)


def test_smoothness_is_taken_in_twentieths_of_a_pixel_and_guided_by_the_left_view():
    sample = replace(plane(7), right=plane(7).stereo().right / 4)
    method = LabelFree(uneven(), LabelFreeConfig(proxy=0, photometric=0)).eval()
    with torch.no_grad():
        outputs = method(sample)
        found = float(method.objective(outputs, sample).terms["smoothness"])
    left, right = (
        float(edge_aware_smoothness(outputs.disparities[-1], view)) / 20
        for view in (sample.image, sample.stereo().right)
    )
    assert found == pytest.approx(left, rel=1e-5)
    assert found != pytest.approx(right, rel=1e-2)


def test_with_every_term_off_there_is_nothing_to_minimise(still: LabelFree):
    with pytest.raises(ConfigError, match="every term of the label-free objective is switched off; set proxy or photo"):
        objective(still, plane(7), LabelFreeConfig(proxy=0, photometric=0, smoothness=0))


def test_a_proxy_of_depth_is_refused(still: LabelFree):
    sample = replace(plane(7), labels={"sgm": Label("test", depth=torch.ones(1, 1, HEIGHT, WIDTH))})
    with pytest.raises(MissingView, match="label 'sgm' holds depth; this method learns from disparity"):
        objective(still, sample, ONLY_PROXY)


def test_without_proxies_no_label_is_needed(still: LabelFree):
    assert float(objective(still, plane(7), LabelFreeConfig(proxy=0)).total) > 0


def test_photometric_error_is_zero_at_the_true_disparity_where_both_views_see():
    sample = plane(7)
    right = photometric_error(torch.full((1, 1, HEIGHT, WIDTH), 7.0), sample.image, sample.right)
    wrong = photometric_error(torch.full((1, 1, HEIGHT, WIDTH), 5.0), sample.image, sample.right)
    assert float(right[..., 9:].max()) < 1e-4
    assert float(wrong[..., 9:].mean()) > 0.02
