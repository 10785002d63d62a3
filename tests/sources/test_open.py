import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.errors import ConfigError, MissingView, SampleError
from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene
from wilddepth.sources.supervised import SupervisedSource

CALIBRATION = "cam0=[20 0 4.5; 0 20 2.5; 0 0 1]\ncam1=[20 0 6.5; 0 20 2.5; 0 0 1]\nbaseline=100\nwidth=10\nheight=6\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five calibrated pairs, truth for the first two."""
    for number in range(5):
        for side, seed in (("left", number), ("right", number + 50)):
            rgb = np.random.default_rng(seed).integers(0, 256, (6, 10, 3)).astype(np.uint8)
            write_image(tmp_path / f"{side}/{number}.png", rgb)
    for number in range(2):
        write_kitti_disparity(tmp_path / f"disparity/{number}.png", np.full((6, 10), 2.0, np.float32))
    (tmp_path / "calib.txt").write_text(CALIBRATION)
    return tmp_path


def test_a_folder_is_a_sequence_of_scenes(folder: Path):
    source = open_source(str(folder))
    assert len(source) == 5
    assert source.layout == "pairs"
    assert source.keys == ("0", "1", "2", "3", "4")
    assert [scene.key for scene in source] == list(source.keys)
    first, last = source[0], source[-1]
    assert first.sample.keys == ("0",)
    assert first.truth.disparity.unique().item() == 2
    assert last.truth is None
    assert last.key == "4"
    assert first.sample.doffs().item() == 2


@pytest.mark.parametrize("index", [5, -6, 100])
def test_beyond_the_end_is_an_index_error(folder: Path, index: int):
    with pytest.raises(IndexError, match=f"has 5 scenes; there is no number {index}"):
        open_source(str(folder))[index]


def test_a_limit_takes_the_first(folder: Path):
    assert open_source(str(folder), limit=2).keys == ("0", "1")
    assert len(open_source(str(folder), limit=99)) == 5
    with pytest.raises(ConfigError, match="a limit of 0 leaves no scene"):
        open_source(str(folder), limit=0)


def test_nothing_is_decoded_before_it_is_asked_for(folder: Path):
    (folder / "left/3.png").write_bytes(b"")
    source = open_source(str(folder))
    assert source[2].key == "2"
    with pytest.raises(SampleError, match=r"left/3\.png is empty"):
        source[3]


def test_truth_that_is_not_wanted_is_never_opened(folder: Path):
    (folder / "disparity/0.png").write_bytes(b"broken")
    assert open_source(str(folder), with_truth=False)[0].truth is None
    with pytest.raises(SampleError, match=r"disparity/0\.png"):
        open_source(str(folder))[0]


@pytest.mark.parametrize(
    "options, text",
    [
        ({}, "5 pairs, layout pairs, with calibration, truth of 2"),
        ({"limit": 2}, "2 pairs, layout pairs, with calibration, with truth"),
        ({"limit": 1, "with_truth": False}, "1 pair, layout pairs, with calibration, truth not read"),
    ],
)
def test_a_source_describes_itself(folder: Path, options: dict[str, object], text: str):
    assert open_source(str(folder), **options).describe() == f"{folder}: {text}"


def test_a_pair_of_files_is_a_source_of_one_scene(folder: Path):
    text = f"{folder}/left/1.png,{folder}/right/1.png"
    source = open_source(text)
    assert len(source) == 1
    assert source.layout == "files"
    assert source.describe().endswith("1 pair, layout files, no calibration, no truth")
    assert torch.equal(source[0].sample.image, open_source(str(folder))[1].sample.image)
    with pytest.raises(SampleError, match=r"right/9\.png does not exist"):
        open_source(f"{folder}/left/1.png,{folder}/right/9.png")


def test_one_picture_is_no_source(folder: Path):
    with pytest.raises(SampleError, match=r"0\.png is a file; .* the pair as LEFT,RIGHT"):
        open_source(f"{folder}/left/0.png")


def test_a_named_layout_is_used_and_none_means_looking(folder: Path):
    assert open_source(str(folder), layout="pairs").layout == open_source(str(folder), layout=None).layout == "pairs"
    with pytest.raises(ConfigError, match="unknown layout 'mine'; known: auto, kitti_stereo"):
        open_source(str(folder), layout="mine")
    with pytest.raises(SampleError, match="holds no pair of layout karlsruhe"):
        open_source(str(folder), layout="karlsruhe")


def test_a_split_is_a_folder_a_level_of_keys_or_a_list(folder: Path, tmp_path: Path):
    base = tmp_path / "base"
    base.mkdir()
    for name in ("left", "right", "disparity"):
        (folder / name).rename(base / name)
    keys = tmp_path / "keys.txt"
    keys.write_text("3\n\n1\n")
    assert open_source(str(base), split=str(keys)).keys == ("3", "1")
    assert open_source(str(tmp_path), split="base").keys == ("0", "1", "2", "3", "4")
    assert open_source(str(tmp_path)).keys[0] == "base/0"
    keys.write_text("3\n17\n")
    with pytest.raises(ConfigError, match=r"keys\.txt lists '17', which is no scene of .* look like '0'"):
        open_source(str(base), split=str(keys))
    with pytest.raises(ConfigError, match=r"has no split 'test'; give a folder .*they have one level only"):
        open_source(str(base), split="test")
    keys.write_text("\n")
    with pytest.raises(ConfigError, match=r"keys\.txt lists no scene; write one key a line, like '0'"):
        open_source(str(base), split=str(keys))


def test_a_level_of_keys_that_is_no_folder_of_the_source_is_a_split(tmp_path: Path):
    for part in ("TRAIN", "TEST"):
        for side in ("left", "right"):
            write_image(tmp_path / f"frames_cleanpass/{part}/A/{side}/1.png", np.zeros((2, 3, 3), np.uint8))
    assert open_source(str(tmp_path)).keys == ("TEST/A/1", "TRAIN/A/1")
    assert open_source(str(tmp_path), split="TRAIN").keys == ("TRAIN/A/1",)


@pytest.mark.parametrize("options", [{"layout": "pairs"}, {"split": "train"}])
def test_options_of_folders_are_refused_elsewhere(options: dict[str, str]):
    with pytest.raises(ConfigError, match="is no folder, so it has neither layout nor split"):
        open_source("worlds:flat-flying", **options)


def test_a_folder_is_read_at_its_own_size(folder: Path):
    with pytest.raises(ConfigError, match="a size can be given for worlds only"):
        open_source(str(folder), size=(64, 128))


def test_a_missing_and_an_empty_folder(tmp_path: Path):
    with pytest.raises(SampleError, match="nowhere does not exist"):
        open_source(str(tmp_path / "nowhere"))
    with pytest.raises(SampleError, match="is empty; put rectified pairs into"):
        open_source(str(tmp_path))


def test_equal_inputs_have_equal_digests_whatever_they_are_called(folder: Path):
    source = open_source(str(folder))
    digests = [scene.digest() for scene in source]
    assert len(set(digests)) == 5
    assert digests == [scene.digest() for scene in open_source(str(folder), with_truth=False)]
    scene = source[0]
    assert Scene(scene.sample, None, "another").digest() == digests[0]
    changes = [
        {"image": scene.sample.image + 1 / 255},
        {"right": None},
        {"baseline": scene.sample.baseline * 2},
        {"right_camera": scene.sample.camera},
        {"camera": None},
    ]
    others = {Scene(replace(scene.sample, **change), None, "0").digest() for change in changes}
    assert len(others - {digests[0]}) == len(changes)


def test_a_source_can_be_sent_to_loader_workers(folder: Path):
    source = open_source(str(folder))
    again = pickle.loads(pickle.dumps(source))
    assert again[1].digest() == source[1].digest()


@pytest.mark.parametrize(
    "text, command",
    [
        ("camera:1", "ffmpeg -f v4l2 -i /dev/video1 -frames:v 200 -vf crop=iw/2:ih:0:0 frames/left/%06d.png -frames:v"),
        ("rtsp://10.0.0.1/x?a=1&b=2", "ffmpeg -rtsp_transport tcp -i 'rtsp://10.0.0.1/x?a=1&b=2' -frames:v 200"),
    ],
)
def test_cameras_and_streams_are_answered_with_the_command_that_makes_a_folder(text: str, command: str):
    with pytest.raises(ConfigError) as caught:
        open_source(text)
    message = str(caught.value)
    assert "this version reads files" in message
    assert f"mkdir -p frames/left frames/right && {command}" in message
    assert message.endswith("and then give ./frames as the source")


def test_two_patterns_are_a_source_of_pairs(folder: Path):
    source = open_source(f"{folder}/left/*.png,{folder}/right/*.png", limit=4)
    assert source.keys == ("0", "1", "2", "3")
    assert source.layout == "patterns"
    assert source.describe().endswith("4 pairs, layout patterns, with calibration, no truth")
    assert source[1].digest() == open_source(str(folder))[1].digest()
    with pytest.raises(SampleError, match=r"left/\d\.png has no right picture: 5 fit .* and 1 fit"):
        open_source(f"{folder}/left/*.png,{folder}/right/4*.png")


def test_what_is_no_sequence_has_no_neighbours(folder: Path):
    with pytest.raises(ConfigError, match="is no sequence, so its scenes have no neighbours"):
        open_source(f"{folder}/left/1.png,{folder}/right/1.png", neighbours=(1,))
    with pytest.raises(ConfigError, match="every frame of worlds:street is another scene; give it clips"):
        open_source("worlds:street", neighbours=(1,))


def test_neighbours_and_poses_that_make_no_sense(folder: Path):
    with pytest.raises(ConfigError, match="a neighbour at offset 0 is the picture itself"):
        open_source(str(folder), neighbours=(0, 1))
    with pytest.raises(ConfigError, match="poses are transforms to neighbours; say which ones"):
        open_source(str(folder), with_poses=True)


@pytest.mark.parametrize("text", ["{0}", "{0}/left/*.png,{0}/right/*.png"])
def test_numbered_pairs_of_your_own_have_neighbours(folder: Path, text: str):
    (folder / "left/3.png").unlink()
    (folder / "right/3.png").unlink()
    source = open_source(text.format(folder), neighbours=(-1, 1))
    assert [sorted(scene.sample.neighbours) for scene in source] == [[1], [-1, 1], [-1], []]
    assert torch.equal(source[0].sample.neighbours[1], source[1].sample.image)


def karlsruhe(folder: Path) -> Path:
    for number in range(4):
        for view in (1, 2):
            write_image(folder / f"k/I{view}_{number:06d}.png", np.full((4, 5, 3), 10 * number, np.uint8))
    return folder / "k"


def test_neighbours_reach_beyond_the_limit(tmp_path: Path):
    """What is left out of the scenes may still be seen beside them, as it was when they were recorded."""
    source = open_source(str(karlsruhe(tmp_path)), limit=2, neighbours=(-1, 1))
    assert [sorted(scene.sample.neighbours) for scene in source] == [[1], [-1, 1]]
    assert source[1].sample.neighbours[1].unique().item() == pytest.approx(20 / 255)
    again = pickle.loads(pickle.dumps(source))
    assert sorted(again[1].sample.neighbours) == [-1, 1]


def test_neighbours_do_not_change_what_a_pair_is_known_by(tmp_path: Path):
    text = str(karlsruhe(tmp_path))
    assert open_source(text, neighbours=(1,))[0].digest() == open_source(text)[0].digest()


def test_what_is_known_of_rectification(folder: Path, tmp_path: Path):
    assert open_source(str(karlsruhe(tmp_path))).rectified is True
    assert open_source(str(folder), layout="pairs").rectified is None
    assert open_source("worlds:flat-flying").rectified is True


def recording(folder: Path) -> Path:
    for camera in ("cam0", "cam1"):
        write_image(folder / f"rig/mav0/{camera}/data/1403715273262142976.png", np.zeros((4, 5, 3), np.uint8))
    return folder / "rig"


def test_pairs_that_are_not_rectified_are_refused_where_stereo_is_asked_for(tmp_path: Path):
    source = open_source(str(recording(tmp_path)))
    assert source.rectified is False
    assert source.describe().endswith("rig: 1 pair, layout euroc, not rectified, no calibration, no truth")
    with pytest.raises(
        SampleError, match=r"rows of the two views do not match, .* wilddepth rectify SOURCE --calib FILE"
    ):
        source.check_pairs()
    source.check_pairs(rectified=False)
    open_source("worlds:flat-flying").check_pairs()


def test_one_view_is_refused_where_stereo_is_asked_for(tmp_path: Path):
    write_image(tmp_path / "color/1.png", np.zeros((4, 5, 3), np.uint8))
    (tmp_path / "depth").mkdir()
    (tmp_path / "depth/1.png").write_bytes(encoded_png(np.full((4, 5), 1000, np.uint16)))
    source = open_source(str(tmp_path))
    assert source.one_view
    assert source.describe().endswith(": 1 picture, layout rgbd, one view, no calibration, with truth")
    assert source[0].truth.depth.unique().item() == 1
    with pytest.raises(MissingView, match=r"\(layout rgbd\) has one view a scene, and stereo needs a right one; name"):
        source.check_pairs(rectified=False)
    assert SupervisedSource(source).one_view


def test_how_truth_was_made_is_said_where_it_was_not_measured(tmp_path: Path):
    for side in ("left", "right"):
        write_image(
            tmp_path / f"{side}Img8bit/val/ulm/ulm_000000_000019_{side}Img8bit.png", np.zeros((4, 5, 3), np.uint8)
        )
    assert open_source(str(tmp_path)).describe().endswith("no calibration, no truth")
    path = tmp_path / "disparity/val/ulm/ulm_000000_000019_disparity.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(encoded_png(np.full((4, 5), 1000, np.uint16)))
    assert open_source(str(tmp_path)).describe().endswith("with truth (by semi-global matching, not measured)")
