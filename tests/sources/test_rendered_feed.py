"""Batches of rendered pairs."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.errors import ConfigError
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.sample import Sample
from wilddepth.sources.rendered import OPEN_BURSTS, Jitter, LiveFeed, RenderedFeed, Window
from wilddepth.worlds.cache import MISSING, STEP, Burst, BurstCache, BurstSpec
from wilddepth.worlds.flat import render as flat

SPEC = BurstSpec("flat-flying", 3, 48, 96, pairs=4)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests of this file fill together; its views are alike."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat, "sensed", lambda chosen, left, right, seed, told: (left, right))
        folder = tmp_path_factory.mktemp("cache")
        for number in range(3):
            BurstCache(SPEC, folder).render(number)
    return folder


def feed(root: Path, **changes: object) -> RenderedFeed:
    return RenderedFeed(SPEC, **{"count": 12, "crop": (32, 64), "seed": 1, "root": root, **changes})  # type: ignore[arg-type]


def tensors(batch: Sample) -> list[torch.Tensor]:
    assert batch.right is not None
    labels = (batch.labels[name].disparity for name in ("renderer", "right/renderer"))
    return [batch.image, batch.right, *(label for label in labels if label is not None)]


def same(one: Sample, other: Sample) -> bool:
    return one.keys == other.keys and all(map(torch.equal, tensors(one), tensors(other)))


def labelled(shape: tuple[int, int, int], *, disparity: float = 0.0) -> Burst:
    """Pairs whose red is the row, green the column and blue the number of the view."""
    image = np.zeros((*shape, 3), np.uint8)
    image[..., 0], image[..., 1] = np.arange(shape[1])[:, None], np.arange(shape[2])
    other = image.copy()
    other[..., 2] = 1
    maps = np.full(shape, disparity * STEP, np.uint16)
    return Burst(image, other, maps, maps + np.uint16(STEP))


# A function of seed and step


@pytest.mark.parametrize("jitter", [None, Jitter()], ids=["plain", "jittered"])
def test_a_batch_is_a_function_of_seed_and_step(root: Path, jitter: Jitter | None):
    steps = [0, 1, 5, 100_000]
    first = feed(root, jitter=jitter)
    forward = {step: first.batch(step, 3) for step in steps}
    second = feed(root, jitter=jitter)
    for step in reversed(steps):
        assert same(second.batch(step, 3), forward[step])
        assert same(first.batch(step, 3), forward[step])
    assert not same(forward[0], forward[1])
    assert not same(feed(root, jitter=jitter, seed=2).batch(0, 3), forward[0])


def test_threads_make_the_same_batches(root: Path):
    serial, shared = feed(root, jitter=Jitter()), feed(root, jitter=Jitter())
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda step: shared.batch(step, 2), range(24)))
    assert all(same(batch, serial.batch(step, 2)) for step, batch in enumerate(made))


def test_threads_may_ask_for_the_same_missing_burst(tmp_path: Path):
    fresh = feed(tmp_path, count=4)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda step: fresh.batch(step, 2), range(3)))
    again = feed(tmp_path, count=4)
    assert all(same(batch, again.batch(step, 2)) for step, batch in enumerate(made))
    assert [path.name for path in fresh.cache.folder.iterdir()] == ["00000"]


def test_a_batch_has_images_labels_and_names(root: Path):
    batch = feed(root).batch(0, 5)
    assert [tuple(values.shape) for values in tensors(batch)] == [(5, 3, 32, 64)] * 2 + [(5, 1, 32, 64)] * 2
    assert all(values.dtype == torch.float32 for values in tensors(batch))
    assert {label.origin for label in batch.labels.values()} == {"renderer"}
    assert 0 <= batch.image.min() < 0.3 < 0.6 < batch.image.max() <= 1
    assert all(key.startswith("flat-flying-") and 0 <= int(key.rsplit("-", 1)[1]) < 12 for key in batch.keys)


def test_a_full_crop_holds_the_very_pairs_of_the_cache(root: Path):
    whole = feed(root, crop=(48, 96))
    burst = BurstCache(SPEC, root).load(1)
    left, right, disparity, right_disparity = whole.pair(Window(6, 0, 0, mirrored=False))
    np.testing.assert_allclose(left.permute(1, 2, 0) * 255, burst.left[2], atol=1e-4)
    np.testing.assert_allclose(right.permute(1, 2, 0) * 255, burst.right[2], atol=1e-4)
    assert (disparity[0].numpy() * STEP == burst.left_disparity[2]).all()
    assert (right_disparity[0].numpy() * STEP == burst.right_disparity[2]).all()


# Crops and mirrors


def test_crops_are_one_window_of_both_views_and_reach_every_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    made = feed(tmp_path)
    monkeypatch.setattr(made, "burst", lambda number: labelled((4, 48, 96), disparity=7.0))
    rng = np.random.default_rng(0)
    corners, mirrored = set(), 0
    for _ in range(400):
        *views, left_disparity, right_disparity = made.pair(made.window(0, rng))
        left, right = ((view * 255).round().int() for view in views)
        flipped = bool(left[2, 0, 0])
        assert torch.equal(left[:2], right[:2])
        assert left[2].eq(int(flipped)).all()
        assert right[2].eq(int(not flipped)).all()
        assert (left_disparity - right_disparity).unique().tolist() == [1.0 if flipped else -1.0]
        assert left[0, :, 0].diff().eq(1).all()
        assert left[1, 0].diff().eq(-1 if flipped else 1).all()
        corners.add((int(left[0].min()), int(left[1].min())))
        mirrored += flipped
    tops, lefts = (sorted({corner[axis] for corner in corners}) for axis in (0, 1))
    assert (tops[0], tops[-1], lefts[0], lefts[-1]) == (0, 16, 0, 32)
    assert 150 < mirrored < 250


def test_the_disparity_of_a_batch_explains_its_images_mirrored_or_not(root: Path):
    """The mirrored right view is a left view: views and maps change places, and nothing changes its sign."""
    made, rng = feed(root), np.random.default_rng(4)
    seen = set()
    for index in [*range(12)] * 2:
        window = made.window(index, rng)
        left, right, disparity, right_disparity = (part.unsqueeze(0) for part in made.pair(window))
        seen.add(window.mirrored)
        for view, other, values, there in (
            (left, right, disparity, right_disparity),
            (right, left, -right_disparity, -disparity),
        ):
            rebuilt, inside = warp_by_disparity(other, values)
            matched, _ = warp_by_disparity(there, values)
            visible = inside & ((matched - values).abs() < 0.3)
            assert visible.float().mean() > 0.3, window
            error, opposite = (
                (picture - view).abs().mean(dim=1, keepdim=True)[visible].mean()
                for picture in (rebuilt, warp_by_disparity(other, -values)[0])
            )
            assert error < 0.03
            assert error < 0.3 * opposite
    assert seen == {False, True}


# Rendered when asked for


@pytest.mark.parametrize("device", [pytest.param("cpu"), pytest.param("cuda", marks=pytest.mark.gpu)])
def test_a_live_feed_gives_the_batches_of_the_cache_but_for_their_rounding(tmp_path: Path, device: str):
    stored = feed(tmp_path, jitter=Jitter())
    live = LiveFeed(SPEC, device=torch.device(device), count=12, crop=(32, 64), seed=1, jitter=Jitter())
    assert live.prepare(10**6) == []
    for step in (0, 7):
        expected, found = stored.batch(step, 4), live.batch(step, 4)
        assert found.keys == expected.keys
        assert {values.device.type for values in tensors(found)} == {device}
        noise = 0.0 if device == "cpu" else 0.1  # another device draws other noise, and a few edges fall elsewhere
        for mine, theirs, rounding in zip(
            tensors(found), tensors(expected), (1 / 255,) * 2 + (1 / 256,) * 2, strict=True
        ):
            off = (mine.cpu() - theirs).abs() > rounding + noise
            assert off.float().mean() <= (0.0 if device == "cpu" else 0.02)


# Growth


def test_the_pairs_in_use_grow_as_stated(root: Path):
    growing = feed(root, first=2, growth=0.5)
    assert [growing.available(step) for step in (0, 1, 2, 3, 4, 19, 20, 21, 10**6)] == [2, 2, 3, 3, 4, 11, 12, 12, 12]
    assert feed(root).available(0) == 12
    assert feed(root, first=50).available(0) == 12


def test_a_step_draws_from_the_pairs_in_use_and_from_all_of_them(root: Path):
    growing = feed(root, first=3, growth=1.0)
    for step, pairs in ((0, 3), (4, 7), (100, 12)):
        drawn = {int(key.rsplit("-", 1)[1]) for key in growing.batch(step, 60).keys}
        assert drawn == set(range(pairs))


def test_prepare_lists_the_bursts_that_are_missing(tmp_path: Path):
    growing = feed(tmp_path, first=4, growth=1.0)
    assert growing.prepare() == [0]
    assert growing.prepare(1) == [0, 1]
    assert growing.prepare(10**6) == [0, 1, 2]
    growing.cache.render(1)
    assert growing.prepare(10**6) == [0, 2]
    growing.batch(0, 2)  # renders what it needs
    assert growing.prepare(10**6) == [2]


def test_a_disparity_that_is_not_known_is_a_label_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    made, burst = feed(tmp_path), labelled((4, 48, 96))
    burst.left_disparity[:, :24] = MISSING
    monkeypatch.setattr(made, "burst", lambda number: burst)
    whole = Window(0, 0, 0, mirrored=False)
    made.crop = (48, 96)
    _, _, disparity, right_disparity = made.pair(whole)
    assert disparity[0, :24].isnan().all()
    assert (disparity[0, 24:] == 0).all()
    assert (right_disparity == 1).all()


# Jitter


def grey_feed(
    monkeypatch: pytest.MonkeyPatch, folder: Path, jitter: Jitter | None, *, spread: int = 20
) -> RenderedFeed:
    """All pairs are stripes of 128 -+ spread in both views."""
    made = feed(folder, jitter=jitter)
    burst = labelled((4, 48, 96))
    for image in (burst.left, burst.right):
        image[:] = np.where(np.arange(96) % 2 == 0, 128 - spread, 128 + spread)[:, None]
    monkeypatch.setattr(made, "burst", lambda number: burst)
    return made


def changes(batch: Sample, spread: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    """Brightness added to each image (2 b) and factor on its contrast (2 b)."""
    assert batch.right is not None
    views = torch.stack([batch.image, batch.right]).flatten(2)
    return views.mean(dim=-1) - 128 / 255, views.std(dim=-1, unbiased=False) / (spread / 255)


def test_no_jitter_is_the_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    batch = grey_feed(monkeypatch, tmp_path, None).batch(0, 8)
    assert batch.image.mul(255).round().unique().tolist() == [108, 148]
    without = grey_feed(monkeypatch, tmp_path, Jitter(0.0, 0.0, 0.0)).batch(0, 8)
    torch.testing.assert_close(without.image, batch.image)
    torch.testing.assert_close(without.right, batch.right)


def test_jitter_changes_half_of_the_pairs_by_what_is_stated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    made = grey_feed(monkeypatch, tmp_path, Jitter(brightness=0.1, contrast=0.3, asymmetric=0.5))
    added, factor = changes(made.batch(0, 400))
    active = (added.abs() > 1e-5).any(dim=0)
    assert 160 < active.sum() < 240
    torch.testing.assert_close(factor[:, ~active], torch.ones(2, int((~active).sum())))
    # (1 + asymmetric) times the strength at most, and both ends are reached
    assert 0.12 < added.abs().max() <= 0.15 + 1e-5
    assert 0.36 < (factor - 1).abs().max() <= 0.45 + 1e-4
    gap = (added[0] - added[1])[active].abs()
    assert 0.07 < gap.max() <= 0.1 + 1e-5  # the views differ by 2 * 0.5 * 0.1 at most
    assert added[:, active].mean().abs() < 0.02


def test_symmetric_jitter_changes_both_views_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    batch = grey_feed(monkeypatch, tmp_path, Jitter(0.1, 0.3, asymmetric=0.0)).batch(0, 50)
    added, factor = changes(batch)
    torch.testing.assert_close(added[0], added[1])
    torch.testing.assert_close(factor[0], factor[1])
    assert factor.std() > 0.05


def test_jitter_keeps_values_between_black_and_white_and_leaves_labels_alone(root: Path):
    plain, strong = (feed(root, jitter=jitter).batch(3, 12) for jitter in (None, Jitter(0.6, 0.9, 0.5)))
    for view in tensors(strong)[:2]:
        assert view.min() == 0
        assert view.max() == 1
    assert not torch.equal(plain.image, strong.image)
    assert plain.keys == strong.keys
    assert all(map(torch.equal, tensors(plain)[2:], tensors(strong)[2:]))


# What is refused, and what is kept open


@pytest.mark.parametrize("crop", [(49, 64), (32, 97)])
def test_a_crop_larger_than_the_pairs_is_refused(tmp_path: Path, crop: tuple[int, int]):
    with pytest.raises(ConfigError, match=rf"crops of {crop[0]}x{crop[1]} do not fit into pairs of 48x96"):
        feed(tmp_path, crop=crop)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"first": 0}])
def test_a_feed_of_no_pairs_is_refused(tmp_path: Path, wrong: dict[str, int]):
    with pytest.raises(ConfigError, match="use at least one"):
        feed(tmp_path, **wrong)


def test_an_unknown_world_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="unknown world 'atlantis'"):
        RenderedFeed(BurstSpec("atlantis", 0), count=1, crop=(8, 8), root=tmp_path)


def test_many_bursts_do_not_use_up_the_file_descriptors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Every burst stayed open, with four descriptors each: 16,400 pairs were more than a process may have."""
    burst = labelled((1, 8, 8))
    monkeypatch.setattr(BurstCache, "_arrays", lambda self, number: vars(burst))
    made = RenderedFeed(BurstSpec("flat-flying", 0, 8, 8, pairs=1), count=2 * OPEN_BURSTS, crop=(8, 8), root=tmp_path)
    before = len(os.listdir("/proc/self/fd"))
    for step in range(4):
        made.batch(step, OPEN_BURSTS)
    assert len(os.listdir("/proc/self/fd")) - before <= 4 * OPEN_BURSTS
