"""Fog, rain, and what goes wrong between frames."""

import pytest
import torch

from tiny import picture
from wilddepth.degrade import stream, weather


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_at_the_visibility_a_twentieth_of_the_contrast_is_left():
    image = torch.zeros(1, 3, 4, 6)
    image[..., 3:] = 0.6
    foggy = weather.fog(image, torch.full((1, 1, 4, 6), 80.0), 80.0, airlight=0.7)
    assert (foggy[..., 3] - foggy[..., 0]).mean().item() == pytest.approx(0.6 / 20)
    assert foggy[0, 0, 0, 0].item() == pytest.approx(0.7 * 0.95)


def test_fog_grows_with_depth_and_ends_in_airlight():
    depth = torch.tensor([0.0, 50.0, 100.0, float("inf")]).expand(1, 1, 2, 4)
    foggy = weather.fog(torch.zeros(1, 3, 2, 4), depth, 100.0, airlight=0.8)[0, 0, 0]
    torch.testing.assert_close(foggy, 0.8 * torch.tensor([0, 1 - 0.05**0.5, 0.95, 1]))


def test_clear_air_changes_nothing():
    image = picture(0)
    torch.testing.assert_close(weather.fog(image, torch.full((1, 1, 64, 160), 90.0), float("inf")), image)


def test_each_image_has_its_own_visibility():
    image, depth = torch.zeros(2, 3, 2, 2), torch.full((2, 1, 2, 2), 30.0)
    foggy = weather.fog(image, depth, torch.tensor([30.0, 60.0]), torch.tensor([1.0, 0.5]))
    assert foggy[0].unique().item() == pytest.approx(0.95)
    assert foggy[1].unique().item() == pytest.approx(0.5 * (1 - 0.05**0.5))


def test_rain_is_as_dense_as_stated_and_differs_between_views():
    image = torch.zeros(2, 3, 200, 300)
    rainy = weather.rain(image, 0.2, generator(), length=20.0, degrees=0.0)
    # 12 streaks of 15 px on average, about 3 px wide where they are smoothed
    wet = (rainy[:, 0] > 0).float().mean(dim=(1, 2)) * 200 * 300
    assert (wet > 12 * 10).all()
    assert (wet < 12 * 21 * 3).all()
    assert not torch.equal(rainy[0], rainy[1])
    assert rainy.max() <= 0.85 * 0.35 + 1e-6
    assert torch.equal(rainy, weather.rain(image, 0.2, generator(), length=20.0, degrees=0.0))
    assert torch.equal(weather.rain(image, 0.0, generator()), image)


def test_streaks_lean_by_the_stated_angle():
    rainy = weather.rain(torch.zeros(1, 3, 400, 400), 1 / 160, generator(3), length=100.0, degrees=30.0)
    row, column = torch.nonzero(rainy[0, 0] > 0.25, as_tuple=True)
    assert len(row) > 20
    slope = torch.linalg.lstsq(
        torch.stack([row.float(), torch.ones(len(row))], dim=1), column.float()[:, None]
    ).solution[0]
    assert slope.item() == pytest.approx(torch.tensor(30.0).deg2rad().tan().item(), abs=0.1)


def test_black_is_one_level():
    assert stream.black(picture(0)).abs().max() == 0
    assert stream.black(picture(0), 0.02).unique().item() == pytest.approx(0.02)


def test_grey_is_the_brightness_three_times():
    image = torch.tensor([1.0, 0.5, 0.25]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    changed = stream.grey(image)
    assert changed.shape == image.shape
    assert changed.unique().item() == pytest.approx(0.299 + 0.587 / 2 + 0.114 / 4)


def frames(count: int = 6) -> torch.Tensor:
    return torch.arange(count).float().view(-1, 1, 1, 1).expand(-1, 3, 2, 2) / 10


def numbers(taken: torch.Tensor) -> list[int]:
    return (taken[:, 0, 0, 0] * 10).round().int().tolist()


def test_frozen_frames_stay():
    assert numbers(stream.frozen(frames(), 2)) == [0, 1, 2, 2, 2, 2]
    assert numbers(stream.frozen(frames(), 5)) == [0, 1, 2, 3, 4, 5]


def test_a_duplicate_pushes_the_others_back():
    assert numbers(stream.duplicated(frames(), 2)) == [0, 1, 2, 2, 3, 4]
    assert numbers(stream.duplicated(frames(), 5)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("fault", [stream.frozen, stream.duplicated])
def test_frames_that_are_not_there_are_refused(fault):
    with pytest.raises(ValueError, match="no frame 6 among 6"):
        fault(frames(), 6)
