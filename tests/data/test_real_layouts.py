"""The sample folder: every stereo set opens with the numbers that its description states."""

from pathlib import Path

import pytest

from wilddepth.data.layouts.catalog import scenes_of
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import SampleError
from wilddepth.formats.calibration import middlebury

pytestmark = pytest.mark.realdata


@pytest.mark.parametrize(
    "folder, layout, count, first_key, size",
    [
        ("karlsruhe", "karlsruhe", 56, "000000", (372, 1344)),
        ("kitti2015", "kitti_stereo", 12, "000001_10", (375, 1242)),
        ("kitti2015/training", "kitti_stereo", 12, "000001_10", (375, 1242)),
        ("kitti_odometry", "kitti_odometry", 10, "02/000000", (376, 1241)),
        ("kitti_odometry/sequences/02", "kitti_odometry", 10, "000000", (376, 1241)),
        ("kitti_raw", "kitti_raw", 1, "2011_09_26_drive_0001_sync/0000000005", (375, 1242)),
        ("kitti_raw/2011_09_26", "kitti_raw", 1, "2011_09_26_drive_0001_sync/0000000005", (375, 1242)),
        ("middlebury/2003", "middlebury2003", 1, "cones", (375, 450)),
        ("middlebury/2003/cones", "middlebury2003", 1, "cones", (375, 450)),
        ("middlebury/2014", "middlebury2014", 1, "motorcycle", (500, 741)),
        ("eth3d_twoview", "eth3d", 1, "playground", (490, 941)),
        ("eth3d_twoview/playground", "eth3d", 1, "playground", (490, 941)),
        ("sceneflow_flyingthings", "sceneflow", 1, "0", (540, 960)),
    ],
)
def test_layout_and_scenes(realdata: Path, folder: str, layout: str, count: int, first_key: str, size: tuple[int, int]):
    found, scenes = scenes_of(realdata / folder)
    assert (found.name, len(scenes), scenes[0].key) == (layout, count, first_key)
    sample = load_sample(scenes[0])
    assert sample.size == size
    # Pictures, not noise or an empty buffer, and two of them: the same street from two places.
    assert 0.15 < sample.image.mean().item() < 0.75
    assert 0 < (sample.image - sample.right).abs().mean().item() < 0.25


@pytest.mark.parametrize(
    "folder, focal, centre_x, centre_y, baseline, doffs",
    [
        ("karlsruhe", 645.2401, 635.9587, 194.1291, 0.57074, 0.0),
        ("kitti2015", 721.5377, 609.5593, 172.8540, 384.381 / 721.5377, 0.0),
        ("kitti_odometry", 718.856, 607.1928, 185.2157, 382.6699 / 718.856, 0.0),
        ("kitti_raw", 721.5377, 609.5593, 172.8540, 384.381 / 721.5377, 0.0),
        ("middlebury/2014", 994.978, 311.193, 254.877, 0.193001, 31.086),
        ("eth3d_twoview", 542.019, 541.836, 255.198, 0.0595549, 0.0),
    ],
)
def test_calibration(
    realdata: Path, folder: str, focal: float, centre_x: float, centre_y: float, baseline: float, doffs: float
):
    scenes = scenes_of(realdata / folder)[1]
    for scene in (scenes[0], scenes[-1]):
        sample = load_sample(scene)
        assert sample.camera.focal_x.item() == pytest.approx(focal, rel=1e-6)
        assert sample.camera.centre_x.item() == pytest.approx(centre_x, abs=1e-3)
        assert sample.camera.centre_y.item() == pytest.approx(centre_y, abs=1e-3)
        assert sample.baseline.item() == pytest.approx(baseline, abs=1e-5)
        assert sample.doffs().item() == pytest.approx(doffs, abs=1e-3)


@pytest.mark.parametrize("folder", ["middlebury/2003", "sceneflow_flyingthings"])
def test_sets_without_calibration(realdata: Path, folder: str):
    sample = load_sample(scenes_of(realdata / folder)[1][0])
    assert sample.camera is None
    assert sample.baseline is None


# Counted on the files with other software (NumPy on PIL, OpenCV); largest and smallest disparity in px.
@pytest.mark.parametrize(
    "folder, density, smallest, largest",
    [
        ("kitti2015", 0.22788, 4.6953, 78.4844),
        ("middlebury/2003", 0.96783, 5.5, 55.0),
        ("middlebury/2014", 0.92652, 7.1914, 59.9090),
        ("eth3d_twoview", 0.49633, 2.1274, 20.0012),
        ("sceneflow_flyingthings", 1.0, None, 75.8834),
    ],
)
def test_truth(realdata: Path, folder: str, density: float, smallest: float | None, largest: float):
    truth = load_truth(scenes_of(realdata / folder)[1][0])
    values = truth.disparity[truth.valid]
    assert truth.valid.float().mean().item() == pytest.approx(density, abs=1e-5)
    assert values.max().item() == pytest.approx(largest, abs=1e-3)
    assert values.min().item() > 0
    if smallest is not None:
        assert values.min().item() == pytest.approx(smallest, abs=1e-3)
    assert truth.occluded is None


@pytest.mark.parametrize(
    "folder", ["kitti2015", "middlebury/2003", "middlebury/2014", "eth3d_twoview", "sceneflow_flyingthings"]
)
def test_truth_matches_the_pictures_better_than_any_other_sign_or_row_order(realdata: Path, folder: str):
    scene = scenes_of(realdata / folder)[1][0]
    sample, truth = load_sample(scene), load_truth(scene)

    def mismatch(disparity, valid) -> float:
        """Mean difference of left column x and right column x - d over valid pixels inside."""
        row, column = valid[0, 0].nonzero(as_tuple=True)
        match = (column - disparity[0, 0, row, column].round()).long()
        inside = (match >= 0) & (match < sample.size[1])
        row, column, match = row[inside], column[inside], match[inside]
        return (sample.image[0, :, row, column] - sample.right[0, :, row, match]).abs().mean().item()

    right = mismatch(truth.disparity, truth.valid)
    assert right < 0.7 * mismatch(-truth.disparity, truth.valid)
    assert right < 0.8 * mismatch(truth.disparity.flip(-2), truth.valid.flip(-2))


@pytest.mark.parametrize("folder", ["karlsruhe", "kitti_odometry", "kitti_raw"])
def test_sets_without_truth(realdata: Path, folder: str):
    assert load_truth(scenes_of(realdata / folder)[1][0]) is None


def test_unrectified_pairs_are_marked(realdata: Path):
    for folder in ("euroc_v1_01_micro", "euroc_v1_01_micro/mav0"):
        layout, scenes = scenes_of(realdata / folder)
        assert layout.name == "euroc"
        assert [scene.rectified for scene in scenes] == [False] * 3
        # data.csv lists 11 rows of the recording; the three pictures are the ones numbered 8 to 10, 0.2 s apart
        assert [scene.frame for scene in scenes] == [8, 9, 10]
        assert load_sample(scenes[1]).timestamps.item() == pytest.approx(1.8, abs=1e-6)


@pytest.mark.parametrize(
    "folder",
    ["mono_videos", "surgical_stereo/video_sbs", "kitti_object", "middlebury/2014/Bicycle"],
)
def test_what_is_no_stereo_set_is_refused_with_what_was_seen(realdata: Path, folder: str):
    with pytest.raises(SampleError, match="has no layout that is known; seen: "):
        scenes_of(realdata / folder)


def test_the_calibration_of_another_rectification_is_not_bent_to_fit(realdata: Path):
    path = realdata / "middlebury/2014/motorcycle/calib_fullres_2964x1988.txt"
    calibration = middlebury.read(path)
    assert calibration.doffs == pytest.approx(131.111)
    with pytest.raises(SampleError, match="describes 2964x1988 images but these are 741x500"):
        calibration.for_size(741, 500, path)


def test_the_calibration_of_a_scene_without_pictures_is_read(realdata: Path):
    calibration = middlebury.read(realdata / "middlebury/2014/Bicycle/calib.txt")
    assert calibration.doffs == pytest.approx(81.931, abs=2e-3)
    assert calibration.baseline_m == pytest.approx(0.173557)
