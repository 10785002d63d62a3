"""Each measurement of confidence against hand-made views."""

import numpy as np

from known_pairs import texture
from wilddepth.proxies.confidence import FAR, confidence_of, measurements, share, soft, steadiness, textured
from wilddepth.proxies.sgm import View

WEIGHTS = np.array([1, 1, 1, 1, -1.5], np.float32)


def view(disparity, difference=0.0, size=(24, 24)):
    return View(np.full(size, disparity, np.float32), np.full(size, difference, np.float32))


def test_full_agreement_measures_one_everywhere():
    found = measurements(view(5), [view(5), view(5)])
    np.testing.assert_allclose(found, np.ones((24, 24, 4)), atol=1e-6)


def test_each_disagreement_lowers_its_own_measurement():
    views_apart = measurements(view(5, difference=2), [view(5)])[12, 12]
    np.testing.assert_allclose(views_apart, [0, 1, 1, 1], atol=1e-6)
    one_of_two_matchers_apart = measurements(view(5), [view(5), view(9)])[12, 12]
    np.testing.assert_allclose(one_of_two_matchers_apart, [1, (1 + np.exp(-2)) / 2, 0.5, 1], atol=1e-6)


def test_missing_values_agree_with_nothing():
    nothing = view(np.nan, difference=np.inf)
    np.testing.assert_allclose(measurements(nothing, [view(5)])[12, 12], [0, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(measurements(view(5), [nothing])[12, 12], [1, 0, 0, 1], atol=1e-6)


def test_share_counts_the_window_and_its_limit_is_one_pixel():
    difference = np.full((21, 21), FAR, np.float32)
    difference[8:13, 8:13] = 1.0
    found = share(difference, 11)
    np.testing.assert_allclose(found[10, 10], 25 / 121, rtol=1e-5)
    np.testing.assert_allclose(share(difference + np.float32(1e-3), 11), 0, atol=1e-6)


def test_steadiness_falls_at_an_edge_and_at_a_hole():
    edge = np.where(np.arange(40) < 20, 3, 7).astype(np.float32)[None].repeat(20, axis=0)
    np.testing.assert_allclose(
        steadiness(edge)[10], np.where(np.abs(np.arange(40) - 19.5) < 4.5, np.exp(-1), 1), rtol=1e-5
    )
    hole = np.full((20, 20), 3, np.float32)
    hole[10, 10] = np.nan
    assert steadiness(hole)[10, 7] == 0
    assert steadiness(hole)[10, 2] == 1


def test_soft_is_an_exponential():
    np.testing.assert_allclose(soft(np.float32([[0, 2, 4]])), np.exp([[0, -1, -2]]), rtol=1e-6)


def test_confidence_is_the_logistic_function_of_its_weights():
    np.testing.assert_allclose(confidence_of(view(5), [view(5)], WEIGHTS)[12, 12], 1 / (1 + np.exp(-2.5)), rtol=1e-6)


def test_contradicted_is_no_confidence():
    assert (confidence_of(view(5, difference=3.0), [view(5)], WEIGHTS) > 0.5).all()
    assert (confidence_of(view(5, difference=3.01), [view(5)], WEIGHTS) == 0).all()


def test_nothing_said_is_no_confidence():
    assert (confidence_of(view(np.nan, np.inf), [view(5)], WEIGHTS) == 0).all()


def test_only_a_surface_without_any_texture_is_not_believed():
    plain = np.full((40, 40, 3), 128, np.uint8)
    assert textured(plain).max() < 1e-6
    assert textured(texture(40, 40)).min() > 0.999
    faint = np.clip(np.random.default_rng(0).normal(128, 1, (40, 40, 1)), 0, 255).astype(np.uint8)  # noise of one level
    assert textured(faint).min() > 0.95
