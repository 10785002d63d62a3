import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wilddepth.errors import SampleError
from wilddepth.formats.array import read_array, read_disparity, write_array

ANY = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.uint16, np.bool_]), hnp.array_shapes(max_dims=4, max_side=4)
)


@settings(max_examples=40, deadline=None)
@given(values=ANY, suffix=st.sampled_from([".npy", ".npz"]))
def test_what_is_written_is_read_again(values: np.ndarray, suffix: str, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / f"values{suffix}"
    write_array(path, values)
    read = read_array(path)
    assert read.dtype == values.dtype
    np.testing.assert_array_equal(read, values)


def test_an_array_of_several_is_chosen_by_name(tmp_path: Path):
    np.savez(tmp_path / "two.npz", left=np.zeros(2), right=np.ones(2))
    np.testing.assert_array_equal(read_array(tmp_path / "two.npz", "right"), [1, 1])
    with pytest.raises(SampleError, match=r"two\.npz holds the arrays left, right; one name is needed"):
        read_array(tmp_path / "two.npz")
    with pytest.raises(SampleError, match="middle is needed"):
        read_array(tmp_path / "two.npz", "middle")


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('a pickle was run')",)


@pytest.mark.parametrize("name", ["objects.npy", "objects.npz", "plain.npy"])
def test_pickles_are_never_loaded(tmp_path: Path, name: str):
    trap = np.array([Trap()], dtype=object)
    path = tmp_path / name
    if name == "plain.npy":
        path.write_bytes(pickle.dumps(Trap()))
    elif name.endswith(".npy"):
        np.save(path, trap, allow_pickle=True)
    else:
        np.savez(path, trap)
    with pytest.raises(SampleError, match=rf"{name} cannot be read .* never loaded: save plain arrays again"):
        read_array(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_truncated_file_is_named(tmp_path: Path, suffix: str):
    path = tmp_path / f"values{suffix}"
    write_array(path, np.random.default_rng(0).normal(size=(40, 40)))
    data = path.read_bytes()
    for length in (5, 60, len(data) // 2, len(data) - 8):
        path.write_bytes(data[:length])
        with pytest.raises(SampleError, match=rf"values{suffix} cannot be read as a NumPy file"):
            read_array(path)


def test_objects_and_other_endings_are_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="would be pickled"):
        write_array(tmp_path / "a.npy", np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"must end in \.npy or \.npz"):
        write_array(tmp_path / "a.txt", np.zeros(1))
    assert list(tmp_path.iterdir()) == []


def test_disparity_is_float32_with_nan_for_what_is_not_finite(tmp_path: Path):
    write_array(tmp_path / "map.npy", np.array([[1.5, np.inf, -np.inf, np.nan, 1e300]]))
    disparity = read_disparity(tmp_path / "map.npy")
    assert disparity.dtype == np.float32
    np.testing.assert_array_equal(disparity, np.array([[1.5, np.nan, np.nan, np.nan, np.nan]], np.float32))


@pytest.mark.parametrize(
    "values", [np.zeros((2, 2, 1)), np.zeros(4), np.zeros((2, 2), np.bool_), np.zeros((2, 2), "U3")]
)
def test_what_is_no_map_of_numbers_is_no_disparity(tmp_path: Path, values: np.ndarray):
    write_array(tmp_path / "other.npy", values)
    with pytest.raises(SampleError, match="a disparity map is rows x columns of numbers"):
        read_disparity(tmp_path / "other.npy")
