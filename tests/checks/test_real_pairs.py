"""No rectified real pair is refused, the unrectified one is, and what to expect is what is there."""

from pathlib import Path

import pytest
import torch

from wilddepth.checks.pair import measure_pair
from wilddepth.checks.rules import pair_findings
from wilddepth.errors import SampleError
from wilddepth.sources.open import open_source
from wilddepth.verbs.quick_check import check_quickly

pytestmark = pytest.mark.realdata
RECTIFIED = (
    "kitti2015",
    "kitti_odometry",
    "karlsruhe",
    "middlebury/2003",
    "middlebury/2014/motorcycle",
    "eth3d_twoview",
    "sceneflow_flyingthings",
)


@pytest.mark.parametrize("name", RECTIFIED)
def test_a_rectified_pair_has_no_alarm(realdata: Path, name: str):
    scenes = open_source(str(realdata / name), with_truth=False)
    found = pair_findings(measure_pair(scenes[len(scenes) // 2].sample))
    assert [finding.code for finding in found] == ["disparities"]


@pytest.mark.parametrize("name", ["kitti2015", "middlebury/2003", "middlebury/2014/motorcycle", "eth3d_twoview"])
def test_true_disparities_are_as_expected(realdata: Path, name: str):
    scene = open_source(str(realdata / name))[0]
    assert scene.truth is not None
    true = scene.truth.disparity[scene.truth.valid]
    reach = measure_pair(scene.sample).reach
    assert reach is not None
    assert ((true > reach.lowest_px - 1) & (true < reach.highest_px + 1)).float().mean() > 0.95
    # and not by expecting everything
    assert reach.highest_px < 2 * float(torch.quantile(true[::7], 0.98)) + 1


def test_unrectified_pairs_are_refused_with_how_far_they_are_apart(realdata: Path):
    cameras = [realdata / f"euroc_v1_01_micro/mav0/cam{number}/data" for number in (0, 1)]
    name = sorted(path.name for path in cameras[0].glob("*.png"))[0]
    with pytest.raises(SampleError, match=r"rows are 13\.\d px apart: offset \+13\.\d+ px.*so the pairs are not rect"):
        check_quickly(open_source(source := f"{cameras[0] / name},{cameras[1] / name}"), source)
