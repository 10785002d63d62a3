"""Batches from scenes that carry a label, and the bridge from truth to a label."""

from dataclasses import replace

import pytest
import torch

from tiny import HEIGHT, WIDTH, Planes, plane
from wilddepth.data.augment import Jitter
from wilddepth.errors import MissingView, SampleError
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.sources.labelled import LabelledFeed
from wilddepth.sources.source import Scene
from wilddepth.sources.supervised import LABEL, SupervisedSource


def feed(*disparities: int, crop: tuple[int, int] = (32, 48), **more: object) -> LabelledFeed:
    return LabelledFeed(SupervisedSource(Planes(disparities or (5, 8, 3))), LABEL, crop, **more)


def test_truth_becomes_a_label_that_says_where_it_is_from():
    scene = SupervisedSource(Planes((5,)))[0]
    label = scene.sample.labels[LABEL]
    assert label.origin == "ground truth"
    assert bool((label.disparity == 5).all())


def test_what_is_not_valid_is_no_label():
    class Half(Planes):
        def load(self, index: int) -> Scene:
            scene = super().load(index)
            valid = scene.truth.valid.clone()
            valid[..., :10] = False
            return replace(scene, truth=replace(scene.truth, valid=valid))

    label = SupervisedSource(Half((5,)))[0].sample.labels[LABEL].disparity
    assert bool(label[..., :10].isnan().all())
    assert bool((label[..., 10:] == 5).all())


def test_a_scene_without_truth_is_refused():
    class Untold(Planes):
        def load(self, index: int) -> Scene:
            return replace(super().load(index), truth=None)

    with pytest.raises(
        SampleError, match="plane-0 has no ground truth to supervise with; leave it out, or use `adapt`"
    ):
        SupervisedSource(Untold((5,)))[0]


def test_a_supervised_source_says_so():
    source = SupervisedSource(Planes((5, 6)))
    assert len(source) == 2
    assert source.keys == ("plane-0", "plane-1")
    assert source.describe() == "planes, SUPERVISED with its ground truth"


def test_crops_hold_views_and_label_of_one_window():
    for number in range(6):
        crop = feed().crop_of(number)
        assert crop.image.shape == (1, 3, 32, 48)
        rebuilt, inside = warp_by_disparity(crop.right, crop.labels[LABEL].disparity)
        seen = inside.expand(-1, 3, -1, -1)
        torch.testing.assert_close(rebuilt[seen], crop.image[seen])


def test_batches_depend_on_seed_and_step_alone():
    first, again = feed(seed=1, jitter=Jitter()), feed(seed=1, jitter=Jitter())
    again.batch(9, 2)
    assert torch.equal(first.batch(4, 2).image, again.batch(4, 2).image)
    assert not torch.equal(first.batch(4, 2).image, feed(seed=2, jitter=Jitter()).batch(4, 2).image)
    assert not torch.equal(first.batch(4, 2).image, first.batch(5, 2).image)


def test_every_scene_is_seen_once_an_epoch():
    crops = feed(5, 8, 3, 4)
    for epoch in range(3):
        keys = [crops.crop_of(4 * epoch + number).keys[0] for number in range(4)]
        assert sorted(keys) == [f"plane-{index}" for index in range(4)]


def test_colours_are_changed_where_that_is_asked_for():
    strong = Jitter(probability=1.0, brightness=0.3)
    plain, changed = feed(5).crop_of(0), feed(5, jitter=strong).crop_of(0)
    assert not torch.equal(plain.image, changed.image)
    assert torch.equal(plain.labels[LABEL].disparity, changed.labels[LABEL].disparity)


def test_calibration_of_some_scenes_does_not_matter():
    class Mixed(Planes):
        def load(self, index: int) -> Scene:
            scene = super().load(index)
            return scene if index else replace(scene, sample=plane(5, 0, doffs=0.0))

    batch = LabelledFeed(SupervisedSource(Mixed((5, 5))), LABEL, (32, 32)).batch(0, 2)
    assert set(batch.keys) == {"plane-0", "plane-1"}


def test_images_smaller_than_the_crop_are_taken_whole():
    assert feed(crop=(500, 500)).crop_of(0).size == (HEIGHT, WIDTH)


def test_a_source_without_scenes_or_without_the_label_is_refused():
    with pytest.raises(SampleError, match="planes holds no pairs to learn from; check the folder"):
        LabelledFeed(Planes(()), "x", (32, 32))
    with pytest.raises(MissingView, match=r"has no label 'x'; it has \[\]"):
        LabelledFeed(Planes((5,)), "x", (32, 32)).batch(0, 1)
