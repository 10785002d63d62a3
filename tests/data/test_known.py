"""The table of data sets: complete, honest about what it does not know, and right about what is on disk."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tiny import write_pairs
from wilddepth.data.known.catalog import DATASETS, dataset_named
from wilddepth.data.known.check import take_stock
from wilddepth.data.known.page import page
from wilddepth.data.layouts.catalog import LAYOUTS
from wilddepth.errors import ConfigError, SampleError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"
WITH_FOLDER = [name for name, dataset in DATASETS.items() if dataset.parts]


POSED = {"fl_x": 50, "w": 8, "h": 8, "frames": [{"file_path": "images/1.jpg", "transform_matrix": np.eye(4).tolist()}]}


def files(root: Path, *names: str) -> Path:
    """Empty files, as the check looks at names; but a list of pictures has to name them."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps(POSED) if name == "transforms.json" else "")
    return root


# What a whole one looks like, file by file, as the layouts' own descriptions say; the parts in the table's order.
WHOLE: dict[str, Sequence[str]] = {
    "kitti_stereo": (
        "training/image_2/000000_10.png",
        "training/image_3/000000_10.png",
        "training/calib_cam_to_cam/000000.txt",
        "training/disp_occ_0/000000_10.png",
    ),
    "kitti_raw": (
        "2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000005.png",
        "2011_09_26/2011_09_26_drive_0001_sync/image_03/data/0000000005.png",
        "2011_09_26/calib_cam_to_cam.txt",
    ),
    "kitti_odometry": (
        "sequences/02/image_2/000000.png",
        "sequences/02/image_3/000000.png",
        "sequences/02/calib.txt",
        "poses/02.txt",
    ),
    "kitti_depth": (
        "train/2011_09_26_drive_0001_sync/proj_depth/groundtruth/image_02/0000000005.png",
        "2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000005.png",
        "2011_09_26/2011_09_26_drive_0001_sync/image_03/data/0000000005.png",
        "2011_09_26/calib_cam_to_cam.txt",
    ),
    "kitti_object": ("training/image_2/000000.png", "training/image_3/000000.png", "training/calib/000000.txt"),
    "karlsruhe": ("I1_000000.png", "I2_000000.png", "2010_03_09_drive_0019_calib.txt", "insdata.txt"),
    "middlebury2003": ("cones/im2.png", "cones/im6.png", "cones/disp2.png"),
    "middlebury2006": ("Aloe/view1.png", "Aloe/view5.png", "Aloe/dmin.txt", "Aloe/disp1.png"),
    "middlebury2014": (
        "trainingQ/Piano/im0.png",
        "trainingQ/Piano/im1.png",
        "trainingQ/Piano/calib.txt",
        "trainingQ/Piano/disp0GT.pfm",
    ),
    "eth3d": ("playground_1l/im0.png", "playground_1l/im1.png", "playground_1l/calib.txt", "playground_1l/disp0GT.pfm"),
    "sceneflow": (
        "frames_cleanpass/TRAIN/A/0000/left/0006.png",
        "frames_cleanpass/TRAIN/A/0000/right/0006.png",
        "disparity/TRAIN/A/0000/left/0006.pfm",
    ),
    "drivingstereo": (
        "rainy/left-image-half-size/2018-08-17-09-45-58_2018-08-17-10-12-14-082.jpg",
        "rainy/right-image-half-size/2018-08-17-09-45-58_2018-08-17-10-12-14-082.jpg",
        "half-image-calib/2018-08-17-09-45-58.txt",
        "rainy/disparity-map-half-size/2018-08-17-09-45-58_2018-08-17-10-12-14-082.png",
    ),
    "cityscapes": (
        "leftImg8bit/train/ulm/ulm_000000_000019_leftImg8bit.png",
        "rightImg8bit/train/ulm/ulm_000000_000019_rightImg8bit.png",
        "camera/train/ulm/ulm_000000_000019_camera.json",
        "disparity/train/ulm/ulm_000000_000019_disparity.png",
    ),
    "euroc": (
        "mav0/cam0/data/1403715277562142976.png",
        "mav0/cam1/data/1403715277562142976.png",
        "mav0/cam1/sensor.yaml",
        "mav0/state_groundtruth_estimate0/data.csv",
    ),
    "rgbd": ("rgb/1305031102.175304.png", "depth/1305031102.160407.png", "groundtruth.txt"),
    "pairs": ("left/1.png", "right/1.png", "calib.txt", "disparity/1.pfm"),
    "photos": ("transforms.json", "images/1.jpg"),
}


def test_every_layout_is_in_the_table():
    assert set(LAYOUTS) <= set(DATASETS)
    assert {"patterns", "side-by-side", "video-pair"} <= set(DATASETS)
    assert set(WHOLE) == set(WITH_FOLDER)


@pytest.mark.parametrize("name", DATASETS)
def test_an_entry_is_whole(name: str):
    dataset = DATASETS[name]
    assert dataset.name == name
    assert dataset.smallest
    assert dataset.shape
    if dataset.own:
        assert not dataset.downloads
        assert dataset.licence is None
    else:
        assert dataset.page is not None
        assert dataset.page.startswith("https://")
        assert any(download.needed for download in dataset.downloads)
    for download in dataset.downloads:
        assert (download.size is None) == (download.evidence is None)  # no size without saying where it is from
    assert all(part.patterns and part.fetch for part in dataset.parts)


def test_the_page_is_that_of_the_table():
    assert PAGE.read_text() == page(), "run: make docs"


def test_what_is_not_known_is_said_on_the_page():
    text = page()
    for dataset in DATASETS.values():
        assert f"`{dataset.name}`" in text
    unknown = sum(dataset.licence is None and not dataset.own for dataset in DATASETS.values())
    assert text.count("Licence: not verified") == unknown > 0
    assert text.count("size not verified") == sum(
        download.size is None for dataset in DATASETS.values() for download in dataset.downloads
    )


@pytest.mark.parametrize("name", WITH_FOLDER)
def test_a_whole_one_lacks_nothing(name: str, tmp_path: Path):
    found = take_stock(files(tmp_path / "here", *WHOLE[name]), name)
    assert [part.files for part in found.parts] == [1] * len(found.parts)
    assert found.missing is None
    assert found.fetch is None


@pytest.mark.parametrize("name, index", [(name, index) for name in WITH_FOLDER for index in range(len(WHOLE[name]))])
def test_the_part_that_is_missing_is_named_with_what_to_do(name: str, index: int, tmp_path: Path):
    left = [path for place, path in enumerate(WHOLE[name]) if place != index]
    found = take_stock(files(tmp_path / "here", *left), name)
    lost = DATASETS[name].parts[index]
    assert [part.part.name for part in found.parts if part.files == 0] == [lost.name]
    assert found.missing == f"no {lost.name} ({lost.patterns[0]})"
    assert found.fetch is not None
    assert found.fetch.startswith(lost.fetch)
    assert (DATASETS[name].page or "") in found.fetch
    assert not found.usable_for()[lost.use]


def test_pictures_come_before_everything_else():
    """Annotated depth stands first in the table of KITTI depth; without pictures it is of no use."""
    for dataset in DATASETS.values():
        if dataset.parts:
            assert any(part.use == "predict" for part in dataset.parts)


def test_both_views_missing_is_told_as_the_pictures(tmp_path: Path):
    found = take_stock(files(tmp_path / "here", *WHOLE["kitti_stereo"][2:]), "kitti_stereo")
    assert found.missing is not None
    assert found.missing.startswith("no left pictures")
    assert not any(found.usable_for().values())


def test_pairs_are_counted_and_the_layout_is_found_by_looking(tmp_path: Path):
    found = take_stock(write_pairs(tmp_path / "kitti", truth=True))
    assert found.dataset.name == "kitti_stereo"
    assert found.scenes is not None
    assert (found.scenes.count, found.scenes.pairs, found.scenes.calibrated, found.scenes.with_truth) == (2, 2, 2, 2)
    assert found.usable_for() == {"predict": True, "metres": True, "score": True}
    assert found.missing is None


def test_truth_and_calibration_of_some_pairs_only_are_told(tmp_path: Path):
    folder = write_pairs(tmp_path / "kitti", truth=True)
    for kind in ("occ", "noc"):
        (folder / f"training/disp_{kind}_0/000001_10.png").unlink()
    found = take_stock(folder)
    assert found.missing == "truth of 1 of 2"
    (folder / "training/calib_cam_to_cam/000000.txt").unlink()
    assert take_stock(folder).missing == "calibration of 1 of 2"


def test_a_pair_without_its_other_view_is_what_the_layout_says(tmp_path: Path):
    folder = write_pairs(tmp_path / "kitti", truth=True)
    (folder / "training/image_3/000001_10.png").unlink()
    found = take_stock(folder)
    assert found.missing is not None
    assert "000001_10.png has no right image" in found.missing
    assert found.scenes is None
    assert not found.usable_for()["predict"]


def test_unrectified_pairs_are_of_no_use_as_they_are(tmp_path: Path):
    found = take_stock(files(tmp_path / "here", *WHOLE["euroc"]), "euroc")
    assert not any(found.usable_for().values())


def test_one_view_is_not_enough_to_predict(tmp_path: Path):
    found = take_stock(files(tmp_path / "here", *WHOLE["rgbd"]), "rgbd")
    assert found.usable_for() == {"predict": False, "score": True, "sequence": True}


def test_kitti_depth_finds_pictures_beside_it(tmp_path: Path):
    depth, *raw = WHOLE["kitti_depth"]
    files(tmp_path / "depth", depth)
    files(tmp_path / "raw", *raw)
    assert take_stock(tmp_path / "depth", "kitti_depth").missing is None


def test_hidden_files_are_not_counted(tmp_path: Path):
    folder = files(tmp_path / "here", *WHOLE["karlsruhe"], "left/.1.png")
    assert take_stock(files(folder, "I1_000001.png", ".I1_000002.png"), "karlsruhe").parts[0].files == 2


def test_nothing_is_written_or_changed(tmp_path: Path):
    folder = files(tmp_path / "here", *WHOLE["eth3d"])
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    take_stock(folder)
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_what_cannot_be_checked_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"unknown data set 'kitti'; did you mean 'kitti_"):
        take_stock(tmp_path, "kitti")
    with pytest.raises(ConfigError, match="side-by-side is no folder"):
        take_stock(tmp_path, "side-by-side")
    with pytest.raises(SampleError, match="is no folder; check the path"):
        take_stock(tmp_path / "none", "eth3d")
    with pytest.raises(SampleError, match="does not exist; check the path"):
        take_stock(tmp_path / "none")
    with pytest.raises(SampleError, match="is empty"):
        take_stock(tmp_path)
    assert dataset_named("eth3d") is DATASETS["eth3d"]


@pytest.mark.realdata
@pytest.mark.parametrize(
    "folder, layout, pairs, truth",
    [
        ("kitti2015", "kitti_stereo", 12, 12),
        ("kitti_odometry", "kitti_odometry", 10, 0),
        ("karlsruhe", "karlsruhe", 56, 0),
        ("eth3d_twoview", "eth3d", 1, 1),
        ("middlebury/2003", "middlebury2003", 1, 1),
        ("middlebury/2014", "middlebury2014", 1, 1),
        ("sceneflow_flyingthings", "sceneflow", 1, 1),
    ],
)
def test_real_samples_are_complete(realdata: Path, folder: str, layout: str, pairs: int, truth: int):
    found = take_stock(realdata / folder)
    assert found.dataset.name == layout
    assert found.scenes is not None
    assert (found.scenes.pairs, found.scenes.with_truth) == (pairs, truth)
    assert found.usable_for()["predict"]
    assert all(part.files for part in found.parts)


@pytest.mark.realdata
def test_a_set_without_pictures_says_what_to_fetch(realdata: Path):
    """The sample has calibration and labels only."""
    found = take_stock(realdata / "kitti_object", "kitti_object")
    assert found.missing == "no left pictures (image_2/*)"
    assert found.fetch is not None
    assert found.fetch.startswith("fetch the left color images (12 GB); https://www.cvlibs.net/")
