"""Stereo verbs on sources that are no rectified pairs, and on those that are new kinds of them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tiny import command
from wilddepth.formats.image import encoded_png, read_image, write_image

GREY = np.full((64, 96, 3), 128, np.uint8)


def put_recording(folder: Path) -> Path:
    for camera in ("cam0", "cam1"):
        write_image(folder / f"mav0/{camera}/data/1403715273262142976.png", GREY)
    return folder


def put_rgbd(folder: Path) -> Path:
    write_image(folder / "color/1.png", GREY)
    (folder / "depth").mkdir()
    (folder / "depth/1.png").write_bytes(encoded_png(np.full((64, 96), 1000, np.uint16)))
    return folder


def put_photos(folder: Path) -> Path:
    write_image(folder / "1.png", GREY)
    frames = [{"file_path": "1.png", "transform_matrix": np.eye(4).tolist()}]
    (folder / "transforms.json").write_text(json.dumps({"fl_x": 50.0, "frames": frames}))
    return folder


def put_video(folder: Path) -> Path:
    path = folder / "walk.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (96, 64))
    writer.write(GREY)
    writer.release()
    return path


@pytest.mark.parametrize(
    "put, message",
    [
        (put_recording, "is not rectified: rows of the two views do not match"),
        (
            put_rgbd,
            "(layout rgbd) has one view a scene, and stereo needs a right one; name a source of rectified pairs",
        ),
        (put_photos, "(layout photos) has one view a scene, and stereo needs a right one"),
        (put_video, "(layout video) has one view a scene, and stereo needs a right one; if it holds both views"),
    ],
)
@pytest.mark.parametrize("words", [["predict"], ["adapt"], ["evaluate"], ["predict", "--dry-run"]], ids="-".join)
def test_stereo_verbs_refuse_in_one_line(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str], put, message: str, words: list[str]
):
    source = tmp_path / "source"
    source.mkdir()
    out = tmp_path / "out"
    status = command(words[0], put(source), "--weights", weights, "--out", out, *words[1:])
    text = capsys.readouterr().err
    assert status == 2, text
    assert text.startswith("wilddepth: error: ")
    assert text.count("\n") == 1, text
    assert message in text
    assert not out.exists()


def test_pictures_side_by_side_are_predicted(tmp_path: Path, weights: Path):
    both = np.concatenate([GREY, GREY], axis=1)
    for name in ("a", "b"):
        write_image(tmp_path / f"rig/{name}.png", both)
    out = tmp_path / "out"
    assert command("predict", f"sbs:{tmp_path / 'rig'}", "--weights", weights, "--out", out) == 0
    assert sorted(path.stem for path in (out / "preview").iterdir()) == ["a", "b"]
    assert read_image(out / "preview/a.png").shape == (64, 96, 3)


def test_pairs_of_two_patterns_are_predicted(tmp_path: Path, weights: Path):
    for side in ("one", "two"):
        write_image(tmp_path / f"{side}/trip/7.png", GREY)
    out = tmp_path / "out"
    source = f"{tmp_path}/one/**.png,{tmp_path}/two/**.png"
    assert command("predict", source, "--weights", weights, "--out", out) == 0
    assert (out / "preview/trip/7.png").is_file()
