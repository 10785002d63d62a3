"""What adaptation sees of a source."""

from dataclasses import replace

import pytest
import torch

from tiny import HEIGHT, WIDTH, Planes, labelled, matched, plane
from wilddepth.data.augment import Jitter, Variety
from wilddepth.engine.labels import Proxies, held_out_blocks, held_out_of_right
from wilddepth.engine.pairs import CropFeed, Pairs, at_infinity, size_in_bytes
from wilddepth.errors import MissingView, SampleError
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.label import Label
from wilddepth.sources.source import Scene


@pytest.mark.parametrize("doffs, shift", [(10.0, 10), (9.2, 10), (0.5, 1), (0.005, 0), (0.0, 0), (-4.0, 0)])
def test_no_disparity_is_negative_at_infinity(doffs: float, shift: int):
    sample = plane(-5, doffs=doffs)
    moved = at_infinity(sample)
    rebuilt, inside = warp_by_disparity(moved.right, torch.full((1, 1, HEIGHT, WIDTH), -5.0 + shift))
    seen = inside[..., 16:48].expand(-1, 3, -1, -1)
    torch.testing.assert_close(rebuilt[..., 16:48][seen], sample.image[..., 16:48][seen])
    assert float(moved.doffs()) == pytest.approx(doffs - shift, abs=1e-5)
    assert float(moved.doffs()) < 0.01


def test_without_calibration_nothing_moves():
    sample = plane(5)
    assert at_infinity(sample) is sample


def test_labels_and_truth_of_the_source_are_not_looked_at():
    class Told(Planes):
        def load(self, index: int) -> Scene:
            scene = super().load(index)
            return replace(scene, sample=labelled(scene.sample, 99, "renderer", "truth", "sgm"))

    assert Pairs(Told(), None).sample(0).labels == {}
    assert set(Pairs(Told(), matched).sample(0).labels) == {"sgm", "right/sgm"}
    assert float(Pairs(Told(), matched).sample(0).labels["sgm"].disparity.max()) == 6.0


def test_labels_move_with_the_pair():
    """Labels and network must see one and the same pair, or they differ by the shift."""
    pairs = Pairs(Planes((-5,), doffs=8.0), matched)
    labels = pairs.sample(0).labels
    assert float(labels["sgm"].disparity.mean()) == -5 + 8
    right = labels["right/sgm"].disparity
    assert bool((right[..., :-8] == -5 + 8).all())
    assert bool(right[..., -8:].isnan().all())  # nothing is known of the columns that came in


def test_labels_of_the_right_view_keep_their_pixels():
    sample = plane(-5, doffs=8.0)
    ramp = torch.arange(WIDTH).float().expand(1, 1, HEIGHT, WIDTH)
    label = Label("x", disparity=ramp, confidence=ramp / WIDTH)
    moved = at_infinity(replace(sample, labels={"x": label, "right/x": label})).labels
    assert torch.equal(moved["x"].disparity, ramp + 8)
    assert torch.equal(moved["x"].confidence, ramp / WIDTH)
    assert torch.equal(moved["right/x"].disparity[..., :-8], ramp[..., 8:] + 8)
    assert torch.equal(moved["right/x"].confidence[..., :-8], ramp[..., 8:] / WIDTH)
    assert bool((moved["right/x"].confidence[..., -8:] == 0).all())


def test_enlarged_pairs_match_at_their_enlarged_labels():
    """Raw disparities of -5 px and principal points 8 px apart: -10 and 16 at twice the size."""
    sample = Pairs(Planes((-5,), doffs=8.0), matched, enlargement=2.0).sample(0)
    label = sample.labels["sgm"].disparity
    assert sample.size == label.shape[-2:] == (2 * HEIGHT, 2 * WIDTH)
    assert float(label.min()) == float(label.max()) == -10 + 16
    rebuilt, inside = warp_by_disparity(sample.right, label)
    seen = inside[..., 16:-24].expand(-1, 3, -1, -1)
    assert float((rebuilt - sample.image)[..., 16:-24][seen].abs().max()) < 1e-4
    assert float(sample.doffs()) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("enlargement", [1.5, 2.0])
def test_the_same_places_judge_however_much_pairs_are_enlarged(enlargement: float):
    """Or what taught at one size would judge at the next."""
    pairs = Pairs(Planes((6,)), matched, enlargement=enlargement)
    kept = pairs.training_sample(0).labels["sgm"].confidence == 0
    assert torch.equal(kept, pairs.blocks(0))
    small = held_out_blocks(HEIGHT, WIDTH, 0)
    rows, columns = (((torch.arange(kept.shape[-1]) + 0.5) / enlargement).long() for _ in range(2))
    assert torch.equal(kept, small[:, :, rows][..., columns])


def test_pairs_are_loaded_when_they_are_asked_for_and_memory_is_bounded():
    source = Planes((6,) * 5)
    one = 2 * 3 * HEIGHT * WIDTH * 4
    pairs = Pairs(source, None, budget=2 * one)
    assert source.opened == []
    assert size_in_bytes(pairs.sample(0)) == one
    for index in (1, 0, 2, 0, 1):
        pairs.sample(index)
    assert source.opened == [0, 1, 2, 1]  # 0 was always among the two looked at last
    assert len(pairs.kept) == 2
    assert len(Pairs(source, None, budget=1).kept) == 0
    tight = Pairs(source, None, budget=1)
    tight.sample(0)
    assert list(tight.kept) == [0]  # the one in use stays


class Changing(Planes):
    """Pair 0 shows another plane from the second look on."""

    def load(self, index: int) -> Scene:
        seen = self.opened.count(index)
        scene = super().load(index)
        return replace(scene, sample=plane(9, 0)) if index == 0 and seen else scene


@pytest.mark.parametrize("proxies", [None, matched])
def test_a_picture_that_changes_while_it_is_used_is_refused(proxies: Proxies | None):
    pairs = Pairs(Changing((6, 6)), proxies, budget=1)
    for index in (0, 0, 1, 1):  # 0 stays in memory until 1 is looked at
        pairs.sample(index)
    with pytest.raises(SampleError, match="was changed while it was being used; leave the folder as it is"):
        pairs.sample(0)


def test_memory_counts_the_labels():
    sample = Pairs(Planes(), matched).sample(0)
    assert size_in_bytes(sample) == (2 * 3 + 2 * 2) * HEIGHT * WIDTH * 4


def test_a_source_without_pairs_is_refused():
    with pytest.raises(SampleError, match="planes holds no pairs to adapt to; check the folder and --limit"):
        Pairs(Planes(()), None)


def test_a_scene_with_one_view_is_refused():
    class OneView(Planes):
        def load(self, index: int) -> Scene:
            scene = super().load(index)
            return replace(scene, sample=replace(scene.sample, right=None))

    with pytest.raises(MissingView, match="has no right image"):
        Pairs(OneView(), None).sample(0)


def test_held_out_points_teach_from_neither_view():
    pairs = Pairs(Planes(height=HEIGHT, width=WIDTH), matched)
    for index in range(3):
        labels = pairs.training_sample(index).labels
        blocks = held_out_blocks(HEIGHT, WIDTH, index)
        matches = held_out_of_right(blocks, labels["right/sgm"].disparity)
        assert bool((labels["sgm"].confidence[blocks] == 0).all())
        assert bool((labels["right/sgm"].confidence[matches] == 0).all())
        assert bool((labels["sgm"].confidence[~blocks] == 1).all())
        assert bool((labels["right/sgm"].confidence[~matches] == 1).all())
        assert bool((pairs.sample(index).labels["sgm"].confidence == 1).all())  # judged by the whole


def test_batches_depend_on_seed_and_step_alone():
    def feed(seed: int) -> CropFeed:
        return CropFeed(Pairs(Planes(), matched), (32, 48), seed)

    first, again, other = feed(1), feed(1), feed(2)
    again.batch(7, 2)
    assert torch.equal(first.batch(3, 2).image, again.batch(3, 2).image)
    assert not torch.equal(first.batch(3, 2).image, other.batch(3, 2).image)
    assert not torch.equal(first.batch(3, 2).image, first.batch(4, 2).image)
    assert first.batch(0, 2).image.shape == (2, 3, 32, 48)


def test_every_second_crop_is_of_the_mirrored_pair_and_its_label_fits():
    feed = CropFeed(Pairs(Planes((6,)), matched), (HEIGHT, WIDTH), 0)
    sample = plane(6, 0)
    plain, mirror = feed.crop_of(0), feed.crop_of(1)
    assert torch.equal(plain.image, sample.image)
    assert torch.equal(mirror.image, sample.right.flip(-1))
    for crop in (plain, mirror):
        assert set(crop.labels) == {"sgm"}
        rebuilt, inside = warp_by_disparity(crop.right, crop.labels["sgm"].disparity)
        seen = inside.expand(-1, 3, -1, -1)
        torch.testing.assert_close(rebuilt[seen], crop.image[seen])


def test_without_a_judge_every_proxy_teaches():
    pairs = Pairs(Planes((6,)), matched)
    judged, unjudged = (CropFeed(pairs, (HEIGHT, WIDTH), 0, hold_out=held) for held in (True, False))
    kept = [feed.crop_of(0).labels["sgm"].confidence for feed in (judged, unjudged)]
    blocks = held_out_blocks(HEIGHT, WIDTH, 0)
    assert blocks.any()
    assert torch.equal(kept[0] == 0, blocks)
    assert (kept[1] == 1).all()


def test_varied_crops_differ_in_zoom_and_colours_and_their_labels_fit():
    zoomed = Variety(zoom=(0.8, 1.6), probability=1.0, jitter=Jitter(probability=0.0))
    disparities = set()
    for number in range(12):
        crop = CropFeed(Pairs(Planes((6,)), matched), (32, 48), 0, hold_out=False, variety=zoomed).crop_of(number)
        assert crop.size == (32, 48)
        found = crop.labels["sgm"].disparity
        disparities.add(round(float(found.mean()), 3))
        rebuilt, inside = warp_by_disparity(crop.right, found)
        wrong, _ = warp_by_disparity(crop.right, found + 2)
        seen = inside.expand(-1, 3, -1, -1)
        right, off = ((picture - crop.image)[seen].abs().mean() for picture in (rebuilt, wrong))
        assert right < 0.5 * off
    assert len(disparities) > 5
    assert 6 * 0.8 <= min(disparities) < 6 < max(disparities) <= 6 * 1.65
    pairs = Pairs(Planes((6,)), matched)
    bright = Variety(probability=0.0, jitter=Jitter(probability=1.0))
    plain, coloured = (CropFeed(pairs, (HEIGHT, WIDTH), 0, variety=variety).crop_of(0) for variety in (None, bright))
    assert torch.equal(plain.labels["sgm"].disparity, coloured.labels["sgm"].disparity)
    assert not torch.allclose(plain.image, coloured.image, atol=0.01)


def test_varied_batches_depend_on_seed_and_step_alone():
    first, again = (CropFeed(Pairs(Planes(), matched), (32, 48), 1, variety=Variety()) for _ in range(2))
    again.batch(7, 2)
    for name in ("image", "right"):
        assert torch.equal(getattr(first.batch(3, 2), name), getattr(again.batch(3, 2), name))


def test_every_pair_is_seen_once_an_epoch_from_both_sides():
    feed = CropFeed(Pairs(Planes((1, 2, 3, 4)), None), (32, 32), 5)
    epochs = [[feed.crop_of(8 * epoch + number).keys[0] for number in range(8)] for epoch in range(3)]
    for keys in epochs:
        assert sorted(keys) == sorted(2 * [f"plane-{i}" for i in range(4)])
        assert keys[::2] == keys[1::2]
    assert len({tuple(keys) for keys in epochs}) > 1


def test_pairs_with_and_without_calibration_share_a_batch():
    class Mixed(Planes):
        def load(self, index: int) -> Scene:
            scene = super().load(index)
            return scene if index else replace(scene, sample=plane(6, 0, doffs=0.0))

    batch = CropFeed(Pairs(Mixed((6, 6)), None), (32, 32), 0).batch(0, 4)
    assert len(set(batch.keys)) == 2
    assert batch.camera is None
