import pickle
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wilddepth.errors import SampleError
from wilddepth.formats.array import read_array, read_arrays, read_disparity, write_array

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


def npy(header: bytes, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    """An `.npy` with a header written by hand."""
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header + data


FLOATS = b"{'descr': '<f8', 'fortran_order': False, 'shape': %s, }\n"


@pytest.mark.parametrize(
    "data",
    [
        npy(FLOATS % b"(1000000000000,)", bytes(8)),
        npy(FLOATS % b"(99999999999, 99999999999)", bytes(8)),
        npy(FLOATS % b"(-1, -8)", bytes(64)),
        npy(FLOATS % b"(0, -5)", bytes(64)),
        npy(FLOATS % (b"(" + b"9" * 4000 + b",)"), bytes(8)),
        npy(FLOATS % (b"(0, " + b"9" * 30 + b")"), bytes(8)),
        npy(FLOATS % (b"(" * 400 + b"1" + b")" * 400), bytes(8)),
        npy(FLOATS.replace(b"<f8", b"<U0") % b"(1000000000000,)"),
        npy(FLOATS.replace(b"<f8", b"|V0") % b"(1000000000000,)"),
        npy(FLOATS.replace(b"'<f8'", b"'O'") % b"(1,)", pickle.dumps([1])),
        npy(FLOATS.replace(b"'<f8'", b"[('a', 'O')]") % b"(1,)", bytes(8)),
        npy(FLOATS.replace(b"'<f8'", b"__import__('os')") % b"(1,)", bytes(8)),
        npy(b"{'descr': '<f8', [", bytes(8)),
        npy(b"{[]: 1}", bytes(8)),
        npy(FLOATS % b"(1,)", bytes(8), version=b"\x03\x00"),
        npy(FLOATS % b"(1,)", bytes(8), version=b"\x09\x09"),
        b"\x93NUMPY",
        b"\x80\x04K\x01.",
    ],
)
def test_a_header_that_states_what_is_not_there_is_refused_without_asking_for_memory(tmp_path: Path, data: bytes):
    (tmp_path / "absurd.npy").write_bytes(data)
    with pytest.raises(SampleError, match=r"absurd\.npy cannot be read as a NumPy file \(") as caught:
        read_array(tmp_path / "absurd.npy")
    assert len(str(caught.value)) < len(str(tmp_path)) + 400


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (3,), (0,), (0, 5), (2, 3), (2, 3, 4)])
def test_shapes_and_orders_are_kept_in_memory_of_their_own(tmp_path: Path, shape: tuple[int, ...], order: str):
    values = np.asarray(np.arange(np.prod(shape, dtype=int)).reshape(shape), order=order)
    np.save(tmp_path / "a.npy", values)
    found = read_array(tmp_path / "a.npy")
    np.testing.assert_array_equal(found, values)
    assert found.shape == shape
    assert found.flags.writeable
    assert found.flags.f_contiguous == values.flags.f_contiguous


def bomb(size: int, stated: int | None = None) -> bytes:
    """An archive of zeros; `stated` is what it claims to unpack to."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(FLOATS % b"(%d,)" % (size // 8), bytes(size)))
    data = file.getvalue()
    if stated is None:
        return data
    true = (size + len(npy(FLOATS % b"(%d,)" % (size // 8)))).to_bytes(4, "little")
    assert data.count(true) == 2  # beside the file, and in the list at the end
    return data.replace(true, stated.to_bytes(4, "little"))


def test_a_zip_bomb_is_refused_from_what_it_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "0.1")  # 18 MB
    data = bomb(40 << 20)
    assert len(data) < 100_000
    (tmp_path / "bomb.npz").write_bytes(data)
    for read in (read_array, read_arrays):
        with pytest.raises(
            SampleError, match=r"bomb\.npz unpacks to 4194\d+ bytes, more than \d+; if it is right, raise"
        ):
            read(tmp_path / "bomb.npz")
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "64")
    assert read_array(tmp_path / "bomb.npz").nbytes == 40 << 20


def test_a_zip_that_states_less_than_it_holds_unpacks_to_no_more(tmp_path: Path):
    (tmp_path / "liar.npz").write_bytes(bomb(1 << 20, stated=4096))
    with pytest.raises(SampleError, match=r"liar\.npz cannot be read as a NumPy file"):
        read_array(tmp_path / "liar.npz")


def test_many_small_arrays_are_summed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    np.savez_compressed(tmp_path / "many.npz", **{f"a{index}": np.zeros(1 << 18) for index in range(10)})
    monkeypatch.setenv("WILDDEPTH_MAX_MEGAPIXELS", "0.1")
    assert read_array(tmp_path / "many.npz", "a3").nbytes == 1 << 21
    with pytest.raises(SampleError, match="unpacks to 2097"):
        read_arrays(tmp_path / "many.npz")


def test_all_arrays_are_given_by_name(tmp_path: Path):
    np.savez(tmp_path / "two.npz", **{"a/b": np.zeros(2), "c": np.ones(3)})
    found = read_arrays(tmp_path / "two.npz")
    assert {name: list(values) for name, values in found.items()} == {"a/b": [0, 0], "c": [1, 1, 1]}
    np.save(tmp_path / "one.npy", np.zeros(2))
    with pytest.raises(SampleError, match=r"one\.npy is no \.npz file; save the arrays by name"):
        read_arrays(tmp_path / "one.npy")


@pytest.mark.parametrize("name", ["a.txt", "a.npy"])
def test_an_archive_that_holds_no_arrays_is_refused(tmp_path: Path, name: str):
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        archive.writestr(name, "not an array")
    with pytest.raises(SampleError, match=r"other\.npz cannot be read as a NumPy file"):
        read_array(tmp_path / "other.npz")
    with zipfile.ZipFile(tmp_path / "other.npz", "w"):
        pass
    with pytest.raises(SampleError, match=r"other\.npz holds the arrays \(none\)"):
        read_array(tmp_path / "other.npz")


def test_an_archive_under_a_password_is_refused(tmp_path: Path):
    data = bytearray(bomb(64))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    (tmp_path / "secret.npz").write_bytes(data)
    with pytest.raises(SampleError, match=r"secret\.npz cannot be read as a NumPy file .*encrypted"):
        read_array(tmp_path / "secret.npz")
