"""Any matcher through the one table: same call, same kind of answer."""

from dataclasses import replace

import numpy as np
import pytest

from known_pairs import shifted_pair, texture
from scenes import rendered, surface, wall
from wilddepth import plain
from wilddepth.errors import ConfigError
from wilddepth.proxies.matchers.block import BlockSettings
from wilddepth.proxies.matchers.catalog import MATCHERS, matcher, showing_costs


@pytest.mark.parametrize("name", MATCHERS)
def test_both_views_of_a_shifted_pair_agree_with_the_shift(name):
    left, right = shifted_pair(6, 64, 128)
    found = MATCHERS[name](left, right, replace(MATCHERS[name].settings(), num_disparities=32))
    for view, inner in ((found.left, np.s_[14:-14, 24:-14]), (found.right, np.s_[14:-14, 14:-24])):
        checked = view.checked(1.0)[inner]
        assert np.isfinite(checked).mean() > 0.95
        assert np.nanmedian(np.abs(checked - 6)) < 0.2


@pytest.fixture(scope="module")
def scene():
    """A wall at 5 px behind a slanted plane that covers all but the rim: both views, and the left disparity, exact."""
    leaning = surface((0, 0, 4), (0.9, 0, 0.5), (0, 0.5, 0.2), texel=0.15)
    _, left, right = rendered(leaning, backdrop=wall(10, texel=0.3))
    images = [view.image[0].permute(1, 2, 0).mul(255).round().byte().numpy() for view in (left, right)]
    return *images, left.disparity[0, 0].numpy()


@pytest.mark.parametrize("name", MATCHERS)
def test_rendered_planes_are_found(name, scene):
    left, right, truth = scene
    assert truth.max() - truth.min() > 8
    settings = replace(MATCHERS[name].settings(), num_disparities=32)
    if name == "opencv-block":
        settings = replace(settings, block=11)
    checked = MATCHERS[name](left, right, settings).left.checked(1.0)
    error = np.abs(checked - truth)[8:-8, 18:-8]
    assert np.isfinite(error).mean() > 0.6
    assert np.nanmedian(error) < (0.35 if name == "census-box" else 0.2)  # that one gives whole disparities
    assert np.mean(error[np.isfinite(error)] > 2) < 0.1  # windows reach over the rim


@pytest.mark.parametrize("name", MATCHERS)
def test_costs_are_shown_or_their_want_is_told(name):
    left, right = shifted_pair(5, 40, 60)
    settings = replace(MATCHERS[name].settings(), num_disparities=16)
    if name not in showing_costs():
        with pytest.raises(ConfigError, match="census-sgm"):
            MATCHERS[name](left, right, settings, volumes=True)
        return
    found = MATCHERS[name](left, right, settings, volumes=True, threads=2)
    for volume in (found.cost, found.aggregated):
        assert volume.costs.shape == (40, 60, 16)
        assert volume.costs.dtype in (np.uint8, np.uint16, np.float32)
        values = volume.values()
        values = values[np.isfinite(values)]
        assert values.min() >= 0
        assert values.max() <= 1
    assert MATCHERS[name](left, right, settings).aggregated is None


@pytest.mark.parametrize("name", MATCHERS)
def test_settings_are_plain_values_and_come_back(name):
    settings = MATCHERS[name].settings()
    values = plain.load_yaml(plain.dump_json(plain.plain(settings)))
    assert MATCHERS[name].build(values) == settings
    assert {"min_disparity", "num_disparities", "lr_threshold"} <= set(values)
    assert MATCHERS[name].text


def test_unknown_and_wrong_settings_are_told():
    with pytest.raises(ConfigError, match="census_sgm'; did you mean 'census-sgm'"):
        matcher("census_sgm")
    with pytest.raises(ConfigError, match="p3"):
        matcher("census-sgm").build({"p3": 5})
    with pytest.raises(ConfigError, match="directions"):
        matcher("census-sgm").build({"directions": 5})
    with pytest.raises(ConfigError, match="penalties must grow"):
        matcher("census-sgm").build({"p1": 500})
    with pytest.raises(ValueError, match="must be CensusSGMSettings, not BlockSettings"):
        matcher("census-sgm")(texture(16, 32), texture(16, 32), BlockSettings())
