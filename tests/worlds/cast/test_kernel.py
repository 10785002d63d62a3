"""Translated code is kept, and never used for other sources than its own."""

from pathlib import Path

import pytest
from _pytest.monkeypatch import MonkeyPatch

from wilddepth.worlds.cast import kernel as room


def double(x: float) -> float:
    return 2 * x


def hits_of(monkeypatch: MonkeyPatch, folder: Path, edition: str) -> int:
    """How often a translation was found on disk."""
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(folder))
    monkeypatch.setattr(room, "edition", lambda: edition)
    made = room.kernel(double)
    assert made(2.0) == 4.0
    return sum(made.stats.cache_hits.values())  # type: ignore[attr-defined]


def test_code_is_translated_again_only_when_a_file_of_the_room_changed(tmp_path, monkeypatch):
    assert hits_of(monkeypatch, tmp_path, "one") == 0
    assert hits_of(monkeypatch, tmp_path, "one") == 1
    assert hits_of(monkeypatch, tmp_path, "two") == 0


@pytest.mark.parametrize("change", ["", "# a remark\n"])
def test_the_edition_follows_the_files(tmp_path, monkeypatch, change):
    for file in Path(room.__file__).parent.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = room.edition()
    with (tmp_path / "noise.py").open("a") as file:
        file.write(change)
    monkeypatch.setattr(room, "__file__", str(tmp_path / "kernel.py"))
    assert (room.edition.__wrapped__() == before) == (not change)
