"""Tiny inputs on disk, made once for all tests of the verbs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tiny import silent, write_pairs
from wilddepth.engine.weights import save_weights


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is read from or written to the user's cache, and threads stay as they were."""
    monkeypatch.setenv("WILDDEPTH_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a network that predicts 4 px everywhere."""
    path = tmp_path_factory.mktemp("weights") / "four.safetensors"
    save_weights(path, silent(4.0), {})
    return path


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs in left/ and right/, of 6 and 9 px."""
    return write_pairs(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="session")
def kitti(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs of 6 and 9 px laid out as KITTI 2015, with calibration and truth."""
    return write_pairs(tmp_path_factory.mktemp("kitti"), truth=True)
