"""Shape annotations are checked in every test: these fail if the checking is ever switched off."""

import pytest
import torch
from jaxtyping import TypeCheckError

from wilddepth.geometry.camera import Camera
from wilddepth.geometry.disparity import depth_from_disparity
from wilddepth.label import Label
from wilddepth.sample import Sample


def camera(height: int, width: int) -> Camera:
    focal, centre = torch.tensor([50.0]), torch.tensor([3.5])
    return Camera(focal_x=focal, focal_y=focal, centre_x=centre, centre_y=centre, height=height, width=width)


def test_the_package_is_checked_by_the_run_that_this_is(pytestconfig: pytest.Config):
    assert pytestconfig.getoption("--jaxtyping-packages") == "wilddepth,shape_checker.check"


def test_a_right_shape_is_accepted():
    assert depth_from_disparity(torch.ones(1, 1, 4, 8), camera(4, 8), torch.ones(1)).shape == (1, 1, 4, 8)


@pytest.mark.parametrize(
    "disparity, baseline",
    [
        (torch.ones(1, 4, 8), torch.ones(1)),  # a dimension is missing
        (torch.ones(1, 3, 4, 8), torch.ones(1)),  # three channels
        (torch.ones(1, 1, 4, 8), torch.ones(2)),  # two baselines for one image
        (torch.ones(1, 1, 4, 8, dtype=torch.int64), torch.ones(1)),  # not a float
    ],
)
def test_a_wrong_shape_is_refused(disparity: torch.Tensor, baseline: torch.Tensor):
    with pytest.raises(TypeCheckError):
        depth_from_disparity(disparity, camera(4, 8), baseline)


def test_two_views_of_different_sizes_are_refused():
    with pytest.raises(TypeCheckError):
        Sample(image=torch.rand(1, 3, 4, 8), right=torch.rand(1, 3, 4, 9))


def test_fields_of_a_value_are_checked():
    with pytest.raises(TypeCheckError):
        Label(origin="sgm", disparity=torch.ones(4, 8))
