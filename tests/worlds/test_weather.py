"""Weather by name: strengths within their ranges, each of which does what it says."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from wilddepth.errors import ConfigError
from wilddepth.worlds.cast.light import HOURS
from wilddepth.worlds.weather import WEATHERS, Conditions, draw_conditions, weather_named, weathered

every_weather = pytest.mark.parametrize("name", WEATHERS)
SIZE = (96, 160)


def drawn(name: str, seed: int = 0) -> Conditions:
    return draw_conditions(WEATHERS[name], np.random.default_rng(seed), SIZE[0])


def seen(conditions: Conditions, *, value: float = 0.4, depth: float = 60.0, falling: int = 1) -> torch.Tensor:
    image, far = torch.full((1, 3, *SIZE), value), torch.full((1, 1, *SIZE), depth)
    generators = {"falling": torch.Generator().manual_seed(falling), "staying": torch.Generator().manual_seed(7)}
    return weathered(conditions, image, far, **generators)


@every_weather
def test_strengths_are_drawn_from_the_ranges_of_the_word(name: str):
    weather = WEATHERS[name]
    for seed in range(20):
        made = drawn(name, seed)
        for part in ("wetness", "rain", "drops", "glare", "noise", "brightness"):
            low, high = getattr(weather, part)
            assert low <= getattr(made, part) <= high
        if weather.visibility is None:
            assert made.visibility_m is None
        else:
            assert weather.visibility[0] <= made.visibility_m <= weather.visibility[1]
    assert weather.light in ("", *HOURS)
    assert drawn(name, 3) == drawn(name, 3)


@every_weather
def test_the_record_holds_every_strength_as_plain_values(name: str):
    record = drawn(name).record()
    assert set(record) == {field.name for field in fields(Conditions)}
    assert all(value is None or isinstance(value, str | float | bool) for value in record.values())


@every_weather
def test_pictures_stay_pictures_and_follow_the_random_numbers(name: str):
    conditions = drawn(name)
    one, same, other = (seen(conditions, falling=number) for number in (1, 1, 2))
    assert one.min() >= 0
    assert one.max() <= 1
    assert torch.equal(one, same)
    moves = conditions.rain > 0 or conditions.noise > 0
    assert torch.equal(one, other) != moves


def test_clear_air_changes_nothing():
    assert (seen(drawn("day")) == 0.4).all()


def test_fog_takes_the_contrast_that_its_visibility_says():
    conditions = replace(drawn("fog"), rain=0.0, drops=0.0)
    white, black = (seen(conditions, value=value, depth=conditions.visibility_m).mean() for value in (1.0, 0.0))
    assert float(white - black) == pytest.approx(0.05, abs=1e-4)


def test_rain_has_streaks_and_drops():
    rain = replace(drawn("rain"), visibility_m=None)
    streaks = seen(replace(rain, drops=0.0), value=0.2)
    assert 0.002 < (streaks > 0.25).float().mean() < 0.5
    assert torch.equal(seen(replace(rain, rain=0.0), falling=1), seen(replace(rain, rain=0.0), falling=2))


def test_night_is_noisy_and_dim_is_dark():
    assert seen(drawn("night"), value=0.5).std() > 0.008
    assert seen(drawn("dim"), value=0.5).mean() < 0.42


def test_glare_is_brightest_where_it_is_said_to_be():
    conditions = replace(drawn("glare"), glare=0.5, glare_x=0.25, glare_y=0.5)
    made = seen(conditions, value=0.1)[0, 0]
    assert made[48, 40] == pytest.approx(0.1 + 0.5 * 0.9, abs=0.01)
    assert made[48, 40] > made[48, 150] + 0.2
    assert made[48, 150] > 0.1


def test_an_unknown_weather_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match=r"unknown weather 'hail'; there are clear, day, .*night-rain"):
        weather_named("hail")
