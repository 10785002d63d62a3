"""How this room translates its inner loops to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

FAST = {"contract", "reassoc", "arcp", "nsz", "afn"}
"""Liberties with rounding, but none with infinities and NaN: rays do miss."""


def kernel(function: Function) -> Function:
    """Translated by numba at its first use, kept on disk, and run without Python's lock."""
    return cast(Function, numba.njit(fastmath=FAST, nogil=True, cache=True, error_model="numpy")(function))
