"""NumPy files, `.npy` and `.npz`: pickled objects are never loaded, and a file cannot state more than it holds.

A header of a hundred bytes can state an array of petabytes, and a megabyte of zip can hold a gigabyte of zeros; both
are found from what the file states, before memory is asked for.
"""

import math
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.content import brief, content
from wilddepth.formats.limits import VARIABLE, most_bytes

# An archive without any file begins with its end.
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_NEXT = "it may be truncated, or hold pickled objects, which are never loaded: save plain arrays again"


def read_array(path: str | Path, name: str | None = None) -> np.ndarray:
    """The array in an `.npy`, or one of an `.npz`.

    Args:
        path: the file.
        name: which array of an `.npz`; may be None where it holds one only.

    Raises:
        SampleError: for a file that is missing, empty, truncated, no NumPy file or pickled, has no such array, or whose
            array is too large.
    """
    data = content(path)
    if data.startswith(_ZIP_STARTS):  # under one name, so that the packed bytes do not stay in memory
        (data,) = _unpacked(data, lambda names: [_chosen(names, name, path)], path).values()
    return _array(data, path)


def read_arrays(path: str | Path) -> Mapping[str, np.ndarray]:
    """Name -> array, for all arrays of an `.npz`.

    Raises:
        SampleError: as `read_array`, and for an `.npy`.
    """
    data = content(path)
    if not data.startswith(_ZIP_STARTS):
        raise SampleError(f"{path} is no .npz file; save the arrays by name with numpy.savez")
    return {name: _array(found, path) for name, found in _unpacked(data, list, path).items()}


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


def _unpacked(data: bytes, choose: Callable[[list[str]], list[str]], path: str | Path) -> Mapping[str, bytes]:
    """Name -> bytes of the chosen files of an archive, if what they state to unpack to is within the limit."""
    with _opened(data, path) as archive:
        infos = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        wanted = [infos[name] for name in choose(list(infos))]
        total = sum(info.file_size for info in wanted)
        if total > most_bytes():
            raise SampleError(
                f"{path} unpacks to {total} bytes, more than {most_bytes()}; if it is right, raise {VARIABLE}"
            )
        try:  # reading ends at the size stated, so nothing unpacks to more than that
            return {info.filename.removesuffix(".npy"): archive.read(info) for info in wanted}
        except Exception as error:  # what a damaged archive makes the module raise is not documented
            raise _unreadable(error, path) from error


def _opened(data: bytes, path: str | Path) -> zipfile.ZipFile:
    """The archive in `data`."""
    try:
        return zipfile.ZipFile(BytesIO(data))
    except Exception as error:  # as in `_unpacked`
        raise _unreadable(error, path) from error


def _array(data: bytes, path: str | Path) -> np.ndarray:
    """The array in the bytes of an `.npy`."""
    try:
        return _parsed(data)
    except Exception as error:  # the header is an expression; parsing it can fail in many ways
        raise _unreadable(error, path) from error


def _parsed(data: bytes) -> np.ndarray:
    """The array, in memory of its own; `ValueError` where the header states more than is there, or objects."""
    file = BytesIO(data)
    shape, fortran, kind = _header(file)
    count, there = math.prod(shape), len(data) - file.tell()
    if kind.hasobject or kind.itemsize == 0:
        raise ValueError(f"it holds {kind}")
    if min(shape, default=1) < 0 or count * kind.itemsize > there:
        raise ValueError(f"it states {count * kind.itemsize} bytes and holds {there}")
    values = np.frombuffer(data, kind, count, file.tell()) if count else np.empty(0, kind)
    return values.reshape(shape, order="F" if fortran else "C").copy(order="K")


def _header(file: BytesIO) -> tuple[tuple[int, ...], bool, "np.dtype[np.generic]"]:
    """Shape, whether columns come first, and type of the numbers; the file is then at the first number."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise ValueError(f"version {version[0]}.{version[1]}")


def _unreadable(reason: object, path: str | Path) -> SampleError:
    return SampleError(f"{path} cannot be read as a NumPy file ({brief(reason)}); {_NEXT}")


def _chosen(names: list[str], name: str | None, path: str | Path) -> str:
    """The array asked for, or the only one."""
    if name is None and len(names) == 1:
        return names[0]
    if name is None or name not in names:
        raise SampleError(f"{path} holds the arrays {', '.join(names) or '(none)'}; {name or 'one name'} is needed")
    return name
