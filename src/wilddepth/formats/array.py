"""NumPy files: one array in `.npy` or `.npz`. Pickled objects are never loaded."""

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.content import content


def read_array(path: str | Path, name: str | None = None) -> np.ndarray:
    """The array in an `.npy`, or one of an `.npz`.

    Args:
        path: the file.
        name: which array of an `.npz`; may be None where it holds one only.

    Raises:
        SampleError: for a file that is missing, empty, truncated, no NumPy file or pickled, or has no such array.
    """
    data = content(path)
    try:
        loaded = np.load(BytesIO(data), allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return np.asarray(loaded[_chosen(loaded.files, name, path)])
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise SampleError(
            f"{path} cannot be read as a NumPy file ({error}); it may be truncated, or hold pickled objects, which are "
            "never loaded: save plain arrays again"
        ) from error


def read_disparity(path: str | Path) -> Float32[np.ndarray, "h w"]:
    """A map of numbers as disparities: px, nan where there is none (nan or infinite in the file).

    Raises:
        SampleError: as `read_array`, and for an array that is not h x w numbers.
    """
    values = read_array(path)
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise SampleError(f"{path} holds {values.dtype} {values.shape}; a disparity map is rows x columns of numbers")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is "none"
        values = values.astype(np.float32)
    return np.where(np.isfinite(values), values, np.float32(np.nan))


def write_array(path: str | Path, values: np.ndarray) -> None:
    """Write one array as `.npy`, or compressed as `.npz` under the name `arr_0`, wholly or not at all.

    Raises:
        OutputError: when it cannot be written.
        ValueError: for another ending, or an array of objects.
    """
    buffer = BytesIO()
    suffix = Path(path).suffix
    if values.dtype.hasobject:
        raise ValueError(f"{path}: arrays of objects would be pickled; write plain numbers")
    if suffix == ".npy":
        np.save(buffer, values, allow_pickle=False)
    elif suffix == ".npz":
        np.savez_compressed(buffer, values)
    else:
        raise ValueError(f"{path} must end in .npy or .npz")
    write_bytes(path, buffer.getvalue())


def _chosen(names: list[str], name: str | None, path: str | Path) -> str:
    """The array asked for, or the only one."""
    if name is None and len(names) == 1:
        return names[0]
    if name is None or name not in names:
        raise SampleError(f"{path} holds the arrays {', '.join(names) or '(none)'}; {name or 'one name'} is needed")
    return name
