"""Against tf.image.resize_images, resize_area and L2A's resize under TensorFlow 1.15."""

import json
from pathlib import Path

import pytest

from wilddepth.geometry.resample import resize

CASES = json.loads((Path(__file__).parent / "resize_tf1" / "cases.json").read_text())["cases"]
CONVENTIONS = {"tf1_bilinear": "tf1", "l2a_align_corners": "align-corners", "tf1_area": "area"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("name, convention", CONVENTIONS.items())
def test_conventions_are_tensorflows(golden, case, name, convention):
    inputs = case["inputs"]
    image = 10 * golden.picture(inputs["h"], inputs["w"], inputs["shift"])[:, :1]
    resized = resize(image, inputs["out_h"], inputs["out_w"], convention)
    golden.assert_summary(resized, case["expected"][name], rtol=1e-5, atol=1e-5)


def test_the_conventions_differ_by_more_than_the_tolerance():
    """The comparison above could tell them apart."""
    for case in CASES:
        means = sorted(case["expected"][name]["mean"] for name in CONVENTIONS)
        assert min(means[1] - means[0], means[2] - means[1]) > 2e-4
