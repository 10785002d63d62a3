"""How this room translates its inner loops to machine code.

Functions inside of kernels get rows of numbers by their address: arrays that go through functions with branches have
their references counted at each of them, which costs more than most of these functions do.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, no_type_check

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

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


def inlined(function: Function) -> Function:
    """A part of kernels, put into each of them: a call with arrays costs more than most of these functions do."""
    return cast(Function, numba.njit(fastmath=FAST, forceinline=True, error_model="numpy")(function))


@intrinsic
@no_type_check
def fetch(typing, table, place):
    """Number `place` of the float32 table at an address."""

    def generate(context, builder, signature, values):
        start = builder.inttoptr(values[0], ir.FloatType().as_pointer())
        return builder.load(builder.gep(start, [values[1]]))

    return types.float32(types.int64, types.int64), generate


@intrinsic
@no_type_check
def entry(typing, row, place):
    """Number `place` of the float64 row at an address."""

    def generate(context, builder, signature, values):
        start = builder.inttoptr(values[0], ir.DoubleType().as_pointer())
        return builder.load(builder.gep(start, [values[1]]))

    return types.float64(types.int64, types.int64), generate
