"""Stamps: a quick sign that a scene is what it was."""

import os
from pathlib import Path

import cv2
import numpy as np

from tiny import write_pairs
from wilddepth.sources.open import open_source


def test_the_stamp_of_a_pair_changes_with_each_of_its_files(tmp_path: Path):
    folder = write_pairs(tmp_path, (6, 9), truth=True)
    before = [open_source(str(folder)).stamp(index) for index in range(2)]
    assert before[0] != before[1]
    assert [open_source(str(folder)).stamp(index) for index in range(2)] == before
    for path in (
        "training/image_2/000000_10.png",
        "training/image_3/000000_10.png",
        "training/calib_cam_to_cam/000000.txt",
    ):
        last = open_source(str(folder)).stamp(0)
        os.utime(folder / path, ns=(0, 0))
        assert open_source(str(folder)).stamp(0) != last
    assert open_source(str(folder)).stamp(1) == before[1]


def test_the_stamp_does_not_depend_on_how_a_folder_is_named(tmp_path: Path, monkeypatch):
    folder = write_pairs(tmp_path / "pairs", (6,))
    whole = open_source(str(folder)).stamp(0)
    monkeypatch.chdir(tmp_path)
    assert open_source("./pairs").stamp(0) == whole


def test_frames_of_a_video_have_stamps_of_their_own(tmp_path: Path):
    path = tmp_path / "both.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (128, 64))
    for shade in (10, 200):
        writer.write(np.full((64, 128, 3), shade, np.uint8))
    writer.release()
    source = open_source(f"sbs:{path}")
    first, second = source.stamp(0), source.stamp(1)
    assert first != second
    os.utime(path, ns=(0, 0))
    assert source.stamp(0) != first


def test_pictures_with_both_views_have_the_stamps_of_their_files(tmp_path: Path):
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((16, 32, 3), np.uint8))
    source = open_source(f"sbs:{tmp_path}")
    first, second = source.stamp(0), source.stamp(1)
    os.utime(tmp_path / "b.png", ns=(0, 0))
    assert source.stamp(0) == first
    assert source.stamp(1) != second


def test_rendered_pairs_are_known_by_world_seed_size_and_number():
    words = [
        "flat-all?frames=2",
        "flat-all?seed=1&frames=2",
        "flat-all?frames=2&height=64&width=96",
        "flat-dusk?frames=2",
    ]
    stamps = [str(open_source(f"worlds:{each}").stamp(index)) for each in words for index in range(2)]
    assert len(set(stamps)) == 8
