"""Several settings at once: none computed twice, and at each pixel the best."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from known_pairs import shifted_pair, square_pair, texture
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import photometric_map_by_definition
from wilddepth.proxies import hints
from wilddepth.proxies.hints import (
    PUBLISHED,
    HintMatcher,
    HintSettings,
    average,
    best,
    distinct,
    drawn,
    hinted,
    match,
    matched_once,
)
from wilddepth.worlds.catalog import render


@pytest.fixture(scope="module")
def street() -> tuple[np.ndarray, np.ndarray]:
    """A rendered pair with all that makes settings differ: edges, plain surfaces, occlusion."""
    sample, _ = render("flat-all", 3, 0, 64, 256)
    views = (sample.image, sample.right)
    left, right = ((view[0] * 255).round().byte().permute(1, 2, 0).numpy().copy() for view in views)
    return left, right


def opencv(left: np.ndarray, right: np.ndarray, block: int, number: int, **more: int) -> np.ndarray:
    """What the published code asks OpenCV for, written down once more; raw 16ths of a pixel."""
    given = {
        "P1": 36,
        "P2": 288,
        "preFilterCap": 63,
        "uniquenessRatio": 10,
        "speckleWindowSize": 100,
        "speckleRange": 16,
    }
    given = {"minDisparity": 0, "numDisparities": number, "blockSize": block, **given, **more}
    return cv2.StereoSGBM_create(**given).compute(left, right)


def test_the_twelve_published_settings_are_eight_maps(street):
    """Blocks of 2 and 3 px are one: OpenCV takes the half-width in whole pixels, and 2 // 2 = 3 // 2."""
    maps = {(block, n): opencv(*street, block, n).tobytes() for block in (1, 2, 3) for n in (64, 96, 128, 160)}
    assert [(m.block, m.num_disparities) for m in PUBLISHED] == list(maps)
    assert len(set(maps.values())) == 8
    for number in (64, 96, 128, 160):
        assert maps[2, number] == maps[3, number] != maps[1, number]
    different, numbers = distinct(PUBLISHED)
    assert len(different) == 8
    for first in range(12):
        for second in range(12):
            equal = maps[tuple(maps)[first]] == maps[tuple(maps)[second]]
            assert (numbers[first] == numbers[second]) == equal


def test_none_is_computed_twice(street, monkeypatch: pytest.MonkeyPatch):
    asked: list[HintMatcher] = []

    def counted(left: np.ndarray, right: np.ndarray, matcher: HintMatcher) -> np.ndarray:
        asked.append(matcher)
        return match(left, right, matcher)

    monkeypatch.setattr(hints, "match", counted)
    maps = matched_once(*street, PUBLISHED)
    assert len(maps) == 12
    assert len(asked) == 8
    for matcher, found in zip(PUBLISHED, maps, strict=True):
        raw = opencv(*street, matcher.block, matcher.num_disparities)
        np.testing.assert_array_equal(found, np.where(raw >= 0, raw / np.float32(16), np.float32(np.nan)))


BASE = HintMatcher(block=3, num_disparities=64)


@pytest.mark.parametrize(
    "change, same",
    [
        ({"block": 4}, {"block": 5}),
        ({"left_right": -1}, {"left_right": 1}),
        ({"left_right": 0}, {"left_right": 1}),
        ({"prefilter_cap": 1}, {"prefilter_cap": 15}),
        ({"prefilter_cap": 40}, {"prefilter_cap": 41}),
        ({"p1": 0, "p2": 0}, {"p1": 2, "p2": 5}),
        ({"p1": 100, "p2": 50}, {"p1": 100, "p2": 101}),
        ({"speckle_window": 0, "speckle_range": 1}, {"speckle_window": 0, "speckle_range": 9}),
    ],
)
def test_settings_that_opencv_rounds_alike_give_one_map(street, change: dict[str, int], same: dict[str, int]):
    first, second = replace(BASE, **change), replace(BASE, **same)
    assert first != second
    assert first.effective() == second.effective()
    np.testing.assert_array_equal(match(*street, first), match(*street, second))


@pytest.mark.parametrize(
    "change",
    [
        {"block": 5},
        {"left_right": 2},
        {"prefilter_cap": 31},
        {"p1": 4},
        {"p2": 500},
        {"uniqueness": 0},
        {"speckle_window": 0},
    ],
)
def test_settings_that_matter_are_kept_apart(street, change: dict[str, int]):
    other = replace(BASE, **change)
    assert other.effective() != BASE.effective()
    assert not np.array_equal(match(*street, other), match(*street, BASE), equal_nan=True)


def test_the_best_is_the_least_photometric_error(street):
    """Against the plain loss, where two maps differ by more than its rounding."""
    left, right = street
    maps = [np.full(left.shape[:2], d, np.float32) for d in (4.0, 9.5, 20.0)]
    tensors = [torch.from_numpy(view.transpose(2, 0, 1).copy())[None].float() / 255 for view in street]
    errors = np.stack(
        [
            photometric_map_by_definition(
                warp_by_disparity(tensors[1], torch.from_numpy(one)[None, None])[0], tensors[0]
            )[0, 0].numpy()
            for one in maps
        ]
    )
    ordered = np.sort(errors, axis=0)
    clear = ordered[1] - ordered[0] > 1e-4
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(best(left, right, maps)[clear], errors.argmin(axis=0)[clear])


def test_of_equal_maps_the_first_is_taken():
    left, right = shifted_pair(7)
    maps = [np.full(left.shape[:2], d, np.float32) for d in (7, 7, 3)]
    assert (best(left, right, maps)[:, 9:] == 0).all()
    with pytest.raises(ValueError, match="no map to choose from"):
        best(left, right, [])


def test_holes_have_no_say_unless_as_published():
    left, right = (view.copy() for view in shifted_pair(7))
    left[10:14, 40:44] = right[0, 0]  # where the corner's colour is what the view shows
    true = np.full(left.shape[:2], 7, np.float32)
    holes = true.copy()
    holes[8:16, 38:46] = np.nan
    inside = (slice(11, 13), slice(41, 43))
    assert (best(left, right, [true, holes])[inside] == 0).all()
    assert (best(left, right, [true, holes], holes="published")[inside] == 1).all()
    assert (best(left, right, [holes, true])[8:16, 38:46] == 1).all()
    nothing = np.full_like(true, np.nan)
    assert (best(left, right, [nothing, true]) == 1).all()


def test_the_average_is_of_those_that_say_anything():
    nan = np.nan
    maps = [np.array([[1, nan, nan]], np.float32), np.array([[3, 5, nan]], np.float32)]
    np.testing.assert_array_equal(average(maps), np.array([[2, 5, nan]], np.float32))


def test_a_drawn_setting_depends_on_seed_and_pixels_alone():
    pair = shifted_pair(7)
    assert drawn(PUBLISHED, *pair, 0) == drawn(PUBLISHED, *pair, 0)
    seeds = {drawn(PUBLISHED, *pair, seed) for seed in range(64)}
    assert len(seeds) == 12  # all are drawn
    pictures = {drawn(PUBLISHED, texture(8, 8, seed=i), texture(8, 8), 0) for i in range(64)}
    assert len(pictures) == 12


@pytest.mark.parametrize("choose", ["best", "average", "random"])
def test_both_views_are_labelled_where_they_agree(choose: str):
    left, right = square_pair(320)
    for view, columns, far in zip(
        hinted(left, right, HintSettings(choose=choose)), (slice(170, 310), slice(90, 150)), (4, 4), strict=True
    ):
        found = view.disparity[4:-4, columns]
        assert np.isfinite(found).mean() > 0.9
        assert np.nanmax(np.abs(found - far)) < 1
        assert ((view.confidence > 0) == np.isfinite(view.disparity)).all()
        assert view.confidence.max() <= 1


def test_what_little_is_believed_can_be_left_out(street):
    every, sure = (hinted(*street, HintSettings(keep=keep))[0] for keep in (0.0, 0.8))
    assert 0.1 < np.isfinite(sure.disparity).mean() < np.isfinite(every.disparity).mean()
    assert sure.confidence[np.isfinite(sure.disparity)].min() >= 0.8


def test_confidence_tells_right_from_wrong():
    sample, truth = render("flat-all", 3, 0, 64, 256)
    left, right = (
        (view[0] * 255).round().byte().permute(1, 2, 0).numpy().copy() for view in (sample.image, sample.right)
    )
    view, _ = hinted(left, right, HintSettings())
    known = np.isfinite(view.disparity)
    wrong = np.abs(view.disparity - truth.disparity[0, 0].numpy()) > 3
    sure = view.confidence > 0.8
    assert wrong[known & sure].mean() < 0.5 * wrong[known & ~sure].mean()


def test_negative_disparities_are_searched_where_asked():
    wide = texture(64, 300, side=2)
    left, right = wide[:, 12:268], wide[:, :256]
    found = hinted(left, right, HintSettings(), lowest=-21)[0].disparity
    np.testing.assert_allclose(found[8:-8, 150:-30], -12, atol=0.3)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="block must be positive"):
        HintMatcher(block=0)
    with pytest.raises(ValueError, match="multiple of 16"):
        HintMatcher(num_disparities=60)
    with pytest.raises(ValueError, match=r"alpha must lie in 0\.\.1"):
        HintSettings(alpha=1.5)
    with pytest.raises(ValueError, match=r"keep must lie in 0\.\.1"):
        HintSettings(keep=-1)
    with pytest.raises(ValueError, match="differ in size"):
        hinted(texture(8, 8), texture(8, 9), HintSettings())
