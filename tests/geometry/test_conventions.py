"""The page on conventions is true: its example runs, and the numbers it prints are the ones it names."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from wilddepth import geometry
from wilddepth.data.augment import mirrored
from wilddepth.geometry import disparity, occlusion, pose, resample, warp
from wilddepth.geometry.camera import Camera
from wilddepth.geometry.disparity import shift_columns
from wilddepth.prediction import Prediction
from wilddepth.sample import Sample
from wilddepth.truth import Truth

truth_fields = SimpleNamespace(**Truth.__dataclass_fields__)
PAGE = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text()


def test_the_example_runs_and_prints_what_it_says(capsys):
    example = PAGE.split("```python\n")[1].split("```")[0]
    exec(example, {})
    printed = capsys.readouterr().out.split("\n")
    assert printed[:-1] == [
        "tensor(5.)",
        "tensor(0.)",
        "tensor(True)",
        "tensor([False, False, False,  True,  True])",
        "tensor(5.)",
    ]


def test_every_function_named_on_the_page_exists():
    """A renamed function must be renamed there too."""
    homes = (disparity, occlusion, pose, resample, warp, Camera, Prediction, Sample, Truth, geometry, truth_fields)
    names = {name.strip("()").split("(")[0] for name in re.findall(r"`([A-Za-z_.]+(?:\([^`]*\))?)`", PAGE)}
    known = {"a_from_b", "doffs", "nan", "neighbour_from_target", "wilddepth.geometry"}
    assert len(names - known) >= 15
    missing = [name for name in names - known if not any(hasattr(home, name.split(".")[-1]) for home in homes)]
    assert missing == []


def pair(doffs=3.0):
    left = Camera.single(50.0, 50.0, 30.0, 15.0, 32, 64)
    right = Camera.single(50.0, 50.0, 30.0 + doffs, 15.0, 32, 64)
    views = torch.rand(2, 1, 3, 32, 64)
    return Sample(image=views[0], right=views[1], camera=left, right_camera=right, baseline=torch.tensor([0.5]))


def test_mirroring_and_swapping_keeps_doffs():
    torch.testing.assert_close(mirrored(pair()).doffs(), torch.tensor([3.0]))


@pytest.mark.parametrize("shift", [2, -4])
def test_moving_the_right_view_left_takes_the_shift_from_its_principal_point(shift):
    """The picture's column c is column c - s of the moved one, and so is the principal point."""
    spot = torch.zeros(1, 3, 32, 64)
    spot[..., 33] = 1
    assert shift_columns(spot, shift)[0, 0, 0].argmax() == 33 - shift
