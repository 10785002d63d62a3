"""`wilddepth rectify`: rows match after it, metres are those of the rig, and a run can be gone on with."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

import wilddepth
from unrectified import DISTANCE, NORMAL, take, write_pairs
from wilddepth.cli.__main__ import main
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats.calibration import euroc, kalibr, opencv
from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.detect import read_calibration
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.image import encoded_png, read_image, write_image
from wilddepth.sample import Sample
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene, Source
from wilddepth.verbs.rectify_plan import lens_of, look

WIDTH, HEIGHT = 384, 256
LEFT = CameraModel(300.0, 299.0, 190.0, 130.0, WIDTH, HEIGHT, "radtan", (-0.28, 0.07, 0.0005, -0.0003, 0.0))
RIGHT = CameraModel(296.0, 297.0, 196.0, 122.0, WIDTH, HEIGHT, "radtan", (-0.26, 0.06, -0.0004, 0.0002, 0.0))
TURN = Rotation.from_rotvec([0.03, -0.02, 0.025])
RIG = StereoRig(
    LEFT, RIGHT, tuple(TURN.as_matrix().ravel().tolist()), tuple((-TURN.apply([0.2, 0.004, 0.01])).tolist())
)


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pairs as the rig took them."""
    return write_pairs(tmp_path_factory.mktemp("taken"), RIG, 3)


@pytest.fixture(scope="session")
def calib(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calib") / "stereo.yaml"
    opencv.write_rig(path, RIG)
    return path


def command(*words: object) -> int:
    return main([*map(str, words)])


def flow(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Columns and rows (left), then the same in the right view, by OpenCV's tracker: not by features."""
    views = [cv2.cvtColor(view, cv2.COLOR_RGB2GRAY) for view in (left, right)]
    corners = cv2.goodFeaturesToTrack(views[0], 400, 0.01, 6)
    found, good, error = cv2.calcOpticalFlowPyrLK(*views, corners, None, winSize=(21, 21), maxLevel=4)
    kept = (good.ravel() == 1) & (error.ravel() < 10)
    assert kept.sum() >= 40
    return np.hstack((corners[kept, 0], found[kept, 0]))


def pictures(folder: Path, name: str = "0000") -> tuple[np.ndarray, np.ndarray]:
    left, right = (read_image(folder / side / f"{name}.png") for side in ("left", "right"))
    return left, right


def test_rows_match_within_a_fifth_of_a_pixel(taken: Path, calib: Path, tmp_path: Path):
    result = wilddepth.rectify(str(taken), calib=[calib], out=tmp_path)
    assert (result["pairs"], result["pairs_measured"], result["warnings"]) == (3, 3, [])
    before, after = (flow(*pictures(folder)) for folder in (taken, tmp_path))
    apart = [np.median(np.abs(found[:, 3] - found[:, 1])) for found in (before, after)]
    assert apart[0] > 5
    assert apart[1] < 0.2
    assert result["rows_before"]["median"] == pytest.approx(apart[0], rel=0.3)
    assert result["rows_after"]["median"] < 0.2
    assert result["rows_after"]["p95"] < 0.6


@pytest.mark.parametrize("alpha, size", [(0.0, None), (0.7, None), (0.0, (128, 200))])
def test_metres_are_those_of_the_rig(
    calib: Path, taken: Path, tmp_path: Path, alpha: float, size: tuple[int, int] | None
):
    """The wall is at DISTANCE = n . X; in rectified axes X = Z (x / f, y / f, 1) and n is turned by OpenCV's R1."""
    wilddepth.rectify(str(taken), calib=[calib], out=tmp_path, alpha=alpha, size=size, limit=1)
    pair = read_calibration(tmp_path / "calib.txt")
    assert pair.baseline_m == pytest.approx(np.linalg.norm(RIG.translation), rel=1e-15)
    assert (pair.height, pair.width) == (size or (HEIGHT, WIDTH))
    turn = cv2.stereoRectify(
        np.eye(3), None, np.eye(3), None, (64, 64), RIG.rotation_matrix, RIG.translation_vector.reshape(3, 1)
    )[0]
    found = flow(*pictures(tmp_path))
    slopes = (found[:, :2] - [pair.centre_x, pair.centre_y]) / [pair.focal_x, pair.focal_y]
    wanted = DISTANCE / (np.column_stack((slopes, np.ones(len(slopes)))) @ (turn @ NORMAL))
    depth = pair.focal_x * pair.baseline_m / (found[:, 0] - found[:, 2] + pair.doffs)
    assert np.ptp(wanted) > 0.5
    assert np.median(np.abs(depth / wanted - 1)) < (0.004 if size is None else 0.01)


def test_the_result_is_a_source_for_every_other_verb(taken: Path, calib: Path, tmp_path: Path):
    wilddepth.rectify(str(taken), calib=[calib], out=tmp_path)
    source = open_source(str(tmp_path))
    assert (source.layout, source.keys) == ("pairs", ("0000", "0001", "0002"))
    sample = source[1].sample
    assert sample.stereo().left.shape == (1, 3, HEIGHT, WIDTH)
    assert sample.baseline is not None
    assert float(sample.baseline) == pytest.approx(RIG.baseline_m)


def test_nothing_is_black_with_alpha_0_and_something_is_with_alpha_1(taken: Path, calib: Path, tmp_path: Path):
    for alpha, black in ((0.0, False), (1.0, True)):
        result = wilddepth.rectify(str(taken), calib=[calib], out=tmp_path / str(alpha), alpha=alpha, limit=1)
        left, right = pictures(tmp_path / str(alpha))
        assert [bool((view.sum(axis=2) == 0).any()) for view in (left, right)] == [black, black]
        assert (result["black"] > 0) is black


def test_grey_pictures_stay_grey_in_one_channel(calib: Path, tmp_path: Path):
    for name, view in zip(("left", "right"), take(RIG), strict=True):
        write_image(tmp_path / "grey" / name / "a.png", np.repeat(view[:, :, :1], 3, axis=2))
    wilddepth.rectify(str(tmp_path / "grey"), calib=[calib], out=tmp_path / "out")
    assert cv2.imread(str(tmp_path / "out/left/a.png"), cv2.IMREAD_UNCHANGED).shape == (HEIGHT, WIDTH)


def test_a_fisheye_beside_an_ordinary_lens(tmp_path: Path):
    wide = CameraModel(260.0, 260.0, 192.0, 128.0, WIDTH, HEIGHT, "equidistant", (0.03, -0.01, 0.002, 0.0))
    rig = replace(RIG, left=wide)
    kalibr.write_rig(tmp_path / "chain.yaml", rig)
    write_pairs(tmp_path / "pairs", rig)
    result = wilddepth.rectify(str(tmp_path / "pairs"), calib=[tmp_path / "chain.yaml"], out=tmp_path / "out")
    assert result["rows_before"]["median"] > 5
    assert result["rows_after"]["median"] < 0.2


def test_a_calibration_of_other_cameras_is_doubted(taken: Path, tmp_path: Path):
    """A rig that is tilted by one degree more: some 5 rows at a focal length of 300."""
    turn = Rotation.from_euler("x", 1, degrees=True) * TURN
    opencv.write_rig(tmp_path / "c.yaml", replace(RIG, rotation=tuple(turn.as_matrix().ravel().tolist())))
    result = wilddepth.rectify(str(taken), calib=[tmp_path / "c.yaml"], out=tmp_path / "out", limit=1)
    (warning,) = result["warnings"]
    assert warning.startswith(("rows are still 4.", "rows are still 5."))
    assert f"{tmp_path / 'c.yaml'} does not describe the cameras of these pictures" in warning


def test_a_resumed_run_makes_what_is_missing_and_nothing_else(taken: Path, calib: Path, tmp_path: Path):
    out = tmp_path / "out"
    wilddepth.rectify(str(taken), calib=[calib], out=out)
    whole = {path: path.read_bytes() for path in out.rglob("*.png")}
    (out / "right" / "0001.png").unlink()
    (out / "left" / "0002.png").write_bytes(b"kept")
    again = wilddepth.rectify(str(taken), calib=[calib], out=out, resume=True)
    assert (again["pairs"], again["skipped"]) == (1, 2)
    assert (out / "right" / "0001.png").read_bytes() == whole[out / "right" / "0001.png"]
    assert (out / "left" / "0002.png").read_bytes() == b"kept"
    assert again["rows_after"]["median"] < 0.2
    with pytest.raises(ConfigError, match=r"was begun with another recipe \(alpha\)"):
        wilddepth.rectify(str(taken), calib=[calib], out=out, resume=True, alpha=0.5)
    with pytest.raises(OutputError, match="holds an earlier run"):
        wilddepth.rectify(str(taken), calib=[calib], out=out)
    (out / "own.txt").write_text("mine")
    wilddepth.rectify(str(taken), calib=[calib], out=out, overwrite=True, limit=1)
    assert sorted(path.name for path in (out / "left").iterdir()) == ["0000.png"]
    assert (out / "own.txt").read_text() == "mine"


def test_swapped_pictures_are_told_with_the_evidence(calib: Path, tmp_path: Path):
    level = StereoRig(LEFT, LEFT, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), (-0.2, 0.0, 0.0))
    left, right = take(level)
    write_image(tmp_path / "pairs/left/a.png", right)
    write_image(tmp_path / "pairs/right/a.png", left)
    opencv.write_rig(tmp_path / "level.yaml", level)
    result = wilddepth.rectify(str(tmp_path / "pairs"), calib=[tmp_path / "level.yaml"], out=tmp_path / "out")
    (warning,) = result["warnings"]
    assert "lie behind infinity (median disparity -" in warning
    assert "left and right pictures are swapped" in warning


def test_flat_pictures_are_said_not_to_be_measurable(calib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name in ("left", "right"):
        write_image(tmp_path / "pairs" / name / "a.png", np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    status = command(
        "rectify", tmp_path / "pairs", "--calib", calib, "--out", tmp_path / "out", "--json", tmp_path / "r.json"
    )
    told = json.loads((tmp_path / "r.json").read_text())
    assert (status, told["rows_after"]["median"]) == (0, None)
    assert told["warnings"] == ["too few features to measure rows; look at the pictures"]
    printed = capsys.readouterr().out
    assert "warning: too few features" in printed
    assert "nan" not in printed


def test_the_files_of_a_recording_are_taken_from_beside_its_pictures(tmp_path: Path):
    four = StereoRig(LEFT, RIGHT, RIG.rotation, RIG.translation)
    places = [tmp_path / f"mav0/cam{number}" for number in (0, 1)]
    euroc.write_rig(places[0] / "sensor.yaml", places[1] / "sensor.yaml", four)
    for place, view in zip(places, take(four), strict=True):
        write_image(place / "data" / "7.png", view)
    pair = f"{places[0] / 'data/7.png'},{places[1] / 'data/7.png'}"
    result = wilddepth.rectify(pair, out=tmp_path / "out")
    assert result["rows_after"]["median"] < 0.2
    assert (tmp_path / "out/right/7.png").is_file()


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(
    taken: Path, calib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ("rectify", taken, "--calib", calib, "--out", tmp_path / "out", "--size", "200x300", "--dry-run")
    assert command(*words) == 0
    told = capsys.readouterr().out
    for line in ("verb: rectify", "baseline_m: 0.2002", "pairs: 3", "height: 200", "width: 300", "focal_px: "):
        assert line in told
    assert not (tmp_path / "out").exists()


def test_the_command_says_how_far_rows_were_and_are_apart(
    taken: Path, calib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert command("rectify", taken, "--calib", calib, "--out", tmp_path / "out") == 0
    told = capsys.readouterr()
    assert "px before, 0.0" in told.out
    assert f"3 pairs rectified, baseline 0.2003 m; they are in {tmp_path / 'out'}" in told.out
    assert "rectify 3/3" in told.err
    assert json.loads((tmp_path / "out/metrics.json").read_text())["rows_after"]["median"] < 0.2


def test_what_cannot_be_rectified_leaves_no_folder(taken: Path, calib: Path, tmp_path: Path):
    other = tmp_path / "other.yaml"
    opencv.write_rig(
        other, StereoRig(replace(LEFT, width=640), replace(RIGHT, width=640), RIG.rotation, RIG.translation)
    )
    swapped = tmp_path / "swapped.yaml"
    back = RIG.rotation_matrix.T
    turned = (tuple(back.ravel().tolist()), tuple((-back @ RIG.translation_vector).tolist()))
    storage = StereoRig(RIGHT, LEFT, *turned)
    opencv.write_rig(swapped, storage)
    mixed = write_pairs(tmp_path / "mixed", RIG)
    for side in ("left", "right"):
        write_image(mixed / side / "1.png", np.zeros((10, 10, 3), np.uint8))
    refused: list[tuple[dict[str, object], type[Exception], str]] = [
        ({"calib": [other]}, SampleError, r"other\.yaml describes 640x256 images but these are 384x256"),
        ({"calib": [swapped]}, SampleError, r"swapped\.yaml: the baseline is negative .* left and right are swapped"),
        ({"calib": []}, ConfigError, "has no calibration of its own; give --calib FILE"),
        ({"calib": [calib, calib]}, SampleError, "two files are understood of EuRoC"),
        ({"calib": [tmp_path / "none.yaml"]}, SampleError, r"none\.yaml does not exist"),
        ({"source": str(mixed)}, SampleError, r"1\.png is 10x10 but .*0000\.png is 384x256"),
        ({"source": "worlds:flat-indoor"}, ConfigError, "is rendered and rectified already"),
        ({"alpha": 1.5}, ConfigError, "alpha 1.5 is out of range"),
        ({"alpha": float("nan")}, ConfigError, "alpha nan is out of range"),
        ({"size": (8, 400)}, ConfigError, "a size of 8x400 is too small"),
        ({"unit": "inch"}, ConfigError, "unknown unit 'inch'; known: m, cm, mm"),
        ({"unit": "mm"}, SampleError, r"a baseline of 0.00020029 m cannot be right; check its unit"),
    ]
    for change, error, message in refused:
        words = {"source": str(taken), "calib": [calib], **change}
        with pytest.raises(error, match=message):
            wilddepth.rectify(words.pop("source"), out=tmp_path / "out", **words)
    assert not (tmp_path / "out").exists()


def test_mistakes_in_the_words_are_one_line(taken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for more, message in (
        (["--size", "200"], "--size: '200' is not rows x columns, e.g. 480x752"),
        (["--alpha", "2"], "--alpha: 2.0 is out of range; give a number 0 or more and at most 1"),
        (["--calib", "a", "--calib", "b", "--calib", "c"], "--calib was given 3 times"),
    ):
        assert command("rectify", taken, "--out", tmp_path / "out", *more) == 2
        told = capsys.readouterr().err
        assert message in told
        assert told.count("\n") == 1


def test_two_pairs_of_one_name_are_refused(calib: Path, tmp_path: Path):
    write_pairs(tmp_path / "pairs/a_b", RIG)
    for side in ("left", "right"):
        (tmp_path / "pairs/a" / side).mkdir(parents=True)
        shutil.copy(tmp_path / "pairs/a_b" / side / "0000.png", tmp_path / "pairs/a" / side / "b_0000.png")
    with pytest.raises(SampleError, match="holds two pairs that would both be named a_b_0000"):
        wilddepth.rectify(str(tmp_path / "pairs"), calib=[calib], out=tmp_path / "out")


def test_a_picture_that_changes_under_the_run_is_named(calib: Path, tmp_path: Path):
    plan = look(str(write_pairs(tmp_path / "pairs", RIG)), calib=[calib])
    assert plan.taken(0)[0].shape == (HEIGHT, WIDTH, 3)
    write_image(tmp_path / "pairs/right/0000.png", np.zeros((20, 20, 3), np.uint8))
    with pytest.raises(SampleError, match=r"pair 0000 of .*pairs changed its size; start again"):
        plan.taken(0)


def test_a_lens_needs_the_size_of_its_pictures():
    with pytest.raises(ValueError, match=r"give the camera one with for_size\(\)"):
        lens_of(replace(LEFT, width=None, height=None))


def test_pairs_of_several_folders_keep_their_names_apart(calib: Path, tmp_path: Path):
    for name in ("a", "b"):
        write_pairs(tmp_path / "pairs" / name, RIG)
    wilddepth.rectify(str(tmp_path / "pairs"), calib=[calib], out=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out/left").iterdir()) == ["a_0000.png", "b_0000.png"]


class Frames(Source):
    """Pairs that are no files, as of a video."""

    text, layout = "frames", "video"

    def __len__(self) -> int:
        return 2

    def key(self, index: int) -> str:
        return f"frame/{index}"

    def load(self, index: int) -> Scene:
        left, right = (torch.from_numpy(view).permute(2, 0, 1)[None] / 255 for view in take(RIG, index))
        return Scene(sample=Sample(image=left, right=right), truth=None, key=self.key(index))

    def describe(self) -> str:
        return "frames"


def test_pairs_that_are_no_files_are_rectified_to_the_same_pictures(
    taken: Path, calib: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wilddepth.rectify(str(taken), calib=[calib], out=tmp_path / "files", limit=1)
    monkeypatch.setattr("wilddepth.verbs.rectify_plan.open_source", lambda *_, **__: Frames())
    with pytest.raises(ConfigError, match="frames has no calibration of its own"):
        wilddepth.rectify("frames.mp4", out=tmp_path / "frames")
    result = wilddepth.rectify("frames.mp4", calib=[calib], out=tmp_path / "frames")
    assert result["pairs"] == 2
    for side in ("left", "right"):
        whole = (tmp_path / "files" / side / "0000.png").read_bytes()
        assert (tmp_path / "frames" / side / "frame_0.png").read_bytes() == whole


@pytest.mark.realdata
def test_the_rows_of_euroc_match_within_half_a_pixel(realdata: Path, tmp_path: Path):
    """The pictures are 13 rows apart as they were taken; links stand in for copies of them."""
    recording = realdata / "euroc_v1_01_micro" / "mav0"
    for name, camera in (("left", "cam0"), ("right", "cam1")):
        (tmp_path / "pairs" / name).mkdir(parents=True)
        for path in (recording / camera / "data").glob("*.png"):
            (tmp_path / "pairs" / name / path.name).symlink_to(path.resolve())
    sensors = [recording / camera / "sensor.yaml" for camera in ("cam0", "cam1")]
    result = wilddepth.rectify(str(tmp_path / "pairs"), calib=sensors, out=tmp_path / "out")
    assert result["pairs"] == 3
    assert result["rows_before"]["median"] > 10
    assert result["rows_after"]["median"] < 0.5
    name = next((tmp_path / "out/left").iterdir()).stem
    found = flow(*pictures(tmp_path / "out", name))
    assert np.median(np.abs(found[:, 3] - found[:, 1])) < 0.5
    assert read_calibration(tmp_path / "out/calib.txt").baseline_m == pytest.approx(0.110078, abs=1e-6)


@pytest.mark.parametrize("kind", ["folder", "video"])
def test_one_view_cannot_be_rectified(tmp_path: Path, calib: Path, capsys: pytest.CaptureFixture[str], kind: str):
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    source = tmp_path / "rgbd"
    if kind == "folder":
        write_image(source / "color/1.png", grey)
        (source / "depth").mkdir()
        (source / "depth/1.png").write_bytes(encoded_png(np.full((HEIGHT, WIDTH), 1000, np.uint16)))
    else:
        source = tmp_path / "walk.avi"
        writer = cv2.VideoWriter(str(source), cv2.VideoWriter_fourcc(*"MJPG"), 10, (WIDTH, HEIGHT))
        writer.write(grey)
        writer.release()
    assert command("rectify", source, "--calib", calib, "--out", tmp_path / "out") == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    assert "has one view a scene, and stereo needs a right one" in text, text
    assert not (tmp_path / "out").exists()
