"""Bad input: status 2, one line that names the thing and the next step, and nothing written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from tiny import command, write_pairs
from wilddepth.formats.image import write_image

Spoil = Callable[[Path, Path], None]
"""Does something to the left and right picture of a pair."""


def lose_right(left: Path, right: Path) -> None:
    right.unlink()


def other_size(left: Path, right: Path) -> None:
    write_image(right, np.zeros((64, 60, 3), np.uint8))


def truncate(left: Path, right: Path) -> None:
    left.write_bytes(left.read_bytes()[:-40])


def flip_a_bit(left: Path, right: Path) -> None:
    data = bytearray(left.read_bytes())
    data[len(data) // 2] ^= 1
    left.write_bytes(data)


def empty_file(left: Path, right: Path) -> None:
    right.write_bytes(b"")


def no_picture(left: Path, right: Path) -> None:
    left.write_text("not a picture")


def moving(left: Path, right: Path) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green")]
    left.unlink()
    frames[0].save(left, save_all=True, append_images=frames[1:])


def bomb(left: Path, right: Path) -> None:
    right.write_bytes(b"P5 100000 100000 255\n....")


def pipe(left: Path, right: Path) -> None:
    left.unlink()
    os.mkfifo(left)


def loop(left: Path, right: Path) -> None:
    right.unlink()
    right.symlink_to(right)


PICTURES = [
    (moving, "LEFT", "is a PNG with 2 pictures and it is not known which is meant; save each as a file of its own"),
    (bomb, "RIGHT", "states a size of 100000x100000 pixels, more than 64 million; if it is right, set WILDDEPTH_MAX"),
    (pipe, "LEFT", "is a pipe or device, not a file; save its content to a file first"),
    (loop, "RIGHT", "cannot be read (Too many levels of symbolic links); remove this link"),
    (lose_right, "LEFT", "add the other view or remove this one"),
    (other_size, "RIGHT", "is 60x64; both views of a rectified pair must have one size: rectify them together"),
    (truncate, "LEFT", "is truncated; copy or download it again"),
    (flip_a_bit, "LEFT", "is damaged (wrong checksum); copy or download it again"),
    (empty_file, "RIGHT", "is empty (0 bytes); copy or download it again"),
    (no_picture, "LEFT", "is not a picture that can be read; expected one of"),
]


def check_refusal(status: int, text: str, *expected: str) -> None:
    assert status == 2, text
    assert text.startswith("wilddepth: error: ")
    assert text.count("\n") == 1, text
    for each in expected:
        assert each in text


@pytest.mark.parametrize("verb", ["predict", "adapt", "evaluate"])
@pytest.mark.parametrize("spoil, named, message", PICTURES)
def test_pictures_that_cannot_be_used(
    verb: str,
    spoil: Spoil,
    named: str,
    message: str,
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    """The second pair is bad: the first one must not be worked on before that is found."""
    folder = write_pairs(tmp_path / "pairs", truth=True)
    left, right = (folder / f"training/image_{number}/000001_10.png" for number in (2, 3))
    spoil(left, right)
    status = command(verb, folder, "--weights", weights, "--out", tmp_path / "out")
    check_refusal(status, capsys.readouterr().err, str({"LEFT": left, "RIGHT": right}[named]), message)
    assert not (tmp_path / "out").exists()


def missing(folder: Path) -> None:
    folder.rmdir()


def nothing(folder: Path) -> None:
    """An empty folder."""


def no_layout(folder: Path) -> None:
    (folder / "holiday.txt").write_text("")


@pytest.mark.parametrize("verb", ["predict", "adapt", "evaluate"])
@pytest.mark.parametrize(
    "fill, messages",
    [
        (missing, ("does not exist; check the path",)),
        (nothing, ("is empty; put rectified pairs into",)),
        (no_layout, ("seen: holiday.txt", "Put your rectified pairs into left/ and right/")),
    ],
)
def test_folders_that_cannot_be_used(
    verb: str,
    fill: Callable[[Path], None],
    messages: tuple[str, ...],
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    folder = tmp_path / "pairs"
    folder.mkdir()
    fill(folder)
    status = command(verb, folder, "--weights", weights, "--out", tmp_path / "out")
    check_refusal(status, capsys.readouterr().err, str(folder), *messages)
    assert not (tmp_path / "out").exists()


def another_network(path: Path) -> None:
    save_file({"conv1.weight": torch.ones(1)}, path)


def nan(path: Path) -> None:
    tensors = load_file(path)
    tensors["context.6.bias"][0] = float("nan")
    save_file(tensors, path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def pickle(path: Path) -> None:
    torch.save({"conv1.weight": torch.ones(1)}, path)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("verb", ["predict", "adapt", "evaluate"])
@pytest.mark.parametrize(
    "spoil, step",
    [
        (another_network, "holds weights of another network"),
        (nan, "context.6.bias holds NaN or infinity, the run behind it has failed; choose other --weights"),
        (cut, "is not a whole safetensors file"),
        (pickle, "is not a whole safetensors file"),
        (gone, "or the folder of a run"),
    ],
)
def test_weights_that_cannot_be_used(
    verb: str,
    spoil: Callable[[Path], None],
    step: str,
    weights: Path,
    kitti: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    bad = tmp_path / "bad.safetensors"
    shutil.copy(weights, bad)
    spoil(bad)
    status = command(verb, kitti, "--weights", bad, "--out", tmp_path / "out")
    check_refusal(status, capsys.readouterr().err, "bad.safetensors", step)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ["predict", "adapt", "evaluate", "demo", "train"])
def test_a_folder_with_something_else_in_it_is_left_alone(
    verb: str, weights: Path, kitti: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("years of work")
    first = {"demo": (), "train": ("madnet-flying",)}.get(verb, (kitti, "--weights", weights))
    for more in ((), ("--overwrite",)):
        status = command(verb, *first, "--out", tmp_path / "out", *more)
        check_refusal(
            status, capsys.readouterr().err, "out is not empty and holds no earlier run; choose another --out"
        )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]
    assert (tmp_path / "out/thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("verb", ["predict", "adapt", "evaluate"])
@pytest.mark.parametrize(
    "words, message",
    [
        (("--layout", "kitty"), "unknown layout 'kitty'; known: auto, kitti_stereo"),
        (("--split", "validation"), "has no split 'validation'"),
    ],
)
def test_words_that_name_nothing(
    verb: str,
    words: tuple[str, ...],
    message: str,
    weights: Path,
    kitti: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    status = command(verb, kitti, "--weights", weights, "--out", tmp_path / "out", *words)
    check_refusal(status, capsys.readouterr().err, message)
    assert not (tmp_path / "out").exists()


def test_a_damaged_calibration_is_found_before_the_work(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = write_pairs(tmp_path / "kitti", truth=True)
    (folder / "training/calib_cam_to_cam/000001.txt").write_text("S_rect_02: 64 64\n")
    status = command("predict", folder, "--weights", weights, "--out", tmp_path / "out")
    check_refusal(status, capsys.readouterr().err, "000001.txt")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb, more", [("adapt", ("--score",)), ("evaluate", ())])
def test_damaged_truth_is_found_before_the_work(
    verb: str, more: tuple[str, ...], weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = write_pairs(tmp_path / "kitti", truth=True)
    bad = folder / "training/disp_noc_0/000001_10.png"
    bad.write_bytes(bad.read_bytes()[:60])
    status = command(verb, folder, "--weights", weights, "--out", tmp_path / "out", *more)
    check_refusal(status, capsys.readouterr().err, "disp_noc_0/000001_10.png")
    assert not (tmp_path / "out").exists()
