"""Against the warp, the photometric loss and the metrics of the published code of federated stereo adaptation.

Its warp leaves out `align_corners` and so samples up to half a pixel beside the place; ours is the exact one, which
the oracle was run with too.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import photometric_map, photometric_map_by_definition
from wilddepth.metrics import score
from wilddepth.truth import Truth

CASES = json.loads((Path(__file__).parent / "loss_fedstereo" / "cases.json").read_text())["cases"]
SMOOTHNESS = 1e-5
"""Weight of a term that the oracle adds to the smaller of its two errors; it is none of ours and taken as given."""


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def pair(golden, case):
    """Left and right colours 0..1, float64."""
    return [golden.picture(*(case["inputs"][key] for key in ("h", "w", "shift")), step).double() for step in (0, 4)]


def disparity(case):
    """The formula `a+b*sin(0.05*x)*cos(0.04*y)`."""
    y, x = np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]
    level, amplitude = (float(part) for part in case["inputs"]["disparity"].split("*sin")[0].split("+"))
    return torch.from_numpy(level + amplitude * np.sin(0.05 * x) * np.cos(0.04 * y))[None, None]


def test_the_warped_view(golden, case):
    warped, _ = warp_by_disparity(pair(golden, case)[1], disparity(case))
    golden.assert_summary(warped, case["expected"]["align_corners_true"]["warped"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("compared", [photometric_map, photometric_map_by_definition])
def test_the_smaller_error_of_the_warped_and_the_unmoved_view(golden, case, compared):
    left, right = pair(golden, case)
    expected = case["expected"]
    exact = expected["align_corners_true"]
    moved, unmoved = compared(warp_by_disparity(right, disparity(case))[0], left), compared(right, left)
    assert moved.mean().item() == pytest.approx(exact["photometric_mean"], rel=1e-4)
    assert unmoved.mean().item() == pytest.approx(expected["identity_photometric_mean"], rel=1e-4)
    smaller = torch.minimum(moved, unmoved).mean().item() + SMOOTHNESS * expected["smooth"]
    assert smaller == pytest.approx(exact["self_supervised_loss"], rel=1e-4)


def test_metrics(golden, case):
    y, x = np.mgrid[: case["inputs"]["h"], : case["inputs"]["w"]]
    index = y * case["inputs"]["w"] + x
    outlier, known = golden.hash_uniform(9, index) > 0.9, golden.hash_uniform(11, index) < 0.5
    found = disparity(case)
    true = torch.from_numpy(np.abs(found.numpy() + 2 * np.sin(0.3 * x) + 4 * outlier) + 0.5)
    truth = Truth(disparity=true.float(), valid=torch.from_numpy(known)[None, None])
    row = score("fedstereo", found.float(), truth).images[0]
    expected = case["expected"]["kitti_metrics"]
    assert row["epe"] == pytest.approx(expected["epe"], rel=1e-5)
    assert row["d1_all"] == pytest.approx(expected["bad3"], rel=1e-5)
