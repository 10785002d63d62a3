"""Three matchers fused: what is decided, how sure it is, and what is left out."""

from dataclasses import replace

import numpy as np
import pytest

from known_pairs import shifted_pair, square_pair, texture
from wilddepth.proxies.fusion import (
    MATCHERS,
    ProxySettings,
    confidences,
    enlarged,
    fused,
    match_and_fuse,
    match_shrunk,
    match_with_all,
    shrunk,
)
from wilddepth.proxies.sgm import View, mirror

SMALL = ProxySettings(num_disparities=32)


def view(disparity, difference=0.0, size=(24, 24)):
    return View(np.full(size, disparity, np.float32), np.full(size, difference, np.float32))


@pytest.mark.parametrize("channels", [1, 3])
def test_whole_pixel_shift_is_exact_and_sure_in_both_views(channels):
    wide = texture(64, 168, side=2)[..., :channels]
    left, right = match_and_fuse(wide[:, :160], wide[:, 8:], SMALL)
    np.testing.assert_allclose(left.disparity[8:-8, 24:-8], 8, atol=0.1)
    np.testing.assert_allclose(right.disparity[8:-8, 8:-24], 8, atol=0.1)
    assert left.confidence[8:-8, 24:-8].min() > 0.95
    assert right.confidence[8:-8, 8:-24].min() > 0.95


def test_occluded_band_is_no_label():
    left, right = match_and_fuse(*square_pair(width=300, near=44, scale=2), ProxySettings(num_disparities=64))
    # 40 columns of wall are hidden left of the square in one view, right of it in the other; edges move by some pixels.
    assert np.isnan(left.disparity[48:80, 84:116]).mean() > 0.9
    np.testing.assert_allclose(left.disparity[48:80, 130:190], 44, atol=0.2)
    assert np.isnan(right.disparity[48:80, 160:192]).mean() > 0.9
    np.testing.assert_allclose(right.disparity[48:80, 86:146], 44, atol=0.2)


def test_plain_area_is_no_label_though_all_matchers_agree_on_it():
    left, right = shifted_pair(8, 96, 160)
    left, right = left.copy(), right.copy()
    left[:, 40:120], right[:, 40:120] = 100, 100
    found = match_and_fuse(left, right, replace(SMALL, keep=0.0))[0]
    assert found.confidence[20:-20, 60:100].max() < 0.01
    assert np.isnan(match_and_fuse(left, right, SMALL)[0].disparity[20:-20, 60:100]).all()


def test_gain_and_offset_between_the_views_are_survived():
    wide = texture(64, 168, side=2)
    darker = np.rint(wide[:, 8:] * 0.7 + 20).astype(np.uint8)
    found = match_and_fuse(wide[:, :160], darker, SMALL)[0]
    inner = found.disparity[8:-8, 24:-8]
    assert np.mean(np.abs(inner - 8) < 0.5) > 0.98
    assert np.mean(found.confidence[8:-8, 24:-8]) > 0.9


def test_unrelated_views_give_hardly_any_label():
    found = match_and_fuse(texture(96, 240), texture(96, 240, seed=9), ProxySettings())[0]
    assert np.isfinite(found.disparity).mean() < 0.1
    assert np.mean(found.confidence > 0.9) < 0.005


def test_mirrored_pair_gives_mirrored_labels():
    left, right = square_pair()
    first, second = match_and_fuse(left, right, SMALL), match_and_fuse(mirror(right), mirror(left), SMALL)
    for one, other in ((first[0], second[1]), (first[1], second[0])):
        np.testing.assert_array_equal(one.disparity, mirror(other.disparity))
        np.testing.assert_allclose(one.confidence, mirror(other.confidence), atol=1e-6)


def test_large_volume_is_matched_without_being_kept(monkeypatch):
    wide = texture(64, 168, side=2)
    kept = match_shrunk(wide[:, :160], wide[:, 8:], MATCHERS[0], 0, 32).left
    monkeypatch.setattr("wilddepth.proxies.fusion.MOST_CELLS", 64 * 160 * 32 - 1)
    slim = match_shrunk(wide[:, :160], wide[:, 8:], MATCHERS[0], 0, 32).left
    assert (kept.disparity != slim.disparity).any()  # another mode
    np.testing.assert_allclose(slim.disparity[8:-8, 24:-8], 8, atol=0.2)


def test_range_is_measured_where_none_is_given():
    wide = texture(96, 560, side=4)
    left, right = match_and_fuse(wide[:, :460], wide[:, 100:], ProxySettings())
    assert np.mean(np.abs(left.disparity[8:-8, 110:-8] - 100) < 0.5) > 0.98
    assert np.mean(np.abs(right.disparity[8:-8, 8:-110] - 100) < 0.5) > 0.98


def test_negative_disparities_are_found_at_both_sizes():
    wide = texture(64, 170, side=2)
    settings = ProxySettings(min_disparity=-17, num_disparities=32)  # odd: half of it is no whole number
    pairs = match_with_all(wide[:, 10:], wide[:, :160], settings)
    for found in pairs:
        np.testing.assert_allclose(found.left.disparity[12:-12, 12:-24], -10, atol=0.3)
    np.testing.assert_allclose(
        match_and_fuse(wide[:, 10:], wide[:, :160], settings)[0].disparity[12:-12, 12:-24], -10, atol=0.3
    )


def test_most_confident_matcher_decides_and_those_near_it_are_averaged():
    found = fused([view(5), view(5.5), view(9, difference=3)], texture(24, 24), keep=0.0)
    weights = confidences([view(5), view(5.5), view(9, difference=3)])[:2, 12, 12]
    expected = (weights * [5, 5.5]).sum() / weights.sum()
    np.testing.assert_allclose(found.disparity[12, 12], expected, rtol=1e-5)
    np.testing.assert_allclose(found.confidence[12, 12], weights.max(), rtol=1e-4)


def test_less_confidence_than_asked_for_is_no_label():
    apart = [view(5, difference=2), view(15, difference=2), view(30, difference=2)]
    kept, dropped = fused(apart, texture(24, 24), keep=0.0), fused(apart, texture(24, 24), keep=0.5)
    assert np.isfinite(kept.disparity).all()
    assert 0 < kept.confidence.max() < 0.5
    assert np.isnan(dropped.disparity).all()
    assert (dropped.confidence == 0).all()


def test_contradicted_matcher_does_not_decide_however_many_agree_with_it():
    contradicted = view(5, difference=3.1)
    found = fused([contradicted, contradicted, view(8, difference=2.9)], texture(24, 24), keep=0.0)
    np.testing.assert_allclose(found.disparity, 8)
    assert np.isnan(fused([contradicted] * 3, texture(24, 24), keep=0.0).disparity).all()


def test_nothing_found_is_no_label_even_if_every_label_is_wanted():
    nothing = view(np.nan, difference=np.inf)
    found = fused([nothing] * len(MATCHERS), texture(24, 24), keep=0.0)
    assert np.isnan(found.disparity).all()
    assert (found.confidence == 0).all()


@pytest.mark.parametrize("width", [64, 65])
def test_shrinking_and_enlarging_keep_the_unit(width):
    small = shrunk(texture(31, width), 2)
    assert small.shape == (15, 32, 3)
    assert shrunk(texture(31, width, channels=1), 2).shape == (15, 32, 1)
    grown = enlarged(view(4, difference=1, size=(15, 32)), 31, width)
    assert grown.disparity.shape == (31, width)
    np.testing.assert_allclose(grown.disparity, 4 * width / 32, rtol=1e-6)
    np.testing.assert_allclose(grown.difference, width / 32, rtol=1e-6)


def test_enlarging_does_not_mix_surfaces_or_holes():
    step = View(np.float32([[1, 7, np.nan]]), np.float32([[0, np.inf, np.inf]]))
    np.testing.assert_array_equal(enlarged(step, 2, 6).disparity[1], np.float32([2, 2, 14, 14, np.nan, np.nan]))


def test_images_of_a_few_pixels_are_matched_too():
    found = match_and_fuse(texture(1, 1), texture(1, 1), ProxySettings())[0]
    assert found.disparity.shape == (1, 1)


def test_matching_at_half_size_finds_disparities_of_the_full_size():
    wide = texture(64, 168, side=2)
    coarse = next(matcher for matcher in MATCHERS if matcher.shrink == 2)
    found = match_shrunk(wide[:, :160], wide[:, 8:], coarse, 0, 32).left
    np.testing.assert_allclose(found.disparity[8:-8, 24:-8], 8, atol=0.2)


@pytest.mark.parametrize("keep", [-0.1, 1.5])
def test_share_outside_0_1_is_refused(keep):
    with pytest.raises(ValueError, match="keep"):
        ProxySettings(keep=keep)


def test_number_that_opencv_would_misread_is_refused():
    with pytest.raises(ValueError, match="multiple of 16"):
        ProxySettings(num_disparities=40)


def test_views_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        match_and_fuse(texture(16, 32), texture(16, 34), SMALL)
