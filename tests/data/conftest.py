"""Small data sets made on the spot, as folders of files."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.formats.image import encoded_png, write_image
from wilddepth.formats.pfm import write_pfm

HEIGHT, WIDTH = 6, 10

MIDDLEBURY_CALIBRATION = """cam0=[20 0 4.5; 0 20 2.5; 0 0 1]
cam1=[20 0 6.5; 0 20 2.5; 0 0 1]
doffs=2
baseline=100
width=10
height=6
ndisp=5
"""
ETH3D_CALIBRATION = MIDDLEBURY_CALIBRATION.replace("6.5", "4.5").replace("doffs=2", "doffs=0").replace("=5", "=10")
KITTI_CALIBRATION = """P0: 20 0 4 0 0 20 2 0 0 0 1 0
P1: 20 0 4 -10 0 20 2 0 0 0 1 0
P2: 20 0 4.5 1 0 20 2.5 0 0 0 1 0
P3: 20 0 4.5 -11 0 20 2.5 0 0 0 1 0
"""
KITTI_DAY = """S_rect_02: 10 6
P_rect_02: 20 0 4.5 1 0 20 2.5 0 0 0 1 0
P_rect_03: 20 0 4.5 -11 0 20 2.5 0 0 0 1 0
"""


def pixels(seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A picture that no other seed has."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def put_pair(left: Path, right: Path, seed: int = 0) -> None:
    """Both views; the right one has the next seed."""
    write_image(left, pixels(seed))
    write_image(right, pixels(seed + 1))


def put_text(path: Path, text: str) -> None:
    """A text file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def known_disparity() -> np.ndarray:
    """Column number + 1/4 px, unknown in the first row."""
    disparity = np.tile(np.arange(WIDTH, dtype=np.float32) + 0.25, (HEIGHT, 1))
    disparity[0] = np.nan
    return disparity


def visible_disparity() -> np.ndarray:
    """The same, without the first three columns: those the right view does not see."""
    disparity = known_disparity()
    disparity[:, :3] = np.nan
    return disparity


def kitti2015(root: Path, frames: int = 2) -> Path:
    """`training/` with truth of both kinds, cars and one calibration for each frame."""
    for frame in range(frames):
        for moment in (10, 11):
            name = f"{frame:06d}_{moment}.png"
            put_pair(root / "training/image_2" / name, root / "training/image_3" / name, seed=10 * frame + moment)
        name = f"{frame:06d}_10.png"
        write_kitti_disparity(root / "training/disp_occ_0" / name, known_disparity())
        write_kitti_disparity(root / "training/disp_noc_0" / name, visible_disparity())
        cars = np.zeros((HEIGHT, WIDTH), np.uint8)
        cars[2:4, 5:] = 1
        put_bytes(root / "training/obj_map" / name, encoded_png(cars))
        put_text(root / f"training/calib_cam_to_cam/{frame:06d}.txt", KITTI_DAY)
    return root


def kitti2012(root: Path) -> Path:
    """One colour and grey pair with truth of both kinds."""
    put_pair(root / "training/colored_0/000007_10.png", root / "training/colored_1/000007_10.png", seed=3)
    put_pair(root / "training/image_0/000007_10.png", root / "training/image_1/000007_10.png", seed=5)
    write_kitti_disparity(root / "training/disp_occ/000007_10.png", known_disparity())
    write_kitti_disparity(root / "training/disp_noc/000007_10.png", visible_disparity())
    put_text(root / "training/calib/000007.txt", KITTI_CALIBRATION)
    return root


def numbered_scene(folder: Path, calibration: str, *, truth: str = "disp0.pfm", seed: int = 0) -> Path:
    """`im0`, `im1` with calibration and truth."""
    put_pair(folder / "im0.png", folder / "im1.png", seed)
    put_text(folder / "calib.txt", calibration)
    write_pfm(folder / truth, known_disparity())
    return folder


def put_bytes(path: Path, data: bytes) -> None:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def trees() -> ModuleType:
    """The functions of this file: test files cannot import each other."""
    return sys.modules[__name__]
