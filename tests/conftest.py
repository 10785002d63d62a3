"""Fixtures that many rooms share."""

import os
from pathlib import Path

import pytest
import torch


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a GPU where there is none."""
    if item.get_closest_marker("gpu") is not None and not torch.cuda.is_available():
        pytest.skip("no GPU that CUDA can use")


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of small real samples, or a skip that says where it was looked for."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("WILDDEPTH_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no real samples: neither $WILDDEPTH_DATA nor {beside} is there")
    return folder
