"""What is wrong with a folder is said in one error that names the file and the next step."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from wilddepth.data.layouts.catalog import LAYOUTS, detect, named, scenes_of
from wilddepth.data.layouts.layout import StoredFile
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import ConfigError, SampleError
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.formats.pfm import write_pfm
from wilddepth.sources.folder import FolderSource


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(SampleError, match="nowhere does not exist; check the path"):
        detect(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "left.png").write_bytes(b"x")
    with pytest.raises(
        SampleError, match=r"left\.png is a file; name the folder of the pairs, or the pair as LEFT,RIGHT"
    ):
        detect(tmp_path / "left.png")


def test_an_empty_folder_is_told_what_to_put_into_it(tmp_path: Path):
    (tmp_path / ".hidden").touch()
    with pytest.raises(SampleError, match=r"is empty; put rectified pairs into .*left and .*right"):
        detect(tmp_path)


def test_an_unknown_layout_lists_what_was_seen_and_what_is_understood(tmp_path: Path):
    for number in range(12):
        (tmp_path / f"photo{number}.txt").touch()
    (tmp_path / "notes").mkdir()
    with pytest.raises(SampleError) as caught:
        detect(tmp_path)
    message = str(caught.value)
    assert f"{tmp_path} has no layout that is known; seen: notes/, photo0.txt, photo1.txt" in message
    assert "and 5 more" in message
    for layout in LAYOUTS.values():
        assert f"{layout.name} ({layout.shape})" in message
    assert "Put your rectified pairs into left/ and right/" in message


def test_a_folder_with_a_video_is_told_to_name_it(tmp_path: Path):
    (tmp_path / "ride.MP4").touch()
    with pytest.raises(
        SampleError, match=r"Name the video itself: sbs:.*ride\.MP4 if it holds both views side by side"
    ):
        detect(tmp_path)


def test_a_folder_of_views_without_pictures_has_no_layout(tmp_path: Path):
    (tmp_path / "left").mkdir()
    (tmp_path / "right").mkdir()
    with pytest.raises(SampleError, match="seen: left/, right/"):
        detect(tmp_path)


def test_an_unknown_name_of_a_layout_lists_the_names():
    with pytest.raises(ConfigError, match="unknown layout 'kitti'; known: auto, kitti_stereo, kitti_object"):
        named("kitti")


def test_a_layout_that_does_not_fit_is_said_with_what_is_there(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "left/a.png", tmp_path / "right/a.png")
    for name in LAYOUTS:
        if name != "pairs":
            with pytest.raises(SampleError, match=rf"holds no pair of layout {name} \(.*seen: left/, right/"):
                scenes_of(tmp_path, name)


def test_two_data_sets_in_one_folder_are_not_mixed_or_dropped(tmp_path: Path, trees: ModuleType):
    trees.numbered_scene(tmp_path / "chair", trees.MIDDLEBURY_CALIBRATION)
    trees.put_pair(tmp_path / "trip/left/a.png", tmp_path / "trip/right/a.png")
    with pytest.raises(SampleError, match=r"pairs of layout middlebury2014 .* others of layout pairs .*--layout"):
        detect(tmp_path)
    assert len(scenes_of(tmp_path, "middlebury2014")[1]) == 1


@pytest.mark.parametrize(
    "make, lost, message",
    [
        (
            "kitti2015",
            "training/image_3/000001_10.png",
            r"000001_10\.png has no right image \(1 such in all; .*image_3",
        ),
        ("kitti2015", "training/image_2/000001_10.png", r"000001_10\.png has no left image"),
        ("pairs", "right/b.png", r"left/b\.png has no right image .*; add the other view or remove this one"),
        ("pairs", "left/b.png", r"right/b\.png has no left image"),
        ("one_folder", "b_right.png", r"b_left\.png has no right image .* as NAME_right"),
        ("middlebury", "im1.png", r"holds im0 but no im1, its right image; add it"),
        ("middlebury", "im0.png", r"holds im1 but no im0, its left image"),
        ("cones", "im6.png", r"holds no im6, its right image"),
        ("cones", "im2.png", r"holds no im2, its left image"),
        ("karlsruhe", "I2_000001.png", r"I1_000001\.png has no right image"),
        ("sceneflow", "frames_cleanpass/A/right/1.png", r"left/1\.png has no right image"),
    ],
)
def test_a_missing_view_is_named(tmp_path: Path, trees: ModuleType, make: str, lost: str, message: str):
    MAKERS[make](tmp_path, trees)
    scenes_of(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(SampleError, match=message):
        scenes_of(tmp_path)


def make_pairs(folder: Path, trees: ModuleType) -> None:
    for name in ("a", "b"):
        trees.put_pair(folder / f"left/{name}.png", folder / f"right/{name}.png")


def make_one_folder(folder: Path, trees: ModuleType) -> None:
    for name in ("a", "b"):
        trees.put_pair(folder / f"{name}_left.png", folder / f"{name}_right.png")


def make_karlsruhe(folder: Path, trees: ModuleType) -> None:
    for number in (0, 1):
        trees.put_pair(folder / f"I1_{number:06d}.png", folder / f"I2_{number:06d}.png")


def make_cones(folder: Path, trees: ModuleType) -> None:
    trees.put_pair(folder / "im2.png", folder / "im6.png")
    (folder / "disp2.png").write_bytes(encoded_png(np.ones((6, 10), np.uint8)))


def make_sceneflow(folder: Path, trees: ModuleType) -> None:
    for name in ("1", "2"):
        place = folder / "frames_cleanpass/A"
        trees.put_pair(place / f"left/{name}.png", place / f"right/{name}.png")


MAKERS: dict[str, Callable[[Path, ModuleType], object]] = {
    "kitti2015": lambda folder, trees: trees.kitti2015(folder),
    "pairs": make_pairs,
    "one_folder": make_one_folder,
    "middlebury": lambda folder, trees: trees.numbered_scene(folder, trees.MIDDLEBURY_CALIBRATION),
    "cones": make_cones,
    "karlsruhe": make_karlsruhe,
    "sceneflow": make_sceneflow,
}


def test_views_of_different_sizes_are_refused(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path, trees)
    write_image(tmp_path / "right/b.png", trees.pixels(1, 6, 12))
    first, second = scenes_of(tmp_path)[1]
    load_sample(first)
    with pytest.raises(SampleError, match=r"left/b\.png is 10x6 but .*right/b\.png is 12x6; .* rectify them together"):
        load_sample(second)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("length, message", [(0, r"is empty \(0 bytes\)"), (150, "is truncated")])
def test_a_damaged_picture_is_named(tmp_path: Path, trees: ModuleType, side: str, length: int, message: str):
    make_pairs(tmp_path, trees)
    path = tmp_path / side / "b.png"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(SampleError, match=rf"{side}/b\.png {message}; copy or download it again"):
        load_sample(scenes_of(tmp_path)[1][1])


def test_truth_of_another_size_is_refused(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path, trees)
    write_pfm(tmp_path / "disp/a.pfm", np.zeros((3, 5), np.float32))
    with pytest.raises(SampleError, match=r"a\.pfm is 5x3 but its left picture is 10x6"):
        load_truth(scenes_of(tmp_path)[1][0])


def test_a_mask_of_another_size_is_refused(tmp_path: Path, trees: ModuleType):
    trees.numbered_scene(tmp_path, trees.ETH3D_CALIBRATION)
    (tmp_path / "mask0nocc.png").write_bytes(encoded_png(np.ones((3, 5), np.uint8)))
    with pytest.raises(SampleError, match=r"mask0nocc\.png is 5x3 but its left picture is 10x6"):
        load_truth(scenes_of(tmp_path)[1][0])


def test_a_preview_is_not_taken_for_truth(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path, trees)
    write_image(tmp_path / "disparity/a.png", trees.pixels(1))
    with pytest.raises(
        SampleError, match=r"disparity/a\.png is no 16-bit disparity map: it has 3 channel\(s\) of 8 bits"
    ):
        load_truth(scenes_of(tmp_path)[1][0])


def test_two_pictures_for_one_pair_are_refused(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path, trees)
    write_image(tmp_path / "left/a_left.png", trees.pixels(1))
    with pytest.raises(SampleError, match=r"a\.png and .*a_left\.png would both be the pair 'a'; rename one"):
        scenes_of(tmp_path)


def test_a_broken_calibration_is_named_when_the_pair_is_loaded(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path, trees)
    trees.put_text(tmp_path / "calib.txt", trees.MIDDLEBURY_CALIBRATION.replace("baseline=100", "baseline=0"))
    with pytest.raises(SampleError, match=r"calib\.txt: the baseline is zero"):
        load_sample(scenes_of(tmp_path)[1][0])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", ["pipe", "folder", "ring", "device", "link to nothing"])
def test_what_only_has_the_name_of_a_picture_is_named(tmp_path: Path, trees: ModuleType, make: str):
    make_pairs(tmp_path, trees)
    path = tmp_path / "right/b.png"
    path.unlink()
    match make:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "ring":
            path.symlink_to(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "link to nothing":
            path.symlink_to(tmp_path / "gone.png")
    first, second = scenes_of(tmp_path)[1]
    load_sample(first)
    expected = {"pipe": "pipe or device", "folder": "folder", "ring": "remove this link", "device": "pipe or device"}
    with pytest.raises(SampleError, match=rf"right/b\.png .*{expected.get(make, 'does not exist')}"):
        load_sample(second)


@pytest.mark.timeout(20)
def test_a_ring_of_folders_is_not_walked_for_ever(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path / "trip", trees)
    (tmp_path / "trip/again").symlink_to(tmp_path / "trip")
    (tmp_path / "back").symlink_to(tmp_path)
    assert [scene.key for scene in scenes_of(tmp_path)[1]] == ["trip/a", "trip/b"]


@pytest.mark.parametrize("make", ["pipe", "device", "ring"])
def test_a_source_that_is_neither_folder_nor_file_is_refused(tmp_path: Path, make: str):
    place = tmp_path / "source"
    if make == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(place if make == "ring" else "/dev/zero")
    with pytest.raises(SampleError, match=r"source (is a file; name the folder|does not exist; check the path)"):
        scenes_of(place)


@pytest.mark.parametrize(
    "name, shown",
    [
        (b"two\nlines", r"'two\\nlines'"),
        (b"red\x1b[31m", r"'red\\x1b\[31m'"),
        (b"tab\t", r"'tab\\t'"),
        (b"caf\xe9", r"'caf\\udce9'"),
        ("line\u2028end".encode(), r"'line\\u2028end'"),
    ],
)
def test_names_that_no_report_can_hold_are_refused(tmp_path: Path, trees: ModuleType, name: bytes, shown: str):
    make_pairs(tmp_path, trees)
    for side in ("left", "right"):
        old, new = (bytes(tmp_path / side) + b"/" + stem + b".png" for stem in (b"b", name))
        os.rename(old, new)
    with pytest.raises(SampleError, match=rf"the file name {shown} holds a line end, .*; rename it") as caught:
        scenes_of(tmp_path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["Höhe", "写真", "5²5", "٣", "a b", "x" * 200, "-rf", "%s", "'; drop", "left"])
def test_other_names_are_read(tmp_path: Path, trees: ModuleType, name: str):
    """A superscript two is a digit to `str.isdigit` and no number to `int`."""
    trees.put_pair(tmp_path / f"left/{name}.png", tmp_path / f"right/{name}.png")
    trees.put_pair(tmp_path / "left/1.png", tmp_path / "right/1.png")
    found = scenes_of(tmp_path)[1]
    assert len(found) == 2
    for scene in found:
        load_sample(scene)


def test_a_picture_that_vanished_since_it_was_listed_is_named(tmp_path: Path, trees: ModuleType):
    make_pairs(tmp_path, trees)
    scene = scenes_of(tmp_path)[1][1]
    scene.right.unlink()
    with pytest.raises(SampleError, match=r"right/b\.png does not exist; check the path"):
        load_sample(scene)
    shutil.rmtree(tmp_path / "left")
    with pytest.raises(SampleError, match=r"left/b\.png does not exist"):
        load_sample(scene)


def test_a_folder_that_vanishes_while_it_is_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "left").mkdir()
    monkeypatch.setattr(Path, "iterdir", lambda folder: (_ for _ in ()).throw(FileNotFoundError(2, "No such file")))
    with pytest.raises(SampleError, match=r"cannot be read \(No such file"):
        scenes_of(tmp_path)


def test_truth_that_was_read_for_another_picture_is_not_used(tmp_path: Path, trees: ModuleType):
    """The picture changes its size after its truth was read."""
    make_pairs(tmp_path, trees)
    write_pfm(tmp_path / "disp/a.pfm", np.ones((6, 10), np.float32))
    reader = scenes_of(tmp_path)[1][0].disparity
    assert reader is not None

    def change(path: Path) -> np.ndarray:
        values = reader.reader(path)
        for side in ("left", "right"):
            write_image(tmp_path / side / "a.png", trees.pixels(1, 12, 20))
        return values

    scene = replace(scenes_of(tmp_path)[1][0], disparity=StoredFile(reader.path, change))
    source = FolderSource("here", "pairs", [scene])
    with pytest.raises(SampleError, match=r"left/a\.png was changed while it was being read"):
        source.load(0)
