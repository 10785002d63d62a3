import os
from pathlib import Path

import pytest

from wilddepth.errors import OutputError
from wilddepth.formats.atomic import replacing, write_bytes, write_text


def fail_halfway(target: Path) -> None:
    with replacing(target) as partial:
        partial.write_bytes(b"half")
        raise RuntimeError("killed")


def test_bytes_and_text_arrive_and_missing_folders_are_made(tmp_path: Path):
    write_bytes(tmp_path / "a" / "b" / "data.bin", b"\x00\xff")
    write_text(tmp_path / "text.txt", "Höhe\r\n", durable=True)
    assert (tmp_path / "a" / "b" / "data.bin").read_bytes() == b"\x00\xff"
    assert (tmp_path / "text.txt").read_bytes() == "Höhe\r\n".encode()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    target = tmp_path / "weights.bin"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="killed"):
        fail_halfway(target)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["weights.bin"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path):
    target = tmp_path / "table.json"
    target.write_text("old")
    with replacing(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
        assert partial.suffix == ".json"
        assert partial.parent == target.parent
    assert target.read_text() == "new"


def test_a_new_file_has_the_usual_permissions(tmp_path: Path):
    (tmp_path / "usual").write_bytes(b"x")
    write_bytes(tmp_path / "ours", b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_folder_in_the_way_is_an_output_error(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*taken.* choose another place"):
        write_bytes(tmp_path / "taken", b"x")
    assert os.listdir(tmp_path) == ["taken"]


def test_a_file_where_a_folder_is_needed_is_an_output_error(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / "file" / "below.txt", "x")


def test_an_error_about_another_file_keeps_its_type(tmp_path: Path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "copy.bin") as partial:
        partial.write_bytes((tmp_path / "missing.bin").read_bytes())
    assert os.listdir(tmp_path) == []
