"""Every layout on a small data set made on the spot."""

import pickle
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from wilddepth.data import layouts
from wilddepth.data.layouts.catalog import LAYOUTS, detect, scenes_of
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import SampleError
from wilddepth.formats.array import write_array
from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.formats.pfm import write_pfm
from wilddepth.geometry.disparity import depth_from_disparity


def keys(folder: Path) -> list[str]:
    return [scene.key for scene in scenes_of(folder)[1]]


def test_the_table_of_layouts_is_complete():
    files = [path for path in Path(layouts.__file__).parent.glob("*.py") if "\nLAYOUT = " in path.read_text()]
    assert len(files) >= 17
    assert set(LAYOUTS) == {path.stem for path in files}
    assert list(LAYOUTS)[-1] == "pairs"  # the general one is asked last


def test_pictures_become_a_sample_of_floats(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "left/a.png", tmp_path / "right/a.png", seed=4)
    (scene,) = scenes_of(tmp_path)[1]
    sample = load_sample(scene)
    expected = trees.pixels(4).transpose(2, 0, 1)[None] / np.float32(255)
    np.testing.assert_array_equal(sample.image.numpy(), expected)
    np.testing.assert_array_equal(sample.right.numpy(), trees.pixels(5).transpose(2, 0, 1)[None] / np.float32(255))
    assert sample.image.dtype == torch.float32
    assert sample.keys == ("a",)
    assert sample.camera is None
    assert sample.baseline is None
    assert load_truth(scene) is None


@pytest.mark.parametrize("training", ["", "training"])
def test_kitti_2015(tmp_path: Path, trees: ModuleType, training: str):
    folder = trees.kitti2015(tmp_path) / training
    layout, scenes = scenes_of(folder)
    assert layout.name == "kitti_stereo"
    assert [scene.key for scene in scenes] == ["000000_10", "000001_10"]
    sample, truth = load_sample(scenes[1]), load_truth(scenes[1])
    assert sample.baseline.item() == pytest.approx(12 / 20)
    assert sample.camera.focal_x.item() == 20
    assert sample.doffs().item() == 0
    np.testing.assert_array_equal(sample.image[0, 0].numpy() * 255, trees.pixels(20)[:, :, 0])
    expected = trees.known_disparity()
    np.testing.assert_array_equal(truth.valid[0, 0].numpy(), ~np.isnan(expected))
    np.testing.assert_array_equal(truth.disparity[0, 0].numpy(), np.nan_to_num(expected))
    # occluded: known to "occ", unknown to "noc"
    np.testing.assert_array_equal(
        truth.occluded[0, 0].numpy(), ~np.isnan(expected) & np.isnan(trees.visible_disparity())
    )
    np.testing.assert_array_equal(truth.visible().valid[0, 0].numpy(), ~np.isnan(trees.visible_disparity()))
    assert truth.foreground.sum() == 2 * 5


def test_kitti_truth_of_visible_pixels_alone_says_nothing_about_occlusion(tmp_path: Path, trees: ModuleType):
    folder = trees.kitti2015(tmp_path)
    for path in (folder / "training/disp_occ_0").iterdir():
        path.unlink()
    truth = load_truth(scenes_of(folder)[1][0])
    assert truth.occluded is None
    np.testing.assert_array_equal(truth.valid[0, 0].numpy(), ~np.isnan(trees.visible_disparity()))


def test_kitti_2012_takes_the_colour_pair_and_its_cameras(tmp_path: Path, trees: ModuleType):
    (scene,) = scenes_of(trees.kitti2012(tmp_path))[1]
    sample, truth = load_sample(scene), load_truth(scene)
    assert scene.left.parent.name == "colored_0"
    assert sample.camera.centre_x.item() == 4.5
    assert sample.baseline.item() == pytest.approx(0.6)
    assert truth.occluded.sum() == 5 * 3


def test_kitti_2012_grey_alone_takes_the_grey_cameras(tmp_path: Path, trees: ModuleType):
    folder = trees.kitti2012(tmp_path) / "training"
    for name in ("colored_0", "colored_1"):
        (folder / name / "000007_10.png").unlink()
    (scene,) = scenes_of(folder)[1]
    assert scene.left.parent.name == "image_0"
    assert load_sample(scene).baseline.item() == pytest.approx(0.5)


@pytest.mark.parametrize("place", ["", "training"], ids=["beside training", "inside training"])
def test_one_calibration_of_the_day_serves_all_kitti_frames(tmp_path: Path, trees: ModuleType, place: str):
    folder = trees.kitti2015(tmp_path)
    for path in (folder / "training/calib_cam_to_cam").iterdir():
        path.unlink()
    trees.put_text(folder / place / "calib_cam_to_cam_2011_09_26.txt", trees.KITTI_DAY)
    for opened in (folder, folder / "training"):
        assert load_sample(scenes_of(opened)[1][0]).baseline.item() == pytest.approx(0.6)


def test_two_days_of_calibration_are_ambiguous(tmp_path: Path, trees: ModuleType):
    folder = trees.kitti2015(tmp_path)
    for day in ("2011_09_26", "2011_09_28"):
        trees.put_text(folder / f"calib_cam_to_cam_{day}.txt", trees.KITTI_DAY)
    with pytest.raises(SampleError, match="holds 2 calib_cam_to_cam files; keep the one of the day"):
        scenes_of(folder)


def test_a_calibration_of_another_camera_is_refused(tmp_path: Path, trees: ModuleType):
    folder = trees.kitti2015(tmp_path)
    trees.put_text(folder / "training/calib_cam_to_cam/000000.txt", trees.KITTI_DAY.replace("10 6", "11 6"))
    with pytest.raises(SampleError, match=r"000000\.txt describes 11x6 images but these are 10x6"):
        load_sample(scenes_of(folder)[1][0])


def test_kitti_odometry(tmp_path: Path, trees: ModuleType):
    sequence = tmp_path / "sequences/02"
    for frame in (0, 1, 2):
        trees.put_pair(sequence / f"image_2/{frame:06d}.png", sequence / f"image_3/{frame:06d}.png")
    trees.put_text(sequence / "calib.txt", trees.KITTI_CALIBRATION)
    assert detect(tmp_path).name == "kitti_odometry"
    assert keys(tmp_path) == keys(tmp_path / "sequences") == ["02/000000", "02/000001", "02/000002"]
    assert keys(sequence) == ["000000", "000001", "000002"]
    assert load_sample(scenes_of(sequence)[1][0]).baseline.item() == pytest.approx(0.6)


def test_kitti_raw(tmp_path: Path, trees: ModuleType):
    day = tmp_path / "2011_09_26"
    drive = day / "2011_09_26_drive_0001_sync"
    for frame in (5, 107):  # numbers have gaps
        name = f"data/{frame:010d}.png"
        trees.put_pair(drive / "image_02" / name, drive / "image_03" / name)
    trees.put_text(day / "calib_cam_to_cam.txt", trees.KITTI_DAY)
    for opened in (tmp_path, day):
        assert keys(opened) == [f"{drive.name}/0000000005", f"{drive.name}/0000000107"]
    assert keys(drive) == ["0000000005", "0000000107"]
    for opened in (tmp_path, day, drive):
        assert detect(opened).name == "kitti_raw"
        assert load_sample(scenes_of(opened)[1][0]).baseline.item() == pytest.approx(0.6)


def test_karlsruhe_is_grey_and_uses_the_cropped_matrices(tmp_path: Path, trees: ModuleType):
    for number in (0, 1, 10, 2):
        for view in ("I1", "I2"):
            Image.fromarray(trees.pixels(number)[:, :, 0]).save(tmp_path / f"{view}_{number:06d}.png")
    matrix = "20 0 {} {} 0 20 {} 0 0 0 1 0"
    lines = [
        "roi: 26 35 70 75",
        f"P1: {matrix.format(30.5, 0, 72.5)}",
        f"P2: {matrix.format(30.5, -12, 72.5)}",
        f"P1_roi: {matrix.format(4.5, 0, 2.5)}",
        f"P2_roi: {matrix.format(4.5, -12, 2.5)}",
    ]
    trees.put_text(tmp_path / "2010_03_09_drive_0019_calib.txt", "\n".join(lines))
    layout, scenes = scenes_of(tmp_path)
    sample = load_sample(scenes[0])
    assert layout.name == "karlsruhe"
    assert [scene.key for scene in scenes] == ["000000", "000001", "000002", "000010"]
    assert sample.camera.centre_x.item() == 4.5
    assert sample.baseline.item() == pytest.approx(0.6)
    assert torch.equal(sample.image[:, 0], sample.image[:, 2])
    trees.put_text(tmp_path / "another_calib.txt", "\n".join(lines))
    with pytest.raises(SampleError, match="holds 2 calibration files"):
        scenes_of(tmp_path)


def test_middlebury_2014_has_doffs_and_depth_follows(tmp_path: Path, trees: ModuleType):
    folder = trees.numbered_scene(tmp_path / "chair", trees.MIDDLEBURY_CALIBRATION)
    layout, (scene,) = scenes_of(folder)
    sample, truth = load_sample(scene), load_truth(scene)
    assert (layout.name, scene.key) == ("middlebury2014", "chair")
    assert sample.doffs().item() == 2
    assert sample.baseline.item() == pytest.approx(0.1)
    depth = depth_from_disparity(truth.disparity, sample.camera, sample.baseline, doffs=sample.doffs())
    assert depth[0, 0, 1, 3].item() == pytest.approx(20 * 0.1 / (3.25 + 2))


def test_a_folder_of_scenes_gives_them_by_name_and_passes_over_folders_without_pictures(
    tmp_path: Path, trees: ModuleType
):
    for seed, name in enumerate(("table10", "table9", "chair")):
        trees.numbered_scene(tmp_path / name, trees.MIDDLEBURY_CALIBRATION, seed=seed)
    trees.put_text(tmp_path / "bicycle/calib.txt", trees.MIDDLEBURY_CALIBRATION)
    trees.put_text(tmp_path / "README.txt", "scenes")
    assert detect(tmp_path).name == "middlebury2014"
    assert keys(tmp_path) == ["chair", "table9", "table10"]


def test_a_middlebury_calibration_at_full_size_serves_pictures_at_half_size(tmp_path: Path, trees: ModuleType):
    full = "cam0=[40 0 9.5; 0 40 5.5; 0 0 1]\ncam1=[40 0 13.5; 0 40 5.5; 0 0 1]\nbaseline=100\nwidth=20\nheight=12\n"
    sample = load_sample(scenes_of(trees.numbered_scene(tmp_path / "a", full))[1][0])
    assert (sample.camera.focal_x.item(), sample.doffs().item()) == (20, 2)
    assert sample.camera.centre_x.item() == 4.5  # the middle stays the middle


def test_the_motorcycle_that_scikit_image_carries(tmp_path: Path, trees: ModuleType):
    left, right = (tmp_path / f"motorcycle/motorcycle_{side}.png" for side in ("left", "right"))
    for path in (left, right):
        write_image(path, np.zeros((500, 741, 3), np.uint8))
    write_array(tmp_path / "motorcycle/motorcycle_disp.npz", np.full((500, 741), np.inf, np.float32))
    # The scene's own file, of another rectification, is not used for it.
    trees.put_text(tmp_path / "motorcycle/calib_fullres_2964x1988.txt", trees.MIDDLEBURY_CALIBRATION)
    for folder in (tmp_path, tmp_path / "motorcycle"):
        layout, (scene,) = scenes_of(folder)
        sample, truth = load_sample(scene), load_truth(scene)
        assert layout.name == "middlebury2014"
        assert sample.camera.focal_x.item() == pytest.approx(994.978)
        assert sample.doffs().item() == pytest.approx(31.086, abs=1e-4)
        assert not truth.valid.any()


def test_eth3d_is_told_by_its_calibration_and_its_mask_gives_occlusion(tmp_path: Path, trees: ModuleType):
    folder = trees.numbered_scene(tmp_path / "playground", trees.ETH3D_CALIBRATION, truth="disp0GT.pfm")
    mask = np.full((6, 10), 255, np.uint8)
    mask[:, :3] = 128
    (folder / "mask0nocc.png").write_bytes(encoded_png(mask))
    for opened in (tmp_path, folder):
        layout, (scene,) = scenes_of(opened)
        truth = load_truth(scene)
        assert (layout.name, scene.key) == ("eth3d", "playground")
        assert load_sample(scene).doffs().item() == 0
        np.testing.assert_array_equal(truth.occluded[0, 0].numpy(), truth.valid[0, 0].numpy() & (mask != 255))
        assert truth.occluded.sum() == 5 * 3


@pytest.mark.parametrize("width, scale", [(450, 4), (900, 2), (1800, 1)])
def test_middlebury_2003_scales_its_truth_by_its_size(tmp_path: Path, trees: ModuleType, width: int, scale: int):
    for stem in ("im0", "im1", "im2", "im6"):  # the nine-view folders have im0 to im8
        write_image(tmp_path / f"cones/{stem}.png", trees.pixels(1, 6, width))
    (tmp_path / "cones/disp2.png").write_bytes(encoded_png(np.full((6, width), 100, np.uint8)))
    layout, (scene,) = scenes_of(tmp_path / "cones")
    assert (layout.name, scene.key, scene.left.name) == ("middlebury2003", "cones", "im2.png")
    assert load_truth(scene).disparity.unique().item() == 100 / scale
    assert load_sample(scene).camera is None


def test_middlebury_2003_of_an_unknown_size_is_refused(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "im2.png", tmp_path / "im6.png")
    (tmp_path / "disp2.png").write_bytes(encoded_png(np.ones((6, 10), np.uint8)))
    (scene,) = scenes_of(tmp_path)[1]
    assert load_sample(scene).image.shape == (1, 3, 6, 10)
    with pytest.raises(SampleError, match=r"disp2\.png is 10 px wide; Middlebury 2003 states the scale"):
        load_truth(scene)


@pytest.mark.parametrize("passes", ["frames_cleanpass", "frames_finalpass"])
def test_sceneflow_of_flyingthings(tmp_path: Path, trees: ModuleType, passes: str):
    for number in (6, 7):
        place = tmp_path / passes / "TRAIN/A/0000"
        trees.put_pair(place / f"left/{number:04d}.png", place / f"right/{number:04d}.png")
        write_pfm(tmp_path / f"disparity/TRAIN/A/0000/left/{number:04d}.pfm", trees.known_disparity())
    layout, scenes = scenes_of(tmp_path)
    assert layout.name == "sceneflow"
    assert [scene.key for scene in scenes] == ["TRAIN/A/0000/0006", "TRAIN/A/0000/0007"]
    np.testing.assert_array_equal(load_truth(scenes[0]).disparity[0, 0].numpy(), np.nan_to_num(trees.known_disparity()))


def test_sceneflow_subset_with_a_minus_sign_is_made_positive(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "image_clean/left/0000000.png", tmp_path / "image_clean/right/0000000.png")
    write_pfm(tmp_path / "disparity/left/0000000.pfm", -trees.known_disparity())
    layout, (scene,) = scenes_of(tmp_path)
    assert (layout.name, scene.key) == ("sceneflow", "0000000")
    np.testing.assert_array_equal(load_truth(scene).disparity[0, 0].numpy(), np.nan_to_num(trees.known_disparity()))


@pytest.mark.parametrize(
    "left, right, key",
    [
        ("left/0001.png", "right/0001.png", "0001"),
        ("left/left_0001.jpg", "right/right_0001.png", "0001"),
        ("street_left.png", "street_right.png", "street"),
        ("left_07.png", "right_07.jpg", "07"),
        ("Left.png", "Right.png", "pair"),
        ("cam-left-3.png", "cam-right-3.png", "cam-3"),
    ],
)
def test_own_pairs_are_found_by_their_names(tmp_path: Path, trees: ModuleType, left: str, right: str, key: str):
    smooth = np.full((6, 10, 3), 90, np.uint8)
    for name in (left, right):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(smooth).save(tmp_path / name)
    layout, (scene,) = scenes_of(tmp_path)
    assert (layout.name, scene.key) == ("pairs", key)
    assert scene.left == tmp_path / left
    assert scene.right == tmp_path / right


def test_a_name_that_only_contains_the_word_is_no_side(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "cleft.png", tmp_path / "bright.png")
    with pytest.raises(SampleError, match="has no layout that is known"):
        scenes_of(tmp_path)


@pytest.mark.parametrize("text, doffs", [("MIDDLEBURY_CALIBRATION", 2), ("KITTI_CALIBRATION", 0), ("KITTI_DAY", 0)])
def test_own_pairs_take_a_calibration_beside_them(tmp_path: Path, trees: ModuleType, text: str, doffs: float):
    trees.put_pair(tmp_path / "left/a.png", tmp_path / "right/a.png")
    trees.put_text(tmp_path / "calib.txt", getattr(trees, text))
    sample = load_sample(scenes_of(tmp_path)[1][0])
    assert sample.camera.focal_x.item() == 20
    assert sample.doffs().item() == doffs


@pytest.mark.parametrize("suffix", [".png", ".pfm", ".npy", ".npz"])
@pytest.mark.parametrize("folder", ["disparity", "disp"])
def test_own_pairs_take_truth_beside_them(tmp_path: Path, trees: ModuleType, suffix: str, folder: str):
    trees.put_pair(tmp_path / "left/a.png", tmp_path / "right/a.png")
    trees.put_pair(tmp_path / "left/b.png", tmp_path / "right/b.png")
    (tmp_path / folder).mkdir()
    write = {".png": write_kitti_disparity, ".pfm": write_pfm}.get(suffix, write_array)
    write(tmp_path / folder / f"b{suffix}", trees.known_disparity())
    first, second = scenes_of(tmp_path)[1]
    assert not first.has_truth
    assert load_truth(first) is None
    np.testing.assert_array_equal(load_truth(second).disparity[0, 0].numpy(), np.nan_to_num(trees.known_disparity()))


def test_own_pairs_in_one_folder_take_truth_beside_them(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "street_left.png", tmp_path / "street_right.png")
    write_pfm(tmp_path / "street_disp.pfm", trees.known_disparity())
    assert load_truth(scenes_of(tmp_path)[1][0]).valid.sum() == 50


def test_a_folder_of_trips_gives_the_pairs_of_all(tmp_path: Path, trees: ModuleType):
    for trip in ("trip1", "trip2"):
        trees.put_pair(tmp_path / trip / "left/1.png", tmp_path / trip / "right/1.png")
    assert keys(tmp_path) == ["trip1/1", "trip2/1"]


def test_a_picture_there_twice_is_taken_without_losses(tmp_path: Path, trees: ModuleType):
    trees.put_pair(tmp_path / "left/a.png", tmp_path / "right/a.png")
    Image.fromarray(trees.pixels(9)).save(tmp_path / "left/a.jpg")
    (tmp_path / "left/._a.png").write_bytes(b"a shadow of another system")
    (scene,) = scenes_of(tmp_path)[1]
    assert scene.left.name == "a.png"


def test_scenes_can_be_sent_to_another_process(tmp_path: Path, trees: ModuleType):
    trees.numbered_scene(tmp_path / "a", trees.MIDDLEBURY_CALIBRATION)
    trees.kitti2015(tmp_path / "b")
    for folder in ("a", "b"):
        scene = scenes_of(tmp_path / folder)[1][0]
        again = pickle.loads(pickle.dumps(scene))
        assert again == scene
        assert torch.equal(load_sample(again).image, load_sample(scene).image)
