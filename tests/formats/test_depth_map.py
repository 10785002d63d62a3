from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wilddepth.errors import SampleError
from wilddepth.formats.depth_map import read_kitti_depth, read_millimetres, read_tum_depth


@pytest.mark.parametrize("read, per_metre", [(read_kitti_depth, 256), (read_tum_depth, 5000), (read_millimetres, 1000)])
def test_stored_numbers_are_metres_and_zero_is_none(tmp_path: Path, read, per_metre: int):
    stored = np.array([[0, 1, per_metre], [2 * per_metre, 65535, 0]], np.uint16)
    Image.fromarray(stored).save(tmp_path / "d.png")
    depth = read(tmp_path / "d.png")
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(depth), stored == 0)
    np.testing.assert_allclose(depth[stored > 0], stored[stored > 0] / per_metre, rtol=1e-6)


@pytest.mark.parametrize(
    "values, message",
    [
        (np.zeros((2, 3), np.uint8), "1 channel(s) of 8 bits"),
        (np.zeros((2, 3, 3), np.uint8), "3 channel(s) of 8 bits"),
    ],
)
def test_pictures_are_no_depth(tmp_path: Path, values: np.ndarray, message: str):
    Image.fromarray(values).save(tmp_path / "d.png")
    with pytest.raises(SampleError) as caught:
        read_kitti_depth(tmp_path / "d.png")
    assert message in str(caught.value)
