import numpy as np
import pytest

from wilddepth.worlds.cast.light import HOURS, outdoor
from wilddepth.worlds.cast.scene import Light


def brightness(light: Light) -> float:
    """Of a level white surface, without lamps."""
    direct = 0.0 if light.sun is None else -light.sun.direction[1] * float(np.mean(light.sun.colour))
    return direct + float(np.mean(light.zenith))


@pytest.mark.parametrize("hour", HOURS)
def test_light_is_the_same_for_the_same_generator_and_within_bounds(hour):
    for seed in range(20):
        light = HOURS[hour](np.random.default_rng(seed))
        assert light == HOURS[hour](np.random.default_rng(seed))
        assert all(0 <= value <= 1.3 for value in (*light.zenith, *light.horizon, *light.ground))
        assert 0 <= light.clouds <= 1
        if light.sun is not None:
            assert np.linalg.norm(light.sun.direction) == pytest.approx(1)
            assert light.sun.direction[1] < 0


def test_days_are_brighter_than_dusk_and_dusk_brighter_than_night():
    means = {
        hour: np.mean([brightness(HOURS[hour](np.random.default_rng(seed))) for seed in range(30)])
        for hour in ("day", "overcast", "dusk", "night")
    }
    assert means["day"] > means["overcast"] > 4 * means["dusk"] > 8 * means["night"]


def test_only_dark_hours_switch_the_lamps_on():
    lamps = {hour: HOURS[hour](np.random.default_rng(0)).lamps > 0 for hour in HOURS}
    assert [hour for hour, on in lamps.items() if not on] == ["day", "low sun", "overcast"]
    assert all(outdoor(np.random.default_rng(seed)).lamps == 0 for seed in range(20))
