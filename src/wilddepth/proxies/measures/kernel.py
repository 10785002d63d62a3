"""Loops that numba translates at their first use, which takes seconds, and keeps on disk.

They run without Python's lock. A kernel carries `no_type_check`: what checks annotations in tests would stand between
numba and the function. Division is NumPy's (no error for a divisor of 0): else no loop that divides is vectorised.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Translated by numba, every sum in the order written."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def fast_kernel(function: Function) -> Function:
    """The same with sums in any order, so that they are vectorised; nan and infinity keep their meaning."""
    flags = {"reassoc", "contract", "arcp", "nsz"}
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=flags)(function))
