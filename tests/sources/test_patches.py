"""Patches around labelled pixels: the right ones, balanced, the same at each step."""

import numpy as np
import pytest
import torch

from wilddepth.errors import SampleError
from wilddepth.proxies.wild import NEGATIVE, POSITIVE, UNKNOWN
from wilddepth.sources.patches import Judged, PatchFeed


def judged(seed=0, height=12, width=14):
    """Each disparity names its pixel; two columns are labelled."""
    labels = np.full((height, width), UNKNOWN)
    labels[:, 3], labels[:, 10] = POSITIVE, NEGATIVE
    places = np.arange(height * width, dtype=np.float32).reshape(height, width)
    return Judged(places + 1000 * seed, labels)


def feed(**more):
    return PatchFeed([judged(0), judged(1)], radius=4, label="matched", **more)


def test_patches_are_cut_around_labelled_pixels_and_say_which():
    sample = feed().batch(0, 64)
    label = sample.labels["matched"]
    assert label.disparity.shape == label.confidence.shape == (64, 1, 9, 9)
    centre, target = label.disparity[:, 0, 4, 4], label.confidence[:, 0, 4, 4]
    assert set((centre[target == 1] % 1000 % 14).tolist()) == {3.0}
    assert set((centre[target == 0] % 1000 % 14).tolist()) == {10.0}
    assert set((centre // 1000).tolist()) == {0.0, 1.0}
    assert torch.isfinite(label.confidence).sum() == 64


def test_a_patch_is_the_map_around_its_pixel_continued_by_the_edge():
    maps = np.pad(judged().disparity, 4, mode="edge")
    for patch in feed().batch(0, 32).labels["matched"].disparity[:, 0]:
        place = int(patch[4, 4])
        y, x = divmod(place % 1000, 14)
        expected = maps[y : y + 9, x : x + 9] + 1000 * (place // 1000)
        np.testing.assert_array_equal(patch, expected)


def test_a_batch_depends_on_seed_and_step_alone():
    batches = feed().batch(7, 16), feed().batch(7, 16), feed().batch(8, 16), feed(seed=1).batch(7, 16)
    values = [sample.labels["matched"].disparity for sample in batches]
    assert torch.equal(values[0], values[1])
    assert not torch.equal(values[0], values[2])
    assert not torch.equal(values[0], values[3])


def test_classes_are_balanced_or_as_they_come():
    labels = np.full((12, 14), POSITIVE)
    labels[0] = NEGATIVE
    maps = [Judged(judged().disparity, labels)]
    even, natural = (
        PatchFeed(maps, radius=4, label="matched", balanced=balanced).batch(0, 4000).labels["matched"].confidence
        for balanced in (True, False)
    )
    assert even[:, 0, 4, 4].mean() == pytest.approx(0.5, abs=0.03)
    assert natural[:, 0, 4, 4].mean() == pytest.approx(11 / 12, abs=0.03)


@pytest.mark.parametrize("missing, name", [(POSITIVE, "right"), (NEGATIVE, "wrong")])
def test_nothing_can_be_learnt_from_one_kind_of_pixel(missing, name):
    one = judged()
    labels = np.where(one.labels == missing, UNKNOWN, one.labels)
    with pytest.raises(SampleError, match=f"labelled {name}"):
        PatchFeed([Judged(one.disparity, labels)], radius=4, label="matched")


def test_maps_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        PatchFeed([judged(), judged(width=15)], radius=4, label="matched")
