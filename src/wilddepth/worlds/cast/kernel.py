"""How this room translates its inner loops to machine code."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

FAST = {"contract", "reassoc", "arcp", "nsz", "afn"}
"""Liberties with rounding, but none with infinities and NaN: rays do miss."""


@cache
def edition() -> str:
    """Digest of all files of this room."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def kernel(function: Function) -> Function:
    """Translated by numba at its first use, kept on disk, and run without Python's lock.

    numba keeps a translation for as long as the function's own file does not change. Here functions contain others of
    other files, so what was kept is used only while no file of the room changes.
    """
    made: Any = numba.njit(fastmath=FAST, nogil=True, cache=True, error_model="numpy")(function)
    kept = made._cache._cache_file
    kept._source_stamp = (kept._source_stamp, edition())
    return cast(Function, made)
