"""EuRoC, Cityscapes, DrivingStereo and Middlebury 2006 on small folders made on the spot."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from wilddepth.data.layouts.catalog import detect, scenes_of
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import SampleError
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.geometry.disparity import depth_from_disparity

# --- EuRoC ---

START = 1403715273262142976


def put_euroc(root: Path, trees: ModuleType, *, here: tuple[int, ...] = (2, 3, 5), rows: int = 8) -> None:
    """Pictures of some frames at 20 Hz, and the list of all."""
    times = [START + 50_000_000 * row for row in range(rows)]
    for camera in ("cam0", "cam1"):
        for number in here:
            write_image(root / f"mav0/{camera}/data/{times[number]}.png", trees.pixels(number))
        lines = "".join(f"{time},{time}.png\r\n" for time in times)
        trees.put_text(root / f"mav0/{camera}/data.csv", "#timestamp [ns],filename\r\n" + lines)


@pytest.mark.parametrize("place, prefix", [(".", ""), ("mav0", ""), ("..", "room/")])
def test_euroc_is_marked_as_not_rectified(tmp_path: Path, trees: ModuleType, place: str, prefix: str):
    put_euroc(tmp_path / "room", trees)
    folder = (tmp_path / "room" / place).resolve()
    layout, scenes = scenes_of(folder)
    assert layout.name == "euroc"
    assert [scene.key for scene in scenes] == [f"{prefix}{START + 50_000_000 * number}" for number in (2, 3, 5)]
    assert {scene.rectified for scene in scenes} == {False}
    samples = [load_sample(scene, neighbours=(-1, 1)) for scene in scenes]
    assert [sample.timestamps.item() for sample in samples] == pytest.approx([0.1, 0.15, 0.25])
    assert [set(sample.neighbours) for sample in samples] == [{1}, {-1}, set()]  # frame 4 is not there
    assert samples[0].camera is None


def test_euroc_without_a_list_is_numbered_as_it_comes(tmp_path: Path, trees: ModuleType):
    put_euroc(tmp_path, trees)
    (tmp_path / "mav0/cam0/data.csv").unlink()
    scenes = scenes_of(tmp_path)[1]
    assert [scene.frame for scene in scenes] == [0, 1, 2]
    assert load_sample(scenes[0]).timestamps is None


@pytest.mark.parametrize(
    "file, content, message",
    [
        ("mav0/cam1/data/{}.png", None, r"cam0/data/.*\.png has no right image"),
        ("mav0/cam0/data/{}.png", None, r"cam1/data/.*\.png has no left image"),
        ("mav0/cam0/data.csv", "#timestamp [ns],filename\n", r"data\.csv does not list \d+ \(3 such in all\)"),
        ("mav0/cam0/data.csv", "one,two\n", r"data\.csv: 'one,two' is not TIME,FILENAME"),
        ("mav0/cam0/data.csv", f"{'9' * 5000},a.png\n", "is not TIME,FILENAME"),
        ("mav0/cam0/data.csv", "123\n", r"data\.csv: '123' is not TIME,FILENAME"),
        ("mav0/cam0/data.csv", "", r"data\.csv is empty"),
    ],
)
def test_a_damaged_euroc_recording_is_named(
    tmp_path: Path, trees: ModuleType, file: str, content: str | None, message: str
):
    put_euroc(tmp_path, trees)
    path = tmp_path / file.format(START + 50_000_000 * 3)
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(SampleError, match=message):
        scenes_of(tmp_path)


# --- Cityscapes ---

CAMERA = {
    "extrinsic": {"baseline": 0.2, "pitch": 0.03, "roll": 0.0, "x": 1.7, "y": 0.0, "yaw": 0.0, "z": 1.2},
    "intrinsic": {"fx": 20.0, "fy": 21.0, "u0": 4.5, "v0": 2.5},
}


def put_cityscapes(root: Path, trees: ModuleType, *, frames: tuple[int, ...] = (19,), kept: str = "") -> None:
    """One snippet with the camera of frame 19."""
    for frame in frames:
        stem = f"train/aachen/aachen_000007_{frame:06d}"
        for seed, side in enumerate(("left", "right")):
            write_image(root / f"{side}Img8bit{kept}/{stem}_{side}Img8bit.png", trees.pixels(frame + seed))
        stored = np.full((6, 10), 1 + 3 * 256, np.uint16)
        stored[0], stored[1] = 0, 1
        trees.put_bytes(root / f"disparity{kept}/{stem}_disparity.png", encoded_png(stored))
    trees.put_text(root / "camera/train/aachen/aachen_000007_000019_camera.json", json.dumps(CAMERA))


def test_cityscapes_with_its_formula_and_camera(tmp_path: Path, trees: ModuleType):
    put_cityscapes(tmp_path, trees)
    layout, (scene,) = scenes_of(tmp_path)
    sample, truth = load_sample(scene), load_truth(scene)
    assert (layout.name, scene.key) == ("cityscapes", "train/aachen/aachen_000007_000019")
    assert (sample.camera.focal_x.item(), sample.camera.focal_y.item()) == (20, 21)
    assert sample.baseline.item() == pytest.approx(0.2)
    assert not truth.valid[0, 0, 0].any()  # 0 = none
    assert truth.valid[0, 0, 1:].all()
    assert truth.disparity[0, 0, 1].unique().item() == 0  # (1 - 1) / 256
    assert truth.disparity[0, 0, 2:].unique().item() == 3
    assert "semi-global matching" in layout.truth_origin


def test_cityscapes_snippets_are_sequences_with_one_camera(tmp_path: Path, trees: ModuleType):
    put_cityscapes(tmp_path, trees, frames=(17, 18, 19, 21), kept="_sequence")
    put_cityscapes(tmp_path, trees)  # the single frames lie beside them and are among them
    scenes = scenes_of(tmp_path)[1]
    assert [scene.frame for scene in scenes] == [17, 18, 19, 21]
    samples = [load_sample(scene, neighbours=(-1, 1)) for scene in scenes]
    assert [set(sample.neighbours) for sample in samples] == [{1}, {-1, 1}, {-1}, set()]
    assert [sample.baseline.item() for sample in samples] == pytest.approx([0.2] * 4)


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "is no JSON"),
        ("[" * 5000, "is no JSON"),
        ("[]", "has no number intrinsic/fx"),
        (json.dumps({**CAMERA, "extrinsic": {"baseline": "0.2"}}), "has no number extrinsic/baseline"),
        (json.dumps({**CAMERA, "extrinsic": {"baseline": 10**400}}), "has no number extrinsic/baseline"),
        (json.dumps({**CAMERA, "extrinsic": {"baseline": 0.0}}), "the baseline is zero"),
        (json.dumps({**CAMERA, "extrinsic": {"baseline": float("nan")}}), "baseline_m is nan"),
    ],
)
def test_a_damaged_camera_of_cityscapes_is_named(tmp_path: Path, trees: ModuleType, content: str, message: str):
    put_cityscapes(tmp_path, trees)
    (tmp_path / "camera/train/aachen/aachen_000007_000019_camera.json").write_text(content)
    with pytest.raises(SampleError, match=rf"_camera\.json:? {message}"):
        load_sample(scenes_of(tmp_path)[1][0])


def test_a_missing_view_of_cityscapes_is_named(tmp_path: Path, trees: ModuleType):
    put_cityscapes(tmp_path, trees)
    (tmp_path / "rightImg8bit/train/aachen/aachen_000007_000019_rightImg8bit.png").unlink()
    with pytest.raises(SampleError, match=r"_leftImg8bit\.png has no right image"):
        scenes_of(tmp_path)


def test_other_names_in_a_city_are_said(tmp_path: Path, trees: ModuleType):
    for side in ("left", "right"):
        write_image(tmp_path / f"{side}Img8bit/train/aachen/a_b_{side}Img8bit.png", trees.pixels(1))
    with pytest.raises(SampleError, match="'a_b' is not CITY_SEQ_FRAME"):
        scenes_of(tmp_path)


# --- DrivingStereo ---

DATE = "2018-07-11-14-48-52"
FRAME = f"{DATE}_2018-07-11-14-50-08-769"


def driving_calibration(scale: int) -> str:
    """Cameras 101 and 103, 0.5 m apart; the last column of P_rect_103 is not scaled, as in the real files."""
    matrix = f"{20 * scale} 0 {4.5 * scale} {{}} 0 {20 * scale} {2.5 * scale} 0 0 0 1 0"
    turned = "0 0 1 0 1 0 -1 0 0"
    return "\n".join(
        (
            f"S_rect_101: {10 * scale} {6 * scale}",
            "R_101: 1 0 0 0 1 0 0 0 1",
            "T_101: 0 0 0",
            f"R_103: {turned}",
            "T_103: 0 -0.3 0.4",
            f"P_rect_101: {matrix.format(0)}",
            f"P_rect_103: {matrix.format(-20)}",
        )
    )


def put_driving(root: Path, trees: ModuleType, pattern: str, *, scale: int = 1) -> None:
    """One pair with truth; `pattern` has {} for what the folder holds."""
    for seed, what in enumerate(("left-image", "right-image")):
        write_image(root / pattern.format(what) / f"{FRAME}.png", trees.pixels(seed, 6 * scale, 10 * scale))
    values = np.full((6 * scale, 10 * scale), 512, np.uint16)
    trees.put_bytes(root / pattern.format("disparity-map") / f"{FRAME}.png", encoded_png(values))


@pytest.mark.parametrize(
    "pattern, calibration, opened, key",
    [
        (f"train-{{}}/{DATE}", "half-image-calib", ".", f"{DATE}/{FRAME}"),
        (f"train-{{}}/{DATE}", "calib/half-image-calib", ".", f"{DATE}/{FRAME}"),
        (f"train-{{}}/{DATE}", "half-image-calib", "train-left-image", f"{DATE}/{FRAME}"),
        ("test-{0}/{0}-half-size", "test-calib/half-image-calib", ".", FRAME),
        ("rainy/{}-half-size", "half-image-calib", ".", f"rainy/{FRAME}"),
        ("rainy/{}-half-size", "half-image-calib/half-image-calib", "rainy", FRAME),
    ],
)
def test_driving_stereo(tmp_path: Path, trees: ModuleType, pattern: str, calibration: str, opened: str, key: str):
    put_driving(tmp_path, trees, pattern)
    trees.put_text(tmp_path / calibration / f"{DATE}.txt", driving_calibration(1))
    layout, (scene,) = scenes_of(tmp_path / opened)
    assert (layout.name, scene.key) == ("drivingstereo", key)
    sample, truth = load_sample(scene, neighbours=(1,)), load_truth(scene)
    assert truth.disparity.unique().item() == 2  # 512 / 256
    assert not torch.equal(sample.image, sample.right)
    assert not sample.neighbours
    assert sample.camera.focal_x.item() == 20
    assert sample.baseline.item() == pytest.approx(0.5)


def test_driving_stereo_at_full_size_counts_half_as_much(tmp_path: Path, trees: ModuleType):
    put_driving(tmp_path, trees, "rainy/{}-full-size", scale=110)  # 1100 columns
    for size, scale in (("full", 110), ("half", 55)):
        trees.put_text(tmp_path / f"{size}-image-calib/{DATE}.txt", driving_calibration(scale))
    (scene,) = scenes_of(tmp_path)[1]
    assert load_truth(scene).disparity.unique().item() == 4  # 512 / 128
    assert load_sample(scene).camera.focal_x.item() == 2200


def test_a_missing_view_and_a_damaged_calibration_of_driving_stereo(tmp_path: Path, trees: ModuleType):
    put_driving(tmp_path, trees, f"train-{{}}/{DATE}")
    trees.put_text(tmp_path / f"half-image-calib/{DATE}.txt", driving_calibration(1).replace("T_103: 0 -0.3 0.4", ""))
    with pytest.raises(SampleError, match=r"2018-07-11-14-48-52\.txt has no entry 'T_103'"):
        load_sample(scenes_of(tmp_path)[1][0])
    (tmp_path / f"train-right-image/{DATE}/{FRAME}.png").unlink()
    with pytest.raises(SampleError, match="has no right image"):
        scenes_of(tmp_path)


# --- Middlebury 2006 ---


@pytest.mark.parametrize("rows, scale", [(1110, 1), (555, 2), (370, 3)])
def test_middlebury_2006_scales_with_its_size(tmp_path: Path, trees: ModuleType, rows: int, scale: int):
    folder = tmp_path / "Aloe"
    for stem in ("view0", "view1", "view5"):
        write_image(folder / f"{stem}.png", np.zeros((rows, 8, 3), np.uint8))
    trees.put_bytes(folder / "disp1.png", encoded_png(np.full((rows, 8), 120, np.uint8)))
    trees.put_text(folder / "dmin.txt", "270\n")
    for opened in (tmp_path, folder):
        layout, (scene,) = scenes_of(opened)
        assert (layout.name, scene.key, scene.left.name) == ("middlebury2006", "Aloe", "view1.png")
    sample, truth = load_sample(scene), load_truth(scene)
    assert truth.disparity.unique().item() == 120 / scale
    depth = depth_from_disparity(truth.disparity, sample.camera, sample.baseline, doffs=sample.doffs())
    # Depth does not depend on the size: 3740 px * 0.16 m / (120 + 270) px.
    assert depth.unique().tolist() == pytest.approx([3740 * 0.16 / 390])


def test_middlebury_2006_that_is_incomplete_or_resized(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "view1.png", tmp_path / "view5.png")
    trees.put_bytes(tmp_path / "disp1.png", encoded_png(np.ones((6, 10), np.uint8)))
    trees.put_text(tmp_path / "dmin.txt", "9" * 5000)
    assert detect(tmp_path).name == "middlebury2006"
    (scene,) = scenes_of(tmp_path)[1]
    with pytest.raises(SampleError, match=r"disp1\.png has 6 rows; Middlebury 2005 and 2006 state their scale"):
        load_truth(scene)
    for stem in ("view1", "view5"):
        write_image(tmp_path / f"{stem}.png", np.zeros((370, 8, 3), np.uint8))
    with pytest.raises(SampleError, match=r"dmin\.txt must hold one whole number"):
        load_sample(scene)
    (tmp_path / "view1.png").rename(tmp_path / "lost.png")
    with pytest.raises(SampleError, match=r"holds no view1, its left image"):
        scene.calibration.read()
    (tmp_path / "lost.png").rename(tmp_path / "view1.png")
    (tmp_path / "view5.png").unlink()
    with pytest.raises(SampleError, match="holds no view5, its right image"):
        scenes_of(tmp_path)
