"""Settings found without truth: what is measured, and that it chooses as the truth would."""

import numpy as np
import pytest

from known_pairs import shifted_pair
from wilddepth.errors import SampleError
from wilddepth.proxies.algorithm import Algorithm, Labels, algorithm
from wilddepth.proxies.attach import pictures
from wilddepth.proxies.fusion import Fused
from wilddepth.proxies.search import DISAGREEMENT, default_candidates, find_settings, measured
from wilddepth.sample import Sample
from wilddepth.sources.open import open_source
from wilddepth.truth import Truth
from wilddepth.worlds.catalog import render


def labels(left: np.ndarray, right: np.ndarray) -> Labels:
    return tuple(Fused(view.astype(np.float32), np.ones(view.shape, np.float32)) for view in (left, right))


def test_the_truth_rebuilds_the_view_and_agrees():
    left, right = shifted_pair(7, 48, 96)
    true = np.full(left.shape[:2], 7.0)
    found = measured(left, right, labels(true, true))
    assert found.photometric < 0.01  # the windows of the first column that is seen
    assert found.consistent == pytest.approx((96 - 7) / 96, abs=1e-6)
    assert found.score == pytest.approx(found.photometric + DISAGREEMENT * 7 / 96)


@pytest.mark.parametrize("wrong", [0.0, 6.0, 9.0])
def test_wrong_maps_score_worse(wrong: float):
    left, right = shifted_pair(7)
    true, other = np.full(left.shape[:2], 7.0), np.full(left.shape[:2], wrong)
    best = measured(left, right, labels(true, true))
    assert measured(left, right, labels(other, other)).photometric > 10 * best.photometric
    contradicting = measured(left, right, labels(true, np.full_like(true, 3.0)))
    assert contradicting.consistent == 0
    assert contradicting.score > best.score


def test_holes_cost_agreement_and_are_closed_to_rebuild():
    left, right = shifted_pair(7)
    true = np.full(left.shape[:2], 7.0)
    half = true.copy()
    half[:, ::2] = np.nan
    best, found = (measured(left, right, labels(one, true)) for one in (true, half))
    assert found.photometric == pytest.approx(best.photometric, abs=1e-6)
    assert found.consistent == pytest.approx(best.consistent / 2, abs=0.01)


def test_labels_that_say_nothing_are_the_worst():
    left, right = shifted_pair(7)
    nothing = np.full(left.shape[:2], np.nan)
    assert measured(left, right, labels(nothing, nothing)).score == 1 + DISAGREEMENT


def test_the_best_comes_first_and_progress_is_told():
    told: list[int] = []
    tried = [
        algorithm(
            "opencv-sgm", {"measured": False, "num_disparities": number, "mode": "3way", "block": 5, "images": "grey"}
        )
        for number in (16, 64)
    ]
    pairs = [(*shifted_pair(40, 48, 160), 0), (*shifted_pair(30, 48, 160), 0)]
    found = find_settings(pairs, tried, on_candidate=told.append)
    assert [candidate.maker for candidate in found] == tried[::-1]  # 16 do not reach
    assert found[0].measured.score < 0.5 * found[1].measured.score
    assert told == [1, 2, 3, 4]
    row = found[0].row()
    assert row["score"] == found[0].measured.score
    assert row["settings"]["num_disparities"] == 64


def test_without_pairs_or_candidates_there_is_nothing_to_find():
    with pytest.raises(SampleError, match="no pair to find settings on"):
        find_settings([], [algorithm()])
    with pytest.raises(ValueError, match="no candidate to try"):
        find_settings([], [])


def test_the_default_candidates_differ():
    tried = default_candidates()
    assert len({candidate.digest() for candidate in tried}) == len(tried) == 26
    assert {candidate.name for candidate in tried} == {"opencv-sgm", "trio", "depth-hints"}


def six_settings() -> list[Algorithm]:
    """From bad to good."""
    return [
        algorithm(
            "opencv-sgm", {"mode": "3way", "images": images, "block": block, "p1": p1, "p2": p2, "prefilter_cap": 63}
        )
        for images, block, p1, p2 in (
            ("grey", 1, 1, 2),
            ("grey", 3, 1, 2),
            ("grey", 3, 8, 32),
            ("grey", 3, 16, 160),
            ("grey", 7, 8, 96),
            ("structure", 3, 1, 2),
        )
    ]


def judged(sample: Sample, truth: Truth) -> tuple[list[Algorithm], list[float]]:
    """The six as the score orders them, and the share of known pixels that each leaves without a right label."""
    ((left, right, lowest),) = pictures(sample)
    known, valid = truth.disparity[0, 0].numpy(), truth.valid[0, 0].numpy()

    def not_right(maker: Algorithm) -> float:
        error = np.abs(maker(left, right, lowest)[0].disparity - known)
        return 1 - float(((error <= 3) | (error <= 0.05 * known))[valid].mean())

    found = [candidate.maker for candidate in find_settings([(left, right, lowest)], six_settings())]
    return found, [not_right(maker) for maker in found]


def test_settings_are_ordered_as_the_truth_orders_them():
    """On a world that had no part in choosing the score's weight."""
    _, wrong = judged(*render("flat-flying", 12, 0, 128, 320))
    assert wrong[0] <= min(wrong) + 0.02
    assert wrong[-1] >= max(wrong) - 0.02
    assert np.corrcoef(np.argsort(np.argsort(wrong)), range(6))[0, 1] > 0.8


@pytest.mark.realdata
def test_the_choice_is_close_to_the_best_on_a_real_pair(realdata):
    scene = open_source(str(realdata / "middlebury" / "2003"))[0]
    _, wrong = judged(scene.sample, scene.truth)
    assert wrong[0] <= min(wrong) + 0.02
    assert wrong[0] < max(wrong) - 0.05
