"""Labels of a whole source: what is skipped, done again, shared and survived."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tiny import Planes, quick_labels, write_pairs
from wilddepth.engine.labelling import Labelling, Tally, begun_store
from wilddepth.engine.run import RunFolder
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.proxies.algorithm import ALGORITHMS, Labels, Maker, algorithm
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.proxies.store import LabelStore
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The disparities that were labelled, with an algorithm that takes no time."""
    calls: list[int] = []

    def count(*given: object) -> Labels:
        labels = quick_labels(*given)
        calls.append(int(labels[0].disparity[0, 0]))
        return labels

    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, count, "quick"))
    return calls


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    return LabelStore.create(tmp_path / "labels", algorithm())


class Stamped(Planes):
    """Planes that say what they are without being looked at."""

    def stamp(self, index: int) -> dict[str, str]:
        return {"plane": str(self.disparities[index])}


def label(source: Planes, store: LabelStore, **more: object) -> Tally:
    return Labelling(source, store, algorithm(), **more).run()


def test_every_pair_is_labelled_once(store: LabelStore, made: list[int]):
    tally = label(Stamped((6, 9, 3)), store)
    assert made == [6, 9, 3]
    assert (tally.made, tally.there, tally.remade, tally.elsewhere, tally.failed) == (3, 0, 0, 0, {})
    assert tally.seconds > 0
    again = Stamped((6, 9, 3))
    assert label(again, store) == Tally(there=3)
    assert again.opened == []  # not even looked at
    assert len(made) == 3


def test_what_was_there_before_is_gone_on_with(store: LabelStore, made: list[int]):
    label(Stamped((6, 9)), store)
    tally = label(Stamped((6, 9, 3, 4)), store)
    assert (tally.made, tally.there) == (2, 2)
    assert made == [6, 9, 3, 4]


def test_changed_pictures_are_labelled_again(store: LabelStore, made: list[int]):
    label(Stamped((6, 9)), store)
    tally = label(Stamped((6, 7)), store)
    assert (tally.made, tally.remade, tally.there) == (1, 1, 1)
    record = store.find("plane-1")
    assert record is not None
    assert float(store.read("plane-1", record.digest)[0].disparity.mean()) == 7


def test_damaged_labels_are_made_again(store: LabelStore, made: list[int]):
    label(Stamped((6, 9)), store)
    (store.path / "disparity/plane-0.png").write_bytes(b"x")
    tally = label(Stamped((6, 9)), store)
    assert (tally.made, tally.remade, tally.there) == (1, 1, 1)


def test_equal_pictures_in_another_place_keep_their_labels(store: LabelStore, tmp_path: Path, made: list[int]):
    first = write_pairs(tmp_path / "first", (6, 9))
    Labelling(open_source(str(first)), store, algorithm()).run()
    shutil.copytree(first, tmp_path / "second", copy_function=shutil.copyfile)
    shutil.rmtree(first)
    source = open_source(str(tmp_path / "second"))
    assert Labelling(source, store, algorithm()).run() == Tally(there=2)
    record = store.find("0")
    assert record is not None
    assert record.stamp == source.stamp(0)  # the next time it is not even read
    assert len(made) == 2


def test_a_source_without_stamps_is_known_by_its_pixels(store: LabelStore, made: list[int]):
    label(Planes((6, 9)), store)
    again = Planes((6, 9))
    assert label(again, store) == Tally(there=2)
    assert again.opened == [0, 1]
    assert len(made) == 2


def test_what_tools_need_stands_in_the_record(store: LabelStore):
    label(Stamped((6,), doffs=3.0), store)
    record = store.find("plane-0")
    assert record is not None
    assert record.known == {
        "height": 64,
        "width": 64,
        "doffs_px": 3.0,
        "focal_px": 100.0,
        "baseline_m": pytest.approx(0.2),
        "labelled": 1.0,
    }
    label(Stamped((6, 9)), store)
    record = store.find("plane-1")
    assert record is not None
    assert (record.known["focal_px"], record.known["baseline_m"], record.known["doffs_px"]) == (None, None, 0.0)


class Broken(Stamped):
    """Pair 1 cannot be read."""

    def load(self, index: int) -> Scene:
        if index == 1:
            raise SampleError("plane-1 is broken; mend it")
        return super().load(index)


def test_a_pair_that_cannot_be_read_ends_it_and_what_was_done_stays(store: LabelStore, made: list[int]):
    with pytest.raises(SampleError, match="plane-1 is broken"):
        label(Broken((6, 9, 3)), store)
    assert made == [6]
    assert store.find("plane-0") is not None
    assert not store.in_use()


def test_failed_pairs_are_skipped_and_named_where_that_is_asked_for(store: LabelStore, made: list[int]):
    tally = label(Broken((6, 9, 3)), store, skip_failed=True)
    assert made == [6, 3]
    assert tally.failed == {"plane-1": "plane-1 is broken; mend it"}
    assert tally.made == 2
    tally = label(Broken((6, 9, 3)), store, skip_failed=True)
    assert (tally.there, tally.made, set(tally.failed)) == (2, 0, {"plane-1"})


def test_progress_counts_what_was_there_and_tells_the_time_left(store: LabelStore):
    label(Stamped((6,)), store)
    told: list[tuple[int, int, float | None]] = []
    label(Stamped((6, 9, 3)), store, on_pair=lambda *given: told.append(given))
    assert [each[:2] for each in told] == [(2, 3), (3, 3)]
    assert told[0][2] > 0
    assert told[1][2] == 0


def in_thread(call: Callable[[], Tally]) -> tuple[threading.Thread, list[Tally]]:
    done: list[Tally] = []
    thread = threading.Thread(target=lambda: done.append(call()))
    thread.start()
    return thread, done


def test_two_at_once_share_the_work(store: LabelStore, made: list[int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wilddepth.engine.labelling.PAUSE", 0.01)
    source = tuple(range(1, 13))
    runs = [in_thread(lambda: label(Stamped(source), store)) for _ in range(3)]
    for thread, _ in runs:
        thread.join()
    assert sorted(made) == sorted(source)  # none twice
    tallies = [done[0] for _, done in runs]
    assert sum(tally.made for tally in tallies) == 12
    assert all(tally.made + tally.there + tally.elsewhere == 12 for tally in tallies)


def test_a_pair_that_another_is_at_is_waited_for(store: LabelStore, made: list[int], monkeypatch: pytest.MonkeyPatch):
    """Its holder gives it back undone, as a killed process does: it is taken over."""
    monkeypatch.setattr("wilddepth.engine.labelling.PAUSE", 0.01)
    with store.claim("plane-0") as mine:
        assert mine
        thread, done = in_thread(lambda: label(Stamped((6, 9)), store))
        deadline = time.monotonic() + 20
        while made != [9] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert made == [9]
        assert not done
    thread.join()
    assert made == [9, 6]
    assert done[0].made == 2


def test_a_folder_is_begun_and_gone_on_with(tmp_path: Path):
    run, store = begun_store(tmp_path / "out", algorithm(), resume=True)
    assert store.path == run.path == tmp_path / "out"
    label(Stamped((6,)), store)
    with pytest.raises(OutputError, match="holds an earlier run; give --overwrite, --resume or another --out"):
        begun_store(tmp_path / "out", algorithm())
    assert begun_store(tmp_path / "out", algorithm(), resume=True)[1].find("plane-0") is not None
    with pytest.raises(ConfigError, match=r"made with other settings \(settings.keep 0.5, not 0.6\)"):
        begun_store(tmp_path / "out", algorithm("trio", {"keep": 0.6}), resume=True)
    _, store = begun_store(tmp_path / "out", algorithm("trio", {"keep": 0.6}), overwrite=True)
    assert store.find("plane-0") is None
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"manifest.json", "environment.json"}


def test_labels_that_another_process_is_making_are_not_overwritten(tmp_path: Path):
    _, store = begun_store(tmp_path / "out", algorithm())
    with store.claim("plane-0"), pytest.raises(OutputError, match=r"another process is making labels .* --resume"):
        begun_store(tmp_path / "out", algorithm(), overwrite=True)


def test_a_run_of_another_verb_is_no_place_for_labels(tmp_path: Path):
    RunFolder.create(tmp_path / "out")
    with pytest.raises(OutputError, match="holds an earlier run, but no labels; choose another --out"):
        begun_store(tmp_path / "out", algorithm(), resume=True)


def test_many_may_begin_one_folder_at_once(tmp_path: Path):
    found: list[LabelStore] = []
    threads = [
        threading.Thread(target=lambda: found.append(begun_store(tmp_path / "out", algorithm(), resume=True)[1]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8


def test_labels_do_not_depend_on_truth_or_other_labels(store: LabelStore):
    class Told(Stamped):
        def load(self, index: int) -> Scene:
            return replace(super().load(index), truth=None)

    label(Stamped((6,)), store)
    assert label(Told((6,)), store) == Tally(there=1)


def test_what_is_stored_is_what_was_made(store: LabelStore):
    label(Stamped((6,)), store)
    record = store.find("plane-0")
    assert record is not None
    left, right = store.read("plane-0", record.digest)
    for view in (left, right):
        np.testing.assert_array_equal(view.disparity, np.full((64, 64), 6, np.float32))
        np.testing.assert_array_equal(view.confidence, np.ones((64, 64), np.float32))
