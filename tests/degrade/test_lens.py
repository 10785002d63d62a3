"""What lenses and cables do has the stated size."""

import math

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from tiny import picture
from wilddepth.degrade import lens


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def point(size: int = 31) -> Tensor:
    image = torch.zeros(1, 3, size, size)
    image[..., size // 2, size // 2] = 1
    return image


def deviations(spread: Tensor) -> tuple[float, float]:
    """Standard deviation along x and y of what a point became."""
    weight, places = spread[0, 0].double(), torch.arange(spread.shape[-1]).double() - spread.shape[-1] // 2
    across = (weight.sum(dim=0) * places**2).sum().sqrt().item()
    return across, (weight.sum(dim=1) * places**2).sum().sqrt().item()


@pytest.mark.parametrize("blur", [lambda image: lens.defocus(image, 0.0), lambda image: lens.motion_blur(image, 0.0)])
def test_no_blur_changes_nothing(blur):
    image = picture(0, 20, 30)
    torch.testing.assert_close(blur(image), image)


@pytest.mark.parametrize("radius", [1.5, 3.0, 6.3])
def test_defocus_makes_discs(radius: float):
    disc = lens.defocus(point(), radius)
    assert disc.sum().item() == pytest.approx(3, abs=1e-5)
    across, down = deviations(disc)
    # radius / 2, and nearly the square pixel's own variance of 1 / 12 (Sheppard's correction holds for smooth shapes)
    assert across == pytest.approx(np.sqrt(radius**2 / 4 + 1 / 12), rel=0.06)
    assert down == pytest.approx(across, rel=1e-4)
    middle = disc[0, 0, 15, 15].item()
    assert middle == pytest.approx(1 / (np.pi * radius**2), rel=0.05)
    assert disc[0, 0, 15, 15 + int(radius) + 2] == 0


@pytest.mark.parametrize("length", [4.0, 9.5])
@pytest.mark.parametrize("degrees", [0.0, 90.0, 30.0])
def test_motion_makes_lines(length: float, degrees: float):
    line = lens.motion_blur(point(), length, degrees)
    assert line.sum().item() == pytest.approx(3, abs=1e-5)
    along = length / np.sqrt(12)
    across, down = deviations(line)
    angle = np.radians(degrees)
    # sharing a point between neighbouring pixels adds at most a quarter to a variance
    assert across**2 == pytest.approx((along * np.cos(angle)) ** 2, abs=0.26 + 0.3)
    assert down**2 == pytest.approx((along * np.sin(angle)) ** 2, abs=0.26 + 0.3)


def test_motion_at_30_degrees_goes_down_to_the_right():
    line = lens.motion_blur(point(), 12.0, 30.0)[0, 0]
    assert line[15 + 2, 15 + 4] > 0.02
    assert line[15 - 2, 15 + 4] == 0


def test_each_image_of_a_batch_has_its_own_blur():
    image = picture(0, 20, 30).expand(2, -1, -1, -1)
    blurred = lens.defocus(image, torch.tensor([0.0, 3.0]))
    torch.testing.assert_close(blurred[0], image[0])
    torch.testing.assert_close(blurred[1:], lens.defocus(image[:1], 3.0))


def test_blur_keeps_flat_images_to_the_edge():
    flat = torch.full((1, 3, 9, 12), 0.4)
    torch.testing.assert_close(lens.defocus(flat, 3.0), flat)
    torch.testing.assert_close(lens.motion_blur(flat, 6.0, 45.0), flat)


def test_jpeg_is_that_of_opencv_and_gets_worse():
    image = picture(0, 48, 64)
    levels = np.ascontiguousarray((image[0] * 255).round().byte().permute(1, 2, 0).numpy()[:, :, ::-1])
    decoded = cv2.imdecode(cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)
    expected = torch.from_numpy(np.ascontiguousarray(decoded[:, :, ::-1])).permute(2, 0, 1)[None].float() / 255
    torch.testing.assert_close(lens.jpeg(image, 30), expected)
    errors = [float((lens.jpeg(image, quality) - image).abs().mean()) for quality in (95, 50, 10)]
    assert errors == sorted(errors)


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_that_jpeg_does_not_have_is_refused(quality: int):
    with pytest.raises(ValueError, match=f"1 to 100, not {quality}"):
        lens.jpeg(picture(0), quality)


def test_so_many_rows_are_lost():
    image = torch.full((2, 3, 30, 8), 0.5)
    lost = lens.lost_rows(image, 7, generator())
    black = (lost == 0).all(dim=-1).all(dim=1)
    assert black.sum(dim=1).tolist() == [7, 7]
    assert not torch.equal(black[0], black[1])
    assert lost.unique().tolist() == [0, 0.5]
    assert torch.equal(lens.lost_rows(image, 0, generator()), image)
    assert torch.equal(lost, lens.lost_rows(image, 7, generator()))
    with pytest.raises(ValueError, match="31 rows cannot be lost of 30"):
        lens.lost_rows(image, 31, generator())


def test_a_rolling_shutter_shears():
    column = torch.zeros(1, 3, 21, 40)
    column[..., 10] = 1
    sheared = lens.rolling_shutter(column, 20.0)
    assert sheared[0, 0].argmax(dim=-1).tolist() == [10 + row for row in range(21)]
    torch.testing.assert_close(lens.rolling_shutter(column, 0.0), column, rtol=0, atol=1e-5)


@pytest.mark.parametrize("spots", [lens.dirt, lens.drops])
def test_spots_cover_the_stated_share(spots):
    # a pattern that no mean of it equals
    image = (torch.arange(300) % 2).float().expand(4, 3, 200, 300).contiguous()
    changed = spots(image, 0.2, 8.0, generator())
    share = ((changed - image).abs() > 1e-3).any(dim=1).float().mean().item()
    assert share == pytest.approx(0.2, abs=0.05)
    assert torch.equal(spots(image, 0.0, 8.0, generator()), image)
    assert torch.equal(changed, spots(image, 0.2, 8.0, generator()))
    assert not torch.equal(changed, spots(image, 0.2, 8.0, generator(1)))
    with pytest.raises(ValueError, match=r"below 1, not 1\.0"):
        spots(image, 1.0, 8.0, generator())


def test_behind_a_drop_is_the_mean_around_and_behind_dirt_nothing():
    image = picture(0, 40, 60)
    drop = lens.drops(image, 0.95, 30.0, generator())
    dirty = lens.dirt(image, 0.95, 30.0, generator())
    row, column = 20, 30
    around = torch.nn.functional.pad(image, (30,) * 4, mode="replicate")[..., row : row + 61, column : column + 61]
    torch.testing.assert_close(drop[0, :, row, column], around.mean(dim=(0, 2, 3)))
    assert dirty[0, :, row, column].max() < 0.2


def test_glare_adds_a_bell_of_light_and_takes_contrast():
    image = torch.full((1, 3, 41, 81), 0.2)
    assert torch.equal(lens.glare(image, 0.0), image)
    made = lens.glare(image, 0.6, (0.5, 0.5), spread_share=0.25)
    assert made[0, 0, 20, 40] == pytest.approx(0.2 + 0.6 * 0.8)
    sigma = round(0.25 * 81)
    expected = 0.2 + 0.6 * 0.8 * math.exp(-0.5 * (sigma / (0.25 * 81)) ** 2)
    assert made[0, 0, 20, 40 + sigma] == pytest.approx(expected, abs=1e-4)
    white = lens.glare(torch.ones(1, 3, 41, 81), 0.6)
    assert (white == 1).all()
