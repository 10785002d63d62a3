import errno
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.worlds import cache as cache_module
from wilddepth.worlds.cache import MISSING, STEP, BurstCache, BurstSpec, default_root, quantised, worker_pool
from wilddepth.worlds.catalog import Take, render_batch

SPEC = BurstSpec("flat-flying", 3, 32, 64, pairs=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> BurstCache:
    """A cache with burst 0 in it."""
    made = BurstCache(SPEC, tmp_path_factory.mktemp("cache"))
    made.render(0)
    return made


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BurstCache:
    """An empty cache whose pairs cost nothing."""
    arrays = {name: np.zeros((3, 32, 64), np.uint16) for name in ("left", "right", "left_disparity", "right_disparity")}
    monkeypatch.setattr(BurstCache, "_arrays", lambda self, number: arrays)
    return BurstCache(SPEC, tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What is stored


def test_a_burst_holds_its_pairs_in_eight_and_sixteen_bits(whole: BurstCache):
    burst, rendered = whole.load(0), render_batch("flat-flying", 3, range(3), 32, 64)
    images = {"left": rendered.sample.image, "right": rendered.sample.right}
    for name, image in images.items():
        stored = getattr(burst, name)
        assert stored.dtype == np.uint8
        assert stored.shape == (3, 32, 64, 3)
        error = torch.from_numpy(stored.copy()).permute(0, 3, 1, 2) / 255 - image
        assert error.abs().max() <= 0.5 / 255 + 1e-6
    maps = {"left_disparity": rendered.truth.disparity, "right_disparity": rendered.right_disparity}
    for name, disparity in maps.items():
        stored = getattr(burst, name)
        assert stored.dtype == np.uint16
        assert stored.shape == (3, 32, 64)
        error = torch.from_numpy(stored.astype(np.float32)) / STEP - disparity[:, 0]
        assert 1e-4 < error.abs().max() <= 1 / 512


def test_bursts_continue_the_list_of_scenes(whole: BurstCache):
    burst = whole.load(1)
    rendered = render_batch("flat-flying", 3, [4], 32, 64, occlusion=False)
    assert (burst.left[1] == quantised(rendered)["left"][0]).all()
    assert (burst.left[0] != whole.load(0).left[0]).any()


def test_large_bursts_are_rendered_in_chunks_of_the_same_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    at_once = BurstCache(SPEC, tmp_path / "a").load(0)
    monkeypatch.setattr(cache_module, "CHUNK", 2)
    chunked = BurstCache(SPEC, tmp_path / "b").load(0)
    for field in fields(at_once):
        assert (getattr(at_once, field.name) == getattr(chunked, field.name)).all()


def test_a_disparity_that_sixteen_bits_do_not_hold_is_marked_as_missing():
    rendered = render_batch("flat-flying", 0, [0], 32, 64, occlusion=False)
    far = replace(rendered, right_disparity=torch.full((1, 1, 32, 64), 300.0))
    assert (quantised(far)["right_disparity"] == MISSING).all()
    behind = replace(rendered, right_disparity=torch.full((1, 1, 32, 64), -1.0))
    assert (quantised(behind)["right_disparity"] == MISSING).all()
    with pytest.raises(ValueError, match="always has a right view"):
        quantised(replace(rendered, sample=replace(rendered.sample, right=None)))


# Where it is found again


@pytest.mark.parametrize(
    "change",
    [
        *({"world": "flat-street"}, {"seed": 4}, {"height": 48}, {"width": 96}, {"pairs": 4}),
        *({"take": take} for take in (Take(rig="kitti"), Take(samples=2), Take(weather=("day",)), Take(sensor="dim"))),
    ],
    ids=str,
)
def test_whatever_decides_the_pixels_changes_the_digest(change: dict[str, Any]):
    assert replace(SPEC, **change).digest() != SPEC.digest()
    assert len(SPEC.digest()) == 16


def test_every_field_is_in_the_digest():
    assert {field.name for field in fields(BurstSpec)} == {"world", "seed", "height", "width", "pairs", "take"}


def test_another_version_of_the_renderer_has_another_digest(monkeypatch: pytest.MonkeyPatch):
    before = SPEC.digest()
    assert replace(SPEC).digest() == before
    monkeypatch.setitem(cache_module.VERSIONS, "flat", cache_module.VERSIONS["flat"] + 1)
    assert SPEC.digest() != before


def test_the_digests_of_packaged_recipes_stay():
    """Hours of rendering and training stand behind these; raise VERSION when pixels change, and this with it."""
    assert BurstSpec("flat-all", 0).digest() == "d446d33dd86459af"
    assert BurstSpec("flat-flying", 0).digest() == "3d9275086401352a"


def test_the_root_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WILDDEPTH_CACHE", str(tmp_path))
    assert default_root() == tmp_path
    assert BurstCache(SPEC).folder.parent == tmp_path / "worlds"
    assert BurstCache(SPEC, tmp_path / "other").folder.parent == tmp_path / "other" / "worlds"
    monkeypatch.setenv("WILDDEPTH_CACHE", "")  # was read as the current folder
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_root() == tmp_path / "xdg" / "wilddepth"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert default_root() == Path.home() / ".cache" / "wilddepth"


def test_an_unknown_world_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(ConfigError, match="unknown world 'atlantis'"):
        BurstCache(replace(SPEC, world="atlantis"), tmp_path)
    assert names(tmp_path) == []


# Wholly there or not there


def test_an_interrupt_in_the_middle_leaves_nothing(quick: BurstCache, monkeypatch: pytest.MonkeyPatch):
    save, saved = np.save, []

    def interrupted(path: Path, array: np.ndarray) -> None:
        if len(saved) == 2:
            raise KeyboardInterrupt
        saved.append(path)
        save(path, array)

    monkeypatch.setattr(np, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        quick.load(0)
    assert len(saved) == 2
    assert not quick.has(0)
    assert names(quick.folder) == []
    monkeypatch.setattr(np, "save", save)
    assert quick.load(0).left.shape == (3, 32, 64)


def test_what_a_kill_left_behind_is_not_taken_for_a_burst(quick: BurstCache):
    left_over = quick.folder / ".partial-0123abcd"
    left_over.mkdir(parents=True)
    (left_over / "left.npy").write_bytes(b"half")
    assert not quick.has(0)
    quick.load(0)
    assert names(quick.folder) == [".partial-0123abcd", "00000"]
    assert names(quick.path(0)) == ["left.npy", "left_disparity.npy", "right.npy", "right_disparity.npy"]


def test_a_burst_is_rendered_once(quick: BurstCache, monkeypatch: pytest.MonkeyPatch):
    quick.load(0)
    monkeypatch.setattr(BurstCache, "render", lambda self, number: pytest.fail("rendered again"))
    quick.load(0)
    BurstCache(SPEC, quick.folder.parents[1]).load(0)


def test_another_process_may_be_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    arrays, mine, other = BurstCache._arrays, BurstCache(SPEC, tmp_path), BurstCache(SPEC, tmp_path)

    def overtaken(self: BurstCache, number: int) -> dict[str, np.ndarray]:
        if self is mine:
            other.render(number)
        return arrays(self, number)

    monkeypatch.setattr(BurstCache, "_arrays", overtaken)
    burst = mine.load(0)
    assert names(mine.folder) == ["00000"]
    assert (burst.left == other.load(0).left).all()


@pytest.mark.slow
def test_two_processes_may_render_at_once(tmp_path: Path):
    code = (
        "import sys, pathlib; from wilddepth.worlds.cache import *;"
        "spec = BurstSpec('flat-flying', 3, 32, 64, pairs=3);"
        "print(int(BurstCache(spec, pathlib.Path(sys.argv[1])).load(0).left.sum()))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=200)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert told[0] == told[1] != ""
    assert names(BurstCache(SPEC, tmp_path).folder) == ["00000"]


@pytest.mark.parametrize("world", ["flat-flying", "open-road"])
def test_bursts_are_the_same_with_any_number_of_workers(tmp_path: Path, world: str):
    if world == "open-road":
        pytest.importorskip("embreex")
    spec = BurstSpec(world, 3, 32, 64, pairs=2)
    caches = {workers: BurstCache(spec, tmp_path / str(workers)) for workers in (0, 1, 2)}
    for workers, made in caches.items():
        told: list[int] = []
        made.render_all([0, 2, 3], workers=workers, done=told.append)
        assert told == [1, 2, 3]
        assert names(made.folder) == ["00000", "00002", "00003"]
    for number in (0, 2, 3):
        bursts = [made.load(number) for made in caches.values()]
        for field in fields(bursts[0]):
            one, *others = (getattr(burst, field.name) for burst in bursts)
            assert all((one == other).all() for other in others), field.name


def test_a_worker_that_is_ended_is_told_with_the_next_step():
    with (
        pytest.raises(ConfigError, match=r"a rendering process ended early .* use fewer workers"),
        worker_pool(1) as pool,
    ):
        pool.submit(os._exit, 1).result()


# What cannot be written or read


def test_a_root_that_cannot_be_written_names_the_variable_to_set(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write rendered pairs below .*file.*; set WILDDEPTH_CACHE to a"):
        BurstCache(SPEC, tmp_path / "file").load(0)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_read_only_root_is_refused_in_the_same_words(quick: BurstCache, monkeypatch: pytest.MonkeyPatch, number: int):
    def refused(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(number, "no", str(self))

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(OutputError, match=r"\(no\); set WILDDEPTH_CACHE to a folder with room"):
        quick.load(0)


def test_a_full_disk_is_one_line_and_leaves_nothing(quick: BurstCache, monkeypatch: pytest.MonkeyPatch):
    """Only the making of the folder was guarded: a disk that filled up while rendering was our fault."""

    def full(path: Path, array: np.ndarray) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OutputError, match=r"No space left on device\); set WILDDEPTH_CACHE"):
        quick.load(0)
    assert names(quick.folder) == []


def test_a_failed_rename_is_told(quick: BurstCache, monkeypatch: pytest.MonkeyPatch):
    def refused(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "other device")

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OutputError, match="other device"):
        quick.load(0)


@pytest.mark.parametrize("damage", ["truncated", "empty", "missing"])
def test_a_damaged_burst_says_what_to_delete(quick: BurstCache, damage: str):
    """It was the error of numpy, with no word of the folder."""
    quick.load(0)
    path = quick.path(0) / "right.npy"
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 500 if damage == "truncated" else 0])
    with pytest.raises(SampleError, match=r"rendered pairs in .*00000 cannot be read .* delete this folder"):
        quick.load(0)
