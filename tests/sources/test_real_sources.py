from pathlib import Path

import pytest

from wilddepth.sources.open import open_source

pytestmark = pytest.mark.realdata


def test_kitti_with_its_split_and_a_limit(realdata: Path):
    source = open_source(str(realdata / "kitti2015"), split="training", limit=3)
    assert source.keys == ("000001_10", "000002_10", "000003_10")
    assert source.describe().endswith("(training): 3 pairs, layout kitti_stereo, with calibration, with truth")
    assert source[2].truth.valid.float().mean().item() == pytest.approx(0.20042, abs=1e-5)


def test_karlsruhe_has_no_truth(realdata: Path):
    source = open_source(str(realdata / "karlsruhe"))
    assert len(source) == 56
    assert source.describe().endswith("56 pairs, layout karlsruhe, with calibration, no truth")
    assert source[55].truth is None


def test_two_pictures_of_a_data_set_are_a_pair(realdata: Path):
    folder = realdata / "middlebury/2003/cones"
    source = open_source(f"{folder}/im2.png,{folder}/im6.png")
    assert source[0].digest() == open_source(str(folder))[0].digest()


def test_photos_say_how_many_of_the_listed_are_there(realdata: Path):
    source = open_source(str(realdata / "mono_fox"))
    said = source.describe().split(": ")[1].split(", ")
    assert said[:3] == ["5 pictures", "layout photos", "one view"]
    assert said[3:5] == ["lens distortion not removed", "9 of 14 listed pictures not there"]
