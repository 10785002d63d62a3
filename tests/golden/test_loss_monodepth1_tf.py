"""Against the published left-right losses, run under TensorFlow 1.15."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.geometry.resample import resize
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.left_right import TwoViews, left_right_terms
from wilddepth.losses.smoothness import edge_aware_smoothness

ORACLE = json.loads((Path(__file__).parent / "loss_monodepth1_tf" / "cases.json").read_text())
# base and amplitude of the left disparity, as the formulas say; the right one is 0.9 and 0.8 of them
SHAPES = {"md1_small": (0.06, 0.03), "md1_large_disp": (0.25, 0.04)}
TOLERANCE = {"rtol": 1e-4, "atol": 1e-7}


def disparity(scale, height, width, base, amplitude, pace):
    y, x = np.mgrid[: height >> scale, : width >> scale] * 2.0**scale
    values = base + amplitude * np.sin(pace * x) * np.cos(0.04 * y)
    return torch.from_numpy(values)[None, None].float()


def scales(golden, case):
    inputs = case["inputs"]
    height, width, (base, amplitude) = inputs["h"], inputs["w"], SHAPES[case["name"]]
    left, right = (golden.picture(height, width, inputs["shift"], step) for step in (0, 4))
    return [
        TwoViews(
            *(resize(view, height >> i, width >> i, "area") for view in (left, right)),
            disparity(i, height, width, base, amplitude, 0.05),
            disparity(i, height, width, 0.9 * base, 0.8 * amplitude, 0.055),
        )
        for i in range(4)
    ]


@pytest.fixture(params=ORACLE["cases"], ids=lambda case: case["name"])
def case(request):
    return request.param


def test_the_formulas_are_those_of_the_oracle(case):
    base, amplitude = SHAPES[case["name"]]
    assert case["inputs"]["left_disparity_scale_i"].startswith(f"{base:g}+{amplitude:g}*sin(0.05*2^i*x)")
    assert case["inputs"]["right_disparity_scale_i"].startswith(f"{0.9 * base:g}+{0.8 * amplitude:g}*sin(0.055*2^i*x)")


def test_terms_as_published(golden, case):
    expected = case["expected"]
    found = left_right_terms(scales(golden, case), border="zeros", vertical=False)
    np.testing.assert_allclose(found.image, expected["image_loss"], **TOLERANCE)
    np.testing.assert_allclose(found.smoothness, expected["disp_gradient_loss"], **TOLERANCE)
    np.testing.assert_allclose(found.consistency, expected["lr_loss"], **TOLERANCE)
    total = found.image + 0.1 * found.smoothness + found.consistency
    np.testing.assert_allclose(total, expected["total"], **TOLERANCE)


def test_views_and_pyramid_as_published(golden, case):
    expected, views = case["expected"], scales(golden, case)
    left, _ = warp_by_disparity(views[0].right, views[0].left_disparity * case["inputs"]["w"], border="zeros")
    right, _ = warp_by_disparity(views[0].left, -views[0].right_disparity * case["inputs"]["w"], border="zeros")
    for found, name in ((left, "left_est0"), (right, "right_est0"), (views[2].left, "left_pyramid2")):
        golden.assert_summary(found, expected[name], rtol=1e-4, atol=2e-5)


def test_the_vertical_steps_that_the_published_code_leaves_out(golden, case):
    """The oracle's are those of the left view before the weight of the scale."""
    for views, expected in zip(
        scales(golden, case), case["expected"]["vertical_smoothness_left_mean_NOT_in_the_loss"], strict=True
    ):
        both, horizontal = (
            edge_aware_smoothness(views.left_disparity, views.left, vertical=vertical) for vertical in (True, False)
        )
        np.testing.assert_allclose(both - horizontal, expected, rtol=1e-3)
