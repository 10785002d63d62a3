"""The mean of a data set: by image, or by pixel as if the set were one image."""

import math

import pytest
import torch

from wilddepth.metrics import Score, score
from wilddepth.metrics.disparity import QUANTILES
from wilddepth.protocol import Protocol
from wilddepth.truth import Truth


def scene(width, *, cars=False, holes=0.0, valid=1.0, seed=0):
    """Prediction and truth of one row of `width` pixels."""
    generator = torch.Generator().manual_seed(seed)
    shape = (1, 1, 1, width)
    disparity = torch.rand(shape, generator=generator) * 90 + 1
    prediction = disparity + torch.randn(shape, generator=generator) * 5
    prediction[torch.rand(shape, generator=generator) < holes] = math.nan
    known = torch.rand(shape, generator=generator) < valid
    foreground = torch.rand(shape, generator=generator) < 0.4 if cars else None
    return prediction, Truth(disparity=disparity, valid=known, foreground=foreground)


def joined(protocol, scenes):
    return Score.joined([score(protocol, *each) for each in scenes])


def one_image(scenes):
    """All scenes side by side in one image."""
    truths = [truth for _, truth in scenes]
    parts = {
        name: torch.cat([getattr(truth, name) for truth in truths], dim=-1)
        for name in ("disparity", "valid", "foreground")
        if getattr(truths[0], name) is not None
    }
    return torch.cat([prediction for prediction, _ in scenes], dim=-1), Truth(**parts)


def test_by_image_each_image_weighs_the_same():
    truth = [Truth(disparity=torch.ones(1, 1, 1, n), valid=torch.ones(1, 1, 1, n, dtype=torch.bool)) for n in (1, 9)]
    scenes = [(truth[0].disparity + 10, truth[0]), (truth[1].disparity, truth[1])]
    assert joined(Protocol("own"), scenes).mean["epe"] == 5.0
    assert joined(Protocol("own", average="pixel"), scenes).mean["epe"] == 1.0
    assert joined(Protocol("own", average="pixel"), scenes).mean["d1_all"] == 10.0


@pytest.mark.parametrize("missing", ["outlier", "skip"])
def test_by_pixel_is_what_one_large_image_gives(missing):
    protocol = Protocol("own", missing=missing, average="pixel")
    scenes = [scene(7, cars=True, holes=0.3, seed=1), scene(40, cars=True, holes=0.1, seed=2), scene(19, cars=True)]
    mean, whole = joined(protocol, scenes).mean, score(protocol, *one_image(scenes)).images[0]
    assert len(mean) == 16
    for name, value in mean.items():
        expected = math.nan if name in QUANTILES else whole[name]
        assert value == pytest.approx(expected, rel=1e-9, nan_ok=True), name


def test_by_pixel_filled_holes_count_in_the_mean_error():
    protocol = Protocol("own", missing="background", average="pixel")
    scenes = [scene(9, holes=0.3, seed=3), scene(50, holes=0.6, seed=4)]
    rows = joined(protocol, scenes).images
    mean = joined(protocol, scenes).mean
    assert mean["epe"] == pytest.approx((9 * rows[0]["epe"] + 50 * rows[1]["epe"]) / 59, rel=1e-12)


@pytest.mark.parametrize("average", ["image", "pixel"])
def test_images_without_valid_pixels_do_not_count(average):
    protocol = Protocol("own", average=average)
    scenes = [scene(12, seed=5), scene(30, valid=0.0, seed=6)]
    assert joined(protocol, scenes).mean == pytest.approx(joined(protocol, scenes[:1]).mean, rel=1e-12, nan_ok=True)
    assert all(math.isnan(value) for value in joined(protocol, scenes[1:]).mean.values())


def test_a_part_that_some_images_lack_is_averaged_over_the_others():
    scenes = [scene(30, cars=True, seed=7), scene(30, seed=8)]
    result = joined(Protocol("own"), scenes)
    assert result.mean["d1_fg"] == result.images[0]["d1_fg"]


def test_an_image_without_any_estimate_makes_the_mean_error_infinite_by_image():
    result = joined(Protocol("own"), [scene(9), scene(9, holes=1.1)])
    assert result.mean["epe"] == math.inf
    assert math.isfinite(result.mean["d1_all"])


def test_a_set_without_any_estimate_has_an_infinite_error_by_pixel():
    result = joined(Protocol("own", average="pixel", missing="skip"), [scene(9, holes=1.1), scene(4, holes=1.1)])
    assert (result.mean["epe"], result.mean["rmse"], result.mean["d1_all"]) == (math.inf, math.inf, 100.0)
