"""The settings of the methods on two views reach their losses: against direct calls, term by term."""

from math import log
from typing import Any

import pytest
import torch

from tiny import HEIGHT, WIDTH, plane, uneven
from wilddepth.geometry.occlusion import left_right_difference
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.left_right import LeftRight, TwoViews, left_right_terms
from wilddepth.losses.local_contrast import contrast_error, pooled_mean
from wilddepth.methods.active_stereo import ActiveStereo, ActiveStereoConfig
from wilddepth.methods.left_right import LeftRightConfig, LeftRightMethod
from wilddepth.methods.stereo import heads_of

LEFT_RIGHT: dict[str, Any] = {"alpha": 0.85, "border": "replicate", "vertical": True}
ACTIVE: dict[str, float] = {"contrast_radius": 4, "contrast_offset": 0.01, "pooling_softness": 2.0, "threshold": 1.0}


@pytest.mark.parametrize(
    ("changed", "term"),
    [
        ({}, None),
        ({"alpha": 0.3}, "image"),
        ({"border": "zeros"}, "image"),
        ({"border": "zeros"}, "consistency"),
        ({"vertical": False}, "smoothness"),
    ],
)
def test_settings_of_left_right_reach_its_terms(changed: dict[str, Any], term: str | None):
    """At one scale, which is the output itself."""
    sample, method = plane(7), LeftRightMethod(uneven(), LeftRightConfig(scales=1, **changed)).eval()
    with torch.no_grad():
        outputs = method(sample)
        found = method.objective(outputs, sample).terms
        shares = [disparity / WIDTH for disparity in method.both(heads_of(outputs))]
    views = TwoViews(sample.image, sample.stereo().right, *shares)
    expected, default = (left_right_terms([views], **{**LEFT_RIGHT, **settings}) for settings in (changed, {}))
    assert_terms(found, expected)
    if term is not None:  # the setting matters here
        assert float(getattr(expected, term)) != pytest.approx(float(getattr(default, term)), rel=0.02)


def assert_terms(found: Any, expected: LeftRight) -> None:
    assert set(found) == {"image", "smoothness", "consistency"}
    for name, value in found.items():
        assert float(value) == pytest.approx(float(getattr(expected, name)), rel=1e-5), name


def of_one_view(settings: dict[str, float]) -> tuple[float, float]:
    """C and I of a left view by their formulas; the windows have 5 pixels."""
    left, right, of_left, of_right = rough()
    chosen = {**ACTIVE, **settings}
    rebuilt, _ = warp_by_disparity(right, of_left)
    error = contrast_error(
        rebuilt, left, radius=int(chosen["contrast_radius"]), offset=float(chosen["contrast_offset"])
    )
    apart = left_right_difference(of_left, of_right)
    agree = apart < chosen["threshold"]  # nan is not
    softness = chosen["pooling_softness"] / 255
    contrast = pooled_mean(error, left.mean(1, keepdim=True), agree, radius=2, softness=softness)
    return float(contrast), float(apart[apart.isfinite()].mean()) * log(2) / chosen["threshold"]


def rough() -> tuple[torch.Tensor, ...]:
    """Both views of a plane, and disparities of both that disagree by 2 px or so."""
    noise = torch.randn(2, 1, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    return plane(7).image, plane(7).stereo().right, 7 + 1.5 * noise[0], 7 + 1.5 * noise[1]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"contrast_radius": 1},
        {"contrast_offset": 0.1},
        {"pooling_softness": 40.0},
        {"threshold": 2.0},
        {"threshold": 0.5},
    ],
)
def test_settings_of_active_stereo_reach_its_terms(changed: dict[str, Any]):
    method = ActiveStereo(uneven(), ActiveStereoConfig(pooling_radius=2, **changed))
    found = [float(value) for value in method.side(*rough())]
    expected, default = of_one_view(changed), of_one_view({})
    assert found == pytest.approx(expected, rel=1e-4)
    if changed:  # the setting matters here
        assert expected[0] != pytest.approx(default[0], rel=2e-3)
    if "threshold" in changed:
        assert expected[1] != pytest.approx(default[1], rel=0.1)


def test_the_threshold_of_active_stereo_reaches_the_whole_objective():
    """At one size, the mean of both views; the right one is a left one in a mirror."""
    sample = plane(7)
    method = ActiveStereo(uneven(), ActiveStereoConfig(scales=1, pooling_radius=2, threshold=2.0)).eval()
    with torch.no_grad():
        outputs = method(sample)
        found = method.objective(outputs, sample).terms["invalid"]
        left, right = method.both(heads_of(outputs))
    each = [left_right_difference(left, right), left_right_difference(right.flip(-1), left.flip(-1))]
    means = [float(apart[apart.isfinite()].mean()) for apart in each]
    assert float(found) == pytest.approx(sum(means) / 2 * log(2) / 2, rel=1e-4)
    assert min(means) > 0.1
