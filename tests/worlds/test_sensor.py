"""Camera pairs: strengths that are told, and what old webcams add. (More of `sensed` is in test_catalog.)"""

import numpy as np
import pytest
import torch

from wilddepth.degrade import sensor as faults
from wilddepth.errors import ConfigError
from wilddepth.worlds.sensor import (
    DIMMEST_WHITE,
    SENSORS,
    STEEPEST,
    developed,
    overexposed,
    sensed,
    sensor_preset,
    softened,
)


def views(seed: int = 0, size: tuple[int, int] = (40, 64)) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    left, right = (torch.rand(1, 3, *size, generator=generator) for _ in range(2))
    return left, right


@pytest.mark.parametrize("sigma", [0.0, 0.3, 0.8, 1.2])
def test_the_quick_blur_is_the_blur(sigma: float):
    image, strength = views()[0], torch.tensor([sigma])
    torch.testing.assert_close(softened(image, strength), faults.blur(image, strength), atol=1e-6, rtol=0)


def test_an_ideal_sensor_changes_nothing():
    left, right = views()
    made = sensed(SENSORS["ideal"], left, right, (1, 2, 3))
    assert torch.equal(made[0], left)
    assert torch.equal(made[1], right)


@pytest.mark.parametrize("name", SENSORS)
def test_views_stay_pictures_and_are_the_same_for_the_same_seed(name: str):
    chosen = SENSORS[name]
    made, same, other = (sensed(chosen, *views(), seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert all(view.min() >= 0 and view.max() <= 1 and view.shape == (1, 3, 40, 64) for view in made)
    assert torch.equal(made[0], same[0])
    assert torch.equal(made[1], same[1])
    assert torch.equal(made[0], other[0]) == (name == "ideal")


def test_what_was_drawn_is_told_and_lies_in_the_ranges_of_the_sensor():
    for seed in range(20):
        told: dict[str, float] = {}
        chosen = SENSORS["webcam"]
        sensed(chosen, *views(), (seed,), told=told)
        assert chosen.exposure[0] <= told["exposure"] <= chosen.exposure[1]
        assert chosen.read_noise[0] <= told["read_noise"] <= chosen.read_noise[1]
        assert chosen.defocus[0] <= told["defocus_px"] <= chosen.defocus[1]
        assert chosen.jpeg[0] <= told["jpeg"] <= chosen.jpeg[1]
        assert told["levels"] == chosen.levels
        assert -0.08 <= told["right_gain_error"] <= 0.08


def test_frames_of_a_clip_share_all_but_the_noise():
    pair = views()
    told: list[dict[str, float]] = [{}, {}]
    one, two = (sensed(SENSORS["cheap"], *pair, (5,), frame=k, told=told[k]) for k in range(2))
    assert told[0] == told[1]
    assert 0 < (one[0] - two[0]).abs().mean() < 0.05


def test_an_unknown_sensor_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match=r"unknown sensor 'phone'; there are ideal, matched, .*webcam"):
        sensor_preset("phone")


def test_a_cameras_curve_raises_the_contrast_of_both_views_alike():
    random = torch.Generator().manual_seed(0)
    left = 0.45 + 0.1 * torch.rand(1, 3, 12, 20, generator=random)
    told: dict[str, float] = {}
    made, other = developed(sensor_preset("plain"), (left, left), np.random.default_rng(3), told)
    assert 1 < told["contrast"] <= STEEPEST
    torch.testing.assert_close(made.std() / left.std(), torch.tensor(told["contrast"]), rtol=1e-4, atol=0)
    torch.testing.assert_close(made.mean() - left.mean(), torch.tensor(told["lift"]), rtol=0, atol=1e-6)
    assert torch.equal(made, other)


def test_a_cameras_curve_clips_and_leaves_ideal_cameras_alone():
    pair = (torch.linspace(0, 1, 60).reshape(1, 3, 4, 5),) * 2
    for seed in range(20):
        made, _ = developed(sensor_preset("cheap"), pair, np.random.default_rng(seed), {})
        assert made.min() >= 0
        assert made.max() <= 1
        assert (made.flatten().diff() >= 0).all()
    told: dict[str, float] = {}
    assert developed(sensor_preset("ideal"), pair, np.random.default_rng(0), told) is pair
    assert told == {}


def test_what_is_brighter_than_white_is_plain_white_in_both_views():
    generator, told = torch.Generator().manual_seed(0), {}
    left, right = (torch.rand(1, 3, 20, 30, generator=generator) for _ in range(2))
    whites = []
    for seed in range(40):
        made, other = overexposed(sensor_preset("cheap"), (left, right), np.random.default_rng(seed), told)
        torch.testing.assert_close(made, (left / told["white"]).clamp(max=1))
        torch.testing.assert_close(other, (right / told["white"]).clamp(max=1))
        whites.append(told["white"])
    assert min(whites) >= DIMMEST_WHITE
    assert max(whites) == 1
    assert sum(white < 1 for white in whites) > 20
    unchanged: dict[str, float] = {}
    assert overexposed(sensor_preset("ideal"), (left, right), np.random.default_rng(0), unchanged) == (left, right)
    assert unchanged == {}
