"""Which pixel of a proxy a coarse level learns from."""

from dataclasses import replace

import pytest
import torch

from tiny import HEIGHT, WIDTH, plane, silent
from wilddepth.label import Label
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig

MEAN, PIXEL = 15 / 20, 30 / 20


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("M6", (MEAN + 0.25 * MEAN) / 1.25),
        ("M5", (MEAN + 0.25 * MEAN) / 1.25),
        ("M4", (MEAN + 0.25 * MEAN) / 1.25),
        ("M3", (MEAN + 0.5 * PIXEL) / 1.5),
        ("M2", (MEAN + PIXEL) / 2),
        (None, (MEAN + 3 * 0.25 * MEAN + 0.5 * PIXEL + PIXEL) / 3.25),
    ],
)
def test_fine_levels_learn_from_the_pixel_they_stand_for_and_coarse_ones_from_the_mean_of_their_cell(
    part: str | None, expected: float
):
    """A proxy of 30 px where row and column are even, as those of every pixel that stands for a cell are, else of 10;
    on a network that says 0 everywhere."""
    disparity = torch.full((1, 1, HEIGHT, WIDTH), 10.0)
    disparity[..., ::2, ::2] = 30.0
    sample = replace(plane(7), labels={"sgm": Label("test", disparity=disparity)})
    method = LabelFree(silent(), LabelFreeConfig(photometric=0, smoothness=0))
    with torch.no_grad():
        found = method.objective(method(sample), sample, part=part)
    assert float(found.total) == pytest.approx(expected)
