"""Pairs given as two patterns are paired by what the wildcards stand for, or refused."""

import os
import re
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.data.layouts.globs import is_pattern, pattern_pairs
from wilddepth.data.layouts.loading import load_sample
from wilddepth.errors import SampleError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(
    "left, right, files, keys",
    [
        ("l/*.png", "r/*.png", ("l/2.png", "l/10.png", "r/2.png", "r/10.png"), ["2", "10"]),
        ("left_*.png", "right_*.png", ("left_7.png", "right_7.png", "other_7.png"), ["7"]),
        ("left*/**.png", "right*/**.png", ("left_a/x/1.png", "right_a/x/1.png"), ["_a/x/1"]),
        ("l/**/*.png", "r/**/*.png", ("l/1.png", "r/1.png", "l/a/b/2.png", "r/a/b/2.png"), ["a/b/2", "1"]),
        ("*_L.png", "*_R.jpg", ("a_L.png", "a_R.jpg", "a_L.jpg"), ["a"]),
        ("f?_[lL].png", "f?_[rl].png", ("f1_l.png", "f12_l.png"), ["1/l"]),
        ("im[!1-9].png", "re[0].png", ("im0.png", "im3.png", "re0.png"), ["0"]),
        ("cam.l/*.png", "cam.r/*.png", ("cam.l/1.png", "cam.r/1.png", "camxl/9.png"), ["1"]),
        ("one*.png", "two*.png", ("one.png", "two.png"), ["pair"]),
        ("l/*.png", "r/*.png", ("l/1.png", "r/1.png", "l/.2.png", "l/notes.txt", "l/.x/3.png"), ["1"]),
    ],
)
def test_the_text_of_the_wildcards_makes_the_pair(
    tmp_path: Path, left: str, right: str, files: tuple[str, ...], keys: list[str]
):
    touch(tmp_path, *files)
    scenes = pattern_pairs(f"{tmp_path}/{left}", f"{tmp_path}/{right}")
    assert [scene.key for scene in scenes] == keys
    for scene in scenes:
        assert scene.left.is_file()
        assert scene.right.is_file()


@pytest.mark.parametrize(
    "files, message",
    [
        ((), r"l/\*\.png fits no picture \(\.png .*\); check the pattern, and quote it"),
        (("l/1.png",), r"r/\*\.png fits no picture"),
        (
            ("l/1.png", "l/2.png", "r/1.png"),
            r"l/2\.png has no right picture: 2 fit .*l/\*\.png and 1 fit .* '2' \(1 such",
        ),
        (("l/1.png", "r/1.png", "r/2.png"), r"r/2\.png has no left picture: 1 fit .* and 2 fit"),
        (
            ("l/a1.png", "l/a2.png", "r/b1.png", "r/b2.png"),
            r"no right picture: 2 fit .* 2 fit .*'a1', 'a2' \(2 such in all\)",
        ),
    ],
    ids=["nothing", "no right", "one more left", "one more right", "other names"],
)
def test_counts_or_names_that_do_not_match_are_refused(tmp_path: Path, files: tuple[str, ...], message: str):
    touch(tmp_path, "l/.keep", "r/.keep", *files)
    with pytest.raises(SampleError, match=message):
        pattern_pairs(f"{tmp_path}/l/*.png", f"{tmp_path}/r/*.png")


def test_two_pictures_of_one_text_are_refused(tmp_path: Path):
    touch(tmp_path, "ax_.png", "a_x.png")
    with pytest.raises(SampleError, match=r"both fit .*a\*_\*\.png with the same text 'x'; narrow the pattern"):
        pattern_pairs(f"{tmp_path}/a*_*.png", f"{tmp_path}/b*.png")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SampleError, match="gone does not exist or is no folder; check the pattern"):
        pattern_pairs(f"{tmp_path}/gone/*.png", f"{tmp_path}/gone/*.jpg")


def test_a_calibration_where_both_patterns_begin_serves_all(tmp_path: Path, trees: ModuleType, monkeypatch):
    trees.put_pair(tmp_path / "a/l/1.png", tmp_path / "a/r/1.png")
    trees.put_text(tmp_path / "a/calib.txt", trees.MIDDLEBURY_CALIBRATION)
    (scene,) = pattern_pairs(f"{tmp_path}/a/l/*.png", f"{tmp_path}/a/r/*.png")
    assert load_sample(scene).doffs().item() == 2
    monkeypatch.chdir(tmp_path / "a")
    (scene,) = pattern_pairs("l/*.png", f"{tmp_path}/a/r/*.png")
    assert load_sample(scene).doffs().item() == 2
    (scene,) = pattern_pairs("l/*.png", "./r/*.png")
    assert load_sample(scene).doffs().item() == 2


def test_pairs_of_patterns_are_of_unknown_rectification(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "l/1.png", tmp_path / "r/1.png")
    assert pattern_pairs(f"{tmp_path}/l/*.png", f"{tmp_path}/r/*.png")[0].rectified is None


@pytest.mark.parametrize(
    "text, known", [("a/*.png", True), ("a?", True), ("[ab]", True), ("a/b.png", False), ("[", False)]
)
def test_what_a_pattern_is(text: str, known: bool):
    assert is_pattern(text) is known


@settings(max_examples=40, deadline=None)
@given(names=st.sets(st.text("abc019_-.()+^$[]{} é", min_size=1, max_size=8), min_size=1, max_size=6))
def test_any_names_are_paired_with_their_equals(tmp_path_factory: pytest.TempPathFactory, names: set[str]):
    folder = tmp_path_factory.mktemp("names")
    seen = {name for name in names if not name.startswith(".")}
    for name in names:
        touch(folder, f"l (1)/{name}.png", f"r/{name}.png")
    if not seen:
        return
    scenes = pattern_pairs(f"{folder}/l (1)/*.png", f"{folder}/r/*.png")
    assert {scene.left.stem for scene in scenes} == seen
    assert all(scene.left.name == scene.right.name == f"{scene.key}.png" for scene in scenes)
    assert all(os.path.normpath(scene.key) == scene.key for scene in scenes)
    assert not any(re.match(r"\.\./|/", scene.key) for scene in scenes)
