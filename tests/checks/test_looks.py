"""Tone, sharpness, frames and intrinsics against closed forms."""

import math

import cv2
import numpy as np
import pytest
import torch

from tiny import picture
from wilddepth.checks.frame import frame_difference, measure_frame
from wilddepth.checks.intrinsics import measure_intrinsics
from wilddepth.checks.match import Matches
from wilddepth.checks.sharpness import measure_sharpness
from wilddepth.checks.tone import measure_tone
from wilddepth.checks.view import grey_of, rgb_of
from wilddepth.geometry.camera import Camera


def patches(values: np.ndarray) -> np.ndarray:
    """A picture of flat 20 px squares with these colours (n 3, 0..255), one after another."""
    return np.repeat(np.repeat(values[None].astype(np.uint8), 20, axis=1), 20, axis=0)


def middles(count: int) -> Matches:
    places = np.stack([np.arange(count) * 20.0 + 10, np.full(count, 10.0)], axis=1)
    return Matches(places, places, 20, 20 * count)


GREYS = np.repeat(np.linspace(40, 110, 30)[:, None], 3, axis=1)


def test_twice_the_exposure_is_one_stop():
    tone = measure_tone(patches(2 * GREYS), patches(GREYS), middles(30))
    assert tone.stops == pytest.approx(1, abs=0.02)
    assert tone.gamma == pytest.approx(1, abs=0.02)
    assert tone.cast_percent == pytest.approx(0, abs=0.5)
    assert tone.points == 30
    assert measure_tone(patches(GREYS), patches(2 * GREYS), middles(30)).stops == pytest.approx(-1, abs=0.02)


@pytest.mark.parametrize("gamma", [0.6, 1.5])
def test_gamma_is_found_whatever_the_gain(gamma: float):
    bent = 180 * (GREYS / 150) ** gamma
    tone = measure_tone(patches(np.rint(bent)), patches(GREYS), middles(30))
    assert tone.gamma == pytest.approx(gamma, rel=0.03)


def test_a_colour_channel_that_differs_is_found():
    tinted = GREYS * np.array([1.5, 1.0, 1.0])
    tone = measure_tone(patches(tinted), patches(GREYS), middles(30))
    # a channel 1.5 times as bright is 1.5 ** (2 / 3) above the mean of the three
    assert tone.cast_percent == pytest.approx(100 * (1.5 ** (2 / 3) - 1), abs=1)


def test_clipped_places_do_not_count():
    tone = measure_tone(patches(np.minimum(GREYS * 3, 255)), patches(GREYS), middles(30))
    assert 15 <= tone.points < 30
    assert tone.stops == pytest.approx(math.log2(3), abs=0.02)
    assert math.isnan(measure_tone(patches(GREYS * 0), patches(GREYS), middles(30)).stops)


def test_without_matches_the_views_are_compared_as_a_whole():
    tone = measure_tone(patches(GREYS), patches(GREYS[::-1] / 4), middles(0))
    assert tone.points == 0
    assert tone.stops == pytest.approx(2, abs=0.05)
    assert tone.gamma == pytest.approx(1, abs=0.05)


def test_an_even_scene_says_nothing_about_contrast():
    assert math.isnan(measure_tone(patches(GREYS * 0 + 90), patches(GREYS * 0 + 90), middles(30)).gamma)


def squares(sigma_across: float, sigma_down: float) -> np.ndarray:
    """A chessboard of 24 px squares, blurred by OpenCV."""
    row, column = np.mgrid[0:240, 0:240] // 24
    board = (60 + 140 * ((row + column) % 2)).astype(np.float32)
    if max(sigma_across, sigma_down) > 0:
        board = cv2.GaussianBlur(board, (0, 0), max(sigma_across, 1e-3), sigmaY=max(sigma_down, 1e-3))
    return np.rint(board).astype(np.uint8)


@pytest.mark.parametrize("across, down", [(1.0, 1.0), (2.0, 2.0), (3.0, 1.0), (1.0, 2.5)])
def test_blur_is_measured_along_both_axes(across: float, down: float):
    found = measure_sharpness(squares(across, down))
    assert found.across_px == pytest.approx(across, rel=0.06)
    assert found.down_px == pytest.approx(down, rel=0.06)
    assert found.worst_px == max(found.across_px, found.down_px)


def test_a_perfect_edge_is_sharp():
    assert measure_sharpness(squares(0, 0)).worst_px == 0


@pytest.mark.parametrize("length", [8, 16])
def test_a_box_is_as_wide_as_its_standard_deviation(length: int):
    """Motion: the slope of an edge is a box, whose correlation at k is 1 - k / length."""
    moved = cv2.blur(squares(0, 0).astype(np.float32), (length, 1))
    found = measure_sharpness(np.rint(moved).astype(np.uint8))
    assert found.across_px == pytest.approx(length / math.sqrt(12), rel=0.25)
    assert found.down_px == 0


def test_noise_does_not_hide_blur():
    rng = np.random.default_rng(0)
    noisy = np.clip(squares(2.5, 2.5) + rng.normal(0, 8, (240, 240)), 0, 255).astype(np.uint8)
    assert measure_sharpness(noisy).across_px == pytest.approx(2.5, rel=0.2)
    noise = np.clip(rng.normal(128, 20, (240, 240)), 0, 255).astype(np.uint8)
    assert measure_sharpness(noise).worst_px < 0.6


def test_a_ramp_is_wider_than_can_be_measured():
    ramp = np.tile(np.arange(200, dtype=np.uint8), (50, 1))
    assert measure_sharpness(ramp).across_px == 24


def test_a_view_without_edges_is_neither_sharp_nor_blurred():
    found = measure_sharpness(np.full((50, 60), 90, np.uint8))
    assert math.isnan(found.across_px)
    assert math.isnan(found.worst_px)


def test_edges_of_one_direction_still_tell():
    stripes = np.tile(squares(2.0, 2.0)[12:13], (240, 1))
    found = measure_sharpness(stripes)
    assert math.isnan(found.down_px)
    assert found.worst_px == pytest.approx(2, rel=0.1)


def test_a_frame_has_level_content_and_colour():
    rgb = rgb_of(picture(0, 64, 96))
    frame = measure_frame(rgb, grey_of(rgb))
    assert frame.level == pytest.approx(grey_of(rgb).mean())
    assert frame.range > 20
    assert frame.colour > 50


def test_noise_is_no_content_and_no_colour():
    rng = np.random.default_rng(0)
    noise = np.repeat(np.clip(rng.normal(20, 6, (240, 320, 1)), 0, 255).astype(np.uint8), 3, axis=2)
    frame = measure_frame(noise, grey_of(noise))
    assert frame.range < 5
    assert frame.colour == 0


def test_the_difference_of_frames_is_in_grey_levels():
    one = np.full((10, 12), 100, np.uint8)
    other = one.copy()
    other[:5] += 3
    assert frame_difference(one, one) == 0
    assert frame_difference(one, other) == 1.5
    assert frame_difference(one, one[:, :11]) == float("inf")


def test_a_calibration_of_half_the_size_says_so():
    whole = Camera.single(700.0, 720.0, 319.5, 239.5, 480, 640)
    given = measure_intrinsics(whole)
    assert (given.width_factor, given.height_factor) == pytest.approx((1, 1))
    assert given.aspect == pytest.approx(700 / 720)
    assert given.field_degrees == pytest.approx(2 * math.degrees(math.atan(320 / 700)))
    half = whole.resized(240, 320)
    wrong = measure_intrinsics(Camera(half.focal_x, half.focal_y, half.centre_x, half.centre_y, 480, 640))
    assert (wrong.width_factor, wrong.height_factor) == pytest.approx((0.5, 0.5))


def test_only_the_first_camera_of_a_batch_is_looked_at():
    two = torch.tensor([100.0, 900.0])
    assert measure_intrinsics(Camera(two, two, two, two, 50, 60)).width_factor == pytest.approx(201 / 60)
