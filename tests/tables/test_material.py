"""Scenes picked from sources: joined, kept in memory, opened once; and what the samples of real data give."""

from pathlib import Path

import pytest

from tiny import Planes, write_pairs
from wilddepth.errors import ConfigError, SampleError
from wilddepth.tables.catalog import table
from wilddepth.tables.material import Gathered, Material, Picked
from wilddepth.tables.table import Part, Pick


def test_scenes_of_several_sources_take_turns_so_that_the_first_few_are_of_all():
    first, second = Planes((6, 7, 8)), Planes((9,))
    scenes = Gathered("both", [Picked(first, (2, 0)), Picked(second, (0,), ("gone",))])
    assert scenes.keys == ("plane-2", "plane-0", "plane-0")
    assert [float(scene.truth.disparity.max()) for scene in scenes] == [8, 9, 6]
    assert scenes.missing == ("gone",)
    assert scenes.describe() == "both: 3 pairs; 1 that were asked for are not there"
    few = scenes.first(2)
    assert few.keys == ("plane-2", "plane-0")
    assert scenes.first(None) is scenes
    assert scenes.first(9) is scenes


def test_a_scene_is_loaded_once_for_all_rows():
    source = Planes((6, 7))
    scenes = Gathered("planes", [Picked(source, (0, 1))])
    for _ in range(3):
        assert list(scenes)
    assert list(scenes.first(1))
    assert source.opened == [0, 1]


def test_picks_are_opened_once_and_without_truth_where_it_is_not_wanted(tmp_path: Path):
    write_pairs(tmp_path / "kitti", (6, 9), truth=True)
    material, picks = Material(tmp_path, tmp_path / "labels"), (Pick("{data}/kitti", keys=("000001",)),)
    assert material.scenes(picks, with_truth=True) is material.scenes(picks, with_truth=True)
    assert material.scenes(picks, with_truth=True)[0].truth is not None
    assert material.scenes(picks, with_truth=False)[0].truth is None
    assert material.scenes(picks, with_truth=False).keys == ("000001_10",)
    assert not (tmp_path / "labels").exists()
    world = (Pick("worlds:flat-dusk?seed=1&frames=2&height=64&width=64"),)
    assert material.scenes(world, with_truth=False) is material.scenes(world, with_truth=True)


def test_data_that_is_absent_is_named_with_the_next_step(tmp_path: Path):
    picks = (Pick("{data}/kitti_depth"),)
    part = Part("City", "KITTI raw", picks, {"target": picks})
    with pytest.raises(ConfigError, match=r"needs kitti_depth of a folder .* --data DIR"):
        Material(None, tmp_path).scenes(picks, with_truth=True)
    assert "name it with --data DIR" in (Material(None, tmp_path).absent(part) or "")
    with pytest.raises(SampleError, match=r"City: .*kitti_depth does not exist.*wilddepth data"):
        Material(tmp_path, tmp_path).parts((part,))


def test_other_parts_make_room_where_memory_runs_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pairs(tmp_path / "kitti", (6, 7, 8, 9), truth=True)
    picks = [(Pick("{data}/kitti", keys=(f"00000{number}",)),) for number in range(4)]
    parts = [Part(str(number), "planes", learn, {"target": learn}) for number, learn in enumerate(picks)]
    material = Material(tmp_path, tmp_path / "labels")

    def touch(number: int) -> None:
        material.make_room(parts[number])
        list(material.scenes(picks[number], with_truth=True))
        material.pairs(picks[number], (), None).sample(0)

    def kept() -> list[int]:
        return [sum(bool(store.kept) for (key, _), store in each.items() if key == picks[0]) for each in stores]

    stores = (material.opened, material.paired)
    for number in range(4):
        touch(number)
    assert kept() == [2, 1]  # with truth and without, and the pair
    monkeypatch.setattr("wilddepth.tables.material.BUDGET", 1000)
    touch(1)
    assert kept() == [0, 0]
    assert material.opened[picks[1], True].kept


def test_pairs_with_one_view_are_refused(tmp_path: Path):
    write_pairs(tmp_path / "own", (6,))
    for path in (tmp_path / "own" / "right").iterdir():
        path.rename(tmp_path / "own" / "left" / f"more-{path.name}")
    with pytest.raises(SampleError):
        Material(tmp_path, tmp_path).scenes((Pick("{data}/own"),), with_truth=True)


@pytest.mark.realdata
def test_runs_of_one_place_stay_together_in_the_real_sample(realdata: Path):
    part = next(part for part in table("pami-stereo").scales["mini"].parts if part.optional)
    material = Material(realdata, Path("unused"))
    assert material.absent(part) is None
    target = material.scenes(part.learn, with_truth=True)
    similar = material.scenes(part.scored["similar"], with_truth=True)
    assert (len(target), len(similar)) == (6, 6)
    assert not set(target.keys) & set(similar.keys)


@pytest.mark.realdata
def test_a_fold_takes_the_annotated_frames_that_are_there(realdata: Path):
    city, residential, *_ = table("pami-stereo").scales["full"].parts
    material = Material(realdata, Path("unused"))
    scenes = material.scenes(city.learn, with_truth=True)
    assert scenes.keys == ("train/2011_09_26_drive_0001_sync/0000000005",)
    assert len(scenes.missing) == 27
    assert scenes[0].truth is not None
    assert scenes[0].truth.disparity is not None
    assert "holds none of 2011_09_26_drive_0019_sync" in (material.absent(residential) or "")
