"""What a worker of a cluster does with one pair, and what becomes of what it says. Ray itself: `tests/proofs`."""

from dataclasses import replace
from pathlib import Path

import pytest

from tiny import quick_labels, write_pairs
from wilddepth.engine import cluster
from wilddepth.engine.cluster import Cluster, label_on_cluster, label_row
from wilddepth.engine.label_job import Job
from wilddepth.engine.labelling import Tally
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.proxies.algorithm import ALGORITHMS, Maker, algorithm
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.proxies.store import LabelStore


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))
    LabelStore.create(tmp_path / "out", algorithm())
    folder = write_pairs(tmp_path / "pairs", (6, 9))
    return Job(str(folder), None, None, None, str(tmp_path / "out"), skip_failed=False, threads=1)


def test_a_worker_labels_one_pair_and_says_so(job: Job):
    row = label_row({"index": 1}, job)
    assert (row["index"], row["made"], row["there"], row["error"], row["failed"]) == (1, 1, 0, "", "")
    store = LabelStore.open(job.out)
    assert store.find("1") is not None
    assert store.find("0") is None
    assert label_row({"index": 1}, job)["made"] == 0  # as after a worker that was lost: it is there


def test_rows_add_up(job: Job):
    tally = Tally(there=3)
    for index in (0, 1, 0):
        cluster._count(tally, label_row({"index": index}, job))
    assert (tally.made, tally.there, tally.elsewhere) == (2, 3, 1)


def test_what_went_wrong_comes_back_as_what_it_was(job: Job):
    Path(job.source, "left/0.png").write_bytes(b"broken")
    row = label_row({"index": 0}, job)
    with pytest.raises(SampleError, match=r"left/0\.png is not a picture"):
        cluster._count(Tally(), row)
    with pytest.raises(OutputError, match="disk is full"):
        cluster._count(Tally(), {**row, "kind": "OutputError", "error": "the disk is full; free some space"})


def test_failed_pairs_are_named_where_they_are_skipped(job: Job):
    Path(job.source, "left/0.png").write_bytes(b"broken")
    tally = Tally()
    cluster._count(tally, label_row({"index": 0}, replace(job, skip_failed=True)))
    assert set(tally.failed) == {"0"}


def test_nothing_is_started_where_nothing_is_left(job: Job, monkeypatch: pytest.MonkeyPatch):
    class NoRay:
        def is_initialized(self) -> bool:
            raise AssertionError("asked")

    monkeypatch.setattr(cluster, "ray_data", NoRay)
    here = job.begin()
    here.run()
    assert label_on_cluster(job, job.begin(), Cluster()) == Tally(there=2)


class Installed:
    """Ray that has not been started."""

    def is_initialized(self) -> bool:
        return False


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:port"])
def test_an_address_without_a_cluster_is_one_clear_error(job: Job, address: str, monkeypatch: pytest.MonkeyPatch):
    """Ray itself tries for minutes."""
    monkeypatch.setattr(cluster, "ray_data", Installed)
    with pytest.raises(ConfigError, match=f"no Ray cluster at '{address}' .*; start one, or give local"):
        label_on_cluster(job, job.begin(), Cluster(address))
