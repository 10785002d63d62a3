"""Block matching as a method: dense, checked, with a range that follows the calibration."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from known_pairs import square_pair, texture
from wilddepth.errors import MissingView
from wilddepth.geometry.camera import Camera
from wilddepth.prediction import Quantity
from wilddepth.proxies.baseline import OPENCV_DEFAULTS, TUNED_ON_WORLDS, baseline_disparity, lowered
from wilddepth.sample import Sample


def images(picture):
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


def square_sample():
    left, right = square_pair(width=400)
    return Sample(image=images(left), right=images(right))


@pytest.mark.parametrize("settings", [OPENCV_DEFAULTS, TUNED_ON_WORLDS])
def test_holes_are_filled_from_the_background(settings):
    found = baseline_disparity(square_sample(), replace(settings, num_disparities=32))
    assert found.quantity is Quantity.DISPARITY_PX
    values = found.disparity()[0, 0].numpy()
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values[22:42, 66:94], 20, atol=0.1)
    # Hidden in the right view: 16 columns of wall. The window blurs the edge of the square by half its side.
    assert np.mean(np.abs(values[22:42, 46:58] - 4) < 0.5) > 0.9


def test_holes_stay_without_filling_and_everything_stays_without_the_check():
    settings = replace(TUNED_ON_WORLDS, num_disparities=32)
    holes = baseline_disparity(square_sample(), settings, fill=False).values
    unchecked = baseline_disparity(square_sample(), settings, fill=False, check=False).values
    assert holes[0, 0, 22:42, 46:58].isnan().float().mean() > 0.9
    assert unchecked[0, 0, 22:42, 46:58].isfinite().all()
    kept = holes.isfinite()
    torch.testing.assert_close(unchecked[kept], holes[kept], rtol=0, atol=0)


def test_negative_disparities_are_searched_and_filled_where_principal_points_differ():
    wide = texture(48, 220)
    centre, focal = torch.tensor([100.0]), torch.tensor([90.0])
    left, right = (Camera(focal, focal, x, centre, 48, 200) for x in (centre, centre + 30.2))
    sample = Sample(image=images(wide[:, 20:]), right=images(wide[:, :200]), camera=left, right_camera=right)
    values = baseline_disparity(sample, TUNED_ON_WORLDS).values[0, 0]  # disparity -20
    assert values.isfinite().all()
    np.testing.assert_allclose(values[4:-4, 8:-24], -20, atol=0.1)


def test_range_grows_downward_and_keeps_its_end():
    settings = lowered(replace(TUNED_ON_WORLDS, num_disparities=64), 30.2)
    assert settings.min_disparity == -31
    assert settings.num_disparities == 96
    assert lowered(TUNED_ON_WORLDS, 0.0) == TUNED_ON_WORLDS


def test_sample_without_right_view_is_refused():
    with pytest.raises(MissingView, match="no right image"):
        baseline_disparity(Sample(image=torch.rand(1, 3, 16, 32)))
